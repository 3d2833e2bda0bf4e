//! `alb-mtls bundle`: what it lists, what it warns of, and how it exits.

use alb_mtls::pki::{
    Authority, KeyKind, fingerprint,
    rcgen::{self, ExtendedKeyUsagePurpose as Eku},
};
use serde_json::{Value, json};
use x509_cert::ext::pkix::{
    crl::dp::{ReasonFlags, Reasons},
    name::{DistributionPointName, GeneralName},
};

use crate::support::{self, AT, LATER, Pki, lists::List, run, stderr, stdout};

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
    assert_eq!(
        not_ca,
        json!(["it is no CA certificate: no basic constraints say so (RFC 5280 section 4.2.1.9)"])
    );
}

#[test]
fn ca_that_does_not_say_that_it_is_one_is_warned_of_and_a_client_is_not() {
    let pki = Pki::new();
    let self_signed = |name: &str| {
        let mut params = rcgen::CertificateParams::new([]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
    };
    let warnings = |name: &str| {
        let file = pki.file("pin.pem", self_signed(name).as_bytes());
        let (status, inventory) = bundle(&[&file, "--at", AT]);
        assert_eq!((status, &inventory["entries"][0]["kind"]), (0, &json!("pinned")));
        inventory["entries"][0]["warnings"].clone()
    };
    assert_eq!(warnings("client-7"), json!([]));
    let warned = warnings("java ca").to_string();
    assert!(warned.contains("it is no CA: it has no basic constraints"), "{warned}");
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
fn table_shows_whom_it_lists_and_marks_what_is_wrong_in_the_row() {
    let pki = Pki::new();
    let output = run(&["bundle", "-", "--at", LATER], pki.root.pem().as_bytes());
    assert_eq!(output.status.code(), Some(2));
    for part in [
        "anchor",
        "CN=Test Root",
        &fingerprint(pki.root.der()),
        "P-256",
        "-152 d",
        "entry 1 of standard input",
        "warning: it has expired",
        "anchors: 1, pinned: 0, intermediates: 0, CRLs: 0",
    ] {
        assert!(stdout(&output).contains(part), "{part}: {}", stdout(&output));
    }
    assert!(stderr(&output).contains("nobody could be accepted by it"), "{}", stderr(&output));
}

/// The root and these CRLs, as JSON, the root left out, and as a table.
fn crls(pki: &Pki, lists: &[List]) -> (Vec<Value>, String) {
    let pem: String = lists.iter().map(List::pem).collect();
    let file = pki.file("crls.pem", (pki.root.pem() + &pem).as_bytes());
    let (_, inventory) = bundle(&[&file, "--at", AT]);
    let table = run(&["bundle", &file, "--at", AT], b"");
    (inventory["entries"].as_array().unwrap()[1..].to_vec(), stdout(&table).to_owned())
}

#[test]
fn crl_is_listed_with_its_number_its_scope_its_points_and_its_hours() {
    let pki = Pki::new();
    let complete = List::of(&pki.root).number(256).revoking(pki.issuing.der());
    let partial = List::of(&pki.root).number(7).delta_since(5).scope(|point| {
        point.only_contains_user_certs = true;
        point.indirect_crl = true;
        point.only_some_reasons = Some(Reasons::KeyCompromise | Reasons::CertificateHold);
        point.distribution_point =
            Some(DistributionPointName::FullName(vec![GeneralName::UniformResourceIdentifier(
                "http://crl.example/7".to_owned().try_into().unwrap(),
            )]));
    });
    let (entries, table) = crls(&pki, &[complete, partial]);
    let members = |entry: &Value| {
        ["number", "base", "scope", "reasons", "indirect", "distribution_points", "hours_left"]
            .map(|member| entry[member].clone())
    };
    assert_eq!(
        members(&entries[0]),
        [json!("256"), json!(null), json!("all"), json!(null), json!(false), json!([]), json!(144)]
    );
    assert_eq!(
        members(&entries[1]),
        [
            json!("7"),
            json!("5"),
            json!("onlyContainsUserCerts"),
            json!(["keyCompromise", "certificateHold"]),
            json!(true),
            json!(["URI:http://crl.example/7"]),
            json!(144),
        ]
    );
    assert_eq!((&entries[0]["days_left"], &entries[0]["revoked"]), (&json!(6), &json!(1)));
    for part in [
        "number 256\n",
        "number 7, delta since number 5, onlyContainsUserCerts, indirectCRL, onlySomeReasons keyCompromise \
         certificateHold\n",
        "for URI:http://crl.example/7\n",
        "144 h\n",
    ] {
        let lines: String = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        assert!(lines.contains(part), "{part}: {table}");
    }
    // A certificate has none of these.
    let (_, inventory) = bundle(&[&pki.bundle(), "--at", AT]);
    assert_eq!(inventory["entries"][0].get("number"), None);
}

#[test]
fn what_keeps_a_crl_from_clearing_anybody_is_marked_in_its_row() {
    let pki = Pki::new();
    let list = || List::of(&pki.root);
    let other = Authority::root("Other", KeyKind::P256.generate().unwrap(), support::validity());
    let unsigned = List::of(&other.unwrap());
    let some = |reasons: ReasonFlags| list().scope(|point| point.only_some_reasons = Some(reasons));
    let compromise = || Reasons::KeyCompromise.into();
    let attributes = list().scope(|point| point.only_contains_attribute_certs = true);
    let newer = || list().number(2);
    let old = || list().days(-3, 4);
    let delta = || list().number(3).delta_since(2);
    for (lists, warnings) in [
        (vec![list()], json!([])),
        (vec![list().days(-9, -1)], json!(["it has expired"])),
        (vec![list().days(-1, 1)], json!([])),
        (vec![list().days(-6, 0)], json!(["the next list is due soon"])),
        (vec![list().days(1, 9)], json!(["it is not valid yet"])),
        (
            vec![unsigned],
            json!([
                "no certificate of this bundle signed it: it counts only with a signer that the client sends"
            ]),
        ),
        (vec![old(), newer()], json!(["it is superseded by 3, a newer one of the same scope"])),
        (vec![old(), newer().at("http://crl.example/")], json!([])),
        (
            vec![old().number(3), newer()],
            json!(["which of it and 3 is the newer cannot be told by number and date"]),
        ),
        (
            vec![delta(), list()],
            json!([
                "its base is missing, a complete CRL with the number 2 or a later one: it revokes, and clears nobody"
            ]),
        ),
        (vec![delta(), newer().days(-2, 6)], json!([])),
        (
            vec![some(compromise())],
            json!([
                "it is about some reasons alone, and no CRL of this issuer about the others: it clears nobody"
            ]),
        ),
        (vec![some(compromise()), some(!compromise())], json!([])),
        (
            vec![attributes],
            json!(["it lists attribute certificates only (RFC 5280 section 5.2.5)"]),
        ),
    ] {
        let (entries, table) = crls(&pki, &lists);
        assert_eq!(entries[0]["warnings"], warnings, "{table}");
        let row = table.split("\n 2 ").nth(1).unwrap().split("\n 3 ").next().unwrap().to_owned();
        for warning in warnings.as_array().unwrap() {
            let warning = format!("warning: {}", warning.as_str().unwrap());
            assert!(row.contains(&warning), "{table}");
        }
    }
}
