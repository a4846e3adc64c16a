//! `sbom import`.

use clap::Args;
use podarmor_domain::image::{ImageName, VersionName};
use podarmor_domain::sbom::{SbomDocument, SbomImport};
use serde_json::json;

use crate::cli::import::{Input, warn_of_digest};
use crate::cli::{Failure, Session, args};
use crate::console::{Answer, Console};
use crate::{documents, scope};

#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    #[arg(value_name = "IMAGE", value_parser = args::image_name)]
    image: ImageName,
    #[arg(value_name = "VERSION", value_parser = args::version_name)]
    version: VersionName,
    #[command(flatten)]
    input: Input,
    /// Refuse a document about another digest than the version's
    #[arg(long)]
    require_digest_match: bool,
}

/// An import whose document is read.
pub(in crate::cli) struct Job {
    import: Import,
    document: SbomDocument,
}

impl Import {
    pub(in crate::cli) fn prepare(self, console: Console) -> Result<Job, Failure> {
        let document = self.input.read(console, documents::read_sbom)?;
        Ok(Job { import: self, document })
    }
}

impl Job {
    pub(in crate::cli) async fn run(self, session: &Session, console: Console) -> Result<Answer, Failure> {
        let Import { image, version, require_digest_match, .. } = self.import;
        let sboms = &session.publisher.sboms;
        let imported = sboms.import(scope::publisher(), &image, &version, &self.document, require_digest_match).await?;
        warn_of_digest(console, "SBOM", imported.digest_differs);
        Ok(answer(&image, &version, imported))
    }
}

fn answer(image: &ImageName, version: &VersionName, imported: SbomImport) -> Answer {
    let outcome = imported.record.outcome();
    let record = imported.record.into_inner();
    let text = format!(
        "{outcome} {} SBOM of {image} {version}, {} bytes, id {}\nsha256 {}",
        record.format, record.size_bytes, record.id, record.content,
    );
    let json = json!({
        "outcome": outcome,
        "id": record.id.to_string(),
        "image": image.as_str(),
        "version": version.as_str(),
        "versionId": record.version.to_string(),
        "format": record.format.as_str(),
        "sizeBytes": record.size_bytes,
        "sha256": record.content.to_string(),
        "importedAt": record.imported_at.to_string(),
        "digestDiffers": imported.digest_differs,
    });
    Answer { text, json }
}
