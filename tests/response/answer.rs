//! The gateway's answer in the form that the load balancer takes, byte for byte.

use alb_mtls::{
    alb::{Answer, HeaderMode, Request},
    wso2::{self, Mode},
};
use alb_mtls_adapter::{
    event::HeaderMaps,
    response::{AlbResponse, MAX_HEADERS, MAX_JSON},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Journey, Pki, code, get, scripted::Scripted};

/// The raw JSON for a scripted answer of the gateway.
async fn raw(mode: HeaderMode, response: Vec<u8>) -> Value {
    serde_json::from_slice(&bytes(mode, response).await).unwrap()
}

async fn bytes(mode: HeaderMode, response: Vec<u8>) -> Vec<u8> {
    bytes_for("GET", mode, response).await
}

async fn bytes_for(method: &str, mode: HeaderMode, response: Vec<u8>) -> Vec<u8> {
    let pki = Pki::new();
    let gateway = Scripted::start(Some(response)).await;
    let mut journey = Journey::new(&pki, &[("GATEWAY_URL", gateway.url())]).await;
    journey.events.header_mode = mode;
    let request = Request { method: method.to_owned(), ..get(pki.chain()) };
    journey.deliver(&journey.events.event(&request).unwrap()).await
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let mut response =
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

#[tokio::test]
async fn answer_of_a_hundred_headers_is_passed_on_and_one_more_is_told() {
    let pki = Pki::new();
    for (count, status) in [(100, 200), (101, 502), (5_000, 502)] {
        let mut response = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n".to_owned();
        (1..count).for_each(|number| response.push_str(&format!("x-{number}: 1\r\n")));
        response.push_str("\r\n");
        let gateway = Scripted::start(Some(response.into_bytes())).await;
        let journey = Journey::new(&pki, &[("GATEWAY_URL", gateway.url())]).await;
        assert_eq!(journey.send(&get(pki.chain())).await.status, status, "{count}");
        let line = journey.last_line();
        if status == 502 {
            assert_eq!(line["code"], "GatewayResponseTooLarge", "{line}");
            let detail = line["detail"].as_str().unwrap();
            assert!(detail.contains("the gateway's answer has more than 100 headers"), "{line}");
        }
    }
}

#[tokio::test]
async fn answer_takes_the_form_of_the_event() {
    let multi = raw(HeaderMode::Multi, response("201 Created\r\nx-a: 1\r\nx-a: 2", b"made")).await;
    assert_eq!(multi["statusCode"], 201);
    assert_eq!(multi["statusDescription"], "201 Created");
    assert_eq!(multi["isBase64Encoded"], false);
    assert_eq!(multi["body"], "made");
    assert_eq!(multi["multiValueHeaders"]["x-a"], json!(["1", "2"]));
    assert!(multi.get("headers").is_none());

    let single = raw(HeaderMode::Single, response("299 \r\nx-a: 1\r\nx-a: 2", b"")).await;
    assert_eq!(single["statusDescription"], "299 Unknown");
    assert_eq!(single["headers"]["x-a"], "1, 2");
    assert!(single.get("multiValueHeaders").is_none());
}

#[tokio::test]
async fn status_is_described_whether_the_gateway_did_so_or_not() {
    for (line, description) in [
        ("HTTP/1.1 404", "404 Not Found"),
        ("HTTP/1.1 404 ", "404 Not Found"),
        ("HTTP/1.1 404 Nothing here", "404 Not Found"),
        ("HTTP/1.0 599", "599 Unknown"),
    ] {
        let head = format!("{line}\r\ncontent-length: 0\r\n\r\n");
        let answer = raw(HeaderMode::Multi, head.into_bytes()).await;
        assert_eq!(answer["statusDescription"], description, "{line}");
    }
    for status in 200..600 {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = AlbResponse::new(HeaderMaps::Multi, status, HeaderMap::new(), Bytes::new());
        let answer = serde_json::to_value(&answer).unwrap();
        let description = answer["statusDescription"].as_str().unwrap();
        let words = description.strip_prefix(&format!("{} ", status.as_u16())).unwrap();
        assert!(!words.is_empty(), "{status}");
    }
}

#[tokio::test]
async fn answer_that_only_announces_another_is_skipped() {
    let last = "HTTP/1.1 201 Created\r\nx-last: 1\r\ncontent-length: 2\r\n\r\nok";
    for first in ["100 Continue", "102 Processing", "103 Early Hints", "199 Word"] {
        let first = format!("HTTP/1.1 {first}\r\nlink: </style.css>\r\n\r\n");
        for announced in [format!("{first}{last}"), format!("{first}{first}{last}")] {
            let answer = raw(HeaderMode::Multi, announced.into_bytes()).await;
            assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(201), &json!("ok")));
            let headers = json!({"x-last": ["1"], "content-length": ["2"]});
            assert_eq!(answer["multiValueHeaders"], headers, "{first}");
        }
        // And then there is none.
        let answer = bytes(HeaderMode::Multi, first.into_bytes()).await;
        let answer = Answer::check(&answer, HeaderMode::Multi).unwrap();
        assert_eq!((answer.status.as_u16(), code(&answer)), (502, "GatewayFault".to_owned()));
    }
}

