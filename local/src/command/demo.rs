//! `alb-mtls demo`: stories of clients and their certificates, and what each gateway reads, all played
//! through real TLS.

mod bare;
mod cast;
mod ending;
mod house;
mod matrix;
mod performance;
mod report;
mod revocation;
mod stage;
mod stories;
mod story;

use std::pin::pin;

use alb_mtls::wso2::Mode;

use self::{cast::Cast, performance::Performance, stage::Stage};
use super::{
    credentials::Files, error::CommandError, format::Format, interrupt::interrupted,
    outcome::Outcome, terminal::Terminal,
};

/// Play the whole journey on this machine, beginning with the bug that the function mends
///
/// Makes a PKI, starts a load balancer, a gateway and a Secrets Manager on free loopback ports, puts
/// the function between them, and sends requests through real TLS with real client certificates.
/// Shows for each what the client got and what the gateway saw, and then which WSO2 reads which
/// certificate format. One client is revoked by its CA, and refused once its CRL has been fetched.
///
/// Exits with 0 if everything came out as it should, with 1 if something did not.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// Leave everything running afterwards, and say how to call it
    #[arg(long)]
    keep: bool,

    /// How to report
    #[arg(long, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls demo
  alb-mtls demo --keep
      and then call the load balancer yourself, with the curl line that is printed
  alb-mtls demo --format json | jq '(.stories + .formats)[] | select(.ok | not)'";

impl Demo {
    pub(crate) async fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let cast = Cast::assemble(terminal.err).await?;
        let mut stage = Stage::set(&cast, Mode::Enc41).await?;
        let performance = Performance::give(&cast, &mut stage).await?;
        match self.format {
            Format::Text => report::text(&performance, terminal.out)?,
            Format::Json => report::json(&performance, terminal.out)?,
        }
        if self.keep {
            keep(stage, &cast, terminal).await?;
        }
        Ok(performance.outcome())
    }
}

/// Serves until Ctrl-C; what is said goes to standard error, as the report may be for a program.
async fn keep(
    mut stage: Stage,
    cast: &Cast,
    terminal: &mut Terminal<'_>,
) -> Result<(), CommandError> {
    let mut interrupted = pin!(interrupted()?);
    let directory = tempfile::Builder::new().prefix("alb-mtls-").tempdir()?;
    let files = Files::within(directory.path());
    files.write_server(&cast.server)?;
    files.write_client(&cast.family)?;
    let invitation = files.invitation(&format!("{}/hello", stage.url()));
    writeln!(terminal.err, "\nStill running. {invitation}")?;
    loop {
        tokio::select! {
            Some(entry) = stage.next() => writeln!(terminal.err, "{entry}")?,
            () = &mut interrupted => return Ok(()),
        }
    }
}
