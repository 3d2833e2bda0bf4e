//! The search for a path from a certificate to an anchor.
//!
//! Only who issued whom is decided here, by name and signature; what such a path is worth is for
//! [`validation`](super::validation) and [`revocation`](super::revocation) to say.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::HashMap,
    time::SystemTime,
};

use certval::TimeOfInterest;
use x509_cert::name::Name;

use super::{
    bundle::{Anchor, TrustBundle, why_no_ca},
    constraints,
    hint::Hint,
    path_error::{Member, PathError, PinnedIssuer},
    revocation::{self, Revocation, RevocationList},
    signature::{self, Fault},
    validation::{self, Purpose},
};
use crate::certificate::{Certificate, PresentedChain, identity, names::folded};

/// The most signatures that are checked for one leaf. An honest header of sixteen certificates needs
/// fewer; certificates that sign each other in circles would have factorially many paths. Nothing that is
/// found with more is relied on: what was not looked at may have been a revocation.
const MAX_STEPS: usize = 100;
/// What these may cost together, and those of lists with them: as many signatures of P-256 as take as long.
/// Fifteen of RSA with 8192 bits are half of it.
const MAX_EFFORT: usize = 300;
/// How often a signature may be asked for, known or not: each is a step on some way.
const MAX_WAYS: usize = 1000;
/// The most paths that are judged once their signatures hold. An honest header has one or two; authorities
/// that are trusted and certify each other would have hundreds, each as dear as the first.
const MAX_PATHS: usize = 32;
/// The most comparisons of a name with a name constraint. A leaf of 256 names under two authorities with 128
/// constraints each takes a quarter.
const MAX_COMPARISONS: usize = 1 << 18;

/// A path that is signed from the anchor down.
pub(super) struct Path<'a> {
    pub(super) target: &'a Certificate,
    pub(super) purpose: Purpose,
    /// The intermediates, from the target's issuer upwards.
    pub(super) issuers: Vec<&'a Certificate>,
    pub(super) anchor: &'a Anchor,
}

impl Path<'_> {
    /// Which certificate of a path the target is.
    pub(super) fn target_member(&self) -> Member {
        match self.purpose {
            Purpose::Client => Member::Leaf,
            Purpose::SignLists => Member::issuer(self.target.parsed()),
        }
    }
}

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
    let search = Search {
        chain,
        presented: each_once(&chain.others),
        bundle,
        revocation,
        now,
        time: time_of_interest(now)?,
        steps: Cell::new(0),
        effort: Cell::new(0),
        ways: Cell::new(0),
        paths: Cell::new(0),
        comparisons: Cell::new(0),
        signatures: RefCell::default(),
        examined: RefCell::default(),
        known: RefCell::default(),
    };
    let proof = search.proof();
    match search.is_exhausted() {
        true => Err(PathError::TooManyPaths),
        // Words may cost what the search has left over, and end nothing.
        false => proof.map_err(|reason| {
            let reason = reason.unwrap_or_else(|| search.nobody_of_that_name());
            let hint = Hint::of(&reason, chain, bundle, now);
            reason.with(hint)
        }),
    }
}

/// What the paths of one leaf, and of those who sign lists about them, are searched in.
pub(super) struct Search<'a> {
    chain: &'a PresentedChain,
    /// What the client sent along.
    presented: Vec<&'a Certificate>,
    bundle: &'a TrustBundle,
    revocation: Revocation,
    now: SystemTime,
    time: TimeOfInterest,
    steps: Cell<usize>,
    effort: Cell<usize>,
    ways: Cell<usize>,
    paths: Cell<usize>,
    comparisons: Cell<usize>,
    signatures: RefCell<HashMap<SignedBy, bool>>,
    /// Those whose right to sign lists is being looked into, the innermost last.
    examined: RefCell<Vec<&'a Certificate>>,
    /// What has come of it, by signer and anchor.
    known: RefCell<HashMap<LeadsTo, Option<Until>>>,
}

/// Whether a certificate's signature is by an issuer's key: the readings of both.
type SignedBy = (usize, usize);
/// Whether a signer leads to an anchor, or to any: the readings of both.
type LeadsTo = (usize, Option<usize>);
/// Until when what was found holds, as far as anything ends it.
pub(super) type Until = Option<SystemTime>;

