//! What may have gone wrong beyond the reason of a refusal, in words for a log.

/// What may have gone wrong, and so what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Hint {
    /// A chain with an issuer where the client's own certificate should be.
    #[error(
        "certificate {position} of the header, {subject}, looks like the client's: that one has to come first, \
         and each issuer after what it issued"
    )]
    Order {
        /// Where the certificate stands that is no issuer's; the first is 1.
        position: usize,
        /// Whose it is.
        subject: String,
    },
    /// Another certificate with the client's key, or with its names, is pinned. Names prove nothing: anybody can
    /// make a certificate with them.
    #[error(
        "another certificate with this client's key or names is pinned (sha256 {sha256}…, until {not_after}): if \
         its owner confirms that it was renewed, pin the new one too"
    )]
    Renewed {
        /// The first digits of the SHA-256 of the pinned one.
        sha256: String,
        /// When the pinned one ends.
        not_after: String,
    },
    /// A certificate that nobody else has issued.
    #[error(
        "the client's certificate is self-signed: pin it in the trust bundle, or have one issued by a CA of \
         the bundle"
    )]
    SelfSigned,
    /// An issuer that has expired, and has another key by now.
    #[error(
        "the trust bundle has another certificate of {issuer}, until {not_after}, with another key: have the one \
         below it issued anew"
    )]
    NewKey {
        /// Whose certificates both are.
        issuer: String,
        /// When the other one ends.
        not_after: String,
    },
}
