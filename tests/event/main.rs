//! What the load balancer delivered.

#![cfg(test)]

mod conformance;
mod delivered;
#[path = "../support/mod.rs"]
mod support;
