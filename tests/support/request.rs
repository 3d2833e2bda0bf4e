//! Requests as they reach the load balancer.

use alb_mtls::alb::{Request, Spelling, certificate_header};

/// The header as the load balancer writes it.
pub(crate) fn header(chain: &[&[u8]]) -> String {
    certificate_header(chain.iter().copied(), Spelling::Raw)
}

/// A GET for `/api` with the given chain.
pub(crate) fn get(chain: Vec<Vec<u8>>) -> Request {
    Request {
        method: "GET".to_owned(),
        path: "/api".to_owned(),
        query: None,
        headers: vec![("host".to_owned(), b"api.example.com".to_vec())],
        body: Vec::new(),
        chain,
        client: [192, 0, 2, 7].into(),
        trace_id: "Root=1-67891233-abcdef012345678912345678".to_owned(),
    }
}
