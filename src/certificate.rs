//! The client's certificate chain, from the header value that the load balancer wrote.
//!
//! Reading is strict and whole: one block that cannot be read refuses the header, so that no later
//! certificate is ever taken for the client's. A [`PresentedChain`] proves nothing yet; that is for
//! [`trust`](crate::trust) to do.

pub mod absence;
mod agreement;
mod der_fault;
pub(crate) mod directory;
pub(crate) mod enforceable;
mod extent;
pub(crate) mod fingerprint;
pub mod identity;
mod key;
pub(crate) mod mailbox;
pub(crate) mod mark;
pub mod mistaken;
pub(crate) mod names;
pub(crate) mod oid;
pub mod outgoing;
pub mod pem;
mod percent;
mod readings;
mod sight;
pub(crate) mod twin;
mod unreadable;
mod x509;

use http::{HeaderMap, HeaderName, HeaderValue};

use self::pem::{PemBlocks, PemError};
pub use self::{
    der_fault::DerFault, key::KeyKind, percent::PercentError, unreadable::UnreadableHeader,
    x509::Certificate,
};
pub(crate) use self::{
    key::{ACCEPTED_KEYS, rsa_sizes},
    readings::Readings,
    x509::key_usage,
};

/// The longest header value that is read: ALB's limit on all request headers together.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The most certificates that a header may hold.
pub const MAX_CERTIFICATES: usize = 16;
/// The largest certificate, in bytes of DER.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// The certificates that the client presented, unverified: its own, and those that it sent along.
#[derive(Debug, Clone)]
pub struct PresentedChain {
    /// The first certificate of the header, whose private key the client has proved to the load
    /// balancer that it holds.
    pub leaf: Certificate,
    /// The rest, in the order of the header. Any of them may be there to mislead.
    pub others: Vec<Certificate>,
}

impl PresentedChain {
    /// Reads a header value as the load balancer writes it: PEM, URL-encoded, `+ / =` escaped or not.
    ///
    /// # Errors
    ///
    /// [`CertificateError`], naming the certificate or the byte.
    pub fn from_header(value: &[u8]) -> Result<Self, CertificateError> {
        Self::of_header(value, |_| None)
    }

    /// The same, with the readings of certificates that are known already.
    pub(crate) fn from_header_with(
        value: &[u8],
        known: &Readings,
    ) -> Result<Self, CertificateError> {
        Self::of_header(value, |der| known.get(der))
    }

    fn of_header(
        value: &[u8],
        known: impl Fn(&[u8]) -> Option<Certificate>,
    ) -> Result<Self, CertificateError> {
        if value.len() > MAX_HEADER_BYTES {
            return Err(CertificateError::HeaderTooLong { bytes: value.len() });
        }
        Self::of_pem(&percent::decode(value)?, known)
    }

    /// Reads PEM text: blocks with the label `CERTIFICATE`, and only white space around them.
    ///
    /// # Errors
    ///
    /// [`CertificateError`], naming the certificate or the byte.
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        Self::of_pem(text, |_| None)
    }

    fn of_pem(
        text: &[u8],
        known: impl Fn(&[u8]) -> Option<Certificate>,
    ) -> Result<Self, CertificateError> {
        let mut certificates = Vec::new();
        for (block, position) in PemBlocks::new(text).zip(1..) {
            let block = block?;
            if position > MAX_CERTIFICATES {
                return Err(CertificateError::TooMany);
            }
            if block.label != "CERTIFICATE" {
                return Err(CertificateError::Label { position, label: block.label });
            }
            if block.der.len() > MAX_CERTIFICATE_BYTES {
                return Err(CertificateError::TooLarge { position, bytes: block.der.len() });
            }
            let certificate = match known(&block.der) {
                Some(known) => known,
                None => Certificate::from_der(&block.der)
                    .map_err(|fault| CertificateError::Malformed { position, fault })?,
            };
            certificates.push(certificate);
        }
        let mut certificates = certificates.into_iter();
        let leaf = certificates.next().ok_or(CertificateError::None)?;
        Ok(Self { leaf, others: certificates.collect() })
    }
}

/// The one value of the header that carries the chain, or none.
///
/// An empty value counts as none: it says as little.
///
/// # Errors
///
/// [`CertificateError::Repeated`] where there is more than one value: only one of them can be the
/// load balancer's, and nothing tells which.
pub fn header_value<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a HeaderValue>, CertificateError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    match values.count() {
        0 => Ok(first.filter(|value| !value.is_empty())),
        more => Err(CertificateError::Repeated { header: name.clone(), values: more + 1 }),
    }
}

/// Why a header holds no chain. Positions count from 1, the leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More than one value under the name.
    #[error(
        "header {header} has {values} values; one is the load balancer's, and nothing tells which"
    )]
    Repeated {
        /// The header's name.
        header: HeaderName,
        /// How many values there are.
        values: usize,
    },
    /// Longer than [`MAX_HEADER_BYTES`].
    #[error("the certificate header has {bytes} bytes; at most {MAX_HEADER_BYTES} are read")]
    HeaderTooLong {
        /// The length of the value.
        bytes: usize,
    },
    /// More than [`MAX_CERTIFICATES`].
    #[error("the certificate header holds more than {MAX_CERTIFICATES} certificates")]
    TooMany,
    /// Larger than [`MAX_CERTIFICATE_BYTES`].
    #[error("certificate {position} has {bytes} bytes; at most {MAX_CERTIFICATE_BYTES} are read")]
    TooLarge {
        /// Which certificate.
        position: usize,
        /// Its length in DER.
        bytes: usize,
    },
    /// Not URL-encoded as the load balancer does it.
    #[error(transparent)]
    Percent(#[from] PercentError),
    /// Not PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// PEM of something else, as a private key or a `TRUSTED CERTIFICATE`.
    #[error("block {position} is a \"{label}\", and only \"CERTIFICATE\" belongs here")]
    Label {
        /// Which block.
        position: usize,
        /// What its BEGIN line says.
        label: String,
    },
    /// No block at all.
    #[error("there is no certificate in it")]
    None,
    /// A block whose content is no certificate.
    #[error("certificate {position} {fault}")]
    Malformed {
        /// Which certificate.
        position: usize,
        /// What is wrong with it.
        fault: DerFault,
    },
}
