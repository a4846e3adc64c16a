//! Importing SBOMs as the publisher, downloading them as a tenant.

use std::sync::Arc;

use crate::Sha256;
use crate::access::{Authorized, SbomsRead, SystemScope};
use crate::error::Error;
use crate::id::{self, ImageId, SbomId, VersionId};
use crate::image::{Image, ImageName, Published, Version, VersionName, require_version};
use crate::ports::{Clock, Random};
use crate::sbom::{SbomContent, SbomDocument, SbomFormat, SbomRecord};
use crate::store::Store;

/// A document that was found, with what names it.
#[derive(Clone, Debug)]
pub struct FoundSbom {
    /// The image.
    pub image: Image,
    /// The version.
    pub version: Version,
    /// What is known of the document.
    pub record: SbomRecord,
}

/// SBOM downloads, for a tenant.
#[derive(Clone)]
pub struct SbomService {
    store: Arc<dyn Store>,
}

impl SbomService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The current document of a format, or the one with this hash.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or image or version are not there, do not belong
    /// together or are not licensed; [`Error::Store`].
    pub async fn find(
        &self,
        who: &Authorized<SbomsRead>,
        image: ImageId,
        version: VersionId,
        format: SbomFormat,
        content: Option<Sha256>,
    ) -> Result<FoundSbom, Error> {
        let found = self.store.read(who.scope()).find_sbom(image, version, format, content).await?;
        let (image, version, record) = found.ok_or_else(|| Error::NotFound("SBOM".into()))?;
        Ok(FoundSbom { image, version, record })
    }

    /// The current document of a format of an image's latest version.
    ///
    /// # Errors
    /// As [`SbomService::find`]; also when the image has no version.
    pub async fn find_latest(
        &self,
        who: &Authorized<SbomsRead>,
        image: ImageId,
        format: SbomFormat,
    ) -> Result<FoundSbom, Error> {
        let detail = self.store.read(who.scope()).find_image(image).await?;
        let latest = detail.and_then(|detail| detail.summary.latest).ok_or_else(|| Error::NotFound("SBOM".into()))?;
        self.find(who, image, latest.id, format, None).await
    }

    /// The document that [`SbomService::find`] found.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the licence was revoked meanwhile; [`Error::Store`].
    pub async fn content(&self, who: &Authorized<SbomsRead>, record: &SbomRecord) -> Result<SbomContent, Error> {
        let content = self.store.read(who.scope()).sbom_content(record.id).await?;
        content.ok_or_else(|| Error::NotFound("SBOM".into()))
    }
}

/// What importing a document did.
#[derive(Clone, Debug)]
pub struct SbomImport {
    /// The document, new or as it was.
    pub record: Published<SbomRecord>,
    /// Whether the document names another digest than the version's.
    pub digest_differs: bool,
}

/// SBOM imports, for the publisher.
#[derive(Clone)]
pub struct SbomImporter {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl SbomImporter {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// Keeps a document as an SBOM of this version. The same bytes again change nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a version; [`Error::Conflict`] when the document names
    /// another digest and `require_digest_match` is set; [`Error::Store`].
    pub async fn import(
        &self,
        scope: SystemScope,
        image: &ImageName,
        version: &VersionName,
        document: &SbomDocument,
        require_digest_match: bool,
    ) -> Result<SbomImport, Error> {
        let tx = self.store.system(scope).await?;
        let version = require_version(&*tx, image, version).await?;
        let named = &document.subject_digests;
        let digest_differs = !named.is_empty() && !named.contains(&version.digest);
        if digest_differs && require_digest_match {
            return Err(Error::Conflict(format!(
                "the SBOM is about another digest than {} of version {}",
                version.digest, version.name
            )));
        }
        if let Some(record) = tx.find_imported(version.id, document.format, document.content).await? {
            return Ok(SbomImport { record: Published::Unchanged(record), digest_differs });
        }
        let record = SbomRecord {
            id: SbomId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            version: version.id,
            format: document.format,
            content: document.content,
            size_bytes: document.bytes.len() as u64,
            imported_at: self.clock.now(),
        };
        tx.insert_sbom(&record, &document.bytes).await?;
        tx.commit().await?;
        Ok(SbomImport { record: Published::Created(record), digest_differs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::image::ImageChange;
    use crate::testing::fixtures::{digest, image_name, version_name};
    use crate::testing::mocks::{MockStore, MockTenantReads, away};
    use crate::testing::{World, publisher};

    #[tokio::test]
    async fn a_document_about_another_digest_is_told_and_refused_on_demand() {
        let world = World::in_memory();
        world.image("java17", ImageChange::default()).await;
        world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
        let import = |digests: Vec<_>, strict| {
            let importer = world.importer();
            async move {
                let (bytes, format) = (b"{}".to_vec(), SbomFormat::Spdx23);
                let content = Sha256::of(&bytes);
                let document = SbomDocument { format, bytes, content, subject_digests: digests };
                let (image, version) = (image_name("java17"), version_name("1.0"));
                importer.import(publisher(), &image, &version, &document, strict).await
            }
        };
        let refused = import(vec![digest("other")], true).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::Conflict);
        let made = import(vec![digest("other")], false).await.unwrap();
        assert_eq!((made.digest_differs, made.record.outcome()), (true, "created"));
        let again = import(vec![digest("other"), digest("1.0")], true).await.unwrap();
        assert_eq!((again.digest_differs, again.record.outcome()), (false, "unchanged"));
        assert!(!import(Vec::new(), true).await.unwrap().digest_differs);
    }

    #[tokio::test]
    async fn a_store_that_is_away_makes_the_service_unavailable() {
        let who = World::in_memory().viewer("acme").await.sboms();
        let uuid = uuid::Uuid::from_u128(1);
        let (image, version) = (ImageId::from_uuid(uuid), VersionId::from_uuid(uuid));
        let mut reads = MockTenantReads::new();
        reads.expect_find_sbom().return_once(|_, _, _, _| Err(away()));
        let service = SbomService::new(Arc::new(MockStore::reading(reads)));
        let failed = service.find(&who, image, version, SbomFormat::Spdx23, None).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
    }
}
