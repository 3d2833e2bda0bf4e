//! `alb-mtls check`: its verdict as JSON, its words, and how it exits.

use alb_mtls::{
    alb::{Spelling, certificate_header},
    pki::{
        Authority, KeyKind, chain_pem, fingerprint,
        rcgen::{self, ExtendedKeyUsagePurpose as Eku},
    },
};
use serde_json::{Value, json};

use crate::support::{self, AT, LATER, Pki, run, stderr, stdout};

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
fn words_tell_what_a_signature_and_a_key_have_to_be() {
    let pki = Pki::new();
    let changed = |from: &[u8], to: &[u8]| {
        let mut der = pki.leaf.der().to_vec();
        let places: Vec<_> =
            (0..der.len() - from.len()).filter(|at| der[*at..].starts_with(from)).collect();
        for at in places {
            der[at..at + from.len()].copy_from_slice(to);
        }
        words(&pki, chain_pem([der.as_slice(), pki.issuing.der()]).as_bytes(), &["--at", AT])
    };
    // ecdsa-with-SHA256, and ecdsa-with-SHA224.
    let sha224 =
        changed(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1]);
    assert!(sha224.contains("is signed with ecdsa-with-SHA224, which is not accepted"), "{sha224}");
    assert!(sha224.contains("issued anew, with SHA-256 or better"), "{sha224}");
    let same = changed(&[], &[]);
    assert!(same.starts_with("accepted"), "{same}");
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

/// The line of the next step for a chain, by a bundle.
fn next(bundle: &str, chain: &[&[u8]]) -> String {
    let output = run(
        &["check", "--bundle", bundle, "--at", AT],
        chain_pem(chain.iter().copied()).as_bytes(),
    );
    let next = stdout(&output).lines().find_map(|line| line.trim().strip_prefix("next "));
    next.map(|next| next.trim().to_owned()).unwrap_or_default()
}

#[test]
fn missing_intermediate_is_named_with_who_has_to_send_it_and_where_it_is_said_to_be() {
    let pki = Pki::new();
    let access = |url: &str| {
        // AuthorityInfoAccessSyntax of one caIssuers (RFC 5280 section 4.2.2.1).
        let uri = [&[0x86, url.len().try_into().unwrap()], url.as_bytes()].concat();
        let method = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
        let sequence =
            |content: Vec<u8>| [vec![0x30, content.len().try_into().unwrap()], content].concat();
        sequence(sequence([method.to_vec(), uri].concat()))
    };
    let url = "http://ca.example/issuing.cer";
    let located = pki.issuing.leaf("client-2", support::validity()).adjust(|params| {
        let oid = [1, 3, 6, 1, 5, 5, 7, 1, 1];
        params.custom_extensions =
            vec![rcgen::CustomExtension::from_oid_content(&oid, access(url))];
    });
    let located = located.issue().unwrap();
    let plain = next(&pki.bundle(), &[pki.leaf.der()]);
    let told = "have the client send the certificate of CN=Test Issuing, which issued the client's certificate, or";
    assert!(plain.starts_with(told) && plain.ends_with("to be trusted by itself"), "{plain}");
    let with_url = next(&pki.bundle(), &[located.der()]);
    assert!(with_url.starts_with(told) && with_url.ends_with(url), "{with_url}");
    assert_eq!(next(&pki.bundle(), &[located.der(), pki.issuing.der()]), "");
    // Further up it is the intermediate's issuer that is missing.
    let elsewhere =
        Authority::root("Elsewhere", KeyKind::P256.generate().unwrap(), support::validity());
    let bundle = pki.file("elsewhere.pem", elsewhere.unwrap().pem().as_bytes());
    let above = next(&bundle, &[pki.leaf.der(), pki.issuing.der()]);
    assert!(
        above.contains("the certificate of CN=Test Root, which issued CN=Test Issuing"),
        "{above}"
    );
    let root = next(&bundle, &[pki.leaf.der(), pki.issuing.der(), pki.root.der()]);
    assert!(root.starts_with("put CN=Test Root into the trust bundle as an anchor"), "{root}");
}

