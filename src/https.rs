//! Connections, for the gateway and for Secrets Manager: HTTP/1.1, over TLS 1.2 or 1.3 where the URL
//! says so, with the host name checked against a trust store that is given.
//!
//! A platform's trust store is some 140 certificates that every client would parse at start; these are
//! parsed when the crate is built.

use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, crypto::aws_lc_rs};
use tokio::net::TcpStream;
use tower::{BoxError, timeout::Timeout, util::BoxCloneSyncService};

/// How old an unused connection may be that is used again. The environment freezes between events, and the
/// other side closes the connection meanwhile; an old one is likelier dead than not. It is asked when one
/// is needed: a timer would be armed whenever the function waits for anything, a fortieth of what an event
/// takes, to close what nobody misses.
const POOL_IDLE: Duration = Duration::from_secs(4);

type Connection = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connector = BoxCloneSyncService<Uri, Connection, BoxError>;

/// A client with a pool of its own. It follows no redirect, unpacks nothing, keeps no cookies, asks no
/// proxy, and adds no header but `host`.
pub(crate) type HttpsClient<Body> = Client<Connector, Body>;

/// Begins a TLS configuration: 1.2 or 1.3, by the one provider of cryptography.
pub(crate) fn tls() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
}

/// Makes a client; connects to nothing yet. Connecting, the TLS handshake included, may take
/// `connect_timeout`; after it the cause of the error is tower's `Elapsed`.
///
/// It sends nothing twice: hyper would, as often as it finds a connection of the pool closed. What may be
/// sent again, and how often, is for the caller to say, as the SDK does.
pub(crate) fn client<Body>(tls: ClientConfig, connect_timeout: Duration) -> HttpsClient<Body>
where
    Body: http_body::Body + Send,
    Body::Data: Send,
{
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(POOL_IDLE)
        .retry_canceled_requests(false)
        .build(BoxCloneSyncService::new(Timeout::new(https, connect_timeout)))
}

/// A client for AWS's services; connects to nothing yet.
pub(crate) fn aws_client<Body>() -> Result<HttpsClient<Body>, rustls::Error>
where
    Body: http_body::Body + Send,
    Body::Data: Send,
{
    /// What the SDK itself allows for a connection.
    const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
    let tls = tls()?.with_root_certificates(amazon_roots()).with_no_client_auth();
    Ok(client(tls, CONNECT_TIMEOUT))
}

/// Mozilla's list of public authorities.
pub(crate) fn public_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// Amazon's own roots, to which every endpoint of AWS leads: <https://www.amazontrust.com/repository/>.
fn amazon_roots() -> RootCertStore {
    // What their subjects end with, the common name being the last of each.
    const NAMES: [&str; 5] = [
        "Amazon Root CA 1",
        "Amazon Root CA 2",
        "Amazon Root CA 3",
        "Amazon Root CA 4",
        "Starfield Services Root Certificate Authority - G2",
    ];
    let is_amazons = |subject: &[u8]| NAMES.iter().any(|name| subject.ends_with(name.as_bytes()));
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter();
    roots.filter(|root| is_amazons(&root.subject)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_roots_are_the_five_that_it_publishes() {
        assert_eq!(amazon_roots().len(), 5);
        assert!(public_roots().len() > 100);
    }
}
