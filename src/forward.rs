//! The request to the gateway: what the load balancer delivered, with one header of ours.
//!
//! The target travels untouched, byte for byte, or the request is refused. It is only ever a path and
//! a query under [`GatewayUrl`]: nothing in an event can name another host.

mod advice;
mod client;
pub mod credentials;
pub mod gateway;
pub mod gateway_url;
pub mod headers;
mod hop;
mod identity;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, uri::PathAndQuery};

use self::{gateway_url::GatewayUrl, headers::CertHeaders};
use crate::{
    admission::Admission,
    certificate::{Certificate, outgoing::CertFormat},
    event::Event,
    trust::{Headers, KnownClient, Presented, Told, Unencodable, VerifiedClient},
};

/// The verified intermediates, from the client's issuer upwards (RFC 9440 section 2.3).
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

/// What the gateway is told, and where it is.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// `GATEWAY_URL`: where requests go, and nowhere else.
    pub url: GatewayUrl,
    /// `GATEWAY_HOST_HEADER`: the `host` that the gateway is told, where it is not to be the client's.
    pub host: Option<HeaderValue>,
    /// Under which names the client's certificate travels.
    pub cert_headers: CertHeaders,
    /// `GATEWAY_CERT_FORMAT`: how the certificate is written there.
    pub cert_format: CertFormat,
    /// `IDENTITY_HEADERS`: whether the gateway is also told who the client is in headers of their own.
    pub identity_headers: bool,
    /// Whether it is told of certificates that prove nothing, too: `CLIENT_CERT_MODE=report` lets them pass.
    pub tells_unverified: bool,
}

/// Who may go on, with what the gateway is told of it.
pub type Admitted = Admission<Arc<KnownClient>, Arc<Told>>;

