//! What Lambda bills, by memory size: computed from what was measured.

use super::Laboratory;
use crate::report::{Table, columns};

/// The memory size that comes with one whole processor. Source: AWS, "Configure Lambda function memory".
const WHOLE_PROCESSOR: f64 = 1_769.0;

/// What of a gigabyte-second costs, in dollars: x86, us-east-1, the first tier. Source: AWS Lambda pricing.
const GIGABYTE_SECOND: f64 = 0.000_016_666_7;

/// What a million requests cost besides, in dollars.
const REQUESTS: f64 = 0.20;

/// What a program takes of a processor, in microseconds, and of memory, in MiB.
pub(crate) struct Cost {
    pub(crate) name: &'static str,
    pub(crate) event: f64,
    pub(crate) start: f64,
    pub(crate) memory: f64,
}

/// Tells it.
pub(crate) fn tell(laboratory: &mut Laboratory, costs: &[Cost]) {
    let mut rows = Vec::new();
    for size in [128.0, 256.0, 512.0] {
        for cost in costs {
            let share = WHOLE_PROCESSOR / size;
            let event = cost.event * share / 1e3;
            // Billed in whole milliseconds.
            let billed = event.ceil();
            let dollars = billed * 1e6 / 1e3 * (size / 1024.0) * GIGABYTE_SECOND;
            rows.push(vec![
                format!("{size} MB"),
                cost.name.to_owned(),
                format!("{event:.2}"),
                format!("{:.0}", billed * 1e6),
                format!("{:.2}", dollars + REQUESTS),
                format!("{:.0}", cost.start * share / 1e3),
                format!("{:.0} %", cost.memory * 1024.0 * 1024.0 / 1e4 / size),
            ]);
        }
    }
    laboratory.report.table(Table {
        title: "What it costs",
        about: "Computed: a function of a memory size has that size ÷ 1,769 MB of a processor, so an event \
                takes its processor time times the inverse. The gateway's own time is left out; every \
                program pays it alike. Billed milliseconds and dollars are of a million events of known \
                clients, x86 in us-east-1, $0.20 a million requests included; start in milliseconds of \
                processor time, as long as Lambda gives a start no more.",
        columns: columns([
            "", "program", "ms an event", "billed ms", "$ a million", "start, ms", "memory used",
        ]),
        rows,
    });
}
