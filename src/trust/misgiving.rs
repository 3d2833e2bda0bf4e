//! Rules that can be read and may not do what they were written for.

mod known;

use std::{collections::HashMap, fmt};

use x509_cert::{ext::pkix::SubjectAltName, name::Name};

use self::known::Known;
pub use self::known::{Match, Role};
use super::{
    access::{
        ALLOW, Access, Difference, Names, Rule, nearness::nearly, serial::hexadecimal,
        written::WrittenName,
    },
    constraints,
    contents::Contents,
};
use crate::secrets::Place;

/// A rule, with what it has to do with the bundle that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRule {
    /// Where it stands.
    pub place: Place,
    /// Whom it names, in words.
    pub rule: String,
    /// What of the bundle it matches. Clients need not be in it, so a rule may be right and match nothing.
    pub matches: Vec<Match>,
    /// Why it may not do what it was written for.
    pub misgivings: Vec<Misgiving>,
}

/// A misgiving about one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleWarning {
    /// Where the rule stands.
    pub place: Place,
    /// Whom it names, in words.
    pub rule: String,
    /// Why it may not do what it was written for.
    pub reason: Misgiving,
}

impl fmt::Display for RuleWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} may not match whom it means: {}: {}", self.place, self.rule, self.reason)
    }
}

/// Why a rule may not do what it was written for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misgiving {
    /// A serial number of digits alone.
    #[error(
        "its serial is read as hexadecimal, though it has digits alone: if it is a decimal number, write {decimal}; if it is \
         hexadecimal, write {hexadecimal}"
    )]
    Digits {
        /// The decimal reading, in hexadecimal.
        decimal: String,
        /// The hexadecimal reading, in a form without doubt.
        hexadecimal: String,
    },
    /// An issuer of whom nothing is known.
    #[error(
        "no CA of the trust bundle has this name; it matches only clients that send an intermediate of this name (put \
         that under \"intermediates\", and this warning goes)"
    )]
    UnknownIssuer,
    /// An issuer whose name is nearly that of one who is known.
    #[error(
        "no CA of the trust bundle has this name as issuer; one has it {how}: write {spelling}"
    )]
    Issuer {
        /// The difference.
        how: Difference,
        /// The name that there is.
        spelling: String,
    },
    /// A subject that is nearly that of a pinned client.
    #[error("a pinned client has this name as subject {how}: write {spelling}")]
    Subject {
        /// The difference.
        how: Difference,
        /// The name that there is.
        spelling: String,
    },
    /// A name that looks as if somebody else than RFC 4514 had written it.
    #[error(
        "names are read as RFC 4514 writes them, the narrowest part first: if this one was copied from openssl without \
         -nameopt RFC2253, or from Java or Windows, write {spelling}"
    )]
    Manner {
        /// The same in RFC 4514.
        spelling: String,
    },
    /// A rule about a certificate that is no client's.
    #[error(
        "it names a CA of the trust bundle, and rules are about clients' own certificates alone: it has no effect on the clients \
         of that CA"
    )]
    Authority,
    /// An `allow` by a name that no anchor's CA may give to anybody.
    #[error("nobody can match it: the name constraints of every anchor leave this name out")]
    Outside,
    /// An `allow` of nobody who is there, where nobody else can come.
    #[error(
        "nobody can match it: the trust bundle has no anchor, and pins no client whom it names"
    )]
    NotPinned,
    /// Whoever is allowed is denied.
    #[error("it has no effect: {0} denies whom it allows")]
    Cancelled(String),
}

impl Contents {
    /// The rules of all sources, those of `allow` first, with what they have to do with the entries.
    pub fn rules(&self) -> Vec<ListedRule> {
        let (known, denials) = (Known::of(&self.entries), denials(&self.access));
        let listed = |rule: &Rule| ListedRule {
            place: rule.place.clone(),
            rule: rule.names.to_string(),
            matches: known.matches(rule),
            misgivings: misgivings(rule, &known, &denials),
        };
        self.access.rules().map(listed).collect()
    }

