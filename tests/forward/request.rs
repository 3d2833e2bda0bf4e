//! The gateway gets what the load balancer delivered, and one header of ours.

use std::{collections::BTreeMap, future::poll_fn, pin::pin, time::Duration};

use alb_mtls::alb::{HeaderMode, Request};
use alb_mtls_adapter::certificate::{
    PresentedChain,
    outgoing::{self, CertFormat},
};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{
    self, Journey, Pki,
    closing::{Closing, Conduct, METHODS, request},
    code, get, header,
};

const CERTIFICATE: &str = "x-amzn-mtls-clientcert";

fn f1(pki: &Pki) -> Vec<u8> {
    outgoing::url_encoded_pem(pki.leaf.der()).into_bytes()
}

fn with(pki: &Pki, headers: &[(&str, &str)]) -> Request {
    let mut request = get(pki.chain());
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
    request.headers.extend(headers.iter().map(owned));
    request
}

#[tokio::test]
async fn gateway_gets_exactly_one_certificate_header_made_from_the_leaf() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let answer = journey.send(&get(pki.chain())).await;
    assert_eq!(answer.status, 200);
    let seen = journey.forwarded();
    assert_eq!(seen.values(CERTIFICATE).collect::<Vec<_>>(), [f1(&pki)]);
    let line = journey.last_line();
    assert_eq!(line["status"], 200);
    assert_eq!(line["client"]["subject"], "CN=client-1");
    assert_eq!(line["anchor"], alb_mtls::pki::fingerprint(pki.root.der()));
    assert!(line["bundle_versions"][0].is_string(), "{line}");
}

#[tokio::test]
async fn certificate_is_written_in_the_format_of_the_setting() {
    let pki = Pki::new();
    for format in ["url-encoded-pem", "single-line-pem", "base64-der", "base64-pem"] {
        let journey = Journey::new(&pki, &[("GATEWAY_CERT_FORMAT", format)]).await;
        // The gateway reads one format of these.
        journey.send(&get(pki.chain())).await;
        let value = format.parse::<CertFormat>().unwrap().write(pki.leaf.der()).into_bytes();
        assert_eq!(
            journey.forwarded().values(CERTIFICATE).collect::<Vec<_>>(),
            [value],
            "{format}"
        );
    }
}

#[tokio::test]
async fn rfc_9440_gets_the_leaf_and_the_verified_intermediates_in_headers_of_their_own() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[("GATEWAY_CERT_FORMAT", "rfc9440")]).await;
    let mut chain = pki.chain();
    chain.push(Pki::new().issuing.der().to_vec());
    assert_eq!(journey.send(&get(chain)).await.status, 200);
    let seen = journey.forwarded();
    let value = |der: &[u8]| CertFormat::Rfc9440.write(der).into_bytes();
    assert_eq!(seen.values("client-cert").collect::<Vec<_>>(), [value(pki.leaf.der())]);
    assert_eq!(seen.values("client-cert-chain").collect::<Vec<_>>(), [value(pki.issuing.der())]);
    assert_eq!(seen.values(CERTIFICATE).count(), 0);
    // The root's own client leads over nobody.
    let direct = pki.root.leaf("direct", support::valid()).issue().unwrap();
    assert_eq!(journey.send(&get(vec![direct.der().to_vec()])).await.status, 200);
    assert_eq!(journey.forwarded().values("client-cert-chain").count(), 0);
}

const IDENTITY: [&str; 6] = ["sha256", "subject", "issuer", "serial-number", "validity", "san"];

