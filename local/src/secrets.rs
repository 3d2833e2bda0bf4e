//! The Secrets Manager stand-in: `GetSecretValue` over the service's JSON protocol, so that the real SDK
//! client talks to it, and faults on demand.
//!
//! A secret is found by name, by ARN, and by ARN without its random end. Whoever signs a request, and
//! with what, does not matter.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};

pub use vault::SecretValue;

use crate::random::NoRandomness;
use crate::server::{Connection, Server};
use vault::{Missing, Vault};

mod vault;

const GET_SECRET_VALUE: &str = "secretsmanager.GetSecretValue";
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// A running Secrets Manager. Dropping it ends it.
#[derive(Debug)]
pub struct Secrets {
    server: Server,
    shared: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    vault: Vault,
    fault: Option<Fault>,
    requests: usize,
    answered: usize,
    delay: Duration,
}

/// An error that every request is answered with.
#[derive(Debug, Clone)]
struct Fault {
    status: StatusCode,
    kind: String,
}

impl Secrets {
    /// Starts listening, with nothing in store.
    pub async fn start(address: SocketAddr) -> io::Result<Self> {
        let shared = Arc::<Mutex<State>>::default();
        let serving = Arc::clone(&shared);
        let server =
            Server::start(address, move |connection| serve(connection, Arc::clone(&serving)))
                .await?;
        Ok(Self { server, shared })
    }

    /// The address in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The endpoint URL, for `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Stores a secret, and returns its ARN. A value that was there becomes `AWSPREVIOUS`.
    pub fn put(&self, name: &str, value: SecretValue) -> Result<String, NoRandomness> {
        self.state().vault.put(name, value)
    }

    /// Forgets a secret.
    pub fn remove(&self, name: &str) {
        self.state().vault.remove(name);
    }

    /// Answers every request from now on with an error, `ThrottlingException` say.
    pub fn fail_with(&self, status: StatusCode, kind: &str) {
        self.state().fault = Some(Fault { status, kind: kind.to_owned() });
    }

    /// Answers properly again.
    pub fn recover(&self) {
        self.state().fault = None;
    }

    /// Answers every request so much later from now on, with what is true when it comes.
    pub fn delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// How many requests are waiting for their answer, or were given up by whoever asked.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        let state = self.state();
        state.requests - state.answered
    }

    /// How many requests came so far, failed ones included.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.state().requests
    }

    /// Ends once the requests under way are answered.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(connection: Connection, shared: Arc<Mutex<State>>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(handle(&shared, request).await) }
    });
    let http = http1::Builder::new().serve_connection(TokioIo::new(connection.stream), service);
    if let Err(error) = connection.watcher.watch(http).await {
        tracing::debug!(%error, "a connection to Secrets Manager ended badly");
    }
}

async fn handle(shared: &Mutex<State>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    lock(shared).requests += 1;
    let answered = match body.collect().await {
        Ok(body) => lock(shared).answer(&head.headers, &body.to_bytes()),
        Err(_) => Err(ServiceError::invalid("the request body broke off")),
    };
    let delay = lock(shared).delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    lock(shared).answered += 1;
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (error.status, json!({"__type": error.kind, "message": error.message})),
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

impl State {
    fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Result<Value, ServiceError> {
        if let Some(Fault { status, kind }) = self.fault.clone() {
            return Err(ServiceError { status, kind, message: "failing on demand".to_owned() });
        }
        let operation = headers.get("x-amz-target").map(HeaderValue::as_bytes).unwrap_or_default();
        if operation != GET_SECRET_VALUE.as_bytes() {
            let operation = String::from_utf8_lossy(operation);
            return Err(ServiceError {
                status: StatusCode::BAD_REQUEST,
                kind: "UnknownOperationException".to_owned(),
                message: format!("{operation:?} is not spoken here, only {GET_SECRET_VALUE}"),
            });
        }
        let wanted: GetSecretValue = serde_json::from_slice(body)
            .map_err(|error| ServiceError::invalid(&error.to_string()))?;
        let (version_id, stage) = (wanted.version_id.as_deref(), wanted.version_stage.as_deref());
        Ok(self.vault.find(&wanted.secret_id, version_id, stage)?)
    }
}

/// An error in the shape that the SDK reads.
struct ServiceError {
    status: StatusCode,
    kind: String,
    message: String,
}

impl ServiceError {
    fn invalid(message: &str) -> Self {
        let kind = "InvalidParameterException".to_owned();
        Self { status: StatusCode::BAD_REQUEST, kind, message: message.to_owned() }
    }
}

impl From<Missing> for ServiceError {
    fn from(missing: Missing) -> Self {
        let kind = "ResourceNotFoundException".to_owned();
        Self { status: StatusCode::BAD_REQUEST, kind, message: missing.to_string() }
    }
}

/// How the SDK is configured for a Secrets Manager at `endpoint`, this one or another; it signs with
/// credentials that nobody checks.
#[must_use]
pub fn config(endpoint: &str) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https();
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

#[cfg(test)]
mod tests;
