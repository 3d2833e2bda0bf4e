//! Whether a certificate has been revoked, by the lists of the bundle (RFC 5280 section 6.3).
//!
//! Lists are asked for by the name of a certificate's issuer. One counts if the key that issued the
//! certificate signed it, or another key that the same CA has certified under the same anchor.

pub(crate) mod limitation;
pub(crate) mod list;
mod scope;
mod status;

use std::{fmt, str::FromStr, time::SystemTime};

use x509_cert::ext::pkix::CrlReason;

use self::status::{Authentic, Status, status};
pub use self::{
    limitation::Limitation,
    list::{ListFault, RevocationList},
};
use super::{
    bundle::Anchor,
    path::{Path, Search},
    path_error::{Member, PathError},
    validation::may_sign_lists,
};
use crate::certificate::{Certificate, identity, names::folded};

/// The setting `REVOCATION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revocation {
    /// No list is looked at.
    Off,
    /// Where an issuer has lists, they have to clear its certificates.
    #[default]
    WhenListed,
    /// And the issuer of the client's certificate has to have lists.
    RequireLeaf,
    /// And so does every issuer of the path.
    RequireChain,
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::WhenListed => "when-listed",
            Self::RequireLeaf => "require-leaf",
            Self::RequireChain => "require-chain",
        })
    }
}

impl FromStr for Revocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Off, Self::WhenListed, Self::RequireLeaf, Self::RequireChain]
            .into_iter()
            .find(|revocation| revocation.to_string() == text)
            .ok_or_else(|| "expected off, when-listed, require-leaf or require-chain".to_owned())
    }
}

impl Revocation {
    /// Whether somebody's issuer has to have lists.
    fn requires_lists_for(self, member: &Member) -> bool {
        match self {
            Self::Off | Self::WhenListed => false,
            Self::RequireLeaf => *member == Member::Leaf,
            Self::RequireChain => true,
        }
    }
}

/// Why the lists of its issuer leave it open whether a certificate has been revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// There is none, and the setting demands one.
    #[error("the trust bundle holds none, and REVOCATION={0} demands one")]
    NoList(Revocation),
    /// Each is such as answers for nobody.
    #[error("none is of use: {0}")]
    Useless(Limitation),
    /// None is signed by whom it should be.
    #[error(
        "none is signed by the key that issued the certificate, nor by another key of that name that leads \
         to the same anchor and may sign lists (RFC 5280 section 6.3.3 (f) and (g))"
    )]
    NotAuthentic,
    /// None answers for this certificate and every reason.
    #[error(
        "none answers for this certificate and every reason: distribution points, kinds of certificates \
         or reasons leave it out (RFC 5280 section 6.3.3)"
    )]
    NotCovered,
    /// Each that would answer is past its `nextUpdate`, or before its `thisUpdate`.
    #[error("the newest is out of date (RFC 5280 section 5.1.2.5)")]
    OutOfDate,
    /// Two contradict each other.
    #[error(
        "which of two is the newer cannot be told by their numbers and dates (RFC 5280 section 5.2.3)"
    )]
    NoOrder,
}

/// Checks the target of a path and every intermediate of it; the time until which the lists that were
/// asked are of date. The anchor is trusted as it is, and need not be cleared, but a list that names it
/// is heard.
pub(super) fn check<'a>(
    search: &Search<'a>,
    path: &Path<'a>,
) -> Result<Option<SystemTime>, PathError> {
    if search.revocation() == Revocation::Off {
        return Ok(None);
    }
    let anchor = path.anchor.certificate();
    let members = std::iter::once(path.target).chain(path.issuers.iter().copied());
    let issuers = path.issuers.iter().copied().chain([anchor]);
    let mut until = None;
    for (position, (certificate, issuer)) in members.zip(issuers).enumerate() {
        let member = match position {
            0 => path.target_member(),
            _ => Member::issuer(certificate.parsed()),
        };
        let next = Inquiry { search, certificate, member, anchor: Some(path.anchor) }
            .answer(Some(issuer))?;
        until = earlier(until, next);
    }
    match named_anchor(search, path.anchor) {
        Some(revoked) => Err(revoked),
        None => Ok(until),
    }
}

/// Why an anchor that somebody else has issued is not trusted after all.
fn named_anchor<'a>(search: &Search<'a>, anchor: &'a Anchor) -> Option<PathError> {
    let certificate = anchor.certificate();
    if certificate.is_self_issued() {
        return None;
    }
    let member =
        Member::Anchor(identity::name(certificate.parsed().decoded().tbs_certificate().subject()));
    let answer = Inquiry { search, certificate, member, anchor: None }.answer(None);
    answer.err().filter(|error| matches!(error, PathError::Revoked { .. }))
}

