//! Whether a CRL may be put, and in the place of which.

use std::time::SystemTime;

use alb_mtls_adapter::trust::{
    authenticity::{Unauthentic, authenticity, have_a_signer_in_common},
    bundle::TrustBundle,
    revocation::{Limitation, RevocationList, Succession},
};

use crate::instant::rfc3339;

/// Whether a CRL alone may be put: whether it is one that the function uses, is within its dates, and was signed by
/// somebody who may, by the function's own code.
///
/// # Errors
///
/// [`Refusal`].
pub fn judge(list: &RevocationList, bundle: &TrustBundle, now: SystemTime) -> Result<(), Refusal> {
    if let Some(limitation) = list.limitation() {
        return Err(Refusal::Limitation(limitation.clone()));
    }
    if list.this_update() > now {
        return Err(Refusal::NotBegun { this_update: rfc3339(list.this_update()) });
    }
    if let Some(over) = list.next_update().filter(|next| *next < now) {
        return Err(Refusal::OutOfDate { next_update: rfc3339(over) });
    }
    Ok(authenticity(list, bundle, now)?)
}

/// Whether a CRL that was judged may come in the place of the one before of its URL; false where that one says the
/// same and stays.
///
/// An earlier one is refused, since whoever is on the way can play it back; so is one of another issuer or scope, since
/// the other's clients would be without theirs. What the bundle no longer trusts, or is out of date, is in nobody's way.
///
/// `is_alone` says whether no other URL has a CRL of that CA. Where one has, the CA publishes a CRL for each of its keys,
/// and whoever is on the way could answer with the one for the other.
///
/// # Errors
///
/// [`Refusal`], naming both.
pub fn replaces(
    list: &RevocationList,
    before: &RevocationList,
    is_alone: bool,
    bundle: &TrustBundle,
    now: SystemTime,
) -> Result<bool, Refusal> {
    let two = || Box::new(Two { this: words(list), before: words(before) });
    let is_over = before.next_update().is_none_or(|next| next < now);
    match list.succession(before) {
        Succession::Same => Ok(false),
        Succession::Newer if is_alone || is_over || authenticity(before, bundle, now).is_err() => {
            Ok(true)
        }
        Succession::Newer if have_a_signer_in_common(list, before, bundle, now)? => Ok(true),
        Succession::Newer => Err(Refusal::OtherKey(two())),
        Succession::Older => Err(Refusal::Older(two())),
        Succession::NoOrder if is_over && list.this_update() > before.this_update() => Ok(true),
        Succession::NoOrder => Err(Refusal::NoOrder(two())),
        Succession::OtherIssuer if authenticity(before, bundle, now).is_err() => Ok(true),
        Succession::OtherIssuer => {
            Err(Refusal::OtherIssuer { issuer: list.issuer(), before: before.issuer() })
        }
        Succession::OtherScope => Err(Refusal::OtherScope(two())),
    }
}

/// Which CRL it is, for people.
fn words(list: &RevocationList) -> String {
    let this_update = rfc3339(list.this_update());
    let kind = if list.is_delta() { "delta CRL" } else { "CRL" };
    let scope = list.scope().kind().map(|kind| format!(" about {kind}")).unwrap_or_default();
    match list.number() {
        Some(number) => format!("{kind} number {number} of {this_update}{scope}"),
        None => format!("{kind} of {this_update}{scope}"),
    }
}

/// The CRL that was fetched, and the one that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Two {
    /// The one that was fetched.
    pub this: String,
    /// The one before.
    pub before: String,
}

/// Why a CRL is not put. The one before stays, where there is one.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The function would use it for nobody.
    #[error("it answers for no certificate: {0}")]
    Limitation(Limitation),
    /// It begins later.
    #[error("its thisUpdate is {this_update}, which is in the future by this machine's clock")]
    NotBegun {
        /// RFC 3339.
        this_update: String,
    },
    /// It is over.
    #[error("its nextUpdate was {next_update}; the CA has published no newer one there")]
    OutOfDate {
        /// RFC 3339.
        next_update: String,
    },
    /// Nobody signed it who may.
    #[error(transparent)]
    Unauthentic(#[from] Unauthentic),
    /// It was there before the one that stands.
    #[error("it is older than the one before: {} after {}", .0.this, .0.before)]
    Older(Box<Two>),
    /// Which is newer cannot be told.
    #[error(
        "which is newer cannot be told by number and date: {} after {}; if it is right, take the URL out of the list, \
         refresh, and put it in again", .0.this, .0.before
    )]
    NoOrder(Box<Two>),
    /// Of another key of the CA.
    #[error(
        "it is signed by another key than the one before, while another URL has a CRL of that CA: {} after {}; if the CA \
         has given up the key before, take its certificate out of the trust bundle", .0.this, .0.before
    )]
    OtherKey(Box<Two>),
    /// Another CA's.
    #[error(
        "it is of another CA, {issuer}, than the one before, {before}; if that CA was replaced, take it out of the trust \
         bundle"
    )]
    OtherIssuer {
        /// Of the one that was fetched, as RFC 4514 writes it.
        issuer: String,
        /// Of the one before.
        before: String,
    },
    /// About other certificates.
    #[error(
        "it is about other certificates or reasons than the one before: {} after {}; if it is right, take the URL out of \
         the list, refresh, and put it in again", .0.this, .0.before
    )]
    OtherScope(Box<Two>),
}
