//! What an error was caused by.

use std::{error::Error, iter};

use crate::printable::printable_within;

/// The most bytes in JSON that an error and its causes have in one line.
const MAX_CAUSES: usize = 1024;

/// An error and what caused it, in one line.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let causes = chain(error).map(ToString::to_string).collect::<Vec<_>>();
    printable_within(MAX_CAUSES, &causes.join(": "))
}

/// An error, its cause, the cause of that, and so on.
pub fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| (**error).source())
}
