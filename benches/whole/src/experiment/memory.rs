//! Memory: after the start, after a while, after a long while, and after strangers who want to fill it.

use super::{Laboratory, USUAL, events, known};
use crate::{
    Fault,
    function::Expected,
    report::{Table, columns},
    runtime_api::Event,
    strangers::{self, Shape},
    world::Chain,
};

/// The strangers for each of the repetitions of a first look.
const STRANGERS: u32 = 12_500;

/// Runs it; what each program holds after 1,000 events, in MiB.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<Vec<f64>, Fault> {
    let environment = laboratory.environment();
    let known = known(&laboratory.world)?;
    let thousand = events(&laboratory.world.clients(1_000)?)?;
    let mut rows = Vec::new();
    let mut at_start = Vec::new();
    let mut after_1000 = Vec::new();
    let mut growth = Vec::new();
    for program in laboratory.programs.all() {
        let function = program.start(&environment)?;
        let started = function.resident()?;
        function.play(vec![known.clone(); 1_000], Expected::Forwarded)?;
        let soon = function.resident()?;
        // Python takes its time.
        let many = if program.name == "Python" { 10_000 } else { 100_000 };
        for _ in 0..many / 1_000 - 1 {
            function.play(vec![known.clone(); 1_000], Expected::Forwarded)?;
        }
        let late = function.resident()?;
        function.play(thousand.clone(), Expected::Forwarded)?;
        function.play(thousand.clone(), Expected::Forwarded)?;
        let clients = function.resident()?;
        at_start.push(started);
        growth.push(late / soon);
        after_1000.push(soon);
        let mut row = vec![program.name.to_owned()];
        row.extend([started, soon, late, clients].map(|it| format!("{it:.1}")));
        row.push(match program.name {
            "Python" => "–".to_owned(),
            _ => format!("{:.2} MB", megabytes(program.size()?)),
        });
        rows.push(row);
    }
    laboratory.report.table(Table {
        title: "Memory",
        about: "MiB of resident memory: after the start, after 1,000 events of one client, after 100,000 \
                (Python: 10,000), and after 1,000 more clients came twice. And the size of the program.",
        columns: columns(["", "start", "1,000", "100,000", "+ 1,000 clients", "program"]),
        rows,
    });
    let of_floor = |memory: &[f64]| match memory {
        [floor, adapter, ..] => adapter / floor,
        _ => f64::NAN,
    };
    if let [_, grown, ..] = growth.as_slice() {
        let size = megabytes(laboratory.programs.adapter.size()?);
        let report = &mut laboratory.report;
        report.target("memory after the start", 2.0, of_floor(&at_start));
        report.target("memory after 1,000 events", 1.5, of_floor(&after_1000));
        report.target("memory after 100,000 events, of that after 1,000", 1.02, *grown);
        report.target("`bootstrap`, in MB", 8.0, size);
    }
    strangers(laboratory)?;
    Ok(after_1000)
}

/// Headers as large as they may be, in which everything is repeated as often as it may be.
fn strangers(laboratory: &mut Laboratory) -> Result<(), Fault> {
    const BATCH: u32 = 500;
    let function = laboratory.programs.adapter.start(&laboratory.environment())?;
    function.play([known(&laboratory.world)?], Expected::Forwarded)?;
    let before = function.resident()?;
    function.play(hostile(0..u32::try_from(Shape::ALL.len())?)?, Expected::Refused)?;
    let first = function.peak()?;
    let all = STRANGERS * u32::try_from(laboratory.thoroughness)?;
    for from in (0..all).step_by(usize::try_from(BATCH)?) {
        function.play(hostile(from..from + BATCH)?, Expected::Refused)?;
    }
    let (after, peak) = (function.resident()?, function.peak()?);
    laboratory.report.table(Table {
        title: "Strangers",
        about: "MiB of resident memory of the function while strangers send headers of 64 KB, each a different one, whose \
                certificates are as large when they are read as the limits allow: before, the most with one header of each kind, \
                after all, and the most ever.",
        columns: columns(["strangers", "before", "one of each", "after", "most"]),
        rows: vec![
            [f64::from(all)].map(|it| format!("{it:.0}")).into_iter()
                .chain([before, first, after, peak].map(|it| format!("{it:.1}")))
                .collect(),
        ],
    });
    laboratory.report.target("MiB after strangers", 48.0, peak);
    Ok(())
}

fn hostile(numbers: std::ops::Range<u32>) -> Result<Vec<Event>, Fault> {
    let kinds = Shape::ALL.iter().cycle().skip(usize::try_from(numbers.start)? % Shape::ALL.len());
    let headers = numbers
        .zip(kinds)
        .map(|(number, shape)| Chain::made(strangers::header(number, *shape)).event(USUAL, b""));
    headers.collect()
}

fn megabytes(bytes: u64) -> f64 {
    u32::try_from(bytes).map_or(f64::INFINITY, f64::from) / 1e6
}
