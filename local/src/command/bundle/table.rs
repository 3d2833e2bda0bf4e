//! An inventory for people.

use std::io::{self, Write};

use comfy_table::CellAlignment;

use super::{
    inventory::Inventory,
    listed::{Kind, Listed},
    rules,
};
use crate::command::{crls::Details, style};

pub(super) fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let mut table = style::table();
    table.set_header(["", "", "who", "key", "left"]);
    if let Some(column) = table.column_mut(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for (listed, number) in inventory.entries.iter().zip(1..) {
        table.add_row([
            number.to_string(),
            listed.kind.word().to_owned(),
            cell(listed),
            listed.key.clone().unwrap_or_default(),
            left(listed),
        ]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    rules::write(&inventory.rules, out)?;

    let bad = style::BAD;
    for warning in &inventory.warnings {
        writeln!(out, "{bad}warning:{bad:#} {warning}")?;
    }
    let count = |kind| inventory.entries.iter().filter(|listed| listed.kind == kind).count();
    writeln!(
        out,
        "anchors: {}, pinned: {}, intermediates: {}, CRLs: {}",
        count(Kind::Anchor),
        count(Kind::Pinned),
        count(Kind::Intermediate),
        count(Kind::Crl)
    )
}

fn who(listed: &Listed) -> String {
    match (listed.revoked, listed.accept_server_certificate) {
        (Some(revoked), _) => format!("{}, {revoked} revoked", listed.subject),
        (None, Some(true)) => format!("{}, a server's certificate is accepted", listed.subject),
        (None, _) => listed.subject.clone(),
    }
}

/// Whose it is, which one, and what is wrong with it, a line each.
fn cell(listed: &Listed) -> String {
    let mut lines = vec![who(listed), listed.sha256.clone()];
    lines.extend(listed.crl.iter().flat_map(Details::words));
    if !listed.warnings.is_empty() {
        lines.push(format!("entry {} of {}", listed.entry, listed.source));
    }
    lines.extend(listed.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines.join("\n")
}

/// In which time a certificate ends, or the next CRL is due.
fn left(listed: &Listed) -> String {
    match &listed.crl {
        Some(crl) => crl.left(),
        None => listed.days_left.map(|days| format!("{days} d")).unwrap_or_default(),
    }
}
