//! Keys and what they sign, by OpenSSL, which also makes what nobody should use.

use std::{collections::HashMap, path::PathBuf};

use alb_mtls::pki::rcgen::{KeyPair, SigningKey};
use futures_util::future::join_all;
use tempfile::TempDir;

use crate::{
    der::{oid, sequence, tagged},
    support::real_parts::openssl,
};

/// Every key, by name: one for each certificate of a path, and one of each type for leaf and issuer.
pub(crate) struct Keys {
    keys: HashMap<&'static str, Key>,
    folder: TempDir,
}

struct Key {
    file: PathBuf,
    public: Vec<u8>,
    /// None where the key is not for signatures.
    usual: Option<Algorithm>,
    /// For the usual algorithm, where the library has it: a process for each signature takes its time.
    quick: Option<KeyPair>,
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    EcdsaSha1,
    EcdsaSha224,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
    RsaMd5,
    RsaSha1,
    RsaSha256,
    RsaSha512,
    RsaPssSha256,
    Ed25519,
    Ed448,
}

use Algorithm::{EcdsaSha256, EcdsaSha384, EcdsaSha512, Ed448, Ed25519, RsaPssSha256, RsaSha256};

/// Name, what `openssl genpkey` is told, and the usual signature.
const KINDS: [(&str, &str, Option<Algorithm>); 27] = [
    ("anchor", P256, Some(EcdsaSha256)),
    ("upper", P256, Some(EcdsaSha256)),
    ("issuer", P256, Some(EcdsaSha256)),
    ("leaf", P256, Some(EcdsaSha256)),
    ("stranger", P256, Some(EcdsaSha256)),
    ("leaf RSA-512", "RSA -pkeyopt rsa_keygen_bits:512", Some(RsaSha256)),
    ("leaf RSA-1024", "RSA -pkeyopt rsa_keygen_bits:1024", Some(RsaSha256)),
    ("leaf RSA-2047", "RSA -pkeyopt rsa_keygen_bits:2047", Some(RsaSha256)),
    ("leaf RSA-2048", "RSA -pkeyopt rsa_keygen_bits:2048", Some(RsaSha256)),
    ("leaf RSA-3072", "RSA -pkeyopt rsa_keygen_bits:3072", Some(RsaSha256)),
    ("leaf RSA-PSS", "RSA-PSS -pkeyopt rsa_keygen_bits:2048", Some(RsaPssSha256)),
    ("leaf P-224", "EC -pkeyopt ec_paramgen_curve:P-224", Some(EcdsaSha256)),
    ("leaf P-384", "EC -pkeyopt ec_paramgen_curve:P-384", Some(EcdsaSha384)),
    ("leaf P-521", "EC -pkeyopt ec_paramgen_curve:P-521", Some(EcdsaSha512)),
    ("leaf secp256k1", "EC -pkeyopt ec_paramgen_curve:secp256k1", Some(EcdsaSha256)),
    ("leaf Ed25519", "ED25519", Some(Ed25519)),
    ("leaf Ed448", "ED448", Some(Ed448)),
    ("leaf X25519", "X25519", None),
    ("issuer RSA-1024", "RSA -pkeyopt rsa_keygen_bits:1024", Some(RsaSha256)),
    ("issuer RSA-2048", "RSA -pkeyopt rsa_keygen_bits:2048", Some(RsaSha256)),
    ("issuer RSA-3072", "RSA -pkeyopt rsa_keygen_bits:3072", Some(RsaSha256)),
    ("issuer P-224", "EC -pkeyopt ec_paramgen_curve:P-224", Some(EcdsaSha256)),
    ("issuer P-384", "EC -pkeyopt ec_paramgen_curve:P-384", Some(EcdsaSha384)),
    ("issuer P-521", "EC -pkeyopt ec_paramgen_curve:P-521", Some(EcdsaSha512)),
    ("issuer secp256k1", "EC -pkeyopt ec_paramgen_curve:secp256k1", Some(EcdsaSha256)),
    ("issuer Ed25519", "ED25519", Some(Ed25519)),
    ("issuer Ed448", "ED448", Some(Ed448)),
];

const P256: &str = "EC -pkeyopt ec_paramgen_curve:P-256";

