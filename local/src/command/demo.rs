//! `alb-mtls demo`: stories of clients and their certificates, each played through real TLS.

mod bare;
mod cast;
mod ending;
mod report;
mod stage;
mod stories;
mod story;

use std::pin::pin;

use self::{cast::Cast, stage::Stage, story::Played};
use super::{
    CommandError, Outcome, Terminal, credentials::Files, format::Format, interrupt::interrupted,
};

/// Play the whole journey on this machine, beginning with the bug that the function mends
///
/// Makes a PKI, starts a load balancer, a gateway and a Secrets Manager on free loopback ports, puts
/// the function between them, and sends requests through real TLS with real client certificates.
/// Shows for each what the client got and what the gateway saw.
///
/// Exits with 0 if every story came out as it should, with 1 if one did not.
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
  alb-mtls demo --format json | jq '.stories[] | select(.ok | not)'";

impl Demo {
    pub(crate) async fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let cast = Cast::assemble(terminal.err).await?;
        let mut stage = Stage::set(&cast).await?;
        let mut played = Vec::new();
        for story in stories::all(&cast)? {
            played.push(stage.play(story).await?);
        }
        match self.format {
            Format::Text => report::text(&played, terminal.out)?,
            Format::Json => report::json(&played, terminal.out)?,
        }
        if self.keep {
            keep(stage, &cast, terminal).await?;
        }
        Ok(if played.iter().all(Played::is_ok) { Outcome::Yes } else { Outcome::No })
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
    let curl = files.curl(&format!("{}/hello", stage.url()));
    writeln!(terminal.err, "\nStill running. Try, in HTTP/2 or with --http1.1 added,\n  {curl}")?;
    writeln!(terminal.err, "and once more without --cert and --key. Ctrl-C ends it.\n")?;
    loop {
        tokio::select! {
            Some(entry) = stage.next() => writeln!(terminal.err, "{entry}")?,
            () = &mut interrupted => return Ok(()),
        }
    }
}
