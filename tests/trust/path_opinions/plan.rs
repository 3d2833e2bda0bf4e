//! A path in plan: certificates as drafts, which can be spoiled before they are signed.

use std::{
    collections::BTreeMap,
    ops::{Index, IndexMut},
};

use aws_lc_rs::digest;
use time::OffsetDateTime;

use crate::{
    der::{self, BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, UTF8, oid, sequence, set, tagged},
    keys::{Algorithm, Keys},
    others::Presented,
    support::valid,
};

pub(crate) const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub(crate) const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";

/// Certificates by name, and which of them are presented and trusted. Until it is changed: a leaf under
/// an issuer under an anchor, all of them as they should be.
#[derive(Clone)]
pub(crate) struct Plan {
    drafts: BTreeMap<&'static str, Draft>,
    pub(crate) header: Vec<&'static str>,
    pub(crate) anchors: Vec<&'static str>,
}

/// A certificate to be.
#[derive(Clone)]
pub(crate) struct Draft {
    /// As it is encoded: 2 is version 3; none is version 1.
    pub(crate) version: Option<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) subject: Name,
    /// The name of a key.
    pub(crate) key: &'static str,
    pub(crate) not_before: Vec<u8>,
    pub(crate) not_after: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
    /// Whether the identifiers of its own key and of its issuer's are added.
    pub(crate) identifiers: bool,
    /// The draft whose name and key sign this one.
    pub(crate) issuer: &'static str,
    /// Instead of the issuer's name.
    pub(crate) issuer_name: Option<Name>,
    /// Instead of the issuer's key.
    pub(crate) signing_key: Option<&'static str>,
    /// Instead of the key's usual algorithm.
    pub(crate) algorithm: Option<Algorithm>,
    /// Instead of the algorithm, in the signed part.
    pub(crate) inner_algorithm: Option<Algorithm>,
    /// Whether one bit of the signature is turned over.
    pub(crate) broken: bool,
}

#[derive(Clone)]
pub(crate) struct Extension {
    oid: &'static str,
    critical: bool,
    content: Vec<u8>,
}

