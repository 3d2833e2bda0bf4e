//! A client for the gateway, and as whom it comes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::ResponseFuture;
use rustls::{ClientConfig, SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};

use crate::https::{self, HttpsClient};

/// A client, with a pool of connections of its own.
pub(super) struct Client {
    https: HttpsClient<Full<Bytes>>,
    /// None where there is a certificate to present.
    nobody: Option<Arc<Nobody>>,
}

/// As whom the client has come to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented {
    /// As the holder of the certificate in `GATEWAY_IDENTITY_SECRET`.
    Certificate,
    /// As nobody, though the gateway asked.
    NothingThoughAsked,
    /// As nobody, and the gateway did not ask.
    Nothing,
}

impl Client {
    /// Makes one; connects to nothing yet.
    pub(super) fn new(mut tls: ClientConfig, connect_timeout: Duration) -> Self {
        let nobody = match tls.client_auth_cert_resolver.has_certs() {
            true => None,
            false => Some(Arc::<Nobody>::default()),
        };
        if let Some(nobody) = &nobody {
            tls.client_auth_cert_resolver = Arc::<Nobody>::clone(nobody);
        }
        Self { https: https::client(tls, connect_timeout), nobody }
    }

    pub(super) fn request(&self, request: Request<Full<Bytes>>) -> ResponseFuture {
        self.https.request(request)
    }

    /// As whom it has come so far, on any of its connections.
    pub(super) fn presented(&self) -> Presented {
        match &self.nobody {
            None => Presented::Certificate,
            Some(nobody) if nobody.asked.load(Ordering::Relaxed) => Presented::NothingThoughAsked,
            Some(_) => Presented::Nothing,
        }
    }
}

/// Presents no certificate, and remembers that it was asked for one: the alert that may follow names many
/// reasons, another one in each TLS library.
#[derive(Debug, Default)]
struct Nobody {
    asked: AtomicBool,
}

impl ResolvesClientCert for Nobody {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
