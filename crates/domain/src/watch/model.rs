//! What a watch is.

use crate::Timestamp;
use crate::id::{ImageId, UserId, VersionId, WatchId};
use crate::image::{ImageName, VersionName};
use crate::scan::{FixState, Package, Severity, VulnerabilityId};
use crate::text::{lines, text_type};

text_type! {
    /// Why something is watched: up to 1,000 characters.
    WatchNote, |path, text| lines(path, text, 1_000)
}

/// A watch on a vulnerability, one a tenant and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Its id.
    pub id: WatchId,
    /// What is watched.
    pub vulnerability: VulnerabilityId,
    /// Why.
    pub note: Option<WatchNote>,
    /// Since when.
    pub created_at: Timestamp,
    /// By whom; `None` once that user is gone.
    pub created_by: Option<UserId>,
}

/// Where a watched vulnerability is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchMatch {
    /// The image.
    pub image: ImageId,
    /// Its name.
    pub image_name: ImageName,
    /// The version.
    pub version: VersionId,
    /// Its name.
    pub version_name: VersionName,
    /// The id under which the scanner reports it: the watched one or an alias.
    pub vulnerability: String,
    /// The package.
    pub package: Package,
    /// How bad it is.
    pub severity: Severity,
    /// Whether there is a fix.
    pub fix_state: FixState,
    /// The versions that fix it.
    pub fixed_in: Vec<String>,
    /// When the scan ran since which every scan of the version shows it.
    pub since: Timestamp,
}

/// A watch with its matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The watch.
    pub watch: Watch,
    /// The first [`Watched::SHOWN`] matches by image name, version (most recently published
    /// first, ties by id) and position.
    pub matches: Vec<WatchMatch>,
    /// How many matches there are.
    pub match_count: u64,
}

impl Watched {
    /// How many matches are carried.
    pub const SHOWN: u32 = 100;
}

/// The place of a watch in the tenant's list, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchPosition(pub WatchId);
