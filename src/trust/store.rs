//! The trust bundle as it stands in Secrets Manager.
//!
//! A bundle that cannot be had does not stop the function: requests are answered with 503, and each
//! may cause another attempt, one at a time and never more than one a second.

use std::{
    env,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use aws_config::{
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
};
use aws_sdk_secretsmanager::{Client, config::BehaviorVersion};
use aws_smithy_http_client::tls;
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

/// Amazon's own roots, to which every endpoint of AWS leads: <https://www.amazontrust.com/repository/>.
/// A platform's store of some 140 roots takes milliseconds to load.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// A client of Secrets Manager, configured from the variables that Lambda sets: region, credentials,
/// and where they are set `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL` and
/// `AWS_USE_FIPS_ENDPOINT`. The SDK's search through profiles, containers and instances has no place
/// in Lambda, and a fifth of the binary would be it.
///
/// # Errors
///
/// [`StoreError::Client`] where no TLS client can be built.
pub async fn secrets_manager() -> Result<Client, StoreError> {
    let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let roots = tls::TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = tls::TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|error| StoreError::Client(error.to_string()))?;
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
        .tls_context(context)
        .build_https();
    let mut config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(EnvironmentVariableCredentialsProvider::new());
    config.set_endpoint_url(
        variable("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| variable("AWS_ENDPOINT_URL")),
    );
    config.set_use_fips(variable("AWS_USE_FIPS_ENDPOINT").map(|value| value == "true"));
    Ok(Client::from_conf(config.build()))
}

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

    /// The bundle, fetched now if there is none yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`] of the attempt, or [`StoreError::TriedJustNow`].
    pub async fn bundle(&self) -> Result<Arc<Loaded>, StoreError> {
        match self.current() {
            Some(loaded) => Ok(loaded),
            None => self.fetch(LATER_ATTEMPT).await,
        }
    }

    /// Fetches every secret at once; whoever comes meanwhile waits for the same attempt.
    async fn fetch(&self, limit: Duration) -> Result<Arc<Loaded>, StoreError> {
        let mut last_attempt = self.last_attempt.lock().await;
        if let Some(loaded) = self.current() {
            return Ok(loaded);
        }
        let now = (self.clock)();
        let since = last_attempt.and_then(|last| now.duration_since(last).ok());
        if since.is_some_and(|since| since < BETWEEN_ATTEMPTS) {
            return Err(StoreError::TriedJustNow);
        }
        *last_attempt = Some(now);
        match timeout(limit, self.load()).await.unwrap_or(Err(StoreError::TooSlow { limit })) {
            Ok(loaded) => {
                tracing::info!(
                    anchors = loaded.bundle.anchors().count(),
                    versions = ?loaded.versions,
                    "trust bundle loaded"
                );
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
    /// No TLS client for Secrets Manager.
    #[error("no client for Secrets Manager can be built: {0}")]
    Client(String),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::PresentedChain;

    #[test]
    fn amazon_roots_are_the_ones_that_browsers_trust_too() {
        let roots = PresentedChain::from_pem(AMAZON_ROOTS.as_bytes()).unwrap();
        let all: Vec<_> = std::iter::once(&roots.leaf).chain(&roots.others).collect();
        assert_eq!(all.len(), 5);
        for root in all {
            let der = root.der().into();
            let anchor = webpki::anchor_from_trusted_cert(&der).unwrap();
            assert!(webpki_roots::TLS_SERVER_ROOTS.contains(&anchor), "{root:?}");
        }
    }
}
