//! The search for a path from the leaf to an anchor, and its validation.
//!
//! Only who could have issued whom is decided here, by name and signature. Whether a path is valid
//! (RFC 5280 section 6.1) is `certval`'s to say, with its key usage checks replaced by two of ours.

use std::{fmt, time::SystemTime};

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings, DeferDecodeSigned,
    Error, ExtensionProcessing, PDVCertificate, PDVExtension, PathValidationStatus, PkiEnvironment,
    TimeOfInterest, calculate_hash_rust_crypto, check_basic_constraints, check_critical_extensions,
    check_names, check_validity, policy_graph::check_certificate_policies_graph, verify_signatures,
};
use der::{
    Decode,
    oid::db::{
        rfc5280::ANY_EXTENDED_KEY_USAGE,
        rfc5912::{ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_KP_CLIENT_AUTH},
    },
};
use x509_cert::name::Name;

use super::{
    bundle::{Anchor, TrustBundle},
    signature,
};
use crate::certificate::{Certificate, PresentedChain, identity};

/// The most steps of a search: a signature that is checked, or a complete path that is validated.
/// An honest header of sixteen certificates needs fewer; certificates that sign each other in circles
/// would have factorially many paths.
const MAX_STEPS: usize = 100;

/// A valid path.
pub(super) struct Path<'a> {
    /// The intermediates, from the leaf's issuer upwards.
    pub(super) issuers: Vec<&'a Certificate>,
    /// Where it ends.
    pub(super) anchor: &'a Anchor,
}

/// Finds a valid path for the leaf.
pub(super) fn find<'a>(
    chain: &'a PresentedChain,
    bundle: &'a TrustBundle,
    now: SystemTime,
) -> Result<Path<'a>, PathError> {
    let now = time_of_interest(now)?;
    let mut search = Search { chain, bundle, now, steps: 0, reason: None };
    let mut issuers = Vec::new();
    match search.extend(&mut issuers) {
        Some(anchor) => Ok(Path { issuers, anchor }),
        None => Err(search
            .reason
            .unwrap_or_else(|| PathError::Untrusted { issuer: highest_issuer(chain) })),
    }
}

/// A depth-first search, in the order of the header, along signatures that hold.
struct Search<'a> {
    chain: &'a PresentedChain,
    bundle: &'a TrustBundle,
    now: TimeOfInterest,
    steps: usize,
    /// Why the first path that reached an anchor was refused.
    reason: Option<PathError>,
}

impl<'a> Search<'a> {
    /// Extends a path upwards until it ends in an anchor to which it is valid. Leaves the way there
    /// in `issuers`.
    fn extend(&mut self, issuers: &mut Vec<&'a Certificate>) -> Option<&'a Anchor> {
        let top = issuers.last().copied().unwrap_or(&self.chain.leaf);
        let issuer_name = folded(top.parsed().decoded().tbs_certificate().issuer());
        let anchors = self.bundle.anchors_named(&issuer_name);
        if let Some(anchor) = anchors.into_iter().find(|anchor| self.reaches(issuers, anchor)) {
            return Some(anchor);
        }
        for candidate in &self.chain.others {
            let repeated = candidate == &self.chain.leaf || issuers.contains(&candidate);
            if repeated || !self.issued(candidate, &issuer_name, top) {
                continue;
            }
            issuers.push(candidate);
            if let Some(anchor) = self.extend(issuers) {
                return Some(anchor);
            }
            issuers.pop();
        }
        None
    }

    /// Whether the path, ended by this anchor, is valid. Keeps the first reason against it.
    fn reaches(&mut self, issuers: &[&Certificate], anchor: &Anchor) -> bool {
        if !self.may_step() {
            return false;
        }
        match self.bundle.validator().validate(&self.chain.leaf, issuers, anchor, self.now) {
            Ok(()) => true,
            Err(reason) => {
                // That another key bears the anchor's name says less than any other reason.
                if matches!(self.reason, None | Some(PathError::Signature { .. })) {
                    self.reason = Some(reason);
                }
                false
            }
        }
    }

    /// Whether `candidate` carries the name and the key that signed `certificate`.
    fn issued(
        &mut self,
        candidate: &Certificate,
        issuer_name: &str,
        certificate: &Certificate,
    ) -> bool {
        let candidate = candidate.parsed().decoded().tbs_certificate();
        folded(candidate.subject()) == issuer_name
            && self.may_step()
            && self
                .bundle
                .validator()
                .signed_by(certificate.parsed(), candidate.subject_public_key_info())
    }

    fn may_step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= MAX_STEPS
    }
}

