//! Why bytes are no list of revoked certificates.

/// Why bytes are no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// By what stands around the entries.
    #[error("is no list of revoked certificates in DER: {0}")]
    Frame(String),
    /// A part is longer than is read.
    #[error("has an {what} of {bytes} bytes, and at most {most} are read")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// By an entry, counted from 1.
    #[error("is no list of revoked certificates in DER: its entry {number}: {reason}")]
    Entry {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<der::Error> for ListFault {
    fn from(error: der::Error) -> Self {
        Self::Frame(error.to_string())
    }
}
