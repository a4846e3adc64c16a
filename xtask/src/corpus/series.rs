//! Reports of one image on several days (`series-IMAGE-YYYY-MM-DD.json`): imported into one version they are its history.

use std::collections::BTreeMap;

use serde_json::Value;

use super::report::{counts, difference, timestamp};
use super::{Case, Document, Format};
use crate::failure::Outcome;
use crate::portal::{Portal, Session, image_name};

const VERSION: &str = "1.0.0-r0";

struct Series<'a> {
    image: String,
    /// Oldest first
    reports: Vec<&'a Document>,
}

pub(super) fn cases(documents: &[Document]) -> Vec<Box<dyn Case + '_>> {
    let mut series: BTreeMap<&str, Vec<&Document>> = BTreeMap::new();
    for report in documents.iter().filter(|document| document.format == Format::Grype) {
        if let Some(name) = series_of(report.file_name()) {
            series.entry(name).or_default().push(report);
        }
    }
    series
        .into_iter()
        .map(|(name, reports)| Box::new(Series { image: image_name("", name), reports }) as Box<dyn Case>)
        .collect()
}

/// The name without the day.
fn series_of(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".json")?;
    let day = "-YYYY-MM-DD".len();
    stem.starts_with("series-").then(|| stem.get(..stem.len().checked_sub(day)?)).flatten()
}

impl Case for Series<'_> {
    fn name(&self) -> String {
        format!("{} (history)", self.image)
    }

    /// The newest first: a report that comes late has to find its place.
    fn import(&mut self, portal: &Portal) -> Outcome {
        portal.publish(&self.image, VERSION, 1)?;
        for report in self.reports.iter().rev() {
            portal.run(&["scan", "import", &self.image, VERSION, &report.path_text()])?;
        }
        // The same again changes nothing.
        for report in &self.reports {
            portal.run(&["scan", "import", &self.image, VERSION, &report.path_text()])?;
        }
        Ok(())
    }

    fn compare(&self, session: &Session, images: &[Value]) -> Outcome<String> {
        let (place, version) = session.only_version(images, &self.image)?;
        let points = session.list(&place.below("scan-history"))?;
        if points.len() != self.reports.len() {
            return Err(format!("{} points, not {}", points.len(), self.reports.len()));
        }
        let mut totals = Vec::new();
        for (point, report) in points.iter().zip(&self.reports) {
            let expected = counts(&report.json);
            if let Some(wrong) = difference(&point["counts"], &expected) {
                return Err(format!("{}: {wrong}", report.name));
            }
            if !same_second(point["scannedAt"].as_str(), timestamp(&report.json)) {
                return Err(format!("{}: scannedAt is {}", report.name, point["scannedAt"]));
            }
            totals.push(expected["total"].to_string());
        }
        let newest = self.reports.last().map(|report| counts(&report.json)).unwrap_or_default();
        match difference(&version["counts"], &newest) {
            Some(wrong) => Err(format!("of the version: {wrong}")),
            None => Ok(totals.join(" → ")),
        }
    }
}

/// Both in UTC, compared without the fraction, which a portal may shorten.
fn same_second(left: Option<&str>, right: Option<&str>) -> bool {
    let second = |time: &str| time.get(.."YYYY-MM-DDTHH:MM:SS".len()).map(str::to_owned);
    match (left.and_then(second), right.and_then(second)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::series_of;

    #[test]
    fn a_series_is_named_without_the_day() {
        assert_eq!(series_of("series-eck-operator-2025-06-07.json"), Some("series-eck-operator"));
        assert_eq!(series_of("nginx-2023-06.json"), None);
    }
}
