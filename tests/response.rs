//! Stage 5: the gateway's answer in the form that the load balancer takes, byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml spares test functions, not what they call"
)]

mod support;

use alb_mtls::{
    alb::{Answer, HeaderMode},
    wso2::{self, Mode},
};
use alb_mtls_adapter::response::MAX_JSON;
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::Value;
use support::{Journey, Pki, code, get, scripted::Scripted};

/// The raw JSON for a scripted answer of the gateway.
async fn raw(mode: HeaderMode, response: Vec<u8>) -> Value {
    serde_json::from_slice(&bytes(mode, response).await).unwrap()
}

async fn bytes(mode: HeaderMode, response: Vec<u8>) -> Vec<u8> {
    let pki = Pki::new();
    let gateway = Scripted::start(Some(response)).await;
    let mut journey = Journey::new(&pki, &[("GATEWAY_URL", gateway.url())]).await;
    journey.events.header_mode = mode;
    journey.deliver(&journey.events.event(&get(pki.chain())).unwrap()).await
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let mut response =
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

#[tokio::test]
async fn answer_takes_the_form_of_the_event() {
    let multi = raw(HeaderMode::Multi, response("201 Created\r\nx-a: 1\r\nx-a: 2", b"made")).await;
    assert_eq!(multi["statusCode"], 201);
    assert_eq!(multi["statusDescription"], "201 Created");
    assert_eq!(multi["isBase64Encoded"], false);
    assert_eq!(multi["body"], "made");
    assert_eq!(multi["multiValueHeaders"]["x-a"], serde_json::json!(["1", "2"]));
    assert!(multi.get("headers").is_none());

    let single = raw(HeaderMode::Single, response("299 \r\nx-a: 1\r\nx-a: 2", b"")).await;
    assert_eq!(single["statusDescription"], "299 Unknown");
    assert_eq!(single["headers"]["x-a"], "1, 2");
    assert!(single.get("multiValueHeaders").is_none());
}

#[tokio::test]
async fn cookies_are_repeated_where_the_form_has_room_for_them() {
    let cookies = "200 OK\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2, c";
    let multi = raw(HeaderMode::Multi, response(cookies, b"")).await;
    assert_eq!(
        multi["multiValueHeaders"]["set-cookie"],
        serde_json::json!(["a=1; Path=/", "b=2, c"])
    );
    let single = raw(HeaderMode::Single, response(cookies, b"")).await;
    assert_eq!(single["headers"]["set-cookie"], "a=1; Path=/");
}

#[tokio::test]
async fn cookie_that_has_no_room_is_counted_in_the_log() {
    let pki = Pki::new();
    let gateway =
        Scripted::start(Some(response("200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2", b""))).await;
    let mut journey = Journey::new(&pki, &[("GATEWAY_URL", gateway.url())]).await;
    journey.events.header_mode = HeaderMode::Single;
    journey.send(&get(pki.chain())).await;
    assert_eq!(journey.last_line()["lost_cookies"], 1);
}

#[tokio::test]
async fn text_is_text_only_if_it_is_utf8_whatever_it_calls_itself() {
    for (head, body, is_text) in [
        ("200 OK\r\ncontent-type: application/json", "{\"a\":\"ü\"}".as_bytes(), true),
        ("200 OK\r\ncontent-type: application/json", b"\xff\xfe{}", false),
        ("200 OK\r\ncontent-type: text/html; charset=iso-8859-1", b"caf\xe9", false),
        ("200 OK\r\ncontent-type: image/png", b"plain after all", true),
        ("200 OK\r\ncontent-encoding: gzip", b"\x1f\x8b\x08\x00", false),
        ("200 OK", b"\xef\xbb\xbfwith a byte-order mark\0\x1b", true),
        ("200 OK", b"", true),
    ] {
        let answer = raw(HeaderMode::Multi, response(head, body)).await;
        assert_eq!(answer["isBase64Encoded"], !is_text, "{head}");
        let text = answer["body"].as_str().unwrap();
        let received =
            if is_text { text.as_bytes().to_vec() } else { STANDARD.decode(text).unwrap() };
        assert_eq!(received, body, "{head}");
    }
}

#[tokio::test]
async fn header_value_that_is_not_utf8_is_written_as_latin_1() {
    let mut answer = b"HTTP/1.1 200 OK\r\nx-name: caf\xe9\r\nx-utf8: ".to_vec();
    answer.extend_from_slice("ü\r\ncontent-length: 0\r\n\r\n".as_bytes());
    let answer = raw(HeaderMode::Multi, answer).await;
    assert_eq!(answer["multiValueHeaders"]["x-name"][0], "café");
    assert_eq!(answer["multiValueHeaders"]["x-utf8"][0], "ü");
}

#[tokio::test]
async fn headers_of_the_connection_to_the_gateway_stay_behind() {
    let head = "200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\n\
                proxy-authenticate: Basic\r\ntrailer: x-sum\r\nupgrade: h2c\r\nx-stays: 1";
    let answer = raw(HeaderMode::Multi, response(head, b"")).await;
    let headers = answer["multiValueHeaders"].as_object().unwrap();
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["content-length", "x-stays"]);
}

