//! Fetches CRLs from where CAs publish them, verifies them as the function does that reads them, and puts them into a
//! bucket or a folder as one set.
//!
//! ```text
//! CRL_URLS ─▶ download ─▶ content ─▶ judgement ─▶ shelf ─▶ manifest
//!             HTTP        DER, PEM,  signed,      by SHA-256 last of all
//!                         gzip       newer
//! ```
//!
//! [`Refresh`] does this once, for whoever calls it. The Lambda [`Function`] calls it at each invocation.
//!
//! | module | is |
//! |--------|----|
//! | [`shelf`] | where CRLs are put: a bucket, or a folder |
//! | [`crl_url`] | where a CRL is published |
//! | [`download`] | one GET, within limits |
//! | [`content`] | what came, as a CRL |
//! | [`judgement`] | whether it may be put |
//! | [`report`] | what became of each URL |
//! | [`settings`], [`custom_resource`] | what the Lambda function is told, and whom it answers |
//!
//! Proxies are asked where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say so, for CRLs and for CloudFormation's answer:
//! S3 and Secrets Manager are reached directly.

mod causes;
pub mod content;
pub mod crl_url;
pub mod custom_resource;
pub mod download;
mod function;
mod https;
mod instant;
pub mod judgement;
mod lines;
mod refresh;
pub mod report;
pub mod settings;
pub mod shelf;

pub use self::{
    function::{Function, FunctionError},
    refresh::Refresh,
};
