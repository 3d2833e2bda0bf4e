//! The hop to the gateway: HTTP/1.1, one pool of connections, nothing but what was asked.
//!
//! hyper is used without a layer above it, since it sends a target as it is; a `Url` would rewrite dot
//! segments, backslashes and quotes.

use std::{borrow::Cow, error::Error, io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use tokio::time::timeout;
use tower::{BoxError, timeout::error::Elapsed};

pub use super::hop::{Reach, Standing};
use super::{
    GatewayRequest,
    advice::{advice, refuses_our_certificate},
    client::Presented,
    credentials::CredentialsError,
    hop::Hop,
};
use crate::{
    causes::{causes, chain},
    secrets::{
        Freshness,
        store::{Clock, SecretsManager, StoreError},
    },
};

/// The largest body that is read: no more fits into an answer to the load balancer.
const MAX_BODY: usize = 1024 * 1024;

type Outgoing = Request<Full<Bytes>>;

/// The one gateway, as it is reached.
pub struct Gateway {
    hop: Hop,
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
    /// Fetches the secrets of the connection, if there are any; connects to nothing yet. Secrets that
    /// cannot be had are logged, and asked for again with the requests.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Tls`] where no TLS client can be built.
    pub async fn open(
        reach: &Reach,
        freshness: Freshness,
        manager: SecretsManager,
        clock: Clock,
    ) -> Result<Self, CredentialsError> {
        let hop = Hop::open(reach, freshness, manager, clock).await?;
        let Reach { timeout, connect_timeout, .. } = *reach;
        Ok(Self { hop, timeout, connect_timeout })
    }

    /// Whether there is what the connection takes; none is made.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Credentials`].
    pub async fn ready(&self, left: Duration) -> Result<(), GatewayError> {
        self.hop.link(left).await?;
        Ok(())
    }

    /// How it stands with the secrets of the connection, where there are any and they could be fetched.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.hop.standing()
    }

    /// Fetches the secrets of the connection anew if they are as old as they may become.
    pub(crate) async fn refresh(&self, left: Duration) {
        self.hop.refresh(left).await;
    }

    /// The same if they soon will be.
    pub(crate) async fn refresh_early(&self, left: Duration) {
        self.hop.refresh_early(left).await;
    }

    /// Sends the request and reads the whole answer, in no more time than `left`. It is sent a second
    /// time, and no third, where the first did not arrive for sure, or twice is as good as once.
    ///
    /// # Errors
    ///
    /// [`GatewayError`]. Whether the gateway has acted on the request is then not known, but for
    /// [`GatewayError::Credentials`], [`GatewayError::Unreachable`], [`GatewayError::Handshake`] and
    /// [`GatewayError::ConnectTooSlow`]: it did not get it.
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
        timeout(limit, self.exchange(request, limit))
            .await
            .unwrap_or(Err(GatewayError::TooSlow { limit }))
    }

    async fn exchange(
        &self,
        request: GatewayRequest,
        limit: Duration,
    ) -> Result<GatewayResponse, GatewayError> {
        let mut outgoing = Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = request.uri;
        *outgoing.headers_mut() = request.headers;
        let answer = self.answer(outgoing, limit).await?;
        let (parts, body) = answer.into_parts();
        // Nothing was asked that 101 could answer, and what is over 599 no load balancer takes.
        if !(200..600).contains(&parts.status.as_u16()) {
            return Err(GatewayError::NoAnswer(format!("it answered {}", parts.status)));
        }
        let body = Limited::new(body, MAX_BODY).collect().await.map_err(body_fault)?.to_bytes();
        Ok(GatewayResponse { status: parts.status, headers: parts.headers, body })
    }

    /// The head of the answer, to the first or the second try.
    ///
    /// After a freeze, connections may have been closed meanwhile. The runtime hears of that together with
    /// the event, and lets the connections look before it comes here: nothing is sent into a closed one.
    async fn answer(
        &self,
        outgoing: Outgoing,
        limit: Duration,
    ) -> Result<Response<Incoming>, GatewayError> {
        let link = self.hop.link(limit).await?;
        let first = match link.value.request(outgoing.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let next = match refusal(&first) {
            // It would be refused again, unless the secrets say something else by now.
            Some(_) => {
                let newer = self.hop.newer_than(&link, limit).await;
                newer.filter(|_| is_unwritten(&first) || outgoing.method().is_idempotent())
            }
            None => may_be_repeated(&first, outgoing.method()).then(|| Arc::clone(&link)),
        };
        let Some(link) = next else { return Err(self.fault(&first, link.value.presented())) };
        tracing::info!(reason = causes(&first), "the gateway is asked once more");
        let again = link.value.request(outgoing).await;
        let presented = link.value.presented();
        again.map_err(|second| match is_unwritten(&first) {
            true => self.fault(&second, presented),
            // However it fared the second time, it may have been processed the first.
            false => GatewayError::NoAnswer(causes(&second)),
        })
    }

    fn fault(&self, error: &legacy::Error, presented: Presented) -> GatewayError {
        match (refusal(error), is_unwritten(error)) {
            (Some(fault), true) => {
                let advice = advice(fault, presented);
                GatewayError::Handshake { reason: fault.to_string(), advice }
            }
            (Some(fault), false) => {
                GatewayError::NoAnswer(format!("{fault}; {}", advice(fault, presented)))
            }
            (None, true) if caused_by::<Elapsed>(error) => {
                GatewayError::ConnectTooSlow { limit: self.connect_timeout }
            }
            (None, true) => GatewayError::Unreachable(causes(error)),
            (None, false) if is_head_too_large(error) => GatewayError::TooManyHeaders,
            (None, false) => GatewayError::NoAnswer(causes(error)),
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

/// Whether the answer's head is more than hyper reads: 100 headers, or some 400 KB. What tells that is there for
/// servers alone, which this is in tests and nowhere else; a client has the words.
fn is_head_too_large(error: &legacy::Error) -> bool {
    cause::<hyper::Error>(error).is_some_and(|error| {
        error.is_parse() && error.to_string().contains("message head is too large")
    })
}

/// Why one of the two does not take the other for whom it should be. In TLS 1.3 our side is through with the
/// handshake, and has sent the request, when the gateway refuses our certificate (RFC 8446 section 4.4.2.4).
fn refusal(error: &legacy::Error) -> Option<&rustls::Error> {
    tls_fault(error).filter(|fault| error.is_connect() || refuses_our_certificate(fault))
}

fn tls_fault<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    // An `io::Error` does not name the error that it was made of as its cause.
    chain(error).find_map(|cause| {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => tls_fault(inner),
            None => cause.downcast_ref(),
        }
    })
}

fn caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    cause::<E>(error).is_some()
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// Why the gateway gave no answer that could be passed on.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// What secures the connection cannot be had. Nothing was sent.
    #[error("no connection to the gateway: {0}")]
    Credentials(#[from] Arc<StoreError>),
    /// No connection: refused, no such host, or closed before anything of the request was written. Nothing
    /// was sent.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    /// One of the two is not whom the other expects. Nothing was sent.
    #[error("no TLS connection to the gateway: {reason}; {advice}")]
    Handshake {
        /// What rustls says.
        reason: String,
        /// The next step.
        advice: Cow<'static, str>,
    },
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
    /// More headers than are read; the load balancer takes 32 K of them.
    #[error(
        "the gateway's answer has more than 100 headers, or more than 400 KB of them, and no more are read; have the \
         API send fewer"
    )]
    TooManyHeaders,
}
