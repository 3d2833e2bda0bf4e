//! The connection to the gateway over real TLS: who is taken for the gateway, as whom the function comes,
//! and what becomes of both while the secrets change.

#![cfg(test)]

mod alerting;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant, SystemTime};

use alb_mtls::{
    alb::{Answer, Request},
    pki::{Authority, Key, KeyKind, Leaf, Validity, rcgen::ExtendedKeyUsagePurpose},
    secrets::{self, SecretValue, Secrets},
};
use alerting::Alerting;
use rustls::version::{TLS12, TLS13};
use support::{
    Journey, Standing, code,
    emf::Data,
    get, key,
    real_parts::{SServer, Tls, TlsGateway, openssl},
};
use time::OffsetDateTime;

const ANY_TLS: &str = "TLSv1.2 TLSv1.3";
const UNREACHABLE: &str = "502 GatewayUnreachable";
const NO_CREDENTIALS: &str = "503 GatewayCredentialsUnavailable";

// --- who is taken for the gateway -----------------------------------------------------------------

#[tokio::test]
async fn gateway_of_an_authority_in_the_secret_is_reached_and_of_no_other() {
    let (ours, theirs) = (root("Hop Root"), root("Hop Root"));
    let gateway = open_to_all(&pem(&server(&ours, "localhost"))).await;
    assert_eq!(Hop::trusting(&gateway, &ours.pem()).await.verdict().await, "200");
    let hop = Hop::trusting(&gateway, &theirs.pem()).await;
    assert_eq!(hop.verdict().await, UNREACHABLE);
    assert!(hop.detail().contains("GATEWAY_CA_SECRET"), "{}", hop.detail());
    // Nor by the public authorities, where none is named.
    let hop = Hop::to(&gateway.url(), &[]).await;
    assert_eq!(hop.verdict().await, UNREACHABLE);
    assert!(hop.detail().contains("UnknownIssuer"), "{}", hop.detail());
}

#[tokio::test]
async fn gateway_has_to_be_the_host_of_the_url_and_within_its_dates() {
    let root = root("Hop Root");
    let elsewhere = server(&root, "other.example.com");
    let early = issued(&root, "localhost", soon());
    let late = issued(&root, "localhost", past());
    for (leaf, ca, reason) in [
        (&elsewhere, root.pem(), "GATEWAY_URL has to name a host"),
        (&elsewhere, elsewhere.pem(), "GATEWAY_URL has to name a host"),
        (&early, root.pem(), "valid now"),
        (&early, early.pem(), "valid now"),
        (&late, root.pem(), "valid now"),
    ] {
        let gateway = open_to_all(&pem(leaf)).await;
        let hop = Hop::trusting(&gateway, &ca).await;
        assert_eq!(hop.verdict().await, UNREACHABLE);
        assert!(hop.detail().contains(reason), "{}", hop.detail());
    }
}

#[tokio::test]
async fn gateway_with_a_common_name_alone_is_told_to_get_a_subject_alternative_name() {
    let root = root("Hop Root");
    let issued = root.leaf("localhost", lasting());
    let issued = issued.extended_key_usages([ExtendedKeyUsagePurpose::ServerAuth]).issue().unwrap();
    let own = nameless().await;
    for (server, ca) in [(pem(&issued), root.pem()), (own.clone(), certificate_of(&own))] {
        let gateway = open_to_all(&server).await;
        for (url, name) in [
            (gateway.url(), "DNS:localhost"),
            (gateway.url().replace("localhost", "127.0.0.1"), "IP:127.0.0.1"),
        ] {
            let hop = Hop::to(&url, &[(CA, ca.clone())]).await;
            assert_eq!(hop.verdict().await, UNREACHABLE);
            let reason = format!(
                "common name alone does not count; a subject alternative name with {name} is needed"
            );
            assert!(hop.detail().contains(&reason), "{}", hop.detail());
        }
    }
    // With one, of another host, it is not that.
    let gateway = open_to_all(&pem(&server(&root, "other.example.com"))).await;
    let hop = Hop::trusting(&gateway, &root.pem()).await;
    assert_eq!(hop.verdict().await, UNREACHABLE);
    assert!(!hop.detail().contains("common name"), "{}", hop.detail());
}

