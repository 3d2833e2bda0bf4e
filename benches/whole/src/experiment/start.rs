//! From the start of the process to the first event, and the first event itself.

use std::time::Duration;

use super::Laboratory;
use crate::{
    Fault,
    function::{Expected, Program},
    report::{Table, columns, ratio, time},
    sample::{microseconds, percentile},
};

/// How a program starts, over and over.
#[derive(Default)]
pub(crate) struct Starts {
    starts: Vec<Duration>,
    evicted: Vec<Duration>,
    first_events: Vec<Duration>,
    cpu: Vec<Duration>,
}

impl Starts {
    /// The processor time of a start, in microseconds.
    pub(crate) fn cpu(&self) -> f64 {
        median(&self.cpu)
    }

    fn run(&mut self, program: &Program, laboratory: &Laboratory) -> Result<(), Fault> {
        let environment = laboratory.environment();
        let function = program.start(&environment)?;
        self.starts.push(function.start);
        self.cpu.push(function.cpu()?);
        let client = laboratory.world.clients(1)?;
        let answers = function.play(super::events(&client)?, Expected::Forwarded)?;
        self.first_events.extend(answers.iter().map(|answer| answer.took));
        drop(function);
        program.evict()?;
        self.evicted.push(program.start(&environment)?.start);
        Ok(())
    }
}

/// Runs it; one for each program.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<Vec<Starts>, Fault> {
    let programs = laboratory.programs.all();
    let mut all: Vec<Starts> = programs.iter().map(|_| Starts::default()).collect();
    for _ in 0..6 * laboratory.thoroughness + 1 {
        for (program, starts) in programs.iter().zip(&mut all) {
            starts.run(program, laboratory)?;
        }
    }
    let names = programs.map(|program| program.name);
    let floor = all.first().ok_or("no floor")?;
    let figures = |starts: &Starts| {
        [&starts.starts, &starts.evicted, &starts.first_events, &starts.cpu].map(|it| median(it))
    };
    let floors = figures(floor);
    let mut rows = Vec::new();
    for (name, starts) in names.into_iter().zip(&all) {
        let mut row = vec![name.to_owned()];
        row.extend(figures(starts).into_iter().zip(floors).map(|(own, floor)| match name {
            "floor" => time(own),
            _ => ratio(own / floor),
        }));
        rows.push(row);
    }
    laboratory.report.table(Table {
        title: "Start",
        about: "From the start of the process until it asks for its first event, with its files in memory \
                and with them on disk; its first event, which opens the connection to the gateway; and the \
                processor time of the start. The floor in units, the others as multiples of it.",
        columns: columns(["", "start", "files on disk", "first event", "CPU of the start"]),
        rows,
    });
    if let [floor, adapter, ..] = all.as_slice() {
        let of = |it: fn(&Starts) -> &Vec<Duration>| median(it(adapter)) / median(it(floor));
        let report = &mut laboratory.report;
        report.target("start to first `/next`, bundle loaded", 1.5, of(|it| &it.starts));
        report.target("the same, page cache evicted", 3.0, of(|it| &it.evicted));
    }
    Ok(all)
}

fn median(times: &[Duration]) -> f64 {
    microseconds(percentile(times, 50))
}
