//! The validation of a complete path, by RFC 5280 section 6.1.
//!
//! `certval` reads certificates and judges dates, policies and single name constraints. The order of the steps is its
//! own, and what it leaves open is closed here.

use certval::{Error, PDVCertificate, PathValidationStatus, TimeOfInterest, valid_at_time};
use der::oid::db::rfc5912::ID_KP_SERVER_AUTH;
use x509_cert::ext::pkix::KeyUsage;

use super::{
    basic_constraints, constraints, critical,
    path::{Path, Purpose},
    path_error::{Member, PathError},
    policies, signature,
    usage::{extended, may_sign_certificates, names_usage},
};
use crate::certificate::{Certificate, KeyKind, key_usage};

/// Judges a path that is signed from the anchor down: the steps of RFC 5280 section 6.1, but for signatures. That each
/// of them holds, and each issuer's name is its subject's, is for the search to see to.
///
/// Key usage, extended key usage, names and critical extensions are judged more exactly than `certval` does: it refuses
/// a CA without keyUsage and a leaf whose only usage is anyExtendedKeyUsage, and names no extension.
pub(super) fn validate(path: &Path<'_>, now: TimeOfInterest) -> Result<(), PathError> {
    if path.purpose == Purpose::Client {
        check_key(path.target)?;
        if path.target.is_ca() {
            return Err(PathError::IsCa);
        }
    }
    check_validity(path, now)?;
    basic_constraints::check(path)?;
    constraints::check(path)?;
    policies::check(path)?;
    check_usages(path)?;
    path.downwards().try_for_each(|certificate| {
        critical::check(certificate.parsed(), || path.member(certificate))
    })?;
    path.downwards().try_for_each(|certificate| check_algorithm(path, certificate))
}

/// The target's dates first, since they say most, and then from the top down. The anchor's bind too.
fn check_validity(path: &Path<'_>, now: TimeOfInterest) -> Result<(), PathError> {
    let check = |certificate: &Certificate, member: &dyn Fn() -> Member| {
        valid_at_time(certificate.parsed().decoded().tbs_certificate(), now, true)
            .map(|_| ())
            .map_err(|error| PathError::of(&error, member()))
    };
    for certificate in [path.target].into_iter().chain(path.issuers.iter().rev().copied()) {
        check(certificate, &|| path.member(certificate))?;
    }
    check(path.anchor.certificate(), &|| path.anchor_member())
}

/// A certificate says twice by which algorithm it is signed (RFC 5280 section 4.1.1.2): what is not signed has to be
/// what is.
fn check_algorithm(path: &Path<'_>, certificate: &Certificate) -> Result<(), PathError> {
    let decoded = certificate.parsed().decoded();
    match decoded.tbs_certificate().signature() == decoded.signature_algorithm() {
        true => Ok(()),
        false => {
            let error = Error::PathValidation(PathValidationStatus::EncodingError);
            Err(PathError::of(&error, path.member(certificate)))
        }
    }
}

/// What holds for a leaf that is trusted by itself: who put it into the bundle vouches for its names
/// and for whoever signed it, not for its key, its dates and what it is for. Of the last, `accepts_server` waives
/// that it is made for servers alone, and nothing else.
pub(super) fn validate_pinned(
    leaf: &Certificate,
    accepts_server: bool,
    now: TimeOfInterest,
) -> Result<(), PathError> {
    check_key(leaf)?;
    valid_at_time(leaf.parsed().decoded().tbs_certificate(), now, true)
        .map_err(|error| PathError::of(&error, Member::Leaf))?;
    match accepts_server && names_usage(leaf.parsed(), &[ID_KP_SERVER_AUTH]) {
        true => check_key_usage(leaf.parsed(), true, &|| Member::Leaf),
        false => check_usage(leaf.parsed(), true, &|| Member::Leaf),
    }
}

/// Key usage along the path: keyCertSign for who signs (RFC 5280 section 6.1.4 (n)),
/// digitalSignature for the leaf, which has signed a TLS handshake; and in every certificate that
/// names extended key usages, clientAuth or any (section 4.2.1.12). What is absent allows all.
fn check_usages(path: &Path<'_>) -> Result<(), PathError> {
    if !extended(path.anchor.certificate().parsed()) {
        return Err(PathError::ExtendedKeyUsage { member: path.anchor_member() });
    }
    let is_judged =
        |certificate: &&Certificate| path.purpose == Purpose::Client || *certificate != path.target;
    path.downwards().filter(is_judged).try_for_each(|certificate| {
        let is_leaf = certificate == path.target;
        check_usage(certificate.parsed(), is_leaf, &|| path.member(certificate))
    })
}

fn check_usage(
    certificate: &PDVCertificate,
    is_leaf: bool,
    member: &dyn Fn() -> Member,
) -> Result<(), PathError> {
    if !extended(certificate) {
        return Err(PathError::ExtendedKeyUsage { member: member() });
    }
    check_key_usage(certificate, is_leaf, member)
}

fn check_key_usage(
    certificate: &PDVCertificate,
    is_leaf: bool,
    member: &dyn Fn() -> Member,
) -> Result<(), PathError> {
    let (allowed, missing) = match is_leaf {
        true => {
            (key_usage(certificate).is_none_or(KeyUsage::digital_signature), "digitalSignature")
        }
        false => (may_sign_certificates(certificate), "keyCertSign"),
    };
    match allowed {
        true => Ok(()),
        false => Err(PathError::KeyUsage { member: member(), missing }),
    }
}

/// The client's key, by which no signature of the path is made: one that could be broken is nobody's.
fn check_key(leaf: &Certificate) -> Result<(), PathError> {
    let key = leaf.public_key();
    match signature::is_strong(key) {
        true => Ok(()),
        false => Err(PathError::KeyType { key: KeyKind::of(key).in_words() }),
    }
}
