//! The instructions that the function may take: a committed count, and a check against it.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Fault,
    experiment::instructions::{self, Counts, quotient},
    programs::{self, Programs},
    report::{Table, columns},
    world::World,
};

/// How much more than the baseline is too much.
const TOLERANCE: f64 = 1.05;

#[derive(Serialize, Deserialize)]
struct Baseline {
    #[serde(flatten)]
    maker: Maker,
    instructions: BTreeMap<String, u64>,
}

/// What a count depends on beside the function: whoever compiled it, its C library, and the machine that valgrind
/// shows to it, by which AWS-LC chooses among its implementations.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Maker {
    rustc: String,
    libc: String,
    valgrind: String,
    cpu: String,
}

impl Maker {
    fn here() -> Result<Self, Fault> {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
        Ok(Self {
            rustc: rustc()?,
            libc: said("getconf", &["GNU_LIBC_VERSION"])?,
            valgrind: said("valgrind", &["--version"])?,
            cpu: model.unwrap_or("unknown").to_owned(),
        })
    }
}

/// Compares the function with the baseline.
pub(crate) fn check() -> Result<(), Fault> {
    let file = file()?;
    if !file.exists() {
        eprintln!(
            "bench: there is no {}: nothing is compared; `make bench-baseline` writes it",
            file.display()
        );
        return Ok(());
    }
    let baseline: Baseline = serde_json::from_slice(&fs::read(file)?)?;
    let mut worse = Vec::new();
    let mut rows = Vec::new();
    for (name, count) in count()? {
        let expected = *baseline.instructions.get(name).ok_or_else(|| {
            format!(
                "the baseline does not know {name:?}; write a new one with `make bench-baseline`"
            )
        })?;
        let multiple = quotient(count, expected)?;
        if multiple > TOLERANCE {
            worse.push(name);
        }
        let percent = (multiple - 1.0) * 100.0;
        rows.push(vec![
            name.to_owned(),
            expected.to_string(),
            count.to_string(),
            format!("{percent:+.1} %"),
        ]);
    }
    println!(
        "{}",
        Table {
            title: "Instructions, against the baseline",
            about: "Counted by callgrind; more than 5 % above the baseline is too much.",
            columns: columns(["", "baseline", "now", "change"]),
            rows,
        }
    );
    if worse.is_empty() {
        return Ok(());
    }
    let (here, worse) = (Maker::here()?, worse.join(", "));
    if here != baseline.maker {
        eprintln!(
            "bench: more instructions than in the baseline: {worse}. That is no fault here, since the baseline was \
             counted otherwise: by {:?}, and here it is {here:?}",
            baseline.maker
        );
        return Ok(());
    }
    Err(format!(
        "slower than before: {worse}. Find out why, or, where it has to be, write a new baseline with \
         `make bench-baseline` and say why in the commit",
    )
    .into())
}

/// Writes the baseline anew.
pub(crate) fn write() -> Result<(), Fault> {
    let counts = count()?.into_iter().map(|(name, count)| (name.to_owned(), count));
    let baseline = Baseline { maker: Maker::here()?, instructions: counts.collect() };
    fs::write(file()?, serde_json::to_string_pretty(&baseline)? + "\n")?;
    Ok(())
}

fn count() -> Result<Counts, Fault> {
    instructions::count(&Programs::find()?.adapter, &World::make()?)
}

/// Each architecture has instructions of its own.
fn file() -> Result<PathBuf, Fault> {
    Ok(programs::root()?.join(format!("benches/baseline-{}.json", env::consts::ARCH)))
}

/// The compiler, as it names itself.
pub(crate) fn rustc() -> Result<String, Fault> {
    said("rustc", &["--version"])
}

fn said(program: &str, arguments: &[&str]) -> Result<String, Fault> {
    let said = std::process::Command::new(program).args(arguments).output()?;
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}
