//! The signed part of a list (RFC 5280 section 5.1.2).

use std::collections::HashSet;

use certval::DeferDecodeSigned;
use der::{
    Sequence,
    asn1::ObjectIdentifier,
    oid::db::rfc5912::{
        ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS,
        ID_CE_DELTA_CRL_INDICATOR, ID_CE_INVALIDITY_DATE, ID_CE_ISSUER_ALT_NAME,
        ID_CE_ISSUING_DISTRIBUTION_POINT,
    },
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{
    certificate::{Raw, Version},
    crl::RevokedCert,
    ext::{Extension, Extensions},
    name::Name,
    time::Time,
};

use super::{limitation::Limitation, scope::Scope};

/// The signed part. `x509-cert` has one of its own, which cannot read a list of version 1.
#[derive(Sequence)]
pub(super) struct TbsCertList {
    #[asn1(optional = "true")]
    pub(super) version: Option<Version>,
    pub(super) signature: AlgorithmIdentifierOwned,
    pub(super) issuer: Name,
    pub(super) this_update: Time,
    #[asn1(optional = "true")]
    pub(super) next_update: Option<Time>,
    #[asn1(optional = "true")]
    pub(super) revoked_certificates: Option<Vec<RevokedCert<Raw>>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) crl_extensions: Option<Extensions>,
}

impl TbsCertList {
    /// Why it answers for nobody, if it does not.
    pub(super) fn limitation(
        &self,
        signed: &DeferDecodeSigned,
        scope: &Scope,
    ) -> Option<Limitation> {
        const UNDERSTOOD: [ObjectIdentifier; 5] = [
            ID_CE_AUTHORITY_KEY_IDENTIFIER,
            ID_CE_CRL_NUMBER,
            ID_CE_DELTA_CRL_INDICATOR,
            ID_CE_ISSUER_ALT_NAME,
            ID_CE_ISSUING_DISTRIBUTION_POINT,
        ];
        const UNDERSTOOD_IN_ENTRIES: [ObjectIdentifier; 2] =
            [ID_CE_CRL_REASONS, ID_CE_INVALIDITY_DATE];
        let entries = self.revoked_certificates.as_deref().unwrap_or_default();
        let of_entries = || {
            entries
                .iter()
                .filter_map(|entry| entry.crl_entry_extensions.as_ref())
                .find_map(|extensions| not_understood(extensions, &UNDERSTOOD_IN_ENTRIES))
        };
        let extensions = self.crl_extensions.as_deref().unwrap_or_default();
        if self.signature != signed.signature_algorithm {
            return Some(Limitation::Signature);
        }
        let entries_extended = entries.iter().any(|entry| entry.crl_entry_extensions.is_some());
        if self.version != Some(Version::V2) && (self.crl_extensions.is_some() || entries_extended)
        {
            return Some(Limitation::Version);
        }
        let delta = find(extensions, ID_CE_DELTA_CRL_INDICATOR).is_some();
        if delta && find(extensions, ID_CE_CRL_NUMBER).is_none() {
            return Some(Limitation::DeltaWithoutNumber);
        }
        if self.next_update.is_none() {
            return Some(Limitation::NoNextUpdate);
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

pub(super) fn find(extensions: &[Extension], oid: ObjectIdentifier) -> Option<&Extension> {
    extensions.iter().find(|extension| extension.extn_id == oid)
}
