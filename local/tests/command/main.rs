//! What each command says and how it exits, by what it is called with.

#![cfg(test)]

mod bundle;
mod check;
mod crl_fetch;
mod crl_show;
mod crls;
mod demo;
mod event;
mod local;
mod rules;
mod s3;
#[path = "../support/mod.rs"]
mod support;
#[cfg(unix)]
mod upload_refused;
