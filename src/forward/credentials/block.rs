//! The PEM blocks of a secret.

use super::error::CredentialsError;
use crate::{
    certificate::{Certificate, mistaken::Mistaken, pem::PemBlocks},
    secrets::{Place, Source},
};

/// A readable PEM block, and where it stands.
pub(super) struct Block {
    pub(super) place: Place,
    pub(super) label: String,
    pub(super) der: Vec<u8>,
}

/// The blocks of a source, one after the other.
pub(super) fn blocks(
    setting: &'static str,
    source: &Source,
) -> impl Iterator<Item = Result<Block, CredentialsError>> {
    PemBlocks::among_text(&source.content).zip(1..).map(move |(block, entry)| {
        let place = |byte| Place { source: source.name.clone(), key: None, entry, byte };
        match block {
            Ok(block) => {
                Ok(Block { place: place(Some(block.at)), label: block.label, der: block.der })
            }
            Err(error) => {
                let told = CredentialsError::Pem { setting, at: place(None), error };
                Err(mistaken(setting, source).unwrap_or(told))
            }
        }
    })
}

/// Why a source cannot be read, where that is known by sight, or there is nothing of PEM in it.
pub(super) fn mistaken(setting: &'static str, source: &Source) -> Option<CredentialsError> {
    let (secret, content) = (source.name.clone(), source.content.as_slice());
    if let Some(looks_like) = Mistaken::content(content) {
        return Some(CredentialsError::Mistaken { setting, secret, looks_like });
    }
    let is_text = !content.trim_ascii().is_empty();
    (is_text && PemBlocks::among_text(content).next().is_none())
        .then_some(CredentialsError::NoBlock { setting, secret })
}

/// The certificate of a block.
pub(super) fn certificate(
    setting: &'static str,
    at: &Place,
    der: &[u8],
) -> Result<Certificate, CredentialsError> {
    Certificate::from_der(der).map_err(|fault| CredentialsError::Malformed {
        setting,
        at: at.clone(),
        fault,
    })
}
