//! Connections: TLS 1.2 or 1.3 by AWS-LC, with Mozilla's list of public CAs.

use std::{sync::Arc, time::Duration};

use reqwest::ClientBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

/// How long a connection may take, with its TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Begins a client. It asks the proxies that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name.
pub(crate) fn client() -> Result<ClientBuilder, rustls::Error> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        .referer(false)
        .user_agent(concat!("alb-mtls-crl-fetcher/", env!("CARGO_PKG_VERSION"))))
}