#[tokio::test]
async fn self_signed_certificate_in_the_secret_is_the_gateways_though_it_is_one_for_a_ca() {
    let (ours, theirs) = (self_signed(true).await, self_signed(true).await);
    let gateway = open_to_all(&ours).await;
    assert_eq!(Hop::trusting(&gateway, &certificate_of(&ours)).await.verdict().await, "200");
    for hop in [
        Hop::trusting(&gateway, &certificate_of(&theirs)).await,
        Hop::to(&gateway.url(), &[]).await,
    ] {
        assert_eq!(hop.verdict().await, UNREACHABLE);
        assert!(hop.detail().contains("GATEWAY_CA_SECRET"), "{}", hop.detail());
    }
}

#[tokio::test]
async fn certificate_that_is_no_authority_stands_for_itself_and_for_nothing_that_its_key_signs() {
    let ours = self_signed(false).await;
    let gateway = open_to_all(&ours).await;
    assert_eq!(Hop::trusting(&gateway, &certificate_of(&ours)).await.verdict().await, "200");

    let root = root("Hop Root");
    let pinned = server(&root, "localhost");
    let gateway = open_to_all(&pem(&pinned)).await;
    assert_eq!(Hop::trusting(&gateway, &pinned.pem()).await.verdict().await, "200");
    let minted = minted_by(&ours).await;
    let gateway = open_to_all(&minted).await;
    let hop = Hop::trusting(&gateway, &certificate_of(&ours)).await;
    assert_eq!(hop.verdict().await, UNREACHABLE);
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let root = root("Hop Root");
    for (protocols, verdict) in
        [("TLSv1.2", "200"), ("TLSv1.3", "200"), ("TLSv1.1", UNREACHABLE), ("TLSv1", UNREACHABLE)]
    {
        let server = pem(&server(&root, "localhost"));
        let gateway = TlsGateway::start(&Tls { server, clients: None, protocols }).await;
        let hop = Hop::trusting(&gateway, &root.pem()).await;
        assert_eq!(hop.verdict().await, verdict, "{protocols}");
        if verdict != "200" {
            assert!(hop.detail().contains("TLS 1.2 "), "{}", hop.detail());
            assert!(!hop.detail().contains("certificate"), "{}", hop.detail());
        }
    }
}

// --- as whom the function comes -------------------------------------------------------------------

#[tokio::test]
async fn function_comes_with_its_identity_whatever_form_its_key_has() {
    let root = root("Hop Root");
    let gateway = demanding(&root, ANY_TLS).await;
    let rsa = adapter(&root, KeyKind::Rsa2048.generate().unwrap());
    let p256 = adapter(&root, key());
    let pkcs1 = rewritten(&rsa, &["rsa", "-traditional"]).await;
    let sec1 = rewritten(&p256, &["ec"]).await;
    assert!(pkcs1.contains("BEGIN RSA PRIVATE KEY") && sec1.contains("BEGIN EC PRIVATE KEY"));
    for identity in [pem(&rsa), pem(&p256), p256.pem() + &sec1, pkcs1 + &rsa.pem()] {
        let hop = Hop::presenting(&gateway, &root.pem(), &identity).await;
        let answer = hop.send().await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.starts_with(b"CN=adapter;"), "{answer:?}");
    }
}

