use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::Ed25519KeyPair;
use rcgen::{KeyPair, RsaKeySize};
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::error::PkiError;

/// The kinds of key that clients come with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// ECDSA on the curve P-256.
    P256,
    /// ECDSA on the curve P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// Every kind.
    #[must_use]
    pub fn all() -> [Self; 5] {
        [Self::Rsa2048, Self::Rsa4096, Self::P256, Self::P384, Self::Ed25519]
    }

    /// A new key. RSA takes its time, up to seconds for 4096 bits: make one and clone it.
    pub fn generate(self) -> Result<Key, PkiError> {
        let pair = match self {
            Self::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
            Self::Rsa4096 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_4096),
            Self::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            Self::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => ed25519(),
        };
        match pair {
            Ok(pair) => Ok(Key(Arc::new(pair))),
            Err(source) => Err(PkiError::Key { kind: self.to_string(), source }),
        }
    }
}

/// A key in the first version of PKCS#8: OpenSSL 3.0, and so curl, reads no other of Ed25519.
fn ed25519() -> Result<KeyPair, rcgen::Error> {
    let key = Ed25519KeyPair::generate().map_err(|_| rcgen::Error::RingUnspecified)?;
    let first: Pkcs8V1Der<'_> = key.as_der().map_err(|_| rcgen::Error::RingUnspecified)?;
    let der = PrivatePkcs8KeyDer::from(first.as_ref().to_vec());
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_ED25519)
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa4096 => "rsa-4096",
            Self::P256 => "p-256",
            Self::P384 => "p-384",
            Self::Ed25519 => "ed25519",
        })
    }
}

impl FromStr for KeyKind {
    type Err = UnknownKeyKind;

    fn from_str(name: &str) -> Result<Self, UnknownKeyKind> {
        let known = Self::all().into_iter().find(|kind| kind.to_string() == name);
        known.ok_or_else(|| UnknownKeyKind(name.to_owned()))
    }
}

/// A kind of key that is not made here.
#[derive(Debug, thiserror::Error)]
#[error("no key kind {0:?}; use rsa-2048, rsa-4096, p-256, p-384 or ed25519")]
pub struct UnknownKeyKind(String);

/// A private key with its public half. Clones share it.
#[derive(Debug, Clone)]
pub struct Key(Arc<KeyPair>);

impl Key {
    /// Reads a key from PEM (PKCS#8, and what else `rcgen` reads).
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        match KeyPair::from_pem(pem) {
            Ok(pair) => Ok(Self(Arc::new(pair))),
            Err(source) => Err(PkiError::Key { kind: "given".to_owned(), source }),
        }
    }

    /// The private key as PKCS#8 PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// The private key as PKCS#8 DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.0.serialized_der()
    }

    pub(super) fn pair(&self) -> &KeyPair {
        &self.0
    }
}
