//! Events of a function that is warm.

use super::{Laboratory, USUAL, blocks, events, known, warmed_up};
use crate::{
    Fault,
    function::{Expected, Function},
    report::{Table, columns, ratio, time},
    runtime_api::Event,
    sample::{Sample, take_turns},
    world::{Bundle, Chain, Hop},
};

const BLOCK: usize = 200;

/// One kind of event.
struct Case {
    name: &'static str,
    blocks: Vec<Vec<Event>>,
    /// What comes of it where certificates are looked at.
    expected: Expected,
}

/// Runs it; what an event of a known client takes of a processor, in microseconds, for each program.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<Vec<f64>, Fault> {
    let environment = laboratory.environment();
    let known = known(&laboratory.world)?;
    let all = warmed_up(&laboratory.programs.all(), &environment, &known)?;
    let functions: Vec<&Function> = all.iter().collect();
    let thousand = events(&laboratory.world.clients(1_000)?)?;
    for function in &functions {
        function.play(thousand.clone(), Expected::Forwarded)?;
    }
    let mut rows = Vec::new();
    let mut known_cpu = Vec::new();
    for case in cases(laboratory, &thousand)? {
        let expected = |function: &Function| match function.name {
            "floor" => Expected::Forwarded,
            _ => case.expected,
        };
        let samples = take_turns(&functions, case.blocks, expected)
            .map_err(|fault| format!("{}: {fault}", case.name))?;
        targets(laboratory, case.name, &samples);
        if known_cpu.is_empty() {
            known_cpu = samples.iter().map(Sample::cpu).collect();
        }
        rows.push(row(case.name, &samples));
    }
    laboratory.report.table(Table {
        title: "Warm events",
        about: "From before the event is written to the function until its answer is read, and the processor \
                time of an event. The floor, which looks at no certificate, in units; the others as \
                multiples of it.",
        columns: columns([
            "", "floor p50", "p90", "p99", "CPU", "adapter p50", "p90", "p99", "CPU", "ordinary p50",
            "CPU", "Python p50", "CPU",
        ]),
        rows,
    });
    https(laboratory, &known)?;
    Ok(known_cpu)
}

fn cases(laboratory: &Laboratory, thousand: &[Event]) -> Result<Vec<Case>, Fault> {
    let world = &laboratory.world;
    let same = |event: &Event| laboratory.same(event, 6, BLOCK);
    let never_seen = events(&world.clients(400 * laboratory.thoroughness)?)?;
    let strangers = events(&world.strangers(400 * laboratory.thoroughness)?)?;
    let refused = strangers.first().ok_or("no stranger")?;
    let longer = world.long_chain(8_000)?.event(USUAL, b"")?;
    Ok(vec![
        Case {
            name: "a known client",
            blocks: same(&known(&laboratory.world)?),
            expected: Expected::Forwarded,
        },
        Case {
            name: "1,000 known clients in turn",
            blocks: (0..laboratory.thoroughness).flat_map(|_| blocks(thousand, BLOCK)).collect(),
            expected: Expected::Forwarded,
        },
        Case {
            name: "a known client, 8 KB header",
            blocks: same(&longer),
            expected: Expected::Forwarded,
        },
        Case {
            name: "clients never seen",
            blocks: blocks(&never_seen, 100),
            expected: Expected::Forwarded,
        },
        Case { name: "a stranger, again", blocks: same(refused), expected: Expected::Refused },
        Case {
            name: "strangers never seen",
            blocks: blocks(&strangers, 100),
            expected: Expected::Refused,
        },
        Case {
            name: "no certificate",
            blocks: same(&Chain::none().event(USUAL, b"")?),
            expected: Expected::Refused,
        },
    ])
}

fn row(name: &str, samples: &[Sample]) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    let Some((floor, others)) = samples.split_first() else { return row };
    let times = [50, 90, 99].map(|it| floor.percentile(it));
    row.extend(times.map(time));
    row.push(time(floor.cpu()));
    for (number, sample) in others.iter().enumerate() {
        let [p50, p90, p99] = [50, 90, 99].map(|it| sample.multiple(it, floor));
        // Of the others, the middle is enough.
        let shown = if number == 0 { vec![p50, p90, p99] } else { vec![p50] };
        row.extend(shown.into_iter().chain([sample.cpu_multiple(floor)]).map(ratio));
    }
    row
}

fn targets(laboratory: &mut Laboratory, case: &str, samples: &[Sample]) {
    let [floor, adapter, ..] = samples else { return };
    let of = |hundredths| adapter.multiple(hundredths, floor);
    let report = &mut laboratory.report;
    match case {
        "a known client" => {
            report.target("a known client, p50", 1.10, of(50));
            report.target("a known client, p99", 1.25, of(99));
            report.target("a known client, CPU", 1.10, adapter.cpu_multiple(floor));
        }
        "clients never seen" => report.target("a client never seen, p50", 4.0, of(50)),
        "strangers never seen" => report.target("a stranger never seen, p50", 1.5, of(50)),
        "a stranger, again" => report.target("a known stranger, p50", 1.5, of(50)),
        "no certificate" => report.target("no certificate, p50", 1.5, of(50)),
        _ => {}
    }
}

/// A gateway behind TLS, which the peers but the floor do not know how to trust.
fn https(laboratory: &mut Laboratory, known: &Event) -> Result<(), Fault> {
    let environment = laboratory.world.environment(Bundle::One, Hop::Https);
    let pair = warmed_up(&laboratory.programs.pair(), &environment, known)?;
    let functions: Vec<&Function> = pair.iter().collect();
    let samples =
        take_turns(&functions, laboratory.same(known, 6, BLOCK), |_| Expected::Forwarded)?;
    let row = row("a known client", &samples);
    laboratory.report.table(Table {
        title: "Warm events, gateway behind TLS",
        about: "As above; the connection to the gateway is there already.",
        columns: columns([
            "",
            "floor p50",
            "p90",
            "p99",
            "CPU",
            "adapter p50",
            "p90",
            "p99",
            "CPU",
        ]),
        rows: vec![row],
    });
    Ok(())
}
