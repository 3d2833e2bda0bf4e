//! A small public-key infrastructure, made on the spot: keys, authorities and leaves.
//!
//! Every instant is the caller's, so that a test can stand at a fixed date. Nothing here judges a
//! certificate: an expired leaf, a leaf that is an authority, or an authority that borrows another's
//! name is made as readily as a good one.
//!
//! ```
//! use alb_mtls::pki::{Authority, KeyKind, Validity, chain_pem};
//! use time::{Duration, macros::datetime};
//!
//! let validity = Validity::starting(datetime!(2026-01-01 0:00 UTC), Duration::days(365));
//! let root = Authority::root("Example Root", KeyKind::P256.generate()?, validity)?;
//! let issuing = root.intermediate("Example Issuing", KeyKind::P256.generate()?, validity)?;
//! let leaf = issuing.leaf("client-1", validity).email("client-1@example.com").issue()?;
//! let presented = chain_pem([leaf.der(), issuing.der()]);
//! # assert_eq!(presented.matches("BEGIN CERTIFICATE").count(), 2);
//! # Ok::<(), alb_mtls::pki::PkiError>(())
//! ```

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::{Duration, OffsetDateTime};

pub use authority::Authority;
pub use key::{Key, KeyKind, UnknownKeyKind};
pub use leaf::{Leaf, LeafRequest};
pub use rcgen;

pub use crate::random::NoRandomness;

mod authority;
mod key;
mod leaf;

/// What PEM puts on a line (RFC 7468 section 2).
const PEM_COLUMNS: usize = 64;

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

/// From when to when a certificate is valid, both ends included, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first instant.
    pub not_before: OffsetDateTime,
    /// The last instant.
    pub not_after: OffsetDateTime,
}

impl Validity {
    /// Valid from `not_before` for `length`.
    #[must_use]
    pub fn starting(not_before: OffsetDateTime, length: Duration) -> Self {
        Self { not_before, not_after: not_before.saturating_add(length) }
    }

    /// Valid from a day before `instant` until `length` after it.
    #[must_use]
    pub fn around(instant: OffsetDateTime, length: Duration) -> Self {
        Self {
            not_before: instant.saturating_sub(Duration::DAY),
            not_after: instant.saturating_add(length),
        }
    }
}

/// One certificate as PEM: 64 columns, LF, a last LF.
#[must_use]
pub fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (column, character) in STANDARD.encode(der).chars().enumerate() {
        if column > 0 && column % PEM_COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

/// Several certificates as PEM, in the order given: leaf first, for what a client presents.
pub fn chain_pem<'a>(chain: impl IntoIterator<Item = &'a [u8]>) -> String {
    chain.into_iter().map(pem).collect()
}

/// SHA-256 over a certificate's DER, in lower-case hex.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    digest::digest(&digest::SHA256, der).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
