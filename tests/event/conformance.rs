//! Second opinions on reading an event: `lambda_http`, AWS's own crate.
//!
//! Where it is faithful both have to agree. Where it is not, the test pins how, so that the reason for
//! an event type of our own is not taken on trust.

use alb_mtls_adapter::event::{Delivery, Event};
use lambda_http::RequestExt;
use proptest::prelude::*;
use serde_json::{Value, json};

fn event(path: &str, query: Value) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/1"}},
        "httpMethod": "POST",
        "path": path,
        "multiValueQueryStringParameters": query,
        "multiValueHeaders": {
            "host": ["api.example.com"],
            "x-forwarded-proto": ["https"],
            "x-many": ["one", "two"],
        },
        "body": "aGVsbG8=",
        "isBase64Encoded": true,
    })
}

fn ours(event: &Value) -> Event {
    Delivery::from_json(event.to_string().as_bytes()).read().unwrap()
}

fn theirs(event: &Value) -> lambda_http::Request {
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

proptest! {
    #[test]
    fn both_agree_on_method_headers_body_and_raw_path(
        method in "(GET|POST|DELETE|PROPFIND)", segments in "(/[a-zA-Z0-9._~-]{1,8}){1,4}",
        values in prop::collection::vec("[!-~]{1,16}", 1..4), body in any::<Vec<u8>>(),
    ) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mut event = event(&segments, json!({}));
        event["httpMethod"] = json!(method);
        event["multiValueHeaders"]["x-many"] = json!(values);
        event["body"] = json!(STANDARD.encode(&body));
        let (ours, theirs) = (ours(&event), theirs(&event));
        prop_assert_eq!(&ours.method, theirs.method());
        prop_assert_eq!(&ours.path, theirs.raw_http_path());
        prop_assert_eq!(&ours.body[..], theirs.body().as_ref());
        for name in ours.headers.keys() {
            let ours: Vec<_> = ours.headers.get_all(name).iter().collect();
            let theirs: Vec<_> = theirs.headers().get_all(name).iter().collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}

#[test]
fn lambda_http_writes_queries_anew_and_the_event_type_does_not() {
    let event = event("/", json!({"q": ["a%20b+%FF%zz"]}));
    assert_eq!(ours(&event).query, [("q".to_owned(), "a%20b+%FF%zz".to_owned())]);
    let theirs = theirs(&event);
    assert_ne!(theirs.uri().query(), Some("q=a%20b+%FF%zz"));
}

#[test]
fn lambda_http_normalises_paths_and_the_event_type_does_not() {
    let event = event("/a/../b", json!({}));
    assert_eq!(ours(&event).path, "/a/../b");
    assert_eq!(theirs(&event).uri().path(), "/b");
}

#[test]
fn lambda_http_panics_on_hosts_and_bodies_that_the_event_type_reads_or_refuses() {
    let mut host = event("/", json!({}));
    host["headers"] = json!({"host": "a b"});
    host.as_object_mut().unwrap().remove("multiValueHeaders");
    let mut body = event("/", json!({}));
    body["body"] = json!("not base64");
    for event in [host, body] {
        let _ = Delivery::from_json(event.to_string().as_bytes()).read();
        std::panic::catch_unwind(|| theirs(&event)).unwrap_err();
    }
}
