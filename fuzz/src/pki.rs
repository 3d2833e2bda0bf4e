//! What is made of fixed certificates, and the fixed clock.

use std::time::{Duration, SystemTime};

use alb_mtls_adapter::{
    certificate::{Certificate, PresentedChain, pem::PemBlocks},
    trust::bundle::{Source, TrustBundle},
};

/// 2026-06-01T12:00:00Z.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_315_200)
}

/// The content of each block of a PEM text of ours.
pub fn blocks(pem: &str) -> Vec<Vec<u8>> {
    PemBlocks::new(pem.as_bytes()).map(|block| block.expect("PEM of ours").der).collect()
}

/// A bundle out of PEM text of ours.
pub fn bundle(pem: &str) -> TrustBundle {
    let source = Source { name: "fuzz".to_owned(), content: pem.as_bytes().to_vec() };
    TrustBundle::read(&[source], now()).expect("a bundle of ours")
}

/// A chain out of certificates in DER; none where one of them cannot be read.
pub fn chain<'a>(ders: impl IntoIterator<Item = &'a [u8]>) -> Option<PresentedChain> {
    let mut certificates = ders.into_iter().map(Certificate::from_der);
    let leaf = certificates.next()?.ok()?;
    let others = certificates.collect::<Result<_, _>>().ok()?;
    Some(PresentedChain { leaf, others })
}
