//! `allow` and `deny`: what `alb-mtls bundle` and `alb-mtls check` say of them.

use alb_mtls::pki::{
    Leaf, fingerprint,
    rcgen::{CertificateParams, DistinguishedName, DnType, GeneralSubtree, NameConstraints},
};
use serde_json::{Value, json};

use crate::support::{AT, Pki, run, stderr, stdout, validity};

/// A certificate of these attributes, in the order of its DER.
fn named(pki: &Pki, attributes: &[(DnType, &str)], is_ca: bool) -> Leaf {
    let name = |params: &mut CertificateParams| {
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in attributes {
            params.distinguished_name.push(kind.clone(), *value);
        }
    };
    let request = pki.root.leaf("named", validity()).adjust(name);
    match is_ca {
        true => request.authority().issue().unwrap(),
        false => request.issue().unwrap(),
    }
}

/// `emailAddress`, which RFC 4514 has no short name for.
fn email() -> DnType {
    DnType::CustomDnType(vec![1, 2, 840, 113_549, 1, 9, 1])
}

/// A CA that is called `CN=Example Issuing,O=Example\, Inc.,C=DE`, and an e-mail address.
fn issuing(pki: &Pki) -> String {
    let attributes = [
        (DnType::CountryName, "DE"),
        (DnType::OrganizationName, "Example, Inc."),
        (DnType::CommonName, "Example Issuing"),
        (email(), "pki@example.com"),
    ];
    named(pki, &attributes, true).pem()
}

/// The rules that `bundle` lists of a document, and its exit status.
fn listed(pki: &Pki, document: &Value) -> (i32, Vec<Value>) {
    let file = pki.file("rules.json", document.to_string().as_bytes());
    let output = run(&["bundle", &file, "--at", AT, "--format", "json"], b"");
    let inventory: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let rules = inventory["rules"].as_array().cloned().unwrap_or_default();
    (output.status.code().unwrap(), rules)
}

