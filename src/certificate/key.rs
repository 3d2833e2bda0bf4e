//! The kind and size of a public key.

use std::fmt;

use der::{
    Encode,
    asn1::ObjectIdentifier,
    oid::db::{
        rfc5912::{
            ID_EC_PUBLIC_KEY, ID_RSASSA_PSS, RSA_ENCRYPTION, SECP_256_R_1, SECP_384_R_1,
            SECP_521_R_1,
        },
        rfc8410::ID_ED_25519,
    },
};
use spki::SubjectPublicKeyInfoOwned;
use x509_parser::{prelude::FromDer, public_key::PublicKey, x509::SubjectPublicKeyInfo};

use super::oid;

/// What refusals of a key end with.
pub(crate) const ACCEPTED_KEYS: &str = "RSA from 2048 bits, P-256, P-384, P-521 and Ed25519 are";

/// What a key is, as far as its algorithm identifier and size tell. Not guaranteed: that it is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA, with the bits of its modulus.
    Rsa(usize),
    /// An elliptic curve, by its usual name.
    Curve(&'static str),
    /// Anything else: its curve or its algorithm by name, or by its object identifier.
    Other(String),
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::Curve(name) => f.write_str(name),
            Self::Other(name) => f.write_str(name),
        }
    }
}

impl KeyKind {
    pub(crate) fn of(key: &SubjectPublicKeyInfoOwned) -> Self {
        let curve = || {
            let parameters = key.algorithm.parameters.as_ref()?;
            match parameters.decode_as::<ObjectIdentifier>().ok()? {
                SECP_256_R_1 => Some("P-256"),
                SECP_384_R_1 => Some("P-384"),
                SECP_521_R_1 => Some("P-521"),
                _ => None,
            }
        };
        let known = match key.algorithm.oid {
            RSA_ENCRYPTION => rsa_bits(key).map(Self::Rsa),
            ID_EC_PUBLIC_KEY => curve().map(Self::Curve),
            ID_ED_25519 => Some(Self::Curve("Ed25519")),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other(other(key)))
    }

    /// What it is in a sentence.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Rsa(bits) => format!("RSA {bits} bits"),
            other => other.to_string(),
        }
    }
}

/// A key that is used nowhere, for a person.
fn other(key: &SubjectPublicKeyInfoOwned) -> String {
    if key.algorithm.oid != ID_EC_PUBLIC_KEY {
        return match key.algorithm.oid {
            // As the signature is called.
            ID_RSASSA_PSS => "id-RSASSA-PSS".to_owned(),
            other => oid::name(&other),
        };
    }
    let parameters = key.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    curve.map_or_else(|| "an elliptic curve without a name".to_owned(), |curve| oid::name(&curve))
}

fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<usize> {
    rsa_sizes(key).map(|(modulus, _)| modulus)
}

/// Of an RSA key: the bits of its modulus, and the bytes of its public exponent. Three are 65537, which nearly
/// every key has.
pub(crate) fn rsa_sizes(key: &SubjectPublicKeyInfoOwned) -> Option<(usize, usize)> {
    let der = key.to_der().ok()?;
    let (_, key) = SubjectPublicKeyInfo::from_der(&der).ok()?;
    match key.parsed().ok()? {
        PublicKey::RSA(key) => Some((key.key_size(), key.exponent.len())),
        _ => None,
    }
}
