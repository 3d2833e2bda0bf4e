//! Why there is no path, in words for a log.

use std::fmt;

use certval::{Error, PDVCertificate, PathValidationStatus};

use super::{access::Denial, hint::Hint, lists::Doubt};
use crate::certificate::{ACCEPTED_KEYS, Certificate, identity};

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

impl Member {
    /// Which one it is of a path to `target`.
    pub(super) fn of(certificate: &Certificate, target: &Certificate) -> Self {
        match certificate == target {
            true => Self::Leaf,
            false => Self::issuer(certificate.parsed()),
        }
    }

    pub(super) fn issuer(certificate: &PDVCertificate) -> Self {
        Self::Issuer(identity::name(certificate.decoded().tbs_certificate().subject()))
    }
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

/// Who has issued a certificate, and is in the trust bundle as a client alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedIssuer {
    /// Its name.
    pub issuer: String,
    /// Why it is no CA; none where it could be an anchor, and is under "pinned".
    pub why: Option<&'static str>,
}

impl fmt::Display for PinnedIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its issuer {} is in the trust bundle, but ", self.issuer)?;
        match self.why {
            Some(why) => write!(f, "is no CA: {why} (RFC 5280 section 4.2.1.9)"),
            None => f.write_str("under \"pinned\" and not under \"anchors\""),
        }
    }
}

/// Why there is no valid path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nobody in the header or the bundle answers to a name.
    #[error(
        "no anchor of the trust bundle is called {issuer}, and the header brings no intermediate that leads to one{}",
        of_no_use
            .iter()
            .cloned()
            .chain(pinned.iter().map(ToString::to_string))
            .map(|warning| format!("; {warning}"))
            .collect::<String>()
    )]
    Untrusted {
        /// The issuer that was looked for.
        issuer: String,
        /// Entries of the bundle that have this name, and why they are of no use.
        of_no_use: Vec<String>,
        /// An issuer of the chain that the bundle has, though not as one.
        pinned: Option<PinnedIssuer>,
    },
    /// A signature that the issuer's key did not make.
    #[error("{member} is not signed by the key of its issuer (RFC 5280 section 6.1.3 (a))")]
    Signature {
        /// The certificate with the signature.
        member: Member,
    },
    /// A signature by an algorithm that is not accepted, whoever made it.
    #[error(
        "{member} is signed with {algorithm}, which is not accepted; have it issued with SHA-256"
    )]
    Algorithm {
        /// The certificate with the signature.
        member: Member,
        /// The algorithm by its name, or by its object identifier.
        algorithm: String,
    },
    /// A key of an issuer's that is too weak, or of a kind that is not known.
    #[error("the key of {member} is not accepted: {key}; {ACCEPTED_KEYS}")]
    IssuerKey {
        /// The issuer.
        member: Member,
        /// Type, size and curve.
        key: String,
    },
    /// The search was ended: certificates that sign each other offer too many ways, or too many names that
    /// are held against too many constraints.
    #[error(
        "the certificates of the header and of the trust bundle could have issued each other, or signed lists, \
         in so many ways, or have so many names under name constraints, that the search was ended"
    )]
    TooManyPaths,
    /// A key of the client's that is too weak, or of a kind that is not known.
    #[error("the client's key is not accepted: {key}; {ACCEPTED_KEYS}")]
    KeyType {
        /// Type, size and curve.
        key: String,
    },
    /// A CA certificate, presented as a client's.
    #[error(
        "the client's certificate is one of a CA (RFC 5280 section 4.2.1.9); a self-signed one is accepted where the trust bundle holds it in PEM text, or \
         under \"pinned\""
    )]
    IsCa,
    /// After its `notAfter`.
    #[error("{member} has expired (RFC 5280 section 4.1.2.5)")]
    Expired {
        /// Which certificate.
        member: Member,
    },
    /// Before its `notBefore`.
    #[error("{member} is not valid yet (RFC 5280 section 4.1.2.5)")]
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
    /// Named by a list of revoked certificates.
    #[error("{member} has been revoked, {reason}, by {issuer} (RFC 5280 section 6.3.3)")]
    Revoked {
        /// Which certificate.
        member: Member,
        /// What the list says of why.
        reason: &'static str,
        /// Whose list it is.
        issuer: String,
    },
    /// Neither named nor cleared by such a list.
    #[error("the lists of {issuer} leave open whether {member} has been revoked: {doubt}")]
    Undetermined {
        /// Which certificate.
        member: Member,
        /// Whose lists.
        issuer: String,
        /// What is missing.
        doubt: Doubt,
    },
    /// Valid, and kept out by a rule of the trust bundle's.
    #[error("the client's certificate is valid, and may not pass: {0}")]
    Denied(#[from] Denial),
    /// Another rule.
    #[error("{member} {rule}")]
    Rule {
        /// Which certificate.
        member: Member,
        /// The rule that it breaks, in words.
        rule: String,
    },
    /// Any of the others, and what may have gone wrong.
    #[error("{reason}; {hint}")]
    Hinted {
        /// The reason, which is none of this kind.
        reason: Box<PathError>,
        /// A guess, for people.
        hint: Hint,
    },
    /// A clock before 1970 or after the year 9999.
    #[error("the clock of this machine shows no time at which a certificate could be valid")]
    Clock,
}

impl PathError {
    /// The reason alone, without a guess at what may have gone wrong.
    pub fn reason(&self) -> &Self {
        match self {
            Self::Hinted { reason, .. } => reason,
            reason => reason,
        }
    }

    pub(super) fn with(self, hint: Option<Hint>) -> Self {
        match hint {
            Some(hint) => Self::Hinted { reason: Box::new(self), hint },
            None => self,
        }
    }

    /// Whether an authority or a list that was added to the bundle since could change the verdict.
    pub(crate) fn may_be_new(&self) -> bool {
        matches!(
            self.reason(),
            Self::Untrusted { .. }
                | Self::Signature { .. }
                | Self::Algorithm { .. }
                | Self::IssuerKey { .. }
                | Self::IsCa
                | Self::Undetermined { .. }
                | Self::Denied(Denial::NotAllowed)
        )
    }

    pub(super) fn of(error: &Error, member: Member) -> Self {
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
            other => format!("breaks a rule of RFC 5280 section 6.1: {other:?}"),
        },
        other => format!("cannot be processed: {other:?}"),
    }
}
