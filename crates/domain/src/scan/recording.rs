//! Recording a report: all of it or nothing, once, in whatever order reports arrive.

use std::sync::Arc;
use std::time::Duration;

use crate::access::SystemScope;
use crate::error::Error;
use crate::id::{self, ScanId};
use crate::image::{ImageName, Published, Version, VersionName, require_version};
use crate::outbox::Fact;
use crate::ports::{Clock, Random};
use crate::scan::{Changes, Finding, HistoryPosition, Report, Scan, standing};
use crate::store::{Store, SystemTx};
use crate::{FieldError, Timestamp};

/// What recording a report did.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The scan, new or as it was.
    pub scan: Published<Scan>,
    /// The version it belongs to.
    pub version: Version,
    /// Whether the report names another digest than the version's.
    pub digest_differs: bool,
    /// Whether it is the version's latest scan.
    pub latest: bool,
}

/// Records reports.
#[derive(Clone)]
pub struct ScanRecorder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// When a report's scan ran: what the report says, or what the publisher says where it says
/// nothing.
pub(crate) fn scan_time(report: &Report, given: Option<Timestamp>) -> Result<Timestamp, FieldError> {
    match (report.scanned_at, given) {
        (Some(own), Some(given)) if own != given => {
            Err(FieldError::new("scannedAt", format!("the report itself says {own}")))
        }
        (Some(time), _) | (None, Some(time)) => Ok(time),
        (None, None) => {
            Err(FieldError::new("scannedAt", "the report does not say when the scan ran: it must be given"))
        }
    }
}

/// How far the clocks of scanners may be ahead of ours. A scan of next year would be the latest
/// until then.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

fn require_past(scanned_at: Timestamp, now: Timestamp) -> Result<(), FieldError> {
    if scanned_at > now.plus(AHEAD) {
        return Err(FieldError::new("scannedAt", format!("{scanned_at} is in the future")));
    }
    Ok(())
}

impl ScanRecorder {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// Records a report as a scan of this version. The same report again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a version; [`Error::Invalid`] when the time of the scan
    /// is missing, contradicts the report or is more than a day ahead; [`Error::Conflict`] when the report names another
    /// digest and `require_digest_match` is set; [`Error::Store`].
    pub async fn record(
        &self,
        scope: SystemScope,
        image: &ImageName,
        version: &VersionName,
        report: Report,
        given_time: Option<Timestamp>,
        require_digest_match: bool,
    ) -> Result<Recorded, Error> {
        let scanned_at = scan_time(&report, given_time)?;
        require_past(scanned_at, self.clock.now())?;
        let tx = self.store.system(scope).await?;
        let version = require_version(&*tx, image, version).await?;
        let digest_differs = report.subject.contradicts(&version.digest);
        if digest_differs && require_digest_match {
            return Err(Error::Conflict(format!(
                "the report is about another digest than {} of version {}",
                version.digest, version.name
            )));
        }
        if let Some(scan) = tx.find_recorded(version.id, scanned_at, report.content).await? {
            let latest = version.last_scan.as_ref().is_some_and(|last| last.id == scan.id);
            return Ok(Recorded { scan: Published::Unchanged(scan), version, digest_differs, latest });
        }
        let id = ScanId::from_uuid(id::fresh(&*self.clock, &*self.random));
        let (scan, latest) = insert(&*tx, image, &version, id, scanned_at, &report).await?;
        tx.commit().await?;
        Ok(Recorded { scan: Published::Created(scan), version, digest_differs, latest })
    }
}

async fn insert(
    tx: &dyn SystemTx,
    image: &ImageName,
    version: &Version,
    id: ScanId,
    scanned_at: Timestamp,
    report: &Report,
) -> Result<(Scan, bool), Error> {
    let findings = report.findings.list();
    let place = HistoryPosition { scanned_at, id };
    let previous = match tx.scan_before(version.id, place).await? {
        Some(before) => tx.recorded_findings(before).await?,
        None => Vec::new(),
    };
    let scan = Scan {
        id,
        version: version.id,
        scanned_at,
        content: report.content,
        scanner: report.scanner.clone(),
        counts: *report.findings.counts(),
        changes: Changes::between(&previous, findings),
    };
    tx.insert_scan(&scan, findings).await?;
    let successor = tx.scan_after(version.id, place).await?;
    let fact = if let Some(successor) = successor {
        join_history(tx, &scan, findings, successor).await?;
        Fact::scanned_late(image, version, &scan)
    } else {
        let since = standing::carried_on(&tx.standing(version.id).await?, findings, scanned_at);
        tx.make_latest(&scan, findings, &since).await?;
        Fact::scanned(image, version, &scan, &previous, findings)
    };
    tx.record_fact(&fact).await?;
    Ok((scan, successor.is_none()))
}