/// The warnings of one rule.
fn warnings(pki: &Pki, key: &str, rule: &Value) -> String {
    let (status, rules) = listed(
        pki,
        &json!({"anchors": pki.root.pem(), "intermediates": issuing(pki), key: [rule]}),
    );
    assert_eq!((status, rules.len()), (0, 1), "{rule}");
    let warnings = rules[0]["warnings"].as_array().unwrap();
    warnings.iter().map(|warning| warning.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Why a bundle with this rule cannot be read.
fn fault(pki: &Pki, rule: &Value) -> String {
    let document = json!({"anchors": pki.root.pem(), "deny": [rule]}).to_string();
    let file = pki.file("fault.json", document.as_bytes());
    let output = run(&["bundle", &file, "--at", AT], b"");
    assert_eq!(output.status.code(), Some(2), "{rule}");
    stderr(&output).to_owned()
}

#[test]
fn serial_of_digits_alone_is_warned_of_with_the_hexadecimal_of_its_decimal_reading() {
    let pki = Pki::new();
    let of =
        |serial: &str| warnings(&pki, "deny", &json!({"issuer": "CN=Test Root", "serial": serial}));
    for (serial, decimal) in
        [("4660", "0x1234"), ("0010", "0x0A"), ("11097153168793208327", "0x9A01020304050607")]
    {
        let warning = of(serial);
        assert!(warning.contains("read as hexadecimal"), "{serial}: {warning}");
        assert!(warning.contains(decimal), "{serial}: {warning}");
    }
    for serial in ["0x4660", "0X4660", "46:60", "1234AB", "7", "07", "00"] {
        assert_eq!(of(serial), "", "{serial}");
    }
}

#[test]
fn serial_that_no_certificate_has_refuses_the_bundle() {
    let pki = Pki::new();
    let of = |serial: &str| fault(&pki, &json!({"issuer": "CN=Test Root", "serial": serial}));
    let long = of(&"ab".repeat(21));
    assert!(long.contains("more than 20 octets (RFC 5280 section 4.1.2.2)"), "{long}");
    let decimal = of("1461501637330902918203684832716283019655932542975");
    assert!(decimal.contains(&format!("0x{}", "F".repeat(40))), "{decimal}");
    for serial in ["-1234", "0x", "1:2:3", "serial=1234", "4660 (0x1234)"] {
        assert!(of(serial).contains("openssl x509 -noout -serial"), "{serial}: {}", of(serial));
    }
    for serial in [format!("00{}", "ab".repeat(20)), "A:1B".to_owned()] {
        let rule = json!({"issuer": "CN=Test Root", "serial": serial});
        assert_eq!(warnings(&pki, "deny", &rule), "", "{serial}");
    }
}

#[test]
fn issuer_that_no_ca_has_as_its_name_is_warned_of_with_the_spelling_that_one_has() {
    let pki = Pki::new();
    let of = |issuer: &str| warnings(&pki, "deny", &json!({"issuer": issuer, "serial": "0x01"}));
    let ordinary = "emailAddress=pki@example.com,CN=Example Issuing,O=Example\\, Inc.,C=DE";
    let unknown = of("CN=Nobody");
    assert!(unknown.contains("no CA of the trust bundle has this name"), "{unknown}");
    for misspelt in [
        "C=DE,O=Example\\, Inc.,CN=Example Issuing,emailAddress=pki@example.com",
        "CN=Example Issuing,emailAddress=pki@example.com,O=Example\\, Inc.,C=DE",
        "C=DE,O=Example\\, Inc.,CN=Example Issuing/emailAddress=pki@example.com",
        "CN=Example Issuing,O=Example\\, Inc.,C=DE",
    ] {
        let warning = of(misspelt);
        let (_, spelling) = warning.split_once("write ").unwrap_or_default();
        assert!(!spelling.is_empty(), "{misspelt}: {warning}");
        assert_eq!(of(spelling), "", "what it names is right: {warning}");
    }
    for right in [
        ordinary,
        "1.2.840.113549.1.9.1=pki@example.com,cn=example issuing,O=Example\\2C Inc.,C=de",
        "CN=Test Root",
    ] {
        assert_eq!(of(right), "", "{right}");
    }
}

#[test]
fn issuer_of_a_pinned_client_or_of_a_list_is_known() {
    let pki = Pki::new();
    let rule = json!([{"issuer": "CN=Test Issuing", "serial": "0x01"}]);
    let pinned = json!({"pinned": pki.leaf.pem(), "deny": rule});
    assert_eq!(listed(&pki, &pinned).1[0]["warnings"], json!([]));
    let other =
        json!({"pinned": pki.root.leaf("other", validity()).issue().unwrap().pem(), "deny": rule});
    assert_ne!(listed(&pki, &other).1[0]["warnings"], json!([]));
}

#[test]
fn name_that_only_others_write_so_refuses_the_bundle_and_is_told_as_rfc_4514_has_it() {
    let pki = Pki::new();
    for written in [
        "/C=DE/O=Example, Inc./CN=Example Issuing/emailAddress=pki@example.com",
        "C = DE, O = \"Example, Inc.\", CN = Example Issuing, emailAddress = pki@example.com",
        "subject=C = DE, O = Example\\, Inc., CN = Example Issuing, emailAddress = pki@example.com",
        "C=DE, O=\"Example, Inc.\", CN=Example Issuing, emailAddress=pki@example.com",
        "E=pki@example.com, CN=Example Issuing, O=\"Example, Inc.\", C=DE",
        "EMAILADDRESS=pki@example.com, CN=Example Issuing, O=\"Example, Inc.\", C=DE",
    ] {
        let told = fault(&pki, &json!({"subject": written}));
        let (_, spelling) = told.split_once("write ").unwrap_or_default();
        let spelling = spelling.lines().next().unwrap_or_default();
        assert!(!spelling.is_empty(), "{written}: {told}");
        let rule = json!({"issuer": spelling, "serial": "0x01"});
        assert_eq!(warnings(&pki, "deny", &rule), "", "{written}: {told}");
    }
    let secret = fault(&pki, &json!({"subject": "hunter2/correct horse"}));
    assert!(secret.contains("-nameopt RFC2253"), "{secret}");
    assert!(!secret.contains("hunter2"), "{secret}");
}

#[test]
fn subject_in_the_order_of_openssl_is_warned_of_and_ordinary_spelling_is_not() {
    let pki = Pki::new();
    let of = |subject: &str| warnings(&pki, "deny", &json!({"subject": subject}));
    for (subject, spelling) in [
        ("O=Partner,CN=bad client", "CN=bad client,O=Partner"),
        ("C=DE,O=Example\\, Inc.,CN=a", "CN=a,O=Example\\, Inc.,C=DE"),
        ("DC=com,DC=example,CN=a", "CN=a,DC=example,DC=com"),
        ("C=DE,O=x,CN=a/emailAddress=a@b", "emailAddress=a@b,CN=a,O=x,C=DE"),
        ("CN=a;O=x", "CN=a,O=x"),
        ("CN=a,O=\"x\"", "CN=a,O=x"),
    ] {
        let warning = of(subject);
        assert!(warning.contains(&format!("write {spelling}")), "{subject}: {warning}");
        assert!(warning.contains("if "), "it is a guess: {warning}");
    }
    for subject in [
        "CN=bad client,O=Partner",
        "CN=a,OU=b,O=c,L=d,ST=e,C=DE",
        "emailAddress=a@b,CN=a,C=DE",
        "serialNumber=1,CN=a,O=x,C=DE",
        "CN=a,DC=example,DC=com",
        "CN=a/b=c",
        "CN=host/client.example.com,O=x",
        "O=Partner,C=DE",
        "CN=a",
        "OU=a,OU=b",
    ] {
        assert_eq!(of(subject), "", "{subject}");
    }
}

#[test]
fn subject_of_a_pinned_client_in_another_order_is_told_for_certain() {
    let pki = Pki::new();
    let attributes = [(DnType::CommonName, "client"), (DnType::OrganizationName, "Example")];
    let pinned = named(&pki, &attributes, false);
    let of = |subject: &str| {
        let rules = json!([{"subject": subject}]);
        listed(&pki, &json!({"pinned": pinned.pem(), "allow": rules})).1[0]["warnings"].clone()
    };
    let warning = of("CN=client,O=Example").to_string();
    assert!(warning.contains("write O=Example,CN=client"), "{warning}");
    assert_eq!(of("O=Example,CN=client"), json!([]), "as unusual as it is");
}

#[test]
fn rule_about_a_ca_is_warned_of_since_rules_are_about_clients() {
    let pki = Pki::new();
    let sha256 = fingerprint(pki.root.der());
    for rule in [json!({"sha256": sha256}), json!({"subject": "CN=Test Root"})] {
        let warning = warnings(&pki, "deny", &rule);
        assert!(warning.contains("a CA of the trust bundle"), "{rule}: {warning}");
    }
    let pinned = json!({
        "pinned": [pki.root.pem(), pki.leaf.pem()],
        "anchors": pki.root.pem(),
        "deny": [{"sha256": sha256}, {"sha256": fingerprint(pki.leaf.der())}],
    });
    for rule in listed(&pki, &pinned).1 {
        assert_eq!(rule["warnings"], json!([]), "{rule}");
    }
}

#[test]
fn allow_that_a_deny_cancels_is_warned_of() {
    let pki = Pki::new();
    let of = |allow: Value, deny: Value| {
        let document = json!({"anchors": pki.root.pem(), "allow": [allow], "deny": [deny]});
        listed(&pki, &document).1[0]["warnings"].to_string()
    };
    for (allow, deny) in [
        (json!({"dns": "a.example.com"}), json!({"dns": "A.example.com"})),
        (json!({"dns": "a.example.com"}), json!({"dns": "*.example.com"})),
        (json!({"subject": "CN=a"}), json!({"subject": "cn=A"})),
        (
            json!({"issuer": "CN=Test Root", "serial": "0x0A1B"}),
            json!({"issuer": "CN=Test Root", "serial": "0A:1B"}),
        ),
    ] {
        let warning = of(allow, deny);
        assert!(warning.contains("entry 1 of \\\"deny\\\""), "{warning}");
    }
    for (allow, deny) in [
        (json!({"dns": "*.example.com"}), json!({"dns": "a.example.com"})),
        (json!({"dns": "a.example.com"}), json!({"dns": "b.example.com"})),
        (json!({"dns": "a.example.com"}), json!({"uri": "https://a.example.com"})),
    ] {
        assert_eq!(of(allow, deny), "[]");
    }
}

#[test]
fn allow_that_nobody_can_meet_is_warned_of() {
    let pki = Pki::new();
    let constrained = |params: &mut CertificateParams| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
            excluded_subtrees: vec![GeneralSubtree::Rfc822Name("example.org".to_owned())],
        });
    };
    let anchor = pki.root.leaf("Constrained", validity()).authority().adjust(constrained);
    let anchor = anchor.issue().unwrap().pem();
    let of = |bundle: Value, rule: Value| {
        let mut document = bundle;
        document["allow"] = json!([rule]);
        listed(&pki, &document).1[0]["warnings"].to_string()
    };
    let outside = [json!({"dns": "a.example.net"}), json!({"email": "a@example.org"})];
    for rule in &outside {
        let warning = of(json!({"anchors": anchor}), rule.clone());
        assert!(warning.contains("name constraints of every anchor"), "{rule}: {warning}");
        assert_eq!(of(json!({"anchors": [anchor, pki.root.pem()]}), rule.clone()), "[]", "{rule}");
    }
    for within in [
        json!({"dns": "a.example.com"}),
        json!({"dns": "*.example.net"}),
        json!({"email": "a@example.com"}),
        json!({"uri": "spiffe://example.net/a"}),
        json!({"subject": "CN=a"}),
    ] {
        assert_eq!(of(json!({"anchors": anchor}), within.clone()), "[]", "{within}");
    }
    let pinned = json!({"pinned": pki.leaf.pem()});
    let warning = of(pinned.clone(), json!({"dns": "else.example.com"}));
    assert!(warning.contains("pins no client whom it names"), "{warning}");
    assert_eq!(of(pinned, json!({"dns": "client-1.example.com"})), "[]");
}