/// The name that nobody answered to: the issuer at the top of what the header holds together.
fn highest_issuer(chain: &PresentedChain) -> String {
    let mut top = &chain.leaf;
    for _ in &chain.others {
        let wanted = folded(top.parsed().decoded().tbs_certificate().issuer());
        let above = chain.others.iter().find(|candidate| {
            let subject = candidate.parsed().decoded().tbs_certificate().subject();
            *candidate != top && folded(subject) == wanted
        });
        match above {
            Some(above) => top = above,
            None => break,
        }
    }
    identity::name(top.parsed().decoded().tbs_certificate().issuer())
}

/// Judges complete paths.
pub(super) struct Validator {
    environment: PkiEnvironment,
}

impl Validator {
    pub(super) fn new() -> Self {
        let mut environment = PkiEnvironment::new();
        environment.clear_all_callbacks();
        environment.add_calculate_hash_callback(calculate_hash_rust_crypto);
        environment.add_verify_signature_message_callback(signature::verify);
        Self { environment }
    }

    /// The steps of `certval`'s own sequence, with key usage and extended key usage checked by us:
    /// its checks refuse a CA without keyUsage and a leaf whose only usage is anyExtendedKeyUsage.
    fn validate(
        &self,
        leaf: &Certificate,
        issuers: &[&Certificate],
        anchor: &Anchor,
        now: TimeOfInterest,
    ) -> Result<(), PathError> {
        let mut settings = anchor.settings().clone();
        settings.set_time_of_interest(now);
        let downwards = issuers.iter().rev().map(|issuer| issuer.parsed().clone()).collect();
        let path =
            CertificationPath::new(anchor.choice().clone(), downwards, leaf.parsed().clone());
        let mut results = CertificationPathResults::new();
        let environment = &self.environment;

        check_validity(environment, &settings, &path, &mut results)
            .and_then(|()| check_basic_constraints(environment, &settings, &path, &mut results))
            .and_then(|()| check_names(environment, &settings, &path, &mut results))
            .and_then(|()| {
                check_certificate_policies_graph(environment, &settings, &path, &mut results)
            })
            .map_err(|error| PathError::new(&error, results.get_failure_index(), &path))?;
        check_usages(&path, &mut results)?;
        check_critical_extensions(environment, &settings, &path, &mut results)
            .and_then(|()| verify_signatures(environment, &settings, &path, &mut results))
            .map_err(|error| PathError::new(&error, results.get_failure_index(), &path))
    }

    fn signed_by(
        &self,
        certificate: &PDVCertificate,
        key: &spki::SubjectPublicKeyInfoOwned,
    ) -> bool {
        DeferDecodeSigned::from_der(certificate.as_bytes()).is_ok_and(|signed| {
            let signature = certificate.decoded().signature();
            let algorithm = certificate.decoded().tbs_certificate().signature();
            self.environment
                .verify_signature_message(
                    &self.environment,
                    &signed.tbs_field,
                    signature,
                    algorithm,
                    key,
                )
                .is_ok()
        })
    }
}

/// How every path is judged, before the limits of an anchor and the time are added.
pub(super) fn settings() -> CertificationPathSettings {
    let mut settings = CertificationPathSettings::new();
    settings.set_enforce_trust_anchor_constraints(true);
    settings.set_enforce_trust_anchor_validity(true);
    settings
}

