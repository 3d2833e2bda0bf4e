//! What the load balancer delivered, read without a change.

use alb_mtls_adapter::event::{Delivery, Event, EventError, HeaderMaps};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(event: &Value) -> Result<Event, EventError> {
    Delivery::from_json(event.to_string().as_bytes()).read()
}

/// As text, since order is what matters.
const MULTI: &str = r#"{
    "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}},
    "httpMethod": "GET",
    "path": "/a%2Fb/../c;d",
    "multiValueQueryStringParameters": {"z": ["1", "%20+"], "a": [""]},
    "multiValueHeaders": {"host": ["api.example.com"], "x-many": ["one", "two"]},
    "body": "",
    "isBase64Encoded": false
}"#;

const SINGLE: &str = r#"{
    "httpMethod": "POST",
    "path": "/",
    "queryStringParameters": {"z": "1", "a": "%FF"},
    "headers": {"host": "api.example.com", "x-one": "1"},
    "body": "aGVsbG8=",
    "isBase64Encoded": true
}"#;

fn multi() -> Value {
    serde_json::from_str(MULTI).unwrap()
}

fn single() -> Value {
    serde_json::from_str(SINGLE).unwrap()
}

fn with(mut event: Value, field: &str, value: Value) -> Value {
    event[field] = value;
    event
}

#[test]
fn multi_value_event_keeps_order_repeats_and_spelling() {
    let event = Delivery::from_json(MULTI.as_bytes()).read().unwrap();
    assert_eq!(event.method, "GET");
    assert_eq!(event.path, "/a%2Fb/../c;d");
    let query: Vec<_> = event.query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(query, [("z", "1"), ("z", "%20+"), ("a", "")]);
    let many: Vec<_> = event.headers.get_all("x-many").iter().collect();
    assert_eq!(many, ["one", "two"]);
    assert!(event.body.is_empty());
}

#[test]
fn single_value_event_is_read_and_its_body_taken_out_of_base64() {
    let event = Delivery::from_json(SINGLE.as_bytes()).read().unwrap();
    assert_eq!(event.query, [("z".into(), "1".into()), ("a".into(), "%FF".into())]);
    assert_eq!(event.headers["x-one"], "1");
    assert_eq!(&event.body[..], b"hello");
}

#[test]
fn body_that_is_absent_null_or_empty_is_no_body() {
    let mut absent = multi();
    absent.as_object_mut().unwrap().remove("body");
    for event in [absent, with(multi(), "body", Value::Null), with(multi(), "body", json!(""))] {
        assert!(read(&event).unwrap().body.is_empty());
    }
}

#[test]
fn null_query_is_no_query() {
    let event = with(multi(), "multiValueQueryStringParameters", Value::Null);
    assert!(read(&event).unwrap().query.is_empty());
}

#[test]
fn header_value_that_is_not_utf8_arrives_as_its_bytes() {
    let mut event = MULTI.as_bytes().to_vec();
    let at = event.windows(3).position(|window| window == b"two").unwrap();
    event.splice(at..at + 3, [0xff, 0xfe, b'!']);
    let event = Delivery::from_json(&event).read().unwrap();
    let last = event.headers.get_all("x-many").iter().next_back().unwrap();
    assert_eq!(last.as_bytes(), [0xff, 0xfe, b'!']);
}

#[test]
fn key_that_stands_twice_in_the_json_counts_twice() {
    let event = br#"{"httpMethod":"GET","path":"/","headers":{"x-cert":"a","x-cert":"b"}}"#;
    let event = Delivery::from_json(event).read().unwrap();
    assert_eq!(event.headers.get_all("x-cert").iter().count(), 2);
}

#[test]
fn what_is_no_event_of_a_load_balancer_is_refused_with_the_reason() {
    let refusals = [
        (with(multi(), "httpMethod", json!("GE T")), "\"GE T\" is no HTTP method"),
        (with(multi(), "httpMethod", Value::Null), "the event has no httpMethod"),
        (with(multi(), "path", Value::Null), "the event has no path"),
        (with(multi(), "multiValueHeaders", Value::Null), "the event has no headers"),
        (
            with(multi(), "multiValueHeaders", json!({"a b": ["1"]})),
            "\"a b\" is no HTTP header name",
        ),
        (with(multi(), "multiValueHeaders", json!({"": ["1"]})), "\"\" is no HTTP header name"),
        (with(multi(), "multiValueHeaders", json!({"a": ["1\r\nb: 2"]})), "the value of header a"),
        (with(multi(), "multiValueHeaders", json!({"a": "1"})), "cannot be read"),
        (with(multi(), "headers", json!({"a": "1"})), "both headers and multiValueHeaders"),
        (with(single(), "headers", json!({"a": null})), "cannot be read"),
        (with(single(), "body", json!("not base64!")), "marked as base64 and is not"),
        (with(single(), "isBase64Encoded", json!("yes")), "cannot be read"),
        (json!([]), "cannot be read"),
        (json!("text"), "cannot be read"),
        (json!({}), "the event has no"),
    ];
    for (event, reason) in refusals {
        let error = read(&event).unwrap_err().to_string();
        assert!(error.contains(reason), "{event}\n{error}");
    }
}

