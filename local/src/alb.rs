//! The load-balancer stand-in: an HTTPS listener that asks for a client certificate, takes any, and hands
//! the request to a Lambda function.
//!
//! | part | is |
//! |------|----|
//! | [`EventSettings`] | request in, event JSON out, without a socket |
//! | [`certificate_header`] | chain in, header value out |
//! | [`Target`] | the function: in this process, or behind an Invoke API |
//! | [`Answer`] | the function's JSON in, an HTTP response out, or the [`Refusal`] that makes it a bare 502 |
//! | [`Listener`] | all of them behind TLS, HTTP/1.1 and HTTP/2 |
//!
//! Where the load balancer's documentation is silent, the stand-in does what is worst for the function:
//! it removes nothing that a client sends, so a forged certificate header arrives beside the real one.

pub use answer::{Answer, Refusal};
pub use certificate_header::{Spelling, UnknownSpelling, certificate_header};
pub use event::{EventError, EventSettings, HeaderMode, Request, UnknownHeaderMode};
pub use exchange::{Exchange, Fault, Observer};
pub use listener::{Config, ListenError, Listener};
pub use target::{Invocation, InvokeError, Target};
pub use trace_id::trace_id;

mod answer;
mod certificate_header;
mod event;
mod exchange;
mod limits;
mod listener;
mod possession;
mod target;
mod trace_id;
