//! Several events at a time, as Lambda's managed instances send them.

use std::time::Instant;

use super::Laboratory;
use crate::{
    Fault,
    function::Expected,
    gateway::Body,
    report::{Table, columns, ratio, time},
    sample::microseconds,
    world::{Bundle, Hop},
};

/// What the gateway takes for an answer, in milliseconds.
const WAIT: u64 = 5;

/// Runs it.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let (_, chain) = laboratory.world.client()?;
    let event = chain.event(Body::Slow(WAIT), b"")?;
    let mut rows = Vec::new();
    for concurrency in [1_u32, 8, 64] {
        let mut environment = laboratory.world.environment(Bundle::One, Hop::Http);
        environment.push(("AWS_LAMBDA_MAX_CONCURRENCY".to_owned(), concurrency.to_string()));
        let count = concurrency * 40;
        let events = vec![event.clone(); usize::try_from(count)?];
        let mut figures = Vec::new();
        for program in laboratory.programs.pair() {
            let function = program.start(&environment)?;
            function.play(events.clone(), Expected::Forwarded)?;
            let (began, before) = (Instant::now(), function.cpu()?);
            function.play(events.clone(), Expected::Forwarded)?;
            let cpu = function.cpu()? - before;
            figures.push((microseconds(began.elapsed() / count), microseconds(cpu / count)));
        }
        if let [floor, adapter] = figures.as_slice() {
            rows.push(vec![
                concurrency.to_string(),
                time(floor.0),
                time(floor.1),
                ratio(adapter.0 / floor.0),
                ratio(adapter.1 / floor.1),
            ]);
        }
    }
    laboratory.report.table(Table {
        title: "Several events at a time",
        about: "A gateway that takes 5 ms, and `AWS_LAMBDA_MAX_CONCURRENCY`: the time from one answer to the \
                next, and the processor time of an event.",
        columns: columns(["events at a time", "floor", "CPU", "adapter", "CPU"]),
        rows,
    });
    Ok(())
}
