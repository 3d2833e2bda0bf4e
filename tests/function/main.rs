//! The whole function, without a part that this machine has not got.
//!
//! `freeze.rs`, `freeze_trust.rs` and `strangers.rs` judge time or memory, and are programs of their own.

#![cfg(test)]

mod events;
mod forgery;
mod start;
#[path = "../support/mod.rs"]
mod support;
