//! What the README promises is what the code knows.

use std::{collections::BTreeSet, process::Command};

use alb_mtls_adapter::settings;
use serde_json::Value;

const README: &str = include_str!("../../README.md");

/// The words in backticks of one column of the table under a heading.
fn column(heading: &str, column: usize) -> BTreeSet<String> {
    let section = README.split("\n## ").find(|section| section.starts_with(heading));
    let rows = section.into_iter().flat_map(str::lines).filter(|line| line.starts_with("| "));
    rows.filter_map(|row| row.split(" | ").nth(column))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

#[test]
fn settings_of_the_table_are_the_settings_that_are_read() {
    let known: BTreeSet<_> = settings::NAMES.into_iter().map(str::to_owned).collect();
    assert_eq!(column("Settings", 0), known);
}

#[test]
fn refusals_of_the_table_are_the_words_that_clients_are_given() {
    let source = include_str!("../../src/rejection.rs");
    let given: BTreeSet<_> = source
        .split("code: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    assert!(given.len() > 10, "{given:?}");
    assert_eq!(column("Refusals", 1), given);
}

#[test]
fn rust_that_is_asked_for_is_the_newest_that_a_dependency_asks_for() {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // What other machines need may not be there, and there may be no network to ask for it.
    let machine = said("rustc", &["--print", "host-tuple"]);
    let arguments = ["metadata", "--format-version=1", "--locked", "--offline"];
    let filter = ["--filter-platform", machine.trim()];
    let metadata = said(env!("CARGO"), &[&arguments[..], &filter].concat());
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = || metadata["packages"].as_array().into_iter().flatten();
    let newest = packages()
        .filter(|package| !package["source"].is_null())
        .filter_map(|package| package["rust_version"].as_str())
        .max_by_key(|version| {
            version.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>()
        });
    assert_eq!(Some(env!("CARGO_PKG_RUST_VERSION")), newest);
    assert!(README.contains(&format!("Rust {} or later", env!("CARGO_PKG_RUST_VERSION"))));
}
