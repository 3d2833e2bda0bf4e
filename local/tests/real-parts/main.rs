//! The commands beside the real parts: curl before them, and nginx, AWS's command line or a Secrets Manager behind.

#![cfg(test)]

mod curl;
mod hop;
#[path = "../support/mod.rs"]
mod support;
mod upload;
