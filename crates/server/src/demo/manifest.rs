//! The demo's catalogue, as `demo/manifest.toml` tells it.

use serde::Deserialize;

use super::DemoError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    #[serde(rename = "tenant")]
    pub(super) tenants: Vec<TenantEntry>,
    #[serde(rename = "image")]
    pub(super) images: Vec<ImageEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantEntry {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) images: Vec<String>,
    #[serde(rename = "user")]
    pub(super) users: Vec<UserEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageEntry {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) description: String,
    pub(super) repository: String,
    pub(super) base_os: String,
    pub(super) kind: String,
    pub(super) hardening: Vec<String>,
    pub(super) upstream_image: Option<String>,
    pub(super) baseline: Option<BaselineEntry>,
    #[serde(rename = "version")]
    pub(super) versions: Vec<VersionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BaselineEntry {
    pub(super) file: String,
    pub(super) size_bytes: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionEntry {
    pub(super) version: String,
    pub(super) digest: String,
    pub(super) size_bytes: u64,
    pub(super) platforms: Vec<String>,
    pub(super) published_at: String,
    pub(super) deprecated_reason: Option<String>,
    pub(super) sboms: Vec<String>,
    pub(super) scans: Vec<String>,
}

impl Manifest {
    /// The one that is built in.
    pub(super) fn read() -> Result<Self, DemoError> {
        Ok(toml::from_str(super::files::MANIFEST)?)
    }

    /// The files it names.
    #[cfg(test)]
    pub(super) fn files(&self) -> impl Iterator<Item = &String> {
        self.images.iter().flat_map(|image| {
            let versions = image.versions.iter().flat_map(|version| version.sboms.iter().chain(&version.scans));
            versions.chain(image.baseline.iter().map(|baseline| &baseline.file))
        })
    }
}
