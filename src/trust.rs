//! Proof that a presented certificate comes from the trust bundle.
//!
//! [`verify`] is the only way to a [`VerifiedClient`]. RFC 5280 is `certval`'s work, signatures are
//! AWS-LC's; what both leave open is closed here.

pub mod bundle;
mod path;
mod path_error;
pub mod policy;
pub mod secrets;
mod signature;
pub mod store;
mod validation;

use std::time::SystemTime;

pub use self::path_error::{Member, PathError};
use self::{bundle::TrustBundle, path::Path};
use crate::certificate::{Certificate, PresentedChain, identity::Identity};

/// Verifies the presented leaf for client authentication at the time `now`.
///
/// A leaf that is itself in the bundle is accepted as itself, with no path; its dates, key and usages
/// are checked all the same. For any other, intermediates come from the header, in any order. Not
/// guaranteed: that nothing has been revoked.
///
/// # Errors
///
/// [`PathError`]: the reason of the path that came furthest.
pub fn verify(
    chain: &PresentedChain,
    bundle: &TrustBundle,
    now: SystemTime,
) -> Result<VerifiedClient, PathError> {
    let path = path::find(chain, bundle, now)?;
    Ok(VerifiedClient::new(chain.leaf.clone(), &path))
}

/// A client whose certificate has a valid path to an anchor of the trust bundle, or is pinned in it.
#[derive(Debug, Clone)]
pub struct VerifiedClient {
    leaf: Certificate,
    identity: Identity,
    issuers: Vec<Identity>,
    anchor: Identity,
}

impl VerifiedClient {
    fn new(leaf: Certificate, path: &Path<'_>) -> Self {
        Self {
            identity: Identity::of(&leaf),
            issuers: path.issuers.iter().map(|issuer| Identity::of(issuer)).collect(),
            anchor: Identity::of(path.anchor),
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
    pub fn issuers(&self) -> &[Identity] {
        &self.issuers
    }

    /// The anchor that the path ends in; the client's certificate itself, where that is pinned.
    pub fn anchor(&self) -> &Identity {
        &self.anchor
    }
}
