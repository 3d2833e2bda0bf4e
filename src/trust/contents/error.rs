//! Why sources are no trust bundle.

use crate::{
    certificate::{DerFault, mistaken::Mistaken, pem::PemError},
    printable::printable_within,
    secrets::Place,
    trust::{access::RuleError, lists::ListFault, no_use::Warning},
};

/// Why sources are no trust bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Nothing that anybody could be trusted by.
    #[error("the trust bundle is empty: no usable anchor or pinned certificate in {sources}{}", listed(.warnings))]
    Empty {
        /// The names of the sources.
        sources: String,
        /// What is there and is of no use.
        warnings: Vec<Warning>,
    },
    /// Text that is not PEM.
    #[error("trust bundle: {at} cannot be read: {error}")]
    Pem {
        /// Which entry.
        at: Place,
        /// What is wrong, and at which byte of the text.
        error: PemError,
    },
    /// Something else than PEM or a document, which is known by sight.
    #[error("trust bundle: {source_name} cannot be read: {looks_like}")]
    Mistaken {
        /// The name of the source.
        source_name: String,
        /// What it is.
        looks_like: Mistaken,
    },
    /// Text without a block.
    #[error("trust bundle: {source_name} holds no PEM: no line is -----BEGIN CERTIFICATE-----")]
    NoBlock {
        /// The name of the source.
        source_name: String,
    },
    /// The same, in a document.
    #[error("trust bundle: a text under \"{key}\" in {source_name} holds no PEM: {}", told(.looks_like.as_ref()))]
    NoBlockUnder {
        /// The name of the source.
        source_name: String,
        /// The key of the document.
        key: &'static str,
        /// What it is, if that is known by sight.
        looks_like: Option<Mistaken>,
    },
    /// A block that does not belong where it is, as a private key.
    #[error("trust bundle: {at} is a \"{label}\", and a \"{expected}\" belongs there")]
    Label {
        /// Which entry.
        at: Place,
        /// What its BEGIN line says.
        label: String,
        /// What it should say.
        expected: &'static str,
    },
    /// A block that is no certificate.
    #[error("trust bundle: {at} {fault}")]
    Malformed {
        /// Which entry.
        at: Place,
        /// What is wrong with it.
        fault: DerFault,
    },
    /// A block that is no list of revoked certificates.
    #[error("trust bundle: {at} {fault}")]
    List {
        /// Which entry.
        at: Place,
        /// What is wrong with it.
        fault: ListFault,
    },
    /// Bytes that begin as gzip does and do not go on like it.
    #[error("trust bundle: {source_name} cannot be unpacked: {reason}")]
    Gzip {
        /// The name of the source.
        source_name: String,
        /// What the decoder says.
        reason: String,
    },
    /// More than is read.
    #[error("trust bundle: {source_name} has more than 16 MiB")]
    TooLarge {
        /// The name of the source.
        source_name: String,
    },
    /// A document that is no JSON, or has a key that is not known.
    #[error("trust bundle: {source_name} is no document as expected: {reason}")]
    Document {
        /// The name of the source.
        source_name: String,
        /// What is wrong, and at which line and column.
        reason: String,
    },
    /// A key of the document that holds what it may not.
    #[error("trust bundle: \"{key}\" in {source_name} is not {expected}")]
    Key {
        /// The name of the source.
        source_name: String,
        /// The key.
        key: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// An object under "pinned" that cannot be understood.
    #[error("trust bundle: {at} is no pinned certificate: {reason}")]
    Pin {
        /// Which entry.
        at: Place,
        /// What belongs there.
        reason: String,
    },
    /// A rule of who may pass that cannot be understood.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

fn told(looks_like: Option<&Mistaken>) -> String {
    looks_like
        .map_or_else(|| "no line is -----BEGIN CERTIFICATE-----".to_owned(), ToString::to_string)
}

/// The first few of what is of no use.
fn listed(warnings: &[Warning]) -> String {
    const SHOWN: usize = 5;
    // What a line of the log can bear.
    const MOST: usize = 2048;
    let text: String = warnings.iter().take(SHOWN).map(|warning| format!("; {warning}")).collect();
    let mut text = printable_within(MOST, &text);
    if let Some(more) = warnings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("; and {more} more"));
    }
    text
}
