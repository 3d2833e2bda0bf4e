//! Lists put together byte by byte: no tool writes most of these.

use der::{Encode, Tag, asn1::Any};

pub(super) const NUMBER: u8 = 20;
pub(super) const REASON: u8 = 21;
pub(super) const INVALIDITY: u8 = 24;
pub(super) const DELTA: u8 = 27;
pub(super) const POINT: u8 = 28;
/// A kind of extensions that nobody knows.
pub(super) const UNKNOWN: u8 = 99;

pub(super) fn tlv(tag: Tag, content: &[u8]) -> Vec<u8> {
    Any::new(tag, content).unwrap().to_der().unwrap()
}

pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(Tag::Sequence, &parts.concat())
}

pub(super) fn integer(content: &[u8]) -> Vec<u8> {
    tlv(Tag::Integer, content)
}

pub(super) fn utc(text: &str) -> Vec<u8> {
    tlv(Tag::UtcTime, text.as_bytes())
}

/// The extension 2.5.29.`kind`; critical as its byte says, if it has one.
pub(super) fn extension(kind: u8, critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let critical = critical.map(|byte| tlv(Tag::Boolean, &[byte])).unwrap_or_default();
    let oid = tlv(Tag::ObjectIdentifier, &[0x55, 0x1d, kind]);
    sequence(&[oid, critical, tlv(Tag::OctetString, value)])
}

pub(super) fn reason(number: u8) -> Vec<u8> {
    extension(REASON, None, &tlv(Tag::Enumerated, &[number]))
}

pub(super) fn entry(serial: &[u8], extensions: Option<&[Vec<u8>]>) -> Vec<u8> {
    let extensions = extensions.map(sequence).unwrap_or_default();
    sequence(&[integer(serial), utc("260101000000Z"), extensions])
}

/// A list in the making.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) version: Option<u8>,
    pub(super) algorithms: [u8; 2],
    pub(super) next_update: Option<Vec<u8>>,
    pub(super) entries: Option<Vec<Vec<u8>>>,
    pub(super) extensions: Option<Vec<Vec<u8>>>,
    pub(super) after: Vec<u8>,
}

impl Parts {
    /// In order, with these entries.
    pub(super) fn with(entries: Vec<Vec<u8>>) -> Self {
        Self {
            version: Some(1),
            algorithms: [2, 2],
            next_update: Some(utc("270101000000Z")),
            entries: Some(entries),
            extensions: Some(vec![extension(NUMBER, None, &integer(&[7]))]),
            after: Vec::new(),
        }
    }

    pub(super) fn der(&self) -> Vec<u8> {
        let [inner, outer] = self.algorithms.map(|kind| {
            // ecdsa-with-SHA2
            let oid = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, kind];
            sequence(&[tlv(Tag::ObjectIdentifier, &oid)])
        });
        let name = [tlv(Tag::ObjectIdentifier, &[0x55, 4, 3]), tlv(Tag::Utf8String, b"Root")];
        let explicit =
            |list: Vec<u8>| [vec![0xa0], tlv(Tag::Sequence, &list)[1..].to_vec()].concat();
        let tbs = sequence(&[
            self.version.map(|version| integer(&[version])).unwrap_or_default(),
            inner,
            sequence(&[tlv(Tag::Set, &sequence(&name))]),
            utc("260101000000Z"),
            self.next_update.clone().unwrap_or_default(),
            self.entries.as_deref().map(sequence).unwrap_or_default(),
            self.extensions.as_deref().map(|list| explicit(sequence(list))).unwrap_or_default(),
        ]);
        let signature = tlv(Tag::BitString, &[0, 1, 2, 3]);
        [sequence(&[tbs, outer, signature]), self.after.clone()].concat()
    }
}
