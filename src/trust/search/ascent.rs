//! The ways from one certificate upwards.

use std::{cmp::Reverse, time::SystemTime};

use crate::{
    certificate::Certificate,
    trust::{
        anchor::Anchor,
        path::{Path, Purpose, Until},
        path_error::{Member, PathError},
        signature::{self, Fault},
    },
};

/// Where ways are looked for, and what those are worth that are found.
pub(super) trait Terrain<'a> {
    /// The anchors of this folded name.
    fn anchors_named(&self, name: &str) -> impl Iterator<Item = &'a Anchor>;

    /// Certificates of this folded name that are no anchors.
    fn issuers_named(&self, name: &str) -> impl Iterator<Item = &'a Certificate>;

    /// Whether the issuer's key made the signature, as long as that may be asked.
    fn signed(&self, certificate: &'a Certificate, issuer: &'a Certificate) -> bool;

    /// Until when a path is valid by the lists that were asked.
    fn judge(&self, path: &Path<'a>) -> Result<Until, PathError>;
}

/// A depth-first search for one target, in the order of the header, along signatures that hold.
pub(super) struct Ascent<'s, 'a, T> {
    terrain: &'s T,
    target: &'a Certificate,
    purpose: Purpose,
    /// The one anchor that counts, or any.
    only: Option<&'a Anchor>,
    /// The way so far, from the target's issuer upwards.
    pub(super) issuers: Vec<&'a Certificate>,
    /// The most telling reason against a path that reached an anchor.
    reason: Option<PathError>,
    /// Whose issuer has the name of an anchor and another key, and that anchor. It says least, and comes up on
    /// many ways: it is put into words at the end.
    foreign: Option<(&'a Certificate, &'a Certificate)>,
    /// The first signature that none of those made who have the issuer's name, and the first of them.
    broken: Option<(&'a Certificate, &'a Certificate)>,
}

impl<'s, 'a, T: Terrain<'a>> Ascent<'s, 'a, T> {
    pub(super) fn new(
        terrain: &'s T,
        target: &'a Certificate,
        purpose: Purpose,
        only: Option<&'a Anchor>,
    ) -> Self {
        let (issuers, reason, foreign, broken) = (Vec::new(), None, None, None);
        Self { terrain, target, purpose, only, issuers, reason, foreign, broken }
    }

    /// Goes on upwards until there is an anchor to which the path is valid, and leaves the way there in
    /// `issuers`.
    pub(super) fn climb(&mut self) -> Option<(&'a Anchor, Option<SystemTime>)> {
        let top = self.top();
        let issuer_name = top.folded_issuer();
        for anchor in self.terrain.anchors_named(issuer_name) {
            if self.only.is_none_or(|only| only.certificate() == anchor.certificate())
                && let Some(lists_until) = self.reaches(anchor)
            {
                return Some((anchor, lists_until));
            }
        }
        let terrain = self.terrain;
        let (mut namesake, mut signers) = (None, 0);
        for candidate in terrain.issuers_named(issuer_name) {
            if self.leads_in_a_circle(candidate) {
                continue;
            }
            namesake = namesake.or(Some(candidate));
            if !terrain.signed(top, candidate) {
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
        if !self.terrain.signed(top, anchor.certificate()) {
            let place = |one: &Certificate| (one != self.target, one.folded_subject().to_owned());
            if self.foreign.is_none_or(|(known, _)| place(top) < place(known)) {
                self.foreign = Some((top, anchor.certificate()));
            }
            return None;
        }
        let (target, purpose, issuers) = (self.target, self.purpose, self.issuers.clone());
        let path = Path { target, purpose, issuers, anchor };
        let reason = match self.terrain.judge(&path) {
            Ok(lists_until) => return Some(lists_until),
            Err(reason) => reason,
        };
        if self.reason.as_ref().is_none_or(|known| telling(&reason) > telling(known)) {
            self.reason = Some(reason);
        }
        None
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
    pub(super) fn why_not(self) -> Option<PathError> {
        let unsigned = self.foreign.or(self.broken);
        let unsigned = unsigned.map(|(certificate, issuer)| self.unsigned(certificate, issuer));
        self.reason.or(unsigned)
    }

    /// Why a certificate does not count as signed by somebody of its issuer's name.
    fn unsigned(&self, certificate: &Certificate, issuer: &Certificate) -> PathError {
        let key = issuer.public_key();
        let algorithm = certificate.parsed().decoded().tbs_certificate().signature();
        let member = Member::of(certificate, self.target);
        match signature::fault(algorithm, key) {
            None => PathError::Signature { member },
            Some(Fault::Algorithm(algorithm)) => PathError::Algorithm { member, algorithm },
            Some(Fault::Key(key)) => {
                PathError::IssuerKey { member: Member::issuer(issuer.parsed()), key }
            }
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
