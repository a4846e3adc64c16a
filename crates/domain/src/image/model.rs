//! What an image and a version are.

use crate::Timestamp;
use crate::baseline::Baseline;
use crate::id::{ImageId, ScanId, VersionId};
use crate::image::{
    BaseOs, Digest, DisplayName, HardeningLabel, ImageName, ImageReference, Platform, Repository, VersionName,
};
use crate::macros::words;
use crate::scan::Counts;

words! {
    /// What an image is for.
    ImageKind {
        /// Has the tools to build software.
        Build = "build",
        /// Runs software, with as little beside it as possible.
        Deploy = "deploy",
    }
}

/// A hardened image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Its name, unique in the catalogue.
    pub name: ImageName,
    /// Its name for people.
    pub display_name: DisplayName,
    /// What it is, several lines.
    pub description: String,
    /// Where it is pulled from.
    pub repository: Repository,
    /// What it is built on.
    pub base_os: BaseOs,
    /// What it is for.
    pub kind: ImageKind,
    /// How it is hardened, sorted, without repetition.
    pub hardening: Vec<HardeningLabel>,
    /// The image it replaces.
    pub upstream_image: Option<ImageReference>,
}

/// What `image put` sets; whatever is `None` stays, or takes its default on a new image.
#[derive(Clone, Debug, Default)]
pub struct ImageChange {
    /// Its name for people.
    pub display_name: Option<DisplayName>,
    /// What it is.
    pub description: Option<String>,
    /// Where it is pulled from.
    pub repository: Option<Repository>,
    /// What it is built on.
    pub base_os: Option<BaseOs>,
    /// What it is for.
    pub kind: Option<ImageKind>,
    /// How it is hardened.
    pub hardening: Option<Vec<HardeningLabel>>,
    /// The image it replaces.
    pub upstream_image: Option<ImageReference>,
}

/// An image in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSummary {
    /// The image.
    pub image: Image,
    /// How many versions it has.
    pub version_count: u64,
    /// The latest: active before deprecated, then the greatest `published_at`, ties by id.
    pub latest: Option<Version>,
}

/// An image with everything its page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageDetail {
    /// The image and its latest version.
    pub summary: ImageSummary,
    /// The newest scan of the upstream image.
    pub baseline: Option<Baseline>,
    /// The newest versions, newest first, at most [`ImageDetail::VERSIONS`].
    pub versions: Vec<Version>,
}

impl ImageDetail {
    /// How many versions the detail carries; the rest is paged.
    pub const VERSIONS: u32 = 200;
}

/// Whether a version should still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionStatus {
    /// It may.
    Active,
    /// It should not.
    Deprecated {
        /// Why.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
}

/// The newest scan of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastScan {
    /// Which.
    pub id: ScanId,
    /// When it ran.
    pub scanned_at: Timestamp,
    /// What it found.
    pub counts: Counts,
}

/// An immutable version of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// The image.
    pub image: ImageId,
    /// Its name, unique within the image.
    pub name: VersionName,
    /// The manifest digest.
    pub digest: Digest,
    /// Compressed size in bytes.
    pub size_bytes: u64,
    /// What it runs on.
    pub platforms: Vec<Platform>,
    /// Since when it can be pulled.
    pub published_at: Timestamp,
    /// Whether it should still be used.
    pub status: VersionStatus,
    /// The newest scan, if it was ever scanned.
    pub last_scan: Option<LastScan>,
}

/// A version about to be published.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Its name.
    pub name: VersionName,
    /// The manifest digest.
    pub digest: Digest,
    /// Compressed size in bytes.
    pub size_bytes: u64,
    /// What it runs on.
    pub platforms: Vec<Platform>,
    /// Since when; now when `None`.
    pub published_at: Option<Timestamp>,
}
