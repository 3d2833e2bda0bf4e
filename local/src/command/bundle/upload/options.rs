//! What the command is told.

use std::time::Duration;

use super::aws::Aws;
use crate::command::{format::Format, input::Input};

/// Check a trust bundle, show what changes, and upload it to its secret
///
/// Reads the files as the function does, compares them with what the secret holds, and shows who is newly trusted,
/// who no longer, and which intermediates, CRLs and rules come and go. Then it asks, uploads, waits until the new
/// version is current, and says how to go back. Nothing is uploaded that the function would not take, and nothing
/// that says the same as what is there: the version to go back to stays.
///
/// It calls your own `aws` command, so profiles, SSO and endpoints are as you have them. You need
/// secretsmanager:GetSecretValue and PutSecretValue on the secret, DescribeSecret while it is still empty, and
/// UpdateSecretVersionStage to roll back; with a KMS key of your own also kms:Decrypt and kms:GenerateDataKey.
///
/// It is about one secret. The secrets in TRUST_BUNDLE_SECRETS add up to one bundle: where nobody could be accepted
/// by this one alone (it holds only CRLs, or only rules), name the others with --beside. They are read, not changed.
///
/// Exits with 0 if it was uploaded or nothing is to be done, with 1 if you or AWS said no, and with 2 if the bundle
/// is of no use to the function, or the command cannot be run as it is. Without a terminal and without --yes it
/// shows what would change, and exits with 0 or 1.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Upload {
    /// What the secret is to hold; several PEM texts are joined; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "rollback")]
    pub(super) files: Vec<Input>,

    /// The secret, by its name or ARN
    #[arg(long, value_name = "NAME|ARN", value_parser = secret_id)]
    pub(super) secret: String,

    /// Another secret that the function reads; may be repeated
    #[arg(long, value_name = "NAME|ARN", value_parser = secret_id)]
    pub(super) beside: Vec<String>,

    /// Make the version before the current one current again; once more goes forward again
    #[arg(long, conflicts_with = "files")]
    pub(super) rollback: bool,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,

    /// The profile of `aws`; AWS_PROFILE if left out
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// The region of the secret; that of the profile if left out
    #[arg(long, value_name = "NAME")]
    region: Option<String>,

    /// How long to wait for each answer of `aws`, and for the new version to be current
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,

    /// How to answer
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls bundle upload --secret clients roots.pem partners.pem
  alb-mtls bundle upload --secret clients --rollback
      the version before; the question shows what changes then
  alb-mtls bundle upload --secret clients-crls --beside clients crls.pem --yes
      a job that puts new CRLs into a secret of their own
  alb-mtls bundle upload --secret clients roots.pem --yes --format json | jq -r .version
      what the function's log calls bundle_versions";

impl Upload {
    pub(super) fn aws(&self) -> Aws {
        Aws {
            profile: self.profile.clone(),
            region: self.region.clone(),
            patience: Duration::from_secs(self.timeout),
        }
    }

    /// The command that goes back.
    pub(super) fn roll_back(&self) -> String {
        let mut words = vec!["alb-mtls bundle upload --secret".to_owned(), self.secret.clone()];
        words.extend(self.beside.iter().map(|name| format!("--beside {name}")));
        words.extend(self.aws().options().iter().map(|option| quoted(option)));
        words.push("--rollback".to_owned());
        words.join(" ")
    }
}

/// As a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_=.,/:@+".contains(char);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A name or ARN, with the characters that either may have. `aws` would take file://… for a file.
fn secret_id(text: &str) -> Result<String, &'static str> {
    let is_allowed = |char: char| char.is_ascii_alphanumeric() || "/_+=.@-".contains(char);
    let name = text.strip_prefix("arn:").map(|arn| arn.replace(':', ""));
    let name = name.as_deref().unwrap_or(text);
    match !name.is_empty() && name.chars().all(is_allowed) {
        true => Ok(text.to_owned()),
        false => Err("expected a secret's name (letters, digits and /_+=.@-) or its ARN"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_a_name_or_an_arn_and_no_file() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/clients-AbCdEf";
        for good in ["clients", "a/clients_1+=.@-x", arn] {
            assert_eq!(secret_id(good), Ok(good.to_owned()));
        }
        for bad in ["", "arn:", "file://clients", "a b", "$(id)", "größe"] {
            assert!(secret_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn word_that_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(quoted("--profile=a/b"), "--profile=a/b");
        assert_eq!(quoted("--profile=it's mine"), r"'--profile=it'\''s mine'");
    }
}
