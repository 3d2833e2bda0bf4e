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
    let (urls, faults) = (fetched.crls.len(), fetched.crls.iter().filter(|it| it.reason.is_some()));
    let manifest = match fetched.published {
        true => "new manifest in",
        false => "no new manifest in",
    };
    writeln!(out, "URLs: {urls}, not refreshed: {}; {manifest} {place}", faults.count())
}

/// Whose it is, which one, where it is from, and why there is no newer one, a line each.
fn cell(told: &Outcome) -> String {
    let mut lines = Vec::new();
    if let Some(crl) = &told.crl {
        lines.extend([crl.issuer.clone(), crl.sha256.clone()]);
        lines.extend(crl.number.as_ref().map(|number| format!("number {number}")));
    }
    lines.push(format!("from {}", told.url));
    lines.extend(told.reason.as_ref().map(|reason| format!("why: {reason}")));
    // What others have written is no command to a terminal.
    let lines = lines.iter().map(|line| line.replace(char::is_control, "\u{fffd}"));
    lines.collect::<Vec<_>>().join("\n")
}
