//! Why there may be no certificate, as far as the other headers tell.

use std::fmt;

use http::{HeaderMap, HeaderName};

/// What was found in the place of a certificate. Names of headers only, never what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// What the load balancer writes in its verify mode.
    VerifyMode(HeaderName),
    /// A certificate under another name.
    OtherName(HeaderName),
    /// A CORS preflight, which mostly brings none.
    Preflight,
    /// Nothing like a certificate.
    Nothing,
}

impl Absence {
    /// Looks through the headers of a request that lacks the one for the certificate.
    pub fn of(headers: &HeaderMap) -> Self {
        const VERIFY_MODE: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-leaf");
        if headers.contains_key(VERIFY_MODE) {
            return Self::VerifyMode(VERIFY_MODE);
        }
        let holds_certificate = |value: &[u8]| {
            ["-----BEGIN CERTIFICATE", "-----BEGIN%20CERTIFICATE"]
                .iter()
                .any(|begin| value.starts_with(begin.as_bytes()))
        };
        let other = headers.iter().find(|(_, value)| holds_certificate(value.as_bytes()));
        other.map_or(Self::Nothing, |(name, _)| Self::OtherName(name.clone()))
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VerifyMode(name) => write!(
                f,
                "there is {name}: the listener is in verify mode, so set CLIENT_CERT_HEADER to that name, or \
                 the listener to passthrough"
            ),
            Self::OtherName(name) => write!(
                f,
                "there is a certificate in {name}: if the listener renames the header, set \
                 CLIENT_CERT_HEADER to its name; if the client sent it, it counts for nothing"
            ),
            Self::Preflight => f.write_str(
                "it is a CORS preflight, which browsers send without a client certificate: \
                 PREFLIGHT=forward lets preflights pass",
            ),
            Self::Nothing => f.write_str(
                "the client presented none, or the listener that it came through does no mTLS in \
                 passthrough mode",
            ),
        }
    }
}
