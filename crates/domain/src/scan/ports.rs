//! Keeping scans and their findings.

use async_trait::async_trait;

use crate::Sha256;
use crate::Timestamp;
use crate::id::{ImageId, ScanId, VersionId};
use crate::paging::PageRequest;
use crate::scan::{
    Affected, Changes, Finding, FindingFilter, HistoryPosition, HistoryWindow, Scan, Standing, VulnerabilityId,
};
use crate::store::StoreError;

/// The scans of versions that the tenant of the handle is licensed for.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Scans: Send + Sync {
    /// Up to `limit + 1` scans behind the position; `None` without such a version.
    async fn scan_history(
        &self,
        image: ImageId,
        version: VersionId,
        window: &HistoryWindow,
        page: &PageRequest<HistoryPosition>,
    ) -> Result<Option<Vec<Scan>>, StoreError>;

    /// How many scans lie in the window, counting to `stop_at`.
    async fn count_scans(&self, version: VersionId, window: &HistoryWindow, stop_at: u64) -> Result<u64, StoreError>;

    /// One scan, and whether it is the version's latest.
    async fn find_scan(
        &self,
        image: ImageId,
        version: VersionId,
        scan: ScanId,
    ) -> Result<Option<(Scan, bool)>, StoreError>;

    /// Up to `limit + 1` findings of the version's latest scan behind the position, each with
    /// its own position: its index in the order of [`Findings`](crate::scan::Findings).
    async fn latest_findings(
        &self,
        version: VersionId,
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<Vec<(u32, Finding)>, StoreError>;

    /// How many findings of the version's latest scan pass, counting to `stop_at`.
    async fn count_latest_findings(
        &self,
        version: VersionId,
        filter: &FindingFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError>;

    /// Up to `limit` current findings (of the latest scan of each version) of the licensed images
    /// that carry this vulnerability, under this id or with it among their related ids; by image
    /// name, then version (most recently published first, ties by id), then position. One
    /// statement, by the index on vulnerability ids and aliases.
    async fn affected_by(&self, vulnerability: &VulnerabilityId, limit: u32) -> Result<Vec<Affected>, StoreError>;

    /// All findings of any scan of a licensed version, in order.
    async fn scan_findings(&self, scan: ScanId) -> Result<Vec<Finding>, StoreError>;
}

/// Recording scans.
#[async_trait]
pub trait RecordedScans: Send + Sync {
    /// The scan of this identity.
    async fn find_recorded(
        &self,
        version: VersionId,
        scanned_at: Timestamp,
        content: Sha256,
    ) -> Result<Option<Scan>, StoreError>;

    /// The last scan of the version before this place in its history.
    async fn scan_before(&self, version: VersionId, place: HistoryPosition) -> Result<Option<ScanId>, StoreError>;

    /// The first scan of the version behind this place in its history.
    async fn scan_after(
        &self,
        version: VersionId,
        place: HistoryPosition,
    ) -> Result<Option<HistoryPosition>, StoreError>;

    /// All findings of a scan, in order.
    async fn recorded_findings(&self, scan: ScanId) -> Result<Vec<Finding>, StoreError>;

    /// Records a scan with its findings (kept compressed).
    async fn insert_scan(&self, scan: &Scan, findings: &[Finding]) -> Result<(), StoreError>;

    /// Corrects the changes of a scan whose predecessor is another now.
    async fn set_changes(&self, scan: ScanId, changes: Changes) -> Result<(), StoreError>;

    /// Makes this scan the version's latest: its findings become the current ones, each standing
    /// since the time at its place in `since`, and the image's summary is recorded anew.
    async fn make_latest(&self, scan: &Scan, findings: &[Finding], since: &[Timestamp]) -> Result<(), StoreError>;

    /// The current findings of the version, with the times since which they stand.
    async fn standing(&self, version: VersionId) -> Result<Vec<Standing>, StoreError>;

    /// Corrects since when these current findings stand.
    async fn move_standing(&self, version: VersionId, moved: &[Standing]) -> Result<(), StoreError>;
}
