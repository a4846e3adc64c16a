//! A table in markdown, ready for docs/performance.md.

use std::fmt;

pub(crate) struct Table {
    columns: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(titles: &[&str]) -> Self {
        Self { columns: titles.len(), rows: vec![titles.iter().map(|title| (*title).to_owned()).collect()] }
    }

    /// Adds a row and shows it at once: a run takes minutes.
    pub(crate) fn push(&mut self, cells: Vec<String>) {
        println!("{}", cells.join("  "));
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            write!(f, "| {} |", row.join(" | "))?;
            if number == 0 {
                write!(f, "\n|{}", "---|".repeat(self.columns))?;
            }
        }
        Ok(())
    }
}

/// A bar and whether it is met, as two cells.
pub(crate) fn judged(bar: Option<(&str, bool)>) -> [String; 2] {
    match bar {
        Some((bar, true)) => [bar.to_owned(), "yes".to_owned()],
        Some((bar, false)) => [bar.to_owned(), "**no**".to_owned()],
        None => ["-".to_owned(), "-".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["a", "b"]);
        table.push(vec!["1".into(), "2".into()]);
        assert_eq!(table.to_string(), "| a | b |\n|---|---|\n| 1 | 2 |");
    }
}
