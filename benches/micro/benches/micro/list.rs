//! A list of revoked certificates: what it costs to read. Its signature is not verified by that.

use alb_mtls::pki::KeyKind;
use alb_mtls_adapter::trust::revocation::RevocationList;
use bytes::Bytes;
use divan::Bencher;

use crate::{made, pki::Pki};

/// From its DER, all steps one after the other.
#[divan::bench(args = [1_000, 50_000, 500_000])]
fn read_entries(bencher: Bencher, entries: u32) {
    let der = Bytes::from(Pki::of(KeyKind::P256).list(entries));
    read(&der);
    bencher.bench(|| read(&der));
}

fn read(der: &Bytes) -> RevocationList {
    let mut reading = made(RevocationList::reading(der.clone()));
    loop {
        if let Some(list) = made(reading.step()) {
            return list;
        }
    }
}
