//! How much there is in a certificate, counted in its DER before anything is made of it.
//!
//! Read, a name of two bytes takes two hundred, and a distribution point of six takes four hundred: the
//! length of a certificate alone bounds no memory.

use x509_parser::asn1_rs::{Any, FromDer, Tag};

/// The most extensions of a certificate. An ordinary one has ten.
const MAX_EXTENSIONS: usize = 64;
/// The most attributes in a subject or an issuer.
const MAX_ATTRIBUTES: usize = 64;
/// The most distribution points, and the most names in all of them together.
const MAX_POINTS: usize = 64;
/// The most entries of any other list in an extension, such as policies, usages or places.
const MAX_ENTRIES: usize = 128;
/// The most ASN.1 elements in all: what else is nested in each other. An ordinary certificate has a hundred.
const MAX_ELEMENTS: usize = 2048;

/// The contents of the object identifiers 2.5.29.17, .30 and .31 (RFC 5280 section 4.2.1).
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 17];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
const DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];

/// What there is too much of in a certificate, if anything.
///
/// Not guaranteed: that it is one. What cannot be told apart here cannot be read by the parsers either.
pub(super) fn excess(certificate: &[u8]) -> Option<&'static str> {
    let tbs = elements(certificate).next().and_then(|it| elements(it.data).next())?;
    // A version stands before the others, or it does not.
    let fields = || elements(tbs.data).skip_while(|field| field.tag() == Tag(0));
    let (issuer, subject) = (fields().nth(2)?, fields().nth(4)?);
    if [issuer, subject].iter().any(|name| attributes(name.data) > MAX_ATTRIBUTES) {
        return Some("64 attributes in its subject or issuer");
    }
    let extensions = || {
        let list = fields().skip(6).find(|field| field.tag() == Tag(3));
        let list = list.and_then(|it| elements(it.data).next());
        list.into_iter().flat_map(|list| elements(list.data))
    };
    if extensions().nth(MAX_EXTENSIONS).is_some() {
        return Some("64 extensions");
    }
    let values = || extensions().filter_map(|extension| id_and_value(extension.data));
    if let Some(excess) = values().find_map(|(id, value)| excess_of_extension(id, value)) {
        return Some(excess);
    }
    let inside = values().map(|(_, value)| Extent::of(value).elements);
    let all = inside.fold(Extent::of(certificate).elements, usize::saturating_add);
    (all > MAX_ELEMENTS).then_some("2048 ASN.1 elements")
}

fn excess_of_extension(id: &[u8], value: &[u8]) -> Option<&'static str> {
    match id {
        // They have limits of their own, when they are read.
        ALTERNATIVE_NAMES | NAME_CONSTRAINTS => None,
        DISTRIBUTION_POINTS => {
            let points = || elements(value).flat_map(|list| elements(list.data));
            let names: usize = points().map(|point| names_of_point(point.data)).sum();
            match points().count() {
                count if count > MAX_POINTS => Some("64 distribution points"),
                _ => (names > MAX_POINTS).then_some("64 names in its distribution points"),
            }
        }
        _ => (Extent::of(value).longest > MAX_ENTRIES)
            .then_some("128 entries in a list of an extension"),
    }
}

/// The names of a distribution point, and of who signs for it (RFC 5280 section 4.2.1.13).
fn names_of_point(point: &[u8]) -> usize {
    elements(point)
        .map(|field| match field.tag() {
            Tag(0) => elements(field.data).map(|name| elements(name.data).count()).sum(),
            Tag(2) => elements(field.data).count(),
            _ => 0,
        })
        .sum()
}

fn attributes(name: &[u8]) -> usize {
    elements(name).map(|part| elements(part.data).count().max(1)).sum()
}

/// The object identifier of an extension, and what its octets hold.
fn id_and_value(extension: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = elements(extension);
    let id = fields.next()?;
    Some((id.data, fields.find(|field| field.tag() == Tag::OctetString)?.data))
}

/// The elements of a content, up to the first that cannot be read.
fn elements(mut content: &[u8]) -> impl Iterator<Item = Any<'_>> {
    std::iter::from_fn(move || {
        let (rest, element) = Any::from_der(content).ok()?;
        content = rest;
        Some(element)
    })
}

/// What is in a content, however deep.
#[derive(Default)]
struct Extent {
    elements: usize,
    /// The most elements that one of them has.
    longest: usize,
}

impl Extent {
    fn of(content: &[u8]) -> Self {
        let mut extent = Self::default();
        let mut unread = vec![content];
        while let Some(content) = unread.pop() {
            let before = extent.elements;
            for element in elements(content) {
                extent.elements += 1;
                if element.header.is_constructed() {
                    unread.push(element.data);
                }
            }
            extent.longest = extent.longest.max(extent.elements - before);
        }
        extent
    }
}
