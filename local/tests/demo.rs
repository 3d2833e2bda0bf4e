//! `alb-mtls demo`: every story comes out as it should.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;

use self::support::{run, stderr, stdout};

#[test]
fn every_story_comes_out_as_it_should_and_the_bug_is_the_first() {
    let output = run(&["demo", "--format", "json"], b"");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report:#} {}", stderr(&output));
    assert_eq!(report["ok"], true);
    let stories = report["stories"].as_array().unwrap();
    assert!(stories.len() >= 15, "{report:#}");
    for story in stories {
        assert_eq!(story["got"], story["expected"], "{story:#}");
    }
    let (bug, mended) = (&stories[0]["got"], &stories[1]["got"]);
    assert_eq!((&bug["status"], &bug["code"]), (&500.into(), &"900900".into()));
    assert_eq!((&mended["status"], &mended["gateway"]), (&200.into(), &"CN=client-p256".into()));
}

#[test]
fn table_has_a_line_for_each_story() {
    let output = run(&["demo"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let table = stdout(&output);
    let line = table.lines().find(|line| line.contains("the bug")).unwrap();
    assert!(line.contains("500 900900") && line.trim_end().ends_with("ok"), "{table}");
    assert!(table.contains("stories, all as they should be"), "{table}");
    assert!(!table.contains('\u{1b}'), "colours in a file");
}
