//! Requests a second for the list of images and for one image.

use std::path::Path;
use std::time::Duration;

use super::bare;
use super::load::{Load, Rate};
use super::table::{Table, judged};
use crate::failure::Outcome;
use crate::portal::{Server, Session};

const CONNECTIONS: usize = 64;
const LIST: &str = "/api/docker-images";
/// Of the bare handler; the list only.
const LIST_BAR: f64 = 0.03;

pub(crate) fn measure(server: &Server, database: &str, bare: &Path, duration: Duration, rates: &mut Table) -> Outcome {
    let session = Session::sign_in(server)?;
    let images = session.list(LIST)?;
    let scanned = images.iter().find(|image| image["latestVersion"]["counts"].is_object());
    let id = scanned.and_then(|image| image["id"].as_str()).ok_or("no scanned image to ask for")?;
    let detail = format!("{LIST}/{id}");
    for (what, path, bar) in [("image list, 50", LIST, Some(LIST_BAR)), ("image detail", &detail, None)] {
        let answer = session.get(path)?;
        let headers = session.headers();
        let load = Load { address: &server.address, path, headers: &headers, connections: CONNECTIONS, duration };
        let ours = load.measure()?;
        let reference = bare::rate(bare, &answer, &headers, CONNECTIONS, duration)?;
        let what = format!("{what} ({:.1} kB)", answer.body.len() as f64 / 1000.0);
        rates.push(row(&what, database, &ours, "bare handler", &reference, bar));
    }
    Ok(())
}

/// One row of the table of rates.
pub(super) fn row(
    what: &str,
    database: &str,
    ours: &Rate,
    reference_name: &str,
    reference: &Rate,
    bar: Option<f64>,
) -> Vec<String> {
    let ratio = ours.per_second / reference.per_second;
    let bar = bar.map(|bar| (format!("≥ {:.0} %", bar * 100.0), ratio >= bar));
    let mut cells = vec![
        what.to_owned(),
        database.to_owned(),
        format!("{:.0}", ours.per_second),
        milliseconds(ours.median),
        milliseconds(ours.p99),
        reference_name.to_owned(),
        format!("{:.0}", reference.per_second),
        format!("{:.1} %", ratio * 100.0),
    ];
    cells.extend(judged(bar.as_ref().map(|(bar, met)| (bar.as_str(), *met))));
    cells
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
