//! Any bytes as the signed parts of certificates, each after its length and a byte that tells which of two
//! trusted authorities signs it: what a path is judged by is only reached with signatures that hold.
//!
//! No panic; whoever is accepted is accepted by `rustls-webpki` too, or there is a reason why it is stricter;
//! and the header that goes out holds his certificate and nothing else.
#![no_main]

use std::sync::LazyLock;

use alb_mtls_adapter::{
    certificate::outgoing,
    trust::{self, Revocation, bundle::TrustBundle},
};
use alb_mtls_fuzz::{
    gateway,
    parts::parts,
    pki, second_opinion,
    signing::{ROOT, Signer},
};
use libfuzzer_sys::fuzz_target;

static BUNDLE: LazyLock<TrustBundle> = LazyLock::new(|| pki::bundle(&outgoing::pem(&ROOT)));

fuzz_target!(|input: &[u8]| {
    let certificates: Vec<_> = parts(input).into_iter().filter_map(certificate).collect();
    let Some(chain) = pki::chain(certificates.iter().map(Vec::as_slice)) else { return };
    let verdict = trust::verify(&chain, &BUNDLE, Revocation::default(), pki::now());
    let Ok(client) = verdict else { return };
    if let Err(error) = second_opinion::of(&chain, std::slice::from_ref(&ROOT)) {
        let explained = second_opinion::is_stricter(&error, &chain);
        assert!(explained, "rustls-webpki refuses {:?}: {error:?}", client.identity());
    }
    gateway::assert_reads(&client);
});

fn certificate(part: &[u8]) -> Option<Vec<u8>> {
    let (signer, signed_part) = part.split_first()?;
    let signer = if *signer == 0 { Signer::Root } else { Signer::Issuing };
    Some(signer.sign(signed_part))
}
