//! The versions that a tenant sees.

use async_trait::async_trait;

use super::{Reads, capped};
use crate::id::{ImageId, VersionId};
use crate::image::{Image, Version, VersionPosition, Versions};
use crate::paging::PageRequest;
use crate::store::StoreError;

#[async_trait]
impl Versions for Reads {
    async fn list_versions(
        &self,
        image: ImageId,
        page: &PageRequest<VersionPosition>,
    ) -> Result<Option<Vec<Version>>, StoreError> {
        let state = self.shared.snapshot();
        if state.licensed(self.tenant, image).is_none() {
            return Ok(None);
        }
        let behind = |version: &Version| {
            page.after.is_none_or(|after| (version.published_at, version.id) < (after.published_at, after.id))
        };
        let found = state.versions_of(image).into_iter().filter(|version| behind(version));
        Ok(Some(found.take(page.limit.get() as usize + 1).cloned().collect()))
    }

    async fn count_versions(&self, image: ImageId, stop_at: u64) -> Result<u64, StoreError> {
        let state = self.shared.snapshot();
        let licensed = state.licensed(self.tenant, image);
        Ok(licensed.map_or(0, |image| capped(state.versions_of(image.id).len(), stop_at)))
    }

    async fn find_version(&self, image: ImageId, version: VersionId) -> Result<Option<(Image, Version)>, StoreError> {
        let state = self.shared.snapshot();
        Ok(state.version_of(self.tenant, image, version).map(|(image, version)| (image.clone(), version.clone())))
    }
}
