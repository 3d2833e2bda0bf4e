use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::mode::{DecodeError, Mode, decode};
use super::seen::{Certificate, Reading, Seen};
use crate::server::{Connection, Server};

/// More headers than any test sends; the default is 100.
const MAX_HEADERS: usize = 1000;

/// What an error response does not echo of the request: what the gateway removes, what belongs to one
/// connection, and what describes the request's own body.
const NOT_ECHOED: [HeaderName; 14] = [
    header::AUTHORIZATION,
    header::HOST,
    header::ACCEPT,
    HeaderName::from_static("x-jwt-assertion"),
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
];

/// How the gateway is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The header that carries the certificate, WSO2's `certificate_header`.
    pub certificate_header: HeaderName,
    /// How it is read.
    pub mode: Mode,
    /// Whether the API insists on a client certificate.
    pub mandatory: bool,
}

impl Default for Config {
    /// A free port, and what a gateway of the releases 4.1 to 4.7 does that reads the load balancer's name.
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate_header: HeaderName::from_static("x-amzn-mtls-clientcert"),
            mode: Mode::Enc41,
            mandatory: true,
        }
    }
}

/// A running gateway. Dropping it ends it.
#[derive(Debug)]
pub struct Gateway {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    config: Config,
    seen: Mutex<Vec<Seen>>,
}

impl Gateway {
    /// Starts listening.
    pub async fn start(config: Config) -> io::Result<Self> {
        let address = config.address;
        let state = Arc::new(State { config, seen: Mutex::default() });
        let serving = Arc::clone(&state);
        let server =
            Server::start(address, move |connection| serve(connection, Arc::clone(&serving)))
                .await?;
        Ok(Self { server, state })
    }

    /// The address in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every request since the last call, oldest first.
    #[must_use]
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.state.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends once the requests under way are answered.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

async fn serve(connection: Connection, state: Arc<State>) {
    let number = connection.number;
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(state.handle(number, request).await) }
    });
    let http = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(connection.stream), service);
    if let Err(error) = connection.watcher.watch(http).await {
        tracing::debug!(%error, "a connection to the gateway ended badly");
    }
}

impl State {
    async fn handle(&self, connection: u64, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return answer(
                StatusCode::BAD_REQUEST,
                &json!({"message": "the request body broke off"}),
            );
        };
        let named = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.as_bytes().to_vec())
        };
        let seen = Seen {
            connection,
            method: head.method.to_string(),
            target: head.uri.to_string(),
            headers: head.headers.iter().map(named).collect(),
            body: body.to_bytes().to_vec(),
            reading: self.read(&head.headers),
        };
        let response = self.respond(&seen, &head.headers);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        response
    }

    /// Of several values the first is read.
    fn read(&self, headers: &HeaderMap) -> Reading {
        let Some(value) = headers.get(&self.config.certificate_header) else {
            return Reading::Missing;
        };
        let text: String = value.as_bytes().iter().copied().map(char::from).collect();
        match decode(self.config.mode, &text) {
            Ok(der) => Reading::Certificate(Certificate { der }),
            Err(error) => Reading::Unreadable(error),
        }
    }

    fn respond(&self, seen: &Seen, headers: &HeaderMap) -> Response<Full<Bytes>> {
        match &seen.reading {
            Reading::Certificate(certificate) => {
                let certificate =
                    json!({"sha256": certificate.sha256(), "subject": certificate.subject()});
                answer(StatusCode::OK, &self.echo(seen, certificate))
            }
            Reading::Missing if !self.config.mandatory => {
                answer(StatusCode::OK, &self.echo(seen, Value::Null))
            }
            Reading::Missing => echoing(headers, no_certificate()),
            Reading::Unreadable(DecodeError::Certificate(_)) => echoing(headers, unreadable()),
            // The exception leaves the authenticator. By the source the client gets a SOAP fault or an
            // HTML page with status 500; a bare 500 stands for both.
            Reading::Unreadable(DecodeError::Escape(_) | DecodeError::Base64(_)) => uncaught(),
        }
    }

    /// What the API behind the gateway answers.
    fn echo(&self, seen: &Seen, certificate: Value) -> Value {
        let headers: Vec<_> =
            seen.headers.iter().map(|(name, value)| [name.clone(), lossy(value)]).collect();
        json!({
            "mode": self.config.mode.to_string(),
            "certificate": certificate,
            "method": seen.method,
            "target": seen.target,
            "headers": headers,
            "body": lossy(&seen.body),
        })
    }
}

fn no_certificate() -> Response<Full<Bytes>> {
    let fault = json!({
        "code": "900901",
        "message": "Invalid Credentials",
        "description": "Make sure you have provided the correct security credentials",
    });
    let mut response = answer(StatusCode::UNAUTHORIZED, &fault);
    let challenge = HeaderValue::from_static("Mutual SSL realm=\"WSO2 API Manager\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

fn unreadable() -> Response<Full<Bytes>> {
    let fault = json!({
        "code": "900900",
        "message": "Unclassified Authentication Failure",
        "description": "Error while validating into Certificate Existence",
    });
    answer(StatusCode::INTERNAL_SERVER_ERROR, &fault)
}

fn uncaught() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

fn answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    response
}

/// An error goes out on the message that came in, whose headers are still on it.
fn echoing(request: &HeaderMap, mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    for (name, value) in request.iter().filter(|(name, _)| !NOT_ECHOED.contains(name)) {
        response.headers_mut().append(name, value.clone());
    }
    response
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
