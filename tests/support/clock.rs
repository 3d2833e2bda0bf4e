//! Clocks that stand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use alb_mtls_adapter::secrets::store::Clock;

use super::NOW;

/// The one that stands at [`NOW`].
pub(crate) fn clock() -> Clock {
    Arc::new(|| SystemTime::from(NOW))
}

/// One that stands until it is moved.
pub(crate) struct Standing {
    begin: SystemTime,
    seconds: Arc<AtomicU64>,
}

impl Standing {
    pub(crate) fn at(begin: impl Into<SystemTime>) -> Self {
        Self { begin: begin.into(), seconds: Arc::default() }
    }

    /// As the function takes it.
    pub(crate) fn clock(&self) -> Clock {
        let (begin, seconds) = (self.begin, Arc::clone(&self.seconds));
        Arc::new(move || begin + Duration::from_secs(seconds.load(Ordering::SeqCst)))
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Puts it back to where it began.
    pub(crate) fn put_back(&self) {
        self.seconds.store(0, Ordering::SeqCst);
    }
}
