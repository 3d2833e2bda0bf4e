//! What is made of secrets, kept current.
//!
//! The environment freezes as soon as an answer is out, so there is no clock in the background, and no work
//! either: a request that finds a value due has it fetched, and waits until that is done or given up. The age
//! of a value goes by the wall clock, which runs on while the environment is frozen. A value that cannot be
//! fetched does not stop the function; a new one replaces the old whole or not at all.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use futures_util::future::{BoxFuture, join, try_join_all};
use tokio::sync::Mutex;
use tower::BoxError;

use super::{
    Freshness, Source,
    awake::within,
    occasion::Occasion,
    supplement::{Held, Supplement},
};
pub use super::{error::StoreError, manager::SecretsManager, occasion::MIN_REFRESH};
use crate::aside::aside;

/// Tells the time. Passed in, so that a test can choose it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Makes a value of what the secrets hold, and of what belongs to it besides, at a time.
type Reading<T, P> = Box<dyn Fn(&[Source], &P, SystemTime) -> Result<T, BoxError> + Send + Sync>;

/// Holds the last good value, or the wish for one.
pub struct SecretStore<T, S: Supplement = ()> {
    /// What it is, for the log.
    what: &'static str,
    secrets: Vec<String>,
    supplement: S,
    reading: Reading<T, S::Part>,
    manager: SecretsManager,
    freshness: Freshness,
    clock: Clock,
    current: ArcSwapOption<Confirmed<T>>,
    /// Held by whoever asks Secrets Manager: there is one attempt at a time, for all who wait.
    last: Mutex<Option<Ended>>,
}

/// An attempt that is under way; why there is no value of it, if so.
type Attempt<'a> = BoxFuture<'a, Option<Arc<StoreError>>>;

/// The end of an attempt.
struct Ended {
    at: SystemTime,
    /// Why there is no value of it.
    failure: Option<Arc<StoreError>>,
}

/// A value, and when Secrets Manager last said that it is the one.
struct Confirmed<T> {
    loaded: Arc<Loaded<T>>,
    at: SystemTime,
}

/// A value, and the versions of what it was read from.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What was made of them.
    pub value: T,
    /// `VersionId` of each secret, in the order of the setting, and that of what is kept elsewhere.
    pub versions: Vec<String>,
    /// Counts the values of this store, from 1.
    pub generation: u64,
}

