//! Why there is nothing out of secrets.

use std::time::Duration;

use tower::BoxError;

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Secrets Manager refused, or could not be reached.
    #[error("secret {name} cannot be fetched: {reason}")]
    Secret {
        /// The secret's name or ARN.
        name: String,
        /// What the SDK says.
        reason: String,
    },
    /// The secrets came, and cannot be used.
    #[error(transparent)]
    Unusable(BoxError),
    /// What belongs to it besides secrets cannot be had.
    #[error(transparent)]
    Supplement(BoxError),
    /// What belongs to it besides secrets is long, and has not been read to its end.
    #[error(
        "what the {what} needs has not been read to its end within {limit:?}; the next request goes on with it"
    )]
    Unfinished {
        /// What it is.
        what: &'static str,
        /// The time that there was.
        limit: Duration,
    },
    /// What belongs to it besides secrets did not come.
    #[error("S3 did not answer within {limit:?}; is there a route, or a gateway endpoint, to it?")]
    SilentS3 {
        /// The time that it had.
        limit: Duration,
    },
    /// The attempt took too long.
    #[error(
        "Secrets Manager did not answer within {limit:?}; is there a route or an endpoint to it?"
    )]
    TooSlow {
        /// The time that it had.
        limit: Duration,
    },
}

impl StoreError {
    /// Whether more time might have helped.
    pub(super) fn is_of_time(&self) -> bool {
        matches!(self, Self::TooSlow { .. } | Self::SilentS3 { .. } | Self::Unfinished { .. })
    }
}