#[tokio::test]
async fn identity_headers_tell_who_the_verified_client_is_and_only_where_they_are_switched_on() {
    let pki = Pki::new();
    let leaf =
        pki.issuing.leaf("J\u{fc}rgen", support::valid()).dns("one.example.com").issue().unwrap();
    let chain = vec![leaf.der().to_vec(), pki.issuing.der().to_vec()];
    let names = IDENTITY.map(|name| format!("{CERTIFICATE}-{name}"));
    let forged: Vec<_> = names.iter().map(|name| (name.as_str(), "forged")).collect();
    let told = async |settings: &[(&str, &str)], chain: Vec<Vec<u8>>| {
        let journey = Journey::new(&pki, settings).await;
        let request = Request { chain, ..with(&pki, &forged) };
        assert_eq!(journey.send(&request).await.status, 200);
        let seen = journey.forwarded();
        let values = names.iter().flat_map(|name| seen.values(name));
        values.map(|value| String::from_utf8(value.to_vec()).unwrap()).collect::<Vec<_>>()
    };
    let on = ("IDENTITY_HEADERS", "true");
    let values = told(&[on], chain.clone()).await;
    assert_eq!(values[0], alb_mtls::pki::fingerprint(leaf.der()));
    assert_eq!(values[1], "CN=J\\C3\\BCrgen");
    assert_eq!(values[2], "CN=Test Issuing");
    assert_eq!(values[4], "NotBefore=2025-06-01T12:00:00Z;NotAfter=2027-06-01T12:00:00Z");
    assert_eq!(values[5], "DNS:one.example.com");
    assert_eq!(values.len(), 6);
    assert!(told(&[], chain).await.is_empty());
    // Who is not verified is nobody, though in this mode he goes on.
    let stranger = vec![Pki::new().leaf.der().to_vec()];
    assert!(told(&[on, ("CLIENT_CERT_MODE", "report")], stranger).await.is_empty());
    assert!(told(&[on, ("CLIENT_CERT_MODE", "optional")], Vec::new()).await.is_empty());
}

#[tokio::test]
async fn header_names_are_settings_and_the_incoming_one_is_not_forwarded() {
    let pki = Pki::new();
    let settings = [
        ("CLIENT_CERT_HEADER", "X-Secret-Name"),
        ("GATEWAY_CERT_HEADER", "X-WSO2-CLIENT-CERTIFICATE"),
    ];
    let mut journey = Journey::new(&pki, &settings).await;
    journey.events.certificate_header = "x-secret-name".to_owned();
    assert_eq!(journey.send(&get(pki.chain())).await.status, 200);
    let seen = journey.forwarded();
    assert_eq!(seen.values("x-wso2-client-certificate").collect::<Vec<_>>(), [f1(&pki)]);
    assert_eq!(seen.values("x-secret-name").count(), 0);
    assert_eq!(seen.values(CERTIFICATE).count(), 0);
}

#[tokio::test]
async fn verify_mode_leaf_header_works_by_naming_it() {
    let pki = Pki::new();
    let mut journey = Journey::trusting(
        &pki.issuing.pem(),
        &[("CLIENT_CERT_HEADER", "x-amzn-mtls-clientcert-leaf")],
    )
    .await;
    journey.events.certificate_header = "x-amzn-mtls-clientcert-leaf".to_owned();
    assert_eq!(journey.send(&get(vec![pki.leaf.der().to_vec()])).await.status, 200);
    assert_eq!(journey.forwarded().values(CERTIFICATE).collect::<Vec<_>>(), [f1(&pki)]);
}

#[tokio::test]
async fn clients_own_certificate_headers_die_in_every_spelling() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let forged = [
        "x_amzn_mtls_clientcert",
        "x-amzn_mtls-clientcert",
        "x.amzn.mtls.clientcert",
        "X-AMZN-MTLS-CLIENTCERT-LEAF",
        "x-amzn-mtls-clientcert-subject",
        "x-amzn-mtls-anything-new",
        "X-WSO2-CLIENT-CERTIFICATE",
        "x_wso2_client_certificate",
        "Client-Cert",
        "client_cert_chain",
    ];
    let headers: Vec<_> = forged.iter().map(|name| (*name, "forged")).collect();
    assert_eq!(journey.send(&with(&pki, &headers)).await.status, 200);
    let seen = journey.forwarded();
    assert_eq!(seen.values(CERTIFICATE).collect::<Vec<_>>(), [f1(&pki)]);
    assert!(seen.headers.iter().all(|(_, value)| value != b"forged"), "{:?}", seen.headers);
}

#[tokio::test]
async fn client_that_copies_the_header_itself_is_refused() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let copy = header(&[pki.leaf.der()]);
    for name in ["X-Amzn-Mtls-Clientcert", "x-amzn-mtls-clientcert"] {
        let answer = journey.send(&with(&pki, &[(name, &copy)])).await;
        assert_eq!((answer.status.as_u16(), code(&answer)), (400, "ClientCertInvalid".to_owned()));
        journey.assert_not_forwarded();
    }
}

