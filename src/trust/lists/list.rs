//! A list of revoked certificates (RFC 5280 section 5), as it stands in a bundle.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use certval::DeferDecodeSigned;
use der::{
    Decode,
    asn1::Uint,
    oid::db::rfc5912::{
        ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS, ID_CE_DELTA_CRL_INDICATOR,
        ID_CE_ISSUING_DISTRIBUTION_POINT,
    },
};
use x509_cert::{certificate::Raw, crl::RevokedCert, ext::pkix::CrlReason, name::Name};

use super::{
    limitation::Limitation,
    number::CrlNumber,
    scope::Scope,
    signed_part::{TbsCertList, find},
    subject::Subject,
};
use crate::{
    certificate::{Certificate, identity},
    trust::signature,
};

/// A list that could be read to its end. Cheap to clone. Not verified by being read.
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    sha256: String,
    issuer: Name,
    this_update: SystemTime,
    next_update: Option<SystemTime>,
    number: Option<CrlNumber>,
    /// Of a delta list: the number of the complete list that it continues.
    base: Option<CrlNumber>,
    scope: Scope,
    revoked: HashMap<Vec<u8>, CrlReason>,
    limitation: Option<Limitation>,
    signed: DeferDecodeSigned,
    verified: Mutex<HashMap<Vec<u8>, bool>>,
}

impl RevocationList {
    /// Reads one DER list, with nothing after it.
    ///
    /// # Errors
    ///
    /// [`ListFault`]. What can be read and answers for no certificate is a [`Limitation`].
    pub fn from_der(der: &[u8]) -> Result<Self, ListFault> {
        let encoding = |error: der::Error| ListFault(error.to_string());
        let signed = DeferDecodeSigned::from_der(der).map_err(encoding)?;
        let tbs = TbsCertList::from_der(&signed.tbs_field).map_err(encoding)?;
        let extensions = tbs.crl_extensions.as_deref().unwrap_or_default();
        let entries = tbs.revoked_certificates.as_deref().unwrap_or_default();
        let scope = match find(extensions, ID_CE_ISSUING_DISTRIBUTION_POINT) {
            Some(extension) => Scope::read(extension, &tbs.issuer).map_err(encoding)?,
            None => Scope::default(),
        };
        let number = |oid| {
            find(extensions, oid)
                .map(|extension| Uint::from_der(extension.extn_value.as_bytes()).map(CrlNumber))
                .transpose()
                .map_err(encoding)
        };
        Ok(Self(Arc::new(Inner {
            sha256: identity::sha256(der),
            this_update: tbs.this_update.to_system_time(),
            next_update: tbs.next_update.map(|time| time.to_system_time()),
            number: number(ID_CE_CRL_NUMBER)?,
            base: number(ID_CE_DELTA_CRL_INDICATOR)?,
            limitation: tbs.limitation(&signed, &scope),
            scope,
            revoked: revoked(entries).map_err(encoding)?,
            issuer: tbs.issuer,
            signed,
            verified: Mutex::default(),
        })))
    }

    /// Its issuer, as RFC 4514 writes it.
    pub fn issuer(&self) -> String {
        identity::name(&self.0.issuer)
    }

    /// SHA-256 of its DER, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// When it was made.
    pub fn this_update(&self) -> SystemTime {
        self.0.this_update
    }

    /// When the next one is due at the latest.
    pub fn next_update(&self) -> Option<SystemTime> {
        self.0.next_update
    }

    /// How many certificates it names.
    pub fn len(&self) -> usize {
        self.0.revoked.len()
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.0.revoked.is_empty()
    }

    /// Whether it holds only what changed since a complete list (RFC 5280 section 5.2.4).
    pub fn is_delta(&self) -> bool {
        self.0.base.is_some()
    }

    /// Its number, by which a newer one is known (RFC 5280 section 5.2.3).
    pub fn number(&self) -> Option<&CrlNumber> {
        self.0.number.as_ref()
    }

    /// Of a delta list: the number of the complete list whose changes it has (RFC 5280 section 5.2.4).
    pub fn base(&self) -> Option<&CrlNumber> {
        self.0.base.as_ref()
    }

    /// Which certificates it answers for, and for which reasons.
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// Why it answers for no certificate, if it does not.
    pub fn limitation(&self) -> Option<&Limitation> {
        self.0.limitation.as_ref()
    }

    /// Whether another list is this one, be it signed anew.
    pub(in crate::trust) fn says_as_much_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.signed.tbs_field == other.0.signed.tbs_field
    }

    /// How many bytes of it are signed.
    pub(in crate::trust) fn size(&self) -> usize {
        self.0.signed.tbs_field.len()
    }

    /// Whether it answers for a certificate, or names it nevertheless. Who signed the others need not be known.
    pub(in crate::trust) fn is_about(&self, subject: &Subject<'_>) -> bool {
        !self.0.scope.leaves_out(subject) || self.revokes(subject.certificate.serial())
    }

    /// Whether it names a serial number as revoked.
    pub(in crate::trust) fn revokes(&self, serial: &[u8]) -> bool {
        self.entry(serial)
            .is_some_and(|reason| !self.is_delta() || reason != CrlReason::RemoveFromCRL)
    }

    /// What it says of a serial number.
    pub(in crate::trust) fn entry(&self, serial: &[u8]) -> Option<CrlReason> {
        self.0.revoked.get(serial).copied()
    }

    /// Whether the key of this certificate signed it. A list is long and is asked for often: the answer
    /// is remembered, for a few keys at a time.
    pub(in crate::trust) fn is_signed_by(&self, signer: &Certificate) -> bool {
        const MOST: usize = 64;
        if let Some(known) = self.is_known_to_be_signed_by(signer) {
            return known;
        }
        let DeferDecodeSigned { tbs_field, signature_algorithm, signature } = &self.0.signed;
        let holds =
            signature::holds(tbs_field, signature, signature_algorithm, signer.public_key());
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

    pub(in crate::trust) fn issuer_name(&self) -> &Name {
        &self.0.issuer
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({})", self.sha256())
    }
}

/// The entries by serial number. Of two with one number the one that is harder to lift counts.
fn revoked(entries: &[RevokedCert<Raw>]) -> der::Result<HashMap<Vec<u8>, CrlReason>> {
    let mut revoked = HashMap::with_capacity(entries.len());
    for entry in entries {
        let extensions = entry.crl_entry_extensions.as_deref().unwrap_or_default();
        let reason = match find(extensions, ID_CE_CRL_REASONS) {
            Some(extension) => CrlReason::from_der(extension.extn_value.as_bytes())?,
            None => CrlReason::Unspecified,
        };
        let known = revoked.entry(entry.serial_number.as_bytes().to_vec()).or_insert(reason);
        if lasting(reason) > lasting(*known) {
            *known = reason;
        }
    }
    Ok(revoked)
}

fn lasting(reason: CrlReason) -> u8 {
    match reason {
        CrlReason::RemoveFromCRL => 0,
        CrlReason::CertificateHold => 1,
        _ => 2,
    }
}

/// Why bytes are no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no list of revoked certificates in DER: {0}")]
pub struct ListFault(String);
