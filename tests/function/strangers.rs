//! What strangers can fill: the function as a process of its own, and certificates made to take room in it.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode},
    secrets::{SecretValue, Secrets},
};
use alb_mtls_adapter::certificate::Certificate;
use serde_json::Value;
use support::{
    NOW, Pki,
    freezer::Freezer,
    get,
    strangers::{Shape, certificate, header},
};

/// Nearly what a certificate may take in DER.
const LARGEST: usize = 16_000;

#[tokio::test]
async fn strangers_take_no_more_memory_than_refusals_may() {
    const STRANGERS: u32 = 50;
    // In KiB: what refusals may take, and what is fragmented beside it.
    const ROOM: usize = 8 * 1024;
    let mut function = Function::start().await;
    function.send(header(0, Shape::Nonsense)).await;
    let started = function.status("VmRSS");
    let mut grown = Vec::new();
    for shape in Shape::ALL {
        let before = function.status("VmRSS");
        let repetitions = shape.filling(LARGEST);
        for number in 0..STRANGERS {
            let status = function.send(vec![certificate(number, &[(shape, repetitions)])]).await;
            assert_eq!(status, 400, "{shape:?}");
        }
        for number in 0..STRANGERS {
            let status = function.send(header(number, shape)).await;
            assert_eq!(status, 403, "{shape:?}: {}", function.process.log());
        }
        grown.push((shape, function.status("VmRSS").saturating_sub(before)));
    }
    let all = function.status("VmRSS").saturating_sub(started);
    assert!(all < ROOM, "{all} KiB: {grown:?}");
}

#[tokio::test]
async fn strangers_do_not_push_a_known_client_out() {
    const STRANGERS: u32 = 200;
    // More than is remembered of refusals.
    const ROOM: usize = 5 * 1024 * 1024;
    let mut function = Function::start().await;
    let client = function.pki.chain();
    function.send(client.clone()).await;
    assert!(!function.remembered(), "{}", function.process.log());
    let mut sent = 0;
    for number in 0..STRANGERS {
        let header = header(number, Shape::Mappings);
        sent += header.iter().map(Vec::len).sum::<usize>();
        assert_eq!(function.send(header).await, 403);
        assert!(!function.remembered());
    }
    assert!(sent > ROOM, "{sent}");
    function.send(client).await;
    assert!(function.remembered(), "{}", function.process.log());
}

#[test]
fn what_is_large_when_it_is_read_has_a_limit() {
    for (shape, text) in [
        (Shape::DistributionPoints, "64 distribution points"),
        (Shape::NamesOfAPoint, "64 names in its distribution points"),
        (Shape::Parts, "64 attributes in its subject or issuer"),
        (Shape::Attributes, "64 attributes in its subject or issuer"),
        (Shape::Extensions, "64 extensions"),
        (Shape::AlternativeNames, "256 subject alternative names"),
        (Shape::IssuerNames, "128 entries in a list of an extension"),
        (Shape::DirectoryNames, "128 entries in a list of an extension"),
        (Shape::Constraints, "128 name constraints"),
        (Shape::Places, "128 entries in a list of an extension"),
        (Shape::Policies, "128 entries in a list of an extension"),
        (Shape::Qualifiers, "128 entries in a list of an extension"),
        (Shape::Notices, "128 entries in a list of an extension"),
        (Shape::Mappings, "128 entries in a list of an extension"),
        (Shape::Usages, "128 entries in a list of an extension"),
        (Shape::Authorities, "128 entries in a list of an extension"),
    ] {
        let read = |repetitions| Certificate::from_der(&certificate(0, &[(shape, repetitions)]));
        read(shape.most()).unwrap();
        let error = read(shape.most() + 1).unwrap_err();
        assert_eq!(error.to_string(), format!("has more than {text}"), "{shape:?}");
    }
}

#[test]
fn what_is_large_when_it_is_read_has_a_limit_in_all() {
    let most = |shape: &Shape| (*shape, shape.most());
    let some = [Shape::Parts, Shape::AlternativeNames, Shape::Constraints, Shape::Places];
    let more = [Shape::Policies, Shape::Mappings, Shape::DirectoryNames, Shape::Usages];
    let some: Vec<_> = some.iter().map(most).collect();
    let all: Vec<_> = some.iter().copied().chain(more.iter().map(most)).collect();
    Certificate::from_der(&certificate(0, &some)).unwrap();
    let error = Certificate::from_der(&certificate(0, &all)).unwrap_err();
    assert_eq!(error.to_string(), "has more than 2048 ASN.1 elements");
}

#[test]
fn what_cannot_be_told_apart_hides_nothing() {
    let read = |points| {
        let shapes = [(Shape::Nonsense, 9), (Shape::DistributionPoints, points)];
        Certificate::from_der(&certificate(0, &shapes))
    };
    read(64).unwrap();
    let error = read(65).unwrap_err();
    assert_eq!(error.to_string(), "has more than 64 distribution points");
}

/// The function in a process of its own.
struct Function {
    process: Freezer,
    events: EventSettings,
    pki: Pki,
    _secrets: Secrets,
}

impl Function {
    async fn start() -> Self {
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        let pki = Pki::new();
        secrets.put("clients", SecretValue::Text(pki.root.pem())).unwrap();
        let process = Freezer::start_at(
            NOW,
            Path::new(env!("CARGO_BIN_EXE_bootstrap")),
            &[
                ("GATEWAY_URL", "http://127.0.0.1:9"),
                ("TRUST_BUNDLE_SECRETS", "clients"),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &secrets.url()),
            ],
        )
        .await;
        let events = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        Self { process, events, pki, _secrets: secrets }
    }

    async fn send(&mut self, chain: Vec<Vec<u8>>) -> u16 {
        self.process.asked().await;
        self.process.give(self.events.event(&get(chain)).unwrap());
        let answer = self.process.answer().await;
        Answer::check(&answer, self.events.header_mode).unwrap().status.as_u16()
    }

    /// Whether the last verdict was known from before.
    fn remembered(&self) -> bool {
        let log = self.process.log();
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        line["remembered"] == true
    }

    /// What the kernel says of its memory, in KiB.
    fn status(&self, name: &str) -> usize {
        self.process.status(name)
    }
}
