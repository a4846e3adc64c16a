//! Scans as the publisher records them.

use async_trait::async_trait;
use podarmor_domain::id::{ScanId, VersionId};
use podarmor_domain::scan::{Changes, Finding, HistoryPosition, Package, RecordedScans, Scan, Standing};
use podarmor_domain::store::StoreError;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set,
};
use serde::Serialize;

use crate::counts::{self, signed};
use crate::entity::scan::{ActiveModel, COUNTS, Column, Entity};
use crate::entity::{finding, finding_alias, image_version};
use crate::error::{fault, other};
use crate::lists::{self, Field};
use crate::repo::scans;
use crate::row::Row;
use crate::scoped::{delete, execute, insert, insert_all, platform, update};
use crate::tx::Tx;
use crate::{finding_json, reads};

/// Findings that are made into rows at a time, so that not all of them lie in memory twice.
const CHUNK: usize = 500;

impl Tx {
    fn scans_of(&self, version: VersionId) -> Select<Entity> {
        platform::<Entity>(self.scope).filter(Column::VersionId.eq(version.uuid()))
    }

    async fn neighbour(&self, select: Select<Entity>, order: Order) -> Result<Option<HistoryPosition>, StoreError> {
        let select = select
            .columns([Column::Id, Column::ScannedAt])
            .order_by(Column::ScannedAt, order.clone())
            .order_by(Column::Id, order)
            .limit(1);
        let read = |row: &mut Row<'_>| {
            let id = ScanId::from_uuid(row.begin("scan")?);
            Ok(HistoryPosition { scanned_at: row.time()?, id })
        };
        reads::one(select, &self.db, read).await
    }

    /// Replaces the current findings of a version.
    async fn replace_findings(&self, scan: &Scan, findings: &[Finding], since: &[Timestamp]) -> Result<(), StoreError> {
        let version = scan.version;
        let old = delete::<finding::Entity>(self.scope).filter(finding::Column::VersionId.eq(version.uuid()));
        // The aliases go with them.
        old.exec(&self.db).await.map_err(fault)?;
        let mut position = 0..;
        let mut since = since.iter().copied().chain(std::iter::repeat(scan.scanned_at));
        for chunk in findings.chunks(CHUNK) {
            let (mut rows, mut names) = (Vec::with_capacity(chunk.len()), Vec::new());
            for ((finding, position), since) in chunk.iter().zip(position.by_ref()).zip(since.by_ref()) {
                rows.push(finding_row(version, position, finding, since)?);
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
        Ok(self.neighbour(before, Order::Desc).await?.map(|before| before.id))
    }

    async fn scan_after(
        &self,
        version: VersionId,
        place: HistoryPosition,
    ) -> Result<Option<HistoryPosition>, StoreError> {
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

    async fn make_latest(&self, scan: &Scan, findings: &[Finding], since: &[Timestamp]) -> Result<(), StoreError> {
        let Some(image) = self.lock_image_of(scan.version).await? else { return Ok(()) };
        self.replace_findings(scan, findings, since).await?;
        let statement = update::<image_version::Entity>(self.scope)
            .col_expr(image_version::Column::LatestScanId, Expr::val(scan.id.uuid()))
            .filter(image_version::Column::Id.eq(scan.version.uuid()));
        statement.exec(&self.db).await.map_err(fault)?;
        self.summarise(image).await
    }

    async fn standing(&self, version: VersionId) -> Result<Vec<Standing>, StoreError> {
        use finding::Column;
        let select = platform::<finding::Entity>(self.scope)
            .filter(Column::VersionId.eq(version.uuid()))
            .columns([Column::VulnerabilityId, Column::PackageName, Column::PackageVersion, Column::PackageType])
            .column(Column::Since)
            .order_by_asc(Column::Position);
        reads::all(select, &self.db, read_standing).await
    }

    async fn move_standing(&self, version: VersionId, moved: &[Standing]) -> Result<(), StoreError> {
        if moved.is_empty() {
            return Ok(());
        }
        let rows: Vec<MovedRow<'_>> = moved.iter().map(MovedRow::from).collect();
        let sql = format!(
            "UPDATE finding SET since = given.since FROM {} WHERE finding.version_id = $2 \
             AND finding.vulnerability_id = given.vulnerability AND finding.package_name = given.package_name \
             AND finding.package_version = given.package_version AND finding.package_type = given.package_type",
            lists::given(self.db.get_database_backend(), 1, &MOVED)
        );
        execute(self.scope, sql, vec![lists::list(&rows)?, version.uuid().into()], &self.db).await.map(drop)
    }
}

fn read_standing(row: &mut Row<'_>) -> Result<Standing, StoreError> {
    let vulnerability = row.get()?;
    let package = Package { name: row.get()?, version: row.get()?, kind: row.get()? };
    Ok(Standing { vulnerability, package, since: row.time()? })
}

#[derive(Serialize)]
struct MovedRow<'a> {
    vulnerability: &'a str,
    package_name: &'a str,
    package_version: &'a str,
    package_type: &'a str,
    since: i64,
}

const MOVED: [Field; 5] = [
    Field::Text("vulnerability"),
    Field::Text("package_name"),
    Field::Text("package_version"),
    Field::Text("package_type"),
    Field::Number("since"),
];

impl<'a> From<&'a Standing> for MovedRow<'a> {
    fn from(standing: &'a Standing) -> Self {
        Self {
            vulnerability: &standing.vulnerability,
            package_name: &standing.package.name,
            package_version: &standing.package.version,
            package_type: &standing.package.kind,
            since: standing.since.micros(),
        }
    }
}

fn finding_row(
    version: VersionId,
    position: i64,
    finding: &Finding,
    since: Timestamp,
) -> Result<finding::ActiveModel, StoreError> {
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
        since: Set(since.micros()),
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
