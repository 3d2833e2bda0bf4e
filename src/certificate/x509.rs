//! One certificate, read by two parsers that have to agree.

use std::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::SystemTime,
};

use certval::{ExtensionProcessing, PDVCertificate, PDVExtension};
use der::oid::db::rfc5912::{
    ID_AD_CA_ISSUERS, ID_CE_BASIC_CONSTRAINTS, ID_CE_CRL_DISTRIBUTION_POINTS, ID_CE_KEY_USAGE,
    ID_PE_AUTHORITY_INFO_ACCESS,
};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::ext::pkix::{
    BasicConstraints, KeyUsage, crl::dp::DistributionPoint, name::GeneralName,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{
    agreement::{refuse_ignored_extensions, refuse_two_readings, refuse_unreadable_extensions},
    der_fault::DerFault,
    extent,
    fingerprint::sha256,
    key::KeyKind,
    names,
};
use crate::printable::printable;

/// A certificate that two parsers could read to the end, extensions included. Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Read>);

/// What was read, and its names as they are compared: a search asks for them on each of its ways, and to
/// fold a long one takes longer than all else that a way costs.
struct Read {
    parsed: PDVCertificate,
    /// What its issuer signed, as it stands in the bytes.
    signed_part: Box<[u8]>,
    /// SubjectPublicKeyInfo, as it stands there.
    key: Box<[u8]>,
    sha256: OnceLock<String>,
    subject: OnceLock<String>,
    folded_subject: OnceLock<String>,
    folded_issuer: OnceLock<String>,
    /// Keys that are known to have signed it: a signature costs more than all else.
    signers: Mutex<Vec<Box<[u8]>>>,
}

impl Certificate {
    /// Reads one DER certificate, with nothing after it.
    ///
    /// # Errors
    ///
    /// [`DerFault`], as far as the parsers tell.
    pub fn from_der(der: &[u8]) -> Result<Self, DerFault> {
        if let Some(what) = extent::excess(der) {
            return Err(DerFault::TooMany(what));
        }
        let (rest, second) = X509Certificate::from_der(der)
            .map_err(|error| DerFault::Encoding(error.to_string()))?;
        if !rest.is_empty() {
            return Err(DerFault::TrailingBytes(rest.len()));
        }
        refuse_unreadable_extensions(&second)?;
        let first =
            PDVCertificate::try_from(der).map_err(|error| DerFault::Encoding(error.to_string()))?;
        refuse_ignored_extensions(&first)?;
        refuse_two_readings(&first, &second)?;
        if let Some(what) = names::fault(&first) {
            return Err(DerFault::Names(what));
        }
        Ok(Self(Arc::new(Read {
            parsed: first,
            signed_part: second.tbs_certificate.as_ref().into(),
            key: second.public_key().raw.into(),
            sha256: OnceLock::new(),
            subject: OnceLock::new(),
            folded_subject: OnceLock::new(),
            folded_issuer: OnceLock::new(),
            signers: Mutex::default(),
        })))
    }

    /// The bytes that were read.
    pub fn der(&self) -> &[u8] {
        self.parsed().as_bytes()
    }

    /// What its issuer signed (RFC 5280 section 4.1.1.3).
    pub(crate) fn signed_part(&self) -> &[u8] {
        &self.0.signed_part
    }

    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub(crate) fn sha256(&self) -> &str {
        self.0.sha256.get_or_init(|| sha256(self.der()))
    }

    /// Its subject, as RFC 4514 writes it, escaped and bounded.
    pub(crate) fn subject_in_words(&self) -> &str {
        let subject = self.parsed().decoded().tbs_certificate().subject();
        self.0.subject.get_or_init(|| names::in_words(subject))
    }

    /// Whether its basic constraints say that it may issue others (RFC 5280 section 4.2.1.9).
    pub fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    /// How many issuers may be below it (RFC 5280 section 4.2.1.9); none where that is not limited.
    pub(crate) fn path_length(&self) -> Option<u8> {
        self.basic_constraints().and_then(|constraints| constraints.path_len_constraint)
    }

    fn basic_constraints(&self) -> Option<&BasicConstraints> {
        match self.parsed().get_extension(&ID_CE_BASIC_CONSTRAINTS) {
            Ok(Some(PDVExtension::BasicConstraints(constraints))) => Some(constraints),
            _ => None,
        }
    }

    /// Whether it is a CA's whose key usage, where it is there, leaves it the signing of certificates.
    pub(crate) fn may_issue(&self) -> bool {
        self.is_ca() && key_usage(self.parsed()).is_none_or(KeyUsage::key_cert_sign)
    }

    /// What its key is.
    pub fn key(&self) -> KeyKind {
        KeyKind::of(self.public_key())
    }

    /// Whether its key usage leaves it the signing of revocation lists and nothing that a client or
    /// an issuer of certificates does (RFC 5280 section 4.2.1.3).
    pub(crate) fn signs_only_lists(&self) -> bool {
        key_usage(self.parsed()).is_some_and(|usage| {
            usage.crl_sign() && !usage.digital_signature() && !usage.key_cert_sign()
        })
    }

    /// Whether another certificate is about the same key.
    pub(crate) fn has_the_key_of(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }

    /// Whether it is known that the key of this issuer signed it.
    pub(crate) fn is_known_to_be_signed_by(&self, issuer: &Self) -> bool {
        self.signers().contains(&issuer.0.key)
    }

    /// Keeps in mind, as long as this reading lives, that the key of this issuer signed it.
    pub(crate) fn remember_signer(&self, issuer: &Self) {
        /// One key made the signature. Others can be worked out that fit it too; the newest of them is kept.
        const MOST: usize = 2;
        let mut signers = self.signers();
        if signers.len() >= MOST {
            signers.clear();
        }
        signers.push(issuer.0.key.clone());
    }

    fn signers(&self) -> MutexGuard<'_, Vec<Box<[u8]>>> {
        self.0.signers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its key in DER, as it stands in the certificate (RFC 5280 section 4.1.2.7).
    pub(crate) fn key_der(&self) -> &[u8] {
        &self.0.key
    }

    pub(crate) fn public_key(&self) -> &SubjectPublicKeyInfoOwned {
        self.parsed().decoded().tbs_certificate().subject_public_key_info()
    }

    /// Whose it is, in the form in which two spellings of a name are equal.
    pub(crate) fn folded_subject(&self) -> &str {
        let subject = self.parsed().decoded().tbs_certificate().subject();
        self.0.folded_subject.get_or_init(|| names::folded(subject))
    }

    /// Who issued it, in that form.
    pub(crate) fn folded_issuer(&self) -> &str {
        let issuer = self.parsed().decoded().tbs_certificate().issuer();
        self.0.folded_issuer.get_or_init(|| names::folded(issuer))
    }

    /// Whether issuer and subject are the same name, as those of a root are.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.folded_issuer() == self.folded_subject()
    }

    /// Its number, as lists have it.
    pub(crate) fn serial(&self) -> &[u8] {
        self.parsed().decoded().tbs_certificate().serial_number().as_bytes()
    }

    /// Its subject alternative names (RFC 5280 section 4.2.1.6).
    pub(crate) fn alternative_names(&self) -> &[GeneralName] {
        names::alternative_names(self.parsed())
    }

    /// Where its issuer says that lists about it are (RFC 5280 section 4.2.1.13).
    pub(crate) fn distribution_points(&self) -> &[DistributionPoint] {
        match self.parsed().get_extension(&ID_CE_CRL_DISTRIBUTION_POINTS) {
            Ok(Some(PDVExtension::CrlDistributionPoints(points))) => &points.0,
            _ => &[],
        }
    }

    /// Where it says that certificates of its issuer are (RFC 5280 section 4.2.2.1), escaped and bounded.
    /// Nothing is ever fetched from there.
    pub fn issuer_locations(&self) -> Vec<String> {
        let Ok(Some(PDVExtension::AuthorityInfoAccessSyntax(access))) =
            self.parsed().get_extension(&ID_PE_AUTHORITY_INFO_ACCESS)
        else {
            return Vec::new();
        };
        let issuers = access.0.iter().filter(|access| access.access_method == ID_AD_CA_ISSUERS);
        let locations = issuers.filter_map(|access| match &access.access_location {
            GeneralName::UniformResourceIdentifier(uri) => Some(printable(uri.as_str())),
            _ => None,
        });
        locations.collect()
    }

    /// The first second in which it is valid.
    pub fn not_before(&self) -> SystemTime {
        self.parsed().decoded().tbs_certificate().validity().not_before.to_system_time()
    }

    /// The last second in which it is valid.
    pub fn not_after(&self) -> SystemTime {
        self.parsed().decoded().tbs_certificate().validity().not_after.to_system_time()
    }

    /// The certificate as the path validator holds it.
    pub(crate) fn parsed(&self) -> &PDVCertificate {
        &self.0.parsed
    }

    /// What tells this reading of a certificate from every other one, as long as it lives; its clones share
    /// it.
    pub(crate) fn reading(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// What the key may be used for (RFC 5280 section 4.2.1.3), where the certificate says so.
pub(crate) fn key_usage(certificate: &PDVCertificate) -> Option<&KeyUsage> {
    match certificate.get_extension(&ID_CE_KEY_USAGE) {
        Ok(Some(PDVExtension::KeyUsage(usage))) => Some(usage),
        _ => None,
    }
}

impl PartialEq for Certificate {
    /// Byte for byte.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der().hash(state);
    }
}

impl Borrow<[u8]> for Certificate {
    fn borrow(&self) -> &[u8] {
        self.der()
    }
}

impl fmt::Debug for Certificate {
    /// A fingerprint: certificates do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.sha256())
    }
}
