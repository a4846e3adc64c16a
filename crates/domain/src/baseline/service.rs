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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::image::ImageChange;
    use crate::testing::fixtures::{at, image_name, report};
    use crate::testing::mocks::MockStore;
    use crate::testing::{World, publisher};

    #[tokio::test]
    async fn upstream_is_what_the_image_says_else_what_the_report_says() {
        let world = World::in_memory();
        let reference = |text| Some(ImageReference::parse("upstreamImage", text).unwrap());
        world.image("own", ImageChange { upstream_image: reference("debian:12"), ..ImageChange::default() }).await;
        world.image("silent", ImageChange::default()).await;
        for (image, named, expected) in [
            ("own", Some("alpine:3"), Some("debian:12")),
            ("own", None, Some("debian:12")),
            ("silent", Some("alpine:3"), Some("alpine:3")),
            ("silent", Some("no reference at all"), None),
            ("silent", None, None),
        ] {
            let label = format!("{image} {named:?}");
            let mut report = report(&label, Some(at("2026-01-01T00:00:00Z")), []);
            report.subject.reference = named.map(str::to_owned);
            let recorded = world.baselines().record(publisher(), &image_name(image), report, None, 1).await;
            let upstream = recorded.map(|baseline| baseline.into_inner().upstream_image.to_string());
            assert_eq!(upstream.as_deref().ok(), expected, "{label}");
            if let Err(refused) = upstream {
                assert_eq!(refused.key(), ErrorKey::ValidationError);
            }
        }
    }

    #[tokio::test]
    async fn a_missing_time_an_unknown_image_and_a_lost_store_are_three_answers() {
        let world = World::in_memory();
        let name = image_name("java17");
        let record = |service: BaselineService, time| {
            let (report, name) = (report("one", time, []), name.clone());
            async move { service.record(publisher(), &name, report, None, 1).await.unwrap_err().key() }
        };
        let time = Some(at("2026-01-01T00:00:00Z"));
        assert_eq!(record(world.baselines(), None).await, ErrorKey::ValidationError);
        assert_eq!(record(world.baselines(), time).await, ErrorKey::NotFound);
        let lost = BaselineService::new(Arc::new(MockStore::away()), world.clock.clone(), world.random.clone());
        assert_eq!(record(lost, time).await, ErrorKey::ServiceUnavailable);
    }
}
