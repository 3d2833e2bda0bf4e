use time::{Duration, OffsetDateTime};

/// From when to when a certificate is valid, both ends included, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first instant.
    pub not_before: OffsetDateTime,
    /// The last instant.
    pub not_after: OffsetDateTime,
}

impl Validity {
    /// Valid from `not_before` for `length`.
    #[must_use]
    pub fn starting(not_before: OffsetDateTime, length: Duration) -> Self {
        Self { not_before, not_after: not_before.saturating_add(length) }
    }

    /// Valid from a day before `instant` until `length` after it.
    #[must_use]
    pub fn around(instant: OffsetDateTime, length: Duration) -> Self {
        Self {
            not_before: instant.saturating_sub(Duration::DAY),
            not_after: instant.saturating_add(length),
        }
    }
}
