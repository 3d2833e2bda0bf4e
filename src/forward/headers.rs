//! Which headers travel.
//!
//! Two kinds do not, in either direction: those that concern one connection (RFC 9110 section 7.6.1),
//! and those under which a gateway may look for a client certificate. A client's header under such a
//! managed name is removed in every spelling that some server might take for it.

use std::collections::HashSet;

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Under which names the client's certificate travels.
#[derive(Debug, Clone)]
pub struct CertHeaders {
    /// `CLIENT_CERT_HEADER`: where the load balancer puts the client's chain.
    pub client: HeaderName,
    /// `GATEWAY_CERT_HEADER`: where the gateway looks for the client's certificate.
    pub gateway: HeaderName,
}

/// Headers of one connection, and those that frame a message on it.
const CONNECTION: [&str; 11] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    // The load balancer's own mark.
    "x-imforwards",
];

/// Under which names gateways look for a client certificate: AWS's of both mTLS modes, WSO2's default,
/// RFC 9440's, and Envoy's, on which WSO2's later gateways are built.
const MANAGED: [&str; 4] =
    ["x-wso2-client-certificate", "client-cert", "client-cert-chain", "x-forwarded-client-cert"];
const MANAGED_PREFIX: &str = "x-amzn-mtls-";

/// Of a response: what WSO2 echoes of the request in its own error answers.
const ECHOED: [&str; 1] = ["cookie"];
const ECHOED_PREFIXES: [&str; 2] = ["x-forwarded-", "x-amzn-"];

/// What `Connection` must not name, since it is meant for the gateway and beyond (RFC 9110 section
/// 7.6.1): a client could otherwise remove what the load balancer says of it, or what makes a preflight of
/// its request.
const END_TO_END: [&str; 4] = ["host", "authorization", "cookie", "origin"];
const END_TO_END_PREFIXES: [&str; 4] =
    ["x-forwarded-", "x-amzn-", "content-", "access-control-request-"];

/// What has a meaning of its own in a request (RFC 9110, RFC 9111 and RFC 7239), and what load balancers say
/// of one. A certificate there would be taken for something else, or be in the place of it.
const SPOKEN_FOR: [&str; 24] = [
    "accept",
    "cache-control",
    "date",
    "expect",
    "forwarded",
    "from",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "user-agent",
    "via",
    "warning",
    "x-amzn-trace-id",
    "x-forwarded-by",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
];
const SPOKEN_FOR_PREFIXES: [&str; 4] = ["accept-", "content-", "if-", "x-amzn-oidc-"];

/// Removes from a request what must not reach the gateway.
pub(super) fn strip(headers: &mut HeaderMap, cert_headers: &CertHeaders) {
    remove(headers, |name| is_managed(name, cert_headers) || is(name, "content-length"));
}

/// Makes one `cookie` header of those into which HTTP/2 may split it: what follows is HTTP/1.1, whose readers
/// look at one (RFC 9113 section 8.2.3).
pub(super) fn join_cookies(headers: &mut HeaderMap) {
    let crumbs: Vec<_> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    // What is made of values is one.
    if let Ok(cookie) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, cookie);
    }
}

/// Removes from a response what must not reach the client.
pub(crate) fn scrub(headers: &mut HeaderMap, cert_headers: &CertHeaders) {
    remove(headers, |name| {
        is_managed(name, cert_headers) || is_one_of(name, &ECHOED, &ECHOED_PREFIXES)
    });
}

/// Whether a header of this name, in any spelling, tells something else, so that it cannot carry a
/// certificate.
pub(crate) fn is_spoken_for(name: &HeaderName) -> bool {
    let name = name.as_str();
    is_one_of(name, &CONNECTION, &[])
        || is_one_of(name, &END_TO_END, &[])
        || is_one_of(name, &SPOKEN_FOR, &SPOKEN_FOR_PREFIXES)
}

/// Removes the headers of the connection, those that `Connection` names, and the unwanted ones.
fn remove(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    let named = named_by_connection(headers);
    let is_doomed = |name: &str| {
        is_one_of(name, &CONNECTION, &[])
            || (!named.is_empty() && named.contains(&folded_name(name.as_bytes())))
            || unwanted(name)
    };
    let doomed: Vec<HeaderName> =
        headers.keys().filter(|name| is_doomed(name.as_str())).cloned().collect();
    for name in doomed {
        headers.remove(name);
    }
}

/// What `Connection` names and may name, folded. A client can name as many headers as it sends.
fn named_by_connection(headers: &HeaderMap) -> HashSet<Vec<u8>> {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()))
        .filter(|name| !is_one_of(name, &END_TO_END, &END_TO_END_PREFIXES))
        .map(|name| folded_name(name.as_bytes()))
        .collect()
}

/// Whether a name is one under which a certificate travels.
fn is_managed(name: &str, cert_headers: &CertHeaders) -> bool {
    is_one_of(name, &MANAGED, &[MANAGED_PREFIX])
        || is(name, cert_headers.client.as_str())
        || is(name, cert_headers.gateway.as_str())
}

fn is_one_of(name: &str, names: &[&str], prefixes: &[&str]) -> bool {
    names.iter().any(|known| is(name, known))
        || prefixes.iter().any(|prefix| begins_with(name, prefix))
}

/// Whether two names are one to the most careless reader.
pub(super) fn is(name: &str, other: &str) -> bool {
    name.len() == other.len() && begins_with(name, other)
}

fn begins_with(name: &str, prefix: &str) -> bool {
    name.len() >= prefix.len()
        && name.bytes().zip(prefix.bytes()).all(|(one, other)| folded(one) == folded(other))
}

fn folded_name(name: &[u8]) -> Vec<u8> {
    name.iter().map(|byte| folded(*byte)).collect()
}

/// A byte of a header name as the most careless reader sees it: letters and digits in lower case, and a
/// hyphen for anything else. Servers that hand headers on as variables confuse at least `_` and `-`.
fn folded(byte: u8) -> u8 {
    match byte.is_ascii_alphanumeric() {
        true => byte.to_ascii_lowercase(),
        false => b'-',
    }
}
