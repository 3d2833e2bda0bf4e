//! A Lambda function behind an Application Load Balancer that makes client certificates trustworthy
//! for a gateway.
//!
//! The stages are the data flow:
//!
//! ```text
//! ALB event ─▶ Event ─▶ PresentedChain ─▶ VerifiedClient ─▶ Admission ─▶ GatewayRequest ─▶ GatewayResponse ─▶ AlbResponse
//!              event    certificate       trust             admission    forward                              response
//! ```
//!
//! Each stage knows those before it and none after it. Above them all are [`settings`], which tell each stage what
//! it wants to know, [`rejection`], which turns every "no" on the way into an answer, [`telemetry`], which looks at
//! what they made, and the [`App`], which calls one after the other. Below them all are [`secrets`], and what is
//! for everybody: words for a log, the causes of an error, connections over TLS, and work that holds up nobody.

pub mod admission;
mod app;
mod aside;
pub mod causes;
pub mod certificate;
pub mod event;
pub mod forward;
mod https;
pub mod printable;
pub mod rejection;
pub mod response;
pub mod secrets;
pub mod settings;
pub mod telemetry;
pub mod trust;

pub use self::app::{App, Invocation, run};
