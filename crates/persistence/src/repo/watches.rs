//! Watches, and where the watched vulnerabilities are.

use std::collections::HashMap;

use async_trait::async_trait;
use podarmor_domain::access::TenantScope;
use podarmor_domain::id::{ImageId, UserId, VersionId, WatchId};
use podarmor_domain::image::{ImageName, VersionName};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::scan::VulnerabilityId;
use podarmor_domain::store::StoreError;
use podarmor_domain::watch::{Watch, WatchMatch, WatchNote, WatchPosition, WatchWrites, Watched, Watches};
use sea_orm::{ColumnTrait as _, ConnectionTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set};
use uuid::Uuid;

use crate::advisory::{self, Advisory};
use crate::entity::cve_watch::{ActiveModel, Column, Entity};
use crate::error::fault;
use crate::lists::{self, given};
use crate::reads::{self, Tenant};
use crate::repo::scans;
use crate::row::Row;
use crate::scoped::{delete_owned, insert_owned, owned, query_of_tenant};
use crate::tx::TenantUnit;

fn columns(select: Select<Entity>) -> Select<Entity> {
    select.columns([Column::Id, Column::Vulnerability, Column::Note, Column::CreatedAt, Column::CreatedBy])
}

fn read(row: &mut Row<'_>) -> Result<Watch, StoreError> {
    Ok(Watch {
        id: WatchId::from_uuid(row.begin("cve_watch")?),
        vulnerability: row.parsed(VulnerabilityId::parse)?,
        note: row.parsed_optional(WatchNote::parse)?,
        created_at: row.time()?,
        created_by: row.get::<Option<Uuid>>()?.map(UserId::from_uuid),
    })
}

/// The first matches of each of the tenant's watches in list `$2`, and how many each has. As for
/// one vulnerability (`Scans::affected_by`), each half of the places is found by its index.
fn matches(backend: sea_orm::DbBackend) -> String {
    let given = given(backend, 2, &lists::IDS);
    let finding = scans::FINDING.map(|column| format!("finding.{}", sea_orm::IdenStatic::as_str(&column))).join(", ");
    format!(
        "WITH place AS (SELECT w.id AS watch_id, f.version_id, f.position FROM {given} \
         JOIN cve_watch w ON w.id = given.id JOIN finding f ON f.vulnerability_id = w.vulnerability \
         WHERE w.tenant_id = $1 UNION SELECT w.id, a.version_id, a.position FROM {given} \
         JOIN cve_watch w ON w.id = given.id JOIN finding_alias a ON a.alias = w.vulnerability \
         WHERE w.tenant_id = $1) \
         SELECT * FROM (SELECT place.watch_id, \
         count(*) OVER (PARTITION BY place.watch_id) AS matches, \
         row_number() OVER (PARTITION BY place.watch_id ORDER BY image.name, version.published_at DESC, \
         version.id DESC, finding.position) AS number, \
         image.id AS image_id, image.name AS image_name, version.id AS found_version, version.name AS version_name, \
         finding.since, {finding} \
         FROM place JOIN finding ON finding.version_id = place.version_id AND finding.position = place.position \
         JOIN image_version version ON version.id = place.version_id \
         JOIN license ON license.image_id = version.image_id AND license.tenant_id = $1 \
         JOIN image ON image.id = version.image_id) AS found \
         WHERE found.number <= {} ORDER BY found.watch_id, found.number",
        Watched::SHOWN
    )
}

fn read_match(row: &mut Row<'_>) -> Result<WatchMatch, StoreError> {
    let (image, image_name) = (ImageId::from_uuid(row.begin("image")?), row.parsed(ImageName::parse)?);
    let (version, version_name) = (VersionId::from_uuid(row.begin("image_version")?), row.parsed(VersionName::parse)?);
    let since = row.time()?;
    let (_, finding) = scans::read_finding(row)?;
    Ok(WatchMatch {
        image,
        image_name,
        version,
        version_name,
        vulnerability: finding.vulnerability,
        package: finding.package,
        severity: finding.severity,
        fix_state: finding.fix_state,
        fixed_in: finding.fixed_in,
        since,
    })
}

