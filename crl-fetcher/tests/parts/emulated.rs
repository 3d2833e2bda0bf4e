//! The program itself, in AWS's emulator of the Lambda runtime.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    stage::{LOCATION, Stage},
    support::{emf::Data, real_parts::Emulator, web::Page},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_crl-fetcher");

async fn emulated(stage: &Stage, urls: &str) -> (Value, Emulator) {
    emulated_with(stage, urls, &[]).await
}

async fn emulated_with(stage: &Stage, urls: &str, more: &[(&str, &str)]) -> (Value, Emulator) {
    let own = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", stage.moto.endpoint()),
        ("AWS_ENDPOINT_URL_S3", stage.moto.endpoint()),
        ("TRUST_BUNDLE_SECRETS", "bundle"),
        ("CRL_URLS", urls),
        ("TRUST_CRLS", LOCATION),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ];
    let variables = [&own[..], more].concat();
    let emulator = Emulator::start(Path::new(PROGRAM), &variables).await;
    let answer = emulator.invoke("{}").await;
    (serde_json::from_slice(&answer).unwrap(), emulator)
}

#[tokio::test]
async fn program_puts_crls_and_writes_metrics() {
    let stage = Stage::new().await;
    let (answer, emulator) = emulated(&stage, &stage.nginx.url("ca.crl")).await;
    assert_eq!(answer[0]["outcome"], "replaced", "{answer} {}", emulator.log());
    assert_eq!(stage.standing().await.manifest.crls.len(), 1);
    let log = emulator.log();
    let line = log.lines().find(|line| line.contains("\"_aws\"")).unwrap();
    let data = Data::of(&serde_json::from_str(line).unwrap());
    assert_eq!(data.value("CrlFetchFailed"), Some(0.0));
    assert!(data.value("CrlHoursLeft").is_some_and(|hours| hours > 160.0), "{line}");
}

#[tokio::test]
async fn program_answers_lambda_with_an_error_that_names_what_failed() {
    let stage = Stage::new().await;
    let (answer, _) = emulated(&stage, &stage.nginx.url("none.crl")).await;
    let message = answer["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("none.crl (failed): it answers 404 Not Found"), "{answer}");

    let (answer, _) = emulated(&stage, "ldap:///CN=CA").await;
    let message = answer["errorMessage"].as_str().unwrap();
    assert!(message.contains("CRL_URLS: URL 1 is an LDAP URL"), "{answer}");
}

#[tokio::test]
async fn program_asks_a_proxy_where_one_is_set_and_for_crls_alone() {
    let stage = Stage::new().await;
    let url = "http://ca.invalid/ca.crl";
    stage.web.put(url, Page::of(&stage.ca.crl().await));
    let proxy = stage.web.url("/");
    let (answer, _) = emulated_with(&stage, url, &[("HTTP_PROXY", &proxy)]).await;
    assert_eq!(answer[0]["outcome"], "replaced", "{answer}");
    assert_eq!(stage.web.asked().len(), 1);
}

#[test]
fn program_outside_of_lambda_says_what_it_is() {
    let output = Command::new(PROGRAM).env_remove("AWS_LAMBDA_RUNTIME_API").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it runs only inside Lambda"));
}
