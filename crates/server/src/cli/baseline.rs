//! `baseline import`.

use clap::{Args, Subcommand};
use podarmor_domain::Timestamp;
use podarmor_domain::image::{Digest, ImageName, Published};
use podarmor_domain::scan::Report;
use serde_json::json;

use super::import::{Input, name_the_option};
use super::{Failure, Session, args, counts};
use crate::console::{Answer, Console};
use crate::{documents, scope};

#[derive(Debug, Subcommand)]
pub(super) enum Baseline {
    /// Record a report of the upstream image that an image replaces; the same again changes nothing
    Import(Import),
}

#[derive(Debug, Args)]
pub(super) struct Import {
    #[arg(value_name = "IMAGE", value_parser = args::image_name)]
    image: ImageName,
    #[command(flatten)]
    input: Input,
    /// The size of the upstream image
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    size: u64,
    /// When the scan ran (RFC 3339), where the report does not say
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    scanned_at: Option<Timestamp>,
}

/// An import whose report is read.
pub(super) struct Job {
    import: Import,
    report: Report,
}

impl Baseline {
    pub(super) fn prepare(self, console: Console) -> Result<Job, Failure> {
        let Self::Import(import) = self;
        let report = import.input.read(console, |bytes| documents::read_report(&bytes))?;
        Ok(Job { import, report })
    }
}

impl Job {
    pub(super) async fn run(self, session: &Session, _console: Console) -> Result<Answer, Failure> {
        let Import { image, size, scanned_at, .. } = self.import;
        let baselines = &session.publisher.baselines;
        let recorded = baselines.record(scope::publisher(), &image, self.report, scanned_at, size).await;
        Ok(answer(&image, recorded.map_err(name_the_option)?))
    }
}

fn answer(image: &ImageName, recorded: Published<podarmor_domain::baseline::Baseline>) -> Answer {
    let outcome = recorded.outcome();
    let baseline = recorded.into_inner();
    let text = format!(
        "{outcome} baseline of {image}: {} at {}, id {}\n{}",
        baseline.upstream_image,
        baseline.scanned_at,
        baseline.id,
        counts::text(&baseline.counts),
    );
    let json = json!({
        "outcome": outcome,
        "id": baseline.id.to_string(),
        "image": image.as_str(),
        "upstreamImage": baseline.upstream_image.as_str(),
        "digest": baseline.digest.as_ref().map(Digest::as_str),
        "scannedAt": baseline.scanned_at.to_string(),
        "sizeBytes": baseline.size_bytes,
        "sha256": baseline.content.to_string(),
        "counts": counts::json(&baseline.counts),
    });
    Answer { text, json }
}
