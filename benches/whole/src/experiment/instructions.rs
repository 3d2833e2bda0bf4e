//! Instructions, counted by valgrind: they do not move with the machine's load, as time does.

use std::collections::BTreeMap;

use super::{Laboratory, TEXT, USUAL, events};
use crate::{
    Fault, callgrind,
    function::{Environment, Expected, Program},
    gateway::{Body, repeated},
    report::{Table, columns, ratio},
    runtime_api::Event,
    world::{Bundle, Chain, Hop, World},
};

/// Events before counting begins, and those that are counted.
const BEFORE: usize = 100;
const COUNTED: usize = 200;

/// Instructions of the start, and of an event of each kind.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// Counts those of a program.
pub(crate) fn count(program: &Program, world: &World) -> Result<Counts, Fault> {
    let environment = world.environment(Bundle::One, Hop::Http);
    let looks = program.name != "floor";
    let mut counts =
        Counts::from([("start", run(program, &environment, &[], Expected::Forwarded)?)]);
    for (name, events, expected) in kinds(world)? {
        let expected = if looks { expected } else { Expected::Forwarded };
        let before =
            run(program, &environment, events.get(..BEFORE).unwrap_or_default(), expected)?;
        let all = run(program, &environment, &events, expected)?;
        counts.insert(name, all.saturating_sub(before) / u64::try_from(COUNTED)?);
    }
    Ok(counts)
}

/// Runs it.
pub(crate) fn compare(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let floor = count(&laboratory.programs.floor, &laboratory.world)?;
    let adapter = count(&laboratory.programs.adapter, &laboratory.world)?;
    let mut rows = Vec::new();
    for ((name, floor), adapter) in floor.iter().zip(adapter.values()) {
        let multiple = quotient(*adapter, *floor)?;
        rows.push(vec![
            (*name).to_owned(),
            floor.to_string(),
            adapter.to_string(),
            ratio(multiple),
        ]);
        if *name == KNOWN {
            laboratory.report.target("instructions of a warm event", 1.15, multiple);
        }
    }
    laboratory.report.table(Table {
        title: "Instructions",
        about: "Counted by callgrind: of the start, and of one event.",
        columns: columns(["", "floor", "adapter", "multiple"]),
        rows,
    });
    Ok(())
}

/// One count as a multiple of another.
pub(crate) fn quotient(count: u64, of: u64) -> Result<f64, Fault> {
    Ok(f64::from(u32::try_from(count)?) / f64::from(u32::try_from(of)?))
}

const KNOWN: &str = "an event of a known client";

/// Events of one kind, by its name, and what comes of them where certificates are looked at.
type Kind = (&'static str, Vec<Event>, Expected);

fn kinds(world: &World) -> Result<Vec<Kind>, Fault> {
    const ALL: usize = BEFORE + COUNTED;
    let (_, client) = world.client()?;
    let text = repeated(TEXT, 100_000);
    let same = |chain: &Chain, answer, request: &[u8]| {
        Ok::<_, Fault>(vec![chain.event(answer, request)?; ALL])
    };
    Ok(vec![
        (KNOWN, same(&client, USUAL, b"")?, Expected::Forwarded),
        ("an event of a client never seen", events(&world.clients(ALL)?)?, Expected::Forwarded),
        (
            "an event of a client never seen, intermediate unknown",
            events(&world.clients_apart(ALL)?)?,
            Expected::Forwarded,
        ),
        ("an event of a stranger never seen", events(&world.strangers(ALL)?)?, Expected::Refused),
        ("an event without a certificate", same(&Chain::none(), USUAL, b"")?, Expected::Refused),
        ("a request of 100 KB", same(&client, USUAL, &text)?, Expected::Forwarded),
        ("an answer of 100 KB", same(&client, Body::Text(100_000), b"")?, Expected::Forwarded),
    ])
}

/// All instructions of a process that answers events, one after another.
fn run(
    program: &Program,
    environment: &Environment,
    events: &[Event],
    expected: Expected,
) -> Result<u64, Fault> {
    callgrind::record(program, environment, events, expected)?.total()
}
