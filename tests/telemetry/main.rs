//! The line that each request leaves in the log.

#![cfg(test)]

mod line;
mod metrics;
#[path = "../support/mod.rs"]
mod support;
