//! What became of each URL, for people.

use std::io::{self, Write};

use comfy_table::CellAlignment;

use super::{
    super::place::Place,
    fetched::{Fetched, Outcome},
};
use crate::command::style;

pub(super) fn write(fetched: &Fetched, place: &Place, out: &mut dyn Write) -> io::Result<()> {
    let mut table = style::table();
    table.set_header(["", "outcome", "CRL", "entries", "left"]);
    for column in [3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (told, number) in fetched.crls.iter().zip(1..) {
        let crl = told.crl.as_ref();
        let left = crl.and_then(|crl| crl.hours_left).map(|hours| format!("{hours} h"));
        table.add_row([
            number.to_string(),
            told.outcome.to_owned(),
            cell(told),
            crl.map(|crl| crl.entries.to_string()).unwrap_or_default(),
            left.unwrap_or_default(),
        ]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    let numbered = fetched.crls.iter().zip(1..);
    let faults: Vec<_> =
        numbered.filter_map(|(told, number)| Some((number, told, told.reason.as_ref()?))).collect();
    for (number, told, reason) in &faults {
        writeln!(out, "{number} {}, why: {}", told.outcome, plain(reason))?;
    }
    let urls = fetched.crls.len();
    let manifest = match fetched.published {
        true => "new manifest in",
        false => "no new manifest in",
    };
    writeln!(out, "URLs: {urls}, not refreshed: {}; {manifest} {place}", faults.len())
}

/// Whose it is, which one, and where it is from, a line each.
fn cell(told: &Outcome) -> String {
    let mut lines = Vec::new();
    if let Some(crl) = &told.crl {
        lines.extend([crl.issuer.clone(), crl.sha256.clone()]);
        lines.extend(crl.number.as_ref().map(|number| format!("number {number}")));
    }
    lines.push(format!("from {}", told.url));
    lines.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n")
}

/// What others have written is no command to a terminal.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
