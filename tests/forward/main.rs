//! What the gateway gets, and over which connection.
//!
//! `deadline.rs` and `hop.rs` judge time, and are programs of their own.

#![cfg(test)]

mod credentials;
mod request;
#[path = "../support/mod.rs"]
mod support;
