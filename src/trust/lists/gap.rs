//! What one list leaves open, in words for a log.

/// What leaves a certificate out of a list of its issuer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Gap {
    /// A delta list without a complete one of its scope.
    #[error(
        "a delta CRL alone clears nobody, and its base is missing: a complete CRL with the number {base} or \
         a later one"
    )]
    Base { base: String },
    #[error("a CRL is about user certificates alone (onlyContainsUserCerts), and this is a CA's")]
    UsersOnly,
    #[error("a CRL is about CA certificates alone (onlyContainsCACerts), and this is no CA's")]
    AuthoritiesOnly,
    /// Of other distribution points than the certificate.
    #[error("a CRL is for the distribution point {list}, and the certificate names {certificate}")]
    Point { list: String, certificate: String },
    /// Some reasons are answered for, and these are not.
    #[error("no CRL answers for the reasons {0}")]
    Reasons(String),
    /// Who signed it may revoke here, and not clear.
    #[error(
        "the CRL that covers it is signed by a key that leads to another anchor than the certificate, and so \
         can revoke and not clear"
    )]
    OtherAnchor,
}
