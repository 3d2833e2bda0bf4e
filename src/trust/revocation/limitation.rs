//! Why a list that can be read answers for nobody.

use std::collections::HashSet;

use certval::DeferDecodeSigned;
use der::{
    asn1::ObjectIdentifier,
    oid::db::rfc5912::{
        ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS,
        ID_CE_DELTA_CRL_INDICATOR, ID_CE_INVALIDITY_DATE, ID_CE_ISSUER_ALT_NAME,
        ID_CE_ISSUING_DISTRIBUTION_POINT,
    },
};
use x509_cert::{certificate::Version, ext::Extension};

use super::{
    list::{TbsCertList, find},
    scope::Scope,
};

/// Why a list answers for no certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Limitation {
    /// Without a date for the next one, nothing tells when it is out of date.
    #[error("it has no nextUpdate (RFC 5280 section 5.1.2.5)")]
    NoNextUpdate,
    /// It lists certificates of other issuers than its own.
    #[error("it is an indirect list, and such are not used (RFC 5280 section 5.2.5)")]
    Indirect,
    /// It lists attribute certificates.
    #[error("it lists attribute certificates only (RFC 5280 section 5.2.5)")]
    AttributeCertificates,
    /// Its scope is more than one of users, CAs and attributes.
    #[error("its scope contradicts itself (RFC 5280 section 5.2.5)")]
    Scope,
    /// It continues a list and has no number to tell where.
    #[error("it is a delta list without a number (RFC 5280 section 5.2.4)")]
    DeltaWithoutNumber,
    /// A critical extension that is not understood, of the list or of an entry.
    #[error("it has a critical extension {0} that is not understood (RFC 5280 section 5.2)")]
    CriticalExtension(String),
    /// The same extension twice.
    #[error("it has the extension {0} twice (RFC 5280 section 4.2)")]
    ExtensionTwice(String),
    /// Extensions, in a version that has none.
    #[error("it is of version 1, which has no extensions, and has some (RFC 5280 section 5.1.2.1)")]
    Version,
    /// Two statements of how it is signed.
    #[error("it names two signature algorithms (RFC 5280 section 5.1.1.2)")]
    Signature,
}

impl Limitation {
    pub(super) fn of(tbs: &TbsCertList, signed: &DeferDecodeSigned, scope: &Scope) -> Option<Self> {
        const UNDERSTOOD: [ObjectIdentifier; 5] = [
            ID_CE_AUTHORITY_KEY_IDENTIFIER,
            ID_CE_CRL_NUMBER,
            ID_CE_DELTA_CRL_INDICATOR,
            ID_CE_ISSUER_ALT_NAME,
            ID_CE_ISSUING_DISTRIBUTION_POINT,
        ];
        const UNDERSTOOD_IN_ENTRIES: [ObjectIdentifier; 2] =
            [ID_CE_CRL_REASONS, ID_CE_INVALIDITY_DATE];
        let entries = tbs.revoked_certificates.as_deref().unwrap_or_default();
        let of_entries = || {
            entries
                .iter()
                .filter_map(|entry| entry.crl_entry_extensions.as_ref())
                .find_map(|extensions| not_understood(extensions, &UNDERSTOOD_IN_ENTRIES))
        };
        let extensions = tbs.crl_extensions.as_deref().unwrap_or_default();
        if tbs.signature != signed.signature_algorithm {
            return Some(Self::Signature);
        }
        let entries_extended = entries.iter().any(|entry| entry.crl_entry_extensions.is_some());
        if tbs.version != Some(Version::V2) && (tbs.crl_extensions.is_some() || entries_extended) {
            return Some(Self::Version);
        }
        let delta = find(extensions, ID_CE_DELTA_CRL_INDICATOR).is_some();
        if delta && find(extensions, ID_CE_CRL_NUMBER).is_none() {
            return Some(Self::DeltaWithoutNumber);
        }
        if tbs.next_update.is_none() {
            return Some(Self::NoNextUpdate);
        }
        scope.limitation().or_else(|| not_understood(extensions, &UNDERSTOOD)).or_else(of_entries)
    }
}

fn not_understood(extensions: &[Extension], known: &[ObjectIdentifier]) -> Option<Limitation> {
    let mut seen = HashSet::new();
    extensions.iter().find_map(|extension| {
        let oid = extension.extn_id;
        if !seen.insert(oid) {
            return Some(Limitation::ExtensionTwice(oid.to_string()));
        }
        (extension.critical && !known.contains(&oid))
            .then(|| Limitation::CriticalExtension(oid.to_string()))
    })
}
