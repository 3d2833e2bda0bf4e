//! What the built function costs, beside the least that could stand in its place, and what people write.
//!
//! ```text
//! runtime_api ──event──▶ function ──HTTP──▶ gateway         world makes what is around it
//!                           │                               programs says what can be in its place
//!                           └──▶ secrets                    experiment/ what is measured, report what came of it
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to whoever ran it")]

mod baseline;
mod bucket;
mod callgrind;
mod experiment;
mod function;
mod gateway;
#[path = "../../../tests/support/hostile.rs"]
mod hostile;
mod http;
mod programs;
mod report;
mod runtime_api;
mod sample;
mod secrets;
mod sidecar;
#[path = "../../../tests/support/strangers.rs"]
mod strangers;
mod toolchain;
mod world;

use std::{error::Error, fs, path::Path, process::ExitCode, thread};

use clap::{Parser, Subcommand};
use rustix::thread::{CpuSet, sched_setaffinity};
use time::{OffsetDateTime, macros::format_description};

use experiment::{
    Laboratory, body, concurrency,
    cost::{self, Cost},
    growth, instructions, memory, profile, remembered, start, warm, without_lambda,
};
use programs::Programs;
use report::Report;
use world::World;

/// Whatever ends a measurement.
type Fault = Box<dyn Error + Send + Sync>;

/// What the built function costs
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A first look: every experiment, with few repetitions
    Quick,
    /// Every experiment, written into docs/benchmarks.md
    Full,
    /// Count instructions, the floor's and the function's
    Instructions,
    /// Count the function's instructions, and fail where they are more than 5 % above the baseline. Where that was counted
    /// with other tools or on another processor, only say so
    Check,
    /// Write the baseline anew
    Baseline,
    /// Many events at a time, on one processor and on two: this experiment alone
    Concurrency,
    /// One trust bundle and another: this experiment alone
    Growth,
    /// Where the instructions are, by crate and by function; BOOTSTRAP has to be built with symbols
    Profile {
        /// Of what
        #[arg(default_value = "known")]
        kind: profile::Kind,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Fault> {
    stay_on_one_processor()?;
    match command {
        Command::Quick => measure(&mut Laboratory::new(1)?),
        Command::Concurrency => concurrency::run(&mut Laboratory::new(1)?),
        Command::Growth => growth::run(&mut Laboratory::new(1)?),
        Command::Instructions => instructions::compare(&mut Laboratory::new(1)?),
        Command::Full => {
            let mut laboratory = Laboratory::new(8)?;
            measure(&mut laboratory)?;
            publish(&programs::root()?.join("docs/benchmarks.md"), &laboratory.report)
        }
        Command::Check => baseline::check(),
        Command::Baseline => baseline::write(),
        Command::Profile { kind } => {
            profile::run(&Programs::find()?.adapter, &World::make()?, kind)
        }
    }
}

/// Binds this process and all that it starts to one processor: what moves between two has other figures
/// each time.
fn stay_on_one_processor() -> Result<(), Fault> {
    let last = thread::available_parallelism()?.get() - 1;
    let mut one = CpuSet::new();
    one.set(last);
    Ok(sched_setaffinity(None, &one)?)
}

fn measure(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let starts = start::run(laboratory)?;
    let events = warm::run(laboratory)?;
    without_lambda::run(laboratory)?;
    body::run(laboratory)?;
    growth::run(laboratory)?;
    concurrency::run(laboratory)?;
    let memory = memory::run(laboratory)?;
    remembered::run(laboratory)?;
    instructions::compare(laboratory)?;
    let names = laboratory.programs.all().map(|program| program.name);
    let figures = starts.iter().zip(events).zip(memory);
    let costs = names.into_iter().zip(figures).map(|(name, ((start, event), memory))| Cost {
        name,
        event,
        start: start.cpu(),
        memory,
    });
    cost::tell(laboratory, &costs.collect::<Vec<_>>());
    Ok(())
}

/// Where the page holds what was measured.
const BEGIN: &str = "<!-- measured by `make bench`: -->\n";
const END: &str = "<!-- end of what was measured -->\n";

/// Writes a report into the page.
fn publish(page: &Path, report: &Report) -> Result<(), Fault> {
    let text = fs::read_to_string(page)?;
    let marks = "the page has no place for what is measured";
    let (before, rest) = text.split_once(BEGIN).ok_or(marks)?;
    let (_, after) = rest.split_once(END).ok_or(marks)?;
    let (machine, parts) = (machine()?, parts()?);
    fs::write(page, format!("{before}{BEGIN}\n{machine}\n\n{report}{parts}{END}{after}"))?;
    println!("written into {}", page.display());
    Ok(())
}

/// What `benches/micro` has printed before.
fn parts() -> Result<String, Fault> {
    let printed = programs::root()?.join("target/benches/micro.txt");
    let printed = fs::read_to_string(&printed)
        .map_err(|error| format!("{}: {error}; use `make bench`", printed.display()))?;
    let lines: Vec<_> =
        printed.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    Ok(format!(
        "### The parts\n\nEach by itself, over and over (`benches/micro`): its caches are as warm as they \
         never are in a function. The column to read is the median.\n\n```text\n{}\n```\n\n",
        lines.join("\n")
    ))
}

/// When and on what it was measured.
fn machine() -> Result<String, Fault> {
    let date = OffsetDateTime::now_utc().format(format_description!("[year]-[month]-[day]"))?;
    let info = fs::read_to_string("/proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("an unnamed processor", |it| it.trim_start_matches(['\t', ':', ' ']));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let rustc = toolchain::rustc()?;
    Ok(format!(
        "Measured on {date}, on one processor of {model}, Linux {}, {rustc}.",
        kernel.trim()
    ))
}
