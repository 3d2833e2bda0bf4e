//! The trust bundle: what its sources cost to read. Keys are of P-256.

use std::slice;

use alb_mtls::pki::KeyKind;
use alb_mtls_adapter::trust::bundle::{Source, TrustBundle};
use divan::Bencher;

use crate::{
    made,
    pki::{Pki, now},
};

#[divan::bench(args = [1, 40, 400])]
fn read_anchors(bencher: Bencher, anchors: usize) {
    read(bencher, &Pki::of(KeyKind::P256).among_anchors(anchors));
}

/// The signature of the list is verified as well, so that no request has to.
#[divan::bench(args = [0, 1_000, 50_000])]
fn read_list_with_entries(bencher: Bencher, entries: u32) {
    read(bencher, &Pki::of(KeyKind::P256).with_list(entries));
}

fn read(bencher: Bencher, source: &Source) {
    let read = || TrustBundle::read(slice::from_ref(source), now());
    made(read());
    bencher.bench(read);
}
