//! Entries of a bundle that can be read and are of no use: in words, for the log and for who uploads it.

use std::fmt;

use super::{lists::Limitation, path_error::PathError};
use crate::{certificate::ACCEPTED_KEYS, secrets::Place};

/// An entry of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub place: Place,
    /// Whom it names: a certificate's subject, or a list's issuer.
    pub name: String,
    /// Why it is of no use.
    pub reason: NoUse,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is of no use: {}: {}", self.place, self.name, self.reason)
    }
}

/// Why an entry is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoUse {
    /// A certificate after its dates, or a list after the date of the next.
    #[error("it has expired")]
    Expired,
    /// An anchor or intermediate that may issue nothing.
    #[error("it is no CA certificate: no basic constraints say so (RFC 5280 section 4.2.1.9)")]
    NotCa,
    /// A key by which no signature is accepted.
    #[error("its key is not accepted: {0}; {ACCEPTED_KEYS}")]
    Key(String),
    /// A CA whose key usage forbids what it is there for.
    #[error("its key usage lacks keyCertSign (RFC 5280 section 4.2.1.3)")]
    KeyUsage,
    /// Extended key usages that leave clients out.
    #[error("its extended key usages leave out clientAuth (RFC 5280 section 4.2.1.12)")]
    ExtendedKeyUsage,
    /// A CA whose own limits cannot be kept to.
    #[error("it {0}")]
    Constraints(String),
    /// A client's certificate that could not pass.
    #[error("{0}")]
    Client(PathError),
    /// A list that answers for no certificate.
    #[error(transparent)]
    List(#[from] Limitation),
}
