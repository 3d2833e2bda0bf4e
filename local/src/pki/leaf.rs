use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;

use super::authority::Authority;
use super::error::PkiError;
use super::key::{Key, KeyKind};
use super::params::named;
use super::pem::pem;
use super::validity::Validity;

/// A leaf that was issued, with its key.
#[derive(Debug, Clone)]
pub struct Leaf {
    der: CertificateDer<'static>,
    key: Key,
}

impl Leaf {
    /// The certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        pem(&self.der)
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }
}

impl Authority {
    /// A leaf under this authority, to be described further and issued.
    pub fn leaf(&self, common_name: &str, validity: Validity) -> LeafRequest<'_> {
        LeafRequest::new(self, common_name, validity)
    }
}

/// A leaf to be: by default a P-256 key, `digitalSignature`, `clientAuth`, not an authority.
#[must_use = "a request becomes a certificate with `issue`"]
pub struct LeafRequest<'a> {
    issuer: &'a Authority,
    common_name: String,
    validity: Validity,
    key: Option<Key>,
    names: Vec<Name>,
    key_usages: Vec<KeyUsagePurpose>,
    extended_key_usages: Vec<ExtendedKeyUsagePurpose>,
    is_ca: bool,
    adjustments: Vec<Adjustment<'a>>,
}

type Adjustment<'a> = Box<dyn FnOnce(&mut CertificateParams) + 'a>;

enum Name {
    Dns(String),
    Email(String),
    Uri(String),
    Ip(IpAddr),
}

impl<'a> LeafRequest<'a> {
    fn new(issuer: &'a Authority, common_name: &str, validity: Validity) -> Self {
        Self {
            issuer,
            common_name: common_name.to_owned(),
            validity,
            key: None,
            names: Vec::new(),
            key_usages: vec![KeyUsagePurpose::DigitalSignature],
            extended_key_usages: vec![ExtendedKeyUsagePurpose::ClientAuth],
            is_ca: false,
            adjustments: Vec::new(),
        }
    }

    /// An existing key, of any kind, instead of a new P-256 one.
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// A DNS name among the subject alternative names.
    pub fn dns(mut self, name: &str) -> Self {
        self.names.push(Name::Dns(name.to_owned()));
        self
    }

    /// An e-mail address among the subject alternative names.
    pub fn email(mut self, address: &str) -> Self {
        self.names.push(Name::Email(address.to_owned()));
        self
    }

    /// A URI among the subject alternative names.
    pub fn uri(mut self, uri: &str) -> Self {
        self.names.push(Name::Uri(uri.to_owned()));
        self
    }

    /// An IP address among the subject alternative names.
    pub fn ip(mut self, address: IpAddr) -> Self {
        self.names.push(Name::Ip(address));
        self
    }

    /// Other key usages; none leaves the extension out.
    pub fn key_usages(mut self, usages: impl Into<Vec<KeyUsagePurpose>>) -> Self {
        self.key_usages = usages.into();
        self
    }

    /// Other extended key usages; none leaves the extension out.
    pub fn extended_key_usages(mut self, usages: impl Into<Vec<ExtendedKeyUsagePurpose>>) -> Self {
        self.extended_key_usages = usages.into();
        self
    }

    /// Marks the leaf as an authority, which a leaf should not be.
    pub fn authority(mut self) -> Self {
        self.is_ca = true;
        self
    }

    /// Whatever else a certificate can say, as `rcgen` has it; applied last, in the order given.
    pub fn adjust(mut self, adjustment: impl FnOnce(&mut CertificateParams) + 'a) -> Self {
        self.adjustments.push(Box::new(adjustment));
        self
    }

    /// Has the authority sign.
    pub fn issue(self) -> Result<Leaf, PkiError> {
        let mut params = named(&self.common_name, self.validity)?;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = self.key_usages;
        params.extended_key_usages = self.extended_key_usages;
        params.is_ca = match self.is_ca {
            true => IsCa::Ca(BasicConstraints::Unconstrained),
            false => IsCa::ExplicitNoCa,
        };
        for name in self.names {
            params.subject_alt_names.push(name.into_san()?);
        }
        for adjust in self.adjustments {
            adjust(&mut params);
        }
        let key = match self.key {
            Some(key) => key,
            None => KeyKind::P256.generate()?,
        };
        match params.signed_by(key.pair(), &self.issuer.issuer()) {
            Ok(certificate) => Ok(Leaf { der: certificate.der().clone(), key }),
            Err(source) => Err(PkiError::Certificate { name: self.common_name, source }),
        }
    }
}

impl Name {
    fn into_san(self) -> Result<SanType, PkiError> {
        let (value, san) = match self {
            Self::Dns(name) => (name.clone(), name.try_into().map(SanType::DnsName)),
            Self::Email(name) => (name.clone(), name.try_into().map(SanType::Rfc822Name)),
            Self::Uri(name) => (name.clone(), name.try_into().map(SanType::URI)),
            Self::Ip(address) => return Ok(SanType::IpAddress(address)),
        };
        san.map_err(|source| PkiError::AlternativeName { value, source })
    }
}
