//! What is told of a client, in the form in which it is told: so little is left of a certificate that has been
//! judged.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header::InvalidHeaderValue};
use serde_json::value::{RawValue, to_raw_value};

use super::verified_client::VerifiedClient;
use crate::certificate::{Certificate, identity::Identity};

/// What an allocation takes beside its bytes: the allocator's own, and the counts of those who share it.
pub(super) const ALLOCATION: usize = 32;

/// What the gateway is told of a client.
pub type Headers = Box<[(HeaderName, HeaderValue)]>;

/// Writes what the gateway is told. Passed in, since it is for the stage of forwarding to say.
pub(crate) type Tell = Box<dyn Fn(Presented<'_>) -> Result<Headers, Unencodable> + Send + Sync>;

/// Why a certificate cannot be told.
#[derive(Debug, thiserror::Error)]
#[error("the certificate cannot be written as a header value: {0}")]
pub struct Unencodable(#[from] InvalidHeaderValue);

/// Whose certificate it is.
pub enum Presented<'a> {
    /// A client's that has proved who it is.
    Verified(&'a VerifiedClient),
    /// One that can be read, and proves nothing.
    Unverified(&'a Certificate),
}

/// What log and gateway are told of a certificate. Nothing in it is parsed.
#[derive(Debug)]
pub struct Told {
    identity: Arc<RawValue>,
    headers: Headers,
}

impl Told {
    pub(crate) fn new(identity: &Identity, headers: Headers) -> Self {
        // Text always becomes JSON; a line without it would say enough.
        let identity = to_raw_value(identity).unwrap_or_else(|_| RawValue::NULL.to_owned());
        Self { identity: identity.into(), headers }
    }

    /// For the log: whose certificate it is, as JSON.
    pub(crate) fn identity(&self) -> &Arc<RawValue> {
        &self.identity
    }

    /// For the gateway.
    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// The bytes that it takes on the heap.
    pub(super) fn heap(&self) -> usize {
        let values = self.headers.iter().map(|(_, value)| value.len() + ALLOCATION);
        let text = self.identity.get().len() + ALLOCATION;
        size_of_val(&*self.headers) + ALLOCATION + values.fold(text, usize::saturating_add)
    }
}
