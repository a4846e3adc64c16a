//! `scan import`.

use clap::{Args, Subcommand};
use podarmor_domain::Timestamp;
use podarmor_domain::image::{ImageName, VersionName};
use podarmor_domain::scan::{Recorded, Report};
use serde_json::json;

use super::import::{Input, name_the_option, warn_of_digest};
use super::{Failure, Session, args, counts};
use crate::console::{Answer, Console};
use crate::{documents, scope};

#[derive(Debug, Subcommand)]
pub(super) enum Scan {
    /// Record a report of `grype -o json` as a scan of a version; the same again changes nothing
    Import(Import),
}

#[derive(Debug, Args)]
pub(super) struct Import {
    #[arg(value_name = "IMAGE", value_parser = args::image_name)]
    image: ImageName,
    #[arg(value_name = "VERSION", value_parser = args::version_name)]
    version: VersionName,
    #[command(flatten)]
    input: Input,
    /// When the scan ran (RFC 3339), where the report does not say
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    scanned_at: Option<Timestamp>,
    /// Refuse a report about another digest than the version's
    #[arg(long)]
    require_digest_match: bool,
}

/// An import whose report is read.
pub(super) struct Job {
    import: Import,
    report: Report,
}

impl Scan {
    pub(super) fn prepare(self, console: Console) -> Result<Job, Failure> {
        let Self::Import(import) = self;
        let report = import.input.read(console, |bytes| documents::read_report(&bytes))?;
        Ok(Job { import, report })
    }
}

impl Job {
    pub(super) async fn run(self, session: &Session, console: Console) -> Result<Answer, Failure> {
        let Import { image, version, scanned_at, require_digest_match, .. } = self.import;
        let scans = &session.publisher.scans;
        let recorded =
            scans.record(scope::publisher(), &image, &version, self.report, scanned_at, require_digest_match).await;
        let recorded = recorded.map_err(name_the_option)?;
        warn_of_digest(console, "report", recorded.digest_differs);
        Ok(answer(&image, recorded))
    }
}

fn answer(image: &ImageName, recorded: Recorded) -> Answer {
    let Recorded { scan, version, digest_differs, latest } = recorded;
    let outcome = scan.outcome();
    let scan = scan.into_inner();
    let place = if latest { "the latest" } else { "an earlier one" };
    let text = format!(
        "{outcome} scan of {image} {}, {place}, by {} {} at {}, id {}\n{}",
        version.name,
        scan.scanner.name,
        scan.scanner.version,
        scan.scanned_at,
        scan.id,
        counts::text(&scan.counts),
    );
    let json = json!({
        "outcome": outcome,
        "id": scan.id.to_string(),
        "image": image.as_str(),
        "version": version.name.as_str(),
        "versionId": version.id.to_string(),
        "scannedAt": scan.scanned_at.to_string(),
        "latest": latest,
        "digestDiffers": digest_differs,
        "sha256": scan.content.to_string(),
        "scanner": {
            "name": scan.scanner.name,
            "version": scan.scanner.version,
            "dbBuiltAt": scan.scanner.db_built_at.map(|at| at.to_string()),
        },
        "counts": counts::json(&scan.counts),
        "changes": {"appeared": scan.changes.appeared, "resolved": scan.changes.resolved},
    });
    Answer { text, json }
}
