//! `alb-mtls check`: its verdict as JSON, its words, and how it exits.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use alb_mtls::{
    alb::{Spelling, certificate_header},
    pki::{fingerprint, rcgen::ExtendedKeyUsagePurpose as Eku},
};
use serde_json::{Value, json};

use self::support::{AT, LATER, Pki, run, stderr, stdout};

/// The exit status and the one object on standard output.
fn check(pki: &Pki, input: &[u8], arguments: &[&str]) -> (i32, Value) {
    let bundle = pki.bundle();
    let mut all = vec!["check", "--bundle", &bundle, "--format", "json"];
    all.extend_from_slice(arguments);
    let output = run(&all, input);
    let verdict = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), verdict)
}

/// The same in words.
fn words(pki: &Pki, input: &[u8], arguments: &[&str]) -> String {
    let bundle = pki.bundle();
    let mut all = vec!["check", "--bundle", &bundle];
    all.extend_from_slice(arguments);
    stdout(&run(&all, input)).to_owned()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn accepted_certificate_is_described_in_one_object_with_its_header_and_anchor() {
    let pki = Pki::new();
    let (status, verdict) = check(&pki, pki.chain_pem().as_bytes(), &["--at", AT]);
    assert_eq!(status, 0);
    assert_eq!(keys(&verdict), ["verdict", "reason", "detail", "leaf", "header", "anchor"]);
    assert_eq!(verdict["verdict"], "accepted");
    assert_eq!(verdict["reason"], Value::Null);
    assert!(verdict["detail"].is_string());
    let leaf = &verdict["leaf"];
    let members = ["sha256", "subject", "issuer", "serial", "not_before", "not_after", "san"];
    assert_eq!(keys(leaf), members);
    assert_eq!(leaf["sha256"], fingerprint(pki.leaf.der()));
    assert_eq!(leaf["subject"], "CN=client-1");
    assert_eq!(leaf["issuer"], "CN=Test Issuing");
    assert_eq!(leaf["not_before"], "2026-01-01T00:00:00Z");
    assert_eq!(leaf["not_after"], "2027-01-01T00:00:00Z");
    assert_eq!(leaf["san"], json!(["DNS:client-1.example.com"]));
    assert_eq!(verdict["header"], certificate_header([pki.leaf.der()], Spelling::Escaped));
    let anchor = json!({"sha256": fingerprint(pki.root.der()), "subject": "CN=Test Root"});
    assert_eq!(verdict["anchor"], anchor);
}

#[test]
fn header_value_in_either_spelling_gets_the_verdict_of_the_pem_file() {
    let pki = Pki::new();
    let chain = pki.chain_file();
    let (_, expected) = check(&pki, b"", &[&chain, "--at", AT]);
    assert_eq!(expected["verdict"], "accepted");
    for spelling in [Spelling::Raw, Spelling::Escaped] {
        let header = certificate_header(pki.chain(), spelling);
        for end in ["", "\n", "\r\n"] {
            let input = format!("{header}{end}");
            let (status, verdict) = check(&pki, input.as_bytes(), &["-", "--at", AT]);
            assert_eq!((status, &verdict), (0, &expected), "{spelling} {end:?}");
        }
    }
}

#[test]
fn refused_certificate_keeps_its_leaf_and_gets_neither_header_nor_anchor() {
    let pki = Pki::new();
    let (status, verdict) = check(&pki, pki.chain_pem().as_bytes(), &["--at", LATER]);
    assert_eq!(status, 1);
    assert_eq!(keys(&verdict), ["verdict", "reason", "detail", "leaf", "header", "anchor"]);
    assert_eq!(verdict["verdict"], "refused");
    assert_eq!(verdict["reason"], "ClientCertExpired");
    assert_eq!(
        verdict["detail"],
        "the client's certificate has expired (RFC 5280 section 4.1.2.5)"
    );
    assert_eq!(verdict["leaf"]["sha256"], fingerprint(pki.leaf.der()));
    assert_eq!((&verdict["header"], &verdict["anchor"]), (&Value::Null, &Value::Null));
}

#[test]
fn input_that_holds_no_chain_is_refused_without_a_leaf() {
    let pki = Pki::new();
    let spaced = certificate_header(pki.chain(), Spelling::Raw).replacen("%20", " ", 1);
    for input in ["rubbish", "%", &spaced] {
        let (status, verdict) = check(&pki, input.as_bytes(), &["--at", AT]);
        assert_eq!(status, 1, "{input}");
        assert_eq!(verdict["verdict"], "refused", "{input}");
        assert_eq!(verdict["reason"], "ClientCertInvalid", "{input}");
        assert_eq!(verdict["leaf"], Value::Null, "{input}");
    }
}

#[test]
fn client_is_judged_whatever_stands_around_its_certificates_in_its_file() {
    let pki = Pki::new();
    let (status, expected) = check(&pki, pki.chain_pem().as_bytes(), &["--at", AT]);
    assert_eq!(status, 0);
    let key = pki.leaf.key().pem();
    let chain = pki.chain_pem();
    let bags = format!("Bag Attributes\n    localKeyID: 01\nsubject=CN = client-1\n{chain}");
    for file in
        [format!("{key}{chain}"), format!("{chain}{key}"), bags, chain.replace('\n', " \r\n")]
    {
        let (status, verdict) = check(&pki, file.as_bytes(), &["--at", AT]);
        assert_eq!((status, &verdict), (0, &expected), "{file}");
    }
    let direct = pki.root.leaf("client-2", support::validity()).issue().unwrap();
    let (status, verdict) = check(&pki, direct.der(), &["--at", AT]);
    assert_eq!((status, &verdict["leaf"]["subject"]), (0, &json!("CN=client-2")));
}

#[test]
fn what_cannot_be_read_is_no_verdict_on_the_client_and_says_what_it_is() {
    let pki = Pki::new();
    let bundle = pki.bundle();
    let chain = pki.chain_pem();
    let broken = format!("{chain}-----BEGIN CERTIFICATE-----\n");
    let dashes = chain.replacen("-----BEGIN", "\u{2014}\u{2014}-BEGIN", 1);
    let event = r#"{"requestContext": {"elb": {}}, "path": "/"}"#;
    for (input, reason) in [
        (broken.as_str(), "no END line"),
        (" ", "no certificate"),
        (&dashes, "hyphen"),
        (event, "event"),
        ("client.pem", "name of a file"),
        (&pki.leaf.key().pem(), "no certificate"),
    ] {
        let output = run(&["check", "--bundle", &bundle, "--at", AT], input.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{input}");
        assert!(stderr(&output).contains(reason), "{input}: {}", stderr(&output));
    }
}

#[test]
fn header_that_was_changed_on_its_way_says_how() {
    let pki = Pki::new();
    let header = certificate_header(pki.chain(), Spelling::Raw);
    for (input, told) in [
        (header.replace('%', "%25"), "percent-encoded twice"),
        (header.replace('+', " "), "each + in its base64 is a blank"),
        (format!("X-Amzn-Mtls-Clientcert:{header}"), "the header's name"),
    ] {
        let (status, verdict) = check(&pki, input.as_bytes(), &["--at", AT]);
        assert_eq!(status, 1, "{input}");
        assert!(verdict["detail"].as_str().unwrap().contains(told), "{input}: {verdict}");
    }
}

#[test]
fn nothing_at_all_is_a_client_without_a_certificate() {
    let pki = Pki::new();
    for input in ["", "\n", "\r\n\r\n"] {
        let (status, verdict) = check(&pki, input.as_bytes(), &[]);
        assert_eq!((status, &verdict["reason"]), (1, &json!("ClientCertMissing")), "{input:?}");
    }
    let (status, verdict) = check(&pki, b"", &["--client-cert-mode", "optional"]);
    assert_eq!((status, &verdict["verdict"]), (0, &json!("accepted")));
    for member in ["reason", "leaf", "header", "anchor"] {
        assert_eq!(verdict[member], Value::Null, "{member}");
    }
}

#[test]
fn bad_certificate_is_refused_where_certificates_are_optional() {
    let pki = Pki::new();
    let arguments = ["--at", LATER, "--client-cert-mode", "optional"];
    let (status, verdict) = check(&pki, pki.chain_pem().as_bytes(), &arguments);
    assert_eq!((status, &verdict["verdict"]), (1, &json!("refused")));
}

#[test]
fn report_accepts_everything_and_says_what_would_be_refused() {
    let pki = Pki::new();
    let arguments = ["--at", LATER, "--client-cert-mode", "report"];
    let (status, verdict) = check(&pki, pki.chain_pem().as_bytes(), &arguments);
    assert_eq!((status, &verdict["verdict"]), (0, &json!("accepted")));
    assert_eq!(verdict["reason"], "ClientCertExpired");
    assert_eq!(
        verdict["detail"],
        "the client's certificate has expired (RFC 5280 section 4.1.2.5)"
    );
    assert_eq!(verdict["header"], certificate_header([pki.leaf.der()], Spelling::Escaped));
    assert_eq!(verdict["anchor"], Value::Null);

    let (status, verdict) = check(&pki, b"rubbish", &arguments);
    assert_eq!((status, &verdict["reason"]), (0, &json!("ClientCertInvalid")));
    assert_eq!((&verdict["leaf"], &verdict["header"]), (&Value::Null, &Value::Null));
}

#[test]
fn several_bundles_add_up() {
    let (pki, other) = (Pki::new(), Pki::new());
    let (status, _) = check(&other, pki.chain_pem().as_bytes(), &["--at", AT]);
    assert_eq!(status, 1);
    let both = ["--bundle", &pki.bundle(), "--at", AT];
    let (status, _) = check(&other, pki.chain_pem().as_bytes(), &both);
    assert_eq!(status, 0);
}

#[test]
fn what_cannot_be_tried_exits_with_two_and_says_why_on_standard_error() {
    let pki = Pki::new();
    let (bundle, chain) = (pki.bundle(), pki.chain_file());
    let empty = pki.file("empty.pem", b"");
    let missing = pki.path("missing.pem").display().to_string();
    let large = vec![b'x'; 1024 * 1024 + 1];
    let cases: [(&[&str], &[u8], &str); 6] = [
        (&["check", &chain], b"", "--bundle <FILE>"),
        (&["check", &chain, "--bundle", &empty], b"", "the trust bundle is empty"),
        (&["check", &chain, "--bundle", &missing], b"", "missing.pem: "),
        (&["check", &missing, "--bundle", &bundle], b"", "missing.pem: "),
        (&["check", &chain, "--bundle", &bundle, "--at", "noon"], b"", "2026-06-01T12:00:00Z"),
        (&["check", "--bundle", &bundle], &large, "more than 1048576 bytes"),
    ];
    for (arguments, input, reason) in cases {
        let output = run(arguments, input);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(stderr(&output).contains(reason), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn words_show_the_path_and_the_header_of_an_accepted_certificate() {
    let pki = Pki::new();
    let words = words(&pki, pki.chain_pem().as_bytes(), &["--at", AT]);
    assert!(words.starts_with("accepted: "), "{words}");
    let lines: Vec<_> = words.lines().map(str::trim).collect();
    let path = lines.iter().position(|line| line.starts_with("path")).unwrap();
    assert!(lines[path].ends_with("CN=client-1"), "{words}");
    assert_eq!(lines[path + 1], "<- CN=Test Issuing");
    assert_eq!(lines[path + 2], "<- CN=Test Root (anchor)");
    let header = certificate_header([pki.leaf.der()], Spelling::Escaped);
    assert!(lines.iter().any(|line| line.strip_prefix("header").map(str::trim) == Some(&header)));
    assert!(!words.contains('\u{1b}'), "colours in a file");
}

#[test]
fn pinned_server_certificate_is_refused_with_the_entry_that_accepts_it() {
    let pki = Pki::new();
    let leaf = pki.root.leaf("partner", support::validity()).extended_key_usages([Eku::ServerAuth]);
    let leaf = leaf.issue().unwrap();
    let entry = |accept| json!({"certificate": leaf.pem(), "accept_server_certificate": accept});
    for (pinned, status) in [(json!(leaf.pem()), 1), (entry(false), 1), (entry(true), 0)] {
        let bundle = json!({"pinned": [pinned], "anchors": pki.root.pem()}).to_string();
        let bundle = pki.file("pinned.json", bundle.as_bytes());
        let output = run(&["check", "--bundle", &bundle, "--at", AT], leaf.pem().as_bytes());
        assert_eq!(output.status.code(), Some(status), "{}", stdout(&output));
        let told = stdout(&output).contains("\"accept_server_certificate\": true");
        assert_eq!(told, status == 1, "{}", stdout(&output));
    }
}

#[test]
fn words_tell_a_refused_client_what_to_do() {
    let pki = Pki::new();
    let words = words(&pki, pki.chain_pem().as_bytes(), &["--at", LATER]);
    assert!(words.starts_with("refused: ClientCertExpired: "), "{words}");
    assert!(words.contains("renew the client's certificate"), "{words}");
    assert!(words.contains("2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z"), "{words}");
    assert!(words.contains("2027-06-01T12:00:00Z"), "{words}");
}