#[tokio::test]
async fn gateway_that_demands_an_identity_refuses_the_function_without_one_or_with_a_strangers() {
    let (root, stranger) = (root("Hop Root"), root("Stranger"));
    let gateway = demanding(&root, ANY_TLS).await;
    let without = Hop::trusting(&gateway, &root.pem()).await;
    // nginx ends the handshake and answers itself; what it says is passed on.
    let answer = without.send().await;
    assert_eq!(answer.status, 400);
    assert!(String::from_utf8_lossy(&answer.body).contains("No required SSL certificate was sent"));
    let identity = pem(&adapter(&stranger, key()));
    assert_eq!(Hop::presenting(&gateway, &root.pem(), &identity).await.send().await.status, 400);
}

#[tokio::test]
async fn refused_handshake_says_whose_certificate_it_was_about() {
    let (root, stranger) = (root("Hop Root"), root("Stranger"));
    let server = pem(&server(&root, "localhost"));
    // In TLS 1.3 the request may be on its way by then.
    for (protocol, refused) in
        [("-tls1_2", &[UNREACHABLE][..]), ("-tls1_3", &[UNREACHABLE, "502 GatewayFault"])]
    {
        let gateway = SServer::start(&server, &root.pem(), protocol).await;
        let with = async |identity: Leaf| {
            let secrets = [(CA, root.pem()), (IDENTITY, pem(&identity))];
            Hop::to(&gateway.url(), &secrets).await
        };
        assert_eq!(with(adapter(&root, key())).await.verdict().await, "200", "{}", gateway.log());
        let strangers =
            "is the certificate in GATEWAY_IDENTITY_SECRET in the gateway's trust store?";
        let none = "the gateway asks for a client certificate; set GATEWAY_IDENTITY_SECRET";
        for (hop, reason) in [
            (with(adapter(&stranger, key())).await, strangers),
            (Hop::to(&gateway.url(), &[(CA, root.pem())]).await, none),
        ] {
            let verdict = hop.verdict().await;
            assert!(refused.contains(&verdict.as_str()), "{protocol}: {verdict}");
            assert!(hop.detail().ends_with(reason), "{protocol}: {}", hop.detail());
        }
    }
}

// --- secrets change -------------------------------------------------------------------------------

#[tokio::test]
async fn renewed_gateway_is_reached_on_the_first_request_once_its_authority_is_in_the_secret() {
    let (old, new) = (root("Old Root"), root("New Root"));
    let mut gateway = open_to_all(&pem(&server(&old, "localhost"))).await;
    let hop = Hop::trusting(&gateway, &old.pem()).await;
    assert_eq!(hop.verdict().await, "200");
    let server = pem(&server(&new, "localhost"));
    gateway.restart(&Tls { server, clients: None, protocols: ANY_TLS }).await;
    assert_eq!(hop.verdict().await, UNREACHABLE);
    hop.put(CA, &new.pem());
    // Asked for once in ten seconds, whoever causes it.
    assert_eq!(hop.verdict().await, UNREACHABLE);
    hop.pass(10);
    assert_eq!(hop.verdict().await, "200");
}

#[tokio::test]
async fn renewed_identity_is_presented_on_the_first_request_that_the_old_one_fails() {
    let (old, new) = (root("Old Root"), root("New Root"));
    for protocol in ["-tls1_2", "-tls1_3"] {
        let gateway = SServer::start(&pem(&server(&old, "localhost")), &new.pem(), protocol).await;
        let secrets = [(CA, old.pem()), (IDENTITY, pem(&adapter(&old, key())))];
        let hop = Hop::to(&gateway.url(), &secrets).await;
        assert_ne!(hop.verdict().await, "200");
        hop.put(IDENTITY, &pem(&adapter(&new, key())));
        hop.pass(10);
        assert_eq!(hop.verdict().await, "200", "{protocol}");
    }
}

