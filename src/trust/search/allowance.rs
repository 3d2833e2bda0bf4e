//! What a search may still ask. A bound on what a client sends is none on what it makes work.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use crate::{
    certificate::Certificate,
    trust::{constraints, lists::RevocationList, path::Path, signature},
};

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

/// Answers as long as asking is allowed, and counts what it costs.
#[derive(Default)]
pub(super) struct Allowance {
    steps: Cell<usize>,
    effort: Cell<usize>,
    ways: Cell<usize>,
    paths: Cell<usize>,
    comparisons: Cell<usize>,
    signatures: RefCell<HashMap<SignedBy, bool>>,
}

/// Whether a certificate's signature is by an issuer's key: the readings of both.
type SignedBy = (usize, usize);

impl Allowance {
    /// Whether more was asked than is answered.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps.get() > MAX_STEPS
            || self.effort.get() > MAX_EFFORT
            || self.ways.get() > MAX_WAYS
            || self.paths.get() > MAX_PATHS
            || self.comparisons.get() > MAX_COMPARISONS
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

    /// Whether the issuer's key made the signature, as long as that may be asked.
    pub(super) fn signed(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
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
        let signed = !self.is_exhausted() && signature::signed_by(certificate, issuer);
        self.signatures.borrow_mut().insert(question, signed);
        signed
    }

    /// Counts a signature over so many bytes, which have to be digested first.
    fn spend(&self, signer: &Certificate, bytes: usize) {
        const BYTES: usize = 128 * 1024;
        let effort = signature::effort(signer.public_key()).saturating_add(bytes / BYTES);
        self.effort.set(self.effort.get().saturating_add(effort));
    }

    /// Whether one more path may be judged, as far as its names cost.
    pub(super) fn may_judge(&self, path: &Path<'_>) -> bool {
        self.paths.set(self.paths.get() + 1);
        self.comparisons.set(self.comparisons.get().saturating_add(constraints::work(path)));
        !self.is_exhausted()
    }
}
