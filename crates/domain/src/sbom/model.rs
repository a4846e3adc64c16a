//! What an SBOM document is here.

use crate::id::{SbomId, VersionId};
use crate::image::{Digest, ImageName, VersionName};
use crate::macros::words;
use crate::{Sha256, Timestamp};

words! {
    /// A format and version that is served verbatim.
    SbomFormat {
        /// SPDX 2.3, JSON.
        Spdx23 = "spdx-2.3",
        /// CycloneDX 1.5, JSON.
        CycloneDx15 = "cyclonedx-1.5",
    }
}

impl SbomFormat {
    /// The media type of the document.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Spdx23 => "application/spdx+json",
            Self::CycloneDx15 => "application/vnd.cyclonedx+json; version=1.5",
        }
    }

    /// The name to save it under. Image and version names hold nothing that a header or a file
    /// system would take amiss.
    #[must_use]
    pub fn file_name(self, image: &ImageName, version: &VersionName) -> String {
        let ending = match self {
            Self::Spdx23 => "spdx.json",
            Self::CycloneDx15 => "cdx.json",
        };
        // 255 bytes are what file systems take; two names of 128 can exceed that.
        let stem: String = format!("{image}-{version}").chars().take(255 - 1 - ending.len()).collect();
        format!("{stem}.{ending}")
    }
}

/// A document about to be kept.
#[derive(Clone, Debug)]
pub struct SbomDocument {
    /// Its format.
    pub format: SbomFormat,
    /// The decompressed document.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub content: Sha256,
    /// The image digests it names as its subject.
    pub subject_digests: Vec<Digest>,
}

/// What is known of a kept document, without the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SbomRecord {
    /// Its id.
    pub id: SbomId,
    /// The version it describes.
    pub version: VersionId,
    /// Its format.
    pub format: SbomFormat,
    /// The hash of the decompressed document.
    pub content: Sha256,
    /// The length of the decompressed document in bytes.
    pub size_bytes: u64,
    /// When it was imported.
    pub imported_at: Timestamp,
}

/// A kept document, as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SbomContent {
    /// As it was imported.
    Identity(Vec<u8>),
    /// One zstd frame (RFC 8878) of what was imported.
    Zstd(Vec<u8>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{image_name, version_name};

    #[test]
    fn the_file_is_named_after_image_version_and_format() {
        let name = |format: SbomFormat| format.file_name(&image_name("java17-deploy"), &version_name("17.0.19-r0"));
        assert_eq!(name(SbomFormat::Spdx23), "java17-deploy-17.0.19-r0.spdx.json");
        assert_eq!(name(SbomFormat::CycloneDx15), "java17-deploy-17.0.19-r0.cdx.json");
    }

    #[test]
    fn no_file_name_is_longer_than_file_systems_take() {
        for format in SbomFormat::ALL {
            for (image, version) in [(1, 1), (128, 128), (128, 115), (128, 116), (128, 117), (128, 118)] {
                let (image, version) = (image_name(&"a".repeat(image)), version_name(&"9".repeat(version)));
                let name = format.file_name(&image, &version);
                assert!(name.len() <= 255, "{}", name.len());
                assert!(name.ends_with(".spdx.json") || name.ends_with(".cdx.json"));
                assert!(name.starts_with(&format!("{image}-9")));
            }
        }
        let longest = SbomFormat::Spdx23.file_name(&image_name(&"a".repeat(128)), &version_name(&"9".repeat(128)));
        assert_eq!(longest.len(), 255);
    }
}