/// Checks a leaf that is trusted by itself. Any certified key of its issuer may have signed the lists, and
/// its own where it is its own issuer.
pub(super) fn check_pinned<'a>(
    search: &Search<'a>,
    leaf: &'a Certificate,
) -> Result<Option<SystemTime>, PathError> {
    if search.revocation() == Revocation::Off {
        return Ok(None);
    }
    let own = leaf.is_self_issued().then_some(leaf);
    Inquiry { search, certificate: leaf, member: Member::Leaf, anchor: None }.answer(own)
}

fn earlier(one: Option<SystemTime>, other: Option<SystemTime>) -> Option<SystemTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The question whether one certificate has been revoked.
struct Inquiry<'s, 'a> {
    search: &'s Search<'a>,
    certificate: &'a Certificate,
    member: Member,
    /// Where the paths of those who sign lists have to end; any, for one that is pinned.
    anchor: Option<&'a Anchor>,
}

impl Inquiry<'_, '_> {
    /// The time until which the certificate is good, if lists were asked. `issuer` is whose key issued it,
    /// as far as that is known.
    fn answer(self, issuer: Option<&Certificate>) -> Result<Option<SystemTime>, PathError> {
        let name = self.certificate.parsed().decoded().tbs_certificate().issuer();
        let lists = self.search.bundle().lists_of(&folded(name));
        if lists.is_empty() && !self.search.revocation().requires_lists_for(&self.member) {
            return Ok(None);
        }
        let status = self.status(lists, issuer);
        let (member, issuer) = (self.member, identity::name(name));
        match status {
            Status::Good { until } => Ok(Some(until)),
            Status::Revoked { reason } => {
                Err(PathError::Revoked { member, issuer, reason: words(reason) })
            }
            Status::Undetermined(doubt) => Err(PathError::Undetermined { member, issuer, doubt }),
        }
    }

    fn status(&self, lists: &[RevocationList], issuer: Option<&Certificate>) -> Status {
        if lists.is_empty() {
            return Status::Undetermined(Doubt::NoList(self.search.revocation()));
        }
        let useful: Vec<_> = lists.iter().filter(|list| list.limitation().is_none()).collect();
        let limitation = lists.iter().filter_map(RevocationList::limitation).min();
        if let (true, Some(limitation)) = (useful.is_empty(), limitation) {
            return Status::Undetermined(Doubt::Useless(limitation.clone()));
        }
        match self.authentic(&useful, issuer) {
            none if none.is_empty() => Status::Undetermined(Doubt::NotAuthentic),
            authentic => status(self.certificate, &authentic, self.search.now()),
        }
    }

    /// The lists that the issuer signed: with the key that issued the certificate, or with another one.
    /// The others are looked for only where there is a list that needs one.
    fn authentic<'l>(
        &self,
        lists: &[&'l RevocationList],
        issuer: Option<&Certificate>,
    ) -> Vec<Authentic<'l>> {
        let issuer = issuer.filter(|issuer| may_sign_lists(issuer));
        let (own, rest): (Vec<_>, Vec<_>) =
            lists.iter().copied().partition(|list| issuer.is_some_and(|by| list.is_signed_by(by)));
        let own = own.into_iter().map(|list| Authentic { list, key: 0 });
        let mut authentic: Vec<_> = own.collect();
        if rest.is_empty() {
            return authentic;
        }
        let name = self.certificate.parsed().decoded().tbs_certificate().issuer();
        for (signer, key) in self.search.list_signers(name, self.anchor).iter().zip(1..) {
            let signed = rest.iter().copied().filter(|list| list.is_signed_by(signer));
            authentic.extend(signed.map(|list| Authentic { list, key }));
        }
        authentic
    }
}

fn words(reason: CrlReason) -> &'static str {
    match reason {
        CrlReason::Unspecified => "for no stated reason",
        CrlReason::KeyCompromise => "keyCompromise",
        CrlReason::CaCompromise => "cACompromise",
        CrlReason::AffiliationChanged => "affiliationChanged",
        CrlReason::Superseded => "superseded",
        CrlReason::CessationOfOperation => "cessationOfOperation",
        CrlReason::CertificateHold => "certificateHold",
        CrlReason::RemoveFromCRL => "removeFromCRL",
        CrlReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        CrlReason::AaCompromise => "aACompromise",
    }
}
