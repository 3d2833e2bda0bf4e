//! Lists of revoked certificates as a test wants them: `rcgen` makes only such as are in order.

use alb_mtls::pki::{Authority, pem, rcgen};
use der::{
    Decode, Encode,
    asn1::{BitString, OctetString, Uint},
    oid::{
        ObjectIdentifier,
        db::rfc5912::{
            ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_CRL_REASONS,
            ID_CE_DELTA_CRL_INDICATOR, ID_CE_ISSUING_DISTRIBUTION_POINT,
        },
    },
};
use rcgen::SigningKey;
use time::{Duration, OffsetDateTime};
use x509_cert::{
    Certificate,
    certificate::Version,
    crl::{RevokedCert, TbsCertList},
    ext::{
        Extension,
        pkix::{
            CrlReason, crl::dp::IssuingDistributionPoint, name::DistributionPointName,
            name::GeneralName,
        },
    },
    time::Time,
};

use super::NOW;

/// A list in the making; by default of the day before [`NOW`], good for a week, with the number 1,
/// about everything and naming nobody.
#[derive(Clone)]
pub(crate) struct List {
    tbs: TbsCertList,
    outer: spki::AlgorithmIdentifierOwned,
    key: String,
}

impl List {
    /// Of an authority, signed by its key.
    pub(crate) fn of(authority: &Authority) -> Self {
        Self::named(authority.der(), &authority.key().pem())
    }

    /// Under the subject of a certificate, signed by any key.
    pub(crate) fn named(certificate: &[u8], key_pem: &str) -> Self {
        let issuer =
            Certificate::from_der(certificate).unwrap().tbs_certificate().subject().clone();
        let algorithm = spki::AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
            parameters: None,
        };
        let tbs = TbsCertList {
            version: Version::V2,
            signature: algorithm.clone(),
            issuer,
            this_update: instant(NOW - Duration::days(1)),
            next_update: Some(instant(NOW + Duration::days(6))),
            revoked_certificates: None,
            crl_extensions: None,
        };
        Self { tbs, outer: algorithm, key: key_pem.to_owned() }.number(1)
    }

    pub(crate) fn number(self, number: u32) -> Self {
        let number = Uint::new(&number.to_be_bytes()).unwrap().to_der().unwrap();
        self.extension(ID_CE_CRL_NUMBER, false, number)
    }

    pub(crate) fn without_number(mut self) -> Self {
        self.tbs.crl_extensions = None;
        self
    }

    /// From and until so many days from [`NOW`].
    pub(crate) fn days(mut self, from: i64, until: i64) -> Self {
        self.tbs.this_update = instant(NOW + Duration::days(from));
        self.tbs.next_update = Some(instant(NOW + Duration::days(until)));
        self
    }

    pub(crate) fn without_next_update(mut self) -> Self {
        self.tbs.next_update = None;
        self
    }

    pub(crate) fn revoking(self, certificate: &[u8]) -> Self {
        self.entry(certificate, None)
    }

    pub(crate) fn revoking_for(self, certificate: &[u8], reason: CrlReason) -> Self {
        let reason = OctetString::new(reason.to_der().unwrap()).unwrap();
        let extension =
            Extension { extn_id: ID_CE_CRL_REASONS, critical: false, extn_value: reason };
        self.entry(certificate, Some(extension))
    }

    pub(crate) fn entry(mut self, certificate: &[u8], extension: Option<Extension>) -> Self {
        let certificate = Certificate::from_der(certificate).unwrap();
        self.tbs.revoked_certificates.get_or_insert_default().push(RevokedCert {
            serial_number: certificate.tbs_certificate().serial_number().clone(),
            revocation_date: self.tbs.this_update,
            crl_entry_extensions: extension.map(|extension| vec![extension]),
        });
        self
    }

    /// A delta list that continues the complete list of this number.
    pub(crate) fn delta_since(self, number: u32) -> Self {
        let number = Uint::new(&number.to_be_bytes()).unwrap().to_der().unwrap();
        self.extension(ID_CE_DELTA_CRL_INDICATOR, true, number)
    }

    pub(crate) fn scope(self, change: impl FnOnce(&mut IssuingDistributionPoint)) -> Self {
        let mut point = IssuingDistributionPoint {
            distribution_point: None,
            only_contains_user_certs: false,
            only_contains_ca_certs: false,
            only_some_reasons: None,
            indirect_crl: false,
            only_contains_attribute_certs: false,
        };
        change(&mut point);
        self.extension(ID_CE_ISSUING_DISTRIBUTION_POINT, true, point.to_der().unwrap())
    }

    /// About the certificates of one distribution point.
    pub(crate) fn at(self, url: &str) -> Self {
        let url = GeneralName::UniformResourceIdentifier(url.to_owned().try_into().unwrap());
        self.scope(|point| {
            point.distribution_point = Some(DistributionPointName::FullName(vec![url]));
        })
    }

    /// Adds an extension, or replaces the one of its kind.
    pub(crate) fn extension(mut self, oid: ObjectIdentifier, critical: bool, der: Vec<u8>) -> Self {
        let extensions = self.tbs.crl_extensions.get_or_insert_default();
        extensions.retain(|extension| extension.extn_id != oid);
        let extn_value = OctetString::new(der).unwrap();
        extensions.push(Extension { extn_id: oid, critical, extn_value });
        self
    }

    /// By a key of this identifier.
    pub(crate) fn key_identifier(self, key: &[u8]) -> Self {
        let key = [&[0x30, 22, 0x80, 20], key].concat();
        self.extension(ID_CE_AUTHORITY_KEY_IDENTIFIER, false, key)
    }

    /// With its last extension once more.
    pub(crate) fn again(mut self) -> Self {
        let extensions = self.tbs.crl_extensions.as_mut().unwrap();
        extensions.push(extensions.last().unwrap().clone());
        self
    }

    /// Says in its signed part that the signature is of another kind.
    pub(crate) fn under_another_algorithm(mut self) -> Self {
        self.outer = self.tbs.signature.clone();
        self.tbs.signature.oid = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
        self
    }

    /// As version 1, which is told by leaving the version out.
    pub(crate) fn version_1(mut self) -> Self {
        self.tbs.version = Version::V1;
        self
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let mut tbs = self.tbs.to_der().unwrap();
        if self.tbs.version == Version::V1 {
            tbs = without_version(&tbs);
        }
        let key = rcgen::KeyPair::from_pem(&self.key).unwrap();
        let signature = BitString::from_bytes(&key.sign(&tbs).unwrap()).unwrap();
        let algorithm = self.outer.to_der().unwrap();
        sequence(&[tbs, algorithm, signature.to_der().unwrap()].concat())
    }

    pub(crate) fn pem(&self) -> String {
        pem(&self.der()).replace("CERTIFICATE", "X509 CRL")
    }
}

/// The three bytes of the version come first in the signed part.
fn without_version(tbs: &[u8]) -> Vec<u8> {
    let content = der::asn1::AnyRef::from_der(tbs).unwrap().value();
    assert_eq!(content[..3], [2, 1, 0]);
    sequence(&content[3..])
}

fn sequence(content: &[u8]) -> Vec<u8> {
    der::asn1::Any::new(der::Tag::Sequence, content).unwrap().to_der().unwrap()
}

fn instant(time: OffsetDateTime) -> Time {
    std::time::SystemTime::from(time).try_into().unwrap()
}
