use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::answer::Answer;
use super::event::{EventSettings, Request};
use super::exchange::{Exchange, Fault, Observer};
use super::limits::{MEGABYTE, refused_head};
use super::possession::PossessionOnly;
use super::target::{Invocation, Target};
use super::trace_id::trace_id;
use crate::pki::Leaf;
use crate::random;
use crate::server::{Connection, Server};

/// A client that does not finish its handshake is dropped.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Room for headers that are over the limits, so that they are refused by status and not by a broken connection.
const MAX_HEADER_LIST: u32 = 256 * 1024;
const MAX_HEADERS: usize = 1000;
/// What belongs to the connection, and is never the function's to say.
const CONNECTION_HEADERS: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::CONTENT_LENGTH,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// How the listener is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The server's certificate and key.
    pub identity: Leaf,
    /// What is sent along with it, as DER, leaf's issuer first.
    pub issuers: Vec<Vec<u8>>,
    /// How requests become events. Its port is what clients are told to have come to.
    pub event: EventSettings,
    /// Told of every request, once it is answered.
    pub observer: Observer,
}

impl Config {
    /// A listener on `address` with the usual settings, whose requests nobody watches.
    #[must_use]
    pub fn new(address: SocketAddr, identity: Leaf) -> Self {
        let (event, observer) = (EventSettings::default(), Observer::default());
        Self { address, identity, issuers: Vec::new(), event, observer }
    }
}

/// Why a listener does not start.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for a free one")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate and key do not make a TLS server.
    #[error("cannot serve TLS with this certificate: {0}")]
    Tls(#[from] rustls::Error),
}

/// A running listener. Dropping it ends it.
#[derive(Debug)]
pub struct Listener {
    server: Server,
}

impl Listener {
    /// Starts listening, in front of `target`.
    pub async fn start(config: Config, target: Target) -> Result<Self, ListenError> {
        let address = config.address;
        let acceptor = TlsAcceptor::from(Arc::new(tls(&config)?));
        let balancer =
            Arc::new(Balancer { event: config.event, observer: config.observer, target });
        let serve = move |connection| serve(connection, acceptor.clone(), Arc::clone(&balancer));
        match Server::start(address, serve).await {
            Ok(server) => Ok(Self { server }),
            Err(source) => Err(ListenError::Address { address, source }),
        }
    }

    /// The address in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends once the requests under way are answered.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

fn tls(config: &Config) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let possession = PossessionOnly(provider.signature_verification_algorithms);
    let own =
        std::iter::once(config.identity.der()).chain(config.issuers.iter().map(Vec::as_slice));
    let chain = own.map(|der| CertificateDer::from(der.to_vec())).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(config.identity.key().der().to_vec()));
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(possession))
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// What every connection shares.
struct Balancer {
    event: EventSettings,
    observer: Observer,
    target: Target,
}

/// What the handshake told of a client.
struct Client {
    address: SocketAddr,
    chain: Vec<Vec<u8>>,
}

async fn serve(connection: Connection, acceptor: TlsAcceptor, balancer: Arc<Balancer>) {
    let stream = match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(connection.stream))
        .await
    {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return tracing::warn!(%error, client = %connection.peer, "TLS handshake failed");
        }
        Err(_) => return tracing::warn!(client = %connection.peer, "TLS handshake took too long"),
    };
    let presented = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let chain = presented.iter().map(|certificate| certificate.to_vec()).collect();
    let client = Arc::new(Client { address: connection.peer, chain });
    let service = service_fn(move |request| {
        let (balancer, client) = (Arc::clone(&balancer), Arc::clone(&client));
        async move { Ok::<_, Infallible>(balancer.handle(&client, request).await) }
    });
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().max_headers(MAX_HEADERS);
    http.http2().max_header_list_size(MAX_HEADER_LIST);
    let served = http.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = connection.watcher.watch(served).await {
        tracing::debug!(%error, "a connection to the load balancer ended badly");
    }
}

impl Balancer {
    async fn handle(
        &self,
        client: &Client,
        request: http::Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let mut exchange = Exchange {
            request_id: String::new(),
            method: head.method.to_string(),
            target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            certificates: client.chain.len(),
            event: None,
            status: StatusCode::OK,
            fault: None,
        };
        let response = match self.forward(client, &head, body, &mut exchange).await {
            Ok(answer) => passed_on(answer),
            Err(fault) => {
                let status = fault.status();
                // The observer tells it.
                tracing::debug!(request_id = exchange.request_id, %status, %fault, "answered by the load balancer");
                exchange.fault = Some(fault);
                own(status)
            }
        };
        exchange.status = response.status();
        self.observer.tell(exchange);
        response
    }

    async fn forward(
        &self,
        client: &Client,
        head: &Parts,
        body: Incoming,
        exchange: &mut Exchange,
    ) -> Result<Answer, Fault> {
        exchange.request_id = random::uuid()?;
        let headers = received(head);
        let lines = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        if let Some(status) = refused_head(&exchange.target, lines) {
            return Err(Fault::Head { status });
        }
        let body = match Limited::new(body, MEGABYTE).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(Fault::Body),
            Err(_) => return Err(Fault::Incomplete),
        };
        let event = self.event.event(&Request {
            method: exchange.method.clone(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers,
            body: body.to_vec(),
            chain: client.chain.clone(),
            client: client.address.ip(),
            trace_id: trace_id(SystemTime::now())?,
        })?;
        let event = Bytes::from(event);
        exchange.event = Some(event.clone());
        let answer = self
            .target
            .invoke(Invocation { request_id: exchange.request_id.clone(), event })
            .await?;
        Ok(Answer::check(&answer, self.event.header_mode)?)
    }
}

/// The headers as they came, and `host` in any case. Whether the load balancer makes one `cookie` of those into
/// which HTTP/2 may split it is nowhere said (RFC 9113 section 8.2.3), so it does not here.
fn received(head: &Parts) -> Vec<(String, Vec<u8>)> {
    let named =
        |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.as_bytes().to_vec());
    let mut headers: Vec<_> = head.headers.iter().map(named).collect();
    if head.version == http::Version::HTTP_2 {
        // RFC 9113 section 8.3.1: the authority stands in for `host`.
        if let Some(authority) =
            head.uri.authority().filter(|_| !head.headers.contains_key(header::HOST))
        {
            headers.push((header::HOST.to_string(), authority.as_str().as_bytes().to_vec()));
        }
    }
    headers
}

fn passed_on(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    for name in CONNECTION_HEADERS {
        response.headers_mut().remove(name);
    }
    response
}

/// An answer of the load balancer's own: it names the status, and nothing else.
fn own(status: StatusCode) -> Response<Full<Bytes>> {
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = Response::new(Full::from(page));
    *response.status_mut() = status;
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static("awselb/2.0"));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

#[cfg(test)]
mod tests;
