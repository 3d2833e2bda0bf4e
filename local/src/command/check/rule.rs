//! The rule of the trust bundle that decided about a client, or came near it.

use std::fmt;

use alb_mtls_adapter::trust::bundle::{DecisiveRule, NearestRule, Place, Ruling};
use serde::Serialize;

/// A rule that decided.
#[derive(Debug, Serialize)]
pub(super) struct Rule {
    source: String,
    /// `allow` or `deny`.
    key: &'static str,
    entry: usize,
    /// Whom it names, in words.
    rule: String,
    #[serde(skip)]
    words: String,
}

/// The rule that came nearest.
#[derive(Debug, Serialize)]
pub(super) struct Nearest {
    source: String,
    entry: usize,
    /// Whom it names, in words.
    rule: String,
    /// Why it does not name the client, and what would.
    why: String,
    #[serde(skip)]
    words: String,
}

/// What is told of a ruling.
pub(super) fn told(ruling: Option<Ruling>) -> (Option<Rule>, Option<Nearest>) {
    match ruling {
        Some(Ruling::Allowed(rule)) => (Some(Rule::of(rule, "lets it in")), None),
        Some(Ruling::Denied(rule)) => (Some(Rule::of(rule, "keeps it out")), None),
        Some(Ruling::NotAllowed(nearest)) => (None, nearest.map(Nearest::of)),
        None => (None, None),
    }
}

impl Rule {
    fn of(DecisiveRule { place, rule }: DecisiveRule, does: &str) -> Self {
        let words = format!("{place} {does}: {rule}");
        let Place { source, key, entry, .. } = place;
        Self { source, key: key.unwrap_or_default(), entry, rule, words }
    }
}

impl Nearest {
    fn of(NearestRule { place, rule, why }: NearestRule) -> Self {
        let words = format!("{place}: {rule}; {why}");
        let Place { source, entry, .. } = place;
        Self { source, entry, rule, why, words }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
