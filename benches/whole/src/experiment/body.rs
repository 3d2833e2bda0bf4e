//! How the cost grows with bodies, of requests and of answers.

use super::{Laboratory, TEXT, USUAL, warmed_up};
use crate::{
    Fault,
    function::{Expected, Function},
    gateway::{Body, repeated},
    report::{Chart, Table, columns, ratio, time},
    sample::{Sample, take_turns},
    world::Chain,
};

const KB: usize = 1_000;
const BLOCK: usize = 20;

/// Runs it, with new processes again and again: how a heap is laid out is luck, and large bodies feel it.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let (_, chain) = laboratory.world.client()?;
    let names = laboratory.programs.all().map(|program| program.name);
    let mut all: Vec<_> = cases().iter().map(|_| names.map(|_| Sample::default())).collect();
    for _ in 0..laboratory.thoroughness {
        generation(laboratory, &chain, &mut all)?;
    }
    let mut rows = Vec::new();
    let mut lines = vec![Vec::new(); names.len()];
    for ((name, ..), samples) in cases().into_iter().zip(&all) {
        if is_charted(name) {
            for (line, sample) in lines.iter_mut().zip(samples) {
                line.push(sample.percentile(50) / 1e3);
            }
        }
        let [floor, others @ ..] = samples;
        let mut row = vec![name.to_owned(), time(floor.percentile(50)), time(floor.cpu())];
        for sample in others {
            row.extend([sample.multiple(50, floor), sample.cpu_multiple(floor)].map(ratio));
        }
        rows.push(row);
        if let Some(adapter) = others.first().filter(|_| name.contains("700 KB")) {
            laboratory.report.target(name, 1.10, adapter.multiple(50, floor));
        }
    }
    laboratory.report.table(Table {
        title: "Bodies",
        about: "A known client, and a body each way. What is not text travels as base64 in events and \
                answers.",
        columns: columns([
            "", "floor p50", "CPU", "adapter p50", "CPU", "ordinary p50", "CPU", "Python p50", "CPU",
        ]),
        rows,
    });
    laboratory.report.chart(Chart {
        title: "An answer of text",
        x: cases().into_iter().map(|(name, ..)| name).filter(|name| is_charted(name)).collect(),
        y: "p50 in ms",
        lines: names.into_iter().zip(lines).collect(),
    });
    Ok(())
}

/// Adds to the samples of each case what one process of each program takes.
fn generation(
    laboratory: &Laboratory,
    chain: &Chain,
    all: &mut [[Sample; 4]],
) -> Result<(), Fault> {
    let known = super::known(&laboratory.world)?;
    let programs = laboratory.programs.all();
    let started = warmed_up(&programs, &laboratory.environment(), &known)?;
    let functions: Vec<&Function> = started.iter().collect();
    for ((_, answer, request), samples) in cases().into_iter().zip(all) {
        let event = chain.event(answer, &request)?;
        let blocks = vec![vec![event; BLOCK]; 3];
        let more = take_turns(&functions, blocks, |_| Expected::Forwarded)?;
        samples.iter_mut().zip(more).for_each(|(sample, more)| sample.join(more));
    }
    Ok(())
}

fn is_charted(name: &str) -> bool {
    name.starts_with("answer") && !name.ends_with("binary")
}

fn cases() -> Vec<(&'static str, Body, Vec<u8>)> {
    let text = |length| repeated(TEXT, length);
    let binary = |length| repeated(b"\xff\xd8\x00PK", length);
    vec![
        ("answer, no body", Body::Text(0), Vec::new()),
        ("answer, 100 KB text", Body::Text(100 * KB), Vec::new()),
        ("answer, 100 KB binary", Body::Binary(100 * KB), Vec::new()),
        ("answer, 700 KB text", Body::Text(700 * KB), Vec::new()),
        ("answer, 700 KB binary", Body::Binary(700 * KB), Vec::new()),
        ("request, 1 KB text", USUAL, text(KB)),
        ("request, 100 KB text", USUAL, text(100 * KB)),
        ("request, 100 KB binary", USUAL, binary(100 * KB)),
        ("request, 700 KB text", USUAL, text(700 * KB)),
        ("request, 700 KB binary", USUAL, binary(700 * KB)),
    ]
}
