use serde_json::{Value, json};

use super::*;

fn request() -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/a%2Fb/../c".to_owned(),
        query: None,
        headers: vec![("Host".to_owned(), b"example.com".to_vec())],
        body: Vec::new(),
        chain: Vec::new(),
        client: [192, 0, 2, 1].into(),
        trace_id: "1-67891233-abcdef012345678912345678".to_owned(),
    }
}

fn settings(header_mode: HeaderMode) -> EventSettings {
    EventSettings { header_mode, ..EventSettings::default() }
}

fn text(mode: HeaderMode, request: &Request) -> String {
    String::from_utf8(settings(mode).event(request).unwrap()).unwrap()
}

fn event(mode: HeaderMode, request: &Request) -> Value {
    serde_json::from_str(&text(mode, request)).unwrap()
}

#[test]
fn the_bytes_of_a_whole_event_are_these() {
    let request = Request {
        query: Some("b=%20&a=1&b=2&c".to_owned()),
        body: b"{}".to_vec(),
        headers: vec![
            ("Host".to_owned(), b"example.com".to_vec()),
            ("content-type".to_owned(), b"application/json".to_vec()),
        ],
        ..request()
    };
    let start = concat!(
        r#"{"requestContext":{"elb":{"targetGroupArn":"arn:aws:elasticloadbalancing:us-east-1:123456789012:"#,
        r#"targetgroup/local/0123456789abcdef"}},"httpMethod":"POST","path":"/a%2Fb/../c","#,
    );
    let single = concat!(
        r#""queryStringParameters":{"b":"2","a":"1","c":""},"headers":{"content-type":"application/json","#,
        r#""host":"example.com","x-amzn-trace-id":"Root=1-67891233-abcdef012345678912345678","#,
        r#""x-forwarded-for":"192.0.2.1","x-forwarded-port":"443","x-forwarded-proto":"https","x-imforwards":"20"},"#,
        r#""body":"{}","isBase64Encoded":false}"#,
    );
    assert_eq!(text(HeaderMode::Single, &request), format!("{start}{single}"));
    let multi = concat!(
        r#""multiValueQueryStringParameters":{"b":["%20","2"],"a":["1"],"c":[""]},"#,
        r#""multiValueHeaders":{"content-type":["application/json"],"host":["example.com"],"#,
        r#""x-amzn-trace-id":["Root=1-67891233-abcdef012345678912345678"],"x-forwarded-for":["192.0.2.1"],"#,
        r#""x-forwarded-port":["443"],"x-forwarded-proto":["https"],"x-imforwards":["20"]},"#,
        r#""body":"{}","isBase64Encoded":false}"#,
    );
    assert_eq!(text(HeaderMode::Multi, &request), format!("{start}{multi}"));
}

#[test]
fn the_clients_own_certificate_header_arrives_before_the_real_one() {
    let forged = ("X-Amzn-Mtls-Clientcert".to_owned(), b"forged".to_vec());
    let request = Request { headers: vec![forged], chain: vec![vec![1, 2, 3]], ..request() };
    let real = certificate_header([&[1, 2, 3][..]], Spelling::Raw);
    let both = event(HeaderMode::Multi, &request);
    assert_eq!(both["multiValueHeaders"]["x-amzn-mtls-clientcert"], json!(["forged", real]));
    let last = event(HeaderMode::Single, &request);
    assert_eq!(last["headers"]["x-amzn-mtls-clientcert"], json!(real));

    let without = event(HeaderMode::Single, &Request { chain: Vec::new(), ..request });
    assert_eq!(without["headers"]["x-amzn-mtls-clientcert"], "forged");
}

#[test]
fn the_certificate_header_can_be_renamed() {
    let settings = EventSettings {
        certificate_header: "X-Secret-Name".to_owned(),
        ..settings(HeaderMode::Single)
    };
    let event = settings.event(&Request { chain: vec![vec![1]], ..request() }).unwrap();
    let event: Value = serde_json::from_slice(&event).unwrap();
    assert!(event["headers"]["x-secret-name"].is_string());
    assert!(event["headers"].get("x-amzn-mtls-clientcert").is_none());
}

#[test]
fn a_client_may_add_to_forwarded_for_and_trace_but_not_choose_the_rest() {
    let headers = [
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "1"),
        ("x-amzn-trace-id", "Root=mine"),
    ];
    let headers =
        headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
    let event = event(HeaderMode::Multi, &Request { headers, ..request() });
    let headers = &event["multiValueHeaders"];
    assert_eq!(headers["x-forwarded-for"], json!(["10.0.0.1, 192.0.2.1"]));
    assert_eq!(headers["x-forwarded-proto"], json!(["https"]));
    assert_eq!(headers["x-forwarded-port"], json!(["443"]));
    assert_eq!(
        headers["x-amzn-trace-id"],
        json!(["Self=1-67891233-abcdef012345678912345678;Root=mine"])
    );
}

#[test]
fn the_body_is_text_for_four_kinds_and_base64_for_the_rest() {
    /// Request headers, body, body in the event, whether that is base64.
    type Case = (&'static [(&'static str, &'static str)], &'static [u8], &'static str, bool);
    let cases: &[Case] = &[
        (&[("content-type", "text/xml; charset=utf-8")], b"<a/>", "<a/>", false),
        (&[("content-type", "Application/JSON;x=y")], b"{}", "{}", false),
        (&[("content-type", "application/xml")], b"<a/>", "<a/>", false),
        (&[("content-type", "application/javascript")], b"1", "1", false),
        (&[("content-type", "application/soap+xml")], b"<a/>", "PGEvPg==", true),
        (&[("content-type", "application/x-www-form-urlencoded")], b"a=b", "YT1i", true),
        (&[("content-type", "text/plain"), ("content-encoding", "identity")], b"a=b", "YT1i", true),
        (&[("content-type", "text/plain")], b"\xff", "/w==", true),
        (&[], b"a=b", "YT1i", true),
        (&[], b"", "", true),
    ];
    for (headers, body, expected, encoded) in cases {
        let named =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
        let event = event(
            HeaderMode::Single,
            &Request { headers: named.collect(), body: body.to_vec(), ..request() },
        );
        assert_eq!(event["body"], *expected, "{headers:?}");
        assert_eq!(event["isBase64Encoded"], *encoded, "{headers:?}");
    }
}

#[test]
fn a_header_that_is_not_utf8_becomes_the_characters_of_its_bytes() {
    let headers =
        vec![("a".to_owned(), b"x\xff\xe9".to_vec()), ("b".to_owned(), "é".as_bytes().to_vec())];
    let event = event(HeaderMode::Single, &Request { headers, ..request() });
    assert_eq!(event["headers"]["a"], "x\u{ff}\u{e9}");
    assert_eq!(event["headers"]["b"], "é");
}

#[test]
fn the_query_keeps_its_order_and_its_spelling() {
    let expected = [("z", vec!["1", "", "%zz"]), ("a+b", vec!["c=d"]), ("", vec!["e"])];
    let expected = expected
        .map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()));
    assert_eq!(query("z=1&a+b=c=d&&z&=e&z=%zz"), expected);
}
