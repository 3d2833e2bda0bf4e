//! The job without Lambda: nginx with `$ssl_client_escaped_cert`.

use super::{Laboratory, USUAL, known, warmed_up};
use crate::{
    Fault,
    function::Expected,
    report::{Table, columns, ratio},
    sample::Sample,
    sidecar::Sidecar,
};

const BLOCK: usize = 200;

/// Runs it.
pub(crate) fn run(laboratory: &mut Laboratory) -> Result<(), Fault> {
    let known = known(&laboratory.world)?;
    let pair = warmed_up(&laboratory.programs.pair(), &laboratory.environment(), &known)?;
    let [floor_function, adapter_function] = pair.as_slice() else { return Err("no pair".into()) };
    let mut sidecar = Sidecar::start(&laboratory.world)?;
    sidecar.play(USUAL, 100)?;
    let [mut floor, mut adapter, mut nginx] = [(); 3].map(|()| Sample::default());
    for events in laboratory.same(&known, 6, BLOCK) {
        floor.block(floor_function, events.clone(), Expected::Forwarded)?;
        adapter.block(adapter_function, events, Expected::Forwarded)?;
        let before = sidecar.cpu()?;
        let took = sidecar.play(USUAL, BLOCK)?;
        nginx.add(took, sidecar.cpu()? - before)?;
    }
    let row = |name: &str, sample: &Sample| {
        let multiples = [50, 90, 99].map(|it| sample.multiple(it, &floor));
        let mut row = vec![name.to_owned()];
        row.extend(multiples.into_iter().chain([sample.cpu_multiple(&floor)]).map(ratio));
        row
    };
    laboratory.report.table(Table {
        title: "Without Lambda",
        about: "nginx as a sidecar, which ends the client's TLS connection (open already), verifies once for \
                a connection, and writes `$ssl_client_escaped_cert`. Multiples of the floor in the same run. \
                It does another job: its figures have TLS in them, which the load balancer does for the \
                function; and have no Runtime API in them.",
        columns: columns(["", "p50", "p90", "p99", "CPU"]),
        rows: vec![row("adapter", &adapter), row("nginx", &nginx)],
    });
    Ok(())
}
