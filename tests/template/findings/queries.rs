//! The saved queries, which are those of the runbook.

use serde_json::{Value, json};

use super::unless;
use crate::stacks::{Stack, text};

/// What the query is called that only those have who have CRLs fetched.
const FETCHER: &str = "What the CRL fetcher says";

const RUNBOOK: &str = include_str!("../../../docs/operations.md");

/// What is wrong with them.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    let told = told();
    let saved: Vec<_> = stack.all("AWS::Logs::QueryDefinition").collect();
    let fetches = !stack.parameters["CrlUrls"].is_empty();
    let due = told.iter().filter(|(words, _)| fetches || !words.contains(FETCHER));
    let missing = due.filter(|(words, query)| {
        !saved.iter().any(|(_, saved)| is(&saved["Properties"], words, query))
    });
    let missing: Vec<_> =
        missing.map(|(words, _)| format!("{words:?} is in the runbook, and not saved")).collect();
    let of_one = |(name, query): (&str, &Value)| {
        let query = &query["Properties"];
        let told = told.iter().any(|(words, told)| is(query, words, told));
        [
            unless(told, format!("{name}: is not in the runbook under that name")),
            unless(
                query["LogGroupNames"] == json!([log_of(name)]),
                format!("{name}: asks another log"),
            ),
        ]
    };
    saved.into_iter().flat_map(of_one).flatten().chain(missing).collect()
}

/// The one whose words it asks for.
fn log_of(query: &str) -> &'static str {
    match query {
        "WhatTheFetcherSaysQuery" => "<CrlFetcherLog>",
        _ => "<FunctionLog>",
    }
}

/// Whether a saved query is that of the runbook: the words before it begin with its name.
fn is(saved: &Value, words: &str, query: &str) -> bool {
    let name = text(&saved["Name"]).strip_prefix("adapter/");
    name.is_some_and(|name| words.starts_with(name)) && saved["QueryString"] == query
}

/// The queries of the runbook, and the words before each.
fn told() -> Vec<(&'static str, &'static str)> {
    let section = RUNBOOK.split("\n## ").find(|section| section.starts_with("Which queries"));
    let parts = section.into_iter().flat_map(|section| section.split("\n```"));
    let parts: Vec<_> = parts.collect();
    let pairs = parts.windows(2).filter_map(|pair| {
        let query = pair.get(1)?.strip_prefix("text\n")?;
        Some((pair.first()?.trim().lines().last()?, query))
    });
    pairs.collect()
}
