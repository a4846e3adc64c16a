//! The table of reports in the corpus README: what somebody else counted.

use std::collections::BTreeMap;
use std::path::Path;

use super::Document;
use super::report::Figures;
use crate::failure::{Context, Outcome};

/// By file name.
pub(crate) type Table = BTreeMap<String, Figures>;

const COLUMNS: [&str; 5] = ["file", "matches", "distinct ids", "by severity", "by fix.state"];

pub(crate) fn read(corpus: &Path) -> Outcome<Table> {
    let file = corpus.join("README.md");
    let text = std::fs::read_to_string(&file).context(file.display())?;
    parse(&text).ok_or_else(|| format!("{}: no table with the columns {COLUMNS:?}", file.display()))
}

/// Reports that the table lists and the folder lacks.
pub(crate) fn without_file<'a>(table: &'a Table, documents: &[Document]) -> Vec<&'a str> {
    let listed = table.keys().map(String::as_str);
    listed.filter(|file| !documents.iter().any(|document| document.name == format!("grype/{file}"))).collect()
}

fn parse(text: &str) -> Option<Table> {
    let mut lines = text.lines();
    let places = lines.by_ref().find_map(|line| {
        let cells = cells(line);
        let place = |name: &str| cells.iter().position(|cell| *cell == name);
        COLUMNS.into_iter().map(place).collect::<Option<Vec<usize>>>()
    })?;
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|line| row(&cells(line), &places)).collect()
}

fn row(cells: &[&str], places: &[usize]) -> Option<(String, Figures)> {
    let mut values = places.iter().map(|place| cells.get(*place).copied());
    let file = values.next()??.to_owned();
    let figures = Figures {
        matches: values.next()??.parse().ok()?,
        distinct_ids: values.next()??.parse().ok()?,
        by_severity: breakdown(values.next()??)?,
        by_fix_state: breakdown(values.next()??)?,
    };
    Some((file, figures))
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// `High 3, (no fix object) 4` or `-`
fn breakdown(cell: &str) -> Option<BTreeMap<String, u64>> {
    if cell == "-" {
        return Some(BTreeMap::new());
    }
    cell.split(", ")
        .map(|part| {
            let (name, count) = part.rsplit_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_table_is_found_and_read() {
        let text = "words\n\n| file | size | matches | distinct ids | by severity | by fix.state |\n|---|---|---|---|---|---|\n\
                    | a.json | 1 kB | 7 | 5 | High 3, (absent) 4 | (no fix object) 7 |\n| b.json | 1 kB | 0 | 0 | - | - |\n\nmore";
        let table = parse(text).unwrap();
        assert_eq!(table.len(), 2);
        assert_eq!(table["a.json"].by_severity["(absent)"], 4);
        assert_eq!(table["a.json"].by_fix_state["(no fix object)"], 7);
        assert!(table["b.json"].by_severity.is_empty());
    }

    #[test]
    fn a_row_that_cannot_be_read_is_no_table() {
        let text = "| file | matches | distinct ids | by severity | by fix.state |\n|---|---|---|---|---|\n| a | many | 5 | - | - |\n";
        assert!(parse(text).is_none());
    }
}
