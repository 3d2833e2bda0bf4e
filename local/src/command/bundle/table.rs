//! An inventory for people.

use std::io::{self, Write};

use comfy_table::{CellAlignment, LineStyle, Table, presets::NOTHING};

use super::{
    inventory::{Inventory, Kind, Listed},
    rules,
};
use crate::command::style;

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table.set_header(["", "", "who", "key", "days left"]);
    if let Some(column) = table.column_mut(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for (listed, number) in inventory.entries.iter().zip(1..) {
        table.add_row([
            number.to_string(),
            listed.kind.word().to_owned(),
            format!("{}\n{}", who(listed), listed.sha256),
            listed.key.clone().unwrap_or_default(),
            listed.days_left.map(|days| days.to_string()).unwrap_or_default(),
        ]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    rules::write(&inventory.rules, out)?;

    let bad = style::BAD;
    for (listed, number) in inventory.entries.iter().zip(1..) {
        for warning in &listed.warnings {
            writeln!(out, "{bad}warning:{bad:#} {number} ({}): {warning}", place(listed))?;
        }
    }
    for warning in &inventory.warnings {
        writeln!(out, "{bad}warning:{bad:#} {warning}")?;
    }
    let count = |kind| inventory.entries.iter().filter(|listed| listed.kind == kind).count();
    writeln!(
        out,
        "anchors: {}, pinned: {}, intermediates: {}, lists: {}",
        count(Kind::Anchor),
        count(Kind::Pinned),
        count(Kind::Intermediate),
        count(Kind::Crl)
    )
}

fn who(listed: &Listed) -> String {
    match listed.revoked {
        Some(revoked) => format!("{}, {revoked} revoked", listed.subject),
        None => listed.subject.clone(),
    }
}

fn place(listed: &Listed) -> String {
    format!("entry {} of {}", listed.entry, listed.source)
}
