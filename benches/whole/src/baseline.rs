//! The instructions that the function may take: a committed count, and a check against it.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Fault,
    experiment::instructions::{self, Counts, quotient},
    programs::{self, Programs},
    report::{Table, columns},
    toolchain::Toolchain,
    world::World,
};

/// How much more than the baseline is too much.
const TOLERANCE: f64 = 1.05;

#[derive(Serialize, Deserialize)]
struct Baseline {
    /// What it was counted with. Another one may count otherwise.
    toolchain: Toolchain,
    instructions: BTreeMap<String, u64>,
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
    let comparison = Comparison::new(&baseline, &count()?)?;
    println!("{}", comparison.table);
    match comparison.verdict(&Toolchain::found()?.differences(&baseline.toolchain)) {
        Verdict::Holds => Ok(()),
        Verdict::CannotBeTold(why) => {
            eprintln!("bench: {why}");
            Ok(())
        }
        Verdict::Slower(why) => Err(why.into()),
    }
}

/// The function beside the baseline.
struct Comparison {
    table: Table,
    /// What takes too much more.
    worse: Vec<&'static str>,
    /// What was not counted before.
    new: Vec<&'static str>,
}

/// What a comparison comes to.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    /// The baseline was counted with something else, or without something.
    CannotBeTold(String),
    Slower(String),
}

impl Comparison {
    fn new(baseline: &Baseline, counts: &Counts) -> Result<Self, Fault> {
        let (mut worse, mut new) = (Vec::new(), Vec::new());
        let mut rows = Vec::new();
        for (&name, &count) in counts {
            let Some(&expected) = baseline.instructions.get(name) else {
                new.push(name);
                let none = "–".to_owned();
                rows.push(vec![name.to_owned(), none, count.to_string(), "new".to_owned()]);
                continue;
            };
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
        let table = Table {
            title: "Instructions, against the baseline",
            about: "Counted by callgrind; more than 5 % above the baseline is too much.",
            columns: columns(["", "baseline", "now", "change"]),
            rows,
        };
        Ok(Self { table, worse, new })
    }

    /// `differences` are those of this machine to the one that the baseline was counted on.
    fn verdict(&self, differences: &[String]) -> Verdict {
        let worse = self.worse.join(", ");
        if !differences.is_empty() {
            return Verdict::CannotBeTold(format!(
                "no judgement: the baseline was counted with {}",
                differences.join("; with ")
            ));
        }
        if !self.worse.is_empty() {
            return Verdict::Slower(format!(
                "slower than before: {worse}. Find out why, or, where it has to be, write a new baseline with \
                 `make bench-baseline` and say why in the commit"
            ));
        }
        if !self.new.is_empty() {
            return Verdict::CannotBeTold(format!(
                "no judgement: the baseline does not have {}; write a new one with `make bench-baseline`",
                self.new.join("; nor ")
            ));
        }
        Verdict::Holds
    }
}

/// Writes the baseline anew.
pub(crate) fn write() -> Result<(), Fault> {
    let counts = count()?.into_iter().map(|(name, count)| (name.to_owned(), count));
    let baseline = Baseline { toolchain: Toolchain::found()?, instructions: counts.collect() };
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

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "start";

    fn toolchain() -> Toolchain {
        let [rustc, valgrind, libc, processor] =
            ["rustc 1.95.0", "valgrind-3.19.0", "glibc 2.36", "avx avx2"].map(str::to_owned);
        Toolchain { rustc, valgrind, libc, processor }
    }

    /// A start that took a million, and takes that many now.
    fn verdict(now: u64, here: &Toolchain) -> Verdict {
        let instructions = BTreeMap::from([(START.to_owned(), 1_000_000)]);
        let baseline = Baseline { toolchain: toolchain(), instructions };
        let comparison = Comparison::new(&baseline, &Counts::from([(START, now)])).unwrap();
        comparison.verdict(&here.differences(&baseline.toolchain))
    }

    #[test]
    fn twentieth_more_holds_and_what_is_over_it_is_slower() {
        assert_eq!(verdict(900_000, &toolchain()), Verdict::Holds);
        assert_eq!(verdict(1_050_000, &toolchain()), Verdict::Holds);
        let slower = verdict(1_050_001, &toolchain());
        assert!(matches!(&slower, Verdict::Slower(why) if why.contains(START)), "{slower:?}");
    }

    #[test]
    fn what_the_baseline_does_not_have_cannot_be_told_and_hides_nothing_that_is_slower() {
        let instructions = BTreeMap::from([(START.to_owned(), 1_000_000)]);
        let baseline = Baseline { toolchain: toolchain(), instructions };
        let verdict = |start| {
            let counts = Counts::from([(START, start), ("another", 1)]);
            Comparison::new(&baseline, &counts).unwrap().verdict(&[])
        };
        let untold = verdict(1_000_000);
        assert!(
            matches!(&untold, Verdict::CannotBeTold(why) if why.contains("another")),
            "{untold:?}"
        );
        let slower = verdict(2_000_000);
        assert!(
            matches!(&slower, Verdict::Slower(why) if why.contains(START) && !why.contains("another")),
            "{slower:?}"
        );
    }

    #[test]
    fn baseline_of_another_machine_cannot_tell_whether_it_is_slower_and_says_what_differs() {
        let same = toolchain();
        for (here, named) in [
            (Toolchain { rustc: "rustc 1.96.0".to_owned(), ..same.clone() }, "rustc 1.96.0"),
            (
                Toolchain { valgrind: "valgrind-3.24.0".to_owned(), ..same.clone() },
                "valgrind-3.24.0",
            ),
            (Toolchain { libc: "glibc 2.41".to_owned(), ..same.clone() }, "glibc 2.41"),
            (Toolchain { processor: "avx".to_owned(), ..same.clone() }, "here it is avx"),
        ] {
            for now in [900_000, 2_000_000] {
                let verdict = verdict(now, &here);
                let told = matches!(&verdict, Verdict::CannotBeTold(why) if why.contains(named));
                assert!(told, "{verdict:?}");
            }
        }
    }
}
