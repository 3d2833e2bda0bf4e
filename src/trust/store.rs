//! The trust bundle as it stands in Secrets Manager.
//!
//! The environment freezes between events, so there is no clock in the background: the age of a bundle
//! is asked at each request, by the wall clock. A bundle that cannot be had does not stop the function;
//! a new one replaces the old whole or not at all.
//!
//! `aws_secretsmanager_caching` was read and not taken: it serves stale values without bound, has no
//! single flight, needs DescribeSecret as well, and would have the PEM parsed again each time.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use aws_sdk_secretsmanager::Client;
use futures_util::future::try_join_all;
use tokio::{sync::Mutex, task::JoinHandle, time::timeout};

use super::bundle::{BundleError, Source, TrustBundle};
use crate::{settings::Settings, telemetry::causes};

/// Tells the time. Passed in, so that a test can choose it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How long an attempt may take: Lambda allows 10 s for the whole start.
const ATTEMPT: Duration = Duration::from_secs(8);
/// How long a request waits for one.
const PATIENCE: Duration = Duration::from_secs(3);
/// The least time from the end of one attempt to the next, while there is no bundle.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);
/// The same, while there is one: neither a failing Secrets Manager nor a client with an unknown
/// certificate can drive more calls than this.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(10);

/// Holds the last good bundle, or the wish for one.
#[derive(Clone)]
pub struct TrustStore(Arc<Inner>);

struct Inner {
    client: Client,
    secrets: Vec<String>,
    refresh: Duration,
    max_stale: Duration,
    clock: Clock,
    current: ArcSwapOption<Confirmed>,
    last_attempt: Mutex<Option<SystemTime>>,
}

/// A bundle, and when Secrets Manager last said that it is the one.
struct Confirmed {
    loaded: Arc<Loaded>,
    at: SystemTime,
}

/// A bundle, and the versions of the secrets that it was read from.
#[derive(Debug)]
pub struct Loaded {
    /// What is trusted.
    pub bundle: TrustBundle,
    /// `VersionId` of each secret, in the order of the setting.
    pub versions: Vec<String>,
    /// Counts the bundles of this store, from 1.
    pub generation: u64,
}

impl TrustStore {
    /// Makes a store and fetches its bundle. A failure is logged; the store then tries again when
    /// it is asked.
    pub async fn open(client: Client, settings: &Settings, clock: Clock) -> Self {
        let store = Self(Arc::new(Inner {
            client,
            secrets: settings.trust_bundle_secrets.clone(),
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

    /// The bundle as it is, without a look at its age or at Secrets Manager.
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.0.current.load().as_ref().map(|confirmed| Arc::clone(&confirmed.loaded))
    }

    /// The bundle, in no more time than `left`. One that is due for a refresh is still given, and the
    /// refresh runs beside whoever asked; one that is too old is fetched first, as is one that is not
    /// there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the attempt, or [`StoreError::TriedJustNow`].
    pub async fn bundle(&self, left: Duration) -> Result<Arc<Loaded>, StoreError> {
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

    /// A bundle that has replaced `known`, if Secrets Manager has one: for a certificate whose
    /// authority may have been added since. Asked for at most once in ten seconds.
    pub async fn newer_than(&self, known: &Arc<Loaded>, left: Duration) -> Option<Arc<Loaded>> {
        let fetched = self.fetch(BETWEEN_REFRESHES, PATIENCE.min(left)).await.ok()?;
        (!Arc::ptr_eq(&fetched, known)).then_some(fetched)
    }

    /// Waits for an attempt, for no longer than `limit`. The attempt goes on: what comes late is for
    /// those who ask later.
    async fn fetch(&self, spacing: Duration, limit: Duration) -> Result<Arc<Loaded>, StoreError> {
        match timeout(limit, self.attempt(spacing)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(StoreError::TooSlow { limit }),
        }
    }

    fn attempt(&self, spacing: Duration) -> JoinHandle<Result<Arc<Loaded>, StoreError>> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.fetch(spacing).await })
    }
}

impl Inner {
    /// A clock that was set back makes a bundle no older.
    fn age(&self, confirmed: &Confirmed) -> Duration {
        (self.clock)().duration_since(confirmed.at).unwrap_or_default()
    }

    /// Fetches every secret at once. Whoever comes meanwhile waits for this attempt, and shares its
    /// outcome: the next one is not due before some time has passed since its end.
    async fn fetch(&self, spacing: Duration) -> Result<Arc<Loaded>, StoreError> {
        let too_slow = || StoreError::TooSlow { limit: ATTEMPT };
        let mut last_attempt =
            timeout(ATTEMPT, self.last_attempt.lock()).await.map_err(|_| too_slow())?;
        let since = last_attempt.and_then(|last| (self.clock)().duration_since(last).ok());
        if since.is_some_and(|since| since < spacing) {
            return self.usable().ok_or(StoreError::TriedJustNow);
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
                    tracing::error!(%error, versions = ?kept.versions, "the trust bundle could not be refreshed, and stays");
                    Ok(kept)
                }
                None => {
                    tracing::error!(%error, "no usable trust bundle; answering 503 until there is one");
                    Err(error)
                }
            },
        }
    }

    /// The bundle that there is, unless it is too old.
    fn usable(&self) -> Option<Arc<Loaded>> {
        let confirmed = self.current.load_full()?;
        (self.age(&confirmed) < self.max_stale).then(|| Arc::clone(&confirmed.loaded))
    }

    async fn load(&self) -> Result<Arc<Loaded>, StoreError> {
        let secrets = self.secrets.iter().map(|secret| self.secret(secret));
        let (sources, versions): (Vec<_>, Vec<_>) =
            try_join_all(secrets).await?.into_iter().unzip();
        // The same versions are the same bundle: nothing is parsed again.
        let known = self.current.load_full().map(|confirmed| Arc::clone(&confirmed.loaded));
        let generation = known.as_ref().map_or(1, |known| known.generation + 1);
        if let Some(known) = known.filter(|known| known.versions == versions) {
            return Ok(known);
        }
        let bundle = TrustBundle::read(&sources, (self.clock)())?;
        if !bundle.is_usable() {
            let warnings = bundle.warnings().to_vec();
            return Err(BundleError::Empty { sources: self.secrets.join(", "), warnings }.into());
        }
        for warning in bundle.warnings() {
            tracing::warn!(%warning, "an entry of the trust bundle stays out");
        }
        let (anchors, pinned) = (bundle.anchors().count(), bundle.pinned());
        let lists = bundle.lists().count();
        tracing::info!(anchors, pinned, lists, ?versions, "trust bundle loaded");
        Ok(Arc::new(Loaded { bundle, versions, generation }))
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

/// Why there is no trust bundle.
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
    /// The secrets came, and do not add up to a bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The attempt took too long.
    #[error(
        "Secrets Manager did not answer within {limit:?}; is there a route or an endpoint to it?"
    )]
    TooSlow {
        /// The time that it had.
        limit: Duration,
    },
    /// The last attempt failed less than a second ago.
    #[error("the trust bundle could not be fetched a moment ago, and is not asked for again yet")]
    TriedJustNow,
}
