//! Why a list that can be read answers for nobody.

/// Why a list answers for no certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Limitation {
    /// Without a date for the next one, nothing tells when it is out of date.
    #[error("it has no nextUpdate (RFC 5280 section 5.1.2.5)")]
    NoNextUpdate,
    /// It lists certificates of other issuers than its own.
    #[error("it is an indirect list, and such are not used (RFC 5280 section 5.2.5)")]
    Indirect,
    /// It lists attribute certificates.
    #[error("it lists attribute certificates only (RFC 5280 section 5.2.5)")]
    AttributeCertificates,
    /// Its scope is more than one of users, CAs and attributes.
    #[error("its scope contradicts itself (RFC 5280 section 5.2.5)")]
    Scope,
    /// It continues a list and has no number to tell where.
    #[error("it is a delta list without a number (RFC 5280 section 5.2.4)")]
    DeltaWithoutNumber,
    /// A critical extension that is not understood, of the list or of an entry.
    #[error("it has a critical extension {0} that is not understood (RFC 5280 section 5.2)")]
    CriticalExtension(String),
    /// The same extension twice.
    #[error("it has the extension {0} twice (RFC 5280 section 4.2)")]
    ExtensionTwice(String),
    /// Extensions, in a version that has none.
    #[error("it is of version 1, which has no extensions, and has some (RFC 5280 section 5.1.2.1)")]
    Version,
    /// Two statements of how it is signed.
    #[error("it names two signature algorithms (RFC 5280 section 5.1.1.2)")]
    Signature,
}
