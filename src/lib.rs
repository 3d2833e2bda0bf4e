//! A Lambda function behind an Application Load Balancer that makes client certificates trustworthy
//! for a gateway.
//!
//! The listing is the data flow:
//!
//! ```text
//! ALB event ─▶ Event ─▶ PresentedChain ─▶ VerifiedClient ─▶ GatewayRequest ─▶ GatewayResponse ─▶ AlbResponse
//!              event    certificate       trust             forward                              response
//! ```
//!
//! Every "no" on the way is one [`Rejection`], turned into an answer in one place.

pub mod admission;
mod app;
mod causes;
pub mod certificate;
pub mod event;
pub mod forward;
mod https;
mod printable;
pub mod rejection;
pub mod response;
pub mod secrets;
pub mod settings;
pub mod telemetry;
pub mod trust;

pub use self::app::{App, Invocation, run};