#[tokio::test]
async fn cookies_are_repeated_where_the_form_has_room_for_them() {
    let cookies = "200 OK\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2, c";
    let multi = raw(HeaderMode::Multi, response(cookies, b"")).await;
    assert_eq!(multi["multiValueHeaders"]["set-cookie"], json!(["a=1; Path=/", "b=2, c"]));
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
        // And the client is told what the gateway told.
        for header in head.split("\r\n").skip(1) {
            let (name, value) = header.split_once(": ").unwrap();
            assert_eq!(answer["multiValueHeaders"][name], json!([value]));
        }
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
async fn body_arrives_whole_and_without_its_framing() {
    let chunks = "3\r\nabc\r\n2\r\nde\r\n0\r\n";
    let chunked = "transfer-encoding: chunked";
    for response in [
        format!("HTTP/1.1 200 OK\r\n{chunked}\r\n\r\n{chunks}\r\n"),
        format!("HTTP/1.1 200 OK\r\n{chunked}\r\ntrailer: x-sum\r\n\r\n{chunks}x-sum: 1\r\n\r\n"),
        // Another length than the chunks' does not count, and would cut the body short.
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{chunked}\r\n\r\n{chunks}\r\n"),
        // To the end of the connection.
        "HTTP/1.1 200 OK\r\n\r\nabcde".to_owned(),
        "HTTP/1.0 200 OK\r\n\r\nabcde".to_owned(),
    ] {
        let answer = raw(HeaderMode::Multi, response.clone().into_bytes()).await;
        assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(200), &json!("abcde")));
        assert_eq!(answer["multiValueHeaders"], json!({}), "{response}");
    }
}

