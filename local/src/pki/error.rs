use crate::random::NoRandomness;

/// Why a certificate or key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A key was not generated or not read.
    #[error("no {kind} key: {source}")]
    Key {
        /// The kind that was asked for, or "given" for a key that was read.
        kind: String,
        /// What the library said.
        source: rcgen::Error,
    },
    /// A certificate was not signed.
    #[error("no certificate for {name:?}: {source}")]
    Certificate {
        /// The common name of the certificate.
        name: String,
        /// What the library said.
        source: rcgen::Error,
    },
    /// A name that is not ASCII was asked for as a subject alternative name.
    #[error("{value:?} cannot be a subject alternative name: {source}")]
    AlternativeName {
        /// The name as given.
        value: String,
        /// What the library said.
        source: rcgen::Error,
    },
    /// No serial number could be drawn.
    #[error("no serial number: {0}")]
    Serial(#[from] NoRandomness),
}
