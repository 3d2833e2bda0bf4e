//! The command `alb-mtls`: the whole journey on one machine.

use std::{io, process::ExitCode};

use clap::Parser;

use crate::command::{Cli, Terminal};

mod command;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Both write colours where a terminal shows them, and `NO_COLOR` does not say otherwise.
    let (mut out, mut err) = (anstream::stdout(), anstream::stderr());
    cli.run(&mut Terminal { input: &mut io::stdin(), out: &mut out, err: &mut err })
}
