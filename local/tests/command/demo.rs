//! `alb-mtls demo`: every story comes out as it should, and so does every reading.

use serde_json::{Value, json};

use crate::support::{alb_mtls, run, stderr, stdout};

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
fn client_that_its_ca_revokes_is_refused_once_its_crl_is_fetched_and_no_other_is() {
    // What is on this machine is reached without the proxy that there is for the rest.
    let proxy = ("HTTP_PROXY", "http://127.0.0.1:1");
    let output = alb_mtls(&["demo", "--format", "json"]).envs([proxy]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stories = report["stories"].as_array().unwrap();
    let got: Vec<_> = stories[stories.len() - 3..].iter().map(|story| &story["got"]).collect();
    let member = |name: &str| json!(got.iter().map(|got| &got[name]).collect::<Vec<_>>());
    assert_eq!(member("status"), json!([200, 403, 200]), "{report:#}");
    assert_eq!(member("code"), json!([null, "ClientCertCrlHit", null]));
    assert_eq!(member("gateway"), json!(["CN=client-revoked", "not reached", "CN=client-p256"]));
}

/// Whether each gateway reads what it gets: from the load balancer, as `url-encoded-pem`, as `single-line-pem`.
const READINGS: [(&str, &str); 9] = [
    ("enc-3.1", "-+-"),
    ("enc-4.1", "-+-"),
    ("enc-fix", "+++"),
    ("raw-4.0", "--+"),
    ("raw-4.1", "---"),
    ("raw-4.3", "--+"),
    ("choreo-enc", "-+-"),
    ("choreo-raw", "--+"),
    ("identity-server", "--+"),
];

#[test]
fn every_gateway_reads_the_formats_that_are_for_it_and_no_other() {
    let output = run(&["demo", "--format", "json"], b"");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cells = report["formats"].as_array().unwrap();
    let formats = [Value::Null, "url-encoded-pem".into(), "single-line-pem".into()];
    let stated = READINGS.iter().flat_map(|(mode, verdicts)| {
        formats.iter().zip(verdicts.chars()).map(move |(format, verdict)| (*mode, format, verdict))
    });
    let got = cells.iter().map(|cell| {
        let sight = (&cell["got"]["status"], cell["got"]["gateway"].as_str().unwrap());
        let verdict = match sight {
            (status, "CN=client-p256") if status == 200 => '+',
            (status, "a header that it cannot read") if status == 500 => '-',
            _ => '?',
        };
        (cell["mode"].as_str().unwrap(), &cell["format"], verdict)
    });
    assert_eq!(got.collect::<Vec<_>>(), stated.collect::<Vec<_>>(), "{report:#}");
    for cell in cells {
        assert_eq!((&cell["ok"], &cell["got"]), (&true.into(), &cell["expected"]), "{cell:#}");
        assert!(cell["releases"].is_string(), "{cell:#}");
    }
}

#[test]
fn tables_have_a_line_for_each_story_and_each_gateway() {
    let output = run(&["demo"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let table = stdout(&output);
    let line = table.lines().find(|line| line.contains("the bug")).unwrap();
    assert!(line.contains("500 900900") && line.trim_end().ends_with("ok"), "{table}");
    let line = table.lines().find(|line| line.contains("raw-4.3")).unwrap();
    let words: Vec<_> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
    let readings = ["cannot read it", "cannot read it", "reads it", "ok"];
    assert_eq!(words, [&["raw-4.3", "API Manager 4.3 and later", "false"], &readings[..]].concat());
    assert!(table.contains("GATEWAY_CERT_FORMAT=url-encoded-pem, the default"), "{table}");
    assert!(table.contains("27 readings, all as they should be"), "{table}");
    assert!(table.contains("stories, all as they should be"), "{table}");
    assert!(!table.contains('\u{1b}'), "colours in a file");
}
