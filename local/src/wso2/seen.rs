use std::fmt;

use super::mode::DecodeError;
use crate::pki;

/// A request as the gateway got it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which connection it came on, counted from 1.
    pub connection: u64,
    /// The method.
    pub method: String,
    /// The request target: path and query as received, undecoded.
    pub target: String,
    /// Every header, names in lower case, in the order of each name's first appearance.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, without its transfer encoding.
    pub body: Vec<u8>,
    /// What the gateway made of the certificate header.
    pub reading: Reading,
}

impl Seen {
    /// The values of one header, in order. The name is compared without regard to case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named =
            self.headers.iter().filter(move |(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }
}

/// What the gateway made of the certificate header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// There was none.
    Missing,
    /// There was one, and no certificate in it.
    Unreadable(DecodeError),
    /// The certificate that the caller is taken for.
    Certificate(Certificate),
}

/// A certificate that was read, whatever it is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The DER.
    pub der: Vec<u8>,
}

impl Certificate {
    /// SHA-256 over the DER, in lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        pki::fingerprint(&self.der)
    }

    /// The subject's distinguished name.
    #[must_use]
    pub fn subject(&self) -> String {
        // It was parsed to get here, so there is always a subject to name.
        let parsed = x509_parser::parse_x509_certificate(&self.der);
        parsed.map(|(_, certificate)| certificate.subject().to_string()).unwrap_or_default()
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no certificate header"),
            Self::Unreadable(error) => write!(f, "a header that cannot be read: {error}"),
            Self::Certificate(certificate) => f.write_str(&certificate.subject()),
        }
    }
}
