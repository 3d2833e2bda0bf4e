use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer,
    KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;

use super::error::PkiError;
use super::key::Key;
use super::params::named;
use super::pem::pem;
use super::validity::Validity;

/// A certificate that issues others: a root, or an intermediate.
///
/// Two authorities may bear the same name with different keys, which is what a forger has.
#[derive(Debug, Clone)]
pub struct Authority {
    name: String,
    params: CertificateParams,
    key: Key,
    der: CertificateDer<'static>,
}

impl Authority {
    /// A self-signed root.
    pub fn root(name: &str, key: Key, validity: Validity) -> Result<Self, PkiError> {
        let params = issuing(name, validity)?;
        let signed = params.self_signed(key.pair());
        Self::signed(name, params, key, signed)
    }

    /// An intermediate under this authority.
    pub fn intermediate(&self, name: &str, key: Key, validity: Validity) -> Result<Self, PkiError> {
        let mut params = issuing(name, validity)?;
        params.use_authority_key_identifier_extension = true;
        let signed = params.signed_by(key.pair(), &self.issuer());
        Self::signed(name, params, key, signed)
    }

    /// The common name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The authority's own certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        pem(&self.der)
    }

    /// The authority's key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// A list of revoked certificates by this authority, as DER.
    pub fn revocation_list(
        &self,
        list: CertificateRevocationListParams,
    ) -> Result<Vec<u8>, PkiError> {
        match list.signed_by(&self.issuer()) {
            Ok(list) => Ok(list.der().to_vec()),
            Err(source) => Err(PkiError::Certificate { name: self.name.clone(), source }),
        }
    }

    pub(super) fn issuer(&self) -> Issuer<'_, &rcgen::KeyPair> {
        Issuer::from_params(&self.params, self.key.pair())
    }

    fn signed(
        name: &str,
        params: CertificateParams,
        key: Key,
        signed: Result<rcgen::Certificate, rcgen::Error>,
    ) -> Result<Self, PkiError> {
        let name = name.to_owned();
        match signed {
            Ok(certificate) => Ok(Self { name, params, key, der: certificate.der().clone() }),
            Err(source) => Err(PkiError::Certificate { name, source }),
        }
    }
}

fn issuing(name: &str, validity: Validity) -> Result<CertificateParams, PkiError> {
    let mut params = named(name, validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}
