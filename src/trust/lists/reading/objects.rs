//! Lists as they were read at first, with an object for each entry: a second opinion on what is read now.

use std::collections::{HashMap, HashSet};

use certval::DeferDecodeSigned;
use der::{
    Decode, Sequence,
    asn1::{ObjectIdentifier, Uint},
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
    ext::{Extension, Extensions, pkix::CrlReason},
    name::Name,
    time::Time,
};

use super::super::{limitation::Limitation, number::CrlNumber, scope::Scope};

/// What was read of a list.
pub(super) struct Objects {
    pub(super) tbs: TbsCertList,
    pub(super) signed: DeferDecodeSigned,
    pub(super) number: Option<CrlNumber>,
    pub(super) base: Option<CrlNumber>,
    pub(super) scope: Scope,
    pub(super) limitation: Option<Limitation>,
    pub(super) revoked: HashMap<Vec<u8>, CrlReason>,
}

#[derive(Sequence)]
pub(super) struct TbsCertList {
    #[asn1(optional = "true")]
    version: Option<Version>,
    signature: AlgorithmIdentifierOwned,
    pub(super) issuer: Name,
    pub(super) this_update: Time,
    #[asn1(optional = "true")]
    pub(super) next_update: Option<Time>,
    #[asn1(optional = "true")]
    revoked_certificates: Option<Vec<RevokedCert<Raw>>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    crl_extensions: Option<Extensions>,
}

impl Objects {
    pub(super) fn from_der(der: &[u8]) -> der::Result<Self> {
        let signed = DeferDecodeSigned::from_der(der)?;
        let tbs = TbsCertList::from_der(&signed.tbs_field)?;
        let extensions = tbs.crl_extensions.as_deref().unwrap_or_default();
        let scope = match find(extensions, ID_CE_ISSUING_DISTRIBUTION_POINT) {
            Some(extension) => Scope::read(extension.extn_value.as_bytes(), &tbs.issuer)?,
            None => Scope::default(),
        };
        let number = |oid| {
            let number = find(extensions, oid);
            number.map(|it| Uint::from_der(it.extn_value.as_bytes()).map(CrlNumber)).transpose()
        };
        Ok(Self {
            number: number(ID_CE_CRL_NUMBER)?,
            base: number(ID_CE_DELTA_CRL_INDICATOR)?,
            limitation: tbs.limitation(&signed, &scope),
            scope,
            revoked: revoked(tbs.revoked_certificates.as_deref().unwrap_or_default())?,
            signed,
            tbs,
        })
    }
}

impl TbsCertList {
    fn limitation(&self, signed: &DeferDecodeSigned, scope: &Scope) -> Option<Limitation> {
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

fn find(extensions: &[Extension], oid: ObjectIdentifier) -> Option<&Extension> {
    extensions.iter().find(|extension| extension.extn_id == oid)
}

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
