//! What an error was caused by.

use std::{error::Error, iter};

/// The longest text of an error.
const LONGEST: usize = 600;

/// An error and what caused it, in one line. What it repeats of a server's is escaped, and cut where it grows too long.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let all = iter::successors(Some(error), |error| (**error).source());
    bounded(&all.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// A text with its control characters escaped, cut where it grows too long.
pub(crate) fn bounded(text: &str) -> String {
    let escaped = text.chars().flat_map(|char| match char.is_control() {
        true => char.escape_unicode().collect::<Vec<_>>(),
        false => vec![char],
    });
    let mut shown: String = escaped.take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}
