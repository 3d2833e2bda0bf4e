//! Whether a list was signed by somebody who may sign it.

use std::time::SystemTime;

use super::{
    bundle::TrustBundle, lists::RevocationList, path_error::PathError, search,
    usage::may_sign_lists,
};
use crate::certificate::names::folded;

/// Whether a list counts under a bundle: whether a key of the bundle signed it that has the issuer's name, may sign
/// lists, and leads to an anchor (RFC 5280 section 6.3.3 (f) and (g)). It is what verifying a client asks, without
/// what a client sends along.
///
/// Not asked: whether the signer itself has been revoked, and whether the list is within its dates. Verifying a client
/// asks both each time.
///
/// # Errors
///
/// [`Unauthentic`], with what to do.
pub fn authenticity(
    list: &RevocationList,
    bundle: &TrustBundle,
    now: SystemTime,
) -> Result<(), Unauthentic> {
    let signers = search::list_signers(list.issuer_name(), bundle, now)?;
    if signers.iter().any(|signer| list.is_signed_by(signer)) {
        return Ok(());
    }
    let (issuer, name) = (list.issuer(), folded(list.issuer_name()));
    if bundle.authorities_named(&name).next().is_none() {
        return Err(Unauthentic::Unknown { issuer });
    }
    let mut may_sign = bundle.authorities_named(&name).filter(|one| may_sign_lists(one)).peekable();
    if may_sign.peek().is_none() {
        return Err(Unauthentic::KeyUsage { issuer });
    }
    Err(match may_sign.any(|signer| list.is_signed_by(signer)) {
        true => Unauthentic::NoPath { issuer },
        false => Unauthentic::Signature { issuer },
    })
}

/// Whether one key that may sign lists, and leads to an anchor, signed both of two lists of one issuer.
///
/// # Errors
///
/// [`Unauthentic::Path`], where the question could not be answered.
pub fn have_a_signer_in_common(
    one: &RevocationList,
    other: &RevocationList,
    bundle: &TrustBundle,
    now: SystemTime,
) -> Result<bool, Unauthentic> {
    let signers = search::list_signers(one.issuer_name(), bundle, now)?;
    Ok(signers.iter().any(|signer| one.is_signed_by(signer) && other.is_signed_by(signer)))
}

/// Why a list does not count under a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Unauthentic {
    /// The bundle has nobody of the issuer's name.
    #[error(
        "the trust bundle has no CA certificate of its issuer, {issuer}; add it, under \"intermediates\" if the CA \
         itself is not to be an anchor"
    )]
    Unknown {
        /// The list's issuer, as RFC 4514 writes it.
        issuer: String,
    },
    /// Nobody of that name may sign lists.
    #[error(
        "the key usage of {issuer} in the trust bundle does not let it sign CRLs (cRLSign); is another certificate of \
         this CA for that?"
    )]
    KeyUsage {
        /// The list's issuer.
        issuer: String,
    },
    /// No key of that name signed it, with an algorithm that is accepted.
    #[error(
        "no certificate of {issuer} in the trust bundle has the key that signed it; was it changed on its way, or has \
         the CA a new key?"
    )]
    Signature {
        /// The list's issuer.
        issuer: String,
    },
    /// Whoever signed it leads to no anchor.
    #[error(
        "it is signed by {issuer}, which has no valid path to an anchor of the trust bundle; has its certificate expired?"
    )]
    NoPath {
        /// The list's issuer.
        issuer: String,
    },
    /// The question could not be answered.
    #[error(transparent)]
    Path(#[from] PathError),
}
