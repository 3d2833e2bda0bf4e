//! Who goes on to the gateway, and every no.

#![cfg(test)]

mod mode;
mod rejection;
#[path = "../support/mod.rs"]
mod support;
