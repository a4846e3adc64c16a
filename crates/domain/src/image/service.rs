//! Reading images and versions as a tenant.

use std::sync::Arc;

use crate::access::{Authorized, ImagesRead};
use crate::error::Error;
use crate::id::{ImageId, VersionId};
use crate::image::{Image, ImageDetail, ImagePosition, ImageQuery, ImageSummary, Version, VersionPosition};
use crate::paging::{Page, PageRequest, Total};
use crate::store::Store;

/// Images and versions, for a tenant.
#[derive(Clone)]
pub struct ImageService {
    store: Arc<dyn Store>,
}

impl ImageService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The licensed images that match.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        who: &Authorized<ImagesRead>,
        query: &ImageQuery,
        page: &PageRequest<ImagePosition>,
    ) -> Result<Page<ImageSummary, ImagePosition>, Error> {
        let reads = self.store.read(who.scope());
        let found = reads.list_images(query, page).await?;
        let mut answer = Page::cut(found, page.limit, |entry| query.sort.position(entry));
        if page.count {
            answer.total = Some(Total::capped(reads.count_images(query, Total::CAP + 1).await?));
        }
        Ok(answer)
    }

    /// One image.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none or it is not licensed; [`Error::Store`].
    pub async fn get(&self, who: &Authorized<ImagesRead>, image: ImageId) -> Result<ImageDetail, Error> {
        self.store.read(who.scope()).find_image(image).await?.ok_or_else(|| Error::NotFound("image".into()))
    }

    /// The versions of an image, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such image or it is not licensed; [`Error::Store`].
    pub async fn versions(
        &self,
        who: &Authorized<ImagesRead>,
        image: ImageId,
        page: &PageRequest<VersionPosition>,
    ) -> Result<Page<Version, VersionPosition>, Error> {
        let reads = self.store.read(who.scope());
        let found = reads.list_versions(image, page).await?.ok_or_else(|| Error::NotFound("image".into()))?;
        let position = |version: &Version| VersionPosition { published_at: version.published_at, id: version.id };
        let mut answer = Page::cut(found, page.limit, position);
        if page.count {
            answer.total = Some(Total::capped(reads.count_versions(image, Total::CAP + 1).await?));
        }
        Ok(answer)
    }

    /// One version, with its image.
    ///
    /// # Errors
    /// [`Error::NotFound`] when image or version are not there, do not belong together or are
    /// not licensed; [`Error::Store`].
    pub async fn version(
        &self,
        who: &Authorized<ImagesRead>,
        image: ImageId,
        version: VersionId,
    ) -> Result<(Image, Version), Error> {
        let found = self.store.read(who.scope()).find_version(image, version).await?;
        found.ok_or_else(|| Error::NotFound("version".into()))
    }
}