#[test]
fn every_rule_is_listed_with_what_it_matches_in_the_bundle() {
    let pki = Pki::new();
    let (status, rules) = listed(
        &pki,
        &json!({
            "anchors": pki.root.pem(),
            "intermediates": pki.issuing.pem(),
            "pinned": pki.leaf.pem(),
            "allow": [{"dns": "*.example.com"}],
            "deny": [{"issuer": "CN=Test Issuing", "serial": "00:0a:1b"}, {"subject": "CN=else"}],
        }),
    );
    assert_eq!(status, 0);
    let told = |member: &str| rules.iter().map(|rule| rule[member].clone()).collect::<Value>();
    assert_eq!(told("key"), json!(["allow", "deny", "deny"]));
    assert_eq!(told("entry"), json!([1, 1, 2]));
    assert_eq!(
        told("rule"),
        json!(["dns *.example.com", "issuer CN=Test Issuing, serial 0A1B", "subject CN=else"])
    );
    let matched = |kind: &str, role: &str, subject: &str, sha256: &str| json!([{"as": role, "kind": kind, "subject": subject, "sha256": sha256}]);
    assert_eq!(
        told("matches"),
        json!([
            matched("pinned", "client", "CN=client-1", &fingerprint(pki.leaf.der())),
            matched("intermediate", "issuer", "CN=Test Issuing", &fingerprint(pki.issuing.der())),
            [],
        ])
    );
    assert_eq!(told("warnings"), json!([[], [], []]));
}

