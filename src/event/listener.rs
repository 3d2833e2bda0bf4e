//! Where a request came through.

use http::HeaderMap;

use super::{Event, target_group::TargetGroup};
use crate::printable::printable;

/// What the load balancer says the client spoke.
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// Which events are answered.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// `REQUIRE_HTTPS`: whether what came through another listener than an HTTPS one is refused.
    pub require_https: bool,
    /// `TARGET_GROUP_ARNS`: the target groups whose events are answered; all, where it is not set.
    pub target_groups: Option<Vec<TargetGroup>>,
}

impl Event {
    /// Whether this came through a listener that mTLS can be on, and for a target group that is expected.
    ///
    /// Not guaranteed: that it came through a load balancer at all. Whoever may invoke the function can
    /// write any event; its resource policy has to see to that.
    ///
    /// # Errors
    ///
    /// [`ListenerError`].
    pub(crate) fn check_listener(&self, entrance: &Entrance) -> Result<(), ListenerError> {
        // A health check passes no listener, and is never forwarded.
        if entrance.require_https && !self.is_health_check() {
            only_https(&self.headers)?;
        }
        match (&entrance.target_groups, &self.target_group) {
            (None, _) => Ok(()),
            (Some(expected), Some(arn)) if expected.iter().any(|group| group.is(arn)) => Ok(()),
            (Some(_), arn) => Err(ListenerError::TargetGroup {
                arn: arn.as_deref().map_or("none".to_owned(), printable),
            }),
        }
    }
}

/// The load balancer says once what the client spoke. Where it is not there, or there more than once, it does
/// not come from the load balancer alone.
fn only_https(headers: &HeaderMap) -> Result<(), ListenerError> {
    let mut said = headers.get_all(FORWARDED_PROTO).iter();
    match (said.next(), said.next()) {
        (Some(proto), None) if proto == "https" => Ok(()),
        (Some(proto), None) => Err(ListenerError::NotHttps {
            proto: printable(&String::from_utf8_lossy(proto.as_bytes())),
        }),
        (None, _) => Err(ListenerError::Unsaid),
        (Some(_), Some(_)) => Err(ListenerError::SaidTwice),
    }
}

/// Why a request counts as coming from the wrong side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenerError {
    /// Not through HTTPS, so without client certificates: one in a header would be the client's own words.
    #[error(
        "the request came through a listener for {proto}, and only one for https can ask for client \
         certificates; REQUIRE_HTTPS=false lets it pass"
    )]
    NotHttps {
        /// The protocol, as the load balancer names it.
        proto: String,
    },
    /// Nothing says through which listener.
    #[error(
        "the request does not say through which listener it came: it has no {FORWARDED_PROTO}, which every load \
         balancer sends; REQUIRE_HTTPS=false lets it pass"
    )]
    Unsaid,
    /// More than one header says through which listener.
    #[error(
        "the request says more than once through which listener it came: a load balancer sends one \
         {FORWARDED_PROTO}; REQUIRE_HTTPS=false lets it pass"
    )]
    SaidTwice,
    /// For a target group that TARGET_GROUP_ARNS does not name.
    #[error("the event is for the target group {arn}, which TARGET_GROUP_ARNS does not name")]
    TargetGroup {
        /// Its ARN.
        arn: String,
    },
}
