//! What goes to the gateway: the certificate in each form, and the request around it. Keys are of P-256.

use alb_mtls::pki::KeyKind;
use alb_mtls_adapter::{
    admission::Admission,
    certificate::outgoing::CertFormat,
    event::Delivery,
    forward::{GatewayRequest, tell},
    trust::{KnownClient, Presented, Revocation},
};
use divan::Bencher;

use crate::{
    event, made,
    pki::{Pki, bundle, verify},
    settings,
};

#[divan::bench(args = [
    CertFormat::UrlEncodedPem,
    CertFormat::SingleLinePem,
    CertFormat::Base64Der,
    CertFormat::Base64Pem,
    CertFormat::Rfc9440,
])]
fn header(bencher: Bencher, format: CertFormat) {
    let client = Pki::of(KeyKind::P256).client();
    bencher.bench(|| format.write(client.der()));
}

/// For a client that has been here before, whose header is written already.
#[divan::bench]
fn request_of_a_known_client(bencher: Bencher) {
    let (pki, outgoing) = (Pki::of(KeyKind::P256), settings().outgoing);
    let client = made(verify(&pki.chain(), &bundle(&pki.among_anchors(1)), Revocation::Off));
    let told = made(tell(Presented::Verified(&client), &outgoing));
    let admission = Admission::Verified(KnownClient::new(&client, told).into());
    let json = event::usual(pki.presented(2));
    let event = || made(Delivery::from_json(&json).read());
    bencher
        .with_inputs(event)
        .bench_values(|event| GatewayRequest::new(event, &admission, &outgoing));
}
