//! How long the largest report and the largest SBOM take to import, and how much memory.

use super::answers::milliseconds;
use super::memory::{self, Cost};
use super::table::{Table, judged};
use crate::corpus::Document;
use crate::failure::Outcome;
use crate::portal::Portal;

const VERSION: &str = "1.0.0-r0";
const REPORT_SECONDS: f64 = 1.0;
const REPORT_MB: f64 = 100.0;

pub(crate) fn measure(
    portal: &Portal,
    database: &str,
    report: &Document,
    sbom: &Document,
    costs: &mut Table,
) -> Outcome {
    portal.publish("import", VERSION, 1)?;
    let path = report.path_text();
    let cost = import(portal, &["scan", "import", "import", VERSION, &path, "--scanned-at", "2024-01-02T03:04:05Z"])
        // A report that says when it was made may not be told otherwise.
        .or_else(|_| import(portal, &["scan", "import", "import", VERSION, &path]))?;
    let met = cost.time.as_secs_f64() < REPORT_SECONDS && cost.peak_mb < REPORT_MB;
    let bar = format!("< {REPORT_SECONDS} s, < {REPORT_MB} MB");
    costs.push(row("import of report", report, database, &cost, Some((&bar, met))));

    let path = sbom.path_text();
    let cost = import(portal, &["sbom", "import", "import", VERSION, &path])?;
    costs.push(row("import of SBOM", sbom, database, &cost, None));
    Ok(())
}

fn import(portal: &Portal, arguments: &[&str]) -> Outcome<Cost> {
    memory::cost_of(&mut portal.command(arguments))
}

fn row(what: &str, document: &Document, database: &str, cost: &Cost, bar: Option<(&str, bool)>) -> Vec<String> {
    let size = document.bytes.len() as f64 / 1e6;
    let mut cells = vec![
        format!("{what} {} ({size:.2} MB)", document.file_name()),
        database.to_owned(),
        milliseconds(cost.time),
        format!("{:.1} MB peak", cost.peak_mb),
    ];
    cells.extend(judged(bar));
    cells
}
