//! What the certificates of a header and of the bundle tell a person beyond the reason of a refusal.
//!
//! Looked for once a client is refused, and by names and keys alone: no signature is checked for it. So it
//! is a guess, and decides nothing.

use std::time::SystemTime;

use crate::{
    certificate::{Certificate, PresentedChain, identity::Identity},
    trust::{
        bundle::TrustBundle,
        hint::Hint,
        path_error::{Member, PathError},
    },
};

/// What may help against a refusal.
pub(super) fn hint(
    reason: &PathError,
    chain: &PresentedChain,
    bundle: &TrustBundle,
    now: SystemTime,
) -> Option<Hint> {
    let unknown = matches!(
        reason,
        PathError::Untrusted { .. } | PathError::Signature { member: Member::Leaf }
    );
    let may_be_renewed = unknown || *reason == PathError::IsCa;
    match reason {
        // These are about a certificate that has a path.
        PathError::Revoked { .. } | PathError::Undetermined { .. } | PathError::Denied(_) => None,
        PathError::TooManyPaths | PathError::Clock => None,
        PathError::Expired { member: member @ Member::Issuer(_) } => {
            new_key(member, chain, bundle, now)
        }
        _ => order(chain)
            .or_else(|| may_be_renewed.then(|| renewed(&chain.leaf, bundle))?)
            .or_else(|| unknown.then(|| self_signed(&chain.leaf))?),
    }
}

/// The first is an issuer's, and behind it is one that is nobody's.
fn order(chain: &PresentedChain) -> Option<Hint> {
    let issued = |other: &Certificate, by: &Certificate| {
        other != by && !other.is_self_issued() && other.folded_issuer() == by.folded_subject()
    };
    let all = || std::iter::once(&chain.leaf).chain(&chain.others);
    let issues = |by: &Certificate| all().any(|other| issued(other, by));
    if chain.others.is_empty() || !(chain.leaf.is_ca() || issues(&chain.leaf)) {
        return None;
    }
    let (position, client) = (2..)
        .zip(&chain.others)
        .find(|(_, other)| !other.is_ca() && !issues(other) && **other != chain.leaf)?;
    Some(Hint::Order { position, subject: Identity::of(client).subject })
}

fn renewed(leaf: &Certificate, bundle: &TrustBundle) -> Option<Hint> {
    const DIGITS: usize = 16;
    let Identity { sha256, not_after, .. } = Identity::of(bundle.pinned_like(leaf)?);
    Some(Hint::Renewed { sha256: sha256.chars().take(DIGITS).collect(), not_after })
}

fn self_signed(leaf: &Certificate) -> Option<Hint> {
    leaf.is_self_issued().then_some(Hint::SelfSigned)
}

fn new_key(
    expired: &Member,
    chain: &PresentedChain,
    bundle: &TrustBundle,
    now: SystemTime,
) -> Option<Hint> {
    let expired = chain.others.iter().find(|other| Member::issuer(other.parsed()) == *expired)?;
    let newer = bundle.authorities_named(expired.folded_subject());
    let mut newer =
        newer.filter(|other| other.not_after() >= now && !other.has_the_key_of(expired));
    let Identity { subject, not_after, .. } = Identity::of(newer.next()?);
    Some(Hint::NewKey { issuer: subject, not_after })
}
