//! The certificate header: from its value to the chain that the client presented. Keys are of P-256.

use alb_mtls::{
    alb::{Spelling, certificate_header},
    pki::{KeyKind, chain_pem},
};
use alb_mtls_adapter::certificate::{PresentedChain, pem::PemBlocks};
use divan::Bencher;

use crate::{made, pki::Pki};

/// `+ / =` left as they are.
#[divan::bench(args = [1, 3])]
fn raw_with_certificates(bencher: Bencher, certificates: usize) {
    read(bencher, Spelling::Raw, certificates);
}

/// `+ / =` escaped as well.
#[divan::bench(args = [1, 3])]
fn escaped_with_certificates(bencher: Bencher, certificates: usize) {
    read(bencher, Spelling::Escaped, certificates);
}

/// Blocks taken out of base64: neither unescaped before nor read as certificates after.
#[divan::bench(args = [1, 3])]
fn pem_alone_with_certificates(bencher: Bencher, certificates: usize) {
    let chain = Pki::of(KeyKind::P256).presented(certificates);
    let pem = chain_pem(chain.iter().map(Vec::as_slice));
    let read = || PemBlocks::new(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    made(read());
    bencher.bench(read);
}

fn read(bencher: Bencher, spelling: Spelling, certificates: usize) {
    let chain = Pki::of(KeyKind::P256).presented(certificates);
    let value = certificate_header(chain.iter().map(Vec::as_slice), spelling);
    let read = || PresentedChain::from_header(value.as_bytes());
    made(read());
    bencher.bench(read);
}
