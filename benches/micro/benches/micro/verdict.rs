//! A verdict that is kept, beside one that has to be found. Keys are of P-256.
//!
//! The verdicts are the function's own, so what is measured is the function: from the event, read as JSON, to its
//! answer and its log line. No time is left for the gateway, which is not called: the answer is that it was too slow,
//! for a client that was accepted, and no other.

use std::{net::Ipv4Addr, sync::Arc};

use alb_mtls::{
    pki::KeyKind,
    secrets::{self, SecretValue, Secrets},
};
use alb_mtls_adapter::{App, Invocation, event::Delivery, response::AlbResponse};
use divan::Bencher;
use http::StatusCode;
use tokio::runtime::{self, Runtime};

use crate::{
    event, made,
    pki::{BUNDLE_NAME, Pki, now},
    settings,
};

/// The same header value each time.
#[divan::bench]
fn known_client(bencher: Bencher) {
    let pki = Pki::of(KeyKind::P256);
    let function = Function::trusting(&pki);
    let json = event::usual(pki.presented(2));
    function.accept(Delivery::from_json(&json));
    bencher
        .with_inputs(|| Delivery::from_json(&json))
        .bench_values(|delivery| function.accept(delivery));
}

/// Another client of the same issuer each time.
#[divan::bench]
fn new_client(bencher: Bencher) {
    let pki = Pki::of(KeyKind::P256);
    let function = Function::trusting(&pki);
    bencher
        .with_inputs(|| Delivery::from_json(&event::usual(pki.presented(2))))
        .bench_values(|delivery| function.accept(delivery));
}

pub(crate) struct Function {
    app: App,
    runtime: Runtime,
}

impl Function {
    pub(crate) fn trusting(pki: &Pki) -> Self {
        let runtime = made(runtime::Builder::new_current_thread().enable_all().build());
        let app = runtime.block_on(open(pki));
        Self { app, runtime }
    }

    pub(crate) fn accept(&self, delivery: Delivery) -> AlbResponse {
        let invocation = Invocation {
            request_id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
            deadline: now(),
        };
        let answer = self.runtime.block_on(self.app.handle(delivery, invocation));
        match answer.status() {
            StatusCode::GATEWAY_TIMEOUT => answer,
            refused => made(Err(refused)),
        }
    }
}

/// The function with its trust bundle in place. Its log goes nowhere, and its clock stands.
async fn open(pki: &Pki) -> App {
    let secrets = made(Secrets::start((Ipv4Addr::LOCALHOST, 0).into()).await);
    let anchor = SecretValue::Text(pki.root.pem());
    made(secrets.put(BUNDLE_NAME, anchor));
    let config = secrets::config(&secrets.url());
    made(App::open(settings(), &config, Arc::new(now), Arc::new(|_: &[u8]| {})).await)
}
