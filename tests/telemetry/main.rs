//! The line that each request leaves in the log.

#![cfg(test)]

mod line;
mod metrics;
#[path = "../support/mod.rs"]
mod support;

/// What Lambda sets: there are metrics then.
const IN_LAMBDA: (&str, &str) = ("AWS_LAMBDA_FUNCTION_NAME", "adapter");

/// A gateway that is not there.
const NOBODY: (&str, &str) = ("GATEWAY_URL", "http://127.0.0.1:9");
