//! Proof that a presented certificate comes from the trust bundle.
//!
//! [`verify`] is the only way to a [`VerifiedClient`]. RFC 5280 is `certval`'s work, signatures are
//! AWS-LC's; what both leave open is closed here.

mod access;
pub mod bundle;
mod constraints;
mod critical;
mod hint;
mod known_client;
mod path;
mod path_error;
pub mod policy;
pub mod revocation;
mod signature;
pub mod store;
mod told;
mod validation;
mod verdicts;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::HeaderValue;

pub(crate) use self::told::Tell;
pub use self::{
    access::Denial,
    hint::Hint,
    known_client::KnownClient,
    path_error::{Member, PathError},
    revocation::Revocation,
    told::{Headers, Presented, Told},
};
use self::{
    bundle::TrustBundle,
    path::Proof,
    policy::Refusal,
    store::{LoadedBundle, TrustStore},
    verdicts::{Refused, Verdict, Verdicts},
};
use crate::{
    certificate::{Certificate, PresentedChain, identity::Identity},
    rejection::Rejection,
    secrets::store::{Clock, StoreError},
};

/// What authenticates clients: the trust bundle as it is kept current, and the verdicts that it led to.
pub(crate) struct Trust {
    store: TrustStore,
    revocation: Revocation,
    verdicts: Verdicts,
    tell: Tell,
    clock: Clock,
}

/// What came of a header, and the bundle that decided.
pub(crate) struct Authentication {
    pub(crate) outcome: Result<Arc<KnownClient>, Refusal<Arc<Told>>>,
    pub(crate) bundle: Option<Arc<LoadedBundle>>,
    /// Whether that was known from an earlier request.
    pub(crate) remembered: bool,
}

impl Trust {
    pub(crate) fn new(store: TrustStore, revocation: Revocation, tell: Tell, clock: Clock) -> Self {
        Self { store, revocation, verdicts: Verdicts::new(), tell, clock }
    }

    pub(crate) fn store(&self) -> &TrustStore {
        &self.store
    }

    /// Authenticates the client whose chain is in the header; takes no more time than `left` where
    /// the bundle has to be fetched.
    pub(crate) async fn authenticate(
        &self,
        header: &HeaderValue,
        left: Duration,
    ) -> Authentication {
        let loaded = match self.store.value(left).await {
            Ok(loaded) => loaded,
            Err(error) => {
                let outcome = Err(self.unavailable(header, error));
                return Authentication { outcome, bundle: None, remembered: false };
            }
        };
        let authentication = self.judge(header, &loaded);
        let may_be_new = matches!(
            &authentication.outcome,
            Err(Refusal { reason: Rejection::Path(reason), .. }) if reason.may_be_new()
        );
        if may_be_new && let Some(newer) = self.store.newer_than(&loaded, left).await {
            return self.judge(header, &newer);
        }
        authentication
    }

    /// The verdict of a bundle, known or new.
    fn judge(&self, header: &HeaderValue, loaded: &Arc<LoadedBundle>) -> Authentication {
        let now = (self.clock)();
        let known = self.verdicts.get(header.as_bytes(), loaded, now);
        let remembered = known.is_some();
        let outcome = match known {
            Some(verdict) => verdict.map_err(Refusal::from),
            None => self.verdict(header.as_bytes(), loaded, now),
        };
        Authentication { outcome, bundle: Some(Arc::clone(loaded)), remembered }
    }

    /// A new verdict, which is kept.
    fn verdict(
        &self,
        header: &[u8],
        loaded: &LoadedBundle,
        now: SystemTime,
    ) -> Result<Arc<KnownClient>, Refusal<Arc<Told>>> {
        let chain = read(header)?;
        let verdict: Verdict = match verify(&chain, &loaded.value, self.revocation, now) {
            Ok(client) => {
                let headers = (self.tell)(Presented::Verified(&client))?;
                Ok(Arc::new(KnownClient::new(&client, headers)))
            }
            Err(reason) => Err(Refused { reason, told: self.unverified(&chain.leaf)? }),
        };
        self.verdicts.keep(header, loaded, &verdict, now);
        Ok(verdict?)
    }

    /// Without a bundle nobody is verified; what can be read is told all the same.
    fn unavailable(&self, header: &HeaderValue, error: Arc<StoreError>) -> Refusal<Arc<Told>> {
        let told = read(header.as_bytes()).and_then(|chain| self.unverified(&chain.leaf));
        match told {
            Ok(told) => Refusal { reason: error.into(), leaf: Some(told) },
            Err(reason) => reason.into(),
        }
    }

    fn unverified(&self, leaf: &Certificate) -> Result<Arc<Told>, Rejection> {
        let headers = (self.tell)(Presented::Unverified(leaf))?;
        Ok(Arc::new(Told::new(&Identity::of(leaf), headers)))
    }
}

fn read(header: &[u8]) -> Result<PresentedChain, Rejection> {
    PresentedChain::from_header(header).map_err(|error| Rejection::unreadable(error, header))
}

impl From<Refused> for Refusal<Arc<Told>> {
    fn from(Refused { reason, told }: Refused) -> Self {
        Self { reason: reason.into(), leaf: Some(told) }
    }
}

/// Verifies the presented leaf for client authentication at the time `now`.
///
/// A leaf that is itself in the bundle is accepted as itself, with no path; its dates, key, usages and
/// revocation are checked all the same. For any other, intermediates come from the header, in any order,
/// and from the bundle. Who has passed all that still has to be one whom the bundle lets pass.
///
/// # Errors
///
/// [`PathError`]: the reason of the path that came furthest.
pub fn verify(
    chain: &PresentedChain,
    bundle: &TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Result<VerifiedClient, PathError> {
    let proof = path::find(chain, bundle, revocation, now)?;
    bundle.access().check(&chain.leaf)?;
    Ok(VerifiedClient::new(chain.leaf.clone(), &proof))
}

/// A client whose certificate has a valid path to an anchor of the trust bundle, or is pinned in it.
#[derive(Debug, Clone)]
pub struct VerifiedClient {
    leaf: Certificate,
    identity: Identity,
    issuers: Vec<Certificate>,
    anchor: Identity,
    valid_until: SystemTime,
}

impl VerifiedClient {
    fn new(leaf: Certificate, proof: &Proof<'_>) -> Self {
        let certificates = proof.issuers.iter().copied().chain([&leaf, proof.anchor]);
        let ends = certificates.map(Certificate::not_after).chain(proof.lists_until);
        Self {
            identity: Identity::of(&leaf),
            issuers: proof.issuers.iter().copied().cloned().collect(),
            anchor: Identity::of(proof.anchor),
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
    pub fn anchor(&self) -> &Identity {
        &self.anchor
    }

    /// The earliest `notAfter` on the path, the anchor's included, and `nextUpdate` of the revocation
    /// lists that were asked.
    pub fn valid_until(&self) -> SystemTime {
        self.valid_until
    }
}
