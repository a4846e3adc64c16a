//! Everything that is stored, and the rules that follow from it: who sees what, and which
//! version is the latest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::Timestamp;
use crate::access::{AddressKey, NewSession, NewUser};
use crate::baseline::Baseline;
use crate::id::{ImageId, ScanId, TenantId, UserId, VersionId};
use crate::image::{Image, ImageSummary, Version, VersionStatus};
use crate::sbom::SbomRecord;
use crate::scan::{Finding, Scan};
use crate::tenant::Tenant;

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) tenants: BTreeMap<TenantId, Tenant>,
    pub(super) users: BTreeMap<UserId, NewUser>,
    pub(super) disabled: BTreeSet<UserId>,
    pub(super) sessions: Vec<NewSession>,
    pub(super) attempts: HashMap<AddressKey, Vec<Timestamp>>,
    pub(super) images: BTreeMap<ImageId, Image>,
    pub(super) licenses: BTreeSet<(TenantId, ImageId)>,
    pub(super) versions: BTreeMap<VersionId, Version>,
    pub(super) scans: BTreeMap<ScanId, StoredScan>,
    /// In the order of import: the last of a format is the current one.
    pub(super) sboms: Vec<(SbomRecord, Arc<[u8]>)>,
    pub(super) baselines: Vec<Baseline>,
}

#[derive(Clone)]
pub(super) struct StoredScan {
    pub(super) scan: Scan,
    pub(super) findings: Arc<[Finding]>,
}

impl State {
    /// The image, if the tenant is licensed for it.
    pub(super) fn licensed(&self, tenant: TenantId, image: ImageId) -> Option<&Image> {
        self.licenses.contains(&(tenant, image)).then(|| self.images.get(&image)).flatten()
    }

    /// The version, if the tenant is licensed for its image.
    pub(super) fn licensed_version(&self, tenant: TenantId, version: VersionId) -> Option<(&Image, &Version)> {
        let version = self.versions.get(&version)?;
        Some((self.licensed(tenant, version.image)?, version))
    }

    /// The version, if it is one of this image and the tenant is licensed for it.
    pub(super) fn version_of(
        &self,
        tenant: TenantId,
        image: ImageId,
        version: VersionId,
    ) -> Option<(&Image, &Version)> {
        self.licensed_version(tenant, version).filter(|(_, version)| version.image == image)
    }

    /// The versions of an image, newest first.
    pub(super) fn versions_of(&self, image: ImageId) -> Vec<&Version> {
        let mut versions: Vec<_> = self.versions.values().filter(|version| version.image == image).collect();
        versions.sort_unstable_by_key(|version| std::cmp::Reverse((version.published_at, version.id)));
        versions
    }

    /// An image as it stands in a list.
    pub(super) fn summary(&self, image: &Image) -> ImageSummary {
        let versions = self.versions_of(image.id);
        let latest = versions
            .iter()
            .copied()
            .max_by_key(|version| (version.status == VersionStatus::Active, version.published_at, version.id));
        ImageSummary { image: image.clone(), version_count: versions.len() as u64, latest: latest.cloned() }
    }
}