#[tokio::test]
async fn refusal_that_follows_a_request_has_it_sent_again_only_if_that_makes_no_difference() {
    let root = root("Hop Root");
    let cases = [(&TLS12, 0), (&TLS12, 1), (&TLS13, 0), (&TLS13, 1)];
    let methods = [("POST", 502, 1), ("GET", 200, 2)];
    for ((version, answers), (method, status, processed)) in
        cases.into_iter().flat_map(|case| methods.map(|method| (case, method)))
    {
        let gateway = Alerting::start(&server(&root, "localhost"), version, answers);
        let hop = Hop::to(gateway.url(), &[(CA, root.pem())]).await;
        for _ in 0..answers {
            assert_eq!(hop.verdict().await, "200");
        }
        hop.put(CA, &format!("{}\n", root.pem()));
        hop.pass(10);
        let chain = vec![hop.client.der().to_vec()];
        let request = Request { method: method.to_owned(), ..get(chain) };
        let answer = hop.journey.send(&request).await;
        assert_eq!(answer.status, status, "{method}, {version:?}, {answers}: {answer:?}");
        assert_eq!(gateway.processed(), answers + processed, "{method}, {version:?}, {answers}");
        // Not for want of the secret.
        assert_eq!(hop.verdict().await, "200");
    }
}

#[tokio::test]
async fn connection_outlives_a_refresh_that_changes_nothing_and_no_other() {
    let root = root("Hop Root");
    let gateway = demanding(&root, ANY_TLS).await;
    let identity = pem(&adapter(&root, key()));
    let hop = Hop::presenting(&gateway, &root.pem(), &identity).await;
    let connection = async || String::from_utf8(hop.send().await.body.to_vec()).unwrap();
    let first = connection().await;
    hop.age();
    assert_eq!(connection().await, first);
    hop.put(IDENTITY, &pem(&adapter(&root, key())));
    hop.age();
    assert_ne!(connection().await, first);
}

#[tokio::test]
async fn ca_that_was_removed_is_not_trusted_once_its_refresh_is_due() {
    let (old, new) = (root("Old Root"), root("New Root"));
    let gateway = open_to_all(&pem(&server(&old, "localhost"))).await;
    for (seconds, verdicts) in
        [(224, ["200", "200"]), (225, ["200", UNREACHABLE]), (300, [UNREACHABLE; 2])]
    {
        let hop = Hop::trusting(&gateway, &old.pem()).await;
        assert_eq!(hop.verdict().await, "200");
        hop.put(CA, &new.pem());
        hop.pass(seconds);
        for verdict in verdicts {
            assert_eq!(hop.verdict().await, verdict, "{seconds}");
        }
    }
}

#[tokio::test]
async fn silent_secrets_manager_holds_a_request_up_for_one_second_and_not_for_one_each_secret() {
    let root = root("Hop Root");
    let gateway = demanding(&root, ANY_TLS).await;
    let hop = Hop::presenting(&gateway, &root.pem(), &pem(&adapter(&root, key()))).await;
    assert_eq!(hop.verdict().await, "200");
    // The trust bundle, the CA and the identity.
    hop.waits_once_for_a_silent_secrets_manager([(300, 3), (9, 3), (1, 6)]).await;
}

#[tokio::test]
async fn silent_secrets_manager_holds_requests_up_once_in_ten_seconds_though_secrets_are_of_different_ages()
 {
    let root = root("Hop Root");
    let gateway = demanding(&root, ANY_TLS).await;
    let hop = Hop::presenting(&gateway, &root.pem(), &pem(&adapter(&root, key()))).await;
    let stranger = self::root("Stranger").leaf("client", lasting()).issue().unwrap();
    hop.pass(70);
    // Of the trust bundle alone.
    let answer = hop.journey.send(&get(vec![stranger.der().to_vec()])).await;
    assert_eq!(answer.status, 403);
    // The CA and the identity are due, and the bundle will be.
    hop.waits_once_for_a_silent_secrets_manager([(240, 2), (1, 2), (7, 2)]).await;
}

