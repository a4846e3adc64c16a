//! SBOM documents.

use async_trait::async_trait;

use super::Reads;
use super::unit::Unit;
use crate::Sha256;
use crate::id::{ImageId, SbomId, VersionId};
use crate::image::{Image, Version};
use crate::sbom::{SbomContent, SbomFormat, SbomImports, SbomRecord, Sboms};
use crate::store::{Constraint, StoreError};

#[async_trait]
impl Sboms for Reads {
    async fn find_sbom(
        &self,
        image: ImageId,
        version: VersionId,
        format: SbomFormat,
        content: Option<Sha256>,
    ) -> Result<Option<(Image, Version, SbomRecord)>, StoreError> {
        let state = self.shared.snapshot();
        let Some((image, version)) = state.version_of(self.tenant, image, version) else { return Ok(None) };
        let wanted = |record: &&SbomRecord| {
            record.version == version.id
                && record.format == format
                && content.is_none_or(|content| content == record.content)
        };
        let found = state.sboms.iter().rev().map(|(record, _)| record).find(wanted);
        Ok(found.map(|record| (image.clone(), version.clone(), record.clone())))
    }

    async fn sbom_content(&self, id: SbomId) -> Result<Option<SbomContent>, StoreError> {
        let state = self.shared.snapshot();
        let found = state.sboms.iter().find(|(record, _)| record.id == id);
        let licensed = found.filter(|(record, _)| state.licensed_version(self.tenant, record.version).is_some());
        Ok(licensed.map(|(_, bytes)| SbomContent::Identity(bytes.to_vec())))
    }
}

#[async_trait]
impl SbomImports for Unit {
    async fn find_imported(
        &self,
        version: VersionId,
        format: SbomFormat,
        content: Sha256,
    ) -> Result<Option<SbomRecord>, StoreError> {
        let same =
            |record: &&SbomRecord| record.version == version && record.format == format && record.content == content;
        Ok(self.look().sboms.iter().map(|(record, _)| record).find(same).cloned())
    }

    async fn insert_sbom(&self, record: &SbomRecord, bytes: &[u8]) -> Result<(), StoreError> {
        if self.find_imported(record.version, record.format, record.content).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::SbomIdentity));
        }
        self.change(|state| state.sboms.push((record.clone(), bytes.into())));
        Ok(())
    }
}
