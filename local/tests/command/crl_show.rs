//! `alb-mtls crl show`: what it says of the CRLs of a folder, and how it exits.

use std::slice;

use alb_mtls::pki::{Authority, KeyKind};
use alb_mtls_adapter::trust::crls::manifest::Listed;
use serde_json::{Value, json};

use crate::support::{
    self, AT, LATER, Pki,
    bucket::listed,
    crls::{CrlFolder, crl_pem},
    lists::List,
    run, stderr, stdout,
};

/// The exit status and the listing.
fn show(folder: &CrlFolder, arguments: &[&str]) -> (i32, Value) {
    let all = ["crl", "show", folder.path(), "--at", AT, "--format", "json"];
    let output = run(&[&all[..], arguments].concat(), b"");
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

/// The warnings about each CRL.
fn warnings(folder: &CrlFolder, arguments: &[&str]) -> (i32, Value) {
    let (status, listing) = show(folder, arguments);
    let crls = listing["crls"].as_array().unwrap();
    (status, crls.iter().map(|crl| crl["warnings"].clone()).collect())
}

#[test]
fn crl_is_shown_with_its_number_its_scope_its_entries_and_its_hours() {
    let pki = Pki::new();
    let complete = List::of(&pki.root).number(256).revoking(pki.issuing.der()).der();
    let partial = List::of(&pki.issuing).number(7).days(-2, 1).scope(|point| {
        point.only_contains_user_certs = true;
    });
    let folder = CrlFolder::new(&[complete.clone(), partial.der()]);
    let (status, listing) = show(&folder, &[]);
    assert_eq!(status, 0);
    assert_eq!(listing["written"], "2026-06-01T12:00:00Z");
    let [first, second] = listing["crls"].as_array().unwrap().as_slice() else { panic!() };
    let file = listed(&complete);
    assert_eq!(
        *first,
        json!({
            "file": folder.file(&file.file()),
            "sha256": file.sha256,
            "issuer": "CN=Test Root",
            "number": "256",
            "base": null,
            "scope": "all",
            "reasons": null,
            "indirect": false,
            "distribution_points": [],
            "hours_left": 144,
            "entries": 1,
            "this_update": "2026-05-31T12:00:00Z",
            "next_update": "2026-06-07T12:00:00Z",
            "url": "http://ca.example/ca.crl",
            "fetched": "",
            "warnings": [],
        })
    );
    let members = ["issuer", "number", "scope", "entries", "hours_left"];
    let members = members.map(|member| second[member].clone());
    assert_eq!(json!(members), json!(["CN=Test Issuing", "7", "onlyContainsUserCerts", 0, 24]));

    let output = run(&["crl", "show", folder.path(), "--at", AT], b"");
    assert_eq!(output.status.code(), Some(0));
    let table = stdout(&output);
    for part in [
        "CN=Test Root",
        &file.sha256,
        "number 256",
        "from http://ca.example/ca.crl",
        "2026-05-31T12:00:00Z",
        "144 h",
        "number 7, onlyContainsUserCerts",
        "24 h",
        "CRLs: 2, with warnings: 0; manifest written 2026-06-01T12:00:00Z",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
}

#[test]
fn crl_with_which_something_is_wrong_exits_with_one_and_is_marked_in_its_row() {
    let pki = Pki::new();
    let list = || List::of(&pki.root);
    let old = || list().days(-3, 4);
    let attributes = list().scope(|point| point.only_contains_attribute_certs = true);
    for (lists, expected) in [
        (vec![list()], json!([[]])),
        (vec![list().days(-9, -1)], json!([["it has expired"]])),
        (vec![list().days(1, 9)], json!([["it is not valid yet"]])),
        (
            vec![list().without_next_update()],
            json!([["it has no nextUpdate (RFC 5280 section 5.1.2.5)"]]),
        ),
        (
            vec![attributes],
            json!([["it lists attribute certificates only (RFC 5280 section 5.2.5)"]]),
        ),
        (
            vec![old(), list().number(2)],
            json!([["it is superseded by 2, a newer one of the same scope"], []]),
        ),
        (vec![old(), list().number(2).at("http://crl.example/")], json!([[], []])),
        (
            vec![list().number(3).delta_since(2)],
            json!([[
                "its base is missing, a complete CRL with the number 2 or a later one: it revokes, and clears nobody"
            ]]),
        ),
        (vec![list().number(3).delta_since(2), list().number(2).days(-2, 5)], json!([[], []])),
    ] {
        let folder = CrlFolder::new(&lists.iter().map(List::der).collect::<Vec<_>>());
        let is_well = expected.as_array().unwrap().iter().all(|of_one| *of_one == json!([]));
        let status = if is_well { 0 } else { 1 };
        assert_eq!(warnings(&folder, &[]), (status, expected.clone()));
        let output = run(&["crl", "show", folder.path(), "--at", AT], b"");
        assert_eq!(output.status.code(), Some(status));
        let marked = stdout(&output).lines().filter(|line| line.contains("warning: it"));
        assert_eq!(marked.count(), usize::from(!is_well), "{}", stdout(&output));
    }
}

#[test]
fn crl_that_nobody_of_the_bundle_signed_is_marked_where_a_bundle_is_named() {
    let pki = Pki::new();
    let namesake = KeyKind::P256.generate().unwrap();
    let namesake = Authority::root("Test Root", namesake, support::validity()).unwrap();
    let list = List::of(&pki.root).der();
    let other = List::of(&namesake).at("http://crl.example/").der();
    let folder = CrlFolder::new(&[list.clone(), other]);
    let unsigned = "no certificate of this bundle signed it: it counts only with a signer that the client sends";
    assert_eq!(warnings(&folder, &["--bundle", &pki.bundle()]), (1, json!([[], [unsigned]])));
    assert_eq!(warnings(&folder, &[]), (0, json!([[], []])));
    let both = pki.file("both.pem", (pki.root.pem() + &namesake.pem()).as_bytes());
    assert_eq!(warnings(&folder, &["--bundle", &both]), (0, json!([[], []])));
    // Nor is one in doubt that the bundle has as well.
    let copy =
        pki.file("copy.pem", (pki.root.pem() + &namesake.pem() + &crl_pem(&list)).as_bytes());
    assert_eq!(warnings(&folder, &["--bundle", &copy]), (0, json!([[], []])));
}

#[test]
fn crls_of_two_keys_of_one_name_take_nobodys_place() {
    let pki = Pki::new();
    let namesake = KeyKind::P256.generate().unwrap();
    let namesake = Authority::root("Test Root", namesake, support::validity()).unwrap();
    let newer = List::of(&namesake).number(2).days(0, 6);
    let folder = CrlFolder::new(&[List::of(&pki.root).der(), newer.der()]);
    let both = pki.file("both.pem", (pki.root.pem() + &namesake.pem()).as_bytes());
    assert_eq!(warnings(&folder, &["--bundle", &both]), (0, json!([[], []])));
    let (status, _) = warnings(&folder, &[]);
    assert_eq!(status, 1);
}

#[test]
fn bundle_of_no_use_is_no_answer_about_the_crls() {
    let pki = Pki::new();
    let folder = CrlFolder::new(&[List::of(&pki.root).der()]);
    let bundle = pki.bundle();
    let show = ["crl", "show", folder.path(), "--bundle", &bundle, "--at"];
    let output = run(&[&show[..], &[AT]].concat(), b"");
    assert_eq!(output.status.code(), Some(0));
    let empty = pki.file("empty.pem", b"");
    let output = run(&["crl", "show", folder.path(), "--bundle", &empty, "--at", LATER], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the trust bundle is empty"), "{}", stderr(&output));
}

#[test]
fn text_of_a_manifest_is_no_command_to_a_terminal() {
    let pki = Pki::new();
    let list = List::of(&pki.root).der();
    let folder = CrlFolder::new(slice::from_ref(&list));
    let url = "http://\u{1b}[2Jca.example/".to_owned();
    folder.put_manifest(vec![Listed { url, ..listed(&list) }]);
    let output = run(&["crl", "show", folder.path(), "--at", AT], b"");
    assert!(stdout(&output).contains("from http://\\u{1b}[2Jca.example/"), "{}", stdout(&output));
}
