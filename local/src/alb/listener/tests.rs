use std::sync::Mutex;

use reqwest::{Certificate, Client, Identity};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::alb::{HeaderMode, Spelling, certificate_header};
use crate::pki::{Authority, KeyKind, Validity, chain_pem, rcgen};

/// A listener whose function answers with the event that it got, and what a client needs for it.
struct Scene {
    listener: Listener,
    root: Authority,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

fn echo() -> Target {
    Target::in_process(|call| async move {
        let event = String::from_utf8(call.event.to_vec())?;
        Ok(json!({"statusCode": 200, "headers": {"x": "y"}, "body": event})
            .to_string()
            .into_bytes())
    })
}

fn answering(answer: Value) -> Target {
    Target::in_process(move |_| {
        let answer = answer.to_string().into_bytes();
        async move { Ok(answer) }
    })
}

async fn scene(target: Target) -> Scene {
    scene_in(HeaderMode::Single, target).await
}

async fn scene_in(header_mode: HeaderMode, target: Target) -> Scene {
    let validity = Validity::around(OffsetDateTime::now_utc(), time::Duration::DAY);
    let root = Authority::root("Root", KeyKind::P256.generate().unwrap(), validity).unwrap();
    let server = root.leaf("localhost", validity).dns("localhost").ip([127, 0, 0, 1].into());
    let server =
        server.extended_key_usages([rcgen::ExtendedKeyUsagePurpose::ServerAuth]).issue().unwrap();
    let exchanges = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&exchanges);
    let mut config = Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), server);
    config.event.header_mode = header_mode;
    config.observer = Observer::new(move |exchange| seen.lock().unwrap().push(exchange));
    Scene { listener: Listener::start(config, target).await.unwrap(), root, exchanges }
}

impl Scene {
    fn url(&self, target: &str) -> String {
        format!("https://{}{target}", self.listener.address())
    }

    fn client(&self) -> reqwest::ClientBuilder {
        let root = Certificate::from_pem(self.root.pem().as_bytes()).unwrap();
        Client::builder().no_proxy().tls_certs_only([root])
    }

    fn only_exchange(&self) -> Exchange {
        let mut exchanges = self.exchanges.lock().unwrap();
        assert_eq!(exchanges.len(), 1);
        exchanges.remove(0)
    }
}

/// A leaf that nobody trusts and that expired long ago.
fn stranger(kind: KeyKind) -> (Leaf, Authority) {
    let validity = Validity::starting(datetime!(2001-01-01 0:00 UTC), time::Duration::DAY);
    let issuer = Authority::root("Nobody", KeyKind::P256.generate().unwrap(), validity).unwrap();
    (issuer.leaf("stranger", validity).key(kind.generate().unwrap()).issue().unwrap(), issuer)
}

fn identity(leaf: &Leaf, issuer: &Authority) -> Identity {
    let pem = leaf.key().pem() + &chain_pem([leaf.der(), issuer.der()]);
    Identity::from_pem(pem.as_bytes()).unwrap()
}

