//! Which headers travel.
//!
//! Two kinds do not, in either direction: those that concern one connection (RFC 9110 section 7.6.1),
//! and those under which a gateway may look for a client certificate. A client's header under such a
//! managed name is removed in every spelling that some server might take for it.

use http::{HeaderMap, HeaderName, header};

use crate::settings::Settings;

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

/// What any gateway could take for a client certificate: AWS's names of both mTLS modes, WSO2's
/// default, and RFC 9440's.
const MANAGED: [&str; 3] = ["x-wso2-client-certificate", "client-cert", "client-cert-chain"];
const MANAGED_PREFIX: &str = "x-amzn-mtls-";

/// Of a response: what WSO2 echoes of the request in its own error answers.
const ECHOED: [&str; 2] = ["cookie", "x-imforwards"];
const ECHOED_PREFIXES: [&str; 2] = ["x-forwarded-", "x-amzn-"];

/// Removes from a request what must not reach the gateway.
pub(super) fn strip(headers: &mut HeaderMap, settings: &Settings) {
    remove(headers, |name| is_managed(name, settings) || name == header::CONTENT_LENGTH.as_str());
}

/// Removes from a response what must not reach the client.
pub(crate) fn scrub(headers: &mut HeaderMap, settings: &Settings) {
    remove(headers, |name| {
        is_managed(name, settings)
            || ECHOED.contains(&name)
            || ECHOED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
}

/// Whether HTTP itself needs this header, so that it cannot carry a certificate.
pub(crate) fn carries_the_message(name: &HeaderName) -> bool {
    CONNECTION.contains(&name.as_str())
        || [header::HOST, header::CONTENT_LENGTH, header::CONTENT_TYPE, header::COOKIE]
            .contains(name)
}

/// Removes the headers of the connection, those that `Connection` names, and the unwanted ones.
fn remove(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .collect();
    let doomed: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            CONNECTION.contains(&name) || named.iter().any(|other| other == name) || unwanted(name)
        })
        .cloned()
        .collect();
    for name in doomed {
        headers.remove(name);
    }
}

/// Whether a name, in any spelling, is one under which a certificate travels.
fn is_managed(name: &str, settings: &Settings) -> bool {
    let name = folded(name);
    let configured = [&settings.client_cert_header, &settings.gateway_cert_header];
    name.starts_with(MANAGED_PREFIX)
        || MANAGED.contains(&name.as_str())
        || configured.iter().any(|managed| folded(managed.as_str()) == name)
}

/// A header name as the most careless reader sees it: letters and digits in lower case, and a hyphen
/// for anything else. Servers that hand headers on as variables confuse at least `_` and `-`.
fn folded(name: &str) -> String {
    let fold = |char: char| match char.is_ascii_alphanumeric() {
        true => char.to_ascii_lowercase(),
        false => '-',
    };
    name.chars().map(fold).collect()
}
