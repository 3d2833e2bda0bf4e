//! Proof that a presented certificate comes from the trust bundle.
//!
//! [`verify`] is the only way to a [`VerifiedClient`]. RFC 5280 is `certval`'s work, signatures are
//! AWS-LC's; what both leave open is closed here.
//!
//! Which of these files may use which: docs/design.md has the picture.

mod access;
mod anchor;
mod authentication;
mod basic_constraints;
pub mod bundle;
mod constraints;
mod contents;
mod critical;
pub mod crls;
mod hint;
mod known_client;
mod lists;
mod misgiving;
mod no_use;
mod path;
mod path_error;
mod policies;
pub mod revocation;
mod search;
mod signature;
pub mod store;
mod told;
mod turnstile;
mod usage;
mod validation;
mod verdicts;
mod verification;
mod verified_client;

pub use self::{
    access::Denial,
    authentication::{AuthenticationError, Policy, Unverified},
    hint::Hint,
    known_client::KnownClient,
    lists::Revocation,
    path_error::{Member, PathError, PinnedIssuer},
    told::{Headers, Presented, Told, Unencodable},
    turnstile::Crowded,
    verification::verify,
    verified_client::VerifiedClient,
};
pub(crate) use self::{
    authentication::{Authentication, Trust},
    told::Tell,
};