impl<T: Send + Sync, S: Supplement> SecretStore<T, S> {
    /// Makes a store and fetches its value. A failure is logged; the store then tries again when it
    /// is asked.
    pub(crate) async fn filled<E: Error + Send + Sync + 'static>(
        what: &'static str,
        secrets: Vec<String>,
        supplement: S,
        reading: impl Fn(&[Source], &S::Part, SystemTime) -> Result<T, E> + Send + Sync + 'static,
        manager: SecretsManager,
        freshness: Freshness,
        clock: Clock,
    ) -> Self {
        let store = Self {
            what,
            secrets,
            supplement,
            reading: Box::new(move |sources, part, now| Ok(reading(sources, part, now)?)),
            manager,
            freshness,
            clock,
            current: ArcSwapOption::empty(),
            last: Mutex::new(None),
        };
        store.attempt(Occasion::Start, Duration::MAX).await;
        store
    }

    /// The value as it is, without a look at its age or at Secrets Manager.
    pub fn current(&self) -> Option<Arc<Loaded<T>>> {
        self.current.load().as_ref().map(|confirmed| Arc::clone(&confirmed.loaded))
    }

    /// When Secrets Manager last said that the value is the current one. An answer is as old as its
    /// question.
    pub fn confirmed_at(&self) -> Option<SystemTime> {
        self.current.load().as_ref().map(|confirmed| confirmed.at)
    }

    /// The value, in no more time than `left`. One that is due is fetched first: as long as Secrets Manager
    /// answers within a second, it is never older than `TRUST_REFRESH_SECONDS`. When it does not, the last
    /// good one serves until `TRUST_MAX_STALE_SECONDS`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the last attempt.
    pub async fn value(&self, left: Duration) -> Result<Arc<Loaded<T>>, Arc<StoreError>> {
        self.refresh(left).await;
        if let Some(usable) = self.usable() {
            return Ok(usable);
        }
        let failure = self.attempt(Occasion::Lack, left).await;
        self.usable().ok_or_else(|| {
            failure
                .unwrap_or_else(|| Arc::new(StoreError::TooSlow { limit: Occasion::Lack.limit() }))
        })
    }

    /// Fetches the value if it is as old as it may become, and waits for that no longer than a second, or
    /// `left`.
    pub(crate) async fn refresh(&self, left: Duration) {
        self.renew(Occasion::Age(self.freshness.refresh), left).await;
    }

    /// Fetches the value if it will soon be as old as it may become: for whoever waits for something else
    /// meanwhile, so that the next request need not wait.
    pub(crate) async fn refresh_early(&self, left: Duration) {
        let age = self.freshness.refresh - self.freshness.refresh / 4;
        self.renew(Occasion::Soon(age), left).await;
    }

    async fn renew(&self, occasion: Occasion, left: Duration) {
        // An answer that was under way while the environment was frozen is as old as its question.
        const MOST: usize = 2;
        for _ in 0..MOST {
            if !self.is_time_for(occasion) || self.attempt(occasion, left).await.is_some() {
                return;
            }
        }
    }

    /// Goes on with what takes long to read, if there is something new of that kind, for as long as the caller has
    /// something else to wait for. Left alone, it stays as it is; the next one goes on with it.
    pub(crate) async fn read_on(&self) {
        if !self.supplement.is_being_read() {
            return;
        }
        let Err(reason) = Box::pin(self.supplement.read_on()).await else { return };
        let error = Arc::new(StoreError::Supplement(reason));
        self.report(&error);
        *self.last.lock().await = Some(Ended { at: (self.clock)(), failure: Some(error) });
    }

    /// A value that has replaced `known`, if Secrets Manager has one: for a certificate, a
    /// client's or the gateway's, whose CA may have been added since. Asked for at most once in ten
    /// seconds.
    pub async fn newer_than(
        &self,
        known: &Arc<Loaded<T>>,
        left: Duration,
    ) -> Option<Arc<Loaded<T>>> {
        self.attempt(Occasion::News, left).await;
        self.usable().filter(|usable| !Arc::ptr_eq(usable, known))
    }

    /// The value that there is, unless it is too old.
    fn usable(&self) -> Option<Arc<Loaded<T>>> {
        let confirmed = self.current.load();
        let confirmed = confirmed.as_ref()?;
        (self.age(confirmed) < self.freshness.max_stale).then(|| Arc::clone(&confirmed.loaded))
    }

    /// Whether the value that is in use is so old, or of a time that has not come yet: how old it is cannot be
    /// told then, as a clock was set back.
    fn has_reached(&self, age: Duration) -> bool {
        let confirmed = self.current.load();
        let old = confirmed.as_ref().map(|confirmed| (self.clock)().duration_since(confirmed.at));
        old.is_some_and(|old| old.map_or(true, |old| old >= age && old < self.freshness.max_stale))
    }

    /// A clock that was set back makes a value no older.
    fn age(&self, confirmed: &Confirmed<T>) -> Duration {
        (self.clock)().duration_since(confirmed.at).unwrap_or_default()
    }

    /// Asks Secrets Manager, unless it is too soon for that; why there is no value of it, if so. Whoever comes
    /// meanwhile waits for this attempt, and shares its outcome.
    ///
    /// The attempt belongs to the request that makes it, and ends with it at the latest.
    ///
    /// On the heap, where there is one: nearly every request makes none, and would carry the room for several.
    fn attempt(&self, occasion: Occasion, left: Duration) -> Attempt<'_> {
        Box::pin(self.attempt_now(occasion, left))
    }

    async fn attempt_now(&self, occasion: Occasion, left: Duration) -> Option<Arc<StoreError>> {
        let limit = occasion.limit().min(left);
        let Some(mut last) = within(limit, self.last.lock()).await else {
            return Some(Arc::new(StoreError::TooSlow { limit }));
        };
        if !self.is_due(occasion, last.as_ref()) {
            return last.as_ref().and_then(|last| last.failure.clone());
        }
        // An answer is as old as its question: the environment may freeze between the two.
        let at = (self.clock)();
        let failure = match self.load(limit, occasion.may_wait()).await {
            Ok(Load { loaded, is_current, failure }) => {
                let at = if is_current { at } else { self.confirmed_at().unwrap_or(at) };
                self.current.store(Some(Arc::new(Confirmed { loaded, at })));
                failure.map(Arc::new)
            }
            Err(error) => Some(Arc::new(error)),
        };
        if let Some(error) = &failure {
            self.report(error);
        }
        // Whoever had less time than others have says nothing about how they would fare.
        let timed_out = failure.as_deref().is_some_and(StoreError::is_of_time);
        if !timed_out || limit == occasion.limit() {
            *last = Some(Ended { at: (self.clock)(), failure: failure.clone() });
        }
        let is_silent = matches!(failure.as_deref(), Some(StoreError::TooSlow { .. }));
        if is_silent && limit == occasion.limit() {
            self.manager.was_silent((self.clock)());
        }
        failure
    }

    /// Whether a value is as old as an occasion has it. What is being read to take its place is not asked for again
    /// before its time.
    fn is_time_for(&self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Age(age) => self.has_reached(age),
            Occasion::Soon(age) => self.has_reached(age) && !self.supplement.is_being_read(),
            Occasion::Start | Occasion::Lack | Occasion::News => true,
        }
    }

    fn is_due(&self, occasion: Occasion, last: Option<&Ended>) -> bool {
        // Somebody else's attempt may have been waited for.
        if !self.is_time_for(occasion) {
            return false;
        }
        // A clock that was set back keeps nobody waiting.
        let is_since =
            |at, spacing| (self.clock)().duration_since(at).map_or(true, |since| since >= spacing);
        // One secret after the other would hold a request up for longer than one.
        if occasion.has_a_value()
            && self.manager.silent().is_some_and(|at| !is_since(at, MIN_REFRESH))
        {
            return false;
        }
        let Some(last) = last else { return true };
        occasion.spacing(last.failure.is_some()).is_none_or(|spacing| is_since(last.at, spacing))
    }

    fn report(&self, error: &StoreError) {
        match self.usable() {
            Some(kept) => {
                let versions = &kept.versions;
                tracing::error!(%error, ?versions, "the {} cannot be refreshed; the last good one stays in use", self.what);
            }
            None => {
                tracing::error!(%error, "there is no usable {}; answering 503 until there is", self.what);
            }
        }
    }

    /// The value as it is now. What belongs to it besides secrets may be as it was before, and why: a secret that
    /// changes counts at once, whatever becomes of the rest.
    async fn load(&self, limit: Duration, may_wait: bool) -> Result<Load<T>, StoreError> {
        let secrets = self.secrets.iter().map(|secret| self.manager.current(secret));
        let (secrets, supplement) = join(
            within(limit, try_join_all(secrets)),
            within(limit, self.supplement.current(may_wait)),
        )
        .await;
        let secrets = secrets.unwrap_or(Err(StoreError::TooSlow { limit }))?;
        let (Held { part, version, is_current }, failure) = self.supplemented(supplement, limit)?;
        let (sources, mut versions): (Vec<_>, Vec<_>) = secrets.into_iter().unzip();
        versions.extend(version);
        // The same versions are the same value: nothing is parsed again.
        let known = self.current.load_full().map(|confirmed| Arc::clone(&confirmed.loaded));
        let generation = known.as_ref().map_or(1, |known| known.generation + 1);
        if let Some(loaded) = known.filter(|known| known.versions == versions) {
            return Ok(Load { loaded, is_current, failure });
        }
        let read = || (self.reading)(&sources, &part, (self.clock)());
        let value = aside(read).map_err(StoreError::Unusable)?;
        tracing::info!(?versions, generation, "{} loaded", self.what);
        let loaded = Arc::new(Loaded { value, versions, generation });
        Ok(Load { loaded, is_current, failure })
    }

    /// What came besides secrets, or the last of it and why nothing newer.
    fn supplemented(
        &self,
        came: Option<Result<Held<S::Part>, BoxError>>,
        limit: Duration,
    ) -> Result<(Held<S::Part>, Option<StoreError>), StoreError> {
        let error = match came {
            Some(Ok(held)) => return Ok((held, None)),
            Some(Err(reason)) => StoreError::Supplement(reason),
            None if self.supplement.is_being_read() => {
                StoreError::Unfinished { what: self.what, limit }
            }
            None => StoreError::SilentS3 { limit },
        };
        match self.supplement.last() {
            Some(held) => Ok((held, Some(error))),
            None => Err(error),
        }
    }
}

/// What came of an attempt.
struct Load<T> {
    loaded: Arc<Loaded<T>>,
    /// Whether that is all that there is to know.
    is_current: bool,
    /// Why it is not, where something went wrong.
    failure: Option<StoreError>,
}