#[tokio::test]
async fn headers_of_the_connection_stay_behind_and_cannot_take_ours_along() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let request = with(
        &pki,
        &[
            ("connection", "keep-alive, X-Amzn-Mtls-Clientcert, x-mine, host"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("trailer", "x-sum"),
            ("upgrade", "websocket"),
            ("proxy-authorization", "Basic eA=="),
            ("proxy-connection", "keep-alive"),
            ("http2-settings", "AAMAAABk"),
            ("x-imforwards", "20"),
            ("x-other", "stays"),
        ],
    );
    assert_eq!(journey.send(&request).await.status, 200);
    let seen = journey.forwarded();
    assert_eq!(seen.values(CERTIFICATE).count(), 1);
    assert_eq!(seen.values("x-other").collect::<Vec<_>>(), [b"stays"]);
    for gone in [
        "connection",
        "x-mine",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "proxy-authorization",
        "proxy-connection",
        "http2-settings",
        "x-imforwards",
    ] {
        assert_eq!(seen.values(gone).count(), 0, "{gone}");
    }
}

#[tokio::test]
async fn cookies_that_http2_split_are_one_header_again() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    for (cookies, joined) in [
        (&["a=1"][..], "a=1"),
        (&["a=1; b=2"], "a=1; b=2"),
        (&["a=1", "b=2", "a=3"], "a=1; b=2; a=3"),
        (&["a=1; b=2", "c=\"x\""], "a=1; b=2; c=\"x\""),
    ] {
        let headers: Vec<_> = cookies.iter().map(|cookie| ("cookie", *cookie)).collect();
        assert_eq!(journey.send(&with(&pki, &headers)).await.status, 200);
        let seen = journey.forwarded();
        assert_eq!(seen.values("cookie").collect::<Vec<_>>(), [joined.as_bytes()]);
    }
    // Nothing else is one header for that.
    journey.send(&with(&pki, &[("x-many", "1"), ("x-many", "2")])).await;
    let seen = journey.forwarded();
    assert_eq!(seen.values("x-many").collect::<Vec<_>>(), [b"1", b"2"]);
    assert_eq!(seen.values("cookie").count(), 0);
}

#[tokio::test]
async fn connection_cannot_take_along_what_the_load_balancer_says() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let named = "close, Host, authorization, cookie, content-type, X-Forwarded-For, x-forwarded-proto, \
                 X-Amzn-Trace-Id, x_forwarded_port, x-mine";
    let request = with(
        &pki,
        &[
            ("connection", named),
            ("authorization", "Bearer token"),
            ("cookie", "a=b"),
            ("content-type", "text/plain"),
            ("x-mine", "1"),
        ],
    );
    assert_eq!(journey.send(&request).await.status, 200);
    let seen = journey.forwarded();
    for stays in [
        "host",
        "authorization",
        "cookie",
        "content-type",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-port",
        "x-amzn-trace-id",
    ] {
        assert_eq!(seen.values(stays).count(), 1, "{stays}");
    }
    assert_eq!(seen.values("host").collect::<Vec<_>>(), [b"api.example.com"]);
    assert_eq!(seen.values("x-mine").count(), 0);
}

#[tokio::test]
async fn framing_stays_behind_in_every_spelling() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let request = with(
        &pki,
        &[
            ("transfer_encoding", "chunked"),
            ("content_length", "5"),
            ("x-forwarded-client-cert", "Hash=1"),
        ],
    );
    assert_eq!(journey.send(&request).await.status, 200);
    let seen = journey.forwarded();
    for gone in ["transfer_encoding", "content_length", "x-forwarded-client-cert"] {
        assert_eq!(seen.values(gone).count(), 0, "{gone}");
    }
}

#[tokio::test]
async fn two_hosts_are_refused() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let answer = journey.send(&with(&pki, &[("host", "other.example.com")])).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (400, "BadRequest".to_owned()));
    journey.assert_not_forwarded();
}

