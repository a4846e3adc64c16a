//! Recording a report: all of it or nothing, once, in whatever order reports arrive.

use std::sync::Arc;

use crate::access::SystemScope;
use crate::error::Error;
use crate::id::{self, ScanId};
use crate::image::{ImageName, Published, Version, VersionName, require_version};
use crate::ports::{Clock, Random};
use crate::scan::{Changes, HistoryPosition, Report, Scan};
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
    /// is missing or contradicts the report; [`Error::Conflict`] when the report names another
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
        let (scan, latest) = insert(&*tx, &version, id, scanned_at, &report).await?;
        tx.commit().await?;
        Ok(Recorded { scan: Published::Created(scan), version, digest_differs, latest })
    }
}

async fn insert(
    tx: &dyn SystemTx,
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
    if let Some(successor) = successor {
        let theirs = tx.recorded_findings(successor).await?;
        tx.set_changes(successor, Changes::between(findings, &theirs)).await?;
    } else {
        tx.make_latest(&scan, findings).await?;
    }
    Ok((scan, successor.is_none()))
}
