//! Many events at a time, as Lambda Managed Instances hand them out, on one processor and on two.

use std::{
    process,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::Laboratory;
use crate::{
    Fault,
    function::{self, Expected, Function, Program},
    gateway::Body,
    report::{Table, columns, time},
    runtime_api::Event,
    sample::{microseconds, percentile},
    world::{Bundle, Hop, World},
};

/// What the gateway takes for an answer, in milliseconds.
const WAIT: u64 = 5;

/// How many events the function has at a time, and at which of these there are targets.
const AT_A_TIME: [usize; 4] = [1, 8, 64, 512];
const JUDGED: usize = 64;

/// How many clients are known.
const KNOWN: usize = 50;

/// One of so many events is of a client never seen and, where there are such, of a hostile stranger.
const ONE_NEVER_SEEN: usize = 8;
const ONE_HOSTILE: usize = 128;

/// Runs it, where there are two processors.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let before = sched_getaffinity(None)?;
    sched_setaffinity(None, &processors(2))?;
    let rows = rows(&laboratory.programs.adapter, laboratory.thoroughness);
    sched_setaffinity(None, &before)?;
    let rows = rows?;
    judge(laboratory, &rows);
    laboratory.report.table(Table {
        title: "Many events at a time",
        about: "The function on one processor and on two, and a gateway that takes 5 ms. One of eight events is of a \
                client never seen; where it says hostile, one of 128 besides is of a stranger whose header costs \
                most. Events in a second, processor time of the function for each, and how long known clients wait. \
                What hands out the events and answers for the gateway runs on the same two processors; what it takes \
                for an event without hostile ones is told, too. Last, the share of events among hostile ones whose \
                certificate got no turn.",
        columns: columns([
            "events at a time",
            "processors",
            "a second",
            "CPU",
            "known p50",
            "p99",
            "hostile: a second",
            "CPU",
            "known p50",
            "p99",
            "CPU around it",
            "no time for",
        ]),
        rows: rows.iter().map(Row::cells).collect(),
    });
    Ok(())
}

/// So many events at a time on so many processors.
struct Row {
    at_a_time: usize,
    processors: usize,
    quiet: Figures,
    hostile: Figures,
}

/// What came of a mixture of events, in microseconds.
#[derive(Default)]
struct Figures {
    /// From one answer to the next.
    each: f64,
    /// Processor time of the function, and of what is around it.
    cpu: f64,
    around: f64,
    known: Vec<Duration>,
    /// The share of events for whose certificates there was no time, in percent.
    turned_away: f64,
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let figures = [&self.quiet, &self.hostile].map(Figures::cells);
        let first = [self.at_a_time, self.processors].map(|number| number.to_string());
        let last = [time(self.quiet.around), format!("{:.1} %", self.hostile.turned_away)];
        first.into_iter().chain(figures.into_iter().flatten()).chain(last).collect()
    }
}

impl Figures {
    fn cells(&self) -> [String; 4] {
        let a_second = format!("{:.0}", 1e6 / self.each);
        [a_second, time(self.cpu), time(self.known(50)), time(self.known(99))]
    }

    fn known(&self, hundredths: usize) -> f64 {
        microseconds(percentile(&self.known, hundredths))
    }
}

/// What the rows say of the targets.
fn judge(laboratory: &mut Laboratory, rows: &[Row]) {
    let on = |processors: usize| {
        rows.iter().find(|row| row.at_a_time == JUDGED && row.processors == processors)
    };
    let (Some(one), Some(two)) = (on(1), on(2)) else { return };
    let report = &mut laboratory.report;
    report.target(
        "64 events at a time: CPU of one on two processors, to that on one; 2 / 1.7 is 1.7 times the events",
        2.0 / 1.7,
        two.quiet.cpu / one.quiet.cpu,
    );
    report.target(
        "64 at a time on two: known clients' p99 among hostile strangers, to that without them",
        2.0,
        two.hostile.known(99) / two.quiet.known(99),
    );
}

