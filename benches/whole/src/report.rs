//! What was found, as Markdown.

use std::fmt::{self, Write};

/// Everything that was found so far.
#[derive(Default)]
pub(crate) struct Report {
    tables: Vec<Table>,
    targets: Vec<Target>,
}

/// Rows under a title.
pub(crate) struct Table {
    pub(crate) title: &'static str,
    /// What the figures are.
    pub(crate) about: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A ratio that should be no more than a limit.
struct Target {
    what: &'static str,
    limit: f64,
    found: f64,
}

impl Report {
    pub(crate) fn table(&mut self, table: Table) {
        // Whoever waits sees what there is so far.
        println!("{table}");
        self.tables.push(table);
    }

    pub(crate) fn target(&mut self, what: &'static str, limit: f64, found: f64) {
        self.targets.push(Target { what, limit, found });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.targets.is_empty() {
            write!(f, "{}", targets(&self.targets))?;
        }
        self.tables.iter().try_for_each(|table| write!(f, "{table}"))
    }
}

fn targets(targets: &[Target]) -> Table {
    let row = |target: &Target| {
        let verdict = if target.found <= target.limit { "met" } else { "**missed**" };
        vec![target.what.to_owned(), ratio(target.limit), ratio(target.found), verdict.to_owned()]
    };
    Table {
        title: "Targets",
        about: "Multiples of the floor, unless another unit is named.",
        columns: columns(["what", "at most", "found", ""]),
        rows: targets.iter().map(row).collect(),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |cells: &[String]| {
            let mut line = String::from("|");
            for cell in cells {
                let _ = write!(line, " {cell} |");
            }
            line
        };
        let rule: Vec<String> = (0..self.columns.len())
            .map(|column| if column == 0 { "---" } else { "---:" }.to_owned())
            .collect();
        writeln!(f, "### {}\n\n{}\n", self.title, self.about)?;
        writeln!(f, "{}\n{}", line(&self.columns), line(&rule))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{}", line(row)))?;
        writeln!(f)
    }
}

/// Names of columns.
pub(crate) fn columns<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// A multiple, to the hundredth; large ones in whole.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio < 9.995 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

/// Microseconds, or milliseconds where there are many.
pub(crate) fn time(microseconds: f64) -> String {
    match microseconds {
        few if few < 1e3 => format!("{few:.1} µs"),
        many => format!("{:.2} ms", many / 1e3),
    }
}
