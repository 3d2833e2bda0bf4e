//! The verdict for a person: what, why, and what to do next.

use std::{
    io::{self, Write},
    time::SystemTime,
};

use alb_mtls_adapter::certificate::identity::Identity;

use super::verdict::{Decision, Verdict};
use crate::command::{style, time::rfc3339};

pub(super) fn write(verdict: &Verdict, now: SystemTime, out: &mut dyn Write) -> io::Result<()> {
    headline(verdict, out)?;
    if let Some(advice) = &verdict.advice {
        row(out, "next", advice)?;
    }
    if let Some(rule) = &verdict.rule {
        row(out, "rule", &rule.to_string())?;
    }
    if let Some(nearest) = &verdict.nearest {
        row(out, "nearest", &nearest.to_string())?;
    }
    if let Some(leaf) = &verdict.leaf {
        client(leaf, out)?;
        row(out, "judged at", &rfc3339(now))?;
    }
    path(verdict, out)?;
    match &verdict.header {
        Some(header) => row(out, "header", header),
        None if verdict.verdict == Decision::Accepted => row(out, "header", "none is sent"),
        None => Ok(()),
    }
}

fn headline(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let (style, decision) = match verdict.verdict {
        Decision::Accepted => (style::GOOD, "accepted"),
        Decision::Refused => (style::BAD, "refused"),
    };
    let detail = &verdict.detail;
    match (verdict.verdict, verdict.reason) {
        (Decision::Accepted, Some(reason)) => writeln!(
            out,
            "{style}{decision}{style:#}, as nothing is enforced; otherwise {reason}: {detail}"
        ),
        (Decision::Refused, Some(reason)) => {
            writeln!(out, "{style}{decision}{style:#}: {reason}: {detail}")
        }
        (_, None) => writeln!(out, "{style}{decision}{style:#}: {detail}"),
    }
}

fn client(leaf: &Identity, out: &mut dyn Write) -> io::Result<()> {
    row(out, "subject", &leaf.subject)?;
    row(out, "issuer", &leaf.issuer)?;
    row(out, "serial", &leaf.serial)?;
    row(out, "sha256", &leaf.sha256)?;
    if !leaf.san.is_empty() {
        row(out, "names", &leaf.san.join(", "))?;
    }
    row(out, "valid", &format!("{} to {}", leaf.not_before, leaf.not_after))
}

/// Leaf, intermediates and anchor, a line each.
fn path(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let (Some(leaf), Some(anchor)) = (&verdict.leaf, &verdict.anchor) else { return Ok(()) };
    row(out, "path", &leaf.subject)?;
    for issuer in &verdict.issuers {
        row(out, "", &format!("<- {}", issuer.subject))?;
    }
    row(out, "", &format!("<- {} (anchor)", anchor.subject))
}

fn row(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    let faint = style::FAINT;
    writeln!(out, "  {faint}{name:<9}{faint:#}  {value}")
}
