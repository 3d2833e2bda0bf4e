//! What stands in the sources of a bundle, entry by entry, before anything is trusted.

mod document;
mod error;
mod member;
mod pin;

use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde_json::value::RawValue;

pub use self::error::BundleError;
use self::{
    document::Document,
    pin::{Pin, Text},
};
use super::{access::Access, crls::CrlSet, lists::RevocationList, usage::extended};
use crate::{
    certificate::{Certificate, mark::without_mark, mistaken::Mistaken, pem::PemBlocks},
    secrets::{Place, Source},
};

/// The most bytes that are read of one source, unpacked. A secret holds 65,536.
const MAX_SOURCE_BYTES: usize = 16 * 1024 * 1024;

/// One entry, and what it is there for.
#[derive(Debug, Clone)]
pub enum Item {
    /// Trusted, with all that it has issued.
    Anchor(Certificate),
    /// Trusted by itself, and nothing that it has issued.
    Pinned(Certificate),
    /// Not trusted; a path may lead over it, or it may have signed a list.
    Intermediate(Certificate),
    /// A list of revoked certificates.
    List(RevocationList),
}

/// An [`Item`] and its place.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub item: Item,
    /// Of a pinned certificate, that this very one is accepted though its extended key usages are a server's.
    pub accepts_server_certificate: bool,
}

impl Entry {
    /// Whether a server's certificate is accepted that is a client's as well.
    pub fn accepts_needlessly(&self) -> bool {
        self.accepts_server_certificate
            && matches!(&self.item, Item::Pinned(certificate) if extended(certificate.parsed()))
    }

    /// Whether an anchor is pinned, too. A self-signed certificate of a client's mostly says CA:TRUE, and in PEM
    /// text nothing else says what it is there for; a document does.
    pub(super) fn is_client_too(&self) -> bool {
        self.place.key.is_none()
            && matches!(&self.item, Item::Anchor(certificate) if certificate.is_self_issued())
    }
}

/// The readable contents of all sources.
#[derive(Debug, Default)]
pub struct Contents {
    /// In the order of the sources.
    pub entries: Vec<Entry>,
    pub(super) access: Access,
}

impl Contents {
    /// Reads every source.
    ///
    /// # Errors
    ///
    /// [`BundleError`], naming the first entry that cannot be read.
    pub fn read(sources: &[Source]) -> Result<Self, BundleError> {
        let mut contents = Self::default();
        for source in sources {
            let text = unpacked(source)?;
            let unmarked = without_mark(&text);
            match unmarked.trim_ascii_start() {
                // JSON written twice is no JSON, and says so.
                [b'{', b'\\', ..] => contents.text(&source.name, &text)?,
                [b'{', ..] => {
                    contents.document(&source.name, &document::read(source, unmarked)?)?;
                }
                _ => contents.text(&source.name, &text)?,
            }
        }
        Ok(contents)
    }

    /// Adds CRLs that are kept elsewhere.
    pub fn add_crls(&mut self, crls: Option<&CrlSet>) {
        let Some(crls) = crls else { return };
        self.entries.extend(crls.lists().map(|(name, list)| Entry {
            place: Place { source: name.to_owned(), key: None, entry: 1, byte: None },
            item: Item::List(list.clone()),
            accepts_server_certificate: false,
        }));
    }

    /// Reads what is no document: PEM, with text around it.
    fn text(&mut self, source: &str, text: &[u8]) -> Result<(), BundleError> {
        let mut entry = 0;
        let read = self.pem(source, None, text, &mut entry);
        if (read.is_ok() && entry > 0) || text.trim_ascii().is_empty() {
            return read;
        }
        // What the whole looks like says more than what its first line is not.
        let source_name = source.to_owned();
        Err(match (Mistaken::content(text), read) {
            (Some(looks_like), _) => BundleError::Mistaken { source_name, looks_like },
            (None, Err(error)) => error,
            (None, Ok(())) => BundleError::NoBlock { source_name },
        })
    }

    fn document(&mut self, source: &str, document: &Document) -> Result<(), BundleError> {
        for (key, texts) in &document.texts {
            let mut entry = 0;
            for text in texts {
                match text {
                    Text::Pem(text) => self.text_under(key, source, text, &mut entry)?,
                    Text::Pin(object) => self.pin(source, object, &mut entry)?,
                }
            }
        }
        let Document { allow, deny, .. } = document;
        Ok(self.access.add(source, allow.as_deref(), deny.as_deref())?)
    }

