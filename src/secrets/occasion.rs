//! On which occasions Secrets Manager is asked, and how often.

use std::time::Duration;

/// The least `TRUST_REFRESH_SECONDS`: where Secrets Manager fails, it is not asked more often than this.
pub const MIN_REFRESH: Duration = Duration::from_secs(10);

/// Why Secrets Manager is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The function starts.
    Start,
    /// There is no value, or none that is young enough to be used.
    Lack,
    /// The value has reached this age.
    Age(Duration),
    /// The value has reached this age, and will soon have to be fetched.
    Soon(Duration),
    /// A certificate is not known, a client's or the gateway's: its CA may have been added since.
    News,
}

impl Occasion {
    /// How long the answer may take. Who has a value does not wait longer than a second for the next one;
    /// who has none is better served late than not at all, and Lambda allows 10 s for the whole start.
    pub(super) fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Start => 8,
            Self::Lack => 3,
            Self::Age(_) | Self::Soon(_) | Self::News => 1,
        })
    }

    /// Whether an attempt that has come to its end makes another one wait, and how long since that end.
    ///
    /// Neither a failing Secrets Manager, nor a client with an unknown certificate, nor a gateway with one can
    /// drive more calls than this, or make good clients wait more often.
    pub(super) fn spacing(self, has_failed: bool) -> Option<Duration> {
        match self {
            Self::Start => None,
            Self::Lack => Some(Duration::from_secs(1)),
            // A success does not stand in the way: the value may have been young when it came.
            Self::Age(_) | Self::Soon(_) => has_failed.then_some(MIN_REFRESH),
            Self::News => Some(MIN_REFRESH),
        }
    }

    /// Whether there is a value that serves meanwhile.
    pub(super) fn has_a_value(self) -> bool {
        matches!(self, Self::Age(_) | Self::Soon(_) | Self::News)
    }

    /// Whether it is worth waiting for what takes long to read. A stranger's certificate is not.
    pub(super) fn may_wait(self) -> bool {
        matches!(self, Self::Start | Self::Lack | Self::Age(_))
    }
}
