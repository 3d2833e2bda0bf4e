//! Who of the clients that are verified may pass: `allow` and `deny` of a bundle's document.

pub(super) mod directory;
pub(super) mod nearness;
pub(super) mod pattern;
mod ruling;
pub(super) mod serial;
pub(super) mod written;

use std::{borrow::Cow, cell::OnceCell, fmt};

use serde::Deserialize;
use serde_json::value::RawValue;
use x509_cert::name::Name;

pub use self::{
    nearness::Difference,
    ruling::{DecisiveRule, NearestRule, Ruling},
};
use self::{
    pattern::{Kind, Pattern},
    serial::{Serial, hexadecimal, significant},
    written::WrittenName,
};
use crate::{
    certificate::{Certificate, names::folded_text, twin},
    secrets::Place,
};

pub(super) const ALLOW: &str = "allow";
const DENY: &str = "deny";

/// The rules of all sources. Whom a denial names is refused; where there is a list of those who may
/// pass, whom it does not name is refused too.
#[derive(Debug, Default)]
pub(crate) struct Access {
    allow: Option<Vec<Rule>>,
    deny: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) place: Place,
    pub(super) names: Names,
}

/// Whom a rule names.
#[derive(Debug, PartialEq)]
pub(super) enum Names {
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

/// Why rules cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A rule of who may pass that cannot be understood.
    #[error("trust bundle: {at} is no rule: {reason}")]
    Unreadable {
        /// Which entry.
        at: Place,
        /// What belongs there.
        reason: Cow<'static, str>,
    },
    /// A list of those who may pass that lists nobody.
    #[error(
        "trust bundle: \"allow\" in {source_name} names nobody; leave it out to let everybody pass who is verified"
    )]
    NobodyAllowed {
        /// The name of the source.
        source_name: String,
    },
}

impl Access {
    /// Adds the rules of a document, each a JSON object; none where a key is absent.
    pub(super) fn add(
        &mut self,
        source: &str,
        allow: Option<&[Box<RawValue>]>,
        deny: Option<&[Box<RawValue>]>,
    ) -> Result<(), RuleError> {
        if let Some(allow) = allow {
            if allow.is_empty() {
                return Err(RuleError::NobodyAllowed { source_name: source.to_owned() });
            }
            self.allow.get_or_insert_default().extend(rules(source, ALLOW, allow)?);
        }
        self.deny.extend(rules(source, DENY, deny.unwrap_or_default())?);
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

    pub(super) fn denials(&self) -> &[Rule] {
        &self.deny
    }

    fn denying(&self, client: &Client<'_>) -> Option<&Rule> {
        self.deny.iter().find(|rule| rule.meets(client))
    }

    /// Every rule, in the order of the sources, those of `allow` first.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.allow.iter().flatten().chain(&self.deny)
    }
}

impl Rule {
    /// Whether it speaks of the client. A denial means the certificate that the client could make of its own,
    /// too.
    pub(super) fn meets(&self, client: &Client<'_>) -> bool {
        let denies = self.place.key == Some(DENY);
        self.names.name(client) || denies && self.names.name_twin(client)
    }
}

/// A client's certificate, with what rules compare worked out when the first of them asks for it.
pub(super) struct Client<'a> {
    pub(super) leaf: &'a Certificate,
    subject: OnceCell<String>,
    issuer: OnceCell<String>,
    twins: OnceCell<Vec<String>>,
}

impl<'a> Client<'a> {
    pub(super) fn new(leaf: &'a Certificate) -> Self {
        let (subject, issuer, twins) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { leaf, subject, issuer, twins }
    }

    fn subject(&self) -> &str {
        self.subject.get_or_init(|| folded_text(subject(self.leaf)))
    }

    fn issuer(&self) -> &str {
        self.issuer.get_or_init(|| folded_text(issuer(self.leaf)))
    }

    /// The keys of all rules that name it.
    pub(super) fn keys(&self) -> Vec<String> {
        let serial = hexadecimal(significant(self.leaf.serial()));
        let alternative = self.leaf.alternative_names().iter().flat_map(Pattern::keys_of);
        let others = [
            format!("sha256\n{}", self.leaf.sha256()),
            issued_key(self.issuer(), &serial),
            format!("subject\n{}", self.subject()),
        ];
        alternative.chain(others).collect()
    }

    fn twins(&self) -> &[String] {
        self.twins.get_or_init(|| twin::fingerprints(self.leaf))
    }
}

fn rules(source: &str, key: &'static str, texts: &[Box<RawValue>]) -> Result<Vec<Rule>, RuleError> {
    let place = |entry| Place { source: source.to_owned(), key: Some(key), entry, byte: None };
    texts
        .iter()
        .zip(1..)
        .map(|(text, entry)| match Names::read(text.get()) {
            Ok(names) => Ok(Rule { place: place(entry), names }),
            Err(reason) => Err(RuleError::Unreadable { at: place(entry), reason }),
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
            Self::Certificate { sha256 } => client.leaf.sha256() == sha256,
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
    pub(super) fn issuer(&self) -> Option<&str> {
        match self {
            Self::Issued { issuer, .. } => Some(issuer.folded()),
            _ => None,
        }
    }

    /// Equal for rules that name the same.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Alternative(pattern) => pattern.key(),
            Self::Certificate { sha256 } => format!("sha256\n{sha256}"),
            Self::Issued { issuer, serial } => issued_key(issuer.folded(), &format!("0x{serial}")),
            Self::Subject(subject) => format!("subject\n{}", subject.folded()),
        }
    }

    /// The keys of all rules that name everybody whom this one names.
    pub(super) fn covering_keys(&self) -> Vec<String> {
        match self {
            Self::Alternative(pattern) => pattern.covering_keys(),
            _ => vec![self.key()],
        }
    }
}

fn issued_key(issuer: &str, serial: &str) -> String {
    format!("issued\n{serial}\n{issuer}")
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

pub(super) fn subject(certificate: &Certificate) -> &Name {
    certificate.parsed().decoded().tbs_certificate().subject()
}

pub(super) fn issuer(certificate: &Certificate) -> &Name {
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
