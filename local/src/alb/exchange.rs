use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use super::answer::Refusal;
use super::event::EventError;
use super::limits::MEGABYTE;
use super::target::InvokeError;
use crate::random::NoRandomness;

/// One request and what came of it.
#[derive(Debug)]
pub struct Exchange {
    /// The identifier of the call, as the function got it.
    pub request_id: String,
    /// The method.
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    /// How many certificates the client presented.
    pub certificates: usize,
    /// The event, if it came to one.
    pub event: Option<Bytes>,
    /// What the client got.
    pub status: StatusCode,
    /// Why the client got an answer of the load balancer's own, if it did.
    pub fault: Option<Fault>,
}

/// Why the load balancer answers by itself.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The request line or the headers are too large.
    #[error("the request's target or headers are over a load balancer's limits")]
    Head {
        /// The status that says which.
        status: StatusCode,
    },
    /// The request body is too large.
    #[error(
        "the request's body is over {MEGABYTE} bytes, more than a load balancer takes for a function"
    )]
    Body,
    /// The request body broke off.
    #[error("the request's body broke off")]
    Incomplete,
    /// No event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The function gave no answer.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// The function gave an answer that is none.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No identifier for the call.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl Fault {
    /// What the client gets.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Head { status } => *status,
            Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::Body => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Event(_) | Self::Invoke(_) | Self::Refused(_) => StatusCode::BAD_GATEWAY,
            Self::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Somebody who is told of every request.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Exchange) + Send + Sync>);

impl Observer {
    /// Calls `observe` after every answer, on the connection's task.
    pub fn new(observe: impl Fn(Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(super) fn tell(&self, exchange: Exchange) {
        (self.0)(exchange);
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
