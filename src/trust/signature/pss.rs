//! RSASSA-PSS as the table of algorithms does not list it: with a salt that is longer than the digest.
//!
//! OpenSSL 3.0 takes the longest that the key has room for, unless it is told otherwise: 222 bytes for RSA
//! with 2048 bits and SHA-256. A salt that is shorter than the digest makes the proof of security weaker, and
//! is not accepted; a longer one makes it no worse (RFC 8017 section 8.1).

use aws_lc_rs::signature::{
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPssSaltLength, VerificationAlgorithm,
};
use der::{
    Sequence,
    asn1::{Null, ObjectIdentifier},
    oid::db::rfc5912::{ID_MGF_1, ID_RSASSA_PSS, ID_SHA_256, ID_SHA_384, ID_SHA_512},
};
use spki::AlgorithmIdentifierOwned;

use crate::certificate::oid;

/// SHA-1, which is meant where no digest is named.
const ID_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// RSASSA-PSS-params (RFC 4055 section 3.1).
#[derive(Sequence)]
struct Parameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    digest: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// The algorithm to verify with, by its identifier: none where it is not RSASSA-PSS at all.
///
/// # Errors
///
/// What is not accepted of it, in words.
pub(super) fn read(algorithm: &AlgorithmIdentifierOwned) -> Option<Result<RsaParameters, String>> {
    (algorithm.oid == ID_RSASSA_PSS).then(|| {
        let unreadable = || "RSASSA-PSS with parameters that cannot be read".to_owned();
        let parameters = algorithm.parameters.as_ref().ok_or_else(unreadable)?;
        verifier(&parameters.decode_as().map_err(|_| unreadable())?)
    })
}

fn verifier(parameters: &Parameters) -> Result<RsaParameters, String> {
    let Some(digest) = digest(parameters.digest.as_ref()) else {
        return Err("RSASSA-PSS with parameters that cannot be read".to_owned());
    };
    let (algorithm, least) = match digest {
        ID_SHA_256 => (RSA_PSS_2048_8192_SHA256, 32),
        ID_SHA_384 => (RSA_PSS_2048_8192_SHA384, 48),
        ID_SHA_512 => (RSA_PSS_2048_8192_SHA512, 64),
        other => return Err(format!("RSASSA-PSS with {}", oid::name(&other))),
    };
    if mask(parameters.mask.as_ref()) != Some(digest) {
        return Err("RSASSA-PSS with different digests for message and mask".to_owned());
    }
    if parameters.trailer.is_some_and(|trailer| trailer != 1) {
        return Err("RSASSA-PSS with an unknown trailer".to_owned());
    }
    match parameters.salt.unwrap_or(20) {
        salt if salt >= least => Ok(algorithm.with_pss_salt_length(RsaPssSaltLength::Custom(salt))),
        salt => Err(format!(
            "RSASSA-PSS with {} and a salt of {salt} bytes, where {least} are the least",
            oid::name(&digest)
        )),
    }
}

/// A digest without parameters, which are NULL or left out (RFC 4055 section 2.1).
fn digest(algorithm: Option<&AlgorithmIdentifierOwned>) -> Option<ObjectIdentifier> {
    let Some(algorithm) = algorithm else { return Some(ID_SHA_1) };
    let is_plain = algorithm.parameters.as_ref().is_none_or(|it| it.decode_as::<Null>().is_ok());
    is_plain.then_some(algorithm.oid)
}

/// The digest of the mask, where its function is MGF1.
fn mask(algorithm: Option<&AlgorithmIdentifierOwned>) -> Option<ObjectIdentifier> {
    let Some(algorithm) = algorithm else { return Some(ID_SHA_1) };
    let inner: Option<AlgorithmIdentifierOwned> =
        algorithm.parameters.as_ref().and_then(|inner| inner.decode_as().ok());
    digest(Some(&inner.filter(|_| algorithm.oid == ID_MGF_1)?))
}

/// Whether the RSA key made the signature.
pub(super) fn holds(
    message: &[u8],
    signature: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
    key: &[u8],
) -> bool {
    matches!(read(algorithm), Some(Ok(it)) if it.verify_sig(key, message, signature).is_ok())
}