/// A request that is ready to be sent, and can be sent to the gateway alone.
#[derive(Debug)]
pub struct GatewayRequest {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl GatewayRequest {
    /// Makes the request for an admitted client.
    ///
    /// # Errors
    ///
    /// [`ForwardError`] where the request would arrive as another than the one that was delivered.
    pub fn new(
        event: Event,
        admission: &Admitted,
        outgoing: &Outgoing,
    ) -> Result<Self, ForwardError> {
        // It would open a tunnel; a load balancer does not forward it.
        if event.method == Method::CONNECT {
            return Err(ForwardError::Connect);
        }
        let uri = uri(&event.path, &event.query, &outgoing.url)?;
        let mut headers = event.headers;
        headers::strip(&mut headers, &outgoing.cert_headers);
        headers::join_cookies(&mut headers);
        if let Some(host) = &outgoing.host {
            headers.insert(header::HOST, host.clone());
        }
        for (name, value) in told(admission) {
            headers.insert(name, value.clone());
        }
        if let Some(length) = content_length(&event.method, &event.body) {
            headers.insert(header::CONTENT_LENGTH, length);
        }
        Ok(Self { method: event.method, uri, headers, body: event.body })
    }
}

/// What the gateway is told of the client, whose own copies are gone.
fn told(admission: &Admitted) -> &[(HeaderName, HeaderValue)] {
    match admission {
        Admission::Verified(client) => client.told().headers(),
        Admission::Reported(refusal) => refusal.leaf.as_ref().map_or(&[], |leaf| leaf.headers()),
        Admission::Anonymous | Admission::Preflight => &[],
    }
}

/// Writes what the gateway is told of a certificate: once, since it is the same for each request.
///
/// # Errors
///
/// [`Unencodable`], which no certificate is.
pub fn tell(presented: Presented<'_>, outgoing: &Outgoing) -> Result<Headers, Unencodable> {
    let told = match presented {
        Presented::Verified(client) => of_client(client, outgoing)?,
        Presented::Unverified(leaf) if outgoing.tells_unverified => {
            vec![certificate(leaf, outgoing)?]
        }
        // It never gets there.
        Presented::Unverified(_) => Vec::new(),
    };
    Ok(told.into())
}

/// Of a verified client: the certificate, and what the settings add.
fn of_client(
    client: &VerifiedClient,
    outgoing: &Outgoing,
) -> Result<Vec<(HeaderName, HeaderValue)>, Unencodable> {
    let mut told = vec![certificate(client.leaf(), outgoing)?];
    if outgoing.cert_format == CertFormat::Rfc9440 && !client.issuers().is_empty() {
        let chain = client.issuers().iter().map(|issuer| CertFormat::Rfc9440.write(issuer.der()));
        told.push((CLIENT_CERT_CHAIN, secret(chain.collect::<Vec<_>>().join(", "))?));
    }
    if outgoing.identity_headers {
        told.extend(identity::headers(client));
    }
    Ok(told)
}

fn certificate(
    leaf: &Certificate,
    outgoing: &Outgoing,
) -> Result<(HeaderName, HeaderValue), Unencodable> {
    let value = secret(outgoing.cert_format.write(leaf.der()))?;
    Ok((outgoing.cert_headers.gateway.clone(), value))
}

/// Whether a header of this name, in any spelling, is one of ours and not the certificate's.
pub(crate) fn tells_something_else(name: &HeaderName) -> bool {
    let mut ours = identity::NAMES.into_iter().chain([CLIENT_CERT_CHAIN]);
    ours.any(|known| headers::is(name.as_str(), known.as_str()))
}

/// A value that is kept out of whatever prints headers, and for long.
fn secret(mut text: String) -> Result<HeaderValue, Unencodable> {
    text.shrink_to_fit();
    let mut value = HeaderValue::try_from(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The gateway's scheme and authority with the delivered path and query.
fn uri(path: &str, query: &[(String, String)], gateway: &GatewayUrl) -> Result<Uri, ForwardError> {
    let ambiguous = |why| ForwardError::AmbiguousTarget { why };
    if !path.starts_with('/') {
        return Err(ambiguous("the path does not begin with a slash"));
    }
    if path.contains('?') {
        return Err(ambiguous("the path holds a question mark, and would end there"));
    }
    if !gateway.base_path.is_empty() && leaves_its_root(path) {
        return Err(ambiguous("dot segments could lead out of the path of GATEWAY_URL"));
    }
    let mut target = format!("{}{path}", gateway.base_path);
    let mut separator = '?';
    for (key, value) in query {
        if key.contains(['&', '=']) || value.contains('&') {
            return Err(ambiguous("a query parameter holds a separator, and would become two"));
        }
        target.push(separator);
        target.push_str(key);
        target.push('=');
        target.push_str(value);
        separator = '&';
    }
    let parsed = PathAndQuery::try_from(target.as_str()).map_err(|_| {
        ambiguous("it holds a character that no request target can carry unescaped")
    })?;
    if parsed.as_str() != target {
        return Err(ambiguous("it holds a fragment, which a request does not carry"));
    }
    Uri::builder()
        .scheme(gateway.scheme.clone())
        .authority(gateway.authority.clone())
        .path_and_query(parsed)
        .build()
        .map_err(|_| ambiguous("it forms no URI with that of the gateway"))
}

/// Whether some server could read the path as one that climbs out of the directory it begins in: after
/// decoding it more than once, with parameters or NULs taken out, or with overlong UTF-8 let through.
fn leaves_its_root(path: &str) -> bool {
    const DECODINGS: usize = 4;
    let mut plain = path.as_bytes().to_vec();
    for _ in 0..DECODINGS {
        plain = percent_encoding::percent_decode(&plain).collect();
    }
    plain.retain(|byte| *byte != 0);
    // No well-formed UTF-8 has these bytes.
    let overlong = plain.iter().any(|byte| matches!(byte, 0xc0 | 0xc1));
    overlong
        || plain
            .split(|byte| matches!(byte, b'/' | b'\\'))
            .map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default())
            .any(|segment| segment == b"..")
}

/// What says how long the body is: always where there is one, and where the method expects one
/// (RFC 9110 section 8.6).
fn content_length(method: &Method, body: &Bytes) -> Option<HeaderValue> {
    let expected = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    (expected || !body.is_empty()).then(|| HeaderValue::from(body.len()))
}

/// Why a request cannot be forwarded as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForwardError {
    /// The target would arrive with another meaning.
    #[error("the request target cannot be forwarded unchanged: {why}")]
    AmbiguousTarget {
        /// What stands against it.
        why: &'static str,
    },
    /// A method that is not for forwarding.
    #[error("the method CONNECT asks for a tunnel, and is not forwarded")]
    Connect,
}
