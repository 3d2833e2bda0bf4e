//! The rules of a bundle, with what each matches in it.

use std::io::{self, Write};

use alb_mtls_adapter::trust::bundle::{self, Place, Role};
use serde::Serialize;

use super::listed::{Kind, Listed};
use crate::command::style;

#[derive(Debug, Serialize)]
pub(super) struct ListedRule {
    /// The part that it stands in.
    source: String,
    /// `allow` or `deny`.
    key: &'static str,
    /// Where under its key, from 1.
    entry: usize,
    /// Whom it names, in words.
    rule: String,
    matches: Vec<Matched>,
    warnings: Vec<String>,
}

/// An entry of the bundle that a rule matches.
#[derive(Debug, Serialize)]
struct Matched {
    r#as: &'static str,
    kind: Kind,
    subject: String,
    sha256: String,
}

/// The rules, with the entries that they match by what is listed of these.
pub(super) fn listed(rules: Vec<bundle::ListedRule>, entries: &[Listed]) -> Vec<ListedRule> {
    let matched = |found: bundle::Match| {
        let entry = entries.get(found.entry)?;
        Some(Matched {
            r#as: match found.role {
                Role::Client => "client",
                Role::Issuer => "issuer",
            },
            kind: entry.kind,
            subject: entry.subject.clone(),
            sha256: entry.sha256.clone(),
        })
    };
    let listed = |rule: bundle::ListedRule| {
        let Place { source, key, entry, .. } = rule.place;
        ListedRule {
            source,
            key: key.unwrap_or_default(),
            entry,
            rule: rule.rule,
            matches: rule.matches.into_iter().filter_map(matched).collect(),
            warnings: rule.misgivings.iter().map(ToString::to_string).collect(),
        }
    };
    rules.into_iter().map(listed).collect()
}

/// Writes them for people; nothing where there are none.
pub(super) fn write(rules: &[ListedRule], out: &mut dyn Write) -> io::Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let mut table = style::table();
    table.set_header(["", "", "whom a rule names"]);
    for rule in rules {
        table.add_row([rule.key.to_owned(), rule.entry.to_string(), rule.lines()]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    let count = |key| rules.iter().filter(|rule| rule.key == key).count();
    writeln!(out, "allow: {}, deny: {}\n", count("allow"), count("deny"))
}

impl ListedRule {
    fn lines(&self) -> String {
        let place = format!("entry {} of \"{}\" in {}", self.entry, self.key, self.source);
        let matches = self.matches.iter().map(|found| {
            format!("matches the {} {}, as {}", found.kind.word(), found.subject, found.r#as)
        });
        let warnings = self.warnings.iter().map(|warning| format!("warning: {warning}"));
        let lines: Vec<_> =
            [self.rule.clone(), place].into_iter().chain(matches).chain(warnings).collect();
        lines.join("\n")
    }
}