#[tokio::test]
async fn host_is_the_clients_or_the_settings() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    journey.send(&get(pki.chain())).await;
    assert_eq!(journey.forwarded().values("host").collect::<Vec<_>>(), [b"api.example.com"]);

    let journey = Journey::new(&pki, &[("GATEWAY_HOST_HEADER", "wso2.internal:8243")]).await;
    journey.send(&get(pki.chain())).await;
    assert_eq!(journey.forwarded().values("host").collect::<Vec<_>>(), [b"wso2.internal:8243"]);
}

#[tokio::test]
async fn length_is_ours_and_never_the_clients() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    for (method, body, length) in [
        ("POST", "hello", Some("5")),
        ("POST", "", Some("0")),
        ("GET", "", None),
        ("DELETE", "x", Some("1")),
    ] {
        let mut request =
            with(&pki, &[("content-length", "999"), ("transfer-encoding", "chunked")]);
        request.method = method.to_owned();
        request.body = body.as_bytes().to_vec();
        assert_eq!(journey.send(&request).await.status, 200, "{method}");
        let seen = journey.forwarded();
        assert_eq!(seen.body, body.as_bytes());
        let lengths: Vec<_> = seen.values("content-length").collect();
        assert_eq!(lengths, length.map(str::as_bytes).into_iter().collect::<Vec<_>>(), "{method}");
        assert_eq!(seen.values("transfer-encoding").count(), 0);
    }
}

#[tokio::test]
async fn target_arrives_byte_for_byte() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    for (path, query) in [
        ("/a/../b/./c", None),
        ("/a%2e%2e/%2F//x;y=1", Some("q='%27&z=%zz&a=%FF+%20&a=|[]{}^`\"<")),
        ("//evil.example.com/x", Some("u=http://evil.example.com/?a=b")),
        ("/\\evil.example.com/", Some("\\=\\")),
        ("/@evil.example.com:80/", None),
        ("/caf\u{e9}", Some("k=\u{fc}")),
    ] {
        let mut request = get(pki.chain());
        request.path = path.to_owned();
        request.query = query.map(str::to_owned);
        let answer = journey.send(&request).await;
        if answer.status == 400 {
            // Refused, and then it has to be refused as what it is.
            assert_eq!(code(&answer), "AmbiguousTarget", "{path} {query:?}");
            journey.assert_not_forwarded();
            assert!(query.is_some_and(|query| query.contains('<')), "{path} {query:?}");
            continue;
        }
        assert_eq!(answer.status, 200, "{path}");
        let expected = query.map_or(path.to_owned(), |query| format!("{path}?{query}"));
        assert_eq!(journey.forwarded().target, expected);
    }
}

#[tokio::test]
async fn target_that_would_arrive_as_another_is_refused() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    for path in
        ["", "*", "api", "http://evil.example.com/", "/a?b", "/a#b", "/a b", "/a\r\nx: y", "/\u{0}"]
    {
        let event = json!({
            "httpMethod": "GET", "path": path,
            "multiValueHeaders": {
                "x-forwarded-proto": ["https"],
                CERTIFICATE: [header(&[pki.leaf.der(), pki.issuing.der()])],
            },
        });
        let answer: serde_json::Value =
            serde_json::from_slice(&journey.deliver(event.to_string().as_bytes()).await).unwrap();
        assert_eq!(answer["statusCode"], 400, "{path:?}");
        assert!(answer["body"].as_str().unwrap().contains("\"AmbiguousTarget\""), "{path:?}");
        journey.assert_not_forwarded();
    }
}

#[tokio::test]
async fn only_these_characters_cannot_travel_as_they_are() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let refused = async |in_path: bool| {
        let mut refused = String::new();
        for char in (0x21..0x7f).map(char::from).chain(['é', '\u{202e}']) {
            let mut request = get(pki.chain());
            match in_path {
                true => request.path = format!("/{char}"),
                false => request.query = Some(format!("k=v{char}")),
            }
            match journey.send(&request).await.status.as_u16() {
                200 => drop(journey.forwarded()),
                400 => refused.push(char),
                other => panic!("{char}: {other}"),
            }
        }
        refused
    };
    assert_eq!(refused(true).await, "#<>?`");
    assert_eq!(refused(false).await, "\"#<>");
}

