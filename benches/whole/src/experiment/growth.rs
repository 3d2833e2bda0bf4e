//! How the cost grows with the trust bundle and with the header.

use super::{Laboratory, USUAL, blocks, events, warmed_up};
use crate::{
    Fault,
    function::{Expected, Function},
    report::{Table, columns, ratio, time},
    sample::{Sample, microseconds, take_turns},
    world::{ANCHORS, Bundle, Hop, KEPT, LISTED},
};

/// Runs it.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<(), Fault> {
    bundles(laboratory)?;
    headers(laboratory)
}

fn bundles(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let world = &laboratory.world;
    let environment = |bundle| world.environment(bundle, Hop::Http);
    let mut cases = vec![("1 anchor".to_owned(), environment(Bundle::One))];
    for count in ANCHORS {
        cases.push((format!("{count} anchors"), environment(Bundle::Anchors(count))));
    }
    for count in LISTED {
        cases.push((format!("a list of {count}"), environment(Bundle::Listed(count))));
    }
    for count in KEPT {
        cases.push((format!("a list of {count} in a bucket"), world.with_a_bucket(count)?));
    }
    let known = super::known(&laboratory.world)?;
    let never_seen = events(&laboratory.world.clients(100 * laboratory.thoroughness)?)?;
    let mut functions = Vec::new();
    let mut starts = Vec::new();
    for (_, environment) in &cases {
        let function = laboratory.programs.adapter.start(environment)?;
        starts.push(function.start);
        function.play(vec![known.clone(); 100], Expected::Forwarded)?;
        functions.push(function);
    }
    let all: Vec<&Function> = functions.iter().collect();
    let samples_known = take_turns(&all, laboratory.same(&known, 3, 100), |_| Expected::Forwarded)?;
    let samples = take_turns(&all, blocks(&never_seen, 20), |_| Expected::Forwarded)?;
    let mut rows = Vec::new();
    for ((((name, _), function), start), (known, new)) in
        cases.iter().zip(&functions).zip(starts).zip(samples_known.iter().zip(&samples))
    {
        rows.push(vec![
            name.clone(),
            time(microseconds(start)),
            format!("{:.1} MiB", function.resident()?),
            against(known, &samples_known),
            against(new, &samples),
        ]);
    }
    laboratory.report.table(Table {
        title: "The trust bundle",
        about: "The function alone, with one bundle and another: one start, its memory, and p50 of clients \
                as multiples of p50 with one anchor. 400 anchors are in five secrets; lists are of the \
                clients' own issuer, beside an empty one of the anchor's.",
        columns: columns(["", "start", "memory", "a known client", "clients never seen"]),
        rows,
    });
    Ok(())
}

fn against(sample: &Sample, all: &[Sample]) -> String {
    ratio(all.first().map_or(f64::NAN, |first| sample.multiple(50, first)))
}

fn headers(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let environment = laboratory.environment();
    let known = super::known(&laboratory.world)?;
    let pair = warmed_up(&laboratory.programs.pair(), &environment, &known)?;
    let functions: Vec<&Function> = pair.iter().collect();
    let mut rows = Vec::new();
    for kilobytes in [2, 4, 8, 16] {
        let event = laboratory.world.long_chain(kilobytes * 1_000)?.event(USUAL, b"")?;
        let samples =
            take_turns(&functions, laboratory.same(&event, 3, 100), |_| Expected::Forwarded)?;
        if let [floor, adapter] = samples.as_slice() {
            rows.push(vec![
                format!("{kilobytes} KB"),
                time(floor.percentile(50)),
                ratio(adapter.multiple(50, floor)),
                ratio(adapter.cpu_multiple(floor)),
            ]);
        }
    }
    laboratory.report.table(Table {
        title: "The certificate header",
        about: "A known client with more and more names in its certificate. One certificate and its issuer's \
                are some 1.5 KB.",
        columns: columns(["", "floor p50", "adapter p50", "CPU"]),
        rows,
    });
    Ok(())
}
