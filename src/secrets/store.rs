//! What is made of secrets, kept current.
//!
//! The environment freezes as soon as an answer is out, so there is no clock in the background, and no work
//! either: a request that finds a value due has it fetched, and waits until that is done or given up. The age
//! of a value goes by the wall clock, which runs on while the environment is frozen. A value that cannot be
//! fetched does not stop the function; a new one replaces the old whole or not at all.

use std::{
    error::Error,
    sync::{Arc, Mutex as Lock, PoisonError},
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use aws_sdk_secretsmanager::Client;
use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use tower::BoxError;

use super::{Source, awake::within};
use crate::{causes::causes, settings::Settings};

/// Tells the time. Passed in, so that a test can choose it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The least `TRUST_REFRESH_SECONDS`: where Secrets Manager fails, it is not asked more often than this.
pub const MIN_REFRESH: Duration = Duration::from_secs(10);

/// Secrets Manager, as all stores of a function share it.
#[derive(Clone)]
pub struct SecretsManager {
    client: Client,
    /// When it last let an attempt wait in vain, whichever secrets that was about.
    silent: Arc<Lock<Option<SystemTime>>>,
}

impl SecretsManager {
    /// Takes a client of it.
    pub fn new(client: Client) -> Self {
        Self { client, silent: Arc::default() }
    }

    fn silent(&self) -> Option<SystemTime> {
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_silent(&self, at: SystemTime) {
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

/// Why Secrets Manager is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// The function starts.
    Start,
    /// There is no value, or none that is young enough to be used.
    Lack,
    /// The value has reached this age.
    Age(Duration),
    /// A certificate is not known, a client's or the gateway's: its CA may have been added since.
    News,
}

impl Occasion {
    /// How long the answer may take. Who has a value does not wait longer than a second for the next one;
    /// who has none is better served late than not at all, and Lambda allows 10 s for the whole start.
    fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Start => 8,
            Self::Lack => 3,
            Self::Age(_) | Self::News => 1,
        })
    }

    /// Whether an attempt that has come to its end makes another one wait, and how long since that end.
    ///
    /// Neither a failing Secrets Manager, nor a client with an unknown certificate, nor a gateway with one can
    /// drive more calls than this, or make good clients wait more often.
    fn spacing(self, last: &Ended) -> Option<Duration> {
        match self {
            Self::Start => None,
            Self::Lack => Some(Duration::from_secs(1)),
            // A success does not stand in the way: the value may have been young when it came.
            Self::Age(_) => last.failure.is_some().then_some(MIN_REFRESH),
            Self::News => Some(MIN_REFRESH),
        }
    }
}

/// Makes a value of what the secrets hold, at a time.
type Reading<T> = Box<dyn Fn(&[Source], SystemTime) -> Result<T, BoxError> + Send + Sync>;

/// Holds the last good value, or the wish for one.
pub struct SecretStore<T> {
    /// What it is, for the log.
    what: &'static str,
    secrets: Vec<String>,
    reading: Reading<T>,
    manager: SecretsManager,
    refresh: Duration,
    max_stale: Duration,
    clock: Clock,
    current: ArcSwapOption<Confirmed<T>>,
    /// Held by whoever asks Secrets Manager: there is one attempt at a time, for all who wait.
    last: Mutex<Option<Ended>>,
}

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

/// A value, and the versions of the secrets that it was read from.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What was made of them.
    pub value: T,
    /// `VersionId` of each secret, in the order of the setting.
    pub versions: Vec<String>,
    /// Counts the values of this store, from 1.
    pub generation: u64,
}

