//! Why bytes are no certificate, in words for a log.

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DerFault {
    /// Not DER, or not the structure of RFC 5280 section 4.1.
    #[error("is no X.509 certificate in DER: {0}")]
    Encoding(String),
    /// The certificate ends before the bytes do.
    #[error("has {0} bytes after its end")]
    TrailingBytes(usize),
    /// An extension whose content cannot be read.
    #[error("has an extension {0} that cannot be read")]
    Extension(String),
    /// Extensions, in a version that has none (RFC 5280 section 4.1.2.1).
    #[error("is of version {0}, which has no extensions, and has some")]
    Version(u32),
    /// A qualifier of a critical policy that is not known (RFC 5280 section 4.2.1.4).
    #[error("has a critical policy with the qualifier {0}, which is not known")]
    Qualifier(String),
    /// A field that two parsers read differently.
    #[error("has a {0} that can be read in two ways")]
    Ambiguous(&'static str),
    /// Small in DER, and large when it is read.
    #[error("has more than {0}")]
    TooMany(&'static str),
    /// Names beyond what can be judged.
    #[error("has {0}")]
    Names(&'static str),
    /// The same extension more than once (RFC 5280 section 4.2).
    #[error("has the extension {0} twice")]
    ExtensionTwice(String),
}
