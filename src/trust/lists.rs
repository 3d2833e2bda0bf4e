//! Lists of revoked certificates (RFC 5280 section 5), as they stand in a bundle: read, and not judged by.

pub(super) mod by_issuer;
mod doubt;
mod entries;
mod entry;
mod extension;
mod fault;
mod frame;
mod gap;
mod indexing;
mod limitation;
pub(super) mod list;
mod number;
mod reading;
pub(super) mod reasons;
pub(super) mod relation;
mod scope;
mod setting;
pub(super) mod subject;
mod succession;
mod uncovered;

pub use self::{
    doubt::Doubt, fault::ListFault, limitation::Limitation, list::RevocationList,
    number::CrlNumber, reading::Reading, scope::Scope, setting::Revocation, succession::Succession,
    uncovered::Uncovered,
};
