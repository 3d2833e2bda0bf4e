//! `alb-mtls local` before a real nginx that takes requests only from a client that it knows.

use alb_mtls::pki::{Authority, KeyKind, Leaf, Validity, rcgen::ExtendedKeyUsagePurpose};
use reqwest::Identity;
use time::{Duration, OffsetDateTime};

use crate::support::{
    Pki,
    local::Local,
    real_parts::{Moto, Secret, Tls, TlsGateway},
    run, stderr,
};

/// A gateway, and what the function needs to reach it.
struct Hop {
    gateway: TlsGateway,
    ca: String,
    identity: String,
}

impl Hop {
    async fn new() -> Self {
        let validity = Validity::around(OffsetDateTime::now_utc(), Duration::days(2));
        let key = || KeyKind::P256.generate().unwrap();
        let root = Authority::root("Hop Root", key(), validity).unwrap();
        let usages = [ExtendedKeyUsagePurpose::ServerAuth];
        let server = root.leaf("localhost", validity).extended_key_usages(usages).dns("localhost");
        let adapter = root.leaf("adapter", validity).issue().unwrap();
        let both = |leaf: &Leaf| leaf.pem() + &leaf.key().pem();
        let (server, ca) = (both(&server.issue().unwrap()), root.pem());
        let tls = Tls { server, clients: Some(&ca), protocols: "TLSv1.2 TLSv1.3" };
        let gateway = TlsGateway::start(&tls).await;
        Self { gateway, identity: both(&adapter), ca }
    }
}

/// The answer to the client whose files are printed.
async fn call(local: &Local) -> (u16, String) {
    let client = local.client().identity(local.identity()).build().unwrap();
    let response = client.get(local.url()).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn gateway_that_demands_a_certificate_is_reached_with_the_identity_and_not_without() {
    let hop = Hop::new().await;
    let (pki, url) = (Pki::valid_now(), hop.gateway.url());
    let (ca, identity) =
        (pki.file("ca.pem", hop.ca.as_bytes()), pki.file("adapter.pem", hop.identity.as_bytes()));
    let without = ["--gateway", &url, "--gateway-ca", &ca];
    let with = [&without[..], &["--gateway-identity", &identity]].concat();

    let (status, body) = call(&Local::start(&with)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.starts_with("CN=adapter;"), "{body}");
    let (status, body) = call(&Local::start(&without)).await;
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("No required SSL certificate was sent"), "{body}");
    // Nor does it take anybody for the gateway.
    let (status, body) = call(&Local::start(&["--gateway", &url])).await;
    assert_eq!(status, 502, "{body}");
    assert!(body.contains("GatewayUnreachable"), "{body}");
}

#[tokio::test]
async fn secrets_of_the_hop_are_found_in_a_secrets_manager_that_is_named() {
    let hop = Hop::new().await;
    let (pki, url, moto) = (Pki::valid_now(), hop.gateway.url(), Moto::start().await);
    let bundle = std::fs::read_to_string(pki.bundle()).unwrap();
    for (name, content) in [("clients", &bundle), ("ca", &hop.ca), ("adapter", &hop.identity)] {
        moto.create_secret(name, Secret::Text(content)).await;
    }
    let local = Local::start(
        &[
            &["--gateway", &url, "--secrets-endpoint", moto.endpoint()][..],
            &["--trust-bundle-secrets", "clients"],
            &["--gateway-ca-secret", "ca", "--gateway-identity-secret", "adapter"],
        ]
        .concat(),
    );
    let identity = pki.leaf.key().pem() + &pki.chain_pem();
    let identity = Identity::from_pem(identity.as_bytes()).unwrap();
    let client = local.client().identity(identity).build().unwrap();
    let response = client.get(local.url()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().starts_with("CN=adapter;"));
}

#[test]
fn file_that_secures_nothing_is_named_before_anything_starts() {
    let pki = Pki::valid_now();
    let bundle = pki.bundle();
    let arguments = ["local", "--listen", "127.0.0.1:0", "--gateway", "https://localhost:1"];
    for (flag, reason) in [
        ("--gateway-ca", "GATEWAY_CA_SECRET: "),
        ("--gateway-identity", "GATEWAY_IDENTITY_SECRET: "),
    ] {
        let nonsense = pki.file("nonsense.pem", b"nonsense");
        let output = run(&[&arguments[..], &["--bundle", &bundle, flag, &nonsense]].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{flag}");
        let said = stderr(&output);
        assert!(
            said.contains(reason) && said.contains("nonsense.pem holds no PEM"),
            "{flag}: {said}"
        );
    }
}
