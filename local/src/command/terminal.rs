//! Where a command reads and writes.

use std::io::{Read, Write};

/// What was handed in, and two ways to say something.
pub(crate) struct Terminal<'a> {
    pub(crate) input: &'a mut dyn Read,
    /// What was asked for.
    pub(crate) out: &'a mut dyn Write,
    /// What else there is to say.
    pub(crate) err: &'a mut dyn Write,
}
