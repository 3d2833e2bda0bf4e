//! A header that holds no chain, and what it holds instead.

use std::fmt;

use super::{CertificateError, mistaken::Mistaken};

/// Why a header holds no chain, and what it is, if that is known by sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableHeader {
    /// What is wrong with it, and where.
    pub error: CertificateError,
    /// What it is.
    pub looks_like: Option<Mistaken>,
}

impl UnreadableHeader {
    /// Looks at a header value that cannot be read.
    pub fn new(error: CertificateError, header: &[u8]) -> Self {
        let by_sight = matches!(
            error,
            CertificateError::Percent(_) | CertificateError::Pem(_) | CertificateError::None
        );
        Self { error, looks_like: by_sight.then(|| Mistaken::header(header)).flatten() }
    }
}

impl From<CertificateError> for UnreadableHeader {
    fn from(error: CertificateError) -> Self {
        Self { error, looks_like: None }
    }
}

impl fmt::Display for UnreadableHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        self.looks_like.iter().try_for_each(|looks_like| write!(f, "; {looks_like}"))
    }
}

impl std::error::Error for UnreadableHeader {}
