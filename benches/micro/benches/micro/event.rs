//! The event: from its JSON to a request.

use alb_mtls::{
    alb::{EventSettings, HeaderMode, Request},
    pki::KeyKind,
};
use alb_mtls_adapter::event::Delivery;
use divan::Bencher;

use crate::{
    body::{Body, KILOBYTES},
    made,
    pki::Pki,
};

#[divan::bench]
fn without_body(bencher: Bencher) {
    read(bencher, &usual(Pki::of(KeyKind::P256).presented(1)));
}

#[divan::bench(args = KILOBYTES)]
fn with_text_body_of_kb(bencher: Bencher, kilobytes: usize) {
    read_with(bencher, Body::Text, kilobytes);
}

#[divan::bench(args = KILOBYTES)]
fn with_base64_body_of_kb(bencher: Bencher, kilobytes: usize) {
    read_with(bencher, Body::Binary, kilobytes);
}

fn read_with(bencher: Bencher, body: Body, kilobytes: usize) {
    let mut request = request(Pki::of(KeyKind::P256).presented(1));
    request.method = "POST".to_owned();
    request.headers.push(header("content-type", body.content_type()));
    request.body = body.bytes(kilobytes);
    read(bencher, &json(&request));
}

fn read(bencher: Bencher, json: &[u8]) {
    let read = || Delivery::from_json(json).read();
    made(read());
    bencher.bench(read);
}

/// The JSON of a GET request with fifteen headers, the certificate's among them.
pub(crate) fn usual(chain: Vec<Vec<u8>>) -> Vec<u8> {
    json(&request(chain))
}

pub(crate) fn json(request: &Request) -> Vec<u8> {
    let target_group = EventSettings { header_mode: HeaderMode::Multi, ..Default::default() };
    made(target_group.event(request))
}

pub(crate) fn request(chain: Vec<Vec<u8>>) -> Request {
    Request {
        method: "GET".to_owned(),
        path: "/orders/7".to_owned(),
        query: Some("fields=id,name&limit=20".to_owned()),
        headers: HEADERS.map(|(name, value)| header(name, value)).to_vec(),
        body: Vec::new(),
        chain,
        client: [203, 0, 113, 7].into(),
        trace_id: "1-67891233-abcdef012345678912345678".to_owned(),
    }
}

/// What a client sends; the load balancer adds six.
const HEADERS: [(&str, &str); 9] = [
    ("host", "api.example.com"),
    ("user-agent", "Apache-HttpClient/5.3 (Java/21.0.2)"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", "en-GB,en;q=0.9"),
    ("authorization", "Bearer 0b79bab50daca910b000d4f1a2b675d604257e42"),
    ("cache-control", "no-cache"),
    ("x-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
];

fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}
