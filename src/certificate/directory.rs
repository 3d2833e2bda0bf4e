//! Directory names, as name constraints are held against them (RFC 5280 section 7.1).

use der::{Encode, Tag, Tagged, asn1::Any};
use x509_cert::name::{Name, RelativeDistinguishedName};

/// A directory name, ready to be held against another.
pub(crate) struct DirectoryName(Vec<Part>);

/// Whether a name is the other or below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Yes,
    No,
    /// It could be, for somebody who compares text in more ways than we do.
    Unknown,
}

/// A part of a name.
struct Part {
    /// The types of its attributes.
    types: Vec<String>,
    /// Its attributes in a form in which two spellings are equal, as long as every one of them has such a
    /// form.
    text: Option<Vec<String>>,
    der: Vec<u8>,
}

impl DirectoryName {
    pub(crate) fn of(name: &Name) -> Self {
        Self(name.iter_rdn().map(Part::of).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this name begins with all parts of a constraint.
    pub(crate) fn is_within(&self, base: &Self) -> Within {
        if self.0.len() < base.0.len() {
            return Within::No;
        }
        let mut within = Within::Yes;
        for (own, base) in self.0.iter().zip(&base.0) {
            match own.is(base) {
                Within::No => return Within::No,
                Within::Unknown => within = Within::Unknown,
                Within::Yes => {}
            }
        }
        within
    }
}

impl Part {
    fn of(rdn: &RelativeDistinguishedName) -> Self {
        let mut types: Vec<_> = rdn.iter().map(|attribute| attribute.oid.to_string()).collect();
        types.sort();
        let attribute = |(oid, value)| Some(format!("{oid} {}", comparable(value)?));
        let attributes = rdn.iter().map(|attribute| (&attribute.oid, &attribute.value));
        let text: Option<Vec<_>> = attributes.map(attribute).collect();
        let text = text.map(|mut text| {
            text.sort();
            text
        });
        Self { types, text, der: rdn.to_der().unwrap_or_default() }
    }

    fn is(&self, other: &Self) -> Within {
        let same = match (&self.text, &other.text) {
            (Some(own), Some(other)) => own == other,
            _ if self.types != other.types => false,
            _ if self.der == other.der => true,
            _ => return Within::Unknown,
        };
        match same {
            true => Within::Yes,
            false => Within::No,
        }
    }
}

/// The text of a value, without regard to letter case and the amount of spaces; none where there are
/// characters in it that could be written in another way still (RFC 4518 section 2).
fn comparable(value: &Any) -> Option<String> {
    let text = match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            str::from_utf8(value.value()).ok()?
        }
        _ => return None,
    };
    if !text.chars().all(is_written_in_one_way) {
        return None;
    }
    let words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
    // Upper case first: it knows of `ß` and of both ways to write a small sigma.
    Some(words.join(" ").to_uppercase().to_lowercase())
}

/// Whether a character is itself in every form of normalised text, and is not left out of any: the printable
/// ones of ASCII, what European names are written in, and the scripts of East Asia.
fn is_written_in_one_way(char: char) -> bool {
    match char {
        ' '..='~' => true,
        '\u{a1}'..='\u{ff}' => !matches!(
            char,
            '\u{a8}' | '\u{aa}' | '\u{ad}' | '\u{af}' | '\u{b2}'..='\u{b5}' | '\u{b8}'..='\u{ba}' | '\u{bc}'..='\u{be}'
        ),
        // Latin letters with marks, but for ligatures, an i without its dot, and letters with a sign beside them.
        '\u{100}'..='\u{17e}' => {
            !matches!(char, '\u{130}'..='\u{133}' | '\u{13f}' | '\u{140}' | '\u{149}')
        }
        // Greek and Cyrillic.
        '\u{386}' | '\u{388}'..='\u{38a}' | '\u{38c}' | '\u{38e}'..='\u{3a1}' => true,
        '\u{3a3}'..='\u{3ce}' => true,
        '\u{400}'..='\u{482}' | '\u{48a}'..='\u{4ff}' => true,
        // Dashes and quotation marks.
        '\u{2013}' | '\u{2014}' | '\u{2018}'..='\u{201e}' => true,
        // Hiragana, Katakana, the common ideographs, Hangul.
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fc}' => true,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        _ => false,
    }
}
