//! Reading scans as a tenant.

use std::sync::Arc;

use crate::access::{Authorized, ScansRead};
use crate::error::Error;
use crate::id::{ImageId, ScanId, VersionId};
use crate::image::{Image, LastScan, Version};
use crate::paging::{Page, PageRequest, Total};
use crate::scan::{Affected, Finding, FindingFilter, HistoryPosition, HistoryWindow, Scan, VulnerabilityId};
use crate::store::{Store, TenantReads};

/// A page of findings, positioned by their index in the scan.
pub type FindingPage = Page<(u32, Finding), u32>;

/// The findings of a version's latest scan, with the version they belong to.
#[derive(Clone, Debug)]
pub struct VersionFindings {
    /// The image.
    pub image: Image,
    /// The version; without a scan there are no findings, and no claim that there are none.
    pub version: Version,
    /// The page.
    pub page: FindingPage,
}

/// Scans, for a tenant.
#[derive(Clone)]
pub struct ScanService {
    store: Arc<dyn Store>,
}

impl ScanService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The history of a version.
    ///
    /// # Errors
    /// [`Error::NotFound`] when image or version are not there, do not belong together or are
    /// not licensed; [`Error::Store`].
    pub async fn history(
        &self,
        who: &Authorized<ScansRead>,
        image: ImageId,
        version: VersionId,
        window: &HistoryWindow,
        page: &PageRequest<HistoryPosition>,
    ) -> Result<Page<Scan, HistoryPosition>, Error> {
        let reads = self.store.read(who.scope());
        let found = reads.scan_history(image, version, window, page).await?;
        let found = found.ok_or_else(|| Error::NotFound("version".into()))?;
        let position = |scan: &Scan| HistoryPosition { scanned_at: scan.scanned_at, id: scan.id };
        let mut answer = Page::cut(found, page.limit, position);
        if page.count {
            answer.total = Some(Total::capped(reads.count_scans(version, window, Total::CAP + 1).await?));
        }
        Ok(answer)
    }

    /// One scan with a page of its findings.
    ///
    /// # Errors
    /// [`Error::NotFound`] when anything on the path is not there, does not belong together or
    /// is not licensed; [`Error::Store`].
    pub async fn scan(
        &self,
        who: &Authorized<ScansRead>,
        image: ImageId,
        version: VersionId,
        scan: ScanId,
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<(Scan, FindingPage), Error> {
        let reads = self.store.read(who.scope());
        let found = reads.find_scan(image, version, scan).await?;
        let (scan, latest) = found.ok_or_else(|| Error::NotFound("scan".into()))?;
        let findings = if latest {
            current_page(&*reads, (image, version, scan.id), filter, page).await?
        } else {
            older_page(reads.scan_findings(scan.id).await?, filter, page)
        };
        Ok((scan, findings))
    }

    /// A page of the findings of a version's latest scan.
    ///
    /// # Errors
    /// As [`ScanService::scan`].
    pub async fn vulnerabilities(
        &self,
        who: &Authorized<ScansRead>,
        image: ImageId,
        version: VersionId,
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<VersionFindings, Error> {
        let reads = self.store.read(who.scope());
        let found = reads.find_version(image, version).await?;
        let (image, version) = found.ok_or_else(|| Error::NotFound("version".into()))?;
        let page = version_page(&*reads, &version, filter, page).await?;
        Ok(VersionFindings { image, version, page })
    }

    /// A page of the findings of one scan of a version, which stands as the version's last: a list
    /// that was begun with this scan goes on with it, whatever is recorded meanwhile.
    ///
    /// # Errors
    /// As [`ScanService::scan`].
    pub async fn vulnerabilities_as_of(
        &self,
        who: &Authorized<ScansRead>,
        (image, version, scan): (ImageId, VersionId, ScanId),
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<VersionFindings, Error> {
        let found = self.store.read(who.scope()).find_version(image, version).await?;
        let (of, mut version) = found.ok_or_else(|| Error::NotFound("version".into()))?;
        let (scan, page) = self.scan(who, image, version.id, scan, filter, page).await?;
        version.last_scan = Some(LastScan { id: scan.id, scanned_at: scan.scanned_at, counts: scan.counts });
        Ok(VersionFindings { image: of, version, page })
    }

    /// A page of the findings of the latest scan of an image's latest version.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such image, it is not licensed or has no version;
    /// [`Error::Store`].
    pub async fn latest_vulnerabilities(
        &self,
        who: &Authorized<ScansRead>,
        image: ImageId,
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<VersionFindings, Error> {
        let reads = self.store.read(who.scope());
        let found = reads.find_image(image).await?.map(|detail| detail.summary);
        let summary = found.ok_or_else(|| Error::NotFound("image".into()))?;
        let version = summary.latest.ok_or_else(|| Error::NotFound("version".into()))?;
        let page = version_page(&*reads, &version, filter, page).await?;
        Ok(VersionFindings { image: summary.image, version, page })
    }

    /// Where the tenant's images carry a vulnerability now, under this id or an alias; at most
    /// [`ScanService::MOST_AFFECTED`] places.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn affected_by(
        &self,
        who: &Authorized<ScansRead>,
        vulnerability: &VulnerabilityId,
    ) -> Result<Vec<Affected>, Error> {
        Ok(self.store.read(who.scope()).affected_by(vulnerability, Self::MOST_AFFECTED).await?)
    }

    /// The most places that one answer names.
    pub const MOST_AFFECTED: u32 = 10_000;
}

/// A page of the findings of the scan that `version` names as its last; none before the first.
async fn version_page(
    reads: &dyn TenantReads,
    version: &Version,
    filter: &FindingFilter,
    page: &PageRequest<u32>,
) -> Result<FindingPage, Error> {
    match &version.last_scan {
        Some(scan) => current_page(reads, (version.image, version.id, scan.id), filter, page).await,
        None => Ok(older_page(Vec::new(), filter, page)),
    }
}

/// A page of the current findings, as long as they are those of this scan. Asked only after they
/// were read: a report that was recorded meanwhile has other findings, which must not be shown
/// under the numbers of this one.
async fn current_page(
    reads: &dyn TenantReads,
    (image, version, scan): (ImageId, VersionId, ScanId),
    filter: &FindingFilter,
    page: &PageRequest<u32>,
) -> Result<FindingPage, Error> {
    let current = latest_page(reads, version, filter, page).await?;
    match reads.find_scan(image, version, scan).await? {
        Some((_, true)) => Ok(current),
        Some((_, false)) => Ok(older_page(reads.scan_findings(scan).await?, filter, page)),
        None => Err(Error::NotFound("scan".into())),
    }
}

async fn latest_page(
    reads: &dyn TenantReads,
    version: VersionId,
    filter: &FindingFilter,
    page: &PageRequest<u32>,
) -> Result<FindingPage, Error> {
    let found = reads.latest_findings(version, filter, page).await?;
    let mut answer = Page::cut(found, page.limit, |(index, _)| *index);
    if page.count {
        answer.total = Some(Total::capped(reads.count_latest_findings(version, filter, Total::CAP + 1).await?));
    }
    Ok(answer)
}

fn older_page(findings: Vec<Finding>, filter: &FindingFilter, page: &PageRequest<u32>) -> FindingPage {
    let passing = || (0u32..).zip(findings.iter()).filter(|(_, finding)| filter.admits(finding));
    let behind = passing().filter(|(index, _)| page.after.is_none_or(|after| *index > after));
    let items = behind.take(page.limit.get() as usize + 1).map(|(index, finding)| (index, finding.clone()));
    let mut answer = Page::cut(items.collect(), page.limit, |(index, _)| *index);
    if page.count {
        answer.total = Some(Total::capped(passing().count() as u64));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::scan::HistoryOrder;
    use crate::testing::World;
    use crate::testing::fixtures::finding;
    use crate::testing::mocks::{MockStore, MockTenantReads, away};

    fn service(reads: MockTenantReads) -> ScanService {
        ScanService::new(Arc::new(MockStore::reading(reads)))
    }

    #[tokio::test]
    async fn a_store_that_is_away_makes_the_service_unavailable() {
        let who = World::in_memory().viewer("acme").await.scans();
        let uuid = uuid::Uuid::from_u128(1);
        let (image, version, scan) = (ImageId::from_uuid(uuid), VersionId::from_uuid(uuid), ScanId::from_uuid(uuid));
        let window = HistoryWindow { from: None, to: None, order: HistoryOrder::Ascending };
        let everything = FindingFilter::default();

        let mut reads = MockTenantReads::new();
        reads.expect_scan_history().return_once(|_, _, _, _| Err(away()));
        let failed = service(reads).history(&who, image, version, &window, &PageRequest::default()).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);

        let mut reads = MockTenantReads::new();
        reads.expect_find_scan().return_once(|_, _, _| Err(away()));
        let failed = service(reads).scan(&who, image, version, scan, &everything, &PageRequest::default()).await;
        assert_eq!(failed.unwrap_err().key(), ErrorKey::ServiceUnavailable);

        let mut reads = MockTenantReads::new();
        reads.expect_find_version().return_once(|_, _| Err(away()));
        let failed = service(reads).vulnerabilities(&who, image, version, &everything, &PageRequest::default()).await;
        assert_eq!(failed.unwrap_err().key(), ErrorKey::ServiceUnavailable);
    }

    #[tokio::test]
    async fn nothing_is_counted_unless_asked() {
        let who = World::in_memory().viewer("acme").await.scans();
        let uuid = uuid::Uuid::from_u128(1);
        let (image, version) = (ImageId::from_uuid(uuid), VersionId::from_uuid(uuid));
        let window = HistoryWindow { from: None, to: None, order: HistoryOrder::Ascending };
        let mut reads = MockTenantReads::new();
        reads.expect_scan_history().times(1).return_once(|_, _, _, _| Ok(Some(Vec::new())));
        reads.expect_count_scans().never();
        let page = service(reads).history(&who, image, version, &window, &PageRequest::default()).await.unwrap();
        assert_eq!(page.total, None);
        // Counting stops one behind the cap, to tell "10,000" from "more".
        let mut reads = MockTenantReads::new();
        reads.expect_scan_history().return_once(|_, _, _, _| Ok(Some(Vec::new())));
        reads.expect_count_scans().withf(|_, _, stop_at| *stop_at == 10_001).return_once(|_, _, stop_at| Ok(stop_at));
        let request = PageRequest { count: true, ..PageRequest::default() };
        let page = service(reads).history(&who, image, version, &window, &request).await.unwrap();
        assert_eq!(page.total, Some(Total { count: 10_000, exact: false }));
    }

    #[tokio::test]
    async fn findings_of_a_report_that_came_meanwhile_are_not_shown_under_the_numbers_of_the_one_before() {
        let world = World::in_memory();
        let who = world.viewer("acme").await;
        world.image("base", crate::image::ImageChange::default()).await;
        world.grant("acme", "base").await;
        world.version("base", "1", "2026-01-01T00:00:00Z").await;
        let (old, new) = (vec![finding("CVE-2026-0001", "bash")], vec![finding("CVE-2026-0002", "zlib")]);
        let first = world.scan("base", "1", "2026-01-02T00:00:00Z", old.clone()).await;
        let scan = first.scan.into_inner();
        let version = world.images().version(&who.images(), first.version.image, first.version.id).await.unwrap();

        let mut reads = MockTenantReads::new();
        reads.expect_find_version().return_once(move |_, _| Ok(Some(version)));
        reads.expect_latest_findings().return_once(move |_, _, _| Ok(vec![(0, new[0].clone())]));
        let (found, expected) = (scan.clone(), old.clone());
        reads.expect_find_scan().return_once(move |_, _, _| Ok(Some((found, false))));
        reads.expect_scan_findings().return_once(move |_| Ok(old));
        let answer = service(reads)
            .vulnerabilities(
                &who.scans(),
                first.version.image,
                scan.version,
                &FindingFilter::default(),
                &PageRequest::default(),
            )
            .await
            .unwrap();
        assert_eq!(answer.page.items, [(0, expected[0].clone())]);
    }
}
