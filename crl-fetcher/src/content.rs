//! What was fetched, as a CRL: DER or PEM, in gzip or not.

use std::io::Read;

use alb_mtls_adapter::{
    certificate::{
        mistaken::Mistaken,
        pem::{PemBlocks, PemError},
    },
    trust::{
        crls::manifest::MOST_BYTES,
        revocation::{ListFault, RevocationList},
    },
};
use flate2::read::MultiGzDecoder;

/// What PEM of a CRL is called (RFC 7468 section 7).
const LABEL: &str = "X509 CRL";

/// A CRL, read and not judged.
#[derive(Debug)]
pub struct Crl {
    /// As it is read.
    pub list: RevocationList,
    /// As it is put.
    pub der: Vec<u8>,
}

impl Crl {
    /// Reads what a server sent. gzip is told by its first bytes (RFC 1952), be it an encoding or the file itself.
    ///
    /// # Errors
    ///
    /// [`ContentError`], saying what it looks like instead.
    pub fn read(body: Vec<u8>) -> Result<Self, ContentError> {
        let body = match body.starts_with(&[0x1f, 0x8b]) {
            true => unpacked(&body)?,
            false => body,
        };
        if body.is_empty() {
            return Err(ContentError::Empty);
        }
        let der = match body.starts_with(&[0x30]) {
            true => body,
            false => block(&body)?,
        };
        match RevocationList::from_der(&der) {
            Ok(list) => Ok(Self { list, der }),
            Err(_) if Mistaken::content(&der) == Some(Mistaken::DerCertificate) => {
                Err(ContentError::Certificate)
            }
            Err(fault) => Err(ContentError::Der(fault)),
        }
    }
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, ContentError> {
    let mut content = Vec::new();
    MultiGzDecoder::new(body)
        .take(MOST_BYTES.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|error| ContentError::Gzip(error.to_string()))?;
    match u64::try_from(content.len()) {
        Ok(0..=MOST_BYTES) => Ok(content),
        _ => Err(ContentError::TooLarge),
    }
}

/// The one PEM block.
fn block(text: &[u8]) -> Result<Vec<u8>, ContentError> {
    let mut blocks = PemBlocks::among_text(text);
    let looks_like = || Mistaken::content(text).map(ContentError::Mistaken);
    let Some(first) = blocks.next() else {
        return Err(looks_like().unwrap_or(ContentError::Nothing));
    };
    let first = first.map_err(|error| looks_like().unwrap_or(ContentError::Pem(error)))?;
    if blocks.next().is_some() {
        return Err(ContentError::Several);
    }
    match first.label.as_str() {
        LABEL => Ok(first.der),
        "CERTIFICATE" => Err(ContentError::Certificate),
        _ => Err(ContentError::Label { label: first.label }),
    }
}

/// Why bytes are no CRL. None of them are repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing came.
    #[error("it is empty")]
    Empty,
    /// Neither DER nor PEM.
    #[error("it is neither DER nor PEM")]
    Nothing,
    /// Something that is known by its looks.
    #[error("it is no CRL: {0}")]
    Mistaken(Mistaken),
    /// A certificate, of the CA itself perhaps.
    #[error(
        "it is a certificate, and a CRL is expected; is it the URL of the CA certificate (caIssuers)?"
    )]
    Certificate,
    /// PEM of something else.
    #[error("it is PEM of a \"{label}\", and \"{LABEL}\" is expected")]
    Label {
        /// What its BEGIN line says.
        label: String,
    },
    /// More than one block.
    #[error("it has more than one PEM block, and one CRL is expected at one URL")]
    Several,
    /// PEM that cannot be read.
    #[error("it is no CRL in PEM: {0}")]
    Pem(PemError),
    /// DER that cannot be read: of something else, or cut off.
    #[error("it {0}; was it cut off?")]
    Der(ListFault),
    /// gzip that cannot be read.
    #[error("it cannot be unpacked as gzip: {0}")]
    Gzip(String),
    /// Longer than is read.
    #[error("it has more than {MOST_BYTES} bytes when it is unpacked")]
    TooLarge,
}
