//! Certificates that `rcgen` does not make: one of its own, taken apart, changed and signed anew.

use std::sync::Arc;

use der::{
    Decode, Encode, Tag, TagNumber,
    asn1::{Any, BitString},
};
use rcgen::SigningKey;
use x509_cert::ext::{Extension, Extensions};

use alb_mtls::pki::rcgen;

/// Makes a signature over bytes.
type Sign = Arc<dyn Fn(&[u8]) -> Vec<u8>>;

/// A certificate in the making.
#[derive(Clone)]
pub(crate) struct Remade {
    /// The fields of RFC 5280 section 4.1: version, serial number, signature, issuer, validity, subject, key,
    /// and extensions.
    fields: Vec<Any>,
    algorithm: Any,
    sign: Sign,
}

impl Remade {
    /// Of a certificate of version 3, to be signed with ECDSA and SHA-256 by this key.
    pub(crate) fn of(der: &[u8], key_pem: &str) -> Self {
        let whole = Vec::<Any>::from_der(der).unwrap();
        let key = rcgen::KeyPair::from_pem(key_pem).unwrap();
        Self {
            fields: whole[0].decode_as::<Vec<Any>>().unwrap(),
            algorithm: whole[1].clone(),
            sign: Arc::new(move |message| key.sign(message).unwrap()),
        }
    }

    /// With another key, as SubjectPublicKeyInfo in hexadecimal.
    pub(crate) fn key(mut self, digits: &str) -> Self {
        self.fields[6] = Any::from_der(&hexadecimal(digits)).unwrap();
        self
    }

    /// Without extensions, and of the version that has none.
    pub(crate) fn version_1(mut self) -> Self {
        self.fields.truncate(7);
        self.fields.remove(0);
        self
    }

    /// With one more extension, or another criticality of one that is there.
    pub(crate) fn extension(self, id: &str, critical: bool, value: Vec<u8>) -> Self {
        let field = self.fields.last().unwrap();
        let mut extensions = Extensions::from_der(field.value()).unwrap();
        extensions.retain(|extension| extension.extn_id.to_string() != id);
        extensions.push(Extension {
            extn_id: id.parse().unwrap(),
            critical,
            extn_value: der::asn1::OctetString::new(value).unwrap(),
        });
        self.with(extensions)
    }

    /// Without an extension.
    pub(crate) fn without(self, id: &str) -> Self {
        let field = self.fields.last().unwrap();
        let mut extensions = Extensions::from_der(field.value()).unwrap();
        extensions.retain(|extension| extension.extn_id.to_string() != id);
        self.with(extensions)
    }

    fn with(mut self, extensions: Extensions) -> Self {
        let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(3) };
        *self.fields.last_mut().unwrap() = Any::new(tag, extensions.to_der().unwrap()).unwrap();
        self
    }

    /// Signed in another way: an AlgorithmIdentifier in hexadecimal, and who signs.
    pub(crate) fn signed_with(
        mut self,
        algorithm: &str,
        sign: impl Fn(&[u8]) -> Vec<u8> + 'static,
    ) -> Self {
        self.algorithm = Any::from_der(&hexadecimal(algorithm)).unwrap();
        let at = usize::from(self.fields.len() > 6);
        self.fields[at + 1] = self.algorithm.clone();
        self.sign = Arc::new(sign);
        self
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let signed = self.fields.to_der().unwrap();
        let signature = BitString::from_bytes(&(self.sign)(&signed)).unwrap();
        let parts = [
            Any::from_der(&signed).unwrap(),
            self.algorithm.clone(),
            Any::encode_from(&signature).unwrap(),
        ];
        parts.to_vec().to_der().unwrap()
    }
}

pub(crate) fn hexadecimal(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(digit).collect()
}