/// A distinguished name: attributes with the tag of their string type.
#[derive(Clone)]
pub(crate) struct Name(pub(crate) Vec<(&'static str, u8, Vec<u8>)>);

impl Plan {
    pub(crate) fn new() -> Self {
        let mut drafts = BTreeMap::new();
        drafts.insert("anchor", Draft::authority("Anchor", "anchor", "anchor"));
        drafts.insert("issuer", Draft::authority("Issuer", "issuer", "anchor"));
        drafts.insert("leaf", Draft::leaf());
        Self { drafts, header: vec!["leaf", "issuer"], anchors: vec!["anchor"] }
    }

    pub(crate) fn add(&mut self, name: &'static str, draft: Draft) {
        self.drafts.insert(name, draft);
    }

    /// Whether every signature is one that the key can make.
    pub(crate) fn can_be_signed(&self, keys: &Keys) -> bool {
        self.drafts.values().all(|draft| {
            let (key, algorithm) = draft.signing(&self[draft.issuer], keys);
            algorithm.is_some_and(|algorithm| keys.can_sign(key, algorithm))
        })
    }

    /// Signs all of it.
    pub(crate) async fn carry_out(&self, keys: &Keys) -> Presented {
        let mut ders = BTreeMap::new();
        for (name, draft) in &self.drafts {
            ders.insert(*name, draft.sign(&self[draft.issuer], keys).await);
        }
        let named = |names: &[&str]| names.iter().map(|name| ders[name].clone()).collect();
        Presented { header: named(&self.header), anchors: named(&self.anchors) }
    }
}

impl Index<&str> for Plan {
    type Output = Draft;

    fn index(&self, name: &str) -> &Draft {
        &self.drafts[name]
    }
}

impl IndexMut<&str> for Plan {
    fn index_mut(&mut self, name: &str) -> &mut Draft {
        self.drafts.get_mut(name).unwrap()
    }
}

impl Draft {
    pub(crate) fn authority(common_name: &str, key: &'static str, issuer: &'static str) -> Self {
        let mut draft = Self::new(common_name, key, issuer);
        draft.set(BASIC_CONSTRAINTS, true, basic_constraints(true, None));
        draft.set(KEY_USAGE, true, der::bits(&[5, 6]));
        draft
    }

    fn leaf() -> Self {
        let mut draft = Self::new("client", "leaf", "issuer");
        draft.set(BASIC_CONSTRAINTS, true, basic_constraints(false, None));
        draft.set(KEY_USAGE, true, der::bits(&[0]));
        draft.set(EXTENDED_KEY_USAGE, false, sequence([oid("1.3.6.1.5.5.7.3.2")]));
        draft.set(SUBJECT_ALT_NAME, false, sequence([tagged(0x82, "client.example.com")]));
        draft
    }

    fn new(common_name: &str, key: &'static str, issuer: &'static str) -> Self {
        Self {
            version: Some(2),
            serial: [&[1], common_name.as_bytes()].concat(),
            subject: Name::new(&[("2.5.4.10", "Example"), ("2.5.4.3", common_name)]),
            key,
            not_before: der::date(valid().not_before),
            not_after: der::date(valid().not_after),
            extensions: Vec::new(),
            identifiers: true,
            issuer,
            issuer_name: None,
            signing_key: None,
            algorithm: None,
            inner_algorithm: None,
            broken: false,
        }
    }

    /// The extension once, in place of what was there.
    pub(crate) fn set(&mut self, oid: &'static str, critical: bool, content: Vec<u8>) {
        self.remove(oid);
        self.add(oid, critical, content);
    }

    /// The extension once more.
    pub(crate) fn add(&mut self, oid: &'static str, critical: bool, content: Vec<u8>) {
        self.extensions.push(Extension { oid, critical, content });
    }

    pub(crate) fn remove(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub(crate) fn has(&self, oid: &str) -> bool {
        self.extensions.iter().any(|extension| extension.oid == oid)
    }

    /// A version without extensions, or what looks like it.
    pub(crate) fn bare(&mut self, version: Option<u8>) {
        self.version = version;
        self.extensions.clear();
        self.identifiers = false;
    }

    pub(crate) fn valid(&mut self, from: OffsetDateTime, until: OffsetDateTime) {
        self.not_before = der::date(from);
        self.not_after = der::date(until);
    }

    /// By which key, and how.
    fn signing(&self, issuer: &Self, keys: &Keys) -> (&'static str, Option<Algorithm>) {
        let key = self.signing_key.unwrap_or(issuer.key);
        (key, self.algorithm.or_else(|| keys.usual(key)))
    }

    async fn sign(&self, issuer: &Self, keys: &Keys) -> Vec<u8> {
        let (key, algorithm) = self.signing(issuer, keys);
        let algorithm = algorithm.unwrap();
        let tbs = self.signed_part(issuer, algorithm, keys);
        let mut signature = keys.sign(key, algorithm, &tbs).await;
        if self.broken {
            *signature.last_mut().unwrap() ^= 1;
        }
        let signature = tagged(BIT_STRING, [&[0], signature.as_slice()].concat());
        sequence([tbs, algorithm.identifier(), signature])
    }

    fn signed_part(&self, issuer: &Self, algorithm: Algorithm, keys: &Keys) -> Vec<u8> {
        let version = self.version.map(|number| tagged(0xa0, tagged(INTEGER, [number])));
        let mut extensions: Vec<_> = self.extensions.iter().map(Extension::der).collect();
        if self.identifiers {
            extensions.extend(self.missing_identifiers(issuer, keys).iter().map(Extension::der));
        }
        let extensions = match extensions.is_empty() {
            true => Vec::new(),
            false => tagged(0xa3, sequence(extensions)),
        };
        sequence([
            version.unwrap_or_default(),
            tagged(INTEGER, &self.serial),
            self.inner_algorithm.unwrap_or(algorithm).identifier(),
            self.issuer_name.as_ref().unwrap_or(&issuer.subject).der(),
            sequence([self.not_before.clone(), self.not_after.clone()]),
            self.subject.der(),
            keys.public(self.key).to_vec(),
            extensions,
        ])
    }

    fn missing_identifiers(&self, issuer: &Self, keys: &Keys) -> Vec<Extension> {
        let own = tagged(OCTET_STRING, identifier(keys.public(self.key)));
        let issuers = sequence([tagged(0x80, identifier(keys.public(issuer.key)))]);
        [(SUBJECT_KEY_IDENTIFIER, own), (AUTHORITY_KEY_IDENTIFIER, issuers)]
            .into_iter()
            .filter(|(oid, _)| !self.has(oid))
            .map(|(oid, content)| Extension { oid, critical: false, content })
            .collect()
    }
}

impl Extension {
    fn der(&self) -> Vec<u8> {
        let critical = if self.critical { tagged(BOOLEAN, [0xff]) } else { Vec::new() };
        sequence([oid(self.oid), critical, tagged(OCTET_STRING, &self.content)])
    }
}

impl Name {
    pub(crate) fn new(attributes: &[(&'static str, &str)]) -> Self {
        let utf8 = |(oid, text): &(_, &str)| (*oid, UTF8, text.as_bytes().to_vec());
        Self(attributes.iter().map(utf8).collect())
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        sequence(
            self.0.iter().map(|(kind, tag, text)| set(sequence([oid(kind), tagged(*tag, text)]))),
        )
    }
}

pub(crate) fn basic_constraints(ca: bool, path_length: Option<u8>) -> Vec<u8> {
    let ca = if ca { tagged(BOOLEAN, [0xff]) } else { Vec::new() };
    let path_length = path_length.map(|number| tagged(INTEGER, [number]));
    sequence([ca, path_length.unwrap_or_default()])
}

/// 160 bits of a digest, as RFC 7093 has it.
fn identifier(public_key: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, public_key).as_ref()[..20].to_vec()
}