    /// What is to be said of the rules, in the order of the sources.
    pub(super) fn rule_warnings(&self) -> Vec<RuleWarning> {
        if self.access.rules().next().is_none() {
            return Vec::new();
        }
        let (known, denials) = (Known::of(&self.entries), denials(&self.access));
        let warnings = |rule| {
            let reasons = misgivings(rule, &known, &denials).into_iter();
            reasons.map(|reason| RuleWarning {
                place: rule.place.clone(),
                rule: rule.names.to_string(),
                reason,
            })
        };
        self.access.rules().flat_map(warnings).collect()
    }
}

/// Denials and their order.
type Denials<'a> = HashMap<String, (usize, &'a Rule)>;

/// The denials by whom they name; the first of those that name the same.
fn denials(access: &Access) -> Denials<'_> {
    let all = access.denials().iter().enumerate().rev();
    all.map(|(at, rule)| (rule.names.key(), (at, rule))).collect()
}

fn misgivings(rule: &Rule, known: &Known<'_>, denials: &Denials<'_>) -> Vec<Misgiving> {
    let mut misgivings: Vec<_> =
        spelling(&rule.names, known).into_iter().chain(digits(&rule.names)).collect();
    // A client that is here and is met proves that the rule says what it means.
    if !misgivings.is_empty() && known.has_client(rule) {
        misgivings.clear();
    }
    if rule.place.key == Some(ALLOW) {
        misgivings.extend(unreachable(rule, known));
        let keys = rule.names.covering_keys();
        let denial = keys.iter().filter_map(|key| denials.get(key)).min_by_key(|(at, _)| at);
        misgivings.extend(denial.map(|(_, deny)| Misgiving::Cancelled(deny.place.to_string())));
    }
    misgivings
}

/// Why nobody can come whom a rule names, where that is certain.
fn unreachable(rule: &Rule, known: &Known<'_>) -> Option<Misgiving> {
    let (subject, alternative) = match &rule.names {
        Names::Subject(name) => (name.name(), SubjectAltName(Vec::new())),
        Names::Alternative(pattern) => {
            let names = pattern.exact().into_iter().collect();
            (Name::default(), SubjectAltName(names))
        }
        _ => (Name::default(), SubjectAltName(Vec::new())),
    };
    let mut anchors = known.anchors().peekable();
    let misgiving = match anchors.peek() {
        Some(_) => Misgiving::Outside,
        None => Misgiving::NotPinned,
    };
    let may_come = anchors.any(|anchor| constraints::permit(anchor, &subject, &alternative));
    (!may_come && !known.has_client(rule)).then_some(misgiving)
}

fn spelling(names: &Names, known: &Known<'_>) -> Option<Misgiving> {
    match names {
        Names::Certificate { sha256 } => {
            known.has_authority(sha256).then_some(Misgiving::Authority)
        }
        Names::Issued { issuer, .. } => unknown_issuer(issuer, known),
        Names::Subject(subject) => {
            if known.is_authority(subject.folded()) {
                return Some(Misgiving::Authority);
            }
            match nearly(subject, &known.subjects) {
                Some((how, spelling)) if how != Difference::Parts => {
                    Some(Misgiving::Subject { how, spelling })
                }
                _ => manner(subject),
            }
        }
        Names::Alternative(_) => None,
    }
}

fn unknown_issuer(issuer: &WrittenName, known: &Known<'_>) -> Option<Misgiving> {
    if known.issuers.named(issuer.folded()).is_some() {
        return None;
    }
    let nearly = nearly(issuer, &known.issuers);
    let nearly = nearly.map(|(how, spelling)| Misgiving::Issuer { how, spelling });
    Some(nearly.or_else(|| manner(issuer)).unwrap_or(Misgiving::UnknownIssuer))
}

fn manner(name: &WrittenName) -> Option<Misgiving> {
    name.elsewhere().map(|other| Misgiving::Manner { spelling: other.to_string() })
}

fn digits(names: &Names) -> Option<Misgiving> {
    let Names::Issued { serial, .. } = names else { return None };
    serial.decimal().map(|decimal| Misgiving::Digits {
        decimal: hexadecimal(decimal),
        hexadecimal: format!("0x{serial}"),
    })
}
