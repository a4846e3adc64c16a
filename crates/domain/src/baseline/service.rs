//! Recording the scan of an upstream image.

use std::sync::Arc;

use crate::access::SystemScope;
use crate::baseline::Baseline;
use crate::error::Error;
use crate::id::{self, BaselineId};
use crate::image::{ImageName, ImageReference, Published, require_image};
use crate::ports::{Clock, Random};
use crate::scan::{Report, scan_time};
use crate::store::Store;
use crate::{FieldError, Timestamp};

/// Records baselines.
#[derive(Clone)]
pub struct BaselineService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl BaselineService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// Records a report of the upstream image. The same report again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an image; [`Error::Invalid`] when neither the image nor
    /// the report says what upstream is, or the time of the scan is missing; [`Error::Store`].
    pub async fn record(
        &self,
        scope: SystemScope,
        image: &ImageName,
        report: Report,
        given_time: Option<Timestamp>,
        size_bytes: u64,
    ) -> Result<Published<Baseline>, Error> {
        let scanned_at = scan_time(&report, given_time)?;
        let tx = self.store.system(scope).await?;
        let image = require_image(&*tx, image).await?;
        if let Some(baseline) = tx.find_baseline(image.id, report.content).await? {
            return Ok(Published::Unchanged(baseline));
        }
        let named = report.subject.reference.as_deref().map(|text| ImageReference::parse("source", text)).transpose();
        let upstream_image = image.upstream_image.or(named.ok().flatten()).ok_or_else(|| {
            FieldError::new("upstreamImage", "neither the image nor the report names the upstream image")
        })?;
        let baseline = Baseline {
            id: BaselineId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            image: image.id,
            upstream_image,
            digest: report.subject.digests.first().cloned(),
            scanned_at,
            scanner: report.scanner,
            content: report.content,
            counts: *report.findings.counts(),
            size_bytes,
        };
        tx.insert_baseline(&baseline).await?;
        tx.commit().await?;
        Ok(Published::Created(baseline))
    }
}
