//! Scans and their findings.

use std::sync::Arc;

use async_trait::async_trait;

use super::state::{State, StoredScan};
use super::unit::Unit;
use super::{Reads, capped};
use crate::id::{ImageId, ScanId, TenantId, VersionId};
use crate::image::{Image, LastScan};
use crate::paging::PageRequest;
use crate::scan::{
    Affected, Changes, Finding, FindingFilter, HistoryOrder, HistoryPosition, HistoryWindow, RecordedScans, Scan,
    Scans, Standing, VulnerabilityId,
};
use crate::store::{Constraint, StoreError};
use crate::{Sha256, Timestamp};

#[async_trait]
impl Scans for Reads {
    async fn scan_history(
        &self,
        image: ImageId,
        version: VersionId,
        window: &HistoryWindow,
        page: &PageRequest<HistoryPosition>,
    ) -> Result<Option<Vec<Scan>>, StoreError> {
        let state = self.shared.snapshot();
        if state.version_of(self.tenant, image, version).is_none() {
            return Ok(None);
        }
        let mut history = state.history(version, window);
        let behind = |scan: &Scan| match (page.after, window.order) {
            (None, _) => true,
            (Some(after), HistoryOrder::Ascending) => place(scan) > (after.scanned_at, after.id),
            (Some(after), HistoryOrder::Descending) => place(scan) < (after.scanned_at, after.id),
        };
        history.retain(|scan| behind(scan));
        Ok(Some(history.into_iter().take(page.limit.get() as usize + 1).cloned().collect()))
    }

    async fn count_scans(&self, version: VersionId, window: &HistoryWindow, stop_at: u64) -> Result<u64, StoreError> {
        let state = self.shared.snapshot();
        let licensed = state.licensed_version(self.tenant, version);
        Ok(licensed.map_or(0, |_| capped(state.history(version, window).len(), stop_at)))
    }

    async fn find_scan(
        &self,
        image: ImageId,
        version: VersionId,
        scan: ScanId,
    ) -> Result<Option<(Scan, bool)>, StoreError> {
        let state = self.shared.snapshot();
        let Some((_, version)) = state.version_of(self.tenant, image, version) else { return Ok(None) };
        let found = state.scans.get(&scan).filter(|stored| stored.scan.version == version.id);
        let is_latest = version.last_scan.as_ref().is_some_and(|last| last.id == scan);
        Ok(found.map(|stored| (stored.scan.clone(), is_latest)))
    }