impl Keys {
    pub(crate) async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = KINDS.map(async |(name, options, usual)| {
            let file = folder.path().join(name.replace(' ', "-"));
            let path = file.display();
            let arguments = format!("genpkey -algorithm {options} -out {path}");
            openssl(arguments.split_whitespace()).await;
            let arguments = format!("pkey -in {path} -pubout -outform DER");
            let public = openssl(arguments.split_whitespace()).await;
            let quick = KeyPair::from_pem(&std::fs::read_to_string(&file).unwrap()).ok();
            (name, Key { file, public, usual, quick })
        });
        let keys = join_all(keys).await.into_iter().collect();
        Self { keys, folder }
    }

    /// The SubjectPublicKeyInfo.
    pub(crate) fn public(&self, name: &str) -> &[u8] {
        &self.keys[name].public
    }

    pub(crate) fn usual(&self, name: &str) -> Option<Algorithm> {
        self.keys[name].usual
    }

    pub(crate) fn can_sign(&self, name: &str, algorithm: Algorithm) -> bool {
        self.usual(name).is_some_and(|usual| usual.family() == algorithm.family())
    }

    pub(crate) async fn sign(&self, name: &str, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let key = &self.keys[name];
        match &key.quick {
            Some(pair) if Some(algorithm) == key.usual => pair.sign(message).unwrap(),
            _ => self.sign_with_openssl(key, algorithm, message).await,
        }
    }

    async fn sign_with_openssl(&self, key: &Key, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let input = self.folder.path().join("message");
        std::fs::write(&input, message).unwrap();
        let (key, input) = (key.file.display(), input.display());
        let arguments = match algorithm.digest() {
            Some(digest) => {
                format!("dgst -{digest} -sign {key} {} {input}", algorithm.options())
            }
            None => format!("pkeyutl -sign -rawin -inkey {key} -in {input}"),
        };
        openssl(arguments.split_whitespace()).await
    }
}

impl Algorithm {
    /// The AlgorithmIdentifier.
    pub(crate) fn identifier(self) -> Vec<u8> {
        let null = || vec![0x05, 0x00];
        match self {
            Self::EcdsaSha1 => sequence([oid("1.2.840.10045.4.1")]),
            Self::EcdsaSha224 => sequence([oid("1.2.840.10045.4.3.1")]),
            EcdsaSha256 => sequence([oid("1.2.840.10045.4.3.2")]),
            EcdsaSha384 => sequence([oid("1.2.840.10045.4.3.3")]),
            EcdsaSha512 => sequence([oid("1.2.840.10045.4.3.4")]),
            Self::RsaMd5 => sequence([oid("1.2.840.113549.1.1.4"), null()]),
            Self::RsaSha1 => sequence([oid("1.2.840.113549.1.1.5"), null()]),
            RsaSha256 => sequence([oid("1.2.840.113549.1.1.11"), null()]),
            Self::RsaSha512 => sequence([oid("1.2.840.113549.1.1.13"), null()]),
            RsaPssSha256 => sequence([oid("1.2.840.113549.1.1.10"), pss_parameters()]),
            Ed25519 => sequence([oid("1.3.101.112")]),
            Ed448 => sequence([oid("1.3.101.113")]),
        }
    }

    /// What sort of key it takes.
    fn family(self) -> &'static str {
        match self {
            Self::EcdsaSha1 | Self::EcdsaSha224 | EcdsaSha256 | EcdsaSha384 | EcdsaSha512 => "EC",
            Self::RsaMd5 | Self::RsaSha1 | RsaSha256 | Self::RsaSha512 | RsaPssSha256 => "RSA",
            Ed25519 => "Ed25519",
            Ed448 => "Ed448",
        }
    }

    fn digest(self) -> Option<&'static str> {
        match self {
            Self::RsaMd5 => Some("md5"),
            Self::EcdsaSha1 | Self::RsaSha1 => Some("sha1"),
            Self::EcdsaSha224 => Some("sha224"),
            EcdsaSha256 | RsaSha256 | RsaPssSha256 => Some("sha256"),
            EcdsaSha384 => Some("sha384"),
            EcdsaSha512 | Self::RsaSha512 => Some("sha512"),
            Ed25519 | Ed448 => None,
        }
    }

    fn options(self) -> &'static str {
        match self {
            RsaPssSha256 => "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32",
            _ => "",
        }
    }
}

/// SHA-256, MGF1 with SHA-256, a salt of 32 bytes (RFC 4055 section 3.1).
fn pss_parameters() -> Vec<u8> {
    let sha256 = || sequence([oid("2.16.840.1.101.3.4.2.1"), vec![0x05, 0x00]]);
    let mgf1 = sequence([oid("1.2.840.113549.1.1.8"), sha256()]);
    sequence([tagged(0xa0, sha256()), tagged(0xa1, mgf1), tagged(0xa2, [0x02, 0x01, 0x20])])
}
