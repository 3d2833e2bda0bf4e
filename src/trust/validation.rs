//! The validation of a complete path, by RFC 5280 section 6.1.
//!
//! It is `certval`'s work, with its checks of key usage replaced and what it leaves open closed.

use certval::{
    CertificationPath, CertificationPathResults, DeferDecodeSigned, PDVCertificate, PkiEnvironment,
    TimeOfInterest, calculate_hash_rust_crypto, check_basic_constraints, check_validity,
    policy_graph::check_certificate_policies_graph, valid_at_time, verify_signatures,
};
use der::{Decode, oid::db::rfc5912::ID_KP_SERVER_AUTH};
use x509_cert::ext::pkix::KeyUsage;

use super::{
    constraints, critical,
    path::{Path, Purpose},
    path_error::{Member, PathError, anchor_name, members},
    signature,
    usage::{extended, may_sign_certificates, names_usage},
};
use crate::certificate::{Certificate, KeyKind, key_usage};

/// Judges complete paths.
pub(super) struct Validator {
    environment: PkiEnvironment,
}

impl Default for Validator {
    fn default() -> Self {
        let mut environment = PkiEnvironment::new();
        environment.clear_all_callbacks();
        environment.add_calculate_hash_callback(calculate_hash_rust_crypto);
        environment.add_verify_signature_message_callback(signature::verify);
        environment.add_signature_cache(Box::new(signature::Verified::default()));
        Self { environment }
    }
}

impl Validator {
    /// Whether the issuer's key made the signature of the certificate.
    pub(super) fn signed_by(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        DeferDecodeSigned::from_der(certificate.der()).is_ok_and(|signed| {
            let certificate = certificate.parsed().decoded();
            let key = issuer.parsed().decoded().tbs_certificate().subject_public_key_info();
            self.environment
                .verify_signature_message(
                    &self.environment,
                    &signed.tbs_field,
                    certificate.signature(),
                    certificate.tbs_certificate().signature(),
                    key,
                )
                .is_ok()
        })
    }

    /// The steps of `certval`'s own sequence, with key usage, extended key usage, names and critical extensions
    /// checked by us: its checks refuse a CA without keyUsage and a leaf whose only usage is
    /// anyExtendedKeyUsage, and name no extension; for names see [`constraints`]. That each issuer's name is its subject's is for the search to see to.
    pub(super) fn validate(&self, found: &Path<'_>, now: TimeOfInterest) -> Result<(), PathError> {
        let Path { target, purpose, issuers, anchor } = found;
        if *purpose == Purpose::Client {
            check_key(target)?;
            if target.is_ca() {
                return Err(PathError::IsCa);
            }
        }
        let mut settings = anchor.settings().clone();
        settings.set_time_of_interest(now);
        let downwards = issuers.iter().rev().map(|issuer| issuer.parsed().clone()).collect();
        let path =
            CertificationPath::new(anchor.choice().clone(), downwards, target.parsed().clone());
        let mut results = CertificationPathResults::new();
        let environment = &self.environment;

        check_validity(environment, &settings, &path, &mut results)
            .and_then(|()| check_basic_constraints(environment, &settings, &path, &mut results))
            .map_err(|error| PathError::new(&error, results.get_failure_index(), &path))?;
        constraints::check(found)?;
        check_certificate_policies_graph(environment, &settings, &path, &mut results)
            .map_err(|error| PathError::new(&error, results.get_failure_index(), &path))?;
        check_usages(&path, *purpose)?;
        members(&path)
            .try_for_each(|(member, certificate)| critical::check(certificate, || member))?;
        verify_signatures(environment, &settings, &path, &mut results)
            .map_err(|error| PathError::new(&error, results.get_failure_index(), &path))
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
        true => check_key_usage(Member::Leaf, leaf.parsed()),
        false => check_usage(Member::Leaf, leaf.parsed()),
    }
}

/// Key usage along the path: keyCertSign for who signs (RFC 5280 section 6.1.4 (n)),
/// digitalSignature for the leaf, which has signed a TLS handshake; and in every certificate that
/// names extended key usages, clientAuth or any (section 4.2.1.12). What is absent allows all.
fn check_usages(path: &CertificationPath, purpose: Purpose) -> Result<(), PathError> {
    if !extended(&path.trust_anchor) {
        return Err(PathError::ExtendedKeyUsage { member: Member::Anchor(anchor_name(path)) });
    }
    members(path)
        .filter(|(member, _)| purpose == Purpose::Client || *member != Member::Leaf)
        .try_for_each(|(member, certificate)| check_usage(member, certificate))
}

fn check_usage(member: Member, certificate: &PDVCertificate) -> Result<(), PathError> {
    if !extended(certificate) {
        return Err(PathError::ExtendedKeyUsage { member });
    }
    check_key_usage(member, certificate)
}

fn check_key_usage(member: Member, certificate: &PDVCertificate) -> Result<(), PathError> {
    let (allowed, missing) = match member {
        Member::Leaf => {
            (key_usage(certificate).is_none_or(KeyUsage::digital_signature), "digitalSignature")
        }
        _ => (may_sign_certificates(certificate), "keyCertSign"),
    };
    match allowed {
        true => Ok(()),
        false => Err(PathError::KeyUsage { member, missing }),
    }
}

/// The client's key, by which no signature of the path is made: one that could be broken is nobody's.
fn check_key(leaf: &Certificate) -> Result<(), PathError> {
    let key = leaf.parsed().decoded().tbs_certificate().subject_public_key_info();
    match signature::is_strong(key) {
        true => Ok(()),
        false => Err(PathError::KeyType { key: KeyKind::of(key).in_words() }),
    }
}
