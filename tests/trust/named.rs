//! Certificates whose names are spelled as a test wants them: `rcgen` makes only such as are in order.

use std::sync::LazyLock;

use alb_mtls::pki::rcgen::{self, PublicKeyData, SigningKey};
use der::{
    Decode, Encode, Tag,
    asn1::{Any, BitString, ObjectIdentifier, OctetString, SetOfVec},
};
use x509_cert::{
    attr::AttributeTypeAndValue,
    ext::{
        Extension,
        pkix::{BasicConstraints, NameConstraints, SubjectAltName, name::GeneralName},
    },
    name::{Name, RelativeDistinguishedName},
    time::{Time, Validity},
};

use crate::support::valid;

/// One key for all: whose it is makes no difference to what somebody is called.
static KEY: LazyLock<rcgen::KeyPair> = LazyLock::new(|| rcgen::KeyPair::generate().unwrap());

/// A value of an attribute: its type, the type of its string, and its bytes.
pub(crate) type Attribute = (ObjectIdentifier, Tag, Vec<u8>);

pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(crate) const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(crate) const EMAIL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// A name of these parts, each of these attributes.
pub(crate) fn name(parts: &[Vec<Attribute>]) -> Name {
    let attribute = |(oid, tag, value): &Attribute| AttributeTypeAndValue {
        oid: *oid,
        value: Any::new(*tag, value.clone()).unwrap(),
    };
    let part = |attributes: &Vec<Attribute>| {
        let attributes = SetOfVec::from_iter(attributes.iter().map(attribute)).unwrap();
        RelativeDistinguishedName::try_from(Vec::from(attributes)).unwrap()
    };
    let parts: Vec<_> = parts.iter().map(part).collect();
    Name::from_der(&parts.to_der().unwrap()).unwrap()
}

/// A name of one part with one attribute, in UTF-8.
pub(crate) fn common_name(text: &str) -> Name {
    name(&[vec![(COMMON_NAME, Tag::Utf8String, text.as_bytes().to_vec())]])
}

/// A certificate in the making, for a year around now.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) subject: Name,
    pub(crate) alternative: Vec<GeneralName>,
    pub(crate) constraints: Option<NameConstraints>,
    pub(crate) is_ca: bool,
}

impl Named {
    pub(crate) fn client(subject: Name) -> Self {
        Self { subject, alternative: Vec::new(), constraints: None, is_ca: false }
    }

    pub(crate) fn authority(subject: Name, constraints: Option<NameConstraints>) -> Self {
        Self { subject, alternative: Vec::new(), constraints, is_ca: true }
    }

    pub(crate) fn der(&self, issuer: &Name) -> Vec<u8> {
        let algorithm = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
        let algorithm = sequence(&algorithm.to_der().unwrap());
        let instant = |time| Time::try_from(std::time::SystemTime::from(time)).unwrap();
        let validity = Validity::<x509_cert::certificate::Rfc5280>::new(
            instant(valid().not_before),
            instant(valid().not_after),
        );
        let tbs = sequence(
            &[
                vec![0xa0, 3, 2, 1, 2, 2, 1, 7],
                algorithm.clone(),
                issuer.to_der().unwrap(),
                validity.to_der().unwrap(),
                self.subject.to_der().unwrap(),
                KEY.subject_public_key_info(),
                self.extensions(),
            ]
            .concat(),
        );
        let signature = BitString::from_bytes(&KEY.sign(&tbs).unwrap()).unwrap();
        sequence(&[tbs, algorithm, signature.to_der().unwrap()].concat())
    }

    fn extensions(&self) -> Vec<u8> {
        let mut extensions = Vec::new();
        let mut add = |oid: &str, der: Vec<u8>| {
            extensions.push(Extension {
                extn_id: ObjectIdentifier::new_unwrap(oid),
                critical: true,
                extn_value: OctetString::new(der).unwrap(),
            });
        };
        let ca = BasicConstraints { ca: self.is_ca, path_len_constraint: None };
        add("2.5.29.19", ca.to_der().unwrap());
        if !self.alternative.is_empty() {
            add("2.5.29.17", SubjectAltName(self.alternative.clone()).to_der().unwrap());
        }
        if let Some(constraints) = &self.constraints {
            add("2.5.29.30", constraints.to_der().unwrap());
        }
        let list = extensions.to_der().unwrap();
        Any::new(Tag::ContextSpecific { constructed: true, number: der::TagNumber(3) }, list)
            .unwrap()
            .to_der()
            .unwrap()
    }
}

fn sequence(content: &[u8]) -> Vec<u8> {
    Any::new(Tag::Sequence, content).unwrap().to_der().unwrap()
}
