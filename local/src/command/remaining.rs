//! What remains of a time.

use std::time::{Duration, SystemTime};

/// How many whole units lie between two instants; negative where the second comes first.
pub(crate) fn whole(unit: Duration, from: SystemTime, to: SystemTime) -> i64 {
    let whole = |duration: Duration| i64::try_from(duration.as_secs() / unit.as_secs());
    match to.duration_since(from) {
        Ok(left) => whole(left).unwrap_or(i64::MAX),
        Err(over) => whole(over.duration()).map_or(i64::MIN, |over| -over - 1),
    }
}
