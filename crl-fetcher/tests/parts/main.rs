//! The fetcher between real parts: nginx, which serves what `openssl` signs, and moto's S3 and Secrets Manager.

#![cfg(test)]

mod authority;
mod emulated;
mod function;
mod journey;
mod large;
mod served;
mod stage;
#[path = "../support/mod.rs"]
mod support;