    async fn latest_findings(
        &self,
        version: VersionId,
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<Vec<(u32, Finding)>, StoreError> {
        let findings = self.shared.snapshot().latest_findings(self.tenant, version);
        let numbered = (0u32..).zip(findings.iter()).filter(|(_, finding)| filter.admits(finding));
        let behind = numbered.filter(|(index, _)| page.after.is_none_or(|after| *index > after));
        Ok(behind.take(page.limit.get() as usize + 1).map(|(index, finding)| (index, finding.clone())).collect())
    }

    async fn count_latest_findings(
        &self,
        version: VersionId,
        filter: &FindingFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError> {
        let findings = self.shared.snapshot().latest_findings(self.tenant, version);
        Ok(capped(findings.iter().filter(|finding| filter.admits(finding)).count(), stop_at))
    }

    async fn affected_by(&self, vulnerability: &VulnerabilityId, limit: u32) -> Result<Vec<Affected>, StoreError> {
        let affected = self.shared.snapshot().all_affected(self.tenant, vulnerability);
        Ok(affected.into_iter().take(limit as usize).collect())
    }

    async fn scan_findings(&self, scan: ScanId) -> Result<Vec<Finding>, StoreError> {
        let state = self.shared.snapshot();
        let licensed = |stored: &&StoredScan| state.licensed_version(self.tenant, stored.scan.version).is_some();
        Ok(state.scans.get(&scan).filter(licensed).map_or_else(Vec::new, |stored| stored.findings.to_vec()))
    }
}

impl State {
    fn history(&self, version: VersionId, window: &HistoryWindow) -> Vec<&Scan> {
        let inside = |scan: &&Scan| {
            scan.version == version
                && window.from.is_none_or(|from| from <= scan.scanned_at)
                && window.to.is_none_or(|to| scan.scanned_at <= to)
        };
        let mut history: Vec<_> = self.scans.values().map(|stored| &stored.scan).filter(inside).collect();
        history.sort_unstable_by_key(|scan| place(scan));
        if window.order == HistoryOrder::Descending {
            history.reverse();
        }
        history
    }

    /// The current findings of a vulnerability in all images of a tenant, by image name.
    pub(super) fn all_affected(&self, tenant: TenantId, vulnerability: &VulnerabilityId) -> Vec<Affected> {
        let mut images: Vec<_> = self.images.keys().filter_map(|id| self.licensed(tenant, *id)).collect();
        images.sort_unstable_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
        images.into_iter().flat_map(|image| self.affected(tenant, image, vulnerability)).collect()
    }

    /// The current findings of a vulnerability in an image, most recently published version first.
    fn affected(&self, tenant: TenantId, image: &Image, vulnerability: &VulnerabilityId) -> Vec<Affected> {
        let latest = self.summary(image).latest.map(|version| version.id);
        let id = vulnerability.as_str();
        let is_it = |finding: &&Finding| finding.vulnerability == id || finding.related.iter().any(|other| other == id);
        let mut affected = Vec::new();
        for version in self.versions_of(image.id) {
            let findings = self.latest_findings(tenant, version.id);
            affected.extend(findings.iter().filter(is_it).map(|finding| Affected {
                image: image.id,
                image_name: image.name.clone(),
                version: version.id,
                version_name: version.name.clone(),
                latest: latest == Some(version.id),
                finding: finding.clone(),
            }));
        }
        affected
    }

    fn latest_findings(&self, tenant: TenantId, version: VersionId) -> Arc<[Finding]> {
        let last = self.licensed_version(tenant, version).and_then(|(_, version)| version.last_scan.as_ref());
        last.and_then(|last| self.scans.get(&last.id)).map(|stored| Arc::clone(&stored.findings)).unwrap_or_default()
    }
}

const fn place(scan: &Scan) -> (Timestamp, ScanId) {
    (scan.scanned_at, scan.id)
}

#[async_trait]
impl RecordedScans for Unit {
    async fn find_recorded(
        &self,
        version: VersionId,
        scanned_at: Timestamp,
        content: Sha256,
    ) -> Result<Option<Scan>, StoreError> {
        let same = |scan: &&Scan| scan.version == version && scan.scanned_at == scanned_at && scan.content == content;
        Ok(self.look().scans.values().map(|stored| &stored.scan).find(same).cloned())
    }

    async fn scan_before(&self, version: VersionId, at: HistoryPosition) -> Result<Option<ScanId>, StoreError> {
        let state = self.look();
        let history = state.scans.values().map(|stored| &stored.scan).filter(|scan| scan.version == version);
        let before = history.map(place).filter(|place| *place < (at.scanned_at, at.id));
        Ok(before.max().map(|(_, id)| id))
    }

    async fn scan_after(&self, version: VersionId, at: HistoryPosition) -> Result<Option<HistoryPosition>, StoreError> {
        let state = self.look();
        let history = state.scans.values().map(|stored| &stored.scan).filter(|scan| scan.version == version);
        let behind = history.map(place).filter(|place| *place > (at.scanned_at, at.id));
        Ok(behind.min().map(|(scanned_at, id)| HistoryPosition { scanned_at, id }))
    }

    async fn recorded_findings(&self, scan: ScanId) -> Result<Vec<Finding>, StoreError> {
        Ok(self.look().scans.get(&scan).map_or_else(Vec::new, |stored| stored.findings.to_vec()))
    }

    async fn insert_scan(&self, scan: &Scan, findings: &[Finding]) -> Result<(), StoreError> {
        if self.find_recorded(scan.version, scan.scanned_at, scan.content).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::ScanIdentity));
        }
        let stored = StoredScan { scan: scan.clone(), findings: findings.into() };
        self.change(|state| state.scans.insert(scan.id, stored));
        Ok(())
    }

    async fn set_changes(&self, scan: ScanId, changes: Changes) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(stored) = state.scans.get_mut(&scan) {
                stored.scan.changes = changes;
            }
        });
        Ok(())
    }

    async fn make_latest(&self, scan: &Scan, findings: &[Finding], since: &[Timestamp]) -> Result<(), StoreError> {
        let standing = |(finding, since): (&Finding, &Timestamp)| Standing {
            vulnerability: finding.vulnerability.clone(),
            package: finding.package.clone(),
            since: *since,
        };
        self.change(|state| {
            state.standing.insert(scan.version, findings.iter().zip(since).map(standing).collect());
            if let Some(version) = state.versions.get_mut(&scan.version) {
                version.last_scan = Some(LastScan { id: scan.id, scanned_at: scan.scanned_at, counts: scan.counts });
            }
        });
        Ok(())
    }

    async fn standing(&self, version: VersionId) -> Result<Vec<Standing>, StoreError> {
        Ok(self.look().standing.get(&version).cloned().unwrap_or_default())
    }

    async fn move_standing(&self, version: VersionId, moved: &[Standing]) -> Result<(), StoreError> {
        self.change(|state| {
            for stored in state.standing.get_mut(&version).into_iter().flatten() {
                let same = |one: &&Standing| one.vulnerability == stored.vulnerability && one.package == stored.package;
                if let Some(one) = moved.iter().find(same) {
                    stored.since = one.since;
                }
            }
        });
        Ok(())
    }
}
