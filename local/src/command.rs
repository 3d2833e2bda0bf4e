//! The commands: what each is told, and how all of them end.
//!
//! | status | means |
//! |--------|-------|
//! | 0      | done; with `check`, accepted |
//! | 1      | `check` refused the certificate, something in `demo` came out otherwise than it should, `crl show` found something wrong, a URL of `crl fetch` failed, or `bundle upload` was refused by the user or by AWS |
//! | 2      | it could not be tried: bad usage, a file that cannot be read, a bundle or a folder of CRLs that is none, a port that is taken |

mod bundle;
mod check;
mod credentials;
mod crl;
mod crls;
mod demo;
mod error;
mod event;
mod format;
mod function;
mod input;
mod interrupt;
mod journal;
mod local;
mod outcome;
mod policy;
mod remaining;
mod style;
mod terminal;
mod time;
mod trust;

use std::{io, process::ExitCode};

use clap::{Parser, Subcommand};

pub(crate) use self::terminal::Terminal;
use self::{error::CommandError, outcome::Outcome};

/// Client certificates behind an Application Load Balancer, tried on your own machine.
///
/// The function alb-mtls-adapter verifies the certificate that a load balancer hands over in mTLS
/// passthrough mode, and passes it to WSO2 in a spelling that WSO2 reads. These commands show it at
/// work, with stand-ins for everything around it and nothing deployed.
#[derive(Debug, Parser)]
#[command(version, styles = style::HELP, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls demo
      the whole journey, the bug first
  alb-mtls check client.pem --bundle roots.pem
      would this certificate get in, and if not, why?
  alb-mtls bundle roots.pem
      what is in this trust bundle, and what of it expires soon?
  alb-mtls local --bundle roots.pem --gateway http://localhost:8280
      a load balancer on https://127.0.0.1:8443, to be called with curl";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Local(Box<local::Local>),
    Check(check::Check),
    Bundle(bundle::Bundle),
    Crl(crl::Crl),
    Event(event::Event),
}

impl Cli {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> ExitCode {
        let outcome = match self.command {
            Command::Demo(demo) => served(demo.run(terminal)),
            Command::Local(local) => served(local.run(terminal)),
            Command::Check(check) => check.run(terminal),
            Command::Bundle(bundle) => bundle.run(terminal),
            Command::Crl(crl) => served(crl.run(terminal)),
            Command::Event(event) => event.run(terminal),
        };
        match outcome {
            Ok(Outcome::Yes) => ExitCode::SUCCESS,
            Ok(Outcome::No) => ExitCode::from(1),
            // Whoever reads the output has seen enough, as `head` does.
            Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                ExitCode::from(2)
            }
            Err(error) => {
                let bad = style::BAD;
                // Nobody is left to tell where standard error is closed.
                let _ = writeln!(terminal.err, "{bad}error:{bad:#} {error}");
                ExitCode::from(2)
            }
        }
    }
}

/// Runs a command that serves.
fn served(
    command: impl Future<Output = Result<Outcome, CommandError>>,
) -> Result<Outcome, CommandError> {
    tokio::runtime::Runtime::new().map_err(CommandError::Runtime)?.block_on(command)
}
