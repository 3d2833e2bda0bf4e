//! `alb-mtls bundle`: what is in a trust bundle, and what of it will be trouble?

mod capacity;
mod inventory;
mod listed;
mod rules;
mod table;
mod upload;

use std::{path::PathBuf, time::SystemTime};

use alb_mtls_adapter::trust::bundle::{Contents, Source, TrustBundle};

use self::inventory::Inventory;
use super::{
    crls, error::CommandError, format::Format, input::Input, outcome::Outcome, terminal::Terminal,
    time,
};

/// List what is in a trust bundle, and what of it is or soon will be of no use
///
/// Reads what the function reads from its secrets: PEM text or JSON documents, packed by gzip or not,
/// which add up to one bundle.
///
/// Exits with 0 if the function would take it, and with 2 if it would not: one entry that cannot be read
/// is enough, and so is nothing by which anybody could be accepted.
///
/// The last column has days for a certificate, and hours until nextUpdate for a CRL.
///
/// A file whose name is that of a command below is written ./upload.
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub(crate) struct Bundle {
    #[command(subcommand)]
    command: Option<BundleCommand>,

    /// The parts of the bundle; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "bundle")]
    files: Vec<Input>,

    /// The same, as the other commands call it
    #[arg(long, value_name = "FILE")]
    bundle: Vec<Input>,

    /// CRLs that the function would have from a bucket: a folder with manifest.json and <SHA-256>.crl files
    #[arg(long, value_name = "DIR")]
    crls: Option<PathBuf>,

    /// The time to count days from, such as 2026-06-01T12:00:00Z; now, if left out
    #[arg(long, value_name = "RFC3339", value_parser = time::instant)]
    at: Option<SystemTime>,

    /// How to answer
    #[arg(long, default_value = "text")]
    format: Format,
}

/// What can be done with a bundle beside looking at it.
#[derive(Debug, clap::Subcommand)]
enum BundleCommand {
    Upload(upload::Upload),
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls bundle roots.pem crls.json
  aws secretsmanager get-secret-value --secret-id clients --query SecretString --output text |
      alb-mtls bundle -
  alb-mtls bundle upload --secret clients roots.pem
  alb-mtls bundle roots.pem --crls crls
  alb-mtls bundle roots.pem --format json | jq '.entries[] | select(.days_left < 30)'";

impl Bundle {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        if let Some(BundleCommand::Upload(upload)) = self.command {
            return upload.run(terminal);
        }
        let now = self.at.unwrap_or_else(SystemTime::now);
        let mut sources = Vec::new();
        for file in self.files.iter().chain(&self.bundle) {
            let content = file.read_bundle(terminal.input)?;
            sources.push(Source { name: file.to_string(), content });
        }
        let mut contents = Contents::read(&sources)?;
        contents.add_crls(crls::set(self.crls.as_ref())?.as_ref());
        let entries = contents.entries.clone();
        let rules = contents.rules();
        let bundle = TrustBundle::new(contents, now);
        let mut inventory = Inventory::new(&sources, &entries, &bundle, now);
        inventory.rules = rules::listed(rules, &inventory.entries);
        match self.format {
            Format::Text => table::write(&inventory, terminal.out)?,
            Format::Json => writeln!(terminal.out, "{}", serde_json::to_string(&inventory)?)?,
        }
        match inventory.usable {
            true => Ok(Outcome::Yes),
            false => Err(CommandError::UnusableBundle),
        }
    }
}
