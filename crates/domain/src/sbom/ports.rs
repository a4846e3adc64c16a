//! Keeping SBOM documents.

use async_trait::async_trait;

use crate::Sha256;
use crate::id::{ImageId, SbomId, VersionId};
use crate::image::{Image, Version};
use crate::sbom::{SbomContent, SbomFormat, SbomRecord};
use crate::store::StoreError;

/// The SBOMs of versions that the tenant of the handle is licensed for.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Sboms: Send + Sync {
    /// The current document of this format, or the one with this hash; with its image and
    /// version. One statement, without the document.
    async fn find_sbom(
        &self,
        image: ImageId,
        version: VersionId,
        format: SbomFormat,
        content: Option<Sha256>,
    ) -> Result<Option<(Image, Version, SbomRecord)>, StoreError>;

    /// The document itself.
    async fn sbom_content(&self, id: SbomId) -> Result<Option<SbomContent>, StoreError>;
}

/// Recording SBOMs.
#[async_trait]
pub trait SbomImports: Send + Sync {
    /// The document of this format and hash, if the version has it.
    async fn find_imported(
        &self,
        version: VersionId,
        format: SbomFormat,
        content: Sha256,
    ) -> Result<Option<SbomRecord>, StoreError>;

    /// Records a document; it becomes the current one of its format, by the order of import and
    /// whatever the clock says.
    async fn insert_sbom(&self, record: &SbomRecord, bytes: &[u8]) -> Result<(), StoreError>;
}
