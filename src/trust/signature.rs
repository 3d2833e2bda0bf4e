//! Signatures, by AWS-LC, for the path validator.

use certval::{Error, PathValidationStatus, PkiEnvironment};
use der::{Encode, asn1::BitString, oid::db::rfc5912::RSA_ENCRYPTION};
use rustls::pki_types::SignatureVerificationAlgorithm;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use webpki::ALL_VERIFICATION_ALGS;
use x509_parser::{prelude::FromDer, public_key::PublicKey};

/// Verifies `signature` over `message`. What the table does not list, such as SHA-1, MD5, DSA or an
/// RSA key under 2048 bits, does not verify.
pub(super) fn verify(
    _: &PkiEnvironment,
    message: &[u8],
    signature: &BitString,
    signature_algorithm: &AlgorithmIdentifierOwned,
    key: &SubjectPublicKeyInfoOwned,
) -> certval::Result<()> {
    let signature_algorithm = body(signature_algorithm)?;
    let key_algorithm = body(&key.algorithm)?;
    let (Some(signature), Some(public_key)) =
        (signature.as_bytes(), key.subject_public_key.as_bytes())
    else {
        return Err(FAILED);
    };
    let suits = |algorithm: &&&dyn SignatureVerificationAlgorithm| {
        algorithm.signature_alg_id().as_ref() == signature_algorithm
            && algorithm.public_key_alg_id().as_ref() == key_algorithm
    };
    ALL_VERIFICATION_ALGS
        .iter()
        .filter(suits)
        .any(|algorithm| algorithm.verify_signature(public_key, message, signature).is_ok())
        .then_some(())
        .ok_or(FAILED)
}

/// Whether a key is of a type that the table lists, and of a size that it would verify with.
pub(super) fn is_strong(key: &SubjectPublicKeyInfoOwned) -> bool {
    let known = body(&key.algorithm).is_ok_and(|algorithm| {
        ALL_VERIFICATION_ALGS.iter().any(|known| known.public_key_alg_id().as_ref() == algorithm)
    });
    known && (key.algorithm.oid != RSA_ENCRYPTION || rsa_bits(key).is_some_and(|bits| bits >= 2048))
}

fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<usize> {
    let der = key.to_der().ok()?;
    let (_, key) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&der).ok()?;
    match key.parsed().ok()? {
        PublicKey::RSA(key) => Some(key.key_size()),
        _ => None,
    }
}

const FAILED: Error = Error::PathValidation(PathValidationStatus::SignatureVerificationFailure);

/// An AlgorithmIdentifier without its outer tag and length, the form in which the table lists it.
fn body(algorithm: &AlgorithmIdentifierOwned) -> certval::Result<Vec<u8>> {
    let mut body = algorithm.oid.to_der()?;
    if let Some(parameters) = &algorithm.parameters {
        parameters.encode_to_vec(&mut body)?;
    }
    Ok(body)
}
