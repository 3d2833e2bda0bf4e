//! Times as lines tell them.

use std::time::Duration;

/// Milliseconds, to the thousandth.
pub(super) fn thousandths(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
