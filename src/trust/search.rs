//! The search for a path from a certificate to an anchor.
//!
//! Only who issued whom is decided here, by name and signature; what such a path is worth is for
//! [`validation`](super::validation) and [`revocation`](super::revocation) to say.

mod allowance;
mod ascent;
mod guess;

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use certval::TimeOfInterest;
use x509_cert::name::Name;

use self::{
    allowance::Allowance,
    ascent::{Ascent, Terrain},
};
use super::{
    anchor::Anchor,
    bundle::{TrustBundle, why_no_ca},
    lists::{Revocation, RevocationList},
    path::{Path, Purpose, Until, time_of_interest},
    path_error::{PathError, PinnedIssuer},
    revocation::{self, Evidence, ListSigner},
    usage::may_sign_lists,
    validation,
};
use crate::certificate::{Certificate, PresentedChain, identity, names::folded};

/// What proves a leaf.
pub(super) struct Proof<'a> {
    /// The intermediates, from the leaf's issuer upwards.
    pub(super) issuers: Vec<&'a Certificate>,
    /// Where its path ends; the leaf itself, where that is pinned.
    pub(super) anchor: &'a Certificate,
    /// When the first of the revocation lists that were asked is out of date.
    pub(super) lists_until: Option<SystemTime>,
}

/// Finds what proves the leaf.
pub(super) fn find<'a>(
    chain: &'a PresentedChain,
    bundle: &'a TrustBundle,
    revocation: Revocation,
    now: SystemTime,
) -> Result<Proof<'a>, PathError> {
    let search = Search::new(&chain.others, bundle, revocation, now)?;
    let proof = search.proof(&chain.leaf);
    match search.allowance.is_exhausted() {
        true => Err(PathError::TooManyPaths),
        // Words may cost what the search has left over, and end nothing.
        false => proof.map_err(|reason| {
            let reason = reason.unwrap_or_else(|| search.nobody_of_that_name(chain));
            let hint = guess::hint(&reason, chain, bundle, now);
            reason.with(hint)
        }),
    }
}

/// Those of a name who may sign lists and lead to some anchor, by the certificates of the bundle alone. Whether they
/// have been revoked is not asked.
pub(super) fn list_signers<'a>(
    name: &Name,
    bundle: &'a TrustBundle,
    now: SystemTime,
) -> Result<Vec<&'a Certificate>, PathError> {
    let search = Search::new(&[], bundle, Revocation::Off, now)?;
    let signers = search.list_signers(name, None);
    match search.allowance.is_exhausted() {
        true => Err(PathError::TooManyPaths),
        false => Ok(signers.into_iter().map(|signer| signer.certificate).collect()),
    }
}

/// What the paths of one leaf, and of those who sign lists about them, are searched in.
struct Search<'a> {
    /// What the client sent along.
    presented: Vec<&'a Certificate>,
    bundle: &'a TrustBundle,
    revocation: Revocation,
    now: SystemTime,
    time: TimeOfInterest,
    allowance: Allowance,
    /// Those whose right to sign lists is being looked into, the innermost last.
    examined: RefCell<Vec<&'a Certificate>>,
    /// What has come of it, by signer and anchor.
    known: RefCell<HashMap<LeadsTo, Option<Until>>>,
}

/// Whether a signer leads to an anchor, or to any: the readings of both.
type LeadsTo = (usize, Option<usize>);

impl<'a> Search<'a> {
    fn new(
        presented: &'a [Certificate],
        bundle: &'a TrustBundle,
        revocation: Revocation,
        now: SystemTime,
    ) -> Result<Self, PathError> {
        Ok(Self {
            presented: each_once(presented),
            bundle,
            revocation,
            now,
            time: time_of_interest(now)?,
            allowance: Allowance::default(),
            examined: RefCell::default(),
            known: RefCell::default(),
        })
    }

