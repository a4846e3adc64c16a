//! Every grype report, imported into an image of its own.

use serde_json::Value;

use super::report::{counts, difference, figures, timestamp};
use super::{Case, Document, Format, readme};
use crate::failure::Outcome;
use crate::portal::{Portal, Session, image_name};

const VERSION: &str = "1.0.0-r0";
/// For reports that do not say when they were made.
pub(super) const ASSUMED_TIME: &str = "2024-01-02T03:04:05Z";

struct Scan<'a> {
    report: &'a Document,
    table: &'a readme::Table,
    image: String,
}

pub(super) fn cases<'a>(documents: &'a [Document], table: &'a readme::Table) -> Vec<Box<dyn Case + 'a>> {
    let reports = documents.iter().filter(|document| document.format == Format::Grype);
    reports
        .map(|report| {
            let image = image_name("scan-", report.file_name());
            Box::new(Scan { report, table, image }) as Box<dyn Case>
        })
        .collect()
}

impl Case for Scan<'_> {
    fn name(&self) -> String {
        self.report.name.clone()
    }

    fn import(&mut self, portal: &Portal) -> Outcome {
        portal.publish(&self.image, VERSION, self.report.bytes.len())?;
        let path = self.report.path_text();
        let plain = ["scan", "import", &self.image, VERSION, &path];
        if timestamp(&self.report.json).is_some() {
            portal.run(&plain)?;
        } else {
            if portal.try_run(&plain)?.ok {
                return Err("imported, though neither it nor the caller said when it was made".into());
            }
            let timed = [plain.as_slice(), &["--scanned-at", ASSUMED_TIME]].concat();
            portal.run(&timed)?;
        }
        Ok(())
    }

    fn compare(&self, session: &Session, images: &[Value]) -> Outcome<String> {
        let counted = figures(&self.report.json);
        match self.table.get(self.report.file_name()) {
            None => return Err("README.md has no row for it".into()),
            Some(row) if *row != counted => {
                return Err(format!("README.md says {row:?}, the report itself {counted:?}"));
            }
            Some(_) => {}
        }
        let (_, version) = session.only_version(images, &self.image)?;
        if let Some(wrong) = difference(&version["counts"], &counts(&self.report.json)) {
            return Err(wrong);
        }
        Ok(format!("{} findings", counted.matches))
    }
}
