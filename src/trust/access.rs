//! Who of the clients that are verified may pass: `allow` and `deny` of a bundle's document.

mod known;
mod misgiving;
mod pattern;
mod ruling;
mod serial;
mod written;

use std::{borrow::Cow, cell::OnceCell, fmt};

use serde::Deserialize;
use serde_json::value::RawValue;
use x509_cert::name::Name;

pub use self::{
    known::{Match, Role},
    misgiving::{Difference, ListedRule, Misgiving, RuleWarning},
    ruling::{DecisiveRule, NearestRule, Ruling},
};
use self::{
    pattern::{Kind, Pattern},
    serial::Serial,
    written::WrittenName,
};
use super::bundle::{BundleError, Document, Place};
use crate::certificate::{Certificate, identity, names::folded_text, twin};

const ALLOW: &str = "allow";
const DENY: &str = "deny";

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
}

/// Whom a rule names.
#[derive(Debug, PartialEq)]
enum Names {
    /// One certificate.
    Certificate { sha256: String },
    /// One certificate, by who issued it under which number.
    Issued { issuer: WrittenName, serial: Serial },
    /// Everybody of this name.
    Subject(WrittenName),
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
            self.allow.get_or_insert_default().extend(rules(source, ALLOW, allow)?);
        }
        self.deny.extend(rules(source, DENY, document.deny.as_deref().unwrap_or_default())?);
        Ok(())
    }

    /// Whether the client of this certificate may pass.
    pub(super) fn check(&self, leaf: &Certificate) -> Result<(), Denial> {
        let client = Client::new(leaf);
        if let Some(rule) = self.denying(&client) {
            return Err(Denial::Denied(rule.place.to_string()));
        }
        match &self.allow {
            Some(allow) if !allow.iter().any(|rule| rule.names.name(&client)) => {
                Err(Denial::NotAllowed)
            }
            _ => Ok(()),
        }
    }

    fn denying(&self, client: &Client<'_>) -> Option<&Rule> {
        self.deny.iter().find(|rule| rule.meets(client))
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.allow.iter().flatten().chain(&self.deny)
    }
}

impl Rule {
    /// Whether it speaks of the client. A denial means the certificate that the client could make of its own,
    /// too.
    fn meets(&self, client: &Client<'_>) -> bool {
        let denies = self.place.key == Some(DENY);
        self.names.name(client) || denies && self.names.name_twin(client)
    }
}

/// A client's certificate, with what rules compare worked out when the first of them asks for it.
struct Client<'a> {
    leaf: &'a Certificate,
    sha256: OnceCell<String>,
    subject: OnceCell<String>,
    issuer: OnceCell<String>,
    twins: OnceCell<Vec<String>>,
}

impl<'a> Client<'a> {
    fn new(leaf: &'a Certificate) -> Self {
        let (sha256, subject, issuer) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { leaf, sha256, subject, issuer, twins: OnceCell::new() }
    }

    fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| identity::sha256(self.leaf.der()))
    }

    fn subject(&self) -> &str {
        self.subject.get_or_init(|| folded_text(subject(self.leaf)))
    }

    fn issuer(&self) -> &str {
        self.issuer.get_or_init(|| folded_text(issuer(self.leaf)))
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
            Ok(names) => Ok(Rule { place: place(entry), names }),
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

impl Names {
    /// What is written is not repeated where it cannot be read: it may be anything.
    fn read(text: &str) -> Result<Self, Cow<'static, str>> {
        let written = serde_json::from_str(text).map_err(|_| {
            "expected an object with one of sha256, subject, dns, uri and email, or with issuer and \
             serial, each of them text"
        })?;
        Ok(match written {
            Written::Certificate { sha256 } => Self::Certificate { sha256: digest(&sha256)? },
            Written::Issued { issuer, serial } => {
                Self::Issued { issuer: WrittenName::read(&issuer)?, serial: Serial::read(&serial)? }
            }
            Written::Subject { subject } => Self::Subject(WrittenName::read(&subject)?),
            Written::Dns { dns } => Self::Alternative(Pattern::new(Kind::Dns, &dns)?),
            Written::Uri { uri } => Self::Alternative(Pattern::new(Kind::Uri, &uri)?),
            Written::Email { email } => Self::Alternative(Pattern::new(Kind::Email, &email)?),
        })
    }

    /// Whether a certificate is meant that the client could have made this one of.
    fn name_twin(&self, client: &Client<'_>) -> bool {
        matches!(self, Self::Certificate { sha256 } if client.twins().contains(sha256))
    }

    fn name(&self, client: &Client<'_>) -> bool {
        let leaf = client.leaf;
        match self {
            Self::Certificate { sha256 } => client.sha256() == sha256,
            Self::Issued { issuer, serial } => {
                serial.is(leaf.serial()) && issuer.folded() == client.issuer()
            }
            Self::Subject(subject) => subject.folded() == client.subject(),
            Self::Alternative(pattern) => {
                leaf.alternative_names().iter().any(|name| pattern.fits(name))
            }
        }
    }

    /// The issuer, in folded form, of a rule that has one.
    fn issuer(&self) -> Option<&str> {
        match self {
            Self::Issued { issuer, .. } => Some(issuer.folded()),
            _ => None,
        }
    }

    /// Whether everybody whom `other` names is named.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Alternative(pattern), Self::Alternative(other)) => pattern.covers(other),
            _ => self == other,
        }
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { sha256 } => write!(f, "sha256 {sha256}"),
            Self::Issued { issuer, serial } => write!(f, "issuer {issuer}, serial {serial}"),
            Self::Subject(subject) => write!(f, "subject {subject}"),
            Self::Alternative(pattern) => write!(f, "{pattern}"),
        }
    }
}

fn subject(certificate: &Certificate) -> &Name {
    certificate.parsed().decoded().tbs_certificate().subject()
}

fn issuer(certificate: &Certificate) -> &Name {
    certificate.parsed().decoded().tbs_certificate().issuer()
}

fn digest(text: &str) -> Result<String, &'static str> {
    let digits = text.replace(':', "").to_ascii_lowercase();
    match (digits.len(), digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        (64, true) => Ok(digits),
        _ => Err(
            "expected the 64 hexadecimal digits of a SHA-256, with colons between bytes or without",
        ),
    }
}
