//! Users as their tenant reads them.

use async_trait::async_trait;
use podarmor_domain::access::{Email, NewUser, Role, User, UserName, UserPosition, UserRecord, UserState, Users};
use podarmor_domain::id::UserId;
use podarmor_domain::paging::PageRequest;
use podarmor_domain::store::StoreError;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Set,
};

use crate::entity::user_account::{ActiveModel, Column, Entity};
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

fn record_columns(select: Select<Entity>) -> Select<Entity> {
    let invited = Column::PasswordHash.is_null();
    columns(select).column(Column::Disabled).expr(invited).column(Column::CreatedAt)
}

fn read_record(row: &mut Row<'_>) -> Result<UserRecord, StoreError> {
    let user = read(row)?;
    let (disabled, invited): (bool, bool) = (row.get()?, row.get()?);
    let state = match (disabled, invited) {
        (true, _) => UserState::Disabled,
        (false, true) => UserState::Invited,
        (false, false) => UserState::Active,
    };
    Ok(UserRecord { user, state, created_at: row.time()? })
}

/// One of these users, as an admin sees it.
pub(super) async fn record(
    select: Select<Entity>,
    id: UserId,
    db: &impl ConnectionTrait,
) -> Result<Option<UserRecord>, StoreError> {
    reads::one(record_columns(select).filter(Column::Id.eq(id.uuid())), db, read_record).await
}

/// The row of a new user.
pub(super) fn new_row(new: &NewUser) -> ActiveModel {
    ActiveModel {
        id: Set(new.user.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        email: Set(new.user.email.to_string()),
        name: Set(new.user.name.to_string()),
        role: Set(new.user.role.as_str().to_owned()),
        password_hash: Set(new.password.as_ref().map(|hash| hash.as_phc().to_owned())),
        disabled: Set(false),
        created_at: Set(new.created_at.micros()),
        updated_at: Set(new.created_at.micros()),
    }
}

#[async_trait]
impl Users for Tenant {
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let select = columns(owned::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        reads::one(select, &self.db, read).await
    }

    async fn find_user_record(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        record(owned::<Entity>(self.scope), id, &self.db).await
    }

    async fn list_users(&self, page: &PageRequest<UserPosition>) -> Result<Vec<UserRecord>, StoreError> {
        let mut select = record_columns(owned::<Entity>(self.scope));
        if let Some(UserPosition(after)) = &page.after {
            select = select.filter(Column::Email.gt(after.as_str()));
        }
        let select = select.order_by_asc(Column::Email).limit(u64::from(page.limit.get()) + 1);
        reads::all(select, &self.db, read_record).await
    }

    async fn count_users(&self, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(owned::<Entity>(self.scope), stop_at, &self.db).await
    }
}
