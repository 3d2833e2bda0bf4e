//! The CRLs of a folder for people.

use std::io::{self, Write};

use comfy_table::CellAlignment;

use super::listed::{Listed, Listing};
use crate::command::style;

pub(super) fn write(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut table = style::table();
    table.set_header(["", "issuer", "entries", "this update", "left"]);
    for column in [2, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (crl, number) in listing.crls.iter().zip(1..) {
        table.add_row([
            number.to_string(),
            cell(crl),
            crl.entries.to_string(),
            crl.this_update.clone(),
            crl.details.left(),
        ]);
    }
    writeln!(out, "{}\n", table.trim_fmt())?;
    let wrong = listing.crls.iter().filter(|crl| !crl.warnings.is_empty()).count();
    let (crls, written) = (listing.crls.len(), listing.written.escape_debug());
    writeln!(out, "CRLs: {crls}, with warnings: {wrong}; manifest written {written}")
}

/// Whose it is, which one, where it is from, and what is wrong with it, a line each.
fn cell(crl: &Listed) -> String {
    let mut lines = vec![crl.issuer.clone(), crl.sha256.clone()];
    lines.extend(crl.details.words());
    lines.push(format!("from {}", crl.url.escape_debug()));
    lines.extend(crl.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines.join("\n")
}
