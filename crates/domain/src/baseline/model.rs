//! What a baseline is.

use crate::id::{BaselineId, ImageId};
use crate::image::{Digest, ImageReference};
use crate::scan::{Counts, Scanner};
use crate::{Sha256, Timestamp};

/// A recorded scan of the upstream image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Its id.
    pub id: BaselineId,
    /// The image that replaces it.
    pub image: ImageId,
    /// The upstream image as it was given to the scanner.
    pub upstream_image: ImageReference,
    /// Its manifest digest, if the report names one.
    pub digest: Option<Digest>,
    /// When it was scanned.
    pub scanned_at: Timestamp,
    /// By what.
    pub scanner: Scanner,
    /// The hash of the report.
    pub content: Sha256,
    /// What was counted; `outstanding` of it is what upstream could fix.
    pub counts: Counts,
    /// Its size in bytes.
    pub size_bytes: u64,
}

impl Baseline {
    /// The command that repeats the scan, given the same scanner and database.
    #[must_use]
    pub fn command(&self) -> String {
        let reference = self.upstream_image.as_str();
        let name = reference.split_once('@').map_or(reference, |(name, _)| name);
        match &self.digest {
            Some(digest) => format!("grype {}@{digest} -o json", without_tag(name)),
            None => format!("grype {reference} -o json"),
        }
    }
}

/// A digest names the image; a tag beside it would only be ignored.
fn without_tag(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}
