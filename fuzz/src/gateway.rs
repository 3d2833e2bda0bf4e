//! The gateway, behind whoever was accepted.

use alb_mtls_adapter::{
    certificate::{PresentedChain, outgoing},
    trust::VerifiedClient,
};

/// The header that goes out holds the client's certificate and nothing else.
pub fn assert_reads(client: &VerifiedClient) {
    let header = outgoing::url_encoded_pem(client.leaf().der());
    let again = PresentedChain::from_header(header.as_bytes()).expect("our own header");
    assert_eq!(again.leaf.der(), client.leaf().der());
    assert!(again.others.is_empty());
}
