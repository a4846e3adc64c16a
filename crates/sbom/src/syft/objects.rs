//! The objects of syft's JSON, as far as they have a place in an SBOM.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{List, Object, Version};
use crate::text::Text;

/// A document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a> {
    pub(crate) schema: Object<Schema>,
    #[serde(borrow)]
    pub(crate) artifacts: List<Object<Artifact<'a>>>,
    #[serde(borrow)]
    pub(crate) artifact_relationships: Option<List<Object<ArtifactRelationship<'a>>>>,
    #[serde(borrow)]
    pub(crate) files: Option<List<Object<FileObject<'a>>>>,
    #[serde(borrow)]
    pub(crate) source: Option<Object<Source<'a>>>,
    #[serde(borrow)]
    pub(crate) distro: Option<Object<Distro<'a>>>,
    #[serde(borrow)]
    pub(crate) descriptor: Option<Object<Descriptor<'a>>>,
}

/// Which schema the document has.
#[derive(Deserialize)]
pub(crate) struct Schema {
    pub(crate) version: Version,
}

/// A package.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artifact<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    pub(crate) name: Option<Text<'a>>,
    pub(crate) version: Option<Text<'a>>,
    pub(crate) r#type: Option<Text<'a>>,
    pub(crate) found_by: Option<Text<'a>>,
    pub(crate) locations: Option<Vec<Object<Location<'a>>>>,
    pub(crate) licenses: Option<Vec<&'a RawValue>>,
    pub(crate) language: Option<Text<'a>>,
    pub(crate) cpes: Option<Vec<&'a RawValue>>,
    pub(crate) purl: Option<Text<'a>>,
    pub(crate) metadata_type: Option<Text<'a>>,
    pub(crate) metadata: Option<Object<Metadata<'a>>>,
}

/// Where something was found.
#[derive(Deserialize)]
pub(crate) struct Location<'a> {
    #[serde(borrow)]
    pub(crate) path: Option<Text<'a>>,
    #[serde(rename = "layerID")]
    pub(crate) layer_id: Option<Text<'a>>,
}

/// A licence; older releases write its name alone.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LicenseObject<'a> {
    #[serde(borrow)]
    pub(crate) value: Option<Text<'a>>,
    pub(crate) spdx_expression: Option<Text<'a>>,
    pub(crate) r#type: Option<Text<'a>>,
    pub(crate) contents: Option<Text<'a>>,
}

/// A CPE; older releases write its name alone.
#[derive(Deserialize)]
pub(crate) struct CpeObject<'a> {
    #[serde(borrow)]
    pub(crate) cpe: Option<Text<'a>>,
}

/// What a package manager says of a package: the members that mean the same in all of them, by
/// whatever type each of them has.
#[derive(Deserialize)]
pub(crate) struct Metadata<'a> {
    #[serde(borrow)]
    pub(crate) maintainer: Option<&'a RawValue>,
    pub(crate) vendor: Option<&'a RawValue>,
    pub(crate) author: Option<&'a RawValue>,
    pub(crate) authors: Option<&'a RawValue>,
    pub(crate) url: Option<&'a RawValue>,
    pub(crate) homepage: Option<&'a RawValue>,
    pub(crate) description: Option<&'a RawValue>,
    pub(crate) digest: Option<&'a RawValue>,
}

/// A file.
#[derive(Deserialize)]
pub(crate) struct FileObject<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    pub(crate) location: Option<Object<Location<'a>>>,
    pub(crate) metadata: Option<Object<FileMetadata<'a>>>,
    pub(crate) digests: Option<Vec<Object<Digest<'a>>>>,
}

/// What is known of a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileMetadata<'a> {
    #[serde(borrow)]
    pub(crate) mime_type: Option<Text<'a>>,
}

/// A hash.
#[derive(Deserialize)]
pub(crate) struct Digest<'a> {
    #[serde(borrow)]
    pub(crate) algorithm: Option<Text<'a>>,
    pub(crate) value: Option<Text<'a>>,
}

/// How packages and files relate.
#[derive(Deserialize)]
pub(crate) struct ArtifactRelationship<'a> {
    #[serde(borrow)]
    pub(crate) parent: Option<Text<'a>>,
    pub(crate) child: Option<Text<'a>>,
    pub(crate) r#type: Option<Text<'a>>,
}

/// What was catalogued: older releases describe it under `target`, newer ones under `metadata`.
#[derive(Deserialize)]
pub(crate) struct Source<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    pub(crate) name: Option<Text<'a>>,
    pub(crate) version: Option<Text<'a>>,
    pub(crate) r#type: Option<Text<'a>>,
    pub(crate) target: Option<&'a RawValue>,
    pub(crate) metadata: Option<&'a RawValue>,
}

/// What is known of an image.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described<'a> {
    #[serde(borrow)]
    pub(crate) user_input: Option<Text<'a>>,
    #[serde(rename = "imageID")]
    pub(crate) image_id: Option<Text<'a>>,
    pub(crate) manifest_digest: Option<Text<'a>>,
    pub(crate) tags: Option<Vec<Text<'a>>>,
    pub(crate) repo_digests: Option<Vec<Text<'a>>>,
    pub(crate) architecture: Option<Text<'a>>,
    pub(crate) os: Option<Text<'a>>,
}

/// The operating system that was found.
#[derive(Deserialize)]
pub(crate) struct Distro<'a> {
    #[serde(borrow, rename = "prettyName")]
    pub(crate) pretty_name: Option<Text<'a>>,
    pub(crate) name: Option<Text<'a>>,
    pub(crate) id: Option<Text<'a>>,
    #[serde(rename = "versionID")]
    pub(crate) version_id: Option<Text<'a>>,
    #[serde(rename = "versionCodename")]
    pub(crate) version_codename: Option<Text<'a>>,
    #[serde(rename = "homeURL")]
    pub(crate) home_url: Option<Text<'a>>,
    #[serde(rename = "supportURL")]
    pub(crate) support_url: Option<Text<'a>>,
    #[serde(rename = "bugReportURL")]
    pub(crate) bug_report_url: Option<Text<'a>>,
    #[serde(rename = "cpeName")]
    pub(crate) cpe_name: Option<Text<'a>>,
}

/// The tool.
#[derive(Deserialize)]
pub(crate) struct Descriptor<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) version: Option<Text<'a>>,
}

/// A string; `None` for every other type.
pub(crate) fn string<'a>(json: Option<&'a RawValue>) -> Option<Text<'a>> {
    serde_json::from_str::<Text<'a>>(json?.get()).ok().filter(|text| !text.trim().is_empty())
}

/// An object of that shape; `None` for everything else.
pub(crate) fn shaped<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str::<Object<T>>(json.get()).ok().map(|object| object.0)
}
