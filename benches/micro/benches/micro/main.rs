//! What each step of a request costs by itself, one file for each noun.
//!
//! What a step works on is made beforehand, and making it is not timed: certificates at a fixed date, with keys that
//! are made for the run. `cargo bench -p micro -- path` measures the paths alone.

#![allow(clippy::print_stderr, reason = "a command talks to whoever ran it")]

use std::{fmt::Debug, process, time::Duration};

use alb_mtls_adapter::settings::Settings;
use divan::Divan;

mod body;
mod bundle;
mod event;
mod header;
mod list;
mod outgoing;
mod path;
mod pki;
mod response;
mod verdict;
mod worst;

fn main() {
    Divan::default()
        .min_time(Duration::from_millis(200))
        .max_time(Duration::from_millis(600))
        .config_with_args()
        .main();
}

/// What a measurement needs. Where it cannot be made there is nothing to measure, and the run ends.
fn made<T>(outcome: Result<T, impl Debug>) -> T {
    outcome.unwrap_or_else(|error| {
        eprintln!("not measured: {error:?}");
        process::exit(1)
    })
}

/// The settings that have no default, and every default. Nobody is at the gateway's address.
fn settings() -> Settings {
    let variables =
        [("GATEWAY_URL", "http://127.0.0.1:9"), ("TRUST_BUNDLE_SECRETS", pki::BUNDLE_NAME)];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    made(Settings::read(variables.map(owned)))
}
