//! Lengthy work that holds up no other event.
//!
//! On Lambda Managed Instances an environment has many events at a time, and a thread for each processor. A thread
//! that works for long keeps the events waiting that are its own, and those that arrive meanwhile, if it is the one
//! that looks for them. So it hands both over to another thread first. That costs some microseconds: it is for work
//! that takes longer.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

/// A body of so many bytes takes long to read or to write.
pub(crate) const LARGE: usize = 64 * 1024;

/// Does lengthy work, and leaves the other events of this thread to another one. Where there is one thread, there is
/// one event, and nothing to leave.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(work),
        _ => work(),
    }
}

/// The same for work on so many bytes; where they are few, it is done at once.
pub(crate) fn aside_if_large<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    if bytes < LARGE { work() } else { aside(work) }
}
