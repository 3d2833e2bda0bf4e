//! What is made of secrets, kept current.
//!
//! The environment freezes between events, so there is no clock in the background: the age of a value
//! is asked at each request, by the wall clock. A value that cannot be had does not stop the function;
//! a new one replaces the old whole or not at all.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use aws_sdk_secretsmanager::Client;
use futures_util::future::try_join_all;
use tokio::{sync::Mutex, task::JoinHandle, time::timeout};
use tower::BoxError;

use super::Source;
use crate::{settings::Settings, telemetry::causes};

/// Tells the time. Passed in, so that a test can choose it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How long an attempt may take: Lambda allows 10 s for the whole start.
const ATTEMPT: Duration = Duration::from_secs(8);
/// How long a request waits for one.
const PATIENCE: Duration = Duration::from_secs(3);
/// The least time from the end of one attempt to the next, while there is no value.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);
/// The same, while there is one: neither a failing Secrets Manager, nor a client with an unknown
/// certificate, nor a gateway with one can drive more calls than this.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(10);

/// Makes a value of what the secrets hold, at a time.
type Reading<T> = Arc<dyn Fn(&[Source], SystemTime) -> Result<T, BoxError> + Send + Sync>;

/// Holds the last good value, or the wish for one.
pub struct SecretStore<T>(Arc<Inner<T>>);

struct Inner<T> {
    /// What it is, for the log.
    what: &'static str,
    secrets: Vec<String>,
    reading: Reading<T>,
    client: Client,
    refresh: Duration,
    max_stale: Duration,
    clock: Clock,
    current: ArcSwapOption<Confirmed<T>>,
    last_attempt: Mutex<Option<SystemTime>>,
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

impl<T: Send + Sync + 'static> SecretStore<T> {
    /// Makes a store and fetches its value. A failure is logged; the store then tries again when it
    /// is asked.
    pub(crate) async fn filled<E: Error + Send + Sync + 'static>(
        what: &'static str,
        secrets: Vec<String>,
        reading: impl Fn(&[Source], SystemTime) -> Result<T, E> + Send + Sync + 'static,
        client: Client,
        settings: &Settings,
        clock: Clock,
    ) -> Self {
        let store = Self(Arc::new(Inner {
            what,
            secrets,
            reading: Arc::new(move |sources, now| Ok(reading(sources, now)?)),
            client,
            refresh: settings.trust_refresh,
            max_stale: settings.trust_max_stale,
            clock,
            current: ArcSwapOption::empty(),
            last_attempt: Mutex::new(None),
        }));
        // The error is logged where it arises, and the next request asks again.
        let _ = store.0.fetch(BETWEEN_ATTEMPTS).await;
        store
    }

    /// The value as it is, without a look at its age or at Secrets Manager.
    pub fn current(&self) -> Option<Arc<Loaded<T>>> {
        self.0.current.load().as_ref().map(|confirmed| Arc::clone(&confirmed.loaded))
    }

    /// When Secrets Manager last said that the value is the current one. An answer is as old as its
    /// question.
    pub fn confirmed_at(&self) -> Option<SystemTime> {
        self.0.current.load().as_ref().map(|confirmed| confirmed.at)
    }

    /// The value, in no more time than `left`. One that is due for a refresh is still given, and the
    /// refresh runs beside whoever asked; one that is too old is fetched first, as is one that is not
    /// there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the attempt, or [`StoreError::TriedJustNow`].
    pub async fn value(&self, left: Duration) -> Result<Arc<Loaded<T>>, StoreError> {
        let limit = PATIENCE.min(left);
        let Some(confirmed) = self.0.current.load_full() else {
            return self.fetch(BETWEEN_ATTEMPTS, limit).await;
        };
        let age = self.0.age(&confirmed);
        if age >= self.0.max_stale {
            return self.fetch(BETWEEN_ATTEMPTS, limit).await;
        }
        if age >= self.0.refresh {
            // Nobody waits for it.
            drop(self.attempt(BETWEEN_REFRESHES));
        }
        Ok(Arc::clone(&confirmed.loaded))
    }

    /// A value that has replaced `known`, if Secrets Manager has one: for a certificate, a
    /// client's or the gateway's, whose authority may have been added since. Asked for at most once in ten
    /// seconds.
    pub async fn newer_than(
        &self,
        known: &Arc<Loaded<T>>,
        left: Duration,
    ) -> Option<Arc<Loaded<T>>> {
        let fetched = self.fetch(BETWEEN_REFRESHES, PATIENCE.min(left)).await.ok()?;
        (!Arc::ptr_eq(&fetched, known)).then_some(fetched)
    }

    /// Waits for an attempt, for no longer than `limit`. The attempt goes on: what comes late is for
    /// those who ask later.
    async fn fetch(
        &self,
        spacing: Duration,
        limit: Duration,
    ) -> Result<Arc<Loaded<T>>, StoreError> {
        match timeout(limit, self.attempt(spacing)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(StoreError::TooSlow { limit }),
        }
    }

    fn attempt(&self, spacing: Duration) -> JoinHandle<Result<Arc<Loaded<T>>, StoreError>> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.fetch(spacing).await })
    }
}

impl<T> Inner<T> {
    /// A clock that was set back makes a value no older.
    fn age(&self, confirmed: &Confirmed<T>) -> Duration {
        (self.clock)().duration_since(confirmed.at).unwrap_or_default()
    }

    /// Fetches every secret at once. Whoever comes meanwhile waits for this attempt, and shares its
    /// outcome: the next one is not due before some time has passed since its end.
    async fn fetch(&self, spacing: Duration) -> Result<Arc<Loaded<T>>, StoreError> {
        let too_slow = || StoreError::TooSlow { limit: ATTEMPT };
        let mut last_attempt =
            timeout(ATTEMPT, self.last_attempt.lock()).await.map_err(|_| too_slow())?;
        let since = last_attempt.and_then(|last| (self.clock)().duration_since(last).ok());
        if since.is_some_and(|since| since < spacing) {
            return self.usable().ok_or(StoreError::TriedJustNow { what: self.what });
        }
        // An answer is as old as its question: the environment may freeze between the two.
        let at = (self.clock)();
        let outcome = timeout(ATTEMPT, self.load()).await.unwrap_or_else(|_| Err(too_slow()));
        *last_attempt = Some((self.clock)());
        match outcome {
            Ok(loaded) => {
                self.current.store(Some(Arc::new(Confirmed { loaded, at })));
                self.usable().ok_or_else(too_slow)
            }
            Err(error) => match self.usable() {
                Some(kept) => {
                    let versions = &kept.versions;
                    tracing::error!(%error, ?versions, "no new {} can be had, and what there is stays in use", self.what);
                    Ok(kept)
                }
                None => {
                    tracing::error!(%error, "no usable {}; answering 503 until there is", self.what);
                    Err(error)
                }
            },
        }
    }

    /// The value that there is, unless it is too old.
    fn usable(&self) -> Option<Arc<Loaded<T>>> {
        let confirmed = self.current.load_full()?;
        (self.age(&confirmed) < self.max_stale).then(|| Arc::clone(&confirmed.loaded))
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
    /// Secrets Manager refused, or was out of reach.
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
    /// The last attempt failed less than a second ago.
    #[error("the {what} could not be fetched a moment ago, and is not asked for again yet")]
    TriedJustNow {
        /// What was to be made of secrets.
        what: &'static str,
    },
}
