//! The two handles for reading, outside any transaction: each statement sees the latest commit.
//! What they read is in `repo/`.

use std::sync::Arc;

use podarmor_domain::access::{SystemScope, TenantScope};
use podarmor_domain::ports::Clock;
use podarmor_domain::store::{StoreError, SystemReads, TenantReads};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, QueryResult, QuerySelect as _, QueryTrait, Select};

use crate::error::fault;
use crate::row::Row;

/// Reads as one tenant.
pub(crate) struct Tenant {
    pub(crate) db: DatabaseConnection,
    pub(crate) scope: TenantScope,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TenantReads for Tenant {}

/// Reads that see everything.
pub(crate) struct System {
    pub(crate) db: DatabaseConnection,
    pub(crate) scope: SystemScope,
    pub(crate) clock: Arc<dyn Clock>,
}

impl SystemReads for System {}

/// All rows of an answer.
pub(crate) async fn all<E, T>(
    select: Select<E>,
    db: &impl ConnectionTrait,
    read: impl Fn(&mut Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError>
where
    E: EntityTrait,
{
    let rows = db.query_all(&select.into_query()).await.map_err(fault)?;
    rows.iter().map(|row| read(&mut Row::new(row))).collect()
}

/// The one row of an answer, if there is one.
pub(crate) async fn one<E, T>(
    select: Select<E>,
    db: &impl ConnectionTrait,
    read: impl Fn(&mut Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError>
where
    E: EntityTrait,
{
    let row: Option<QueryResult> = db.query_one(&select.into_query()).await.map_err(fault)?;
    row.as_ref().map(|row| read(&mut Row::new(row))).transpose()
}

/// How many rows there are, counting to `stop_at`.
pub(crate) async fn count<E: EntityTrait>(
    select: Select<E>,
    stop_at: u64,
    db: &impl ConnectionTrait,
) -> Result<u64, StoreError> {
    use sea_orm::sea_query::{Asterisk, Expr, ExprTrait as _, Query};
    let some = select.expr(Expr::val(1)).limit(stop_at).into_query();
    let statement = Query::select().expr(Expr::col(Asterisk).count()).from_subquery(some, "counted").take();
    let row = db.query_one(&statement).await.map_err(fault)?;
    row.map_or(Ok(0), |row| Row::new(&row).number())
}

/// Whether there is any row.
pub(crate) async fn exists<E: EntityTrait>(select: Select<E>, db: &impl ConnectionTrait) -> Result<bool, StoreError> {
    Ok(count(select, 1, db).await? > 0)
}
