//! Whether a certificate has been revoked, by the lists of the bundle (RFC 5280 section 6.3).
//!
//! Lists are asked for by the name of a certificate's issuer. One that revokes is heard if any key of
//! that name signed it which leads to an anchor. To clear a certificate takes the key that issued it, or
//! another one under the same anchor where the first has no list about it.

pub(crate) mod limitation;
pub(crate) mod list;
mod number;
mod relation;
mod scope;
mod status;
mod uncovered;

use std::{fmt, str::FromStr};

use x509_cert::ext::pkix::CrlReason;

pub use self::{
    limitation::Limitation,
    list::{ListFault, RevocationList},
    number::CrlNumber,
    scope::Scope,
    uncovered::Uncovered,
};
use self::{
    scope::Subject,
    status::{Authentic, Status, status},
};
use super::{
    bundle::Anchor,
    path::{ListSigner, Path, Search, Until},
    path_error::{Member, PathError},
    validation::may_sign_lists,
};
use crate::certificate::{Certificate, identity};

/// The setting `REVOCATION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Doubt {
    /// There is none, and the setting demands one.
    #[error("the trust bundle holds none, and REVOCATION={0} demands one")]
    NoList(Revocation),
    /// Each is such as answers for nobody.
    #[error("none is of use: {0}")]
    Useless(Limitation),
    /// None, or none of those that name the certificate, is signed by whom it should be.
    #[error(
        "one that counts is not signed, with an algorithm that is accepted, by the key that issued the \
         certificate, nor by another key of that name that leads to the same anchor and may sign lists \
         (RFC 5280 section 6.3.3 (f) and (g))"
    )]
    NotAuthentic,
    /// None answers for this certificate and every reason.
    #[error("none answers for this certificate and every reason (RFC 5280 section 6.3.3): {0}")]
    NotCovered(Uncovered),
    /// Each that would answer is past its `nextUpdate`.
    #[error("the newest is out of date (RFC 5280 section 5.1.2.5)")]
    OutOfDate,
    /// Each that would answer is before its `thisUpdate`.
    #[error("the only one is not valid yet by this machine's clock (RFC 5280 section 5.1.2.4)")]
    NotBegun,
    /// Two contradict each other.
    #[error(
        "which of two is the newer cannot be told by their numbers and dates (RFC 5280 section 5.2.3)"
    )]
    NoOrder,
}

/// Checks the target of a path and every intermediate of it; the time until which the answer of the lists
/// holds. The anchor is trusted as it is, and need not be cleared, but a list that names it
/// is heard.
pub(super) fn check<'a>(search: &Search<'a>, path: &Path<'a>) -> Result<Until, PathError> {
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
    Ok(earlier(until, check_anchor(search, path.anchor)?))
}

/// Checks an anchor that a list names, be it one that does not count.
fn check_anchor<'a>(search: &Search<'a>, anchor: &'a Anchor) -> Result<Until, PathError> {
    let certificate = anchor.certificate();
    let tbs = certificate.parsed().decoded().tbs_certificate();
    let lists = search.bundle().lists_of(tbs.issuer());
    if !lists.iter().any(|list| list.revokes(certificate.serial())) {
        return Ok(None);
    }
    let member = Member::Anchor(identity::name(tbs.subject()));
    let own = certificate.is_self_issued().then_some(certificate);
    Inquiry { search, certificate, member, anchor: None }.answer(own)
}

/// Checks a leaf that is trusted by itself. Any certified key of its issuer may have signed the lists, and
/// its own where it is its own issuer.
pub(super) fn check_pinned<'a>(
    search: &Search<'a>,
    leaf: &'a Certificate,
) -> Result<Until, PathError> {
    if search.revocation() == Revocation::Off {
        return Ok(None);
    }
    let own = leaf.is_self_issued().then_some(leaf);
    Inquiry { search, certificate: leaf, member: Member::Leaf, anchor: None }.answer(own)
}

fn earlier(one: Until, other: Until) -> Until {
    one.into_iter().chain(other).min()
}

/// The question whether one certificate has been revoked.
struct Inquiry<'s, 'a> {
    search: &'s Search<'a>,
    certificate: &'a Certificate,
    member: Member,
    /// Where the paths of those who sign lists have to end; any, for one that is pinned.
    anchor: Option<&'a Anchor>,
}