async fn event(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn every_kind_of_key_is_taken_in_both_versions_of_tls_untrusted_and_expired() {
    let scene = scene(echo()).await;
    for kind in KeyKind::all() {
        let (leaf, issuer) = stranger(kind);
        let expected = certificate_header([leaf.der(), issuer.der()], Spelling::Raw);
        for version in [reqwest::tls::Version::TLS_1_2, reqwest::tls::Version::TLS_1_3] {
            let client = scene.client().identity(identity(&leaf, &issuer));
            let client = client.tls_version_min(version).tls_version_max(version).build().unwrap();
            let event = event(client.get(scene.url("/"))).await;
            assert_eq!(event["headers"]["x-amzn-mtls-clientcert"], expected, "{kind} {version:?}");
        }
    }
}

#[tokio::test]
async fn a_certificate_whose_key_the_client_does_not_hold_ends_the_handshake() {
    let scene = scene(echo()).await;
    let (leaf, issuer) = stranger(KeyKind::P256);
    let (other, _) = stranger(KeyKind::P256);
    let provider = Arc::new(aws_lc_rs::default_provider());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(scene.root.der().to_vec())).unwrap();
        let key = PrivateKeyDer::Pkcs8(other.key().der().to_vec().into());
        let key = provider.key_provider.load_private_key(key).unwrap();
        let chain = vec![leaf.der().to_vec().into(), issuer.der().to_vec().into()];
        let stolen = Arc::new(rustls::sign::SingleCertAndKey::from(
            rustls::sign::CertifiedKey::new(chain, key),
        ));
        let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(stolen);
        let client = scene.client().tls_backend_preconfigured(config).build().unwrap();
        assert!(client.get(scene.url("/")).send().await.is_err(), "{version:?}");
    }
    assert!(scene.exchanges.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_client_without_a_certificate_comes_through_without_the_header() {
    let scene = scene(echo()).await;
    let event = event(scene.client().build().unwrap().get(scene.url("/"))).await;
    assert!(event["headers"].get("x-amzn-mtls-clientcert").is_none());
    let exchange = scene.only_exchange();
    assert_eq!((exchange.certificates, exchange.status.as_u16()), (0, 200));
    assert!(exchange.fault.is_none());
}

#[tokio::test]
async fn both_versions_of_http_deliver_the_same_event() {
    let scene = scene(echo()).await;
    let mut events = Vec::new();
    for (version, client) in [
        (http::Version::HTTP_11, scene.client().http1_only()),
        (http::Version::HTTP_2, scene.client().http2_prior_knowledge()),
    ] {
        let client = client.build().unwrap();
        let request = client
            .post(scene.url("/a%2Fb?z=1&a=%20&z=2"))
            .header("content-type", "text/plain")
            .body("hello");
        let response = request.header("cookie", "a=1").header("X-Upper", "é").send().await.unwrap();
        assert_eq!(response.version(), version);
        let mut event: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        event["headers"].as_object_mut().unwrap().retain(|name, _| name != "x-amzn-trace-id");
        events.push(event);
    }
    assert_eq!(events[0], events[1]);
    assert_eq!(events[0]["path"], "/a%2Fb");
    assert_eq!(events[0]["queryStringParameters"], json!({"z": "2", "a": "%20"}));
    assert_eq!(events[0]["headers"]["host"], scene.listener.address().to_string());
    assert_eq!(events[0]["headers"]["x-forwarded-for"], "127.0.0.1");
    assert_eq!(events[0]["body"], "hello");
}

/// That the load balancer would join them is nowhere promised.
#[tokio::test]
async fn cookies_that_http2_split_stay_so() {
    for (mode, headers, expected) in [
        (HeaderMode::Multi, "multiValueHeaders", json!(["a=1", "b=2"])),
        (HeaderMode::Single, "headers", json!("b=2")),
    ] {
        let scene = scene_in(mode, echo()).await;
        let client = scene.client().http2_prior_knowledge().build().unwrap();
        let request = client.get(scene.url("/")).header("cookie", "a=1").header("cookie", "b=2");
        request.send().await.unwrap();
        let event: Value = serde_json::from_slice(&scene.only_exchange().event.unwrap()).unwrap();
        assert_eq!(event[headers]["cookie"], expected);
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_bare_502_whose_reason_only_the_observer_learns() {
    for target in [
        answering(json!({"statusCode": 200, "multiValueHeaders": {}})),
        Target::in_process(|_| async { Err("broken".into()) }),
        Target::endpoint("http://127.0.0.1:1").unwrap(),
    ] {
        let scene = scene(target).await;
        let response = scene.client().build().unwrap().get(scene.url("/")).send().await.unwrap();
        assert_eq!(response.status(), 502);
        assert_eq!(response.headers()["server"], "awselb/2.0");
        let page = response.text().await.unwrap();
        assert!(page.contains("<h1>502 Bad Gateway</h1>"));
        let exchange = scene.only_exchange();
        assert!(exchange.event.is_some());
        assert!(matches!(exchange.fault, Some(Fault::Refused(_) | Fault::Invoke(_))));
    }
}

#[tokio::test]
async fn what_is_over_the_limits_never_reaches_the_function() {
    let scene = scene(echo()).await;
    let client = scene.client().http1_only().build().unwrap();
    let http2 = scene.client().http2_prior_knowledge().build().unwrap();
    let base = scene.url("/");
    for client in [&client, &http2] {
        let body = vec![b'x'; MEGABYTE + 1];
        assert_eq!(client.post(&base).body(body).send().await.unwrap().status(), 413);
        let long = "x".repeat(16 * 1024);
        assert_eq!(client.get(&base).header("x", &long).send().await.unwrap().status(), 400);
        assert_eq!(client.get(format!("{base}{long}")).send().await.unwrap().status(), 414);
        let mut many = client.get(&base);
        for number in 0..5 {
            many = many.header(format!("x-{number}"), "x".repeat(15 * 1024));
        }
        assert_eq!(many.send().await.unwrap().status(), 400);
    }
    let exchanges = scene.exchanges.lock().unwrap();
    assert_eq!(exchanges.len(), 8);
    assert!(exchanges.iter().all(|exchange| exchange.event.is_none()));
}

#[tokio::test]
async fn a_body_at_the_limit_passes_both_ways() {
    let scene = scene(answering(json!({"statusCode": 200, "headers": {"content-length": "3"}, "body": "x".repeat(1_048_000)}))).await;
    let client = scene.client().build().unwrap();
    let response = client.post(scene.url("/")).body(vec![b'x'; MEGABYTE]).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await.unwrap().len(), 1_048_000);
}

#[tokio::test]
async fn a_listener_that_stops_finishes_what_it_began() {
    let (began, mut beginning) = tokio::sync::mpsc::channel(1);
    let slow = Target::in_process(move |_| {
        let began = began.clone();
        async move {
            began.send(()).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok(br#"{"statusCode": 200}"#.to_vec())
        }
    });
    let scene = scene(slow).await;
    let (client, url) = (scene.client().build().unwrap(), scene.url("/"));
    let request = tokio::spawn(client.get(&url).send());
    beginning.recv().await.unwrap();
    scene.listener.stop().await;
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
    assert!(client.get(&url).send().await.is_err());
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let scene = scene(echo()).await;
    let (leaf, _) = stranger(KeyKind::P256);
    let error =
        Listener::start(Config::new(scene.listener.address(), leaf), echo()).await.unwrap_err();
    assert!(error.to_string().contains(&scene.listener.address().to_string()), "{error}");
    assert_eq!(EventSettings::default().header_mode, HeaderMode::Single);
}
