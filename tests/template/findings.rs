//! What may be wrong with a stack. Each finding names the resource or parameter, and what it should be.

mod access;
mod balancer;
mod crls;
mod entrance;
mod queries;
mod settings;
mod watch;

use crate::stacks::Stack;

/// Everything that is wrong with a stack.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    let kinds =
        [settings::of, access::of, entrance::of, balancer::of, crls::of, watch::of, queries::of];
    kinds.iter().flat_map(|findings| findings(stack)).collect()
}

/// The finding, where what should hold does not.
fn unless(holds: bool, finding: impl Into<String>) -> Option<String> {
    (!holds).then(|| finding.into())
}