#[test]
fn next_step_is_about_what_may_have_gone_wrong() {
    let pki = Pki::new();
    let unknown =
        Authority::root("Unknown", KeyKind::P256.generate().unwrap(), support::validity()).unwrap();
    let [old, new] =
        ["partner"; 2].map(|name| unknown.leaf(name, support::validity()).issue().unwrap());
    let strange = unknown.leaf("stranger", support::validity()).issue().unwrap();
    let mut params = rcgen::CertificateParams::new([]).unwrap();
    params.not_after = time::macros::datetime!(2030-01-01 0:00 UTC);
    let own = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let bundle = pki.file("pinned.pem", (pki.root.pem() + &old.pem()).as_bytes());
    for (chain, told) in [
        (vec![pki.issuing.der(), strange.der()], "turn the chain around"),
        (vec![new.der()], "put the new certificate under \"pinned\""),
        (
            vec![own.der()],
            "pin it, in PEM text or under \"pinned\", or have it issued by a CA of the bundle",
        ),
    ] {
        let next = next(&bundle, &chain);
        assert!(next.starts_with(told), "{told}: {next}");
    }
    for chain in [vec![pki.leaf.der(), pki.issuing.der(), pki.root.der()], vec![old.der()]] {
        assert_eq!(next(&bundle, &chain), "");
    }
}

#[test]
fn chain_with_a_certificate_too_many_or_a_second_way_is_accepted() {
    let pki = Pki::new();
    let bundle = pki.bundle();
    let stranger =
        Authority::root("Stranger", KeyKind::P256.generate().unwrap(), support::validity())
            .unwrap();
    let cross = stranger
        .intermediate("Test Issuing", pki.issuing.key().clone(), support::validity())
        .unwrap();
    for chain in [
        vec![pki.leaf.der(), stranger.der(), pki.issuing.der()],
        vec![pki.leaf.der(), cross.der(), pki.issuing.der()],
        vec![pki.leaf.der(), pki.issuing.der(), cross.der()],
    ] {
        assert_eq!(next(&bundle, &chain), "");
    }
    let alone = next(&bundle, &[pki.leaf.der(), cross.der()]);
    assert!(
        alone.contains("the certificate of CN=Stranger, which issued CN=Test Issuing"),
        "{alone}"
    );
}

#[test]
fn certificate_that_would_be_accepted_in_the_first_place_is_named() {
    let pki = Pki::new();
    let (leaf, issuing, root) = (pki.leaf.der(), pki.issuing.der(), pki.root.der());
    let unknown =
        Authority::root("Unknown", KeyKind::P256.generate().unwrap(), support::validity()).unwrap();
    let server = unknown.leaf("server", support::validity()).issue().unwrap();
    for (chain, position) in [
        (vec![root, issuing, leaf], 3),
        (vec![issuing, leaf], 2),
        (vec![server.der(), issuing, leaf], 3),
    ] {
        let next = next(&pki.bundle(), &chain);
        let told = format!("certificate {position}, CN=client-1, would be accepted there");
        assert!(
            next.starts_with("put the client's own certificate first") && next.ends_with(&told),
            "{next}"
        );
    }
    // The root in the bundle is a client's too, as every self-signed certificate in PEM text.
    for chain in [vec![server.der(), root], vec![server.der(), issuing, root]] {
        let next = next(&pki.bundle(), &chain);
        assert!(!next.contains("first"), "{next}");
    }
}

#[test]
fn missing_issuer_is_the_one_above_what_the_bundle_has() {
    let pki = Pki::new();
    let elsewhere =
        Authority::root("Elsewhere", KeyKind::P256.generate().unwrap(), support::validity());
    let anchors = elsewhere.unwrap().pem();
    let document = |members: Value| pki.file("document.json", members.to_string().as_bytes());
    let intermediates = json!({"anchors": &anchors, "intermediates": pki.issuing.pem()});
    let above = next(&document(intermediates), &[pki.leaf.der()]);
    assert!(
        above.contains("the certificate of CN=Test Root, which issued CN=Test Issuing"),
        "{above}"
    );
    for pinned in [pki.issuing.pem(), pki.root.pem()] {
        let bundle = document(json!({"anchors": &anchors, "pinned": pinned}));
        let next = next(&bundle, &[pki.leaf.der(), pki.issuing.der()]);
        assert!(next.starts_with("put that certificate under \"anchors\""), "{next}");
    }
    let complete = json!({"anchors": [&anchors, &pki.root.pem()], "pinned": pki.issuing.pem()});
    assert_eq!(next(&document(complete), &[pki.leaf.der(), pki.issuing.der()]), "");
}