#[tokio::test]
async fn base_path_goes_before_the_requests_and_cannot_be_climbed_out_of() {
    let pki = Pki::new();
    let gateway = alb_mtls::wso2::Gateway::start(Default::default()).await.unwrap();
    let url = format!("{}/wso2/", gateway.url());
    let journey = Journey::new(&pki, &[("GATEWAY_URL", &url)]).await;
    let mut request = get(pki.chain());
    request.query = Some("a=b".to_owned());
    assert_eq!(journey.send(&request).await.status, 200);
    assert_eq!(gateway.take_seen()[0].target, "/wso2/api?a=b");
    for path in [
        "/../x",
        "/a/..",
        "/%2e%2E/x",
        "/.%2e/x",
        "/..%2fx",
        "/a\\..\\..\\x",
        "/..;v=1/x",
        "/..%3b/x",
        "/%252e%252e/x",
        "/..%00/x",
        "/.%00./x",
        "/..%c0%af/x",
    ] {
        request.path = path.to_owned();
        let answer = journey.send(&request).await;
        assert_eq!(
            (answer.status.as_u16(), code(&answer)),
            (400, "AmbiguousTarget".to_owned()),
            "{path}"
        );
    }
    request.path = "/a..b/...".to_owned();
    assert_eq!(journey.send(&request).await.status, 200);
}

#[tokio::test]
async fn connect_is_refused() {
    let pki = Pki::new();
    let journey = Journey::new(&pki, &[]).await;
    let mut request = get(pki.chain());
    request.method = "CONNECT".to_owned();
    assert_eq!(journey.send(&request).await.status, 400);
    journey.assert_not_forwarded();
}

/// Characters that a load balancer may deliver in a path or query, awkward ones among them.
const TARGET: &str = "[a-zA-Z0-9%/.;:@!$()*+,='~_|\\\\^\\[\\]-]{0,24}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the event: the gateway sees the request that was delivered, but for the headers that
    /// are managed or of the connection, or it sees nothing at all.
    #[test]
    fn gateway_sees_the_request_that_was_delivered_or_none(
        method in "(GET|POST|PUT|DELETE|PATCH|OPTIONS|HEAD|PROPFIND)",
        path in TARGET,
        query in prop::option::of(prop::collection::vec((TARGET, TARGET), 1..4)),
        headers in prop::collection::vec(("x-[a-z]{1,6}", "[ -~]{0,20}"), 0..6),
        body in any::<Vec<u8>>(),
        multi in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pki = Pki::new();
            let mut journey = Journey::new(&pki, &[]).await;
            let (mut headers, mut query) = (headers, query);
            if !multi {
                // The load balancer keeps one of each.
                journey.events.header_mode = HeaderMode::Single;
                headers = headers.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
                query = query.map(|pairs| {
                    let named = pairs.into_iter().map(|(key, value)| (key.replace('=', ""), value));
                    named.collect::<BTreeMap<_, _>>().into_iter().collect()
                });
            }
            let mut request = get(pki.chain());
            request.method = method.clone();
            request.path = format!("/{path}");
            request.query = query.clone().map(|pairs| {
                let pairs: Vec<_> = pairs.iter().map(|(key, value)| {
                    format!("{}={value}", key.replace('=', ""))
                }).collect();
                pairs.join("&")
            });
            request.body = body.clone();
            request.headers.extend(headers.iter().map(|(name, value)| {
                (name.clone(), value.trim().as_bytes().to_vec())
            }));
            let answer = journey.send(&request).await;
            if answer.status == 400 {
                assert_eq!(code(&answer), "AmbiguousTarget");
                journey.assert_not_forwarded();
                return;
            }
            let seen = journey.forwarded();
            // Nothing is added but the certificate and what says how long the body is.
            let known = ["host", CERTIFICATE, "content-length", "x-amzn-trace-id"];
            for (name, _) in &seen.headers {
                let sent = request.headers.iter().any(|(sent, _)| sent == name);
                assert!(
                    sent || known.contains(&name.as_str()) || name.starts_with("x-forwarded-"),
                    "{name} came out of nowhere"
                );
            }
            assert_eq!(seen.method, method);
            assert_eq!(seen.body, body);
            let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
            assert_eq!(path, request.path);
            // The event groups a key's values; each key's own are in their order.
            assert_eq!(grouped(query), grouped(request.query.as_deref().unwrap_or_default()));
            for (name, _) in &headers {
                let sent = request.headers.iter().filter(|(other, _)| other == name);
                let sent: Vec<_> = sent.map(|(_, value)| value.as_slice()).collect();
                assert_eq!(seen.values(name).collect::<Vec<_>>(), sent, "{name}");
            }
        });
    }
}