    fn text_under(
        &mut self,
        key: &'static str,
        source: &str,
        text: &str,
        entry: &mut usize,
    ) -> Result<(), BundleError> {
        let before = *entry;
        self.pem(source, Some(key), text.as_bytes(), entry)?;
        if *entry == before && !text.trim_ascii().is_empty() {
            let looks_like = Mistaken::content(text.as_bytes());
            let source_name = source.to_owned();
            return Err(BundleError::NoBlockUnder { source_name, key, looks_like });
        }
        Ok(())
    }

    /// Reads an object about one certificate.
    fn pin(
        &mut self,
        source: &str,
        object: &RawValue,
        entry: &mut usize,
    ) -> Result<(), BundleError> {
        let (key, before) = (document::PINNED, self.entries.len());
        let at = Place { source: source.to_owned(), key: Some(key), entry: *entry + 1, byte: None };
        let Pin { certificate, accept_server_certificate } = Pin::read(object, &at)?;
        self.text_under(key, source, &certificate, entry)?;
        match self.entries.get_mut(before..) {
            Some([only]) => only.accepts_server_certificate = accept_server_certificate,
            _ => {
                let reason = "\"certificate\" has to hold one certificate, the client's own";
                return Err(BundleError::Pin { at, reason: reason.to_owned() });
            }
        }
        Ok(())
    }

    /// Reads PEM text; `entry` counts on over the texts of a key.
    fn pem(
        &mut self,
        source: &str,
        key: Option<&'static str>,
        text: &[u8],
        entry: &mut usize,
    ) -> Result<(), BundleError> {
        for block in PemBlocks::among_text(text) {
            *entry += 1;
            let mut place = Place { source: source.to_owned(), key, entry: *entry, byte: None };
            let block = block.map_err(|error| BundleError::Pem { at: place.clone(), error })?;
            place.byte = key.is_none().then_some(block.at);
            let item = item(&place, &block.label, &block.der)?;
            self.entries.push(Entry { place, item, accepts_server_certificate: false });
        }
        Ok(())
    }
}

/// What a PEM block is, by its label, its key, and where it has none by what it says of itself.
fn item(place: &Place, label: &str, der: &[u8]) -> Result<Item, BundleError> {
    let expected = if place.key == Some(document::CRLS) { "X509 CRL" } else { "CERTIFICATE" };
    if label == "X509 CRL" && matches!(place.key, None | Some(document::CRLS)) {
        let list = RevocationList::from_der(der);
        return list
            .map(Item::List)
            .map_err(|fault| BundleError::List { at: place.clone(), fault });
    }
    if label != expected {
        let (at, label) = (place.clone(), label.to_owned());
        return Err(BundleError::Label { at, label, expected });
    }
    let certificate = Certificate::from_der(der)
        .map_err(|fault| BundleError::Malformed { at: place.clone(), fault })?;
    Ok(match place.key {
        Some(document::ANCHORS) => Item::Anchor(certificate),
        Some(document::PINNED) => Item::Pinned(certificate),
        Some(_) => Item::Intermediate(certificate),
        None if certificate.signs_only_lists() => Item::Intermediate(certificate),
        None if certificate.may_issue() => Item::Anchor(certificate),
        None => Item::Pinned(certificate),
    })
}

/// The text of a source, out of gzip (RFC 1952) where its first bytes say so.
fn unpacked(source: &Source) -> Result<Vec<u8>, BundleError> {
    let too_large = || BundleError::TooLarge { source_name: source.name.clone() };
    if !source.content.starts_with(&[0x1f, 0x8b]) {
        return match source.content.len() {
            0..=MAX_SOURCE_BYTES => Ok(source.content.clone()),
            _ => Err(too_large()),
        };
    }
    let mut text = Vec::new();
    let limit = u64::try_from(MAX_SOURCE_BYTES).unwrap_or(u64::MAX);
    MultiGzDecoder::new(source.content.as_slice())
        .take(limit.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(|error| BundleError::Gzip {
            source_name: source.name.clone(),
            reason: error.to_string(),
        })?;
    match text.len() {
        0..=MAX_SOURCE_BYTES => Ok(text),
        _ => Err(too_large()),
    }
}
