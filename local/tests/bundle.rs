//! `alb-mtls bundle`: what it lists, what it warns of, and how it exits.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use alb_mtls::pki::{fingerprint, rcgen::ExtendedKeyUsagePurpose as Eku};
use serde_json::{Value, json};

use self::support::{AT, LATER, Pki, run, stderr, stdout};

/// The exit status and the one object on standard output.
fn bundle(arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["bundle", "--format", "json"];
    all.extend_from_slice(arguments);
    let output = run(&all, b"");
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn every_entry_is_listed_with_what_it_is_there_for_its_key_and_its_days() {
    let pki = Pki::new();
    let document = json!({
        "anchors": pki.root.pem(),
        "intermediates": pki.issuing.pem(),
        "pinned": pki.leaf.pem(),
    });
    let file = pki.file("bundle.json", document.to_string().as_bytes());
    let (status, inventory) = bundle(&[&file, "--at", AT]);
    assert_eq!(status, 0);
    assert_eq!(inventory["usable"], true);
    let entries = inventory["entries"].as_array().unwrap();
    let told = |member: &str| entries.iter().map(|entry| entry[member].clone()).collect::<Value>();
    assert_eq!(told("kind"), json!(["anchor", "intermediate", "pinned"]));
    assert_eq!(told("subject"), json!(["CN=Test Root", "CN=Test Issuing", "CN=client-1"]));
    assert_eq!(told("key"), json!(["P-256", "P-256", "P-256"]));
    assert_eq!(told("days_left"), json!([213, 213, 213]));
    assert_eq!(told("warnings"), json!([[], [], []]));
    assert_eq!(entries[0]["sha256"], fingerprint(pki.root.der()));
    assert_eq!(entries[0]["not_after"], "2027-01-01T00:00:00Z");
}

#[test]
fn what_is_or_will_be_of_no_use_is_warned_of() {
    let pki = Pki::new();
    let warnings = |arguments: &[&str]| {
        let (status, inventory) = bundle(arguments);
        (status, inventory["entries"][0]["warnings"].clone())
    };
    let root = pki.bundle();
    assert_eq!(warnings(&[&root, "--at", "2026-12-01T00:00:00Z"]), (0, json!([])));
    assert_eq!(warnings(&[&root, "--at", "2026-12-03T00:00:00Z"]), (0, json!(["it expires soon"])));
    assert_eq!(warnings(&[&root, "--at", LATER]), (2, json!(["it has expired"])));
    let (_, inventory) = bundle(&[&root, &root, "--at", AT]);
    assert_eq!(inventory["entries"][1]["warnings"], json!(["it is there already"]));
    let leaf = json!({"anchors": [pki.leaf.pem(), pki.root.pem()]}).to_string();
    let (status, not_ca) = warnings(&[&pki.file("leaf.json", leaf.as_bytes()), "--at", AT]);
    assert_eq!(status, 0);
    assert_eq!(not_ca, json!(["it is no CA certificate (RFC 5280 section 4.2.1.9)"]));
}

#[test]
fn authority_that_is_a_client_too_is_listed_as_both_and_repeated_as_neither() {
    let pki = Pki::new();
    let kinds = |document: Value| {
        let file = pki.file("both.json", document.to_string().as_bytes());
        let (_, inventory) = bundle(&[&file, "--at", AT]);
        let repeated = |entry: &Value| {
            let warnings = entry["warnings"].as_array().unwrap();
            warnings.contains(&json!("it is there already"))
        };
        let entries = inventory["entries"].as_array().unwrap();
        entries.iter().map(|entry| json!([entry["kind"], repeated(entry)])).collect::<Value>()
    };
    let root = pki.root.pem();
    let both = kinds(json!({"anchors": root, "pinned": root}));
    assert_eq!(both, json!([["anchor", false], ["pinned", false]]));
    let twice = kinds(json!({"anchors": [root, root]}));
    assert_eq!(twice, json!([["anchor", false], ["anchor", true]]));
}

#[test]
fn pin_of_a_server_certificate_is_shown_and_warned_of_where_it_is_needless() {
    let pki = Pki::new();
    let server =
        pki.root.leaf("partner", support::validity()).extended_key_usages([Eku::ServerAuth]);
    let server = server.issue().unwrap();
    let entry =
        |pem: String, accept| json!({"certificate": pem, "accept_server_certificate": accept});
    let document = json!({"anchors": pki.root.pem(), "pinned": [
        entry(server.pem(), true), server.pem(), entry(pki.leaf.pem(), true), entry(pki.leaf.pem(), false),
    ]});
    let file = pki.file("bundle.json", document.to_string().as_bytes());
    let (status, inventory) = bundle(&[&file, "--at", AT]);
    assert_eq!(status, 0);
    let entries = inventory["entries"].as_array().unwrap();
    let told = |member: &str| entries.iter().map(|entry| entry[member].clone()).collect::<Value>();
    let accepts = told("accept_server_certificate");
    assert_eq!(accepts, json!([null, true, false, true, false]));
    let warnings = told("warnings");
    assert_eq!((&warnings[1], &warnings[4]), (&json!([]), &json!([])));
    assert!(warnings[2][0].as_str().unwrap().contains("leave out clientAuth"), "{warnings}");
    assert!(warnings[3][0].as_str().unwrap().contains("has no effect"), "{warnings}");
    let output = run(&["bundle", &file, "--at", AT], b"");
    let table = stdout(&output);
    assert!(table.contains("CN=partner, a server's certificate is accepted"), "{table}");
}

#[test]
fn part_that_no_secret_could_hold_is_warned_of() {
    let pki = Pki::new();
    let large = pki.root.pem() + &"\n".repeat(65_537 - pki.root.pem().len());
    let file = pki.file("large.pem", large.as_bytes());
    let (status, inventory) = bundle(&["--bundle", &file, "--at", AT]);
    assert_eq!(status, 0);
    let warning = inventory["warnings"][0].as_str().unwrap();
    assert!(warning.ends_with(
        "has 65537 bytes, and a secret holds 65536: pack it with gzip, or split it over several secrets"
    ));
    let (_, inventory) = bundle(&[&pki.bundle(), "--at", AT]);
    assert_eq!(inventory["warnings"], json!([]));
}

#[test]
fn entry_that_cannot_be_read_exits_with_two_and_is_named() {
    let pki = Pki::new();
    let secret = pki.file("secret.pem", (pki.root.pem() + &pki.leaf.key().pem()).as_bytes());
    let output = run(&["bundle", &secret], b"");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let place = format!("trust bundle: entry 2 of {secret} (byte {}) is a", pki.root.pem().len());
    assert!(stderr(&output).contains(&place), "{}", stderr(&output));
}

#[test]
fn table_shows_whom_it_lists_and_warns_below() {
    let pki = Pki::new();
    let output = run(&["bundle", "-", "--at", LATER], pki.root.pem().as_bytes());
    assert_eq!(output.status.code(), Some(2));
    for part in [
        "anchor",
        "CN=Test Root",
        &fingerprint(pki.root.der()),
        "P-256",
        "-152",
        "warning: 1 (entry 1 of standard input): it has expired",
        "anchors: 1, pinned: 0, intermediates: 0, lists: 0",
    ] {
        assert!(stdout(&output).contains(part), "{part}: {}", stdout(&output));
    }
    assert!(stderr(&output).contains("nobody could be accepted by it"), "{}", stderr(&output));
}