fn grouped(query: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut grouped: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap();
        grouped.entry(key).or_default().push(value);
    }
    grouped
}

/// The forms that the header of any key type takes on its way through the function.
#[tokio::test]
async fn corrected_header_is_the_same_for_every_way_the_leaf_was_sent() {
    use alb_mtls::alb::Spelling;
    for kind in alb_mtls::pki::KeyKind::all() {
        let mut pki = Pki::new();
        let second = pki.issuing.intermediate("Second", support::key(), support::valid()).unwrap();
        pki.leaf =
            second.leaf("client", support::valid()).key(kind.generate().unwrap()).issue().unwrap();
        let bundle = format!("{}{}{}", pki.root.pem(), pki.issuing.pem(), second.pem());
        let mut journey = Journey::trusting(&bundle, &[]).await;
        let alone = vec![pki.leaf.der().to_vec()];
        let whole =
            vec![pki.leaf.der().to_vec(), second.der().to_vec(), pki.issuing.der().to_vec()];
        for spelling in [Spelling::Raw, Spelling::Escaped] {
            journey.events.spelling = spelling;
            for chain in [&alone, &whole] {
                assert_eq!(journey.send(&get(chain.clone())).await.status, 200);
                let seen = journey.forwarded();
                assert_eq!(seen.values(CERTIFICATE).collect::<Vec<_>>(), [f1(&pki)], "{kind}");
                let read = PresentedChain::from_header(seen.values(CERTIFICATE).next().unwrap());
                assert_eq!(read.unwrap().leaf.der(), pki.leaf.der());
            }
        }
    }
}

/// These do not change by being processed twice (RFC 9110 section 9.2.2).
const IDEMPOTENT: [&str; 5] = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"];

const AT_ONCE: Conduct = Conduct::ClosesUnanswered(Duration::ZERO);

/// What becomes of one request: status and code of the answer, how often the gateway read the request,
/// and how many connections it took.
async fn fate(gateway: &Closing, url: &str, method: &str, id: usize) -> (String, usize, usize) {
    let pki = Pki::new();
    let settings = [("GATEWAY_URL", url), ("GATEWAY_CONNECT_TIMEOUT_MS", "300")];
    let journey = Journey::new(&pki, &settings).await;
    let answer = journey.send(&request(method, id, pki.chain())).await;
    let answer = match answer.status.as_u16() {
        200 => "200".to_owned(),
        refused => format!("{refused} {}", code(&answer)),
    };
    (answer, gateway.seen(id), gateway.accepted())
}

async fn fate_before(first: Vec<Conduct>, method: &str, id: usize) -> (String, usize, usize) {
    let gateway = Closing::start(first, Conduct::Answers).await;
    fate(&gateway, &gateway.url(), method, id).await
}

fn expected(answer: &str, seen: usize, accepted: usize) -> (String, usize, usize) {
    (answer.to_owned(), seen, accepted)
}

#[tokio::test]
async fn idempotent_request_is_sent_once_more_where_the_connection_ended_before_an_answer() {
    for conduct in [AT_ONCE, Conduct::ClosesInHead] {
        for (id, method) in METHODS.into_iter().enumerate() {
            let fate = fate_before(vec![conduct], method, id + 7).await;
            let expected = match IDEMPOTENT.contains(&method) {
                true => expected("200", 2, 2),
                false => expected("502 GatewayFault", 1, 1),
            };
            assert_eq!(fate, expected, "{method} {conduct:?}");
        }
    }
}

#[tokio::test]
async fn no_request_is_sent_a_third_time() {
    for conduct in [AT_ONCE, Conduct::ClosesInHead] {
        for method in IDEMPOTENT {
            let fate = fate_before(vec![conduct; 2], method, 7).await;
            assert_eq!(fate, expected("502 GatewayFault", 2, 2), "{method} {conduct:?}");
        }
    }
}

