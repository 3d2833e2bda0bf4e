//! A name as a rule writes it (RFC 4514), and what others write for it.

use std::{borrow::Cow, fmt, str::FromStr};

use der::oid::{ObjectIdentifier, db::DB};
use x509_cert::name::Name;

use crate::{certificate::names::folded_text, printable::printable};

const EXPECTED: &str = "expected a name as RFC 4514 writes it, such as CN=client,O=Example\\, Inc., and as \
                        openssl x509 -noout -subject -nameopt RFC2253 prints it; what has no short name there is \
                        written as 1.2.3.4=value";

/// A name. Two are equal where they say the same, however they were written.
#[derive(Debug)]
pub(in crate::trust) struct WrittenName {
    text: String,
    folded: String,
}

impl WrittenName {
    /// What cannot be read in any manner is not repeated: it may be anything.
    pub(in crate::trust) fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        match Self::strictly(text) {
            Some(name) => Ok(name),
            None => Err(match elsewhere(text) {
                Some(name) => Cow::Owned(format!("{EXPECTED}; for this one write {name}")),
                None => Cow::Borrowed(EXPECTED),
            }),
        }
    }

    fn strictly(text: &str) -> Option<Self> {
        let name = Name::from_str(text).ok().filter(|name| !name.is_empty())?;
        Some(Self { text: text.to_owned(), folded: folded_text(&name) })
    }

    pub(in crate::trust) fn name(&self) -> Name {
        // It could be read before.
        Name::from_str(&self.text).unwrap_or_default()
    }

    /// In the form of [`folded_text`].
    pub(in crate::trust) fn folded(&self) -> &str {
        &self.folded
    }

    /// What it says if it was not written by RFC 4514, but in the manner or order of openssl, Java or
    /// Windows; none where that is no other name, or nothing speaks for it. A guess.
    pub(in crate::trust) fn elsewhere(&self) -> Option<Self> {
        elsewhere(&self.text).filter(|other| other != self)
    }
}

impl PartialEq for WrittenName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl fmt::Display for WrittenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.text))
    }
}

/// The parts of a folded name in an order of their own: equal for names that differ in their order alone.
pub(in crate::trust) fn parts(folded: &str) -> Vec<String> {
    let attributes = folded.split(['\n', '\t']).filter(|it| !it.is_empty());
    let mut attributes: Vec<_> = attributes.map(str::to_owned).collect();
    attributes.sort_unstable();
    attributes
}

/// Reads a name in the manner of openssl (`/C=DE/O=x`, `C = DE, O = x`), Java and Windows (`E=a@b, O="x"`).
fn elsewhere(text: &str) -> Option<WrittenName> {
    let text = ["subject=", "issuer="].iter().find_map(|it| text.strip_prefix(it)).unwrap_or(text);
    let text = text.trim();
    let has_slashes = text.starts_with('/');
    let mut parts = Vec::new();
    for part in if has_slashes { vec![text] } else { at_commas(text) } {
        for attribute in at_slashes(part) {
            parts.push(Attribute::read(attribute, has_slashes)?);
        }
    }
    let (first, last) = (parts.first()?.breadth(), parts.last()?.breadth());
    if has_slashes || first.zip(last).is_some_and(|(first, last)| first > last) {
        parts.reverse();
    }
    let texts: Vec<_> = parts.iter().map(ToString::to_string).collect();
    WrittenName::strictly(&texts.join(","))
}

/// An attribute, its value as RFC 4514 writes it.
struct Attribute {
    name: String,
    value: String,
}

impl Attribute {
    /// A value is `plain` where nothing in it was escaped.
    fn read(text: &str, plain: bool) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let name = name.strip_prefix("OID.").unwrap_or(name);
        let name = known(name).or_else(|| ObjectIdentifier::new(name).ok().map(|_| name))?;
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let value = match quoted {
            Some(value) => escaped(&value.replace("\\\"", "\"")),
            None if plain => escaped(value),
            None => value.to_owned(),
        };
        Some(Self { name: name.to_owned(), value })
    }

    /// How much of the world it is about: a country has the most; none where that differs from CA to CA.
    fn breadth(&self) -> Option<u8> {
        let breadths: [(&[&str], u8); 6] = [
            (&["C", "countryName", "DC", "domainComponent"], 5),
            (&["ST", "stateOrProvinceName"], 4),
            (&["L", "localityName"], 3),
            (&["O", "organizationName"], 2),
            (&["OU", "organizationalUnitName"], 1),
            (&["CN", "commonName", "emailAddress", "UID", "userId", "serialNumber"], 0),
        ];
        let is_it = |name: &&str| name.eq_ignore_ascii_case(&self.name);
        breadths.iter().find(|(names, _)| names.iter().any(is_it)).map(|(_, breadth)| *breadth)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

/// The name of an attribute that RFC 4514 readers know, by the one that is written for it.
fn known(name: &str) -> Option<&str> {
    const OTHERS: [(&str, &str); 6] = [
        ("E", "emailAddress"),
        ("Email", "emailAddress"),
        ("S", "ST"),
        ("SP", "ST"),
        ("G", "GN"),
        ("I", "initials"),
    ];
    let other = OTHERS.iter().find(|(written, _)| written.eq_ignore_ascii_case(name));
    other.map(|(_, known)| *known).or_else(|| DB.by_name(name).map(|_| name))
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for char in value.chars() {
        if matches!(char, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// At each comma or semicolon that is not escaped and not within quotation marks.
fn at_commas(text: &str) -> Vec<&str> {
    let (mut is_escaped, mut is_quoted) = (false, false);
    text.split(|char| {
        let ends = !is_escaped && !is_quoted && matches!(char, ',' | ';');
        is_quoted ^= char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        ends
    })
    .collect()
}

/// At each slash before the name of an attribute and `=`.
fn at_slashes(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.strip_prefix('/').unwrap_or(text);
    let mut from = 0;
    while let Some(slash) = rest.get(from..).and_then(|rest| rest.find('/')).map(|it| from + it) {
        let (before, after) = rest.split_at(slash);
        let after = after.strip_prefix('/').unwrap_or(after);
        match after.split_once('=').and_then(|(name, _)| known(name)) {
            Some(_) => {
                parts.push(before);
                (rest, from) = (after, 0);
            }
            None => from = slash + 1,
        }
    }
    parts.push(rest);
    parts
}