/// Adds the matches. One statement.
async fn with_matches<C>(scope: TenantScope, watches: Vec<Watch>, db: &C) -> Result<Vec<Watched>, StoreError>
where
    C: ConnectionTrait,
{
    if watches.is_empty() {
        return Ok(Vec::new());
    }
    let values = vec![lists::ids(watches.iter().map(|watch| watch.id.uuid()))?];
    let sql = matches(db.get_database_backend());
    let mut found: HashMap<Uuid, (u64, Vec<WatchMatch>)> = HashMap::new();
    for row in &query_of_tenant(scope, sql, values, db).await? {
        let mut row = Row::new(row);
        let (watch, count) = (row.begin("cve_watch")?, row.number()?);
        row.skip(1);
        found.entry(watch).or_insert_with(|| (count, Vec::new())).1.push(read_match(&mut row)?);
    }
    let watched = |watch: Watch| {
        let (match_count, matches) = found.remove(&watch.id.uuid()).unwrap_or_default();
        Watched { watch, matches, match_count }
    };
    Ok(watches.into_iter().map(watched).collect())
}

#[async_trait]
impl Watches for Tenant {
    async fn list_watches(&self, page: &PageRequest<WatchPosition>) -> Result<Vec<Watched>, StoreError> {
        let mut select = columns(owned::<Entity>(self.scope));
        if let Some(WatchPosition(after)) = page.after {
            select = select.filter(Column::Id.lt(after.uuid()));
        }
        let select = select.order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1);
        with_matches(self.scope, reads::all(select, &self.db, read).await?, &self.db).await
    }

    async fn count_watches(&self, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(owned::<Entity>(self.scope), stop_at, &self.db).await
    }

    async fn find_watch(&self, id: WatchId) -> Result<Option<Watched>, StoreError> {
        let select = columns(owned::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        let found = reads::one(select, &self.db, read).await?;
        Ok(with_matches(self.scope, found.into_iter().collect(), &self.db).await?.pop())
    }
}

impl TenantUnit {
    /// The newest fact there is. Nobody records one until the end of the unit of work.
    async fn newest_fact(&self) -> Result<i64, StoreError> {
        advisory::lock(Advisory::KnowFacts, &self.db).await?;
        let sql = "SELECT COALESCE(max(position), 0) FROM outbox_fact, tenant WHERE tenant.id = $1";
        let rows = query_of_tenant(self.scope, sql.to_owned(), Vec::new(), &self.db).await?;
        rows.first().map_or(Ok(0), |row| Row::new(row).get())
    }
}

#[async_trait]
impl WatchWrites for TenantUnit {
    async fn lock_watches(&self) -> Result<u64, StoreError> {
        self.lock_tenant().await?;
        reads::count(owned::<Entity>(self.scope), u64::from(u32::MAX), &self.db).await
    }

    async fn watch_on(&self, vulnerability: &VulnerabilityId) -> Result<Option<Watch>, StoreError> {
        let this = Column::Vulnerability.eq(vulnerability.as_str());
        reads::one(columns(owned::<Entity>(self.scope)).filter(this), &self.db, read).await
    }

    async fn insert_watch(&self, watch: &Watch) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(watch.id.uuid()),
            vulnerability: Set(watch.vulnerability.to_string()),
            note: Set(watch.note.as_ref().map(ToString::to_string)),
            created_at: Set(watch.created_at.micros()),
            created_by: Set(watch.created_by.map(UserId::uuid)),
            after_fact: Set(self.newest_fact().await?),
            ..Default::default()
        };
        insert_owned(self.scope, row, &self.db).await
    }

    async fn watched(&self, watch: Watch) -> Result<Watched, StoreError> {
        let watched = with_matches(self.scope, vec![watch], &self.db).await?.pop();
        watched.ok_or_else(|| StoreError::Other("a watch without itself".into()))
    }

    async fn delete_watch(&self, id: WatchId) -> Result<bool, StoreError> {
        let statement = delete_owned::<Entity>(self.scope).filter(Column::Id.eq(id.uuid()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }
}
