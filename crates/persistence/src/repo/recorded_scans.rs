//! Scans as the publisher records them.

use async_trait::async_trait;
use podarmor_domain::id::{ScanId, VersionId};
use podarmor_domain::scan::{Changes, Finding, HistoryPosition, RecordedScans, Scan};
use podarmor_domain::store::StoreError;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set};

use crate::counts::{self, signed};
use crate::entity::scan::{ActiveModel, COUNTS, Column, Entity};
use crate::entity::{finding, finding_alias, image_version};
use crate::error::{fault, other};
use crate::repo::scans;
use crate::row::Row;
use crate::scoped::{delete, insert, insert_all, platform, update};
use crate::tx::Tx;
use crate::{finding_json, reads};

/// Findings that are made into rows at a time, so that not all of them lie in memory twice.
const CHUNK: usize = 500;

impl Tx {
    fn scans_of(&self, version: VersionId) -> Select<Entity> {
        platform::<Entity>(self.scope).filter(Column::VersionId.eq(version.uuid()))
    }

    async fn neighbour(&self, select: Select<Entity>, order: Order) -> Result<Option<ScanId>, StoreError> {
        let select =
            select.column(Column::Id).order_by(Column::ScannedAt, order.clone()).order_by(Column::Id, order).limit(1);
        reads::one(select, &self.db, |row: &mut Row<'_>| Ok(ScanId::from_uuid(row.get()?))).await
    }

    /// Replaces the current findings of a version.
    async fn replace_findings(&self, version: VersionId, findings: &[Finding]) -> Result<(), StoreError> {
        let old = delete::<finding::Entity>(self.scope).filter(finding::Column::VersionId.eq(version.uuid()));
        // The aliases go with them.
        old.exec(&self.db).await.map_err(fault)?;
        let mut position = 0..;
        for chunk in findings.chunks(CHUNK) {
            let (mut rows, mut names) = (Vec::with_capacity(chunk.len()), Vec::new());
            for (position, finding) in position.by_ref().zip(chunk) {
                rows.push(finding_row(version, position, finding)?);
                names.extend(aliases(version, position, finding));
            }
            insert_all(self.scope, rows, &self.db).await?;
            insert_all(self.scope, names, &self.db).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl RecordedScans for Tx {
    async fn find_recorded(
        &self,
        version: VersionId,
        scanned_at: Timestamp,
        content: Sha256,
    ) -> Result<Option<Scan>, StoreError> {
        let select = self
            .scans_of(version)
            .filter(Column::ScannedAt.eq(scanned_at.micros()))
            .filter(Column::ContentSha256.eq(content.to_string()));
        reads::one(scans::columns(select), &self.db, scans::read).await
    }

    async fn scan_before(&self, version: VersionId, place: HistoryPosition) -> Result<Option<ScanId>, StoreError> {
        let before = self.scans_of(version).filter(scans::place().lt(scans::position(place)));
        self.neighbour(before, Order::Desc).await
    }

    async fn scan_after(&self, version: VersionId, place: HistoryPosition) -> Result<Option<ScanId>, StoreError> {
        let after = self.scans_of(version).filter(scans::place().gt(scans::position(place)));
        self.neighbour(after, Order::Asc).await
    }

    async fn recorded_findings(&self, scan: ScanId) -> Result<Vec<Finding>, StoreError> {
        let select = platform::<Entity>(self.scope).filter(Column::Id.eq(scan.uuid()));
        scans::unpack(reads::one(scans::packed_columns(select), &self.db, scans::read_packed).await?).await
    }

    async fn insert_scan(&self, scan: &Scan, findings: &[Finding]) -> Result<(), StoreError> {
        let findings = findings.to_vec();
        let packed = tokio::task::spawn_blocking(move || finding_json::pack(&findings)).await;
        let mut row = ActiveModel {
            id: Set(scan.id.uuid()),
            version_id: Set(scan.version.uuid()),
            scanned_at: Set(scan.scanned_at.micros()),
            content_sha256: Set(scan.content.to_string()),
            scanner_name: Set(scan.scanner.name.clone()),
            scanner_version: Set(scan.scanner.version.clone()),
            db_built_at: Set(scan.scanner.db_built_at.map(Timestamp::micros)),
            appeared: Set(signed(scan.changes.appeared)?),
            resolved: Set(signed(scan.changes.resolved)?),
            recorded_at: Set(self.clock.now().micros()),
            findings: Set(packed.map_err(other)??),
            ..Default::default()
        };
        row.counts = Set(counts::set(&mut row, COUNTS, &scan.counts)?);
        insert(self.scope, row, &self.db).await
    }

    async fn set_changes(&self, scan: ScanId, changes: Changes) -> Result<(), StoreError> {
        let statement = update::<Entity>(self.scope)
            .col_expr(Column::Appeared, Expr::val(signed(changes.appeared)?))
            .col_expr(Column::Resolved, Expr::val(signed(changes.resolved)?))
            .filter(Column::Id.eq(scan.uuid()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }

    async fn make_latest(&self, scan: &Scan, findings: &[Finding]) -> Result<(), StoreError> {
        let Some(image) = self.lock_image_of(scan.version).await? else { return Ok(()) };
        self.replace_findings(scan.version, findings).await?;
        let statement = update::<image_version::Entity>(self.scope)
            .col_expr(image_version::Column::LatestScanId, Expr::val(scan.id.uuid()))
            .filter(image_version::Column::Id.eq(scan.version.uuid()));
        statement.exec(&self.db).await.map_err(fault)?;
        self.summarise(image).await
    }
}

fn finding_row(version: VersionId, position: i64, finding: &Finding) -> Result<finding::ActiveModel, StoreError> {
    Ok(finding::ActiveModel {
        version_id: Set(version.uuid()),
        position: Set(position),
        vulnerability_id: Set(finding.vulnerability.clone()),
        package_name: Set(finding.package.name.clone()),
        package_version: Set(finding.package.version.clone()),
        package_type: Set(finding.package.kind.clone()),
        fix_state: Set(finding.fix_state.as_str().to_owned()),
        severity: Set(scans::rank(finding.severity)),
        occurrences: Set(i64::from(finding.occurrences)),
        detail: Set(finding_json::detail(finding)?),
    })
}

fn aliases(version: VersionId, position: i64, finding: &Finding) -> Vec<finding_alias::ActiveModel> {
    let mut ids: Vec<&String> = finding.related.iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let row = |alias: &String| finding_alias::ActiveModel {
        version_id: Set(version.uuid()),
        position: Set(position),
        alias: Set(alias.clone()),
    };
    ids.into_iter().map(row).collect()
}
