use reqwest::Client;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::pki::{self, Authority, KeyKind, Validity};

const HEADER: &str = "X-Amzn-Mtls-Clientcert";

fn leaf() -> pki::Leaf {
    let validity = Validity::starting(datetime!(2020-01-01 0:00 UTC), Duration::days(1));
    let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), validity).unwrap();
    root.leaf("client", validity).issue().unwrap()
}

fn escaped(pem: &str) -> String {
    percent_encoding::utf8_percent_encode(pem, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn a_certificate_that_reads_is_echoed_though_it_expired() {
    let gateway = Gateway::start(Config::default()).await.unwrap();
    let leaf = leaf();
    let request = Client::new().post(format!("{}/a%2Fb?x=1&x=%20", gateway.url()));
    let response = request
        .header(HEADER, escaped(&leaf.pem()))
        .header("x-two", "1")
        .header("x-two", "2")
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let echo: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(echo["mode"], "enc-4.1");
    assert_eq!(echo["certificate"]["sha256"], pki::fingerprint(leaf.der()));
    assert_eq!(echo["certificate"]["subject"], "CN=client");

    let seen = gateway.take_seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].target, "/a%2Fb?x=1&x=%20");
    assert_eq!(seen[0].body, b"hello");
    assert_eq!(seen[0].values("X-Two").collect::<Vec<_>>(), [b"1", b"2"]);
    assert_eq!(seen[0].connection, 1);
    assert!(gateway.seen().is_empty());
    gateway.stop().await;
}

#[tokio::test]
async fn an_unreadable_certificate_is_a_500_that_echoes_the_request() {
    let gateway = Gateway::start(Config::default()).await.unwrap();
    let request = Client::new()
        .get(gateway.url())
        .header(HEADER, "nonsense")
        .header("cookie", "a=b")
        .header("authorization", "secret");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()[HEADER], "nonsense");
    assert_eq!(response.headers()["cookie"], "a=b");
    assert!(!response.headers().contains_key("authorization"));
    let fault: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(fault["code"], "900900");
    assert_eq!(fault["description"], "Error while validating into Certificate Existence");
}

#[tokio::test]
async fn a_missing_certificate_is_a_401_unless_the_api_does_not_insist() {
    let gateway = Gateway::start(Config::default()).await.unwrap();
    // `_` is not `-`: this is another header.
    let request =
        Client::new().get(gateway.url()).header("X_Amzn_Mtls_Clientcert", escaped(&leaf().pem()));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Mutual SSL realm=\"WSO2 API Manager\"");
    assert_eq!(gateway.seen()[0].reading, Reading::Missing);

    let relaxed = Gateway::start(Config { mandatory: false, ..Config::default() }).await.unwrap();
    assert_eq!(reqwest::get(relaxed.url()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn of_two_certificates_the_first_is_taken() {
    let gateway = Gateway::start(Config::default()).await.unwrap();
    let (first, second) = (leaf(), leaf());
    let request = Client::new()
        .get(gateway.url())
        .header(HEADER, escaped(&first.pem()))
        .header(HEADER, escaped(&second.pem()));
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(
        gateway.seen()[0].reading,
        Reading::Certificate(Certificate { der: first.der().to_vec() })
    );
}