    /// What proves the leaf, or why nothing does, if anything came in its way.
    fn proof(&self, leaf: &'a Certificate) -> Result<Proof<'a>, Option<PathError>> {
        if self.bundle.contains(leaf) {
            let accepts_server = self.bundle.accepts_as_server(leaf);
            validation::validate_pinned(leaf, accepts_server, self.time)?;
            let lists_until = revocation::check_pinned(self, leaf)?;
            return Ok(Proof { issuers: Vec::new(), anchor: leaf, lists_until });
        }
        if !self.names_lead_to_an_anchor(leaf) {
            return Err(None);
        }
        let mut ascent = Ascent::new(self, leaf, Purpose::Client, None);
        if let Some((anchor, lists_until)) = ascent.climb() {
            let anchor = anchor.certificate();
            return Ok(Proof { issuers: ascent.issuers, anchor, lists_until });
        }
        Err(ascent.why_not())
    }

    /// Whether issuers lead by name from a certificate to an anchor. Whoever is not even called like somebody whom
    /// an anchor has issued is refused without a signature being looked at.
    fn names_lead_to_an_anchor(&self, leaf: &'a Certificate) -> bool {
        let (mut asked, mut next) = (HashSet::new(), vec![leaf.folded_issuer()]);
        while let Some(name) = next.pop() {
            if self.bundle.anchors_named(name).next().is_some() {
                return true;
            }
            if asked.insert(name) {
                next.extend(self.issuers_named(name).map(Certificate::folded_issuer));
            }
        }
        false
    }

    /// Until when somebody who signs lists has a valid path to the anchor, or to any; `None` where there is
    /// no path.
    fn leads_to(&self, signer: &'a Certificate, anchor: Option<&'a Anchor>) -> Option<Until> {
        let is_anchor = match anchor {
            Some(anchor) => anchor.certificate() == signer,
            None => self.bundle.is_anchor(signer),
        };
        if is_anchor {
            return Some(None);
        }
        let question = (signer.reading(), anchor.map(|anchor| anchor.certificate().reading()));
        if let Some(answer) = self.known.borrow().get(&question) {
            return *answer;
        }
        self.examined.borrow_mut().push(signer);
        let mut ascent = Ascent::new(self, signer, Purpose::SignLists, anchor);
        let leads = ascent.climb().map(|(anchor, lists_until)| {
            let path = ascent.issuers.iter().copied().chain([signer, anchor.certificate()]);
            path.map(Certificate::not_after).chain(lists_until).min()
        });
        self.examined.borrow_mut().pop();
        // An answer that was found while somebody else is looked into leaves that one's namesakes out.
        if self.examined.borrow().is_empty() {
            self.known.borrow_mut().insert(question, leads);
        }
        leads
    }

    /// The issuer at the top of what the header holds together, and why the bundle's entry of that
    /// name is of no use, where there is one.
    fn nobody_of_that_name(&self, chain: &'a PresentedChain) -> PathError {
        let top = self.bundle.top_of(chain);
        let issuer = identity::name(top.parsed().decoded().tbs_certificate().issuer());
        let warnings = self.bundle.warnings().iter();
        let of_no_use = warnings.filter(|warning| warning.name == issuer).map(ToString::to_string);
        let mut chain = [&chain.leaf].into_iter().chain(self.presented.iter().copied());
        let pinned = chain.find_map(|issued| self.pinned_issuer(issued));
        PathError::Untrusted { of_no_use: of_no_use.collect(), pinned, issuer }
    }

    /// Who has issued a certificate of the chain and is in the bundle, though as a client.
    fn pinned_issuer(&self, issued: &'a Certificate) -> Option<PinnedIssuer> {
        let mut pins = self.bundle.pinned_named(issued.folded_issuer());
        let pin = pins.find(|pin| *pin != issued && self.allowance.signed(issued, pin))?;
        let issuer = identity::name(pin.parsed().decoded().tbs_certificate().subject());
        Some(PinnedIssuer { issuer, why: why_no_ca(pin) })
    }
}

impl<'a> Terrain<'a> for Search<'a> {
    fn anchors_named(&self, name: &str) -> impl Iterator<Item = &'a Anchor> {
        self.bundle.anchors_named(name)
    }

    /// Certificates of this folded name that are no anchors: what the client sent along, then what else
    /// the bundle has.
    fn issuers_named(&self, name: &str) -> impl Iterator<Item = &'a Certificate> {
        let presented = self.presented.iter().copied();
        let presented = presented.filter(move |other| other.folded_subject() == name);
        let known = self.bundle.intermediates_named(name).iter();
        presented.chain(known.filter(|known| !self.presented.contains(known)))
    }

    fn signed(&self, certificate: &'a Certificate, issuer: &'a Certificate) -> bool {
        self.allowance.signed(certificate, issuer)
    }

    fn judge(&self, path: &Path<'a>) -> Result<Until, PathError> {
        if !self.allowance.may_judge(path) {
            return Err(PathError::TooManyPaths);
        }
        validation::validate(path, self.time)?;
        revocation::check(self, path)
    }
}

impl<'a> Evidence<'a> for Search<'a> {
    fn revocation(&self) -> Revocation {
        self.revocation
    }

    fn now(&self) -> SystemTime {
        self.now
    }

    fn lists_of(&self, issuer: &Name) -> &'a [RevocationList] {
        self.bundle.lists_of(issuer)
    }

    /// Those of this name who may sign lists and lead to some anchor, the bundle's own first.
    ///
    /// Whoever is asked about one of them is told of that one alone: a signer is cleared by the key that
    /// issued it, or by its own list, which is the bundle's and not the client's. What others of its name
    /// say of each other would depend on who is asked first.
    fn list_signers(&self, name: &Name, anchor: Option<&'a Anchor>) -> Vec<ListSigner<'a>> {
        let name = folded(name);
        let examined =
            self.examined.borrow().iter().copied().find(|one| one.folded_subject() == name);
        if let Some(certificate) = examined {
            return vec![ListSigner { certificate, may_clear: true, until: None }];
        }
        let anchors = self.bundle.anchors_named(&name).map(Anchor::certificate);
        let known = anchors.chain(self.bundle.intermediates_named(&name));
        let presented = self.presented.iter().copied();
        let presented = presented.filter(|other| other.folded_subject() == name);
        let mut signers: Vec<ListSigner<'a>> = Vec::new();
        for certificate in known.chain(presented) {
            let repeated = signers.iter().any(|signer| signer.certificate == certificate);
            if repeated || !may_sign_lists(certificate) {
                continue;
            }
            let there = self.leads_to(certificate, anchor);
            let may_clear = there.is_some();
            if let Some(until) = there.or_else(|| self.leads_to(certificate, None)) {
                signers.push(ListSigner { certificate, may_clear, until });
            }
        }
        signers
    }

    fn signed_list(&self, list: &RevocationList, signer: &Certificate) -> bool {
        self.allowance.signed_list(list, signer)
    }

    fn signed(&self, certificate: &'a Certificate, issuer: &'a Certificate) -> bool {
        self.allowance.signed(certificate, issuer)
    }
}

/// Certificates without those that were there before: each would be a way of its own.
fn each_once(certificates: &[Certificate]) -> Vec<&Certificate> {
    let mut once: Vec<&Certificate> = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        if !once.contains(&certificate) {
            once.push(certificate);
        }
    }
    once
}
