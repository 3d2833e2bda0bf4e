//! Shows what would change, and asks.

use std::io::{self, BufRead, BufReader, IsTerminal, Read};

use super::{options::Upload, plan::Plan, report};
use crate::command::{format::Format, style, terminal::Terminal};

impl Upload {
    pub(super) fn show(&self, plan: &Plan, terminal: &mut Terminal<'_>) -> io::Result<()> {
        let out = match self.format {
            Format::Text => &mut *terminal.out,
            Format::Json if self.yes => return Ok(()),
            // Standard output is for the one object.
            Format::Json => &mut *terminal.err,
        };
        let heading = style::HEADING;
        let now = match &plan.shown {
            Some(version) => format!("version {} is current", version.id),
            None => "nothing is there yet".to_owned(),
        };
        writeln!(out, "{heading}{}{heading:#}: {now}\n", self.secret)?;
        report::write_change(&plan.change, &plan.warnings, out)
    }

    pub(super) fn is_agreed(&self, terminal: &mut Terminal<'_>) -> io::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            writeln!(
                terminal.err,
                "nobody can be asked without a terminal: add --yes to go on without a question"
            )?;
            return Ok(false);
        }
        let question = match self.rollback {
            true => "go back to this",
            false => "upload this",
        };
        write!(terminal.err, "{question}? [y/N] ")?;
        terminal.err.flush()?;
        let answer = line(terminal.input)?;
        Ok([&b"y"[..], b"yes"].iter().any(|yes| answer.trim_ascii().eq_ignore_ascii_case(yes)))
    }
}

/// What is typed until Enter; nothing at the end of input.
fn line(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    BufReader::new(input).read_until(b'\n', &mut line)?;
    // Not ended by Enter, it is no answer.
    Ok(line.strip_suffix(b"\n").map(<[u8]>::to_vec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_at_enter_and_without_one_is_no_answer() {
        assert_eq!(line(&mut &b"yes\nrest"[..]).unwrap(), b"yes");
        assert_eq!(line(&mut &b"yes"[..]).unwrap(), b"");
    }
}