#[tokio::test]
async fn broken_secret_replaces_nothing_and_the_mended_one_does() {
    let (old, new) = (root("Old Root"), root("New Root"));
    let tls = |root| {
        let server = pem(&server(root, "localhost"));
        Tls { server, clients: None, protocols: ANY_TLS }
    };
    let mut gateway = TlsGateway::start(&tls(&old)).await;
    let hop = Hop::trusting(&gateway, &old.pem()).await;
    gateway.restart(&tls(&new)).await;
    hop.put(CA, "no certificate");
    hop.pass(10);
    let asked = hop.journey.secrets.requests();
    assert_eq!(hop.verdict().await, UNREACHABLE);
    assert_eq!(hop.journey.secrets.requests(), asked + 1);
    gateway.restart(&tls(&old)).await;
    assert_eq!(hop.verdict().await, "200");
    gateway.restart(&tls(&new)).await;
    hop.put(CA, &new.pem());
    hop.pass(10);
    assert_eq!(hop.verdict().await, "200");
}

#[tokio::test]
async fn missing_secret_is_503_and_unhealthy_and_heals_a_second_after_it_is_there() {
    let root = root("Hop Root");
    let gateway = open_to_all(&pem(&server(&root, "localhost"))).await;
    let hop = Hop::to(&gateway.url(), &[(CA, String::new())]).await;
    assert_eq!(hop.verdict().await, NO_CREDENTIALS);
    assert_eq!(hop.health().await, 503);
    hop.put(CA, &root.pem());
    hop.pass(1);
    assert_eq!(hop.health().await, 200);
    assert_eq!(hop.verdict().await, "200");
}

#[tokio::test]
async fn secret_that_cannot_be_fetched_again_is_outlasted_until_it_is_too_old() {
    let root = root("Hop Root");
    let gateway = open_to_all(&pem(&server(&root, "localhost"))).await;
    let hop = Hop::trusting(&gateway, &root.pem()).await;
    hop.journey.secrets.remove(CA);
    hop.pass(86_399);
    assert_eq!(hop.verdict().await, "200");
    hop.pass(1);
    assert_eq!(hop.verdict().await, NO_CREDENTIALS);
}

// --- what the log tells of the secrets ------------------------------------------------------------

#[tokio::test]
async fn age_of_the_secrets_and_the_days_of_what_they_hold_are_metrics() {
    const DAY: u64 = 86_400;
    let root = root("Hop Root");
    let gateway = demanding(&root, ANY_TLS).await;
    let hop = Hop::presenting(&gateway, &root.pem(), &pem(&adapter(&root, key()))).await;
    assert_eq!(hop.verdict().await, "200");
    let value = |name: &str| Data::of(&hop.journey.last_line()).value(name);
    let (ca, own) =
        (value("GatewayCaDaysLeft").unwrap(), value("GatewayIdentityDaysLeft").unwrap());
    assert!(ca > 1.0 && own > 1.0, "{ca}, {own}");
    assert_eq!(value("GatewaySecretsAge"), Some(0.0));
    hop.journey.secrets.remove(IDENTITY);
    // Also when they are too old to be used.
    hop.pass(DAY);
    assert_eq!(hop.verdict().await, NO_CREDENTIALS);
    assert_eq!(value("GatewaySecretsAge"), Some(86_400.0));
    assert_eq!(value("GatewayCaDaysLeft"), Some(ca - 1.0));
    assert_eq!(value("GatewayIdentityDaysLeft"), Some(own - 1.0));
}

#[tokio::test]
async fn without_secrets_of_the_connection_there_are_no_metrics_of_them() {
    let root = root("Hop Root");
    let gateway = open_to_all(&pem(&server(&root, "localhost"))).await;
    let (with, without) =
        (Hop::trusting(&gateway, &root.pem()).await, Hop::to("http://127.0.0.1:9", &[]).await);
    for (hop, there) in [(with, true), (without, false)] {
        hop.verdict().await;
        let data = Data::of(&hop.journey.last_line());
        for name in ["GatewaySecretsAge", "GatewayCaDaysLeft"] {
            assert_eq!(data.value(name).is_some(), there, "{name}");
        }
        assert_eq!(data.value("GatewayIdentityDaysLeft"), None);
    }
}

