//! The commands, and the stand-in for S3, beside real parts: curl, nginx, AWS's command line, and servers of another
//! hand.

#![cfg(test)]

mod crl_bucket;
mod curl;
mod hop;
mod s3;
#[path = "../support/mod.rs"]
mod support;
mod upload;