#[test]
fn table_has_the_rules_with_their_problems_in_the_row() {
    let pki = Pki::new();
    let document = json!({
        "anchors": pki.root.pem(),
        "deny": [{"issuer": "CN=Nobody", "serial": "0x01"}, {"subject": "CN=somebody"}],
    });
    let output = run(&["bundle", "-", "--at", AT], document.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let table = stdout(&output);
    let row = table.find("issuer CN=Nobody, serial 01").unwrap();
    let problem = table.find("no CA of the trust bundle has this name").unwrap();
    let next = table.find("subject CN=somebody").unwrap();
    assert!(row < problem && problem < next, "{table}");
    assert!(table.contains("allow: 0, deny: 2"), "{table}");
    let plain = run(&["bundle", "-", "--at", AT], pki.root.pem().as_bytes());
    assert!(!stdout(&plain).contains("deny"), "no rules, no word of them");
}

/// The verdict of `check` on the client `client-1` by a bundle with these rules, and its standard error.
fn check(pki: &Pki, rules: Value) -> (i32, Value, String) {
    let mut document = json!({"anchors": pki.root.pem()});
    document.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
    let file = pki.file("checked.json", document.to_string().as_bytes());
    let chain = pki.chain_file();
    let output = run(&["check", &chain, "--bundle", &file, "--at", AT, "--format", "json"], b"");
    let verdict = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), verdict, stderr(&output).to_owned())
}

