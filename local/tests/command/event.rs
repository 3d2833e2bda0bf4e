//! `alb-mtls event`: the event of a request, in both variants.

use std::fs;

use alb_mtls::alb::{Spelling, certificate_header};
use serde_json::{Value, json};

use crate::support::{Pki, run, stderr, stdout};

fn event(arguments: &[&str], input: &[u8]) -> Value {
    let mut all = vec!["event"];
    all.extend_from_slice(arguments);
    let output = run(&all, input);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn chain_becomes_the_header_in_the_spelling_and_under_the_name_asked_for() {
    let pki = Pki::new();
    let chain = pki.chain_file();
    let raw = event(&["--chain", &chain], b"");
    let value = certificate_header(pki.chain(), Spelling::Raw);
    assert_eq!(raw["multiValueHeaders"]["x-amzn-mtls-clientcert"], json!([value]));
    let escaped = event(&["--chain", &chain, "--escaped", "--client-cert-header", "X-Other"], b"");
    let value = certificate_header(pki.chain(), Spelling::Escaped);
    assert_eq!(escaped["multiValueHeaders"]["x-other"], json!([value]));
    let none = event(&[], b"");
    assert_eq!(none["multiValueHeaders"]["x-amzn-mtls-clientcert"], Value::Null);
}

#[test]
fn every_value_is_there_unless_single_values_are_asked_for() {
    let request = ["--path", "/a%2Fb?z=1&a=%20&z=2", "--header", "X: one", "--header", "x: two"];
    let multi = event(&request, b"");
    assert_eq!(multi["path"], "/a%2Fb");
    assert_eq!(
        multi["multiValueQueryStringParameters"].to_string(),
        r#"{"z":["1","2"],"a":["%20"]}"#,
        "in the order of the request"
    );
    assert_eq!(multi["multiValueHeaders"]["x"], json!(["one", "two"]));
    assert_eq!(multi["headers"], Value::Null);
    let single = event(&[&request[..], &["--single-value"]].concat(), b"");
    assert_eq!(single["queryStringParameters"], json!({"z": "2", "a": "%20"}));
    assert_eq!(single["headers"]["x"], "two");
    assert_eq!(single["multiValueHeaders"], Value::Null);
}

#[test]
fn body_is_text_where_its_type_says_so_and_base64_elsewhere() {
    let text = ["--method", "POST", "--header", "Content-Type: application/json", "--data", "{}"];
    let event_of_text = event(&text, b"");
    assert_eq!(event_of_text["httpMethod"], "POST");
    assert_eq!(event_of_text["body"], "{}");
    assert_eq!(event_of_text["isBase64Encoded"], false);
    assert_eq!(event_of_text["multiValueHeaders"]["content-length"], json!(["2"]));
    let bytes = event(&["--body", "-"], &[0, 255]);
    assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&json!("AP8="), &json!(true)));
}

#[test]
fn health_check_bears_no_sign_of_a_listener_or_a_client() {
    let multi = event(&["--health-check"], b"");
    assert_eq!(multi["multiValueHeaders"], json!({"user-agent": ["ELB-HealthChecker/2.0"]}));
    let single = event(&["--health-check", "--single-value"], b"");
    assert_eq!(single["headers"], json!({"user-agent": "ELB-HealthChecker/2.0"}));
    assert_eq!((&single["body"], &single["isBase64Encoded"]), (&json!(""), &json!(false)));
}

#[test]
fn event_goes_to_the_file_that_is_named() {
    let pki = Pki::new();
    let path = pki.path("event.json");
    let output = run(&["event", "--out", &path.display().to_string()], b"");
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), ""));
    let written: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(written["httpMethod"], "GET");
}

#[test]
fn private_key_never_gets_into_an_event() {
    let pki = Pki::new();
    let both = pki.file("both.pem", (pki.chain_pem() + &pki.leaf.key().pem()).as_bytes());
    let output = run(&["event", "--chain", &both], b"");
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(stderr(&output).contains("\"PRIVATE KEY\""), "{}", stderr(&output));
}

#[test]
fn usage_that_contradicts_itself_exits_with_two() {
    for arguments in [
        &["event", "--multi-value", "--single-value"][..],
        &["event", "--data", "x", "--body", "-"],
        &["event", "--health-check", "--data", "x"],
        &["event", "--header", "no colon"],
        &["event", "--chain", "/nowhere.pem"],
    ] {
        assert_eq!(run(arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
}
