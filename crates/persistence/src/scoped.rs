//! Where every statement on a table begins. Nothing else in this crate may call
//! `EntityTrait::find` and its like (`clippy.toml` sees to that), so no statement can forget
//! whose rows it is about.
//!
//! Reads come without columns: callers name what they read, in the order in which they read it.

use podarmor_domain::access::{SystemScope, TenantScope};
use podarmor_domain::store::StoreError;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DeleteMany, EntityTrait, Insert, Iterable as _, QueryFilter,
    QueryResult, QuerySelect, Select, Statement, UpdateMany, Value,
};

use crate::entity::{license, tenant};
use crate::error::fault;

/// Tables whose rows belong to one tenant.
pub(crate) trait TenantOwned: EntityTrait {
    /// The column that says to whom.
    const TENANT: Self::Column;
}

/// Tables of the catalogue: a tenant sees the rows that hang on an image it is licensed for.
pub(crate) trait Licensed: EntityTrait {
    /// Joins the way from a row up to the licences of its image.
    fn join_license(select: Select<Self>) -> Select<Self>;
}

/// The tenant's own rows.
pub(crate) fn owned<E: TenantOwned>(scope: TenantScope) -> Select<E> {
    begin::<E>().filter(E::TENANT.eq(scope.tenant().uuid()))
}

/// The tenant itself.
pub(crate) fn own_tenant(scope: TenantScope) -> Select<tenant::Entity> {
    begin::<tenant::Entity>().filter(tenant::Column::Id.eq(scope.tenant().uuid()))
}

/// The rows of the catalogue that the tenant is licensed for.
pub(crate) fn licensed<E: Licensed>(scope: TenantScope) -> Select<E> {
    E::join_license(begin::<E>()).filter(license::Column::TenantId.eq(scope.tenant().uuid()))
}

/// All rows, for the publisher and for sign-in.
pub(crate) fn platform<E: EntityTrait>(_: SystemScope) -> Select<E> {
    begin::<E>()
}

#[expect(clippy::disallowed_methods, reason = "the one place; its callers above add the filter")]
fn begin<E: EntityTrait>() -> Select<E> {
    E::find().select_only()
}

/// A change of the tenant's own rows.
#[expect(clippy::disallowed_methods, reason = "the one place; it adds the filter")]
pub(crate) fn update_owned<E: TenantOwned>(scope: TenantScope) -> UpdateMany<E> {
    E::update_many().filter(E::TENANT.eq(scope.tenant().uuid()))
}

/// A deletion of the tenant's own rows.
#[expect(clippy::disallowed_methods, reason = "the one place; it adds the filter")]
pub(crate) fn delete_owned<E: TenantOwned>(scope: TenantScope) -> DeleteMany<E> {
    E::delete_many().filter(E::TENANT.eq(scope.tenant().uuid()))
}

/// Records one row of the tenant, whatever tenant `row` names.
#[expect(clippy::disallowed_methods, reason = "the one place; it sets the tenant")]
pub(crate) async fn insert_owned<A, C>(scope: TenantScope, mut row: A, db: &C) -> Result<(), StoreError>
where
    A: ActiveModelTrait,
    A::Entity: TenantOwned,
    C: ConnectionTrait,
{
    row.set(<A::Entity as TenantOwned>::TENANT, scope.tenant().uuid().into());
    A::Entity::insert(row).exec_without_returning(db).await.map_err(fault)?;
    Ok(())
}

/// A change of rows of any tenant.
#[expect(clippy::disallowed_methods, reason = "the one place; it takes the system's scope")]
pub(crate) fn update<E: EntityTrait>(_: SystemScope) -> UpdateMany<E> {
    E::update_many()
}

/// A deletion of rows of any tenant.
#[expect(clippy::disallowed_methods, reason = "the one place; it takes the system's scope")]
pub(crate) fn delete<E: EntityTrait>(_: SystemScope) -> DeleteMany<E> {
    E::delete_many()
}

/// A new row, not yet sent.
#[expect(clippy::disallowed_methods, reason = "the one place; it takes the system's scope")]
pub(crate) fn new_row<A: ActiveModelTrait>(_: SystemScope, row: A) -> Insert<A> {
    A::Entity::insert(row)
}

/// Records one row.
pub(crate) async fn insert<A, C>(scope: SystemScope, row: A, db: &C) -> Result<(), StoreError>
where
    A: ActiveModelTrait,
    C: ConnectionTrait,
{
    new_row(scope, row).exec_without_returning(db).await.map_err(fault)?;
    Ok(())
}

/// The answer to SQL of its own, over rows of any tenant. Values are `$1`, `$2`, … on both
/// databases.
pub(crate) async fn query<C: ConnectionTrait>(
    _: SystemScope,
    sql: String,
    values: Vec<Value>,
    db: &C,
) -> Result<Vec<QueryResult>, StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await.map_err(fault)
}

/// SQL of its own that changes rows of any tenant; answers how many.
pub(crate) async fn execute<C: ConnectionTrait>(
    _: SystemScope,
    sql: String,
    values: Vec<Value>,
    db: &C,
) -> Result<u64, StoreError> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await.map_err(fault)?.rows_affected())
}

/// The answer to SQL of its own over what one tenant may see: `$1` is the tenant, by which the
/// SQL has to filter.
pub(crate) async fn query_of_tenant<C: ConnectionTrait>(
    scope: TenantScope,
    sql: String,
    values: Vec<Value>,
    db: &C,
) -> Result<Vec<QueryResult>, StoreError> {
    let values = std::iter::once(Value::from(scope.tenant().uuid())).chain(values);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await.map_err(fault)
}

/// Rows with each statement. More would gain little, and the statement is kept prepared.
const ROWS: usize = 500;
/// Values with each statement: SQLite takes 32,766 at most, PostgreSQL 65,535.
const VALUES: usize = 32_000;

/// Records many rows, in as few statements as fit.
#[expect(clippy::disallowed_methods, reason = "the one place; it takes the system's scope")]
pub(crate) async fn insert_all<A, C>(_: SystemScope, rows: Vec<A>, db: &C) -> Result<(), StoreError>
where
    A: ActiveModelTrait,
    C: ConnectionTrait,
{
    let columns = <A::Entity as EntityTrait>::Column::iter().count();
    let chunk = (VALUES / columns.max(1)).min(ROWS);
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<A> = rows.by_ref().take(chunk).collect();
        if some.is_empty() {
            return Ok(());
        }
        A::Entity::insert_many(some).exec_without_returning(db).await.map_err(fault)?;
    }
}
