//! Any bytes as certificates in DER, each after its length, without the PEM and the escapes around them.
//!
//! The same holds as for `header`.
#![no_main]

use alb_mtls_fuzz::{parts::parts, pki, world};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Some(chain) = pki::chain(parts(input)) {
        world::judge(&chain);
    }
});
