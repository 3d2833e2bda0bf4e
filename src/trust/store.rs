//! The trust bundle as it stands in Secrets Manager.
//!
//! A bundle that cannot be had does not stop the function: requests are answered with 503, and each
//! may cause another attempt, one at a time and never more than one a second.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use aws_sdk_secretsmanager::Client;
use futures_util::future::try_join_all;
use tokio::{sync::Mutex, time::timeout};

use super::bundle::{BundleError, Source, TrustBundle};
use crate::telemetry::causes;

/// Tells the time. Passed in, so that a test can choose it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How long the first attempt may take: Lambda allows 10 s for the whole start.
const FIRST_ATTEMPT: Duration = Duration::from_secs(8);
/// How long an attempt may hold up a request.
const LATER_ATTEMPT: Duration = Duration::from_secs(3);
/// The least time from one attempt to the next.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// Holds the last good bundle, or the wish for one.
pub struct TrustStore {
    client: Client,
    secrets: Vec<String>,
    clock: Clock,
    current: ArcSwapOption<Loaded>,
    last_attempt: Mutex<Option<SystemTime>>,
}

/// A bundle, and the versions of the secrets that it was read from.
#[derive(Debug)]
pub struct Loaded {
    /// What is trusted.
    pub bundle: TrustBundle,
    /// `VersionId` of each secret, in the order of the setting.
    pub versions: Vec<String>,
}

impl TrustStore {
    /// Makes a store and fetches its bundle. A failure is logged; the store then tries again when
    /// it is asked.
    pub async fn open(client: Client, secrets: Vec<String>, clock: Clock) -> Self {
        let store = Self {
            client,
            secrets,
            clock,
            current: ArcSwapOption::empty(),
            last_attempt: Mutex::new(None),
        };
        // The error is logged where it arises, and the next request asks again.
        let _ = store.fetch(FIRST_ATTEMPT).await;
        store
    }

    /// The bundle as it is, without a look at Secrets Manager.
    pub fn current(&self) -> Option<Arc<Loaded>> {
        self.current.load_full()
    }

    /// The bundle, fetched now if there is none yet, in no more time than `left`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the attempt, or [`StoreError::TriedJustNow`].
    pub async fn bundle(&self, left: Duration) -> Result<Arc<Loaded>, StoreError> {
        match self.current() {
            Some(loaded) => Ok(loaded),
            None => self.fetch(LATER_ATTEMPT.min(left)).await,
        }
    }

    /// Fetches every secret at once. Whoever comes meanwhile waits for this attempt, and shares its
    /// outcome: the next one is not due before a second has passed since its end.
    async fn fetch(&self, limit: Duration) -> Result<Arc<Loaded>, StoreError> {
        let too_slow = || StoreError::TooSlow { limit };
        let mut last_attempt =
            timeout(limit, self.last_attempt.lock()).await.map_err(|_| too_slow())?;
        if let Some(loaded) = self.current() {
            return Ok(loaded);
        }
        let since = last_attempt.and_then(|last| (self.clock)().duration_since(last).ok());
        if since.is_some_and(|since| since < BETWEEN_ATTEMPTS) {
            return Err(StoreError::TriedJustNow);
        }
        let outcome = timeout(limit, self.load()).await.unwrap_or_else(|_| Err(too_slow()));
        *last_attempt = Some((self.clock)());
        self.keep(outcome)
    }

    fn keep(&self, outcome: Result<Loaded, StoreError>) -> Result<Arc<Loaded>, StoreError> {
        match outcome {
            Ok(loaded) => {
                let anchors = loaded.bundle.anchors().count();
                let pinned = loaded.bundle.pinned();
                tracing::info!(anchors, pinned, versions = ?loaded.versions, "trust bundle loaded");
                let loaded = Arc::new(loaded);
                self.current.store(Some(Arc::clone(&loaded)));
                Ok(loaded)
            }
            Err(error) => {
                tracing::error!(%error, "no usable trust bundle; answering 503 until there is one");
                Err(error)
            }
        }
    }

    async fn load(&self) -> Result<Loaded, StoreError> {
        let secrets = self.secrets.iter().map(|secret| self.secret(secret));
        let (sources, versions): (Vec<_>, Vec<_>) =
            try_join_all(secrets).await?.into_iter().unzip();
        Ok(Loaded { bundle: TrustBundle::read(&sources)?, versions })
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
