//! `alb-mtls check`: would this certificate get in?

mod advice;
mod verdict;
mod words;

use std::{path::PathBuf, time::SystemTime};

use alb_mtls_adapter::trust::bundle::TrustBundle;

use self::verdict::Verdict;
use super::{
    CommandError, Outcome, Terminal, format::Format, input::Input, policy::Policy, time, trust,
};

/// Say whether the function would accept a client certificate, and why
///
/// Reads what a client presents: a PEM file, leaf first, or the value of the header as the load
/// balancer writes it, with `+ / =` escaped or not. White space inside makes it a PEM file, since a
/// header value has none. Nothing at all is a client without a certificate.
///
/// Exits with 0 if it would be accepted, with 1 if it would be refused, and with 2 if that cannot be
/// told.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// What the client presents; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    input: Input,

    /// The trust bundle: PEM files or JSON documents, which add up
    #[arg(long, value_name = "FILE", required = true)]
    bundle: Vec<PathBuf>,

    /// The time to judge by, such as 2026-06-01T12:00:00Z; now, if left out
    #[arg(long, value_name = "RFC3339", value_parser = time::instant)]
    at: Option<SystemTime>,

    /// How to answer
    #[arg(long, default_value = "text")]
    format: Format,

    #[command(flatten)]
    policy: Policy,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls check client.pem --bundle roots.pem
  alb-mtls check --bundle roots.pem --at 2027-01-01T00:00:00Z < header.txt
  alb-mtls check client.pem --bundle roots.pem --format json | jq -r .reason";

impl Check {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let now = self.at.unwrap_or_else(SystemTime::now);
        let bundle = TrustBundle::read(&trust::sources(&self.bundle)?, now)?;
        let input = self.input.read(terminal.input)?;
        trust::warn(&bundle, terminal.err)?;
        let verdict = Verdict::of(&input, &bundle, &self.policy, now);
        match self.format {
            Format::Text => words::write(&verdict, now, terminal.out)?,
            Format::Json => writeln!(terminal.out, "{}", serde_json::to_string(&verdict)?)?,
        }
        Ok(verdict.outcome())
    }
}
