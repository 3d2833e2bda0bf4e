//! Who of the clients that are verified may pass: `allow` and `deny` of a bundle's document.

mod pattern;

use std::{cell::OnceCell, str::FromStr};

use serde::Deserialize;
use serde_json::value::RawValue;
use x509_cert::name::Name;

use self::pattern::{Kind, Pattern};
use super::bundle::{BundleError, Document, Place};
use crate::certificate::{
    Certificate,
    identity::{self, printable},
    names::folded_text,
    twin,
};

/// The rules of all sources. Whom a denial names is refused; where there is a list of those who may
/// pass, whom it does not name is refused too.
#[derive(Debug, Default)]
pub(crate) struct Access {
    allow: Option<Vec<Rule>>,
    deny: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    place: Place,
    names: Names,
    words: String,
}

/// A rule, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRule {
    /// Where it stands.
    pub place: Place,
    /// Whom it names, in words.
    pub rule: String,
}

/// Whom a rule names.
#[derive(Debug)]
enum Names {
    /// One certificate.
    Certificate { sha256: String },
    /// One certificate, by who issued it under which number.
    Issued { issuer: String, serial: Vec<u8> },
    /// Everybody of this name.
    Subject(String),
    /// Everybody with such a subject alternative name.
    Alternative(Pattern),
}

/// Why a client that is verified may not pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// A `deny` names it.
    #[error("{0} denies it")]
    Denied(String),
    /// No `allow` names it.
    #[error("no entry of \"allow\" in the trust bundle names it")]
    NotAllowed,
}

impl Access {
    /// Adds the rules of a document.
    pub(super) fn add(&mut self, source: &str, document: &Document) -> Result<(), BundleError> {
        if let Some(allow) = &document.allow {
            if allow.is_empty() {
                return Err(BundleError::NobodyAllowed { source_name: source.to_owned() });
            }
            self.allow.get_or_insert_default().extend(rules(source, "allow", allow)?);
        }
        self.deny.extend(rules(source, "deny", document.deny.as_deref().unwrap_or_default())?);
        Ok(())
    }

    /// The rules, those of `allow` first.
    pub(super) fn listed(&self) -> Vec<ListedRule> {
        let rules = self.allow.iter().flatten().chain(&self.deny);
        rules.map(|it| ListedRule { place: it.place.clone(), rule: it.words.clone() }).collect()
    }

    /// Whether the client of this certificate may pass.
    pub(super) fn check(&self, leaf: &Certificate) -> Result<(), Denial> {
        let client = Client::new(leaf);
        let denied = |rule: &&Rule| rule.names.name(&client) || rule.names.name_twin(&client);
        if let Some(rule) = self.deny.iter().find(denied) {
            return Err(Denial::Denied(rule.place.to_string()));
        }
        match &self.allow {
            Some(allow) if !allow.iter().any(|rule| rule.names.name(&client)) => {
                Err(Denial::NotAllowed)
            }
            _ => Ok(()),
        }
    }
}

/// A client's certificate, with its fingerprints worked out when the first rule asks for them.
struct Client<'a> {
    leaf: &'a Certificate,
    sha256: OnceCell<String>,
    twins: OnceCell<Vec<String>>,
}

impl<'a> Client<'a> {
    fn new(leaf: &'a Certificate) -> Self {
        Self { leaf, sha256: OnceCell::new(), twins: OnceCell::new() }
    }

    fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| identity::sha256(self.leaf.der()))
    }

    fn twins(&self) -> &[String] {
        self.twins.get_or_init(|| twin::fingerprints(self.leaf))
    }
}

