//! Lists of revoked certificates (RFC 5280 section 5), as they stand in a bundle: read, and not judged by.

pub(super) mod by_issuer;
mod doubt;
mod gap;
mod limitation;
pub(super) mod list;
mod number;
pub(super) mod reasons;
pub(super) mod relation;
mod scope;
mod setting;
mod signed_part;
pub(super) mod subject;
mod succession;
mod uncovered;

pub use self::{
    doubt::Doubt,
    limitation::Limitation,
    list::{ListFault, RevocationList},
    number::CrlNumber,
    scope::Scope,
    setting::Revocation,
    succession::Succession,
    uncovered::Uncovered,
};
