//! Scans and findings as a tenant reads them.

use async_trait::async_trait;
use podarmor_domain::id::{ImageId, ScanId, VersionId};
use podarmor_domain::image::{ImageName, VersionName};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::scan::{
    Affected, Changes, Finding, FindingFilter, FixState, HistoryOrder, HistoryPosition, HistoryWindow, Package, Scan,
    Scanner, Scans, Severity, VulnerabilityId,
};
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait as _, EntityTrait, JoinType, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    RelationTrait as _, Select,
};
use uuid::Uuid;

use crate::entity::scan::{Column, Entity};
use crate::entity::{finding, finding_alias, image, image_version};
use crate::error::corrupt;
use crate::reads::{self, Tenant};
use crate::row::Row;
use crate::scoped::licensed;
use crate::{counts, finding_json};

/// Adds a scan's columns, without its findings, to a select that has the table.
pub(super) fn columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select.columns([
        Column::Id,
        Column::VersionId,
        Column::ScannedAt,
        Column::ContentSha256,
        Column::ScannerName,
        Column::ScannerVersion,
        Column::DbBuiltAt,
        Column::Counts,
        Column::Appeared,
        Column::Resolved,
    ])
}

/// Reads what [`columns`] added.
pub(super) fn read(row: &mut Row<'_>) -> Result<Scan, StoreError> {
    Ok(Scan {
        id: ScanId::from_uuid(row.begin("scan")?),
        version: VersionId::from_uuid(row.get()?),
        scanned_at: row.time()?,
        content: row.hash()?,
        scanner: scanner(row)?,
        counts: counts::read(row)?,
        changes: Changes { appeared: row.number()?, resolved: row.number()? },
    })
}

/// Reads the three columns of a scanner.
pub(super) fn scanner(row: &mut Row<'_>) -> Result<Scanner, StoreError> {
    Ok(Scanner { name: row.get()?, version: row.get()?, db_built_at: row.time_optional()? })
}

/// Adds the findings of a scan as they were packed.
pub(super) fn packed_columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select.columns([Column::Id, Column::Findings])
}

/// Reads what [`packed_columns`] added.
pub(super) fn read_packed(row: &mut Row<'_>) -> Result<(Uuid, Vec<u8>), StoreError> {
    Ok((row.begin("scan")?, row.get()?))
}

/// Unpacks them, where nobody waits: an old scan may hold thousands.
pub(super) async fn unpack(found: Option<(Uuid, Vec<u8>)>) -> Result<Vec<Finding>, StoreError> {
    let Some((id, frame)) = found else { return Ok(Vec::new()) };
    let unpacked = tokio::task::spawn_blocking(move || finding_json::unpack(&frame)).await;
    unpacked.map_err(crate::error::other)?.map_err(|problem| corrupt("scan", id, problem))
}

/// The columns of a history, in its order: (`scanned_at`, `id`).
pub(super) fn place() -> Expr {
    Expr::tuple([Expr::col((Entity, Column::ScannedAt)), Expr::col((Entity, Column::Id))])
}

/// A place in a history, to compare [`place`] with.
pub(super) fn position(at: HistoryPosition) -> Expr {
    Expr::tuple([at.scanned_at.micros().into(), at.id.uuid().into()])
}

fn within(reads: &Tenant, version: VersionId, window: &HistoryWindow) -> Select<Entity> {
    let mut select = licensed::<Entity>(reads.scope).filter(Column::VersionId.eq(version.uuid()));
    if let Some(from) = window.from {
        select = select.filter(Column::ScannedAt.gte(from.micros()));
    }
    if let Some(to) = window.to {
        select = select.filter(Column::ScannedAt.lte(to.micros()));
    }
    select
}

