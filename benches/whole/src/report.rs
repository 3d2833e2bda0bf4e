//! What was found, as Markdown.

use std::fmt::{self, Write};

/// Everything that was found so far.
#[derive(Default)]
pub(crate) struct Report {
    parts: Vec<String>,
    targets: Vec<Target>,
}

/// Lines over what they grow with.
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) x: Vec<&'static str>,
    pub(crate) y: &'static str,
    /// Each by its name.
    pub(crate) lines: Vec<(&'static str, Vec<f64>)>,
}

/// Rows under a title.
pub(crate) struct Table {
    pub(crate) title: &'static str,
    /// What the figures are.
    pub(crate) about: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A ratio that should be no more than a limit, or no less.
struct Target {
    what: String,
    limit: Limit,
    found: f64,
}

#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn allows(self, found: f64) -> bool {
        match self {
            Self::AtMost(limit) => found <= limit,
            Self::AtLeast(limit) => found >= limit,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "≤ {}", ratio(*limit)),
            Self::AtLeast(limit) => write!(f, "≥ {}", ratio(*limit)),
        }
    }
}

impl Report {
    pub(crate) fn table(&mut self, table: Table) {
        // Whoever waits sees what there is so far.
        println!("{table}");
        self.parts.push(table.to_string());
    }

    pub(crate) fn chart(&mut self, mut chart: Chart) {
        let last = |line: &(_, Vec<f64>)| line.1.last().copied().unwrap_or_default();
        chart.lines.sort_by(|one, other| last(one).total_cmp(&last(other)));
        self.parts.push(chart.to_string());
    }

    /// What was found should be no more than a limit.
    pub(crate) fn target(&mut self, what: impl Into<String>, limit: f64, found: f64) {
        self.targets.push(Target { what: what.into(), limit: Limit::AtMost(limit), found });
    }

    /// What was found should be no less than a limit.
    pub(crate) fn at_least(&mut self, what: impl Into<String>, limit: f64, found: f64) {
        self.targets.push(Target { what: what.into(), limit: Limit::AtLeast(limit), found });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.targets.is_empty() {
            write!(f, "{}", targets(&self.targets))?;
        }
        self.parts.iter().try_for_each(|part| f.write_str(part))
    }
}

fn targets(targets: &[Target]) -> Table {
    let row = |target: &Target| {
        let verdict = if target.limit.allows(target.found) { "met" } else { "**missed**" };
        vec![target.what.clone(), target.limit.to_string(), ratio(target.found), verdict.to_owned()]
    };
    Table {
        title: "Targets",
        about: "Multiples of the floor, unless another unit is named.",
        columns: columns(["what", "target", "found", ""]),
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

impl fmt::Display for Chart {
    /// As Mermaid, which GitHub draws.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.lines.iter().map(|(name, _)| *name).collect();
        writeln!(f, "From the lowest line upwards, at its right end: {}.\n", names.join(", "))?;
        writeln!(f, "```mermaid\nxychart-beta\n    title \"{}\"", self.title)?;
        writeln!(f, "    x-axis {:?}\n    y-axis \"{}\"", self.x, self.y)?;
        for (_, values) in &self.lines {
            let values: Vec<_> = values.iter().map(|value| format!("{value:.3}")).collect();
            writeln!(f, "    line [{}]", values.join(", "))?;
        }
        writeln!(f, "```\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_told_to_the_hundredth_and_large_ones_in_whole() {
        assert_eq!(ratio(1.004), "1.00");
        assert_eq!(ratio(9.99), "9.99");
        assert_eq!(ratio(163.4), "163");
    }

    #[test]
    fn target_is_met_up_to_its_limit_and_missed_above_it() {
        for (found, verdict) in [(1.1, "| met |"), (1.11, "| **missed** |")] {
            let mut report = Report::default();
            report.target("something", 1.1, found);
            assert!(report.to_string().contains(verdict), "{report}");
        }
    }

    #[test]
    fn target_that_is_the_least_is_met_from_it_on_and_missed_below() {
        for (found, verdict) in [(2.0, "| ≥ 2.00 | 2.00 | met |"), (1.99, "| **missed** |")] {
            let mut report = Report::default();
            report.at_least("something", 2.0, found);
            assert!(report.to_string().contains(verdict), "{report}");
        }
    }
}
