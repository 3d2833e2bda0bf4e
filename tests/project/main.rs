//! What stands around the function: its documents, its releases, and what runs on GitHub.

#![cfg(test)]

mod documentation;
#[cfg(feature = "real-parts")]
mod release;
#[path = "../support/mod.rs"]
mod support;
#[cfg(feature = "real-parts")]
mod workflows;
