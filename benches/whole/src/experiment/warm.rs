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

/// What the programs took for the events of a case, the floor first.
struct Row {
    name: &'static str,
    expected: Expected,
    samples: Vec<Sample>,
}

/// Runs it; what an event of a known client takes of a processor, in microseconds, for each program.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<Vec<f64>, Fault> {
    let mut found = usual(laboratory)?;
    found.extend(rsa(laboratory)?);
    found.iter().for_each(|row| targets(laboratory, row));
    laboratory.report.table(Table {
        title: "Warm events",
        about: "From before the event is written to the function until its answer is read, and the processor \
                time of an event. The floor, which looks at no certificate, in units; the others as \
                multiples of it. A client never seen has a certificate that no header had before; its intermediate is one \
                that all have, or one that no header had before either. Keys are P-256, or RSA-2048 where a row says so.",
        columns: columns([
            "", "floor p50", "p90", "p99", "CPU", "adapter p50", "p90", "p99", "CPU", "ordinary p50",
            "CPU", "Python p50", "CPU",
        ]),
        rows: found.iter().map(|it| row(it.name, &it.samples)).collect(),
    });
    https(laboratory, &known(&laboratory.world)?)?;
    let known = found.first().ok_or("no known client")?;
    Ok(known.samples.iter().map(Sample::cpu).collect())
}

/// P-256, the known client first.
fn usual(laboratory: &Laboratory) -> Result<Vec<Row>, Fault> {
    let known = known(&laboratory.world)?;
    let all = warmed_up(&laboratory.programs.all(), &laboratory.environment(), &known)?;
    let thousand = events(&laboratory.world.clients(1_000)?)?;
    for function in &all {
        function.play(thousand.clone(), Expected::Forwarded)?;
    }
    rows(&all, cases(laboratory, &thousand)?)
}

/// RSA-2048, with a bundle of its own.
fn rsa(laboratory: &Laboratory) -> Result<Vec<Row>, Fault> {
    let environment = laboratory.world.environment(Bundle::Rsa, Hop::Http);
    let issuers = laboratory.world.rsa();
    let known = issuers.client()?.1.event(USUAL, b"")?;
    let all = warmed_up(&laboratory.programs.all(), &environment, &known)?;
    let count = 400 * laboratory.thoroughness;
    let never_seen = |name, chains: &[Chain]| {
        let blocks = blocks(&events(chains)?, 100);
        Ok::<_, Fault>(Case { name, blocks, expected: Expected::Forwarded })
    };
    let cases = vec![
        never_seen(RSA_INTERMEDIATE_KNOWN, &issuers.together(count)?)?,
        never_seen(RSA_INTERMEDIATE_UNKNOWN, &issuers.apart(count)?)?,
    ];
    rows(&all, cases)
}

/// Has functions take turns at each case.
fn rows(functions: &[Function], cases: Vec<Case>) -> Result<Vec<Row>, Fault> {
    let functions: Vec<&Function> = functions.iter().collect();
    let row = |Case { name, blocks, expected }| {
        let expected_of = |function: &Function| match function.name {
            "floor" => Expected::Forwarded,
            _ => expected,
        };
        let samples = take_turns(&functions, blocks, expected_of)
            .map_err(|fault| format!("{name}: {fault}"))?;
        Ok(Row { name, expected, samples })
    };
    cases.into_iter().map(row).collect()
}

const KNOWN: &str = "a known client";
const INTERMEDIATE_KNOWN: &str = "clients never seen, intermediate known";
const INTERMEDIATE_UNKNOWN: &str = "clients never seen, intermediate unknown";
const RSA_INTERMEDIATE_KNOWN: &str = "RSA-2048: clients never seen, intermediate known";
const RSA_INTERMEDIATE_UNKNOWN: &str = "RSA-2048: clients never seen, intermediate unknown";
const STRANGER_AGAIN: &str = "a stranger, again";
const STRANGERS: &str = "strangers never seen";
const NO_CERTIFICATE: &str = "no certificate";

fn cases(laboratory: &Laboratory, thousand: &[Event]) -> Result<Vec<Case>, Fault> {
    let world = &laboratory.world;
    let same = |event: &Event| laboratory.same(event, 6, BLOCK);
    let never_seen = events(&world.clients(400 * laboratory.thoroughness)?)?;
    let apart = events(&world.clients_apart(400 * laboratory.thoroughness)?)?;
    let strangers = events(&world.strangers(400 * laboratory.thoroughness)?)?;
    let refused = strangers.first().ok_or("no stranger")?;
    let longer = world.long_chain(8_000)?.event(USUAL, b"")?;
    Ok(vec![
        Case {
            name: KNOWN,
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
            name: INTERMEDIATE_KNOWN,
            blocks: blocks(&never_seen, 100),
            expected: Expected::Forwarded,
        },
        Case {
            name: INTERMEDIATE_UNKNOWN,
            blocks: blocks(&apart, 100),
            expected: Expected::Forwarded,
        },
        Case { name: STRANGER_AGAIN, blocks: same(refused), expected: Expected::Refused },
        Case { name: STRANGERS, blocks: blocks(&strangers, 100), expected: Expected::Refused },
        Case {
            name: NO_CERTIFICATE,
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

fn targets(laboratory: &mut Laboratory, row: &Row) {
    let Row { name, expected, samples } = row;
    let [floor, adapter, ordinary, ..] = samples.as_slice() else { return };
    let (p50, cpu) = (adapter.multiple(50, floor), adapter.cpu_multiple(floor));
    let report = &mut laboratory.report;
    let mut target =
        |figure, limit, found| report.target(format!("{name}, {figure}"), limit, found);
    match *name {
        KNOWN => {
            target("p50", 1.12, p50);
            target("p99", 1.25, adapter.multiple(99, floor));
            target("CPU", 1.12, cpu);
        }
        INTERMEDIATE_KNOWN => {
            target("p50", 2.5, p50);
            target("CPU", 2.7, cpu);
        }
        INTERMEDIATE_UNKNOWN => target("p50", 3.5, p50),
        RSA_INTERMEDIATE_KNOWN => target("p50", 2.0, p50),
        RSA_INTERMEDIATE_UNKNOWN => target("p50", 3.0, p50),
        STRANGERS | STRANGER_AGAIN | NO_CERTIFICATE => target("p50", 1.5, p50),
        _ => {}
    }
    if *expected == Expected::Forwarded {
        let what = format!("{name}, p50 of ordinary Rust ÷ the function's");
        report.at_least(what, 2.0, ordinary.multiple(50, adapter));
    }
}

/// A gateway behind TLS, which the peers but the floor do not know how to trust.
fn https(laboratory: &mut Laboratory, known: &Event) -> Result<(), Fault> {
    let environment = laboratory.world.environment(Bundle::One, Hop::Https);
    let pair = warmed_up(&laboratory.programs.pair(), &environment, known)?;
    let functions: Vec<&Function> = pair.iter().collect();
    let samples =
        take_turns(&functions, laboratory.same(known, 6, BLOCK), |_| Expected::Forwarded)?;
    let row = row(KNOWN, &samples);
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