/// Key usage along the path: keyCertSign for who signs (RFC 5280 section 6.1.4 (n)),
/// digitalSignature for the leaf, which has signed a TLS handshake; and in every certificate that
/// names extended key usages, clientAuth or any (section 4.2.1.12). What is absent allows all.
fn check_usages(
    path: &CertificationPath,
    results: &mut CertificationPathResults,
) -> Result<(), PathError> {
    let mut processed = results.get_processed_extensions();
    processed.extend([ID_CE_KEY_USAGE, ID_CE_EXT_KEY_USAGE]);
    results.set_processed_extensions(processed);

    let anchor = std::iter::once((Member::Anchor(anchor_name(path)), extended(&path.trust_anchor)));
    let below = members(path).map(|(member, certificate)| (member, extended(certificate)));
    for (member, allowed) in anchor.chain(below) {
        if !allowed {
            return Err(PathError::ExtendedKeyUsage { member });
        }
    }
    for (member, certificate) in members(path) {
        let Ok(Some(PDVExtension::KeyUsage(usage))) = certificate.get_extension(&ID_CE_KEY_USAGE)
        else {
            continue;
        };
        let (allowed, missing) = match member {
            Member::Leaf => (usage.digital_signature(), "digitalSignature"),
            _ => (usage.key_cert_sign(), "keyCertSign"),
        };
        if !allowed {
            return Err(PathError::KeyUsage { member, missing });
        }
    }
    Ok(())
}

/// Whether extended key usage leaves room for client authentication.
fn extended(certificate: &impl ExtensionProcessing) -> bool {
    match certificate.get_extension(&ID_CE_EXT_KEY_USAGE) {
        Ok(Some(PDVExtension::ExtendedKeyUsage(usages))) => usages
            .0
            .iter()
            .any(|usage| *usage == ID_KP_CLIENT_AUTH || *usage == ANY_EXTENDED_KEY_USAGE),
        _ => true,
    }
}

/// The certificates below the anchor, from the top down.
fn members(path: &CertificationPath) -> impl Iterator<Item = (Member, &PDVCertificate)> {
    let issuers = path.intermediates.iter().map(|issuer| {
        let subject = issuer.decoded().tbs_certificate().subject();
        (Member::Issuer(identity::name(subject)), issuer)
    });
    issuers.chain(std::iter::once((Member::Leaf, &path.target)))
}

fn anchor_name(path: &CertificationPath) -> String {
    certval::get_trust_anchor_name(path.trust_anchor.decoded())
        .map_or_else(|_| "without a name".to_owned(), identity::name)
}

/// A name in the form in which two spellings of it are equal: string type, letter case and the
/// amount of white space do not count (RFC 5280 section 7.1).
pub(super) fn folded(name: &Name) -> String {
    let mut folded = String::new();
    for attribute in name.iter_rdn().flat_map(|rdn| rdn.iter()) {
        let value =
            certval::get_value_from_rdn(attribute).unwrap_or_else(|_| attribute.to_string());
        folded.push_str(&attribute.oid.to_string());
        for word in value.replace("\\ ", " ").to_lowercase().split_whitespace() {
            folded.push(' ');
            folded.push_str(word);
        }
        folded.push('\n');
    }
    folded
}

fn time_of_interest(now: SystemTime) -> Result<TimeOfInterest, PathError> {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| TimeOfInterest::from_unix_secs(since.as_secs()).ok())
        .filter(|now| !now.is_disabled())
        .ok_or(PathError::Clock)
}

