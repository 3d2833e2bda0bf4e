//! Any bytes as a source of the trust bundle: as they are, packed, and as a text in the JSON document.
//!
//! No panic; what is read is not empty; reading again gives the same; packing changes nothing; and no text
//! about it is long, or quotes what may be a key.
#![no_main]

use std::io::Write;

use alb_mtls_adapter::trust::bundle::{Source, TrustBundle};
use alb_mtls_fuzz::{pki, text};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|content: &[u8]| {
    let outcome = checked(content, content);
    assert_eq!(outcome, checked(content, content));
    if !content.starts_with(GZIP) {
        assert_eq!(outcome, checked(&packed(content), content));
    }
    if let Ok(pem) = str::from_utf8(content) {
        let document =
            json!({"anchors": pem, "pinned": [pem], "crls": pem, "allow": [{"dns": pem}]});
        let _ = checked(document.to_string().as_bytes(), content);
    }
});

const GZIP: &[u8] = &[0x1f, 0x8b];

/// The warnings of a bundle, or why there is none; `input` is what these texts must not quote.
fn checked(content: &[u8], input: &[u8]) -> Result<Vec<String>, String> {
    let source = Source { name: "fuzz".to_owned(), content: content.to_vec() };
    let outcome: Result<Vec<String>, String> = match TrustBundle::read(&[source], pki::now()) {
        Ok(bundle) => {
            assert!(bundle.anchors().count() + bundle.pinned() > 0, "an empty bundle");
            let rules = bundle.rule_warnings().iter().map(ToString::to_string);
            Ok(bundle.warnings().iter().map(ToString::to_string).chain(rules).collect())
        }
        Err(error) => Err(error.to_string()),
    };
    let texts = match &outcome {
        Ok(warnings) => warnings.as_slice(),
        Err(error) => std::slice::from_ref(error),
    };
    for text in texts {
        text::assert_discreet(text, input);
    }
    outcome
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("into memory");
    encoder.finish().expect("into memory")
}
