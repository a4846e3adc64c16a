//! Users as an admin of their tenant changes them.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::access::{NewInvitation, NewUser, Role, UserRecord, UserState, UserWrites};
use podarmor_domain::id::UserId;
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QuerySelect as _, Set};

use crate::entity::user_account::{Column, Entity};
use crate::entity::{invitation, tenant};
use crate::error::fault;
use crate::reads;
use crate::repo::users;
use crate::scoped::{delete_owned, insert_owned, own_tenant, owned, update_owned};
use crate::tx::TenantUnit;

impl TenantUnit {
    /// Waits until no other unit of work that asked for this changes the tenant. New rows may
    /// refer to the tenant meanwhile, hence no stronger lock: a sign-in does not wait.
    pub(super) async fn lock_tenant(&self) -> Result<(), StoreError> {
        let lock = own_tenant(self.scope).column(tenant::Column::Id).lock(LockType::NoKeyUpdate);
        reads::one(lock, &self.db, |_| Ok(())).await.map(drop)
    }

    /// The invitation of a user of this tenant stops working.
    pub(super) async fn drop_invitation(&self, user: UserId) -> Result<(), StoreError> {
        let theirs = invitation::Column::UserId.eq(user.uuid());
        let statement = delete_owned::<invitation::Entity>(self.scope).filter(theirs);
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }
}

#[async_trait]
impl UserWrites for TenantUnit {
    async fn lock_users(&self) -> Result<u64, StoreError> {
        self.lock_tenant().await?;
        let active_admins = owned::<Entity>(self.scope)
            .filter(Column::Role.eq(Role::Admin.as_str()))
            .filter(Column::Disabled.eq(false))
            .filter(Column::PasswordHash.is_not_null());
        reads::count(active_admins, u64::from(u32::MAX), &self.db).await
    }

    async fn user_record(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        users::record(owned::<Entity>(self.scope), id, &self.db).await
    }

    async fn insert_tenant_user(&self, user: &NewUser) -> Result<(), StoreError> {
        insert_owned(self.scope, users::new_row(user), &self.db).await
    }

    async fn update_user(&self, record: &UserRecord, at: Timestamp) -> Result<(), StoreError> {
        let statement = update_owned::<Entity>(self.scope)
            .col_expr(Column::Name, Expr::val(record.user.name.as_str()))
            .col_expr(Column::Role, Expr::val(record.user.role.as_str()))
            .col_expr(Column::Disabled, Expr::val(record.state == UserState::Disabled))
            .col_expr(Column::UpdatedAt, Expr::val(at.micros()))
            .filter(Column::Id.eq(record.user.id.uuid()));
        statement.exec(&self.db).await.map_err(fault)?;
        if record.state == UserState::Disabled {
            self.drop_invitation(record.user.id).await?;
        }
        Ok(())
    }

    async fn delete_user(&self, id: UserId) -> Result<bool, StoreError> {
        // Sessions, their refresh tokens and the invitation refer to the user, and go along.
        let statement = delete_owned::<Entity>(self.scope).filter(Column::Id.eq(id.uuid()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }

    async fn insert_invitation(&self, new: &NewInvitation) -> Result<(), StoreError> {
        self.drop_invitation(new.user).await?;
        let row = invitation::ActiveModel {
            user_id: Set(new.user.uuid()),
            hash: Set(new.hash.to_string()),
            created_at: Set(new.created_at.micros()),
            expires_at: Set(new.expires_at.micros()),
            ..Default::default()
        };
        insert_owned(self.scope, row, &self.db).await
    }
}
