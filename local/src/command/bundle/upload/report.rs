//! What the command tells, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::change::{Change, Kind, Statement};
use crate::command::style;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Uploaded,
    RolledBack,
    NothingToDo,
    /// Nobody agreed to it.
    Declined,
    /// Secrets Manager, or `aws`, said no.
    Refused,
}

/// What `--format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) outcome: End,
    pub(super) secret: String,
    /// The `VersionId` that is current now; `None` where there is none, or where it is not known.
    pub(super) version: Option<String>,
    /// The one that was current before it.
    pub(super) replaced: Option<String>,
    /// What changed, or would have changed.
    pub(super) change: Option<Change>,
    /// What of it has no effect.
    pub(super) warnings: Vec<String>,
    /// What else there is to say of how it ended.
    pub(super) notes: Vec<String>,
    /// The command that goes back.
    pub(super) roll_back: Option<String>,
}

impl Report {
    pub(super) fn new(secret: &str, outcome: End, notes: Vec<String>) -> Self {
        Self {
            outcome,
            secret: secret.to_owned(),
            version: None,
            replaced: None,
            change: None,
            warnings: Vec::new(),
            notes,
            roll_back: None,
        }
    }
}

/// Says what would change.
pub(super) fn write_change(
    change: &Change,
    warnings: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let bad = style::BAD;
    group(out, "newly trusted", "+", &change.added, is_trusted)?;
    group(out, "no longer trusted", "-", &change.removed, is_trusted)?;
    group(out, "still trusted", "~", &change.altered, is_trusted)?;
    let others: [(&str, Belongs); 3] = [
        ("intermediates", |kind| kind == Kind::Intermediate),
        ("CRLs", |kind| kind == Kind::Crl),
        ("rules", |kind| matches!(kind, Kind::Allow | Kind::Deny)),
    ];
    for (title, belongs) in others {
        group(out, &format!("{title}, new"), "+", &change.added, belongs)?;
        group(out, &format!("{title}, gone"), "-", &change.removed, belongs)?;
    }
    writeln!(out, "unchanged: {}", change.unchanged)?;
    for effect in &change.effects {
        writeln!(out, "{bad}note:{bad:#} {effect}")?;
    }
    warnings.iter().try_for_each(|it| writeln!(out, "{bad}warning:{bad:#} {it}"))
}

/// Says how it ended, but for an error, which is told elsewhere.
pub(super) fn write_end(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (good, bad) = (style::GOOD, style::BAD);
    let secret = &report.secret;
    let version = report.version.as_deref().unwrap_or_default();
    match report.outcome {
        End::Refused => return Ok(()),
        End::Declined | End::NothingToDo => {
            let words = report.notes.join("; ");
            return writeln!(out, "{secret}: {words}");
        }
        End::Uploaded => {
            writeln!(out, "\n{good}uploaded:{good:#} version {version} of {secret} is current")?
        }
        End::RolledBack => {
            writeln!(
                out,
                "\n{good}rolled back:{good:#} version {version} of {secret} is current again"
            )?;
        }
    }
    for note in &report.notes {
        writeln!(out, "{bad}note:{bad:#} {note}")?;
    }
    writeln!(
        out,
        "the function accepts what was added after 20 s, and drops what was removed within TRUST_REFRESH_SECONDS"
    )?;
    match &report.roll_back {
        Some(command) => writeln!(out, "to go back: {command}"),
        None => Ok(()),
    }
}

fn is_trusted(kind: Kind) -> bool {
    matches!(kind, Kind::Anchor | Kind::AnchorAndClient | Kind::Pinned)
}

/// Which kinds stand in a group.
type Belongs = fn(Kind) -> bool;

fn group(
    out: &mut dyn Write,
    title: &str,
    sign: &str,
    statements: &[Statement],
    belongs: Belongs,
) -> io::Result<()> {
    let (heading, faint) = (style::HEADING, style::FAINT);
    let style = if sign == "+" { style::GOOD } else { style::BAD };
    let mut statements = statements.iter().filter(|it| belongs(it.kind)).peekable();
    if statements.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{heading}{title}{heading:#}")?;
    for statement in statements {
        let Statement { kind, who, .. } = statement;
        let altered = match kind {
            Kind::Anchor if sign == "~" => ", no longer accepted as a client",
            _ => "",
        };
        let kind = name(*kind);
        let details = details(statement);
        writeln!(out, "  {style}{sign}{style:#} {kind:<12}  {who}{details}{altered}")?;
        if let Some(sha256) = &statement.sha256 {
            writeln!(out, "                  {faint}sha256 {sha256}{faint:#}")?;
        }
    }
    writeln!(out)
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Anchor | Kind::AnchorAndClient => "anchor",
        Kind::Pinned => "pinned",
        Kind::Intermediate => "intermediate",
        Kind::Crl => "CRL",
        Kind::Allow => "allow",
        Kind::Deny => "deny",
    }
}

fn details(statement: &Statement) -> String {
    let day = statement.until.as_deref().map(|until| until.split('T').next().unwrap_or(until));
    let until = day.map(|day| match statement.kind {
        Kind::Crl => format!("next due {day}"),
        _ => format!("until {day}"),
    });
    let revoked = statement.revoked.map(|revoked| format!("{revoked} revoked"));
    let client = "accepted as a client too".to_owned();
    let client = (statement.kind == Kind::AnchorAndClient).then_some(client);
    let reason = statement.without_effect.as_ref().map(|reason| format!("no effect: {reason}"));
    [revoked, until, client, reason].into_iter().flatten().map(|it| format!(", {it}")).collect()
}