/// Somebody who may sign the lists of an issuer.
pub(super) struct ListSigner<'a> {
    pub(super) certificate: &'a Certificate,
    /// Whether it leads to the very anchor that was asked for: what it lists is heard in any case, but only
    /// then can it clear anybody.
    pub(super) may_clear: bool,
    /// Until when it leads there.
    pub(super) until: Until,
}

impl<'a> Search<'a> {
    /// What proves the leaf, or why nothing does, if anything came in its way.
    fn proof(&self) -> Result<Proof<'a>, Option<PathError>> {
        let leaf = &self.chain.leaf;
        if self.bundle.contains(leaf) {
            let accepts_server = self.bundle.accepts_as_server(leaf);
            validation::validate_pinned(leaf, accepts_server, self.time)?;
            let lists_until = revocation::check_pinned(self, leaf)?;
            return Ok(Proof { issuers: Vec::new(), anchor: leaf, lists_until });
        }
        let mut ascent = self.ascent(leaf, Purpose::Client, None);
        if let Some((anchor, lists_until)) = ascent.climb() {
            let anchor = anchor.certificate();
            return Ok(Proof { issuers: ascent.issuers, anchor, lists_until });
        }
        Err(ascent.why_not())
    }

    fn is_exhausted(&self) -> bool {
        self.steps.get() > MAX_STEPS
            || self.effort.get() > MAX_EFFORT
            || self.ways.get() > MAX_WAYS
            || self.paths.get() > MAX_PATHS
            || self.comparisons.get() > MAX_COMPARISONS
    }

    pub(super) fn bundle(&self) -> &'a TrustBundle {
        self.bundle
    }

    pub(super) fn revocation(&self) -> Revocation {
        self.revocation
    }

    pub(super) fn now(&self) -> SystemTime {
        self.now
    }

    /// Those of this name who may sign lists and lead to some anchor, the bundle's own first.
    ///
    /// Whoever is asked about one of them is told of that one alone: a signer is cleared by the key that
    /// issued it, or by its own list, which is the bundle's and not the client's. What others of its name
    /// say of each other would depend on who is asked first.
    pub(super) fn list_signers(
        &self,
        name: &Name,
        anchor: Option<&'a Anchor>,
    ) -> Vec<ListSigner<'a>> {
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
            if repeated || !validation::may_sign_lists(certificate) {
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
        let mut ascent = self.ascent(signer, Purpose::SignLists, anchor);
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

    /// Whether somebody signed a list, as long as that may be asked. What is known from before costs nothing, and
    /// neither does what holds: it is remembered as long as the list is there, so it is asked once and not by
    /// each client.
    pub(super) fn signed_list(&self, list: &RevocationList, signer: &Certificate) -> bool {
        if let Some(known) = list.is_known_to_be_signed_by(signer) {
            return known;
        }
        let before = self.effort.get();
        self.spend(signer, list.size());
        let signed = !self.is_exhausted() && list.is_signed_by(signer);
        if signed {
            self.effort.set(before);
        }
        signed
    }

    fn ascent<'s>(
        &'s self,
        target: &'a Certificate,
        purpose: Purpose,
        only: Option<&'a Anchor>,
    ) -> Ascent<'s, 'a> {
        let (issuers, reason, foreign, broken) = (Vec::new(), None, None, None);
        Ascent { search: self, target, purpose, only, issuers, reason, foreign, broken }
    }

    /// Certificates of this folded name that are no anchors: what the client sent along, then what else
    /// the bundle has.
    fn issuers_named(&self, name: &str) -> impl Iterator<Item = &'a Certificate> {
        let presented = self.presented.iter().copied();
        let presented = presented.filter(move |other| other.folded_subject() == name);
        let known = self.bundle.intermediates_named(name).iter();
        presented.chain(known.filter(|known| !self.presented.contains(known)))
    }

    /// Whether the issuer's key made the signature, as long as that may be asked.
    pub(super) fn signed(&self, certificate: &'a Certificate, issuer: &'a Certificate) -> bool {
        self.ways.set(self.ways.get() + 1);
        if self.is_exhausted() {
            return false;
        }
        let question = (certificate.reading(), issuer.reading());
        if let Some(known) = self.signatures.borrow().get(&question) {
            return *known;
        }
        self.steps.set(self.steps.get() + 1);
        self.spend(issuer, certificate.der().len());
        let signed = !self.is_exhausted() && self.bundle.validator().signed_by(certificate, issuer);
        self.signatures.borrow_mut().insert(question, signed);
        signed
    }

    /// Counts a signature over so many bytes, which have to be digested first.
    fn spend(&self, signer: &Certificate, bytes: usize) {
        const BYTES: usize = 128 * 1024;
        let key = signer.parsed().decoded().tbs_certificate().subject_public_key_info();
        let effort = signature::effort(key).saturating_add(bytes / BYTES);
        self.effort.set(self.effort.get().saturating_add(effort));
    }

    /// Whether one more path may be judged, as far as its names cost.
    fn may_judge(&self, path: &Path<'_>) -> bool {
        self.paths.set(self.paths.get() + 1);
        self.comparisons.set(self.comparisons.get().saturating_add(constraints::work(path)));
        !self.is_exhausted()
    }

    /// The issuer at the top of what the header holds together, and why the bundle's entry of that
    /// name is of no use, where there is one.
    fn nobody_of_that_name(&self) -> PathError {
        let top = self.bundle.top_of(self.chain);
        let issuer = identity::name(top.parsed().decoded().tbs_certificate().issuer());
        let warnings = self.bundle.warnings().iter();
        let of_no_use = warnings.filter(|warning| warning.name == issuer).map(ToString::to_string);
        let mut chain = [&self.chain.leaf].into_iter().chain(self.presented.iter().copied());
        let pinned = chain.find_map(|issued| self.pinned_issuer(issued));
        PathError::Untrusted { of_no_use: of_no_use.collect(), pinned, issuer }
    }

    /// Who has issued a certificate of the chain and is in the bundle, though as a client.
    fn pinned_issuer(&self, issued: &'a Certificate) -> Option<PinnedIssuer> {
        let mut pins = self.bundle.pinned_named(issued.folded_issuer());
        let pin = pins.find(|pin| *pin != issued && self.signed(issued, pin))?;
        let issuer = identity::name(pin.parsed().decoded().tbs_certificate().subject());
        Some(PinnedIssuer { issuer, why: why_no_ca(pin) })
    }
}

