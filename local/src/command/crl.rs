//! `alb-mtls crl`: the CRLs that the function has from a bucket.

mod listed;
mod show;
mod table;

use super::{error::CommandError, outcome::Outcome, terminal::Terminal};

/// Look at the CRLs that the function reads from a bucket
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Crl {
    #[command(subcommand)]
    command: CrlCommand,
}

#[derive(Debug, clap::Subcommand)]
enum CrlCommand {
    Show(show::Show),
}

impl Crl {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        match self.command {
            CrlCommand::Show(show) => show.run(terminal),
        }
    }
}
