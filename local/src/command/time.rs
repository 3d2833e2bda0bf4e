//! Times as they are told on the command line, and told back.

use std::time::SystemTime;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Reads RFC 3339.
pub(crate) fn instant(text: &str) -> Result<SystemTime, String> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(instant) if instant >= OffsetDateTime::UNIX_EPOCH => Ok(instant.into()),
        Ok(_) => Err("no certificate is judged by a time before 1970".to_owned()),
        Err(_) => Err("expected date, time and zone, such as 2026-06-01T12:00:00Z".to_owned()),
    }
}

/// RFC 3339, to the second, as certificates have it.
pub(crate) fn rfc3339(instant: SystemTime) -> String {
    // A time that cannot be written cannot have been read either.
    OffsetDateTime::from(instant).truncate_to_second().format(&Rfc3339).unwrap_or_default()
}