impl<'a> Inquiry<'_, 'a> {
    /// The time until which the certificate is good, if lists were asked. `issuer` is whose key issued it,
    /// as far as that is known.
    fn answer(self, issuer: Option<&Certificate>) -> Result<Until, PathError> {
        let name = self.certificate.parsed().decoded().tbs_certificate().issuer();
        let lists = self.search.bundle().lists_of(name);
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
        let subject = Subject::of(self.certificate);
        let about: Vec<_> = useful.iter().copied().filter(|list| list.is_about(&subject)).collect();
        if about.is_empty() {
            let uncovered = Uncovered::new(&subject, &useful, None);
            return Status::Undetermined(Doubt::NotCovered(uncovered));
        }
        let authentic = self.authentic(&about, issuer);
        if authentic.is_empty() {
            return Status::Undetermined(Doubt::NotAuthentic);
        }
        match status(&subject, &authentic, self.search.now()) {
            Status::Good { until } => match self.unheard(&subject, lists, &authentic, issuer) {
                Some(doubt) => Status::Undetermined(doubt),
                None => Status::Good { until },
            },
            other => other,
        }
    }

    /// What stands against a certificate that lists have cleared: another list that names it and does not
    /// count, for whichever reason, since an issuer gives a serial number once; or that the one list of the
    /// issuing key does not count.
    fn unheard(
        &self,
        subject: &Subject<'_>,
        lists: &[RevocationList],
        heard: &[Authentic<'_>],
        issuer: Option<&Certificate>,
    ) -> Option<Doubt> {
        let own = |list: &&RevocationList| {
            !list.scope().leaves_out(subject)
                && issuer.is_some_and(|by| self.search.signed_list(list, by))
        };
        if heard.iter().all(|authentic| authentic.key != 0)
            && let Some(limitation) = lists
                .iter()
                .filter(|list| list.limitation().is_some())
                .find(own)
                .and_then(RevocationList::limitation)
        {
            return Some(Doubt::Useless(limitation.clone()));
        }
        let serial = self.certificate.serial();
        let naming = lists.iter().filter(|list| list.revokes(serial));
        let doubt = |list: &RevocationList| match list.limitation() {
            // Its numbers are those of other things.
            Some(Limitation::AttributeCertificates) => None,
            Some(limitation) => Some(Doubt::Useless(limitation.clone())),
            None if heard.iter().all(|authentic| authentic.list.sha256() != list.sha256()) => {
                Some(Doubt::NotAuthentic)
            }
            None if list.this_update() > self.search.now() => Some(Doubt::NotBegun),
            None => list
                .scope()
                .leaves_out(subject)
                .then(|| Doubt::NotCovered(Uncovered::new(subject, &[list], None))),
        };
        naming.filter_map(doubt).min()
    }

    /// The lists that somebody signed who may: with the key that issued the certificate, or with another
    /// one of that name. The others are looked for only where there is a list that needs one.
    fn authentic<'l>(
        &self,
        lists: &[&'l RevocationList],
        issuer: Option<&Certificate>,
    ) -> Vec<Authentic<'l>> {
        let signs_lists = issuer.filter(|issuer| may_sign_lists(issuer));
        let (own, rest): (Vec<_>, Vec<_>) = lists
            .iter()
            .copied()
            .partition(|list| signs_lists.is_some_and(|by| self.search.signed_list(list, by)));
        let own =
            own.into_iter().map(|list| Authentic { list, key: 0, may_clear: true, until: None });
        let mut authentic: Vec<_> = own.collect();
        if rest.is_empty() {
            return authentic;
        }
        let name = self.certificate.parsed().decoded().tbs_certificate().issuer();
        for (signer, key) in self.search.list_signers(name, self.anchor).iter().zip(1..) {
            let ListSigner { certificate, may_clear, until } = *signer;
            let is_own = match issuer {
                Some(issuer) => issuer.has_the_key_of(certificate),
                None => self.search.signed(self.certificate, certificate),
            };
            let key = if is_own { 0 } else { key };
            let signed =
                rest.iter().copied().filter(|list| self.search.signed_list(list, certificate));
            authentic.extend(signed.map(|list| Authentic { list, key, may_clear, until }));
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
