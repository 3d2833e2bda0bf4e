//! Where the instructions of an event are: by crate, by function, and what the function's own functions come to with all that
//! they call.

use std::{cmp::Reverse, collections::BTreeMap};

use clap::ValueEnum;

use super::{events, instructions::quotient, known};
use crate::{
    Fault,
    callgrind::{self, Function},
    function::{Expected, Program},
    report::{Table, columns},
    runtime_api::Event,
    world::{Bundle, Hop, World},
};

/// How many events are counted. The start is in them too, which is a hundredth of what a known client takes and less of others.
const EVENTS: usize = 1_000;

/// How many rows a table has at most.
const ROWS: usize = 60;

/// The function's own crates: the library, and the program.
const OWN: [&str; 2] = ["alb_mtls_adapter", "bootstrap"];

/// What is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A client that was here before
    Known,
    /// Clients that were not, of an intermediate that was
    NeverSeen,
    /// Clients that were not, each of an intermediate that was not either
    IntermediateUnknown,
    /// Strangers that were not here before
    Stranger,
    /// From the start of the process to its end, without an event
    Start,
}

impl Kind {
    fn events(self, world: &World) -> Result<(Vec<Event>, Expected), Fault> {
        Ok(match self {
            Self::Known => (vec![known(world)?; EVENTS], Expected::Forwarded),
            Self::NeverSeen => (events(&world.clients(EVENTS)?)?, Expected::Forwarded),
            Self::IntermediateUnknown => {
                (events(&world.clients_apart(EVENTS)?)?, Expected::Forwarded)
            }
            Self::Stranger => (events(&world.strangers(EVENTS)?)?, Expected::Refused),
            Self::Start => (Vec::new(), Expected::Forwarded),
        })
    }
}

/// Prints it. The program has to be built with symbols.
pub(crate) fn run(program: &Program, world: &World, kind: Kind) -> Result<(), Fault> {
    let environment = world.environment(Bundle::One, Hop::Http);
    let (events, expected) = kind.events(world)?;
    let recording = callgrind::record(program, &environment, &events, expected)?;
    let profile = Profile {
        functions: recording.functions()?,
        total: recording.total()?,
        events: u64::try_from(events.len())?.max(1),
    };
    println!("{}", profile.crates()?);
    println!("{}", profile.functions()?);
    println!("{}", profile.own()?);
    Ok(())
}

/// What was counted, over all events.
struct Profile {
    functions: Vec<Function>,
    total: u64,
    events: u64,
}

impl Profile {
    fn crates(&self) -> Result<Table, Fault> {
        let mut sums = BTreeMap::<String, u64>::new();
        for function in &self.functions {
            *sums.entry(crate_of(function)).or_default() += function.own;
        }
        self.table(
            "By crate",
            "Instructions of an event, or of the start. A function is of the first crate in its name that is not Rust's own library: what is inlined \
             into it counts as its own. What is not Rust is of its library.",
            sums.into_iter().collect(),
        )
    }

    fn functions(&self) -> Result<Table, Fault> {
        let rows = self.functions.iter().map(|it| (it.name.clone(), it.own));
        self.table(
            "By function",
            "Instructions of an event, or of the start; each without what it calls.",
            rows.collect(),
        )
    }

    fn own(&self) -> Result<Table, Fault> {
        let own = self.functions.iter().filter(|it| OWN.contains(&crate_of(it).as_str()));
        self.table(
            "With what they call",
            "Instructions of an event, or of the start: the function's own, each with all that it calls. One is in the other.",
            own.map(|it| (it.name.clone(), it.with_calls)).collect(),
        )
    }

    /// The largest first.
    fn table(
        &self,
        title: &'static str,
        about: &'static str,
        mut counts: Vec<(String, u64)>,
    ) -> Result<Table, Fault> {
        counts.retain(|(_, count)| *count >= self.events);
        counts.sort_by_key(|(_, count)| Reverse(*count));
        let total = self.total / self.events;
        let row = |(name, count): (String, u64)| -> Result<_, Fault> {
            let count = count / self.events;
            let share = quotient(count, total)? * 100.0;
            Ok(vec![format!("`{name}`"), count.to_string(), format!("{share:.1} %")])
        };
        Ok(Table {
            title,
            about,
            columns: columns(["", "instructions", "share"]),
            rows: counts.into_iter().take(ROWS).map(row).collect::<Result<_, _>>()?,
        })
    }
}

/// The crate that a function is of; the library, where it is not Rust.
fn crate_of(function: &Function) -> String {
    let all: Vec<_> = crates(&function.name).collect();
    let is_std = |name: &&str| matches!(*name, "core" | "alloc" | "std" | "__rustc");
    if let Some(name) = all.iter().find(|name| !is_std(name)) {
        return (*name).to_owned();
    }
    if !all.is_empty() {
        return "std".to_owned();
    }
    if function.name.starts_with("aws_lc_") || function.file.contains("/aws-lc") {
        return "aws-lc".to_owned();
    }
    let object = function.object.rsplit('/').next().unwrap_or_default();
    format!("not Rust, in {object}")
}

/// The crates in `<der::Any as core::Clone>::clone`: what stands before a `::` and behind none.
fn crates(name: &str) -> impl Iterator<Item = &str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.match_indices("::").filter_map(move |(at, _)| {
        let before = name.get(..at)?;
        let word = before.trim_end_matches(is_word);
        let is_first = !word.ends_with(':');
        before.get(word.len()..).filter(|word| is_first && !word.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_is_of_the_first_crate_that_is_not_rusts_own_library() {
        for (name, expected) in [
            ("alb_mtls_adapter::trust::path::search", "alb_mtls_adapter"),
            ("<alloc::vec::Vec<T> as der::decode::Decode>::decode", "der"),
            ("core::ptr::drop_in_place<x509_cert::certificate::Certificate>", "x509_cert"),
            ("<alloc::string::String as core::clone::Clone>::clone", "std"),
            ("__rustc::__rdl_alloc", "std"),
            ("aws_lc_0_40_0_ecp_nistz256_mul_mont", "aws-lc"),
            ("malloc", "not Rust, in libc.so.6"),
        ] {
            let object = "/lib/libc.so.6".to_owned();
            let function = Function { name: name.to_owned(), object, ..Function::default() };
            assert_eq!(crate_of(&function), expected, "{name}");
        }
    }
}
