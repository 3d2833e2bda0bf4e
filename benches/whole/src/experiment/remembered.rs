//! What it takes to remember many clients, and to find each again.

use super::{Laboratory, blocks, events, known, warmed_up};
use crate::{
    Fault,
    function::{Expected, Function},
    report::{Table, columns, ratio},
    sample::take_turns,
};

const CLIENTS: usize = 4_000;

/// Runs it.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let known = known(&laboratory.world)?;
    let all = warmed_up(&laboratory.programs.all(), &laboratory.environment(), &known)?;
    let functions: Vec<&Function> = all.iter().collect();
    let clients = blocks(&events(&laboratory.world.clients(CLIENTS)?)?, 200);
    let before = resident(&functions)?;
    take_turns(&functions, clients.clone(), |_| Expected::Forwarded)?;
    let once = resident(&functions)?;
    let hits = take_turns(&functions, clients, |_| Expected::Forwarded)?;
    let twice = resident(&functions)?;
    let mut rows = Vec::new();
    for ((function, hit), ((before, once), twice)) in
        functions.iter().zip(&hits).zip(before.iter().zip(&once).zip(&twice))
    {
        let mut row = vec![function.name.to_owned()];
        row.extend([*before, *once, *twice, twice - before].map(|it| format!("{it:.1}")));
        let floor = hits.first().ok_or("no floor")?;
        let multiples = [hit.multiple(50, floor), hit.multiple(90, floor), hit.cpu_multiple(floor)];
        row.extend(multiples.map(ratio));
        rows.push(row);
    }
    laboratory.report.table(Table {
        title: "Clients that are remembered",
        about: "4,000 clients of one intermediate, one after another, and then all of them again. MiB of resident memory: of a \
                function that is warm, after all clients once, after each came twice, and what they add to it. And what a client \
                takes when it comes again, as multiples of the floor: as much as a known client, where all were remembered.",
        columns: columns([
            "", "before", "once", "twice", "added", "again, p50", "p90", "CPU",
        ]),
        rows,
    });
    if let ([floor, adapter, ..], [_, memory, ..]) = (hits.as_slice(), twice.as_slice()) {
        let report = &mut laboratory.report;
        report.target("memory with 4,000 clients remembered, in MiB", 16.0, *memory);
        report.target("one of 4,000 known clients, p50", 1.16, adapter.multiple(50, floor));
    }
    Ok(())
}

fn resident(functions: &[&Function]) -> Result<Vec<f64>, Fault> {
    functions.iter().map(|function| function.resident()).collect()
}
