//! A client that has proved who it is.

use std::time::SystemTime;

use super::search::Proof;
use crate::certificate::{Certificate, identity::Identity};

/// A client whose certificate has a valid path to an anchor of the trust bundle, or is pinned in it.
#[derive(Debug, Clone)]
pub struct VerifiedClient {
    leaf: Certificate,
    identity: Identity,
    issuers: Vec<Certificate>,
    anchor: Certificate,
    valid_until: SystemTime,
}

impl VerifiedClient {
    pub(super) fn new(leaf: Certificate, proof: &Proof<'_>) -> Self {
        let certificates = proof.issuers.iter().copied().chain([&leaf, proof.anchor]);
        let ends = certificates.map(Certificate::not_after).chain(proof.lists_until);
        Self {
            identity: Identity::issued_by(&leaf, proof.issuers.first().unwrap_or(&proof.anchor)),
            issuers: proof.issuers.iter().copied().cloned().collect(),
            anchor: proof.anchor.clone(),
            valid_until: ends.fold(leaf.not_after(), SystemTime::min),
            leaf,
        }
    }

    /// The client's certificate.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// What identifies the client's certificate.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The intermediates of the path, from the leaf's issuer upwards.
    pub fn issuers(&self) -> &[Certificate] {
        &self.issuers
    }

    /// The anchor that the path ends in; the client's certificate itself, where that is pinned.
    pub fn anchor(&self) -> &Certificate {
        &self.anchor
    }

    /// The earliest `notAfter` on the path, the anchor's included, and `nextUpdate` of the revocation
    /// lists that were asked.
    pub fn valid_until(&self) -> SystemTime {
        self.valid_until
    }
}
