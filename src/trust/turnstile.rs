//! How many certificates are verified at a time.
//!
//! Anybody can send certificates that nobody has seen, and such a header may cost some 60 ms of a processor. On
//! Lambda Managed Instances an environment has many events at a time: one processor is kept for the clients that
//! are known already. Whoever is new waits in the order of arrival, and not for long. The place of an event is
//! worth more than a wait: were they all taken by strangers who wait, no known client would get in.

use std::time::Duration;

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::aside::aside;

/// How long a certificate waits for its turn at most.
const LONGEST: Duration = Duration::from_secs(2);

/// Lets in as many at a time as there are processors but one, and at least one.
pub(super) struct Turnstile {
    /// None where one thread handles one event at a time: there is nobody to wait for.
    places: Option<Semaphore>,
}

/// It was no new certificate's turn within this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many new certificates at a time: the turn of this one did not come within {within:?}")]
pub struct Crowded {
    /// How long it has waited.
    pub within: Duration,
}

impl Turnstile {
    /// One for the runtime that this is called in.
    pub(super) fn new() -> Self {
        let runtime = Handle::try_current().ok();
        let several = runtime.filter(|it| it.runtime_flavor() == RuntimeFlavor::MultiThread);
        let places = several.map(|it| it.metrics().num_workers().saturating_sub(1).max(1));
        Self { places: places.map(Semaphore::new) }
    }

    /// Does the work of verifying a certificate when it is its turn, within `left`. Who had to wait looks first
    /// whether somebody else has `done` the same meanwhile.
    pub(super) async fn pass<T>(
        &self,
        left: Duration,
        done: impl FnOnce() -> Option<T>,
        work: impl FnOnce() -> T,
    ) -> Result<T, Crowded> {
        let Some(places) = &self.places else { return Ok(work()) };
        let _place = match places.try_acquire() {
            Ok(place) => place,
            Err(_) => {
                let place = wait(places, LONGEST.min(left)).await?;
                if let Some(done) = done() {
                    return Ok(done);
                }
                place
            }
        };
        Ok(aside(work))
    }
}

async fn wait(places: &Semaphore, within: Duration) -> Result<SemaphorePermit<'_>, Crowded> {
    // It is never closed.
    timeout(within, places.acquire()).await.ok().and_then(Result::ok).ok_or(Crowded { within })
}
