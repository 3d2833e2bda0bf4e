//! Refreshes into a folder, from a web server of ours.

#![cfg(test)]

mod download;
mod judgement;
mod set;
mod stage;
#[path = "../support/mod.rs"]
mod support;
