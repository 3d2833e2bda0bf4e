//! The function as it is deployed: the release build, in what Lambda runs it in.
//!
//! `sam.rs` wants Docker, and is a program of its own.

#![cfg(test)]

mod artefact;
mod journey;
#[path = "../support/mod.rs"]
mod support;
