//! Who is a client of the trust bundle.
//!
//! `path_opinions/` takes all of the machine, and is a program of its own.

#![cfg(test)]

mod bundle;
mod client;
mod name_constraints;
mod named;
#[cfg(feature = "real-parts")]
mod pkits;
mod properties;
mod revocation;
mod server_pins;
#[path = "../support/mod.rs"]
mod support;
mod usual;
mod verdict;
