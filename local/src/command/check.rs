//! `alb-mtls check`: would this certificate get in?

mod advice;
mod presented;
mod rule;
mod verdict;
mod words;

use std::{path::PathBuf, time::SystemTime};

use alb_mtls_adapter::trust::{Revocation, bundle::TrustBundle};

use self::{presented::Presented, verdict::Verdict};
use super::{
    crls, error::CommandError, format::Format, input::Input, outcome::Outcome, policy::Policy,
    style, terminal::Terminal, time, trust,
};

/// Say whether the function would accept a client certificate, and why
///
/// Reads what a client presents: the value of the header as the load balancer writes it, with `+ / =`
/// escaped or not, or a file as curl and openssl take it: PEM, the client's certificate first, or one
/// certificate in DER. Text around PEM blocks and private keys are not looked at. Nothing at all is a
/// client without a certificate.
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

    /// CRLs that the function would have from a bucket: a folder with manifest.json and <SHA-256>.crl files
    #[arg(long, value_name = "DIR")]
    crls: Option<PathBuf>,

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
  alb-mtls check client.pem --bundle roots.pem --crls crls
  alb-mtls check client.pem --bundle roots.pem --format json | jq -r .reason";

impl Check {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        if self.crls.is_some() && self.policy.revocation == Revocation::Off {
            return Err(CommandError::own(UselessCrls));
        }
        let now = self.at.unwrap_or_else(SystemTime::now);
        let sources = trust::sources(&self.bundle)?;
        let crls = crls::set(self.crls.as_ref())?;
        let bundle = TrustBundle::read_with(&sources, crls.as_ref(), now)?;
        let presented = Presented::read(&self.input.read(terminal.input)?, &self.input)?;
        trust::warn(&bundle, terminal.err)?;
        let warning = style::BAD;
        for label in &presented.ignored {
            let input = &self.input;
            writeln!(
                terminal.err,
                "{warning}warning:{warning:#} the {label} in {input} is not looked at"
            )?;
        }
        let verdict = Verdict::of(presented.header.as_deref(), &bundle, &self.policy, now);
        match self.format {
            Format::Text => words::write(&verdict, now, terminal.out)?,
            Format::Json => writeln!(terminal.out, "{}", serde_json::to_string(&verdict)?)?,
        }
        Ok(verdict.outcome())
    }
}

/// With these settings, the function would not start.
#[derive(Debug, thiserror::Error)]
#[error("--crls is of no use with --revocation off, which asks no CRL: leave out one of the two")]
struct UselessCrls;