// --- the stage ------------------------------------------------------------------------------------

const CA: &str = "gateway-ca";
const IDENTITY: &str = "gateway-identity";

/// The function before a gateway, with one client whom it verifies, and a clock that stands until it is
/// moved. TLS has its own, the real one.
struct Hop {
    journey: Journey,
    client: Leaf,
    clock: Standing,
}

impl Hop {
    async fn trusting(gateway: &TlsGateway, ca: &str) -> Self {
        Self::to(&gateway.url(), &[(CA, ca.to_owned())]).await
    }

    async fn presenting(gateway: &TlsGateway, ca: &str, identity: &str) -> Self {
        let secrets = [(CA, ca.to_owned()), (IDENTITY, identity.to_owned())];
        Self::to(&gateway.url(), &secrets).await
    }

    /// With these secrets; the settings name those that are there.
    async fn to(url: &str, contents: &[(&'static str, String)]) -> Self {
        let clients = root("Clients");
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        secrets.put("bundle", SecretValue::Text(clients.pem())).unwrap();
        // A busy machine is no reason to give up on a connection.
        let mut settings = vec![
            ("GATEWAY_URL", url),
            ("GATEWAY_CONNECT_TIMEOUT_MS", "25000"),
            // What Lambda sets: there are metrics then.
            ("AWS_LAMBDA_FUNCTION_NAME", "adapter"),
        ];
        for (name, content) in contents {
            secrets.put(name, SecretValue::Text(content.clone())).unwrap();
            settings.push(match *name {
                CA => ("GATEWAY_CA_SECRET", CA),
                _ => ("GATEWAY_IDENTITY_SECRET", IDENTITY),
            });
        }
        let clock = Standing::at(SystemTime::now());
        let config = secrets::config(&secrets.url());
        let journey = Journey::before(secrets, &config, &settings, clock.clock()).await;
        let client = clients.leaf("client", lasting()).issue().unwrap();
        Self { journey, client, clock }
    }

    async fn send(&self) -> Answer {
        self.journey.send(&get(vec![self.client.der().to_vec()])).await
    }

    /// Sends a request after each of these times, in seconds, while Secrets Manager is silent: none waits for more
    /// than a second, and so many questions are asked in all.
    async fn waits_once_for_a_silent_secrets_manager<const N: usize>(
        &self,
        after: [(u64, usize); N],
    ) {
        let secrets = &self.journey.secrets;
        secrets.delay(Duration::from_secs(30));
        let asked = secrets.requests();
        for (seconds, requests) in after {
            self.pass(seconds);
            let begun = Instant::now();
            assert_eq!(self.verdict().await, "200");
            assert!(begun.elapsed() < Duration::from_millis(1_900), "{:?}", begun.elapsed());
            assert_eq!(secrets.requests(), asked + requests);
        }
    }

    async fn verdict(&self) -> String {
        let answer = self.send().await;
        match answer.status.as_u16() {
            200 => "200".to_owned(),
            status => format!("{status} {}", code(&answer)),
        }
    }

    async fn health(&self) -> u16 {
        let mut check = get(Vec::new());
        check.headers = vec![("user-agent".to_owned(), b"ELB-HealthChecker/2.0".to_vec())];
        let mut event: serde_json::Value =
            serde_json::from_slice(&self.journey.events.event(&check).unwrap()).unwrap();
        let headers = event["multiValueHeaders"].as_object_mut().unwrap();
        headers.retain(|name, _| !name.starts_with("x-"));
        let answer = self.journey.deliver(event.to_string().as_bytes()).await;
        Answer::check(&answer, self.journey.events.header_mode).unwrap().status.as_u16()
    }

    fn detail(&self) -> String {
        self.journey.last_line()["detail"].as_str().unwrap().to_owned()
    }

    fn put(&self, name: &str, content: &str) {
        self.journey.secrets.put(name, SecretValue::Text(content.to_owned())).unwrap();
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(seconds);
    }

    /// Lets the secrets grow so old that the next request fetches them first.
    fn age(&self) {
        self.pass(86_400);
    }
}

async fn open_to_all(server: &str) -> TlsGateway {
    let server = server.to_owned();
    TlsGateway::start(&Tls { server, clients: None, protocols: ANY_TLS }).await
}

/// Issued by the same authority as the clients that it lets in.
async fn demanding(root: &Authority, protocols: &str) -> TlsGateway {
    let (server, clients) = (pem(&server(root, "localhost")), root.pem());
    TlsGateway::start(&Tls { server, clients: Some(&clients), protocols }).await
}

// --- certificates, by the real clock --------------------------------------------------------------

fn lasting() -> Validity {
    Validity::around(OffsetDateTime::now_utc(), time::Duration::days(9))
}

fn soon() -> Validity {
    Validity::starting(OffsetDateTime::now_utc() + time::Duration::DAY, time::Duration::DAY)
}

fn past() -> Validity {
    Validity::starting(OffsetDateTime::now_utc() - time::Duration::days(9), time::Duration::DAY)
}

fn root(name: &str) -> Authority {
    Authority::root(name, key(), lasting()).unwrap()
}

fn server(root: &Authority, host: &str) -> Leaf {
    issued(root, host, lasting())
}

fn issued(root: &Authority, host: &str, validity: Validity) -> Leaf {
    let usages = [ExtendedKeyUsagePurpose::ServerAuth];
    root.leaf(host, validity).extended_key_usages(usages).dns(host).issue().unwrap()
}

fn adapter(root: &Authority, key: Key) -> Leaf {
    root.leaf("adapter", lasting()).key(key).issue().unwrap()
}

/// Certificate and key in one text.
fn pem(leaf: &Leaf) -> String {
    leaf.pem() + &leaf.key().pem()
}

/// The key in one of OpenSSL's older forms.
async fn rewritten(leaf: &Leaf, command: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem").into_os_string().into_string().unwrap();
    std::fs::write(&path, leaf.key().pem()).unwrap();
    String::from_utf8(openssl(command.iter().copied().chain(["-in", &path])).await).unwrap()
}

/// Certificate and key for localhost, as a gateway comes with.
async fn self_signed(is_ca: bool) -> String {
    let constraints = match is_ca {
        true => "basicConstraints=critical,CA:TRUE",
        false => "basicConstraints=critical,CA:FALSE",
    };
    let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let files = ["-nodes", "-keyout", "-", "-out", "-", "-subj", "/CN=localhost", "-days", "2"];
    let extensions = ["-addext", constraints, "-addext", "subjectAltName=DNS:localhost"];
    let output = openssl(request.iter().chain(&files).chain(&extensions)).await;
    String::from_utf8(output).unwrap()
}

/// The same, with a common name and no other.
async fn nameless() -> String {
    let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let files = ["-nodes", "-keyout", "-", "-out", "-", "-subj", "/CN=localhost", "-days", "2"];
    String::from_utf8(openssl(request.iter().chain(&files)).await).unwrap()
}

/// Certificate and key for localhost, signed by the key of a certificate.
async fn minted_by(signer: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signer.pem").into_os_string().into_string().unwrap();
    std::fs::write(&path, signer).unwrap();
    let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let files = ["-nodes", "-keyout", "-", "-out", "-", "-subj", "/CN=localhost", "-days", "2"];
    let more = ["-addext", "basicConstraints=critical,CA:FALSE", "-CA", &path, "-CAkey", &path];
    let name = ["-addext", "subjectAltName=DNS:localhost"];
    let arguments = request.iter().chain(&files).chain(&more).chain(&name);
    String::from_utf8(openssl(arguments).await).unwrap()
}

fn certificate_of(pem: &str) -> String {
    let begin = pem.find("-----BEGIN CERTIFICATE").unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let length = pem[begin..].find(end).unwrap() + end.len();
    pem[begin..begin + length].to_owned()
}
