//! CRLs, as several commands tell of them.

mod details;
mod warnings;

pub(crate) use self::{
    details::Details,
    warnings::{unsigned, warnings},
};