fn passing(reads: &Tenant, version: VersionId, filter: &FindingFilter) -> Select<finding::Entity> {
    use finding::Column;
    let mut select = licensed::<finding::Entity>(reads.scope).filter(Column::VersionId.eq(version.uuid()));
    if !filter.severity.is_empty() {
        select = select.filter(Column::Severity.is_in(filter.severity.iter().map(|severity| rank(*severity))));
    }
    if !(filter.fix_state.is_empty() && filter.partition.is_none()) {
        // Of no state, when what is asked contradicts itself: then nothing passes.
        select = select.filter(Column::FixState.is_in(filter.fix_states().into_iter().map(FixState::as_str)));
    }
    if let Some(name) = &filter.package {
        select = select.filter(Column::PackageName.eq(name.as_str()));
    }
    select
}

/// A severity as `finding.severity` holds it: its place in the order.
pub(super) const fn rank(severity: Severity) -> i64 {
    severity as i64
}

fn severity(rank: i64) -> Result<Severity, String> {
    let known = usize::try_from(rank).ok().and_then(|rank| Severity::ALL.get(rank)).copied();
    known.ok_or_else(|| format!("no severity has rank {rank}"))
}

/// Reads the columns of [`FINDING`].
pub(super) fn read_finding(row: &mut Row<'_>) -> Result<(u32, Finding), StoreError> {
    row.begin("finding")?;
    let position: i64 = row.get()?;
    let position = row.checked(u32::try_from(position))?;
    let vulnerability = row.get()?;
    let package = Package { name: row.get()?, version: row.get()?, kind: row.get()? };
    let fix_state = row.parsed(FixState::parse)?;
    let severity = severity(row.get()?);
    let severity = row.checked(severity)?;
    let occurrences = u32::try_from(row.get::<i64>()?);
    let occurrences = row.checked(occurrences)?;
    let bare = finding_json::bare(vulnerability, package, fix_state, severity, occurrences);
    let detail: String = row.get()?;
    Ok((position, row.checked(finding_json::with_detail(bare, &detail))?))
}

/// The key of a finding.
fn place_of_finding() -> Expr {
    use finding::{Column, Entity};
    Expr::tuple([Expr::col((Entity, Column::VersionId)), Expr::col((Entity, Column::Position))])
}

/// The keys of all findings of a vulnerability, whoever may see them: each half by its index.
fn places_of(vulnerability: &VulnerabilityId) -> SelectStatement {
    let by_alias = Query::select()
        .columns([finding_alias::Column::VersionId, finding_alias::Column::Position])
        .from(finding_alias::Entity)
        .and_where(finding_alias::Column::Alias.eq(vulnerability.as_str()))
        .take();
    Query::select()
        .columns([finding::Column::VersionId, finding::Column::Position])
        .from(finding::Entity)
        .and_where(finding::Column::VulnerabilityId.eq(vulnerability.as_str()))
        .union(UnionType::Distinct, by_alias)
        .take()
}

fn read_affected(row: &mut Row<'_>) -> Result<Affected, StoreError> {
    let image = ImageId::from_uuid(row.begin("image")?);
    let image_name = row.parsed(ImageName::parse)?;
    let latest: Option<Uuid> = row.get()?;
    let version = VersionId::from_uuid(row.begin("image_version")?);
    let version_name = row.parsed(VersionName::parse)?;
    let (_, finding) = read_finding(row)?;
    Ok(Affected { image, image_name, version, version_name, latest: latest == Some(version.uuid()), finding })
}

/// The columns of a current finding.
pub(super) const FINDING: [finding::Column; 10] = [
    finding::Column::VersionId,
    finding::Column::Position,
    finding::Column::VulnerabilityId,
    finding::Column::PackageName,
    finding::Column::PackageVersion,
    finding::Column::PackageType,
    finding::Column::FixState,
    finding::Column::Severity,
    finding::Column::Occurrences,
    finding::Column::Detail,
];

