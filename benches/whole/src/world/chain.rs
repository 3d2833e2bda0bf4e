//! What a client presents, and the event that comes of it.

use std::net::{IpAddr, Ipv4Addr};

use alb_mtls::{
    alb::{EventSettings, HeaderMode, Request, Spelling},
    pki::{Authority, Leaf},
};

use crate::{Fault, gateway::Body, runtime_api::Event};

/// What a client presents: certificates, its own first.
pub(crate) struct Chain(Vec<Vec<u8>>);

impl Chain {
    /// A certificate and its issuer's.
    pub(super) fn of(leaf: &Leaf, issuer: &Authority) -> Self {
        Self(vec![leaf.der().to_vec(), issuer.der().to_vec()])
    }

    /// Each certificate, as DER.
    pub(crate) fn certificates(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// Of certificates that nobody here has issued.
    pub(crate) fn made(certificates: Vec<Vec<u8>>) -> Self {
        Self(certificates)
    }

    /// A chain of nothing.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// The event for a request by who presents this.
    pub(crate) fn event(&self, answer: Body, request: &[u8]) -> Result<Event, Fault> {
        let headers = [
            ("host", "api.example.com"),
            ("user-agent", "Apache-HttpClient/5.3 (Java/17.0.9)"),
            ("accept", "application/json"),
            ("accept-encoding", "gzip, deflate"),
            (
                "authorization",
                "Bearer eyJ4NXQiOiJNell4TW1Ga09HWXdNV0kwWldObU5EY3hOR1l3WW1NNFpUQTNNV0k",
            ),
            ("content-type", "application/octet-stream"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ];
        let request = Request {
            method: if request.is_empty() { "GET" } else { "POST" }.to_owned(),
            path: answer.path(),
            query: Some("limit=25&offset=50".to_owned()),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
                .to_vec(),
            body: request.to_vec(),
            chain: self.0.clone(),
            client: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
            trace_id: "1-67891233-abcdef012345678912345678".to_owned(),
        };
        // As the template sets the target group up.
        let settings = EventSettings { header_mode: HeaderMode::Multi, ..Default::default() };
        Ok(settings.event(&request)?.into())
    }

    /// How many bytes the header with it has.
    pub(super) fn header_length(&self) -> usize {
        let certificates = self.0.iter().map(Vec::as_slice);
        alb_mtls::alb::certificate_header(certificates, Spelling::Raw).len()
    }
}
