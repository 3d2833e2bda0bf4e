//! Why lists leave something open, in words for a log.

use super::{limitation::Limitation, setting::Revocation, uncovered::Uncovered};

/// Why the lists of its issuer leave it open whether a certificate has been revoked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Doubt {
    /// There is none, and the setting demands one.
    #[error("the trust bundle holds none, and REVOCATION={0} demands one")]
    NoList(Revocation),
    /// Each is such as answers for nobody.
    #[error("none is of use: {0}")]
    Useless(Limitation),
    /// None, or none of those that name the certificate, is signed by whom it should be.
    #[error(
        "one that counts is not signed, with an algorithm that is accepted, by the key that issued the \
         certificate, nor by another key of that name that leads to the same anchor and may sign lists \
         (RFC 5280 section 6.3.3 (f) and (g))"
    )]
    NotAuthentic,
    /// None answers for this certificate and every reason.
    #[error("none answers for this certificate and every reason (RFC 5280 section 6.3.3): {0}")]
    NotCovered(Uncovered),
    /// Each that would answer is past its `nextUpdate`.
    #[error("the newest is out of date (RFC 5280 section 5.1.2.5)")]
    OutOfDate,
    /// Each that would answer is before its `thisUpdate`.
    #[error("the only one is not valid yet by this machine's clock (RFC 5280 section 5.1.2.4)")]
    NotBegun,
    /// Two contradict each other.
    #[error(
        "which of two is the newer cannot be told by their numbers and dates (RFC 5280 section 5.2.3)"
    )]
    NoOrder,
}
