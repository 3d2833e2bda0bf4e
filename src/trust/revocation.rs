//! Whether a certificate has been revoked, by the lists of the bundle (RFC 5280 section 6.3).
//!
//! Lists are asked for by the name of a certificate's issuer. One that revokes is heard if any key of
//! that name signed it which leads to an anchor. To clear a certificate takes the key that issued it, or
//! another one under the same anchor where the first has no list about it.

mod status;

use std::time::SystemTime;

use x509_cert::{ext::pkix::CrlReason, name::Name};

use self::status::{Authentic, Status, status};
pub use super::lists::{
    CrlNumber, Doubt, Limitation, ListFault, Reading, Revocation, RevocationList, Scope,
    Succession, Uncovered,
};
use super::{
    anchor::Anchor,
    lists::subject::Subject,
    path::{Path, Until},
    path_error::{Member, PathError},
    usage::may_sign_lists,
};
use crate::certificate::{Certificate, identity};

/// What an answer rests on: the lists that there are, and who may have signed them.
pub(super) trait Evidence<'a> {
    /// What the lists have to say.
    fn revocation(&self) -> Revocation;

    /// By when they are judged.
    fn now(&self) -> SystemTime;

    /// The lists of an issuer.
    fn lists_of(&self, issuer: &Name) -> &'a [RevocationList];

    /// Those of this name who may sign lists and lead to some anchor.
    fn list_signers(&self, name: &Name, anchor: Option<&'a Anchor>) -> Vec<ListSigner<'a>>;

    /// Whether somebody signed a list, as long as that may be asked.
    fn signed_list(&self, list: &RevocationList, signer: &Certificate) -> bool;

    /// Whether the issuer's key made the signature of a certificate, as long as that may be asked.
    fn signed(&self, certificate: &'a Certificate, issuer: &'a Certificate) -> bool;
}

/// Somebody who may sign the lists of an issuer.
pub(super) struct ListSigner<'a> {
    pub(super) certificate: &'a Certificate,
    /// Whether it leads to the very anchor that was asked for: what it lists is heard in any case, but only
    /// then can it clear anybody.
    pub(super) may_clear: bool,
    /// Until when it leads there.
    pub(super) until: Until,
}
/// Checks the target of a path and every intermediate of it; the time until which the answer of the lists
/// holds. The anchor is trusted as it is, and need not be cleared, but a list that names it
/// is heard.
pub(super) fn check<'a>(evidence: &impl Evidence<'a>, path: &Path<'a>) -> Result<Until, PathError> {
    if evidence.revocation() == Revocation::Off {
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
        let next = Inquiry { evidence, certificate, member, anchor: Some(path.anchor) }
            .answer(Some(issuer))?;
        until = earlier(until, next);
    }
    Ok(earlier(until, check_anchor(evidence, path.anchor)?))
}

/// Checks an anchor that a list names, be it one that does not count.
fn check_anchor<'a>(evidence: &impl Evidence<'a>, anchor: &'a Anchor) -> Result<Until, PathError> {
    let certificate = anchor.certificate();
    let tbs = certificate.parsed().decoded().tbs_certificate();
    let lists = evidence.lists_of(tbs.issuer());
    if !lists.iter().any(|list| list.revokes(certificate.serial())) {
        return Ok(None);
    }
    let member = Member::Anchor(identity::name(tbs.subject()));
    let own = certificate.is_self_issued().then_some(certificate);
    Inquiry { evidence, certificate, member, anchor: None }.answer(own)
}

/// Checks a leaf that is trusted by itself. Any certified key of its issuer may have signed the lists, and
/// its own where it is its own issuer.
pub(super) fn check_pinned<'a>(
    evidence: &impl Evidence<'a>,
    leaf: &'a Certificate,
) -> Result<Until, PathError> {
    if evidence.revocation() == Revocation::Off {
        return Ok(None);
    }
    let own = leaf.is_self_issued().then_some(leaf);
    Inquiry { evidence, certificate: leaf, member: Member::Leaf, anchor: None }.answer(own)
}

/// Whether somebody's issuer has to have lists.
fn requires_lists(revocation: Revocation, member: &Member) -> bool {
    match revocation {
        Revocation::Off | Revocation::WhenListed => false,
        Revocation::RequireLeaf => *member == Member::Leaf,
        Revocation::RequireChain => true,
    }
}

fn earlier(one: Until, other: Until) -> Until {
    one.into_iter().chain(other).min()
}

/// The question whether one certificate has been revoked.
struct Inquiry<'s, 'a, E> {
    evidence: &'s E,
    certificate: &'a Certificate,
    member: Member,
    /// Where the paths of those who sign lists have to end; any, for one that is pinned.
    anchor: Option<&'a Anchor>,
}

impl<'a, E: Evidence<'a>> Inquiry<'_, 'a, E> {
    /// The time until which the certificate is good, if lists were asked. `issuer` is whose key issued it,
    /// as far as that is known.
    fn answer(self, issuer: Option<&Certificate>) -> Result<Until, PathError> {
        let name = self.certificate.parsed().decoded().tbs_certificate().issuer();
        let lists = self.evidence.lists_of(name);
        if lists.is_empty() && !requires_lists(self.evidence.revocation(), &self.member) {
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
            return Status::Undetermined(Doubt::NoList(self.evidence.revocation()));
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
        match status(&subject, &authentic, self.evidence.now()) {
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
                && issuer.is_some_and(|by| self.evidence.signed_list(list, by))
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
            None if list.this_update() > self.evidence.now() => Some(Doubt::NotBegun),
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
            .partition(|list| signs_lists.is_some_and(|by| self.evidence.signed_list(list, by)));
        let own =
            own.into_iter().map(|list| Authentic { list, key: 0, may_clear: true, until: None });
        let mut authentic: Vec<_> = own.collect();
        if rest.is_empty() {
            return authentic;
        }
        let name = self.certificate.parsed().decoded().tbs_certificate().issuer();
        for (signer, key) in self.evidence.list_signers(name, self.anchor).iter().zip(1..) {
            let ListSigner { certificate, may_clear, until } = *signer;
            let is_own = match issuer {
                Some(issuer) => issuer.has_the_key_of(certificate),
                None => self.evidence.signed(self.certificate, certificate),
            };
            let key = if is_own { 0 } else { key };
            let signed =
                rest.iter().copied().filter(|list| self.evidence.signed_list(list, certificate));
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
