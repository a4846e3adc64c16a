//! Images, versions and licences, as the publisher records them.

use async_trait::async_trait;

use super::unit::Unit;
use crate::Timestamp;
use crate::id::{ImageId, TenantId};
use crate::image::{Image, ImageName, Publications, Version, VersionName, VersionStatus};
use crate::store::{Constraint, StoreError};

#[async_trait]
impl Publications for Unit {
    async fn find_image_by_name(&self, name: &ImageName) -> Result<Option<Image>, StoreError> {
        Ok(self.look().images.values().find(|image| image.name == *name).cloned())
    }

    async fn insert_image(&self, image: &Image, _at: Timestamp) -> Result<(), StoreError> {
        if self.find_image_by_name(&image.name).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::ImageName));
        }
        self.change(|state| state.images.insert(image.id, image.clone()));
        Ok(())
    }

    async fn update_image(&self, image: &Image, _at: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.images.get_mut(&image.id) {
                *stored = image.clone();
            }
        });
        Ok(())
    }

    async fn lock_version(&self, image: ImageId, name: &VersionName) -> Result<Option<Version>, StoreError> {
        let named = |version: &&Version| version.image == image && version.name == *name;
        Ok(self.look().versions.values().find(named).cloned())
    }

    async fn insert_version(&self, version: &Version) -> Result<(), StoreError> {
        if self.lock_version(version.image, &version.name).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::VersionName));
        }
        self.change(|state| state.versions.insert(version.id, version.clone()));
        Ok(())
    }

    async fn deprecate_version(&self, version: &Version, reason: &str, since: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.versions.get_mut(&version.id) {
                stored.status = VersionStatus::Deprecated { reason: reason.to_owned(), since };
            }
        });
        Ok(())
    }

    async fn grant_license(&self, tenant: TenantId, image: ImageId, _at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.change(|state| state.licenses.insert((tenant, image))))
    }

    async fn revoke_license(&self, tenant: TenantId, image: ImageId) -> Result<bool, StoreError> {
        Ok(self.change(|state| state.licenses.remove(&(tenant, image))))
    }
}
