//! CRLs that are kept outside the bundle, in a bucket: of any size, and renewed by themselves.

mod bucket;
mod error;
pub mod location;
pub mod manifest;
mod reading;
mod set;
mod shelf;

pub use self::{set::CrlSet, shelf::Shelf};