/// A rule of `certval`'s in words.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::PathValidation(status) => match status {
            PathValidationStatus::MissingBasicConstraints
            | PathValidationStatus::InvalidBasicConstraints => {
                "is no CA certificate (RFC 5280 section 6.1.4 (k))".to_owned()
            }
            PathValidationStatus::InvalidPathLength => {
                "is followed by more certificates than a path length constraint allows \
                 (RFC 5280 section 6.1.4 (l))"
                    .to_owned()
            }
            PathValidationStatus::InvalidKeyUsage => {
                "may not sign certificates: keyCertSign is missing (RFC 5280 section 6.1.4 (n))"
                    .to_owned()
            }
            PathValidationStatus::NullPolicySet => {
                "shows no policy that the path requires (RFC 5280 section 6.1.5 (g))".to_owned()
            }
            PathValidationStatus::NameConstraintsViolation => {
                "has a name outside the name constraints of its issuers \
                 (RFC 5280 section 6.1.3 (b) and (c))"
                    .to_owned()
            }
            PathValidationStatus::UnprocessedCriticalExtension => {
                "has a critical extension that is not understood (RFC 5280 section 4.2)".to_owned()
            }
            other => format!("breaks a rule of RFC 5280 section 6.1: {other:?}"),
        },
        Error::Unrecognized => {
            "has a critical extension that is not understood (RFC 5280 section 4.2)".to_owned()
        }
        other => format!("cannot be processed: {other:?}"),
    }
}

/// Which certificate of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// The client's own.
    Leaf,
    /// An intermediate, by its subject.
    Issuer(String),
    /// The anchor, by its subject.
    Anchor(String),
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf => f.write_str("the client's certificate"),
            Self::Issuer(subject) => write!(f, "the intermediate {subject}"),
            Self::Anchor(subject) => write!(f, "the anchor {subject}"),
        }
    }
}

/// Why there is no valid path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nobody in the header or the bundle answers to a name.
    #[error(
        "no anchor of the trust bundle is called {issuer}, and the header brings no intermediate that leads to one"
    )]
    Untrusted {
        /// The issuer that was looked for.
        issuer: String,
    },
    /// A signature that the issuer's key did not make, or that uses an algorithm that is not trusted.
    #[error(
        "{member} is not signed by the key of its issuer, or with an algorithm that is not accepted"
    )]
    Signature {
        /// The certificate with the signature.
        member: Member,
    },
    /// After its `notAfter`.
    #[error("{member} has expired")]
    Expired {
        /// Which certificate.
        member: Member,
    },
    /// Before its `notBefore`.
    #[error("{member} is not valid yet")]
    NotYetValid {
        /// Which certificate.
        member: Member,
    },
    /// A key usage that forbids what the key was used for.
    #[error("the key usage of {member} lacks {missing} (RFC 5280 section 4.2.1.3)")]
    KeyUsage {
        /// Which certificate.
        member: Member,
        /// The usage that is needed.
        missing: &'static str,
    },
    /// Extended key usages without clientAuth.
    #[error("the extended key usages of {member} leave out clientAuth (RFC 5280 section 4.2.1.12)")]
    ExtendedKeyUsage {
        /// Which certificate.
        member: Member,
    },
    /// Another rule.
    #[error("{member} {rule}")]
    Rule {
        /// Which certificate.
        member: Member,
        /// The rule that it breaks, in words.
        rule: String,
    },
    /// A clock before 1970 or after the year 9999.
    #[error("the clock of this machine shows no time at which a certificate could be valid")]
    Clock,
}

impl PathError {
    /// `index` counts from the anchor, 0, down to the leaf.
    fn new(error: &Error, index: Option<u32>, path: &CertificationPath) -> Self {
        let below = index.and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
        let member = match (index, below.and_then(|below| members(path).nth(below))) {
            (_, Some((member, _))) => member,
            (Some(0), None) => Member::Anchor(anchor_name(path)),
            _ => Member::Leaf,
        };
        match error {
            Error::PathValidation(PathValidationStatus::InvalidNotAfterDate) => {
                Self::Expired { member }
            }
            Error::PathValidation(PathValidationStatus::InvalidNotBeforeDate) => {
                Self::NotYetValid { member }
            }
            Error::PathValidation(PathValidationStatus::SignatureVerificationFailure) => {
                Self::Signature { member }
            }
            other => Self::Rule { member, rule: words(other) },
        }
    }
}
