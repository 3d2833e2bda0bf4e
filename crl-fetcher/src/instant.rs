//! Times as a manifest and a log have them.

use std::time::{Duration, SystemTime};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// RFC 3339, to the second.
pub(crate) fn rfc3339(instant: SystemTime) -> String {
    // A time that cannot be written is one after the year 9999.
    OffsetDateTime::from(instant).truncate_to_second().format(&Rfc3339).unwrap_or_default()
}

/// Reads RFC 3339.
pub(crate) fn read(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(SystemTime::from)
}

/// How many hours pass wholly from one time to another: less than none where it has passed.
pub(crate) fn hours(from: SystemTime, to: SystemTime) -> i64 {
    const HOUR: i64 = 3_600;
    let signed = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match to.duration_since(from) {
        Ok(left) => signed(left).div_euclid(HOUR),
        Err(passed) => (-signed(passed.duration())).div_euclid(HOUR),
    }
}
