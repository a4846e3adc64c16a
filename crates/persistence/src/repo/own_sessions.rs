//! The sessions and the password of one user, as that user manages them.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::access::{OwnSessions, PasswordHash, Session, SessionList};
use podarmor_domain::id::{SessionId, UserId};
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, UpdateMany};

use crate::entity::session::{Column, Entity};
use crate::entity::user_account;
use crate::error::fault;
use crate::reads::{self, Tenant};
use crate::row::Row;
use crate::scoped::{owned, update_owned};
use crate::tx::TenantUnit;

fn read(row: &mut Row<'_>) -> Result<Session, StoreError> {
    let id = SessionId::from_uuid(row.begin("session")?);
    let (created_at, expires_at) = (row.time()?, row.time()?);
    let refreshed_at = row.time_optional()?.unwrap_or(created_at);
    Ok(Session { id, created_at, refreshed_at, expires_at })
}

#[async_trait]
impl SessionList for Tenant {
    async fn list_sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        let select = owned::<Entity>(self.scope)
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::EndedAt.is_null())
            .filter(Column::ExpiresAt.gt(self.clock.now().micros()))
            .columns([Column::Id, Column::CreatedAt, Column::ExpiresAt, Column::RefreshedAt])
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id);
        reads::all(select, &self.db, read).await
    }

    async fn password_of(&self, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
        use user_account::Column;
        let select =
            owned::<user_account::Entity>(self.scope).filter(Column::Id.eq(user.uuid())).column(Column::PasswordHash);
        let found = reads::one(select, &self.db, |row| row.get::<Option<String>>()).await?;
        Ok(found.flatten().map(PasswordHash::from_phc))
    }
}

impl TenantUnit {
    /// The end of the user's sessions that have not ended.
    fn end(&self, user: UserId, at: Timestamp) -> UpdateMany<Entity> {
        update_owned::<Entity>(self.scope)
            .col_expr(Column::EndedAt, Expr::val(at.micros()))
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::EndedAt.is_null())
    }
}

#[async_trait]
impl OwnSessions for TenantUnit {
    async fn end_own_session(&self, user: UserId, session: SessionId, at: Timestamp) -> Result<bool, StoreError> {
        let statement =
            self.end(user, at).filter(Column::Id.eq(session.uuid())).filter(Column::ExpiresAt.gt(at.micros()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }

    async fn end_sessions(&self, user: UserId, except: Option<SessionId>, at: Timestamp) -> Result<(), StoreError> {
        let mut statement = self.end(user, at);
        if let Some(session) = except {
            statement = statement.filter(Column::Id.ne(session.uuid()));
        }
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }

    async fn change_password(
        &self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        use user_account::Column;
        let statement = update_owned::<user_account::Entity>(self.scope)
            .col_expr(Column::PasswordHash, Expr::val(new.as_phc()))
            .col_expr(Column::UpdatedAt, Expr::val(at.micros()))
            .filter(Column::Id.eq(user.uuid()))
            .filter(Column::PasswordHash.eq(old.as_phc()));
        let changed = statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0;
        if changed {
            self.drop_invitation(user).await?;
        }
        Ok(changed)
    }
}