#[test]
fn check_says_which_rule_decided() {
    let pki = Pki::new();
    let (hit, miss) = (json!({"dns": "client-1.example.com"}), json!({"dns": "else.example.org"}));
    let (status, verdict, _) = check(&pki, json!({"allow": [miss, hit]}));
    assert_eq!((status, &verdict["rule"]["key"]), (0, &json!("allow")));
    assert_eq!(verdict["rule"]["entry"], 2);
    assert_eq!(verdict["rule"]["rule"], "dns client-1.example.com");
    let (status, verdict, _) = check(&pki, json!({"allow": [hit], "deny": [miss, miss, hit]}));
    assert_eq!((status, &verdict["rule"]["key"]), (1, &json!("deny")));
    assert_eq!(verdict["rule"]["entry"], 3);
    let (status, verdict, _) = check(&pki, json!({"deny": [miss]}));
    assert_eq!((status, &verdict["rule"]), (0, &Value::Null));
}

#[test]
fn check_names_the_entry_of_allow_that_came_nearest_and_none_that_is_far() {
    let pki = Pki::new();
    let far = json!({"dns": "else.example.org"});
    for (near, why) in [
        (json!({"uri": "https://client-1.example.com"}), "DNS:client-1.example.com"),
        (json!({"dns": "client-1"}), "common name"),
        (json!({"subject": "CN=client-1,O=Example"}), "CN=client-1"),
        (json!({"dns": "*.client-1.example.com"}), "client-1.example.com"),
        (json!({"dns": "*.com"}), "one label"),
    ] {
        let (status, verdict, _) = check(&pki, json!({"allow": [far, near]}));
        assert_eq!((status, &verdict["reason"]), (1, &json!("ClientCertRejected")), "{near}");
        assert_eq!(verdict["rule"], Value::Null, "none decided");
        let nearest = &verdict["nearest"];
        assert_eq!(nearest["entry"], 2, "{near}: {verdict}");
        assert!(nearest["why"].as_str().unwrap().contains(why), "{near}: {verdict}");
    }
    let (status, verdict, _) = check(&pki, json!({"allow": [far]}));
    let (issuer, serial) =
        (&verdict["leaf"]["issuer"], verdict["leaf"]["serial"].as_str().unwrap());
    let decimal = u128::from_str_radix(serial, 16).unwrap().to_string();
    for near in [
        json!({"issuer": issuer, "serial": decimal}),
        json!({"issuer": "CN=Somebody Else", "serial": serial}),
    ] {
        let (status, verdict, _) = check(&pki, json!({"allow": [far, near]}));
        let nearest = &verdict["nearest"];
        assert_eq!((status, &nearest["entry"]), (1, &json!(2)), "{near}: {verdict}");
        let why = nearest["why"].as_str().unwrap();
        assert!(why.contains(issuer.as_str().unwrap()) && why.contains(serial), "{near}: {why}");
    }
    assert_eq!((status, &verdict["nearest"]), (1, &Value::Null));
    assert!(verdict["detail"].as_str().unwrap().contains("no entry of \"allow\""), "{verdict}");
}

#[test]
fn check_warns_of_a_rule_that_may_meet_nobody() {
    let pki = Pki::new();
    let deny = |serial: &str| json!({"deny": [{"issuer": "CN=Test Root", "serial": serial}]});
    let (status, _, told) = check(&pki, deny("4660"));
    assert_eq!(status, 0);
    assert!(told.contains("warning: entry 1 of \"deny\" in"), "{told}");
    assert_eq!(check(&pki, deny("0x4660")).2, "");
}
