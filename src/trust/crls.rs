//! CRLs that are kept outside the bundle, in a bucket: of any size, and renewed by themselves.

pub mod location;
pub mod manifest;
