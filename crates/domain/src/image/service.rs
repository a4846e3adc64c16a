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

    /// The versions of an image, newest first, with the image.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such image or it is not licensed; [`Error::Store`].
    pub async fn versions(
        &self,
        who: &Authorized<ImagesRead>,
        image: ImageId,
        page: &PageRequest<VersionPosition>,
    ) -> Result<(Image, Page<Version, VersionPosition>), Error> {
        let reads = self.store.read(who.scope());
        let missing = || Error::NotFound("image".into());
        let found = reads.list_versions(image, page).await?.ok_or_else(missing)?;
        let detail = reads.find_image(image).await?.ok_or_else(missing)?;
        let position = |version: &Version| VersionPosition { published_at: version.published_at, id: version.id };
        let mut answer = Page::cut(found, page.limit, position);
        if page.count {
            answer.total = Some(Total::capped(reads.count_versions(image, Total::CAP + 1).await?));
        }
        Ok((detail.summary.image, answer))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::store::StoreError;
    use crate::testing::World;
    use crate::testing::mocks::{MockStore, MockTenantReads, away};

    fn service(reads: MockTenantReads) -> ImageService {
        ImageService::new(Arc::new(MockStore::reading(reads)))
    }

    #[tokio::test]
    async fn a_store_that_fails_is_told_apart_from_nothing_there() {
        let who = World::in_memory().viewer("acme").await.images();
        let uuid = uuid::Uuid::from_u128(1);
        let (image, version) = (ImageId::from_uuid(uuid), VersionId::from_uuid(uuid));
        let broken = || StoreError::Other("disk I/O error at /var/lib/secret".into());
        for (failure, key) in [
            (Some(away as fn() -> StoreError), ErrorKey::ServiceUnavailable),
            (Some(broken as fn() -> StoreError), ErrorKey::InternalError),
            (None, ErrorKey::NotFound),
        ] {
            let mut reads = MockTenantReads::new();
            reads.expect_find_image().return_once(move |_| failure.map_or(Ok(None), |fail| Err(fail())));
            assert_eq!(service(reads).get(&who, image).await.unwrap_err().key(), key);
            let mut reads = MockTenantReads::new();
            reads.expect_list_versions().return_once(move |_, _| failure.map_or(Ok(None), |fail| Err(fail())));
            let failed = service(reads).versions(&who, image, &PageRequest::default()).await.unwrap_err();
            assert_eq!(failed.key(), key);
            let mut reads = MockTenantReads::new();
            reads.expect_find_version().return_once(move |_, _| failure.map_or(Ok(None), |fail| Err(fail())));
            assert_eq!(service(reads).version(&who, image, version).await.unwrap_err().key(), key);
        }
    }

    #[tokio::test]
    async fn a_count_that_fails_fails_the_list() {
        let who = World::in_memory().viewer("acme").await.images();
        let mut reads = MockTenantReads::new();
        reads.expect_list_images().times(1).return_once(|_, _| Ok(Vec::new()));
        reads.expect_count_images().times(1).withf(|_, stop_at| *stop_at == 10_001).return_once(|_, _| Err(away()));
        let request = PageRequest { count: true, ..PageRequest::default() };
        let failed = service(reads).list(&who, &ImageQuery::default(), &request).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
    }
}
