//! Users as their tenant reads them.

use async_trait::async_trait;
use podarmor_domain::access::{Email, Role, User, UserName, Users};
use podarmor_domain::id::UserId;
use podarmor_domain::store::StoreError;
use sea_orm::{ColumnTrait as _, EntityTrait, QueryFilter as _, QuerySelect as _, Select};

use crate::entity::user_account::{Column, Entity};
use crate::reads::{self, Tenant};
use crate::row::Row;
use crate::scoped::owned;

/// Adds a user's columns to a select that has the table.
pub(super) fn columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select.columns([Column::Id, Column::Email, Column::Name, Column::Role])
}

/// Reads what [`columns`] added.
pub(super) fn read(row: &mut Row<'_>) -> Result<User, StoreError> {
    Ok(User {
        id: UserId::from_uuid(row.begin("user_account")?),
        email: row.parsed(Email::parse)?,
        name: row.parsed(UserName::parse)?,
        role: row.parsed(Role::parse)?,
    })
}

#[async_trait]
impl Users for Tenant {
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let select = columns(owned::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        reads::one(select, &self.db, read).await
    }
}
