//! The answer: from the gateway's, which is there to its last byte, to the JSON for the load balancer.

use alb_mtls_adapter::{
    event::HeaderMaps,
    forward::{gateway::GatewayResponse, headers::CertHeaders},
    response::{AlbResponse, ResponseError},
};
use bytes::Bytes;
use divan::Bencher;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{
    body::{Body, KILOBYTES},
    made, settings,
};

#[divan::bench(args = KILOBYTES)]
fn with_text_body_of_kb(bencher: Bencher, kilobytes: usize) {
    write(bencher, Body::Text, kilobytes);
}

#[divan::bench(args = KILOBYTES)]
fn with_binary_body_of_kb(bencher: Bencher, kilobytes: usize) {
    write(bencher, Body::Binary, kilobytes);
}

fn write(bencher: Bencher, body: Body, kilobytes: usize) {
    let (names, headers) = (settings().outgoing.cert_headers, headers(body));
    let body = Bytes::from(body.bytes(kilobytes));
    let response =
        || GatewayResponse { status: StatusCode::OK, headers: headers.clone(), body: body.clone() };
    made(answer(response(), &names));
    bencher.with_inputs(response).bench_values(|response| answer(response, &names));
}

fn answer(response: GatewayResponse, names: &CertHeaders) -> Result<Vec<u8>, ResponseError> {
    let answer = AlbResponse::from_gateway(response, HeaderMaps::Multi, names)?;
    Ok(made(serde_json::to_vec(&answer)))
}

/// Such as WSO2 sends.
fn headers(body: Body) -> HeaderMap {
    let values = [
        ("activityid", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("cache-control", "no-store"),
        ("content-type", body.content_type()),
        ("date", "Mon, 01 Jun 2026 12:00:00 GMT"),
        ("transfer-encoding", "chunked"),
    ];
    let header = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    values.map(header).into_iter().collect()
}
