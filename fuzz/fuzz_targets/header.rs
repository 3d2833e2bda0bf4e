//! Any bytes as the certificate header.
//!
//! No panic; whoever is accepted is one of those who are to be, by his very bytes, accepted by `rustls-webpki`
//! too, and the header that goes out holds his certificate and nothing else; a refusal quotes nothing.
#![no_main]

use alb_mtls_adapter::certificate::PresentedChain;
use alb_mtls_fuzz::{text, world};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|header: &[u8]| {
    match PresentedChain::from_header(header) {
        Ok(chain) => world::judge(&chain),
        Err(error) => text::assert_discreet(&error.to_string(), header),
    }
});
