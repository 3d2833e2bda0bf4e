//! A list of revoked certificates (RFC 5280 section 5), as it stands in a bundle.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use x509_cert::{ext::pkix::CrlReason, name::Name};

use super::{
    entries::Entries, frame::Frame, limitation::Limitation, number::CrlNumber, scope::Scope,
    subject::Subject,
};
use crate::{
    certificate::{Certificate, identity},
    trust::signature,
};

/// A list that could be read to its end. Cheap to clone. Not verified by being read.
///
/// It keeps its DER once, and 4 bytes for each entry and for 64 bytes of entries: at most 1.27 times its DER, plus a
/// few kilobytes.
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    sha256: String,
    frame: Frame,
    entries: Entries,
    limitation: Option<Limitation>,
    verified: Mutex<HashMap<Vec<u8>, bool>>,
}

impl RevocationList {
    pub(super) fn new(
        frame: Frame,
        entries: Entries,
        limitation: Option<Limitation>,
        sha256: String,
    ) -> Self {
        Self(Arc::new(Inner { sha256, frame, entries, limitation, verified: Mutex::default() }))
    }

    /// Its issuer, as RFC 4514 writes it.
    pub fn issuer(&self) -> String {
        identity::name(&self.0.frame.issuer)
    }

    /// SHA-256 of its DER, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// When it was made.
    pub fn this_update(&self) -> SystemTime {
        self.0.frame.this_update
    }

    /// When the next one is due at the latest.
    pub fn next_update(&self) -> Option<SystemTime> {
        self.0.frame.next_update
    }

    /// How many certificates it names.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it holds only what changed since a complete list (RFC 5280 section 5.2.4).
    pub fn is_delta(&self) -> bool {
        self.0.frame.base.is_some()
    }

    /// Its number, by which a newer one is known (RFC 5280 section 5.2.3).
    pub fn number(&self) -> Option<&CrlNumber> {
        self.0.frame.number.as_ref()
    }

    /// Of a delta list: the number of the complete list whose changes it has (RFC 5280 section 5.2.4).
    pub fn base(&self) -> Option<&CrlNumber> {
        self.0.frame.base.as_ref()
    }

    /// What it says of the key that signed it (RFC 5280 section 5.2.1), as DER; none where it says nothing.
    pub(in crate::trust) fn key_identifier(&self) -> Option<&[u8]> {
        self.0.frame.key_identifier.as_deref()
    }

    /// Which certificates it answers for, and for which reasons.
    pub fn scope(&self) -> &Scope {
        &self.0.frame.scope
    }

    /// Why it answers for no certificate, if it does not.
    pub fn limitation(&self) -> Option<&Limitation> {
        self.0.limitation.as_ref()
    }

    /// Whether another list is this one, be it signed anew.
    pub(in crate::trust) fn says_as_much_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.frame.signed == other.0.frame.signed
    }

    /// How many bytes of it are signed.
    pub(in crate::trust) fn size(&self) -> usize {
        self.0.frame.signed.len()
    }

    /// Whether it answers for a certificate, or names it nevertheless. Who signed the others need not be known.
    pub(in crate::trust) fn is_about(&self, subject: &Subject<'_>) -> bool {
        !self.0.frame.scope.leaves_out(subject) || self.revokes(subject.certificate.serial())
    }

    /// Whether it names a serial number as revoked.
    pub(in crate::trust) fn revokes(&self, serial: &[u8]) -> bool {
        self.entry(serial)
            .is_some_and(|reason| !self.is_delta() || reason != CrlReason::RemoveFromCRL)
    }

    /// What it says of a serial number.
    pub(in crate::trust) fn entry(&self, serial: &[u8]) -> Option<CrlReason> {
        self.0.entries.reason(serial)
    }

    /// Whether the key of this certificate signed it. A list is long and is asked for often: the answer
    /// is remembered, for a few keys at a time.
    pub(in crate::trust) fn is_signed_by(&self, signer: &Certificate) -> bool {
        const MOST: usize = 64;
        if let Some(known) = self.is_known_to_be_signed_by(signer) {
            return known;
        }
        let Frame { signed, signature, algorithm, .. } = &self.0.frame;
        let holds = signature::holds(signed, signature, algorithm, signer.public_key());
        let mut verified = self.0.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= MOST {
            // Whoever did sign it is not forgotten.
            verified.retain(|_, holds| *holds);
        }
        verified.insert(signer.key_der().to_vec(), holds);
        holds
    }

    /// The same, where it has been asked before.
    pub(in crate::trust) fn is_known_to_be_signed_by(&self, signer: &Certificate) -> Option<bool> {
        let verified = self.0.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.get(signer.key_der()).copied()
    }

    /// Whether anybody is known who signed it.
    pub fn is_proven(&self) -> bool {
        let verified = self.0.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.values().any(|holds| *holds)
    }

    /// The keys of which it is known that one of them signed it.
    pub(in crate::trust) fn known_signers(&self) -> BTreeSet<Vec<u8>> {
        let verified = self.0.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.iter().filter(|(_, holds)| **holds).map(|(key, _)| key.clone()).collect()
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> &Entries {
        &self.0.entries
    }

    pub(in crate::trust) fn issuer_name(&self) -> &Name {
        &self.0.frame.issuer
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({})", self.sha256())
    }
}