/// A depth-first search for one target, in the order of the header, along signatures that hold.
struct Ascent<'s, 'a> {
    search: &'s Search<'a>,
    target: &'a Certificate,
    purpose: Purpose,
    /// The one anchor that counts, or any.
    only: Option<&'a Anchor>,
    /// The way so far, from the target's issuer upwards.
    issuers: Vec<&'a Certificate>,
    /// The most telling reason against a path that reached an anchor.
    reason: Option<PathError>,
    /// Whose issuer has the name of an anchor and another key, and that anchor. It says least, and comes up on
    /// many ways: it is put into words at the end.
    foreign: Option<(&'a Certificate, &'a Certificate)>,
    /// The first signature that none of those made who have the issuer's name, and the first of them.
    broken: Option<(&'a Certificate, &'a Certificate)>,
}

impl<'a> Ascent<'_, 'a> {
    /// Goes on upwards until there is an anchor to which the path is valid, and leaves the way there in
    /// `issuers`.
    fn climb(&mut self) -> Option<(&'a Anchor, Option<SystemTime>)> {
        let top = self.top();
        let issuer_name = top.folded_issuer();
        for anchor in self.search.bundle.anchors_named(issuer_name) {
            if self.only.is_none_or(|only| only.certificate() == anchor.certificate())
                && let Some(lists_until) = self.reaches(anchor)
            {
                return Some((anchor, lists_until));
            }
        }
        let search = self.search;
        let (mut namesake, mut signers) = (None, 0);
        for candidate in search.issuers_named(issuer_name) {
            if self.leads_in_a_circle(candidate) {
                continue;
            }
            namesake = namesake.or(Some(candidate));
            if !search.signed(top, candidate) {
                continue;
            }
            signers += 1;
            self.issuers.push(candidate);
            if let Some(found) = self.climb() {
                return Some(found);
            }
            self.issuers.pop();
        }
        if signers == 0 && self.broken.is_none() {
            self.broken = namesake.map(|namesake| (top, namesake));
        }
        None
    }

    /// Whether the path, ended by this anchor, is valid, and until when by its lists. Keeps the reason
    /// against it.
    ///
    /// The anchor's signature comes first: whatever follows costs, and none of it is owed to
    /// certificates that nobody trusted has signed.
    fn reaches(&mut self, anchor: &'a Anchor) -> Option<Option<SystemTime>> {
        let top = self.top();
        if !self.search.signed(top, anchor.certificate()) {
            let place = |one: &Certificate| (one != self.target, one.folded_subject().to_owned());
            if self.foreign.is_none_or(|(known, _)| place(top) < place(known)) {
                self.foreign = Some((top, anchor.certificate()));
            }
            return None;
        }
        let reason = match self.judge(anchor) {
            Ok(lists_until) => return Some(lists_until),
            Err(reason) => reason,
        };
        if self.reason.as_ref().is_none_or(|known| telling(&reason) > telling(known)) {
            self.reason = Some(reason);
        }
        None
    }

    fn judge(&self, anchor: &'a Anchor) -> Result<Option<SystemTime>, PathError> {
        let (target, purpose) = (self.target, self.purpose);
        let path = Path { target, purpose, issuers: self.issuers.clone(), anchor };
        if !self.search.may_judge(&path) {
            return Err(PathError::TooManyPaths);
        }
        self.search.bundle.validator().validate(&path, self.search.time)?;
        revocation::check(self.search, &path)
    }

    /// Whether the way has been over this key under this name before: nothing is reached by it that was
    /// not in reach there.
    fn leads_in_a_circle(&self, candidate: &Certificate) -> bool {
        let alike = |passed: &Certificate| {
            passed.has_the_key_of(candidate)
                && passed.folded_subject() == candidate.folded_subject()
        };
        alike(self.target) || self.issuers.iter().any(|issuer| alike(issuer))
    }

    /// Why there is no path, if anything came in its way.
    fn why_not(self) -> Option<PathError> {
        let unsigned = self.foreign.or(self.broken);
        let unsigned = unsigned.map(|(certificate, issuer)| self.unsigned(certificate, issuer));
        self.reason.or(unsigned)
    }

    /// Why a certificate does not count as signed by somebody of its issuer's name.
    fn unsigned(&self, certificate: &Certificate, issuer: &Certificate) -> PathError {
        let key = issuer.parsed().decoded().tbs_certificate().subject_public_key_info();
        let algorithm = certificate.parsed().decoded().tbs_certificate().signature();
        let member = self.member(certificate);
        match signature::fault(algorithm, key) {
            None => PathError::Signature { member },
            Some(Fault::Algorithm(algorithm)) => PathError::Algorithm { member, algorithm },
            Some(Fault::Key(key)) => {
                PathError::IssuerKey { member: Member::issuer(issuer.parsed()), key }
            }
        }
    }

    fn member(&self, certificate: &Certificate) -> Member {
        match certificate == self.target {
            true => Member::Leaf,
            false => Member::issuer(certificate.parsed()),
        }
    }

    fn top(&self) -> &'a Certificate {
        self.issuers.last().copied().unwrap_or(self.target)
    }
}

/// How much a reason says: a revocation and what is wrong with the leaf more than what is wrong with one path of several,
/// and that a list is missing less. Of reasons that say as
/// much one is chosen by its words, so that the order of the header does not choose.
fn telling(reason: &PathError) -> (u8, Reverse<String>) {
    let rank = match reason {
        PathError::Undetermined { .. } => 1,
        PathError::Revoked { .. }
        | PathError::Expired { member: Member::Leaf }
        | PathError::NotYetValid { member: Member::Leaf }
        | PathError::KeyUsage { member: Member::Leaf, .. }
        | PathError::ExtendedKeyUsage { member: Member::Leaf }
        | PathError::Rule { member: Member::Leaf, .. }
        | PathError::KeyType { .. }
        | PathError::IsCa => 3,
        _ => 2,
    };
    (rank, Reverse(reason.to_string()))
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

/// The time by which the validator judges.
pub(super) fn time_of_interest(now: SystemTime) -> Result<TimeOfInterest, PathError> {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| TimeOfInterest::from_unix_secs(since.as_secs()).ok())
        .filter(|now| !now.is_disabled())
        .ok_or(PathError::Clock)
}
