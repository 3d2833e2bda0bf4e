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

pub use authority::Authority;
pub use error::PkiError;
pub use fingerprint::fingerprint;
pub use key::{Key, KeyKind, UnknownKeyKind};
pub use leaf::{Leaf, LeafRequest};
pub use pem::{chain_pem, pem};
pub use rcgen;
pub use validity::Validity;

pub use crate::random::NoRandomness;

mod authority;
mod error;
mod fingerprint;
mod key;
mod leaf;
mod params;
mod pem;
mod validity;

#[cfg(test)]
mod tests;
