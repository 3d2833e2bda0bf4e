//! What the load balancer gets.

#![cfg(test)]

mod answer;
#[path = "../support/mod.rs"]
mod support;
