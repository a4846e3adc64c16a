//! Keeping images and versions.

use async_trait::async_trait;

use crate::Timestamp;
use crate::id::{ImageId, TenantId, VersionId};
use crate::image::{
    Image, ImageDetail, ImageName, ImagePosition, ImageQuery, ImageSummary, Version, VersionName, VersionPosition,
};
use crate::paging::PageRequest;
use crate::store::StoreError;

/// The images that the tenant of the handle is licensed for.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Images: Send + Sync {
    /// Up to `limit + 1` images behind the position, in the order asked for. One statement.
    async fn list_images(
        &self,
        query: &ImageQuery,
        page: &PageRequest<ImagePosition>,
    ) -> Result<Vec<ImageSummary>, StoreError>;

    /// How many images match, counting to `stop_at`.
    async fn count_images(&self, query: &ImageQuery, stop_at: u64) -> Result<u64, StoreError>;

    /// One image with its newest versions. At most two statements.
    async fn find_image(&self, id: ImageId) -> Result<Option<ImageDetail>, StoreError>;
}

/// The versions of the images that the tenant of the handle is licensed for.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Versions: Send + Sync {
    /// Up to `limit + 1` versions behind the position, newest first; `None` without such an
    /// image.
    async fn list_versions(
        &self,
        image: ImageId,
        page: &PageRequest<VersionPosition>,
    ) -> Result<Option<Vec<Version>>, StoreError>;

    /// How many versions the image has, counting to `stop_at`.
    async fn count_versions(&self, image: ImageId, stop_at: u64) -> Result<u64, StoreError>;

    /// One version of one image, with the image.
    async fn find_version(&self, image: ImageId, version: VersionId) -> Result<Option<(Image, Version)>, StoreError>;
}

/// What the publisher records.
#[async_trait]
pub trait Publications: Send + Sync {
    /// The image of this name.
    async fn find_image_by_name(&self, name: &ImageName) -> Result<Option<Image>, StoreError>;

    /// Records a new image. [`StoreError::Conflict`] when the name is taken.
    async fn insert_image(&self, image: &Image, at: Timestamp) -> Result<(), StoreError>;

    /// Overwrites an image's attributes.
    async fn update_image(&self, image: &Image, at: Timestamp) -> Result<(), StoreError>;

    /// The version of this name, locked until the unit of work ends, so that two imports into
    /// one version follow each other.
    async fn lock_version(&self, image: ImageId, name: &VersionName) -> Result<Option<Version>, StoreError>;

    /// Records a version, and the image's latest version anew. [`StoreError::Conflict`] when
    /// the name is taken.
    async fn insert_version(&self, version: &Version) -> Result<(), StoreError>;

    /// Marks a version deprecated, and records the image's latest version anew.
    async fn deprecate_version(&self, version: &Version, reason: &str, since: Timestamp) -> Result<(), StoreError>;

    /// Licenses the image to the tenant; `false` when it already is.
    async fn grant_license(&self, tenant: TenantId, image: ImageId, at: Timestamp) -> Result<bool, StoreError>;

    /// Takes the licence back; `false` when there is none.
    async fn revoke_license(&self, tenant: TenantId, image: ImageId) -> Result<bool, StoreError>;
}
