//! What an error was caused by.

use std::error::Error;

use alb_mtls_adapter::{causes::chain, printable::printable_within};

/// The longest text of an error, in bytes as JSON has it.
const LONGEST: usize = 600;

/// An error and what caused it, in one line. What it repeats of a server's is escaped, and cut where it grows too long.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    bounded(&chain(error).map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// A text with its control characters escaped, cut where it grows too long.
pub(crate) fn bounded(text: &str) -> String {
    printable_within(LONGEST, text)
}
