//! The signatures of the fixed authorities, so that what the fuzzer makes of a certificate or a list is signed.

use std::sync::LazyLock;

use aws_lc_rs::signature::Ed25519KeyPair;
use der::{
    Encode, Tag,
    asn1::{Any, BitString},
};

use crate::pki;

/// The certificates that the fixed authorities issued.
const CERTIFICATES: &str = include_str!("../pki/signing.pem");

/// `Signing Root`, which is the one anchor.
pub static ROOT: LazyLock<Vec<u8>> = LazyLock::new(|| pki::blocks(CERTIFICATES).swap_remove(0));
/// A client of that root, with a distribution point.
pub static CLIENT: LazyLock<Vec<u8>> = LazyLock::new(|| pki::blocks(CERTIFICATES).swap_remove(3));

/// An authority with a fixed key.
#[derive(Debug, Clone, Copy)]
pub enum Signer {
    /// `Signing Root`.
    Root,
    /// Both authorities of the name `Signing Issuing`.
    Issuing,
}

/// AlgorithmIdentifier of Ed25519 (RFC 8410).
const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];

impl Signer {
    /// A certificate or list out of its signed part.
    pub fn sign(self, signed_part: &[u8]) -> Vec<u8> {
        let signature = self.key().sign(signed_part);
        let signature = BitString::from_bytes(signature.as_ref()).and_then(|bits| bits.to_der());
        sequence(&[signed_part, ED25519, &signature.expect("a signature of ours")])
    }

    fn key(self) -> &'static Ed25519KeyPair {
        static KEYS: LazyLock<[Ed25519KeyPair; 2]> = LazyLock::new(|| {
            [1, 2].map(|byte| Ed25519KeyPair::from_seed_unchecked(&[byte; 32]).expect("32 bytes"))
        });
        match self {
            Self::Root => &KEYS[0],
            Self::Issuing => &KEYS[1],
        }
    }
}

fn sequence(content: &[&[u8]]) -> Vec<u8> {
    let any = Any::new(Tag::Sequence, content.concat());
    any.and_then(|any| any.to_der()).expect("less than 4 GiB")
}
