//! The commands: what each is told, and how all of them end.
//!
//! | status | means |
//! |--------|-------|
//! | 0      | done; with `check`, accepted |
//! | 1      | `check` refused the certificate, something in `demo` came out otherwise than it should, or `bundle upload` was refused by the user or by AWS |
//! | 2      | it could not be tried: bad usage, a file that cannot be read, a bundle that is none, a port that is taken |

mod bundle;
mod check;
mod credentials;
mod demo;
mod event;
mod format;
mod function;
mod input;
mod interrupt;
mod journal;
mod local;
mod policy;
mod style;
mod time;
mod trust;

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use alb_mtls::{
    alb::{EventError, InvokeError, ListenError},
    pki::{NoRandomness, PkiError},
};
use alb_mtls_adapter::{
    forward::credentials::CredentialsError, settings::SettingsError, trust::bundle::BundleError,
};
use clap::{Parser, Subcommand};

use self::{check::PresentedError, event::ChainError, function::FunctionError, input::InputError};

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
    Local(local::Local),
    Check(check::Check),
    Bundle(bundle::Bundle),
    Event(event::Event),
}

/// Where a command reads and writes.
pub(crate) struct Terminal<'a> {
    pub(crate) input: &'a mut dyn Read,
    /// What was asked for.
    pub(crate) out: &'a mut dyn Write,
    /// What else there is to say.
    pub(crate) err: &'a mut dyn Write,
}

/// How a command ends that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Yes,
    No,
}

impl Cli {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> ExitCode {
        let outcome = match self.command {
            Command::Demo(demo) => served(demo.run(terminal)),
            Command::Local(local) => served(local.run(terminal)),
            Command::Check(check) => check.run(terminal),
            Command::Bundle(bundle) => bundle.run(terminal),
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

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Presented(#[from] PresentedError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    Candidate(#[from] bundle::CandidateError),
    #[error(transparent)]
    Aws(#[from] bundle::Failure),
    #[error("the function would not take this bundle: nobody could be accepted by it")]
    UnusableBundle,
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Random(#[from] NoRandomness),
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("no stand-in for the {what} can be started: {source}")]
    StandIn { what: &'static str, source: io::Error },
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: io::Error },
    #[error("no threads to serve with: {0}")]
    Runtime(#[source] io::Error),
    #[error("a key was not made to its end: {0}")]
    Task(#[from] tokio::task::JoinError),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}
