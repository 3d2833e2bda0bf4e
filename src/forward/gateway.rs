//! The hop to the gateway: HTTP/1.1, one pool of connections, nothing but what was asked.
//!
//! hyper is used without a layer above it, since it sends a target as it is; a `Url` would rewrite dot
//! segments, backslashes and quotes.

use std::{error::Error, io, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use rustls::RootCertStore;
use tokio::time::timeout;
use tower::{BoxError, timeout::error::Elapsed};

use super::GatewayRequest;
use crate::{
    https::{self, HttpsClient},
    settings::Settings,
    telemetry::{self, causes},
};

/// The largest body that is read: no more fits into an answer to the load balancer.
const MAX_BODY: usize = 1024 * 1024;

type Outgoing = Request<Full<Bytes>>;

/// A client for the one gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    client: HttpsClient<Full<Bytes>>,
    timeout: Duration,
    connect_timeout: Duration,
}

/// The gateway's answer, read to its end.
#[derive(Debug)]
pub struct GatewayResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers, as they came.
    pub headers: HeaderMap,
    /// The body, as it came: neither unpacked nor decoded.
    pub body: Bytes,
}

impl Gateway {
    /// Makes a client; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Tls`] where no TLS client can be built.
    pub fn new(settings: &Settings) -> Result<Self, GatewayError> {
        // None are needed, and none are loaded, where the hop is not encrypted.
        let roots = match settings.gateway_url.is_https() {
            true => https::public_roots(),
            false => RootCertStore::empty(),
        };
        let connect_timeout = settings.gateway_connect_timeout;
        let client = https::client(roots, connect_timeout)
            .map_err(|error| GatewayError::Tls(error.to_string()))?;
        Ok(Self { client, timeout: settings.gateway_timeout, connect_timeout })
    }

    /// Sends the request and reads the whole answer, in no more time than `left`. It is sent a second
    /// time, and no third, where the first did not arrive for sure, or twice is as good as once.
    ///
    /// # Errors
    ///
    /// [`GatewayError`]. Whether the gateway has acted on the request is then not known, but for
    /// [`GatewayError::Unreachable`] and [`GatewayError::ConnectTooSlow`]: nothing was sent.
    pub async fn send(
        &self,
        request: GatewayRequest,
        left: Duration,
    ) -> Result<GatewayResponse, GatewayError> {
        let limit = self.timeout.min(left);
        // A timeout looks at the clock only after the first step, and that may send the request.
        if limit.is_zero() {
            return Err(GatewayError::TooSlow { limit });
        }
        timeout(limit, self.exchange(request)).await.unwrap_or(Err(GatewayError::TooSlow { limit }))
    }

    async fn exchange(&self, request: GatewayRequest) -> Result<GatewayResponse, GatewayError> {
        let mut outgoing = Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = request.uri;
        *outgoing.headers_mut() = request.headers;
        let answer = self.answer(outgoing).await?;
        let (parts, body) = answer.into_parts();
        // Nothing was asked that 101 could answer, and what is over 599 no load balancer takes.
        if !(200..600).contains(&parts.status.as_u16()) {
            return Err(GatewayError::NoAnswer(format!("it answered {}", parts.status)));
        }
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(body_fault)?.to_bytes();
        Ok(GatewayResponse { status: parts.status, headers: parts.headers, body })
    }

    /// The head of the answer, to the first or the second try.
    async fn answer(&self, outgoing: Outgoing) -> Result<Response<Incoming>, GatewayError> {
        match self.attempt(outgoing.clone()).await {
            Err(first) if may_be_repeated(&first, outgoing.method()) => {
                tracing::info!(reason = causes(&first), "the gateway is asked once more");
                let again = self.attempt(outgoing).await;
                again.map_err(|second| match is_unwritten(&first) {
                    true => self.fault(&second),
                    // However it fared the second time, it may have been processed the first.
                    false => GatewayError::NoAnswer(causes(&second)),
                })
            }
            outcome => outcome.map_err(|error| self.fault(&error)),
        }
    }

    async fn attempt(&self, outgoing: Outgoing) -> Result<Response<Incoming>, legacy::Error> {
        // After a freeze the runtime has to hear first which connections were closed meanwhile.
        tokio::task::yield_now().await;
        self.client.request(outgoing).await
    }

    fn fault(&self, error: &legacy::Error) -> GatewayError {
        match is_unwritten(error) {
            true if caused_by::<Elapsed>(error) => {
                GatewayError::ConnectTooSlow { limit: self.connect_timeout }
            }
            true => GatewayError::Unreachable(causes(error)),
            false => GatewayError::NoAnswer(causes(error)),
        }
    }
}

fn body_fault(error: BoxError) -> GatewayError {
    match error.downcast_ref::<LengthLimitError>() {
        Some(_) => GatewayError::TooLarge,
        None => GatewayError::NoAnswer(causes(&*error)),
    }
}

/// Whether a request that failed can be sent again without being processed twice, or without that
/// making a difference (RFC 9110 section 9.2.2).
fn may_be_repeated(error: &legacy::Error, method: &Method) -> bool {
    // A connection that took all of its time would take it again.
    !caused_by::<Elapsed>(error)
        && (is_unwritten(error) || (method.is_idempotent() && is_cut_off(error)))
}

/// Whether no byte of the request was written: no connection had been chosen for it yet, or the one that
/// was ended before hyper began with the request, which hyper calls canceled.
fn is_unwritten(error: &legacy::Error) -> bool {
    error.connect_info().is_none()
        || cause::<hyper::Error>(error).is_some_and(hyper::Error::is_canceled)
}

/// Whether the connection ended before the head of an answer was there.
fn is_cut_off(error: &legacy::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let ends = [BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof];
    cause::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || cause::<io::Error>(error).is_some_and(|error| ends.contains(&error.kind()))
}

fn caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    cause::<E>(error).is_some()
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    telemetry::chain(error).find_map(|cause| cause.downcast_ref())
}

/// Why the gateway gave no answer that could be passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// No TLS client.
    #[error("no TLS client for the gateway can be built: {0}")]
    Tls(String),
    /// No connection: refused, no such host, TLS failed, or closed before anything of the request was
    /// written. Nothing was sent.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    /// No connection in time.
    #[error(
        "no connection to the gateway within {limit:?} (GATEWAY_CONNECT_TIMEOUT_MS); is there a route to it?"
    )]
    ConnectTooSlow {
        /// The time that it had.
        limit: Duration,
    },
    /// No complete answer in time.
    #[error(
        "the gateway did not finish its answer within {limit:?} (GATEWAY_TIMEOUT_MS, or what was left of the invocation)"
    )]
    TooSlow {
        /// The time that it had.
        limit: Duration,
    },
    /// The connection broke, or what came over it was no HTTP response.
    #[error("the gateway gave no valid answer: {0}")]
    NoAnswer(String),
    /// More than an answer to the load balancer can hold.
    #[error(
        "the gateway's answer has more than 1 MiB, which a load balancer does not take from a function"
    )]
    TooLarge,
}
