//! Secrets Manager: AWS's SDK over connections of ours.

use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    meta::region::ProvideRegion,
    retry::RetryConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::{Source, client::Client, error::StoreError};
use crate::{
    causes::causes,
    https::{self, HttpsClient},
};

/// Where Secrets Manager and S3 answer, if not at their usual addresses: variables that every SDK of AWS reads.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_S3"];

/// The name by which AWS's SDKs know Secrets Manager, where a variable is about one service.
const SERVICE_ID: &str = "Secrets Manager";

/// How long the SDK waits, at most, before it tries a second time: a request waits for all of it.
const INITIAL_BACKOFF: Duration = Duration::from_millis(100);

/// How the SDK is configured by the variables that Lambda sets: region, credentials, and where they are set
/// `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT` and
/// `AWS_USE_DUALSTACK_ENDPOINT`.
/// The SDK's search through profiles, containers and instances has no place in Lambda, and would be a fifth of the
/// binary.
///
/// # Errors
///
/// Those of making a TLS client.
pub async fn config() -> Result<SdkConfig, rustls::Error> {
    let connector = SharedHttpConnector::new(Connector(https::aws_client()?));
    let credentials = Unmarked(EnvironmentVariableCredentialsProvider::new());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_initial_backoff(INITIAL_BACKOFF))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .service_config(Variables);
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    let switch = |name| variable(name).map(|value| value.eq_ignore_ascii_case("true"));
    config.set_use_fips(switch("AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(switch("AWS_USE_DUALSTACK_ENDPOINT"));
    Ok(config.build())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Reads the variables that are about one service.
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_ascii_uppercase().replace(' ', "_");
        let name = format!("{}_{service}", key.env());
        ENDPOINTS.contains(&name.as_str()).then(|| variable(&name)).flatten()
    }
}

/// Where a service answers, if not at its usual address.
pub(crate) fn endpoint(config: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL");
    let key = key.profile("endpoint_url").build().ok();
    let own = key.and_then(|key| config.service_config()?.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Secrets Manager, as all stores of a function share it.
#[derive(Clone)]
pub struct SecretsManager {
    client: Client,
    /// When it last let an attempt wait in vain, whichever secrets that was about.
    silent: Arc<Mutex<Option<SystemTime>>>,
}

impl SecretsManager {
    /// Reaches it as `config` says.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config, endpoint(config, SERVICE_ID)), silent: Arc::default() }
    }

    /// The last time when it let an attempt wait in vain.
    pub(super) fn silent(&self) -> Option<SystemTime> {
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that it did.
    pub(super) fn was_silent(&self, at: SystemTime) {
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// The content of a secret, and the version that it is of.
    ///
    /// # Errors
    ///
    /// [`StoreError::Secret`], naming the secret. There is no limit of time but the connection's: that is the caller's.
    pub async fn current(&self, name: &str) -> Result<(Source, String), StoreError> {
        let answer = self.client.current(name).await.map_err(|error| StoreError::Secret {
            name: name.to_owned(),
            reason: causes(&*error),
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

/// Credentials without the SDK's mark of where they were found. To write this one mark into its user agent, the SDK would
/// work out a table of all that it has, a twentieth of the instructions of a start.
#[derive(Debug)]
struct Unmarked(EnvironmentVariableCredentialsProvider);

impl ProvideCredentials for Unmarked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let found = self.0.provide_credentials().await?;
            let token = found.session_token().map(str::to_owned);
            let (id, key) = (found.access_key_id(), found.secret_access_key());
            Ok(Credentials::new(id, key, token, found.expiry(), "Lambda"))
        })
    }
}

/// Carries the SDK's requests. Its own client for this brings HTTP/2 and a platform's trust store along.
#[derive(Debug)]
struct Connector(HttpsClient<SdkBody>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request =
                request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = client
                .request(request)
                .await
                .map_err(|error| ConnectorError::io(error.into()))?
                .map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
