//! CRLs, as several commands read them from a folder and tell of them.

mod details;
mod folder;
mod warnings;

pub(crate) use self::{
    details::Details,
    folder::{CrlFolder, Kept, set},
    warnings::{unsigned, warnings},
};
