//! The certificates out of the header.

#![cfg(test)]

mod header;
#[cfg(feature = "real-parts")]
mod second_opinions;
#[path = "../support/mod.rs"]
mod support;
