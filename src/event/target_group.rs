//! A target group whose events are answered.

use std::str::FromStr;

/// The ARN of a target group, or all of it but the id at its end, which only the load balancer knows
/// before the group is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// The whole ARN, or up to and with the slash after the name.
    arn: String,
    any_id: bool,
}

impl TargetGroup {
    /// Whether the ARN of an event is that of this group.
    pub(crate) fn is(&self, arn: &str) -> bool {
        match self.any_id {
            true => arn.strip_prefix(&self.arn).is_some_and(is_part),
            false => arn == self.arn,
        }
    }
}

impl FromStr for TargetGroup {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (arn, id) = text.rsplit_once('/').filter(|(arn, _)| is_named(arn)).ok_or(EXPECTED)?;
        match id {
            "*" => Ok(Self { arn: format!("{arn}/"), any_id: true }),
            id if is_part(id) => Ok(Self { arn: text.to_owned(), any_id: false }),
            _ => Err(EXPECTED.to_owned()),
        }
    }
}

const EXPECTED: &str = "expected ARNs of target groups in full, separated by commas, such as \
                        arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/name/0123456789abcdef; the \
                        only wildcard is /* in place of the id at the end, after a full name";

/// Whether everything before the id is there, and means one name in one Region of one account.
fn is_named(arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", partition, "elasticloadbalancing", region, account, group] = parts[..] else {
        return false;
    };
    let Some(name) = group.strip_prefix("targetgroup/") else { return false };
    [partition, region, account, name].into_iter().all(is_part)
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
