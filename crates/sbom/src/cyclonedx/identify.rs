//! CycloneDX in JSON.

use serde::Deserialize;

use crate::digest::Digests;
use crate::error::SbomError;
use crate::json::{self, Object, Version};
use crate::{Format, Identified};

/// Reads a document that has a `bomFormat`.
pub(crate) fn read(document: &[u8]) -> Result<Identified, SbomError> {
    let Object(document) = json::read::<Object<Document>>(document)?;
    if document.bom_format != "CycloneDX" {
        return Err(SbomError::Unidentified);
    }
    let component = document.metadata.and_then(|Object(metadata)| metadata.component);
    let (subject_digests, name) = component.map(|Object(component)| component.read()).unwrap_or_default();
    Ok(Identified { format: Format::CycloneDx { version: document.spec_version.0 }, subject_digests, name })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    bom_format: String,
    spec_version: Version,
    metadata: Option<Object<Metadata>>,
}

#[derive(Deserialize)]
struct Metadata {
    component: Option<Object<Component>>,
}

/// What the document describes.
#[derive(Deserialize)]
struct Component {
    r#type: Option<String>,
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    hashes: Option<Vec<Object<Hash>>>,
}

#[derive(Deserialize)]
struct Hash {
    alg: Option<String>,
    content: Option<String>,
}

impl Component {
    /// Its digests, if it is an image, and its name.
    fn read(self) -> (Vec<String>, Option<String>) {
        let mut digests = Digests::default();
        if self.r#type.as_deref() == Some("container") {
            digests.add(self.version.as_deref().unwrap_or_default());
            digests.add_purl(self.purl.as_deref().unwrap_or_default());
            for Object(hash) in self.hashes.into_iter().flatten() {
                if hash.alg.as_deref() == Some("SHA-256") {
                    digests.add_hex(hash.content.as_deref().unwrap_or_default());
                }
            }
        }
        (digests.into_vec(), self.name)
    }
}
