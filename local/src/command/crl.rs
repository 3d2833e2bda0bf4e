//! `alb-mtls crl`: the CRLs that the function has from a bucket.

mod fetch;
mod listed;
mod place;
mod show;
mod table;

use super::{error::CommandError, outcome::Outcome, terminal::Terminal};

/// Fetch the CRLs that the function reads from a bucket, or look at them
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Crl {
    #[command(subcommand)]
    command: CrlCommand,
}

#[derive(Debug, clap::Subcommand)]
enum CrlCommand {
    Fetch(fetch::Fetch),
    Show(show::Show),
}

impl Crl {
    pub(crate) async fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        match self.command {
            CrlCommand::Fetch(fetch) => fetch.run(terminal).await,
            CrlCommand::Show(show) => show.run(terminal).await,
        }
    }
}
