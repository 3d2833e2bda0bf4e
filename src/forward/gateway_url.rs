//! Where requests go, and nowhere else.

use std::str::FromStr;

use http::{Uri, uri};

/// The gateway's base URL: scheme, authority, and a path that is put before every request's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUrl {
    /// `http` or `https`.
    pub scheme: uri::Scheme,
    /// Host and, where given, port.
    pub authority: uri::Authority,
    /// Without a trailing slash; empty where the URL names no path.
    pub base_path: String,
}

impl GatewayUrl {
    /// Whether the hop to the gateway is encrypted.
    pub fn is_https(&self) -> bool {
        self.scheme == uri::Scheme::HTTPS
    }
}

impl FromStr for GatewayUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected a URL such as https://wso2.internal:8243";
        // `Uri` drops a fragment without a word.
        if text.contains('#') {
            return Err(format!("{EXPECTED}, without a fragment"));
        }
        let parts = Uri::from_str(text).map_err(|_| EXPECTED.to_owned())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(EXPECTED.to_owned());
        };
        if scheme != uri::Scheme::HTTP && scheme != uri::Scheme::HTTPS {
            return Err(format!("{EXPECTED}, with the scheme https or http"));
        }
        if authority.as_str().contains('@') {
            return Err(format!("{EXPECTED}, without a user or password"));
        }
        if !has_usable_port(&authority) {
            return Err(format!("{EXPECTED}, with a port from 1 to 65535 or none"));
        }
        let target = parts.path_and_query.unwrap_or_else(|| uri::PathAndQuery::from_static("/"));
        if target.query().is_some() {
            return Err(format!("{EXPECTED}, without a query"));
        }
        let base_path = target.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority, base_path })
    }
}

/// Whether a port is one that can be connected to, or there is none. Where what follows the host is no
/// number of 16 bits, `http` and hyper take the scheme's own port, which may be somebody else's.
pub(crate) fn has_usable_port(authority: &uri::Authority) -> bool {
    let is_port = |text: &str| {
        text.starts_with(|first| matches!(first, '1'..='9')) && text.parse::<u16>().is_ok()
    };
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(is_port),
        None => false,
    }
}