/// Takes a scan that came late into account where it changes what is known of later ones.
async fn join_history(
    tx: &dyn SystemTx,
    scan: &Scan,
    findings: &[Finding],
    successor: HistoryPosition,
) -> Result<(), Error> {
    let theirs = tx.recorded_findings(successor.id).await?;
    tx.set_changes(successor.id, Changes::between(findings, &theirs)).await?;
    let current = tx.standing(scan.version).await?;
    let moved = standing::joined_by(&current, findings, scan.scanned_at, successor.scanned_at);
    Ok(tx.move_standing(scan.version, &moved).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::testing::fixtures::{at, digest, finding, image_name, report, version_name};
    use crate::testing::mocks::{MockStore, MockSystemTx, away};
    use crate::testing::{World, publisher};

    #[test]
    fn the_time_of_a_scan_is_the_reports_own_or_must_be_given() {
        let (own, other) = (at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        for (says, given, expected) in [
            (Some(own), None, Ok(own)),
            (Some(own), Some(own), Ok(own)),
            (None, Some(other), Ok(other)),
            (Some(own), Some(other), Err("scannedAt: the report itself says 2026-01-01T00:00:00Z")),
            (None, None, Err("scannedAt: the report does not say when the scan ran: it must be given")),
        ] {
            let found = scan_time(&report("", says, []), given).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned));
        }
    }

    #[tokio::test]
    async fn a_scan_that_runs_tomorrow_at_the_earliest_is_refused() {
        let world = world().await;
        let day = Duration::from_secs(24 * 3600);
        let at_most = world.clock.now().plus(day);
        let beyond = Timestamp::from_micros(at_most.micros() + 1);
        let refused = record(&world, "1.0", report("one", Some(beyond), []), false).await.unwrap_err();
        let Error::Invalid(fields) = refused else { panic!("{refused}") };
        assert_eq!(fields[0].path, "scannedAt");
        assert!(record(&world, "1.0", report("one", Some(at_most), []), false).await.unwrap().latest);
    }

    async fn world() -> World {
        let world = World::in_memory();
        world.image("java17", crate::image::ImageChange::default()).await;
        world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
        world
    }

    async fn record(world: &World, version: &str, report: Report, strict: bool) -> Result<Recorded, Error> {
        let (image, version) = (image_name("java17"), version_name(version));
        world.recorder().record(publisher(), &image, &version, report, None, strict).await
    }

    #[tokio::test]
    async fn a_report_about_another_digest_is_told_and_refused_on_demand() {
        let world = world().await;
        let mut report = report("one", Some(at("2026-01-02T00:00:00Z")), [finding("CVE-1", "zlib")]);
        report.subject.digests = vec![digest("other")];
        let refused = record(&world, "1.0", report.clone(), true).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::Conflict);
        assert!(refused.to_string().contains(digest("1.0").as_str()), "{refused}");
        assert!(record(&world, "1.0", report.clone(), false).await.unwrap().digest_differs);
        report.subject.digests.push(digest("1.0"));
        assert!(!record(&world, "1.0", report, true).await.unwrap().digest_differs);
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let world = world().await;
        let missing = record(&world, "2.0", report("", Some(Timestamp::EPOCH), []), false).await.unwrap_err();
        assert_eq!(missing.to_string(), "version 2.0 of image java17 not found");
        let silent = record(&world, "1.0", report("", None, []), false).await.unwrap_err();
        assert_eq!(silent.key(), ErrorKey::ValidationError);
    }

    #[tokio::test]
    async fn a_store_that_breaks_half_way_gets_no_commit() {
        let world = world().await;
        let tx = world.store.system(publisher()).await.unwrap();
        let image = tx.find_image_by_name(&image_name("java17")).await.unwrap().unwrap();
        let version = tx.lock_version(image.id, &version_name("1.0")).await.unwrap().unwrap();
        let mut broken = MockSystemTx::new();
        broken.expect_find_image_by_name().return_once(move |_| Ok(Some(image)));
        broken.expect_lock_version().return_once(move |_, _| Ok(Some(version)));
        broken.expect_find_recorded().return_once(|_, _, _| Ok(None));
        broken.expect_scan_before().return_once(|_, _| Ok(None));
        broken.expect_insert_scan().times(1).return_once(|_, _| Err(away()));
        broken.expect_commit().never();
        let recorder =
            ScanRecorder::new(Arc::new(MockStore::working(broken)), world.clock.clone(), world.random.clone());
        let (image, version) = (image_name("java17"), version_name("1.0"));
        let report = report("one", Some(Timestamp::EPOCH), []);
        let failed = recorder.record(publisher(), &image, &version, report, None, false).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
    }
}
