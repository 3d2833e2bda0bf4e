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
                // Boxed, as hardly anybody waits: what an event keeps stays small.
                let place = Box::pin(wait(places, LONGEST.min(left))).await?;
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn new_certificate_waits_for_the_one_before_it_and_events_of_others_do_not() {
        let turnstile = Arc::new(Turnstile::new());
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, is_to_end) = mpsc::channel();
        let first = Arc::clone(&turnstile);
        let first = tokio::spawn(async move {
            let work = move || {
                begun.send(()).unwrap();
                is_to_end.recv_timeout(PATIENCE).unwrap()
            };
            first.pass(PATIENCE, || None, work).await
        });
        has_begun.await.unwrap();
        // Whoever has no time is turned away, and whoever has some waits.
        let within = Duration::ZERO;
        assert_eq!(turnstile.pass(within, || None, || "nobody").await, Err(Crowded { within }));
        let second = Arc::clone(&turnstile);
        let second =
            tokio::spawn(async move { second.pass(PATIENCE, || None, || "the second").await });
        // More events than there are threads: one of these works, and the others go on.
        for _ in 0..10 {
            tokio::spawn(async { tokio::task::yield_now().await }).await.unwrap();
        }
        assert!(!second.is_finished());
        end.send("the first").unwrap();
        assert_eq!(first.await.unwrap(), Ok("the first"));
        assert_eq!(second.await.unwrap(), Ok("the second"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_had_to_wait_takes_what_was_done_meanwhile_and_others_do_not_look() {
        let turnstile = Turnstile::new();
        let done = || Some("done before");
        assert_eq!(turnstile.pass(PATIENCE, done, || "done").await, Ok("done"));
        let place = turnstile.places.as_ref().unwrap().acquire().await.unwrap();
        let waiting = turnstile.pass(PATIENCE, done, || "done");
        let (waited, ()) = tokio::join!(waiting, async { drop(place) });
        assert_eq!(waited, Ok("done before"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_processor_is_kept_and_the_last_one_is_not() {
        assert_eq!(Turnstile::new().places.unwrap().available_permits(), 3);
        let alone = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let places = alone.spawn(async { Turnstile::new().places.unwrap().available_permits() });
        assert_eq!(places.await.unwrap(), 1);
        alone.shutdown_background();
    }

    #[tokio::test]
    async fn where_there_is_one_thread_nobody_waits() {
        let turnstile = Turnstile::new();
        assert!(turnstile.places.is_none());
        assert_eq!(turnstile.pass(Duration::ZERO, || None, || "done").await, Ok("done"));
    }
}
