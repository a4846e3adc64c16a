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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{digest, scanner};

    #[test]
    fn the_command_repeats_the_scan_of_that_very_image() {
        let digest = digest("upstream");
        let other = format!("@sha256:{}", "0".repeat(64));
        for (reference, name) in [
            ("debian", "debian"),
            ("debian:12", "debian"),
            ("docker.io/library/debian:12", "docker.io/library/debian"),
            ("registry.example:5000/debian", "registry.example:5000/debian"),
            ("registry.example:5000/debian:12", "registry.example:5000/debian"),
            (&format!("debian{other}"), "debian"),
            (&format!("registry.example:5000/debian:12{other}"), "registry.example:5000/debian"),
        ] {
            let baseline = |digest| Baseline {
                id: BaselineId::from_uuid(uuid::Uuid::nil()),
                image: ImageId::from_uuid(uuid::Uuid::nil()),
                upstream_image: ImageReference::parse("upstreamImage", reference).unwrap(),
                digest,
                scanned_at: Timestamp::EPOCH,
                scanner: scanner(),
                content: Sha256::of(b""),
                counts: Counts::default(),
                size_bytes: 0,
            };
            assert_eq!(baseline(Some(digest.clone())).command(), format!("grype {name}@{digest} -o json"));
            assert_eq!(baseline(None).command(), format!("grype {reference} -o json"));
        }
    }
}
