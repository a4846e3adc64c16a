//! `version publish`, `version deprecate`.

use clap::{Args, Subcommand};
use podarmor_domain::Timestamp;
use podarmor_domain::image::{Digest, ImageName, NewVersion, Platform, Published, VersionName, VersionStatus};
use serde_json::json;

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum Version {
    /// Publish an immutable version
    Publish(Publish),
    /// Mark a version as one that should not be used any more
    Deprecate {
        #[arg(value_name = "IMAGE", value_parser = args::image_name)]
        image: ImageName,
        #[arg(value_name = "VERSION", value_parser = args::version_name)]
        version: VersionName,
        /// Why, in one line
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Publish {
    #[arg(value_name = "IMAGE", value_parser = args::image_name)]
    image: ImageName,
    #[arg(value_name = "VERSION", value_parser = args::version_name)]
    version: VersionName,
    /// The manifest digest, sha256:…
    #[arg(long, value_parser = args::digest)]
    digest: Digest,
    /// Compressed size
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    size: u64,
    /// What it runs on; can be given several times
    #[arg(long, value_parser = args::platform, default_value = "linux/amd64")]
    platform: Vec<Platform>,
    /// Since when it can be pulled (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", value_parser = args::time)]
    published_at: Option<Timestamp>,
}

impl Version {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let publishing = &session.publisher.publishing;
        match self {
            Self::Publish(Publish { image, version, digest, size, platform, published_at }) => {
                let new = NewVersion { name: version, digest, size_bytes: size, platforms: platform, published_at };
                Ok(answer(&image, publishing.publish_version(scope::publisher(), &image, new).await?))
            }
            Self::Deprecate { image, version, reason } => {
                Ok(answer(&image, publishing.deprecate_version(scope::publisher(), &image, &version, &reason).await?))
            }
        }
    }
}

fn answer(image: &ImageName, published: Published<podarmor_domain::image::Version>) -> Answer {
    let outcome = published.outcome();
    let version = published.into_inner();
    let (status, reason, since) = match &version.status {
        VersionStatus::Active => ("active", None, None),
        VersionStatus::Deprecated { reason, since } => ("deprecated", Some(reason), Some(since.to_string())),
    };
    let text = format!("{outcome} version {} of image {image} ({status}), id {}", version.name, version.id);
    let json = json!({
        "outcome": outcome,
        "id": version.id.to_string(),
        "image": image.as_str(),
        "version": version.name.as_str(),
        "digest": version.digest.as_str(),
        "sizeBytes": version.size_bytes,
        "platforms": version.platforms.iter().map(Platform::as_str).collect::<Vec<_>>(),
        "publishedAt": version.published_at.to_string(),
        "status": status,
        "deprecatedReason": reason,
        "deprecatedSince": since,
    });
    Answer { text, json }
}