#[tokio::test]
async fn chunked_body_arrives_whole_and_without_its_framing() {
    let chunked =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let answer = raw(HeaderMode::Multi, chunked.to_vec()).await;
    assert_eq!(answer["body"], "abcde");
    assert!(answer["multiValueHeaders"].get("transfer-encoding").is_none());
}

#[tokio::test]
async fn what_wso2_echoes_of_the_request_does_not_reach_the_client() {
    let pki = Pki::new();
    // A gateway that cannot read F1, and answers with the request's headers.
    let gateway = wso2::Gateway::start(wso2::Config { mode: Mode::Raw43, ..Default::default() })
        .await
        .unwrap();
    let url = gateway.url();
    let journey = Journey::new(&pki, &[("GATEWAY_URL", &url)]).await;
    let mut request = get(pki.chain());
    request.headers.push(("cookie".to_owned(), b"session=1".to_vec()));
    request.headers.push(("x-custom".to_owned(), b"echoed".to_vec()));
    let answer = journey.send(&request).await;
    assert_eq!((answer.status.as_u16(), code(&answer)), (500, "900900".to_owned()));
    assert_eq!(answer.headers["x-custom"], "echoed", "the gateway does echo");
    for name in answer.headers.keys().map(http::HeaderName::as_str) {
        let leaks =
            name.starts_with("x-amzn-") || name.starts_with("x-forwarded-") || name == "cookie";
        assert!(!leaks, "{name}");
    }
    assert!(!String::from_utf8_lossy(&answer.body).contains("BEGIN"));
}

#[tokio::test]
async fn answer_over_a_megabyte_becomes_a_502_that_says_so() {
    // Each is measured as the JSON that the load balancer counts.
    let quotes = vec![b'"'; MAX_JSON / 2];
    let binary = vec![0xff; MAX_JSON / 4 * 3];
    let text = vec![b'x'; MAX_JSON + 1];
    for body in [&quotes, &binary, &text] {
        let answer = bytes(HeaderMode::Multi, response("200 OK", body)).await;
        let answer = Answer::check(&answer, HeaderMode::Multi).unwrap();
        assert_eq!(
            (answer.status.as_u16(), code(&answer)),
            (502, "GatewayResponseTooLarge".to_owned())
        );
    }
    for body in [&quotes[..500_000], &binary[..780_000], &text[..1_040_000]] {
        let json = bytes(HeaderMode::Multi, response("200 OK", body)).await;
        assert!(json.len() <= MAX_JSON);
        assert_eq!(Answer::check(&json, HeaderMode::Multi).unwrap().body, body);
    }
}

#[tokio::test]
async fn headers_that_the_load_balancer_would_not_take_become_a_502() {
    let head = |value: &str, count: usize| {
        (0..count).map(|number| format!("\r\nx-{number}: {value}")).collect::<String>()
    };
    let long = "v".repeat(5_000);
    let quotes = "\"".repeat(5_000);
    for (headers, status) in [(head(&long, 8), 502), (head(&long, 6), 200), (head(&quotes, 6), 200)]
    {
        let json =
            bytes(HeaderMode::Multi, response(&format!("200 OK{headers}"), &[1; 163_000])).await;
        assert!(json.len() <= MAX_JSON);
        let answer = Answer::check(&json, HeaderMode::Multi).unwrap();
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn status_that_no_load_balancer_takes_becomes_a_502() {
    for (status, expected) in [(200, 200), (599, 599), (600, 502), (999, 502), (101, 502)] {
        let answer = raw(HeaderMode::Multi, response(&format!("{status} Word"), b"")).await;
        assert_eq!(answer["statusCode"], expected, "{status}");
    }
}

#[tokio::test]
async fn length_of_no_content_is_not_told() {
    let answer =
        raw(HeaderMode::Multi, b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n".to_vec())
            .await;
    assert_eq!(answer["statusCode"], 204);
    assert!(answer["multiValueHeaders"].get("content-length").is_none());
}

#[tokio::test]
async fn gateway_that_is_down_broken_or_slow_is_answered_for() {
    let pki = Pki::new();
    let refused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let broken = Scripted::start(Some(b"HTTP/1.1 two hundred\r\n\r\n".to_vec())).await;
    let short =
        Scripted::start(Some(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_vec())).await;
    let silent = Scripted::start(None).await;
    for (url, settings, status, word) in [
        (format!("http://{refused}"), vec![], 502, "GatewayUnreachable"),
        ("http://host.invalid".to_owned(), vec![], 502, "GatewayUnreachable"),
        (broken.url().to_owned(), vec![], 502, "GatewayFault"),
        (short.url().to_owned(), vec![], 502, "GatewayFault"),
        (silent.url().to_owned(), vec![("GATEWAY_TIMEOUT_MS", "50")], 504, "GatewayTimeout"),
    ] {
        let mut settings = settings;
        settings.push(("GATEWAY_URL", &url));
        let journey = Journey::new(&pki, &settings).await;
        let answer = journey.send(&get(pki.chain())).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (status, word), "{url}");
        assert_eq!(journey.last_line()["code"], word);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_body_reaches_the_client_byte_for_byte(body in any::<Vec<u8>>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let json = runtime.block_on(bytes(HeaderMode::Multi, response("200 OK", &body)));
        let answer = Answer::check(&json, HeaderMode::Multi).unwrap();
        prop_assert_eq!(&answer.body[..], &body[..]);
    }
}