#[tokio::test]
async fn length_that_is_told_twice_is_told_once_or_refused() {
    for (lengths, expected) in [
        ("content-length: 2\r\ncontent-length: 2", Some("2")),
        ("content-length: 2, 2", Some("2")),
        ("content-length: 2\r\ncontent-length: 1", None),
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nok");
        let answer = raw(HeaderMode::Multi, response.into_bytes()).await;
        match expected {
            Some(length) => {
                assert_eq!(answer["body"], "ok", "{lengths}");
                assert_eq!(answer["multiValueHeaders"]["content-length"], json!([length]));
            }
            None => assert_eq!(answer["statusCode"], 502, "{lengths}"),
        }
    }
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
async fn names_that_the_readme_lists_stay_behind_in_every_spelling() {
    let pki = Pki::new();
    let gone = [
        "x-amzn-mtls-clientcert",
        "X-Amzn-Requestid",
        "x_amzn_trace_id",
        "x-forwarded-for",
        "X-Forwarded-Client-Cert",
        "x.forwarded.port",
        "Cookie",
        "x-wso2-client-certificate",
        "X_WSO2_CLIENT_CERTIFICATE",
        "client-cert",
        "client_cert_chain",
        // The two names of the settings.
        "x-secret-name",
        "x_gateway_cert",
    ];
    let stays = [
        "set-cookie",
        "cookie2",
        "client-certificate",
        "x-amz-id-2",
        "x-forward",
        "x-secret-names",
        "x-wso2-id",
    ];
    let lines = gone.iter().chain(&stays).map(|name| format!("\r\n{name}: 1")).collect::<String>();
    let gateway = Scripted::start(Some(response(&format!("200 OK{lines}"), b""))).await;
    let settings = [
        ("GATEWAY_URL", gateway.url()),
        ("CLIENT_CERT_HEADER", "X-Secret-Name"),
        ("GATEWAY_CERT_HEADER", "X-Gateway-Cert"),
    ];
    let mut journey = Journey::new(&pki, &settings).await;
    journey.events.certificate_header = "x-secret-name".to_owned();
    let answer = journey.send(&get(pki.chain())).await;
    let mut names: Vec<_> = answer.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    let mut expected = [&stays[..], &["content-length"]].concat();
    expected.sort_unstable();
    assert_eq!(names, expected);
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
async fn answer_is_taken_up_to_the_last_byte_of_a_megabyte_of_json() {
    let padded = async |body: &[u8], pad: usize| {
        let head = format!("200 OK\r\nx-pad: {}", "v".repeat(pad));
        bytes(HeaderMode::Multi, response(&head, body)).await
    };
    // As they are, escaped in two bytes, escaped in six, and in base64.
    for (byte, count) in [(b'x', 1_040_000), (b'"', 520_000), (b'\x01', 174_000), (0xff, 780_000)] {
        let body = vec![byte; count];
        let pad = MAX_JSON - padded(&body, 0).await.len();
        let json = padded(&body, pad).await;
        assert_eq!(json.len(), MAX_JSON, "{byte}");
        assert_eq!(Answer::check(&json, HeaderMode::Multi).unwrap().body, body);
        let json = padded(&body, pad + 1).await;
        let answer = Answer::check(&json, HeaderMode::Multi).unwrap();
        assert_eq!(code(&answer), "GatewayResponseTooLarge", "{byte}");
    }
    // What is around the body counts too, even if there is not one header.
    for (count, status) in [(MAX_JSON / 6, 502), (MAX_JSON / 6 - 20, 200)] {
        let mut response = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        response.resize(response.len() + count, b'\x01');
        let json = bytes(HeaderMode::Multi, response).await;
        let answer = Answer::check(&json, HeaderMode::Multi).unwrap();
        assert_eq!(answer.status, status, "{}", json.len());
    }
}

#[tokio::test]
async fn headers_are_taken_up_to_the_last_byte_of_thirty_two_kilobytes() {
    const AROUND: usize = "x-pad: \r\n".len();
    let padded = async |start: &[u8], pad: usize| {
        let mut response = b"HTTP/1.1 200 OK\r\nx-pad: ".to_vec();
        response.extend_from_slice(start);
        response.resize(response.len() + pad, b'v');
        response.extend_from_slice(b"\r\n\r\n");
        let json = bytes(HeaderMode::Multi, response).await;
        let answer = Answer::check(&json, HeaderMode::Multi).unwrap();
        (answer.status.as_u16(), answer.headers.get("x-pad").map(|value| value.len()))
    };
    // A value that is no UTF-8 takes more room where it is.
    for (start, room) in [(&b""[..], 0), (b"\xc3\xbc", 2), (b"\xfc", 2)] {
        let pad = MAX_HEADERS - AROUND - room;
        assert_eq!(padded(start, pad).await, (200, Some(room + pad)), "{start:?}");
        assert_eq!(padded(start, pad + 1).await, (502, None), "{start:?}");
    }
}

#[tokio::test]
async fn answer_with_more_headers_than_are_read_becomes_a_502() {
    for (count, status) in [(99, 200), (100, 502)] {
        let lines: String = (0..count).map(|number| format!("\r\nx-{number}: v")).collect();
        let answer = bytes(HeaderMode::Multi, response(&format!("200 OK{lines}"), b"")).await;
        let answer = Answer::check(&answer, HeaderMode::Multi).unwrap();
        assert_eq!(answer.status, status, "{count}");
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
    let upgrade = "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket";
    let answer = raw(HeaderMode::Multi, response(upgrade, b"")).await;
    assert_eq!(answer["statusCode"], 502);
    assert!(answer["body"].as_str().unwrap().contains("GatewayFault"), "{answer}");
}

#[tokio::test]
async fn answer_without_a_body_tells_the_length_of_the_one_that_it_leaves_out() {
    for (method, line, told) in [
        ("HEAD", "200 OK", true),
        ("GET", "304 Not Modified", true),
        // RFC 9110 section 8.6 forbids it.
        ("GET", "204 No Content", false),
    ] {
        // More than could be passed on, and nobody asked for it.
        let head = format!("HTTP/1.1 {line}\r\netag: \"a\"\r\ncontent-length: 5000000\r\n\r\n");
        let answer = bytes_for(method, HeaderMode::Multi, head.into_bytes()).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["statusDescription"], line);
        assert_eq!((&answer["body"], &answer["isBase64Encoded"]), (&json!(""), &json!(false)));
        let headers = &answer["multiValueHeaders"];
        assert_eq!(headers["etag"], json!(["\"a\""]), "{line}");
        let length = headers.get("content-length").cloned();
        assert_eq!(length, told.then(|| json!(["5000000"])), "{method} {line}");
    }
}

#[tokio::test]
async fn gateway_that_is_down_broken_or_slow_is_answered_for() {
    let pki = Pki::new();
    // Taken, so that no other gateway gets its port, and nobody listens on it.
    let idle = tokio::net::TcpSocket::new_v4().unwrap();
    idle.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let refused = idle.local_addr().unwrap();
    let broken = Scripted::start(Some(b"HTTP/1.1 two hundred\r\n\r\n".to_vec())).await;
    let short =
        Scripted::start(Some(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx".to_vec())).await;
    let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let unended = Scripted::start(Some(chunks.to_vec())).await;
    let silent = Scripted::start(None).await;
    for (url, settings, status, word) in [
        (format!("http://{refused}"), vec![], 502, "GatewayUnreachable"),
        ("http://host.invalid".to_owned(), vec![], 502, "GatewayUnreachable"),
        (broken.url().to_owned(), vec![], 502, "GatewayFault"),
        (short.url().to_owned(), vec![], 502, "GatewayFault"),
        (unended.url().to_owned(), vec![], 502, "GatewayFault"),
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