#[test]
fn more_headers_than_a_map_can_hold_are_refused() {
    for (count, fits) in [(1_000, true), (25_000, false), (70_000, false)] {
        let names = (0..count).map(|number| (format!("x-{number}"), json!(["1"])));
        let headers = Value::Object(names.collect());
        match read(&with(multi(), "multiValueHeaders", headers)) {
            Ok(event) => assert!(fits && event.headers.len() == count),
            Err(EventError::TooManyHeaders) => assert!(!fits, "{count}"),
            Err(error) => panic!("{count}: {error}"),
        }
    }
}

#[test]
fn maps_in_use_are_known_even_of_an_event_that_cannot_be_read() {
    let maps = |event: &[u8]| Delivery::from_json(event).header_maps();
    assert_eq!(maps(MULTI.as_bytes()), HeaderMaps::Multi);
    assert_eq!(maps(SINGLE.as_bytes()), HeaderMaps::Single);
    assert_eq!(maps(br#"{"multiValueHeaders":{"a":1}}"#), HeaderMaps::Multi);
    assert_eq!(maps(br#"{"multiValueHeaders":{},"path":5}"#), HeaderMaps::Multi);
    assert_eq!(maps(br#"{"headers":{"a":1}}"#), HeaderMaps::Single);
    assert_eq!(maps(br#"{"headers":{},"path":5}"#), HeaderMaps::Single);
}

#[test]
fn maps_that_an_event_does_not_tell_are_unknown() {
    for event in [
        &b"\xff"[..],
        b"[]",
        b"{}",
        br#"{"headers":null,"multiValueHeaders":null}"#,
        br#"{"headers":{},"multiValueHeaders":{}}"#,
        br#"{"path":{},"multiValueHeaders":{}}"#,
    ] {
        let maps = Delivery::from_json(event).header_maps();
        assert_eq!(maps, HeaderMaps::Unknown, "{}", String::from_utf8_lossy(event));
    }
}

#[test]
fn context_in_another_form_is_refused_and_hides_nothing_of_the_event() {
    const CONTEXT: &str = r#"{"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}}"#;
    let with = |context: &str| MULTI.replace(CONTEXT, context);
    for context in
        ["5", "\"text\"", "true", "[]", r#"{"elb": 5}"#, r#"{"elb": {"targetGroupArn": ["arn"]}}"#]
    {
        let delivery = Delivery::from_json(with(context).as_bytes());
        assert_eq!(delivery.header_maps(), HeaderMaps::Multi, "{context}");
        assert!(matches!(delivery.read(), Err(EventError::Context)), "{context}");
    }
    for context in ["null", "{}", r#"{"elb": null}"#, r#"{"elb": {"targetGroupArn": null}}"#] {
        let delivery = Delivery::from_json(with(context).as_bytes());
        assert_eq!(delivery.read().unwrap().target_group, None, "{context}");
    }
    let group = Delivery::from_json(MULTI.as_bytes()).read().unwrap().target_group;
    assert_eq!(group.unwrap(), "arn:aws:elasticloadbalancing:…");
}

#[test]
fn health_check_is_known_by_agent_and_by_not_having_passed_a_listener() {
    let check =
        with(multi(), "multiValueHeaders", json!({"user-agent": ["ELB-HealthChecker/2.0"]}));
    assert!(read(&check).unwrap().is_health_check());
    let forged = with(
        multi(),
        "multiValueHeaders",
        json!({"user-agent": ["ELB-HealthChecker/2.0"], "x-forwarded-proto": ["https"]}),
    );
    assert!(!read(&forged).unwrap().is_health_check());
    assert!(!read(&multi()).unwrap().is_health_check());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = Delivery::from_json(&bytes).read();
    }

    #[test]
    fn any_event_like_json_is_read_or_refused_and_never_panics(
        method in ".{0,8}", path in ".{0,32}", name in ".{0,8}", value in ".{0,32}", body in ".{0,16}",
        base64 in any::<bool>(),
    ) {
        let event = json!({
            "httpMethod": method, "path": path, "headers": {name: value}, "body": body,
            "isBase64Encoded": base64,
        });
        let _ = read(&event);
    }
}
