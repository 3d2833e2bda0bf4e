//! Memory: after the start, after a while, and after a long while.

use super::{Laboratory, events, known};
use crate::{
    Fault,
    function::Expected,
    report::{Table, columns},
};

/// Runs it; what each program holds after 1,000 events, in MiB.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<Vec<f64>, Fault> {
    let environment = laboratory.environment();
    let known = known(&laboratory.world)?;
    let thousand = events(&laboratory.world.clients(1_000)?)?;
    let mut rows = Vec::new();
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
    if let ([floor, adapter, ..], [_, grown, ..]) = (after_1000.as_slice(), growth.as_slice()) {
        let size = megabytes(laboratory.programs.adapter.size()?);
        let report = &mut laboratory.report;
        report.target("memory after 1,000 events", 1.5, adapter / floor);
        report.target("memory after 100,000 events, of that after 1,000", 1.02, *grown);
        report.target("`bootstrap`, in MB", 8.0, size);
    }
    Ok(after_1000)
}

fn megabytes(bytes: u64) -> f64 {
    u32::try_from(bytes).map_or(f64::INFINITY, f64::from) / 1e6
}
