//! The path of a client that nobody has seen: leaf, intermediate, anchor. Its header is read already.

use alb_mtls::pki::KeyKind;
use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{Revocation, bundle::TrustBundle},
};
use divan::Bencher;
use webpki::aws_lc_rs::{
    ECDSA_P256_SHA256, ECDSA_P384_SHA384, ED25519, RSA_PKCS1_2048_8192_SHA256,
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::{
    made,
    pki::{Pki, bundle, verify},
};

/// Of an intermediate that no header had: both signatures are checked.
#[divan::bench(args = KeyKind::all())]
fn first_client_of_an_issuer(bencher: Bencher, kind: KeyKind) {
    let pki = Pki::of(kind);
    let source = pki.among_anchors(1);
    made(verify(&pki.chain(), &bundle(&source), Revocation::WhenListed));
    bencher
        .with_inputs(|| (pki.chain(), bundle(&source)))
        .bench_refs(|(chain, bundle)| verify(chain, bundle, Revocation::WhenListed));
}

/// The signature of the intermediate is remembered with its reading: only the leaf's is checked.
#[divan::bench(args = KeyKind::all())]
fn next_client_of_the_issuer(bencher: Bencher, kind: KeyKind) {
    let pki = Pki::of(kind);
    next_client(bencher, &pki, &bundle(&pki.among_anchors(1)), Revocation::WhenListed);
}

/// The two signatures of such a path, the leaf's and the intermediate's, and nothing else. Each is one call of
/// `verify_signature` of the algorithm that the function takes too, `rustls-webpki`'s over `aws-lc-rs`, as named below. It
/// reads the issuer's key, digests the signed part of the certificate and verifies; both have been taken out before.
#[divan::bench(args = KeyKind::all())]
fn two_signatures_alone(bencher: Bencher, kind: KeyKind) {
    let pki = Pki::of(kind);
    let client = pki.client();
    let [leaf, issuing, root] = [client.der(), pki.issuing.der(), pki.root.der()].map(parsed);
    let algorithm = match kind {
        KeyKind::Rsa2048 | KeyKind::Rsa4096 => RSA_PKCS1_2048_8192_SHA256,
        KeyKind::P256 => ECDSA_P256_SHA256,
        KeyKind::P384 => ECDSA_P384_SHA384,
        KeyKind::Ed25519 => ED25519,
    };
    let signed_by = |certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>| {
        algorithm.verify_signature(
            &issuer.public_key().subject_public_key.data,
            certificate.tbs_certificate.as_ref(),
            &certificate.signature_value.data,
        )
    };
    let check = || signed_by(&leaf, &issuing).and_then(|()| signed_by(&issuing, &root));
    made(check());
    bencher.bench(check);
}

#[divan::bench(args = [1, 40, 400])]
fn next_client_among_anchors(bencher: Bencher, anchors: usize) {
    let pki = Pki::of(KeyKind::P256);
    next_client(bencher, &pki, &bundle(&pki.among_anchors(anchors)), Revocation::WhenListed);
}

/// A list of the client's issuer; the setting demands one, so that it is asked for sure.
#[divan::bench(args = [0, 1_000, 50_000, 500_000])]
fn next_client_cleared_by_list_with_entries(bencher: Bencher, entries: u32) {
    let pki = Pki::of(KeyKind::P256);
    next_client(bencher, &pki, &pki.trusting_list(entries), Revocation::RequireLeaf);
}

fn next_client(bencher: Bencher, pki: &Pki, bundle: &TrustBundle, revocation: Revocation) {
    let known = pki.chain();
    made(verify(&known, bundle, revocation));
    let next = || PresentedChain { leaf: pki.chain().leaf, others: known.others.clone() };
    bencher.with_inputs(next).bench_refs(|chain| verify(chain, bundle, revocation));
}

fn parsed(der: &[u8]) -> X509Certificate<'_> {
    made(X509Certificate::from_der(der)).1
}
