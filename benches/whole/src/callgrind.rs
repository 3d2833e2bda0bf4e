//! What callgrind counts while a program answers events, and how its file is read.
//!
//! Source: Valgrind manual, "Callgrind Format Specification".

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs,
};

use tempfile::TempDir;

use crate::{
    Fault,
    function::{Environment, Expected, Program},
    runtime_api::Event,
};

/// What was counted of one process, from its start to its end.
pub(crate) struct Recording(String);

/// What one function of the process took, in instructions.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Its source file, or `???`.
    pub(crate) file: String,
    /// The program or library that it is in.
    pub(crate) object: String,
    /// In itself, with what was inlined into it.
    pub(crate) own: u64,
    /// With what it calls.
    pub(crate) with_calls: u64,
}

/// Has a program answer events, one after another, and end.
pub(crate) fn record(
    program: &Program,
    environment: &Environment,
    events: &[Event],
    expected: Expected,
) -> Result<Recording, Fault> {
    let folder = TempDir::new()?;
    let file = folder.path().join("counts");
    let mut out = OsString::from("--callgrind-out-file=");
    out.push(&file);
    let valgrind = ["valgrind".into(), "-q".into(), "--tool=callgrind".into(), out];
    let function = program.start_under(&valgrind, environment)?;
    function.play(events.to_vec(), expected)?;
    function.end()?;
    Ok(Recording(fs::read_to_string(file)?))
}

impl Recording {
    /// All instructions of the process.
    pub(crate) fn total(&self) -> Result<u64, Fault> {
        let total = self.0.lines().find_map(|line| line.strip_prefix("totals: "));
        Ok(total.ok_or("callgrind counted nothing")?.trim().parse()?)
    }

    /// Its functions. Those that bear one name, as the instances of a generic one do, are one.
    pub(crate) fn functions(&self) -> Result<Vec<Function>, Fault> {
        let mut reader = Reader::default();
        self.0.lines().try_for_each(|line| reader.line(line))?;
        Ok(reader.functions.into_values().collect())
    }
}

#[derive(Default)]
struct Reader {
    /// Names are written once, and are numbers from then on: of objects, of files and of functions.
    objects: Names,
    files: Names,
    names: Names,
    object: String,
    file: String,
    function: String,
    /// Whom the next line's cost is of, where it is of a call.
    called: String,
    is_call: bool,
    functions: BTreeMap<(String, String), Function>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Fault> {
        if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            return self.cost(line);
        }
        match line.split_once('=') {
            Some(("ob", name)) => self.object = self.objects.read(name),
            Some(("fl", name)) => self.file = self.files.read(name),
            Some(("fn", name)) => self.function = self.names.read(name),
            Some(("cfn", name)) => self.called = self.names.read(name),
            Some(("calls", _)) => self.is_call = true,
            // Of no interest, but a number may get its name there.
            Some(("cob", name)) => _ = self.objects.read(name),
            Some(("fi" | "fe" | "cfi" | "cfl", name)) => _ = self.files.read(name),
            _ => {}
        }
        Ok(())
    }

    /// A place in the source, and what was counted there.
    fn cost(&mut self, line: &str) -> Result<(), Fault> {
        let cost = line.split_whitespace().nth(1).map_or(Ok(0), str::parse::<u64>)?;
        let key = (self.function.clone(), self.object.clone());
        let function = self.functions.entry(key).or_insert_with(|| Function {
            name: self.function.clone(),
            file: self.file.clone(),
            object: self.object.clone(),
            ..Function::default()
        });
        match std::mem::take(&mut self.is_call) {
            // What calls itself has that in it already.
            true if self.called == self.function => {}
            true => function.with_calls += cost,
            false => {
                function.own += cost;
                function.with_calls += cost;
            }
        }
        Ok(())
    }
}

/// Names by their numbers.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// The name in `(12) name`, or the one that `(12)` had before.
    fn read(&mut self, text: &str) -> String {
        let Some((number, name)) = text.split_once(')') else { return text.to_owned() };
        if !name.is_empty() {
            self.0.insert(number.to_owned(), name.trim_start().to_owned());
        }
        self.0.get(number).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `outer` of `one.rs`, with what was inlined from `two.rs`, calls `inner`, which calls itself.
    const FILE: &str = "\
        version: 1\ncmd: ./program --a=b\npositions: line\nevents: Ir\n\n\
        ob=(1) /bin/program\nfl=(1) /src/one.rs\nfn=(1) outer\n10 3\nfi=(2) /src/two.rs\n+4 2\n\
        fe=(1)\ncfn=(2) <a::B as c::D>::inner\ncalls=2 20\n-4 50\n\n\
        fn=(2)\n20 40\ncfn=(2)\ncalls=1 20\n* 30\n* 10\n\n\
        totals: 55\n";

    #[test]
    fn function_has_its_own_cost_and_that_of_what_it_calls_once() {
        let recording = Recording(FILE.to_owned());
        let function = |name: &str, own, with_calls| Function {
            name: name.to_owned(),
            file: "/src/one.rs".to_owned(),
            object: "/bin/program".to_owned(),
            own,
            with_calls,
        };
        let expected = [function("<a::B as c::D>::inner", 50, 50), function("outer", 5, 55)];
        assert_eq!(recording.functions().unwrap(), expected);
        assert_eq!(recording.total().unwrap(), 55);
    }
}
