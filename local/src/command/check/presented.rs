//! What a client presents, out of what a person has at hand: the header's value, or the client's files.
//!
//! Files are read as curl and openssl read them, and then written into a header as the load balancer would:
//! what is judged is what the function would be given.

use alb_mtls::alb::{Spelling, certificate_header};
use alb_mtls_adapter::certificate::{
    mistaken::Mistaken,
    pem::{PemBlocks, PemError},
};

use crate::command::{error::CommandError, input::Input};

/// The value of the header.
#[derive(Debug)]
pub(super) struct Presented {
    /// `None` where there is nothing: a client without a certificate.
    pub(super) header: Option<Vec<u8>>,
    /// What was left aside of a file.
    pub(super) ignored: Vec<String>,
}

impl Presented {
    /// Reads a header value or a client's file; the line end that an editor adds belongs to neither.
    pub(super) fn read(content: &[u8], input: &Input) -> Result<Self, PresentedError> {
        let trimmed = content.trim_ascii_end();
        if content.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return Ok(Self { header: None, ignored: Vec::new() });
        }
        if is_header(trimmed) {
            return Ok(Self { header: Some(trimmed.to_vec()), ignored: Vec::new() });
        }
        match Mistaken::content(content) {
            Some(Mistaken::DerCertificate) => Ok(Self::of([content], Vec::new())),
            Some(looks_like) => {
                Err(PresentedError::Mistaken { input: input.to_string(), looks_like })
            }
            None => Self::from_pem(content, input),
        }
    }

    fn from_pem(content: &[u8], input: &Input) -> Result<Self, PresentedError> {
        let named = || input.to_string();
        let (mut chain, mut ignored) = (Vec::new(), Vec::new());
        for block in PemBlocks::among_text(content) {
            let block = block.map_err(|error| PresentedError::Pem { input: named(), error })?;
            match block.label.as_str() {
                "CERTIFICATE" => chain.push(block.der),
                // Of no concern to a load balancer, and often in the same file.
                label if label.ends_with("PRIVATE KEY") || label == "EC PARAMETERS" => {
                    ignored.push(block.label);
                }
                _ => return Err(PresentedError::Label { input: named(), label: block.label }),
            }
        }
        match chain.is_empty() {
            true => Err(PresentedError::NoCertificate { input: named() }),
            false => Ok(Self::of(chain.iter().map(Vec::as_slice), ignored)),
        }
    }

    fn of<'a>(chain: impl IntoIterator<Item = &'a [u8]>, ignored: Vec<String>) -> Self {
        Self { header: Some(certificate_header(chain, Spelling::Raw).into_bytes()), ignored }
    }
}

/// Whether it is one line without blanks, as a header's value is, or begins as the load balancer's does.
fn is_header(content: &[u8]) -> bool {
    let one_word = !content.is_empty() && !content.iter().any(u8::is_ascii_whitespace);
    let escaped = content.windows(3).any(|three| three.eq_ignore_ascii_case(b"%0A"));
    match content.starts_with(b"-----BEGIN") {
        true => one_word || escaped,
        false => one_word && Mistaken::content(content).is_none(),
    }
}

/// Why no client can be judged.
#[derive(Debug, thiserror::Error)]
pub(super) enum PresentedError {
    #[error("{input} cannot be read: {looks_like}")]
    Mistaken { input: String, looks_like: Mistaken },
    #[error("{input} cannot be read: {error}")]
    Pem { input: String, error: PemError },
    #[error("{input} holds a \"{label}\"; a client presents certificates, each a \"CERTIFICATE\"")]
    Label { input: String, label: String },
    #[error("{input} holds no certificate: no line is -----BEGIN CERTIFICATE-----")]
    NoCertificate { input: String },
}

impl From<PresentedError> for CommandError {
    fn from(error: PresentedError) -> Self {
        Self::own(error)
    }
}
