//! Limits of time that a freeze does not use up.
//!
//! Lambda freezes the environment between events, and every clock goes on meanwhile. What was under way then
//! would find its time gone when it thaws, with the answer waiting to be read.

use std::{pin::pin, time::Duration};

use tokio::time::timeout;

/// The most that a freeze takes from a limit.
const SLICE: Duration = Duration::from_millis(50);

/// What a future comes to, unless it takes longer than `limit`, counted while this process runs. It is
/// dropped at the end of that time.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = limit;
    while !left.is_zero() {
        let slice = SLICE.min(left);
        if let Ok(output) = timeout(slice, future.as_mut()).await {
            return Some(output);
        }
        left -= slice;
    }
    None
}
