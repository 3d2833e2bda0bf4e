//! What runs on GitHub runs what is written here and may do what it needs: each action is named by its commit, each
//! job ends, and one alone may write. And a release is built with what the tests were built with.
//!
//! Every finding has a mistake that brings it up: no finding is trusted unseen.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::support::real_parts::part;

const RELEASE: &str = include_str!("../../.github/workflows/release.yml");

/// The one job that may write.
const WRITER: &str = "publish";

#[test]
fn nothing_is_found_in_the_workflows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let found = found_in(&fs::read_to_string(&file).unwrap());
        assert!(found.is_empty(), "{}: {found:#?}", file.display());
    }
}

#[test]
fn every_mistake_is_found() {
    for (from, to, finding) in [
        ("  version:\n", "  version\n", "is no YAML"),
        ("permissions:\n  contents: read\n", "", "the workflow may more than read"),
        ("permissions:\n  contents: read\n", "permissions: write-all\n", "the workflow may more"),
        (
            "  build:\n    needs: version\n",
            "  build:\n    needs: version\n    permissions: write-all\n",
            "build may more than the workflow",
        ),
        (
            "uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f #",
            "uses: actions/upload-artifact@v6 #",
            "build uses actions/upload-artifact@v6, which is no commit",
        ),
        (
            "@b7c566a772e6b6bfb58ed0dc250532a479d7789f #",
            "@b7c566a #",
            "actions/upload-artifact@b7c566a, which is no commit",
        ),
        ("7789f # v6.0.0", "7789f", "upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f is"),
        (
            "uses: ./.github/workflows/ci.yml",
            "uses: example/ci/.github/workflows/ci.yml@main",
            "test uses example/ci/.github/workflows/ci.yml@main, which is no commit",
        ),
        ("    timeout-minutes: 90\n", "", "build has no end"),
        (
            "ARCH=\"$ARCH\"",
            "ARCH=${{ matrix.arch }}",
            "build runs an expression, which is not quoted",
        ),
        (
            "          persist-credentials: false\n      - uses: actions/download-artifact",
            "          fetch-depth: 1\n      - uses: actions/download-artifact",
            "publish leaves its token beside the sources",
        ),
    ] {
        assert_eq!(RELEASE.matches(from).count(), 1, "{from}");
        let found = found_in(&RELEASE.replace(from, to));
        assert!(found.iter().any(|words| words.contains(finding)), "{finding:?}: {found:#?}");
    }
}

#[test]
fn workflows_build_with_one_compiler() {
    let ci = include_str!("../../.github/workflows/ci.yml");
    let compilers = [ci, RELEASE].map(|text| parsed(text).unwrap()["env"].clone());
    assert!(compilers[0]["RUSTUP_TOOLCHAIN"].is_string(), "{compilers:?}");
    assert_eq!(compilers[0], compilers[1]);
}

#[test]
fn release_is_built_with_what_the_tests_were_built_with() {
    fn pins(text: &str) -> BTreeSet<&str> {
        text.lines()
            .filter_map(|line| line.split(' ').next())
            .filter(|pin| pin.contains("=="))
            .collect()
    }
    let of_the_release = pins(include_str!("../../.github/release/cargo-lambda.txt"));
    let of_the_tests = pins(include_str!("../real-parts/requirements.txt"));
    assert_eq!(of_the_release.len(), 2, "{of_the_release:?}");
    assert!(of_the_release.is_subset(&of_the_tests), "{of_the_release:?}");
}

/// What is wrong with a workflow.
fn found_in(text: &str) -> Vec<String> {
    let workflow = match parsed(text) {
        Ok(workflow) => workflow,
        Err(fault) => return vec![format!("is no YAML: {fault}")],
    };
    let mut found = without_a_version(text);
    if workflow["permissions"] != json!({ "contents": "read" }) {
        found.push("the workflow may more than read".to_owned());
    }
    for (name, job) in workflow["jobs"].as_object().unwrap() {
        found.extend(found_in_job(name, job).into_iter().map(|words| format!("{name} {words}")));
    }
    found
}

fn found_in_job(name: &str, job: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if name != WRITER && !job["permissions"].is_null() {
        found.push("may more than the workflow".to_owned());
    }
    // A job that is another workflow ends as the jobs of that do.
    if job["uses"].is_null() && !job["timeout-minutes"].is_u64() {
        found.push("has no end".to_owned());
    }
    for step in job["steps"].as_array().into_iter().flatten().chain([job]) {
        let action = step["uses"].as_str().unwrap_or_default();
        if !is_one_text(action) {
            found.push(format!("uses {action}, which is no commit"));
        }
        if action.starts_with("actions/checkout@") && step["with"]["persist-credentials"] != false {
            found.push("leaves its token beside the sources".to_owned());
        }
        if step["run"].as_str().is_some_and(|script| script.contains("${{")) {
            found.push("runs an expression, which is not quoted".to_owned());
        }
    }
    found
}

/// Whether an action can be one text alone: it is of this repository, or named by the whole hash of a commit.
fn is_one_text(action: &str) -> bool {
    let hash = action.split_once('@').map(|(_, commit)| commit.as_bytes());
    action.is_empty()
        || action.starts_with("./")
        || hash.is_some_and(|hash| hash.len() == 40 && hash.iter().all(u8::is_ascii_hexdigit))
}

/// The actions whose version nobody can read, and so nobody renews.
fn without_a_version(text: &str) -> Vec<String> {
    let actions =
        text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, action)| action);
    actions
        .filter(|action| !action.starts_with("./") && !action.contains(" # v"))
        .map(|action| format!("{action} is of no version that it tells"))
        .collect()
}

/// A workflow as GitHub reads it, or what is wrong with its YAML.
fn parsed(text: &str) -> Result<Value, String> {
    let mut python = Command::new(part("venv/bin/python"))
        .args(["-c", "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
