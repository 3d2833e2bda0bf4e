//! What the README promises is what the code knows.

use std::collections::BTreeSet;

use alb_mtls_adapter::settings;

const README: &str = include_str!("../README.md");

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
    let source = include_str!("../src/rejection.rs");
    let given: BTreeSet<_> = source
        .split("code: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    assert!(given.len() > 10, "{given:?}");
    assert_eq!(column("Refusals", 1), given);
}