fn rows(program: &Program, thoroughness: usize) -> Result<Vec<Row>, Fault> {
    // Made here, so that what it starts may use both processors.
    let world = World::make()?;
    let mut rows = Vec::new();
    for at_a_time in AT_A_TIME {
        for processors in [1, 2] {
            let function = start(program, &world, at_a_time, processors)?;
            let known = known(&world, &function)?;
            let mut row = Row {
                at_a_time,
                processors,
                quiet: Figures::default(),
                hostile: Figures::default(),
            };
            let count = (at_a_time * 32).max(512) * thoroughness.min(2);
            row.quiet = figures(&function, &mixture(&world, &known, count, false)?)?;
            row.hostile = figures(&function, &mixture(&world, &known, count, true)?)?;
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Starts the function on the last of the processors, as many as it is to have.
fn start(
    program: &Program,
    world: &World,
    at_a_time: usize,
    count: usize,
) -> Result<Function, Fault> {
    let mut environment = world.environment(Bundle::One, Hop::Http);
    environment.push(("AWS_LAMBDA_MAX_CONCURRENCY".to_owned(), at_a_time.to_string()));
    let wrapper = match count {
        1 => ["taskset", "-c", "1"].map(Into::into).to_vec(),
        _ => Vec::new(),
    };
    program.start_under(&wrapper, &environment)
}

/// Events of clients whom the function knows from now on.
fn known(world: &World, function: &Function) -> Result<Vec<Event>, Fault> {
    let events = events_of_new_clients(world, KNOWN)?;
    let once: Vec<_> = events.iter().map(|it| (Event::clone(it), Expected::Forwarded)).collect();
    for _ in 0..4 {
        function.play_mixed(&once)?;
    }
    Ok(events)
}

fn events_of_new_clients(world: &World, count: usize) -> Result<Vec<Event>, Fault> {
    world.clients(count)?.iter().map(|chain| chain.event(Body::Slow(WAIT), b"")).collect()
}

/// Whether the client is known, its event, and what is to come of it.
type Mixed = (bool, (Event, Expected));

fn mixture(
    world: &World,
    known: &[Event],
    count: usize,
    with_hostile: bool,
) -> Result<Vec<Mixed>, Fault> {
    let mut never_seen = events_of_new_clients(world, count.div_ceil(ONE_NEVER_SEEN))?.into_iter();
    let hostile = world.hostile(if with_hostile { count.div_ceil(ONE_HOSTILE) } else { 0 });
    let mut hostile = hostile.iter();
    let mut known = known.iter().cycle();
    let mut mixture = Vec::new();
    for number in 0..count {
        if number % ONE_HOSTILE == 1
            && let Some(chain) = hostile.next()
        {
            mixture.push((false, (chain.event(Body::Slow(WAIT), b"")?, Expected::Judged)));
        }
        let new = if number % ONE_NEVER_SEEN == 0 { never_seen.next() } else { None };
        let expected = match new {
            Some(_) if with_hostile => Expected::Judged,
            _ => Expected::Forwarded,
        };
        let is_known = new.is_none();
        let event = new.or_else(|| known.next().map(Event::clone)).ok_or("nobody is known")?;
        mixture.push((is_known, (event, expected)));
    }
    Ok(mixture)
}

fn figures(function: &Function, mixture: &[Mixed]) -> Result<Figures, Fault> {
    let events: Vec<_> = mixture.iter().map(|(_, event)| event.clone()).collect();
    let around = function::cpu(process::id())?;
    let (began, before) = (Instant::now(), function.cpu()?);
    let answers = function.play_mixed(&events)?;
    let (took, cpu) = (began.elapsed(), function.cpu()? - before);
    let around = function::cpu(process::id())?.saturating_sub(around);
    let count = u32::try_from(answers.len())?;
    let is_known = |event: usize| mixture.get(event).is_some_and(|(known, _)| *known);
    let known = answers.iter().filter(|answer| is_known(answer.event)).map(|answer| answer.took);
    let turned_away = answers.iter().filter(|answer| answer.status() == Some(503)).count();
    Ok(Figures {
        turned_away: 100.0 * f64::from(u32::try_from(turned_away)?) / f64::from(count),
        each: microseconds(took / count),
        cpu: microseconds(cpu / count),
        around: microseconds(around / count),
        known: known.collect(),
    })
}

/// The first processors of the machine.
fn processors(count: usize) -> CpuSet {
    let mut set = CpuSet::new();
    (0..count).for_each(|number| set.set(number));
    set
}