impl<T> SecretStore<T> {
    /// Makes a store and fetches its value. A failure is logged; the store then tries again when it
    /// is asked.
    pub(crate) async fn filled<E: Error + Send + Sync + 'static>(
        what: &'static str,
        secrets: Vec<String>,
        reading: impl Fn(&[Source], SystemTime) -> Result<T, E> + Send + Sync + 'static,
        manager: SecretsManager,
        settings: &Settings,
        clock: Clock,
    ) -> Self {
        let store = Self {
            what,
            secrets,
            reading: Box::new(move |sources, now| Ok(reading(sources, now)?)),
            manager,
            refresh: settings.trust_refresh,
            max_stale: settings.trust_max_stale,
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
        self.renew(self.refresh, left).await;
    }

    /// Fetches the value if it will soon be as old as it may become: for whoever waits for something else
    /// meanwhile, so that the next request need not wait.
    pub(crate) async fn refresh_early(&self, left: Duration) {
        self.renew(self.refresh - self.refresh / 4, left).await;
    }

    async fn renew(&self, age: Duration, left: Duration) {
        // An answer that was under way while the environment was frozen is as old as its question.
        const MOST: usize = 2;
        for _ in 0..MOST {
            if !self.has_reached(age) || self.attempt(Occasion::Age(age), left).await.is_some() {
                return;
            }
        }
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
        (self.age(confirmed) < self.max_stale).then(|| Arc::clone(&confirmed.loaded))
    }

    /// Whether the value that is in use is so old, or of a time that has not come yet: how old it is cannot be
    /// told then, as a clock was set back.
    fn has_reached(&self, age: Duration) -> bool {
        let confirmed = self.current.load();
        let old = confirmed.as_ref().map(|confirmed| (self.clock)().duration_since(confirmed.at));
        old.is_some_and(|old| old.map_or(true, |old| old >= age && old < self.max_stale))
    }

    /// A clock that was set back makes a value no older.
    fn age(&self, confirmed: &Confirmed<T>) -> Duration {
        (self.clock)().duration_since(confirmed.at).unwrap_or_default()
    }

    /// Asks Secrets Manager, unless it is too soon for that; why there is no value of it, if so. Whoever comes
    /// meanwhile waits for this attempt, and shares its outcome.
    ///
    /// The attempt belongs to the request that makes it, and ends with it at the latest.
    async fn attempt(&self, occasion: Occasion, left: Duration) -> Option<Arc<StoreError>> {
        let limit = occasion.limit().min(left);
        let too_slow = || Arc::new(StoreError::TooSlow { limit });
        let Some(mut last) = within(limit, self.last.lock()).await else { return Some(too_slow()) };
        if !self.is_due(occasion, last.as_ref()) {
            return last.as_ref().and_then(|last| last.failure.clone());
        }
        // An answer is as old as its question: the environment may freeze between the two.
        let at = (self.clock)();
        let failure = match within(limit, self.load()).await {
            Some(Ok(loaded)) => {
                self.current.store(Some(Arc::new(Confirmed { loaded, at })));
                None
            }
            Some(Err(error)) => Some(Arc::new(error)),
            None => Some(too_slow()),
        };
        if let Some(error) = &failure {
            self.report(error);
        }
        let timed_out = matches!(failure.as_deref(), Some(StoreError::TooSlow { .. }));
        // Whoever had less time than others have says nothing about how they would fare.
        if !timed_out || limit == occasion.limit() {
            *last = Some(Ended { at: (self.clock)(), failure: failure.clone() });
        }
        if timed_out && limit == occasion.limit() {
            self.manager.was_silent((self.clock)());
        }
        failure
    }

    fn is_due(&self, occasion: Occasion, last: Option<&Ended>) -> bool {
        // Somebody else's attempt may have been waited for.
        if matches!(occasion, Occasion::Age(age) if !self.has_reached(age)) {
            return false;
        }
        // A clock that was set back keeps nobody waiting.
        let is_since =
            |at, spacing| (self.clock)().duration_since(at).map_or(true, |since| since >= spacing);
        // One secret after the other would hold a request up for longer than one.
        let has_a_value = matches!(occasion, Occasion::Age(_) | Occasion::News);
        if has_a_value && self.manager.silent().is_some_and(|at| !is_since(at, MIN_REFRESH)) {
            return false;
        }
        let Some(last) = last else { return true };
        occasion.spacing(last).is_none_or(|spacing| is_since(last.at, spacing))
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

    async fn load(&self) -> Result<Arc<Loaded<T>>, StoreError> {
        let secrets = self.secrets.iter().map(|secret| self.secret(secret));
        let (sources, versions): (Vec<_>, Vec<_>) =
            try_join_all(secrets).await?.into_iter().unzip();
        // The same versions are the same value: nothing is parsed again.
        let known = self.current.load_full().map(|confirmed| Arc::clone(&confirmed.loaded));
        let generation = known.as_ref().map_or(1, |known| known.generation + 1);
        if let Some(known) = known.filter(|known| known.versions == versions) {
            return Ok(known);
        }
        let value = (self.reading)(&sources, (self.clock)()).map_err(StoreError::Unusable)?;
        tracing::info!(?versions, generation, "{} loaded", self.what);
        Ok(Arc::new(Loaded { value, versions, generation }))
    }

    async fn secret(&self, name: &str) -> Result<(Source, String), StoreError> {
        let answer = self
            .manager
            .client
            .get_secret_value()
            .secret_id(name)
            .version_stage("AWSCURRENT")
            .send()
            .await
            .map_err(|error| StoreError::Secret {
                name: name.to_owned(),
                reason: causes(&error),
            })?;
        let version = answer.version_id.unwrap_or_default();
        let content = match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(binary)) => binary.into_inner(),
            (None, None) => Vec::new(),
        };
        Ok((Source { name: name.to_owned(), content }, version))
    }
}

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Secrets Manager refused, or could not be reached.
    #[error("secret {name} cannot be fetched: {reason}")]
    Secret {
        /// The secret's name or ARN.
        name: String,
        /// What the SDK says.
        reason: String,
    },
    /// The secrets came, and cannot be used.
    #[error(transparent)]
    Unusable(BoxError),
    /// The attempt took too long.
    #[error(
        "Secrets Manager did not answer within {limit:?}; is there a route or an endpoint to it?"
    )]
    TooSlow {
        /// The time that it had.
        limit: Duration,
    },
}