#[tokio::test]
async fn no_request_is_sent_again_once_its_answer_has_begun() {
    for method in METHODS {
        let fate = fate_before(vec![Conduct::ClosesInBody], method, 7).await;
        // The answer to HEAD is its head.
        let answer = if method == "HEAD" { "200" } else { "502 GatewayFault" };
        assert_eq!(fate, expected(answer, 1, 1), "{method}");
        let fate = fate_before(vec![Conduct::ClosesAfterNonsense], method, 7).await;
        assert_eq!(fate, expected("502 GatewayFault", 1, 1), "{method}");
    }
}

#[tokio::test]
async fn connection_that_is_closed_unread_costs_an_idempotent_request_nothing() {
    // With a body that fits into the connection's buffers, and with one that does not.
    for id in [7, 399] {
        for method in METHODS {
            let (answer, seen, accepted) =
                fate_before(vec![Conduct::ClosesUnread], method, id).await;
            match IDEMPOTENT.contains(&method) {
                true => assert_eq!((answer, seen, accepted), expected("200", 1, 2), "{method}"),
                // Whether a byte was written before the end was noticed is not ours to say.
                false => {
                    let fates = [expected("200", 1, 2), expected("502 GatewayFault", 0, 1)];
                    assert!(fates.contains(&(answer, seen, accepted)), "{method}");
                }
            }
        }
    }
}

/// As [`fate_before`], with so much time after each of the function's steps that what it waits for has all
/// happened: a connection that is closed unread is closed before anything is written.
async fn slow_fate_before(
    first: Vec<Conduct>,
    others: Conduct,
    method: &str,
) -> (String, usize, usize) {
    const PAUSE: Duration = Duration::from_millis(20);
    let gateways = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let gateway = gateways.spawn(Closing::start(first, others)).await.unwrap();
    let url = gateway.url();
    let mut fate = pin!(fate(&gateway, &url, method, 7));
    let slow = poll_fn(|context| {
        let step = fate.as_mut().poll(context);
        std::thread::sleep(PAUSE);
        step
    });
    let fate = slow.await;
    gateways.shutdown_background();
    fate
}

#[tokio::test]
async fn request_of_which_no_byte_was_written_is_sent_once_more_whatever_its_method() {
    for method in METHODS {
        let fate = slow_fate_before(vec![Conduct::ClosesUnread], Conduct::Answers, method).await;
        assert_eq!(fate, expected("200", 1, 2), "{method}");
    }
}

#[tokio::test]
async fn request_of_which_no_byte_was_ever_written_is_told_apart_from_one_without_an_answer() {
    for method in METHODS {
        let fate = slow_fate_before(Vec::new(), Conduct::ClosesUnread, method).await;
        assert_eq!(fate, expected("502 GatewayUnreachable", 0, 2), "{method}");
    }
    // What was written the first time may have been processed, though the second time nothing was.
    for method in IDEMPOTENT {
        let fate = slow_fate_before(vec![AT_ONCE], Conduct::ClosesUnread, method).await;
        assert_eq!(fate, expected("502 GatewayFault", 1, 2), "{method}");
    }
}

#[tokio::test]
async fn connection_is_tried_once_more_whatever_it_is_for_unless_that_took_too_long() {
    for method in METHODS {
        // Closed within the TLS handshake, in which nothing is sent yet.
        let gateway = Closing::start(Vec::new(), Conduct::ClosesUnread).await;
        let url = gateway.url().replace("http:", "https:");
        let told = fate(&gateway, &url, method, 7).await;
        assert_eq!(told, expected("502 GatewayUnreachable", 0, 2), "{method}");
        let gateway = Closing::start(Vec::new(), Conduct::Silent).await;
        let url = gateway.url().replace("http:", "https:");
        let told = fate(&gateway, &url, method, 7).await;
        assert_eq!(told, expected("504 GatewayTimeout", 0, 1), "{method}");
    }
}

#[tokio::test]
async fn gateway_that_refuses_connections_is_unreachable() {
    for method in METHODS {
        let gateway = Closing::start(Vec::new(), Conduct::Answers).await;
        gateway.stop_listening().await;
        let told = fate(&gateway, &gateway.url(), method, 7).await;
        assert_eq!(told, expected("502 GatewayUnreachable", 0, 0), "{method}");
    }
}