fn rules(
    source: &str,
    key: &'static str,
    texts: &[Box<RawValue>],
) -> Result<Vec<Rule>, BundleError> {
    let place = |entry| Place { source: source.to_owned(), key: Some(key), entry, byte: None };
    texts
        .iter()
        .zip(1..)
        .map(|(text, entry)| match Names::read(text.get()) {
            Ok((names, words)) => Ok(Rule { place: place(entry), names, words }),
            Err(reason) => Err(BundleError::Rule { at: place(entry), reason }),
        })
        .collect()
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Written {
    Certificate { sha256: String },
    Issued { issuer: String, serial: String },
    Subject { subject: String },
    Dns { dns: String },
    Uri { uri: String },
    Email { email: String },
}

impl Written {
    fn words(&self) -> String {
        printable(&match self {
            Self::Certificate { sha256 } => format!("sha256 {sha256}"),
            Self::Issued { issuer, serial } => format!("issuer {issuer}, serial {serial}"),
            Self::Subject { subject } => format!("subject {subject}"),
            Self::Dns { dns } => format!("dns {dns}"),
            Self::Uri { uri } => format!("uri {uri}"),
            Self::Email { email } => format!("email {email}"),
        })
    }
}

impl Names {
    /// What is written is not repeated where it cannot be read: it may be anything.
    fn read(text: &str) -> Result<(Self, String), &'static str> {
        let written: Written = serde_json::from_str(text).map_err(|_| {
            "expected an object with one of sha256, subject, dns, uri and email, or with issuer and \
             serial, each of them text"
        })?;
        let words = written.words();
        let names = match written {
            Written::Certificate { sha256 } => Self::Certificate { sha256: digest(&sha256)? },
            Written::Issued { issuer, serial } => {
                Self::Issued { issuer: name(&issuer)?, serial: number(&serial)? }
            }
            Written::Subject { subject } => Self::Subject(name(&subject)?),
            Written::Dns { dns } => Self::Alternative(Pattern::new(Kind::Dns, &dns)?),
            Written::Uri { uri } => Self::Alternative(Pattern::new(Kind::Uri, &uri)?),
            Written::Email { email } => Self::Alternative(Pattern::new(Kind::Email, &email)?),
        };
        Ok((names, words))
    }

    /// Whether a certificate is meant that the client could have made this one of.
    fn name_twin(&self, client: &Client<'_>) -> bool {
        matches!(self, Self::Certificate { sha256 } if client.twins().contains(sha256))
    }

    fn name(&self, client: &Client<'_>) -> bool {
        let leaf = client.leaf;
        let tbs = leaf.parsed().decoded().tbs_certificate();
        match self {
            Self::Certificate { sha256 } => client.sha256() == sha256,
            Self::Issued { issuer, serial } => {
                significant(leaf.serial()) == serial && folded_text(tbs.issuer()) == *issuer
            }
            Self::Subject(subject) => folded_text(tbs.subject()) == *subject,
            Self::Alternative(pattern) => {
                leaf.alternative_names().iter().any(|name| pattern.fits(name))
            }
        }
    }
}

/// A name, in the form in which two spellings are equal.
fn name(text: &str) -> Result<String, &'static str> {
    match Name::from_str(text) {
        Ok(name) if !name.is_empty() => Ok(folded_text(&name)),
        _ => Err("expected a name as RFC 4514 writes it, such as CN=client,O=Example\\, Inc.; \
                  what has no short name there is written as 1.2.3.4=value"),
    }
}

fn digest(text: &str) -> Result<String, &'static str> {
    let digits = digits(text)?.to_ascii_lowercase();
    match digits.len() {
        64 => Ok(digits),
        _ => Err("expected the 64 hexadecimal digits of a SHA-256"),
    }
}

fn number(text: &str) -> Result<Vec<u8>, &'static str> {
    const EXPECTED: &str = "expected a serial number in hexadecimal digits";
    let digits = digits(text)?;
    let even = match digits.len() % 2 {
        0 => digits,
        _ => format!("0{digits}"),
    };
    let bytes = even
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<Vec<u8>>>();
    match bytes {
        Some(bytes) if !bytes.is_empty() => Ok(significant(&bytes).to_vec()),
        _ => Err(EXPECTED),
    }
}

/// Hexadecimal digits, with or without the colons that openssl puts between bytes.
fn digits(text: &str) -> Result<String, &'static str> {
    let digits = text.replace(':', "");
    match digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(digits),
        false => Err("expected hexadecimal digits, with colons between bytes or without"),
    }
}

/// A number without the zeros that say nothing.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.split_at(zeros.min(bytes.len().saturating_sub(1))).1
}
