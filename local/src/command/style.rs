//! The few colours there are, where a terminal that shows none loses nothing; and how a table looks.

use anstyle::{AnsiColor, Effects, Style};
use clap::builder::Styles;
use comfy_table::{LineStyle, Table, presets::NOTHING};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().effects(Effects::BOLD);
pub(crate) const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Those of `--help`.
pub(crate) const HELP: Styles = Styles::styled()
    .header(HEADING)
    .usage(HEADING)
    .literal(AnsiColor::Cyan.on_default())
    .error(BAD);

/// A table without lines, but for one below its header.
pub(crate) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table
}
