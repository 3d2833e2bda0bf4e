//! Signatures, by AWS-LC.

mod pss;

use der::{Encode, asn1::BitString, oid::db::rfc5912::RSA_ENCRYPTION};
use rustls::pki_types::{SignatureVerificationAlgorithm, alg_id};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use webpki::ALL_VERIFICATION_ALGS;

use crate::certificate::{Certificate, KeyKind, oid, rsa_sizes};

/// Whether the issuer's key made the signature of the certificate. Where it did, that is remembered with the
/// certificate: an intermediate that is read once is verified once.
pub(super) fn signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    if certificate.is_known_to_be_signed_by(issuer) {
        return true;
    }
    let decoded = certificate.parsed().decoded();
    let algorithm = decoded.tbs_certificate().signature();
    let key = issuer.public_key();
    let signed = holds(certificate.signed_part(), decoded.signature(), algorithm, key);
    if signed {
        certificate.remember_signer(issuer);
    }
    signed
}

/// Whether the key made `signature` over `message`. What the table does not list, such as SHA-1, MD5,
/// DSA or an RSA key under 2048 bits, does not hold; RSASSA-PSS with a longer salt than is listed does.
pub(super) fn holds(
    message: &[u8],
    signature: &BitString,
    signature_algorithm: &AlgorithmIdentifierOwned,
    key: &SubjectPublicKeyInfoOwned,
) -> bool {
    let (Ok(algorithm), Ok(key_algorithm), Some(signature), Some(public_key)) = (
        body(signature_algorithm),
        body(&key.algorithm),
        signature.as_bytes(),
        key.subject_public_key.as_bytes(),
    ) else {
        return false;
    };
    let suits = |listed: &&&dyn SignatureVerificationAlgorithm| {
        listed.signature_alg_id().as_ref() == algorithm
            && listed.public_key_alg_id().as_ref() == key_algorithm
    };
    let mut suitable = ALL_VERIFICATION_ALGS.iter().filter(suits).peekable();
    if suitable.peek().is_none() {
        return key_algorithm == alg_id::RSA_ENCRYPTION.as_ref()
            && pss::holds(message, signature, signature_algorithm, public_key);
    }
    suitable.any(|listed| listed.verify_signature(public_key, message, signature).is_ok())
}

/// What keeps a signature from being accepted, whatever its value.
pub(super) enum Fault {
    /// Its algorithm, by name.
    Algorithm(String),
    /// The key that it would be verified with: what it is.
    Key(String),
}

/// Why no signature by this algorithm and key is accepted, if none is. For whoever words a refusal.
pub(super) fn fault(
    algorithm: &AlgorithmIdentifierOwned,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<Fault> {
    let signed_with = body(algorithm).ok()?;
    let mut listed =
        ALL_VERIFICATION_ALGS.iter().filter(|it| it.signature_alg_id().as_ref() == signed_with);
    if listed.next().is_none() {
        match pss::read(algorithm) {
            None => return Some(Fault::Algorithm(oid::name(&algorithm.oid))),
            Some(Err(reason)) => return Some(Fault::Algorithm(reason)),
            Some(Ok(_)) => {}
        }
    }
    (!is_strong(key)).then(|| Fault::Key(KeyKind::of(key).in_words()))
}

/// Whether a key is of a type that the table lists, and of a size that it would verify with.
pub(super) fn is_strong(key: &SubjectPublicKeyInfoOwned) -> bool {
    let known = body(&key.algorithm).is_ok_and(|algorithm| {
        ALL_VERIFICATION_ALGS.iter().any(|known| known.public_key_alg_id().as_ref() == algorithm)
    });
    known
        && match KeyKind::of(key) {
            KeyKind::Rsa(bits) => bits >= 2048,
            KeyKind::Curve(_) => true,
            KeyKind::Other(_) => key.algorithm.oid != RSA_ENCRYPTION,
        }
}

/// How long a signature by this key takes to verify: as many of P-256, rounded up.
pub(super) fn effort(key: &SubjectPublicKeyInfoOwned) -> usize {
    match KeyKind::of(key) {
        KeyKind::Curve("P-384") => 4,
        KeyKind::Curve("P-521") => 10,
        KeyKind::Rsa(_) => match rsa_sizes(key) {
            Some((..=4096, ..=3)) => 2,
            _ => 10,
        },
        KeyKind::Curve(_) | KeyKind::Other(_) => 1,
    }
}

/// An AlgorithmIdentifier without its outer tag and length, the form in which the table lists it.
fn body(algorithm: &AlgorithmIdentifierOwned) -> der::Result<Vec<u8>> {
    let mut body = algorithm.oid.to_der()?;
    if let Some(parameters) = &algorithm.parameters {
        parameters.encode_to_vec(&mut body)?;
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use alb_mtls::pki::{Authority, KeyKind, Validity};
    use time::{Duration, macros::datetime};

    use super::*;

    /// A root of some name, with a key of its own.
    fn root() -> Certificate {
        let valid = Validity::around(datetime!(2026-06-01 12:00 UTC), Duration::days(30));
        let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), valid).unwrap();
        Certificate::from_der(root.der()).unwrap()
    }

    #[test]
    fn signature_is_its_issuers_and_nobody_elses_asked_once_or_again() {
        let (own, namesake) = (root(), root());
        for _ in 0..2 {
            assert!(signed_by(&own, &own));
            assert!(!signed_by(&own, &namesake));
        }
        assert!(own.is_known_to_be_signed_by(&own));
        assert!(!own.is_known_to_be_signed_by(&namesake));
    }

    #[test]
    fn newest_signer_is_remembered_however_many_there_were() {
        let (own, others) = (root(), [root(), root(), root()]);
        others.iter().for_each(|other| own.remember_signer(other));
        assert!(signed_by(&own, &own));
        assert!(own.is_known_to_be_signed_by(&own));
        assert!(others.iter().any(|other| !own.is_known_to_be_signed_by(other)));
    }
}