#[async_trait]
impl Scans for Tenant {
    async fn scan_history(
        &self,
        image: ImageId,
        version: VersionId,
        window: &HistoryWindow,
        page: &PageRequest<HistoryPosition>,
    ) -> Result<Option<Vec<Scan>>, StoreError> {
        let of_image = image_version::Column::ImageId.eq(image.uuid());
        let mut select = columns(within(self, version, window).filter(of_image.clone()));
        let order = match window.order {
            HistoryOrder::Ascending => Order::Asc,
            HistoryOrder::Descending => Order::Desc,
        };
        if let Some(after) = page.after {
            select = select.filter(match window.order {
                HistoryOrder::Ascending => place().gt(position(after)),
                HistoryOrder::Descending => place().lt(position(after)),
            });
        }
        let select = select.order_by(Column::ScannedAt, order.clone()).order_by(Column::Id, order);
        let found = reads::all(select.limit(u64::from(page.limit.get()) + 1), &self.db, read).await?;
        if found.is_empty() {
            // No (more) scans, or no such version?
            let of_version = image_version::Column::Id.eq(version.uuid());
            let version = licensed::<image_version::Entity>(self.scope).filter(of_image).filter(of_version);
            return Ok(reads::exists(version, &self.db).await?.then_some(found));
        }
        Ok(Some(found))
    }

    async fn count_scans(&self, version: VersionId, window: &HistoryWindow, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(within(self, version, window), stop_at, &self.db).await
    }

    async fn find_scan(
        &self,
        image: ImageId,
        version: VersionId,
        scan: ScanId,
    ) -> Result<Option<(Scan, bool)>, StoreError> {
        let select = licensed::<Entity>(self.scope)
            .filter(Column::Id.eq(scan.uuid()))
            .filter(Column::VersionId.eq(version.uuid()))
            .filter(image_version::Column::ImageId.eq(image.uuid()));
        let select = columns(select).column(image_version::Column::LatestScanId);
        reads::one(select, &self.db, |row| {
            let scan = read(row)?;
            let latest = row.get::<Option<Uuid>>()? == Some(scan.id.uuid());
            Ok((scan, latest))
        })
        .await
    }

    async fn latest_findings(
        &self,
        version: VersionId,
        filter: &FindingFilter,
        page: &PageRequest<u32>,
    ) -> Result<Vec<(u32, Finding)>, StoreError> {
        let mut select = passing(self, version, filter).columns(FINDING);
        if let Some(after) = page.after {
            select = select.filter(finding::Column::Position.gt(i64::from(after)));
        }
        let select = select.order_by_asc(finding::Column::Position).limit(u64::from(page.limit.get()) + 1);
        reads::all(select, &self.db, read_finding).await
    }

    async fn count_latest_findings(
        &self,
        version: VersionId,
        filter: &FindingFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError> {
        reads::count(passing(self, version, filter), stop_at, &self.db).await
    }

    async fn affected_by(&self, vulnerability: &VulnerabilityId, limit: u32) -> Result<Vec<Affected>, StoreError> {
        let select = licensed::<finding::Entity>(self.scope)
            .filter(place_of_finding().in_subquery(places_of(vulnerability)))
            .join(JoinType::InnerJoin, image_version::Relation::Image.def())
            .columns([image::Column::Id, image::Column::Name, image::Column::LatestVersionId])
            .columns([image_version::Column::Id, image_version::Column::Name])
            .columns(FINDING)
            .order_by_asc(image::Column::Name)
            .order_by_desc(image_version::Column::PublishedAt)
            .order_by_desc(image_version::Column::Id)
            .order_by_asc(finding::Column::Position)
            .limit(u64::from(limit));
        reads::all(select, &self.db, read_affected).await
    }

    async fn scan_findings(&self, scan: ScanId) -> Result<Vec<Finding>, StoreError> {
        let select = licensed::<Entity>(self.scope).filter(Column::Id.eq(scan.uuid()));
        unpack(reads::one(packed_columns(select), &self.db, read_packed).await?).await
    }
}
