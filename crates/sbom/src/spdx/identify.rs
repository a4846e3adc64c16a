//! SPDX 2 in JSON.

use std::collections::HashSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::DOCUMENT;
use crate::digest::Digests;
use crate::error::SbomError;
use crate::json::{self, Object, Sieve, Sift, Version};
use crate::{Format, Identified};

/// Reads a document that has an `spdxVersion`.
pub(crate) fn read(document: &[u8]) -> Result<Identified, SbomError> {
    let Object(document) = json::read::<Object<Document>>(document)?;
    let described = document.document_describes.into_iter().flatten();
    let described: HashSet<String> = described.chain(document.relationships.unwrap_or_default().0).collect();
    let mut digests = Digests::default();
    // Older releases of syft describe no package and name the document like the image.
    digests.add_reference(document.name.as_deref().unwrap_or_default());
    for package in document.packages.unwrap_or_default().0 {
        if described.contains(&package.id) {
            digests.extend(package.digests);
        }
    }
    Ok(Identified {
        format: Format::Spdx { version: document.spdx_version.0 },
        subject_digests: digests.into_vec(),
        name: document.name,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(deserialize_with = "spdx_version")]
    spdx_version: Version,
    name: Option<String>,
    document_describes: Option<Vec<String>>,
    packages: Option<Sieve<Package>>,
    relationships: Option<Sieve<Relationship>>,
}

fn spdx_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let text = String::deserialize(deserializer)?;
    let version = text.strip_prefix("SPDX-").ok_or_else(|| D::Error::custom("must be such as SPDX-2.3"))?;
    Version::parse(version)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: Option<String>,
    relationship_type: Option<String>,
    related_spdx_element: Option<String>,
}

impl Sift for Relationship {
    type Kept = String;

    /// What the document describes, whichever way round that is said.
    fn sift(self) -> Option<String> {
        let (from, to) = (self.spdx_element_id?, self.related_spdx_element?);
        match self.relationship_type?.as_str() {
            "DESCRIBES" if from == DOCUMENT => Some(to),
            "DESCRIBED_BY" if to == DOCUMENT => Some(from),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    #[serde(rename = "SPDXID")]
    id: Option<String>,
    version_info: Option<String>,
    primary_package_purpose: Option<String>,
    checksums: Option<Vec<Object<Checksum>>>,
    external_refs: Option<Vec<Object<ExternalRef>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: Option<String>,
    checksum_value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_type: Option<String>,
    reference_locator: Option<String>,
}

/// A package that has what may be the digest of an image.
struct Candidate {
    id: String,
    digests: Digests,
}

impl Sift for Package {
    type Kept = Candidate;

    fn sift(self) -> Option<Candidate> {
        let mut digests = Digests::default();
        digests.add(self.version_info.as_deref().unwrap_or_default());
        for Object(reference) in self.external_refs.into_iter().flatten() {
            if reference.reference_type.as_deref() == Some("purl") {
                digests.add_purl(reference.reference_locator.as_deref().unwrap_or_default());
            }
        }
        // A checksum is an image's digest only if the package is an image; SPDX 2.2 cannot say.
        if matches!(self.primary_package_purpose.as_deref(), None | Some("CONTAINER")) {
            for Object(checksum) in self.checksums.into_iter().flatten() {
                if checksum.algorithm.as_deref() == Some("SHA256") {
                    digests.add_hex(checksum.checksum_value.as_deref().unwrap_or_default());
                }
            }
        }
        (!digests.is_empty()).then_some(Candidate { id: self.id?, digests })
    }
}
