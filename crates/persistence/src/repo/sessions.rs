//! Sessions and the accounts that sign in: looked up before anybody's tenant is known.

use async_trait::async_trait;
use podarmor_domain::access::{
    InvitationState, LoginAccount, NewSession, PasswordHash, RefreshTokenHash, RefreshTokenState, SessionState,
    SessionStates, Sessions, SystemScope,
};
use podarmor_domain::id::{SessionId, TenantId, UserId};
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::TenantSlug;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{
    ColumnTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _, Select, Set,
    UpdateMany,
};
use uuid::Uuid;

use crate::entity::session::{ActiveModel, Column, Entity, Relation};
use crate::entity::{tenant, user_account};
use crate::error::fault;
use crate::reads::{self, System};
use crate::repo::users;
use crate::row::Row;
use crate::scoped::{delete, insert, platform, update};
use crate::tx::Tx;

impl Tx {
    /// The end of sessions that have not ended.
    fn end(&self, at: Timestamp) -> UpdateMany<Entity> {
        update::<Entity>(self.scope).col_expr(Column::EndedAt, Expr::val(at.micros())).filter(Column::EndedAt.is_null())
    }

    /// The live sessions of a user, newest first. Two sign-ins at once would each count without
    /// the other: the second waits here for the first.
    async fn lock_live_sessions(&self, user: UserId, at: Timestamp) -> Result<Vec<Uuid>, StoreError> {
        let lock = platform::<user_account::Entity>(self.scope)
            .filter(user_account::Column::Id.eq(user.uuid()))
            .column(user_account::Column::Id)
            .lock(LockType::NoKeyUpdate);
        reads::one(lock, &self.db, |_| Ok(())).await?;
        let live = platform::<Entity>(self.scope)
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::EndedAt.is_null())
            .filter(Column::ExpiresAt.gt(at.micros()))
            .column(Column::Id)
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id);
        reads::all(live, &self.db, |row| row.get()).await
    }
}

#[async_trait]
impl Sessions for Tx {
    async fn store_time(&self) -> Result<Timestamp, StoreError> {
        self.now().await
    }

    async fn insert_session(&self, session: &NewSession) -> Result<(), StoreError> {
        let (id, expires_at) = (session.id.uuid(), session.expires_at.micros());
        let row = ActiveModel {
            id: Set(id),
            tenant_id: Set(session.tenant.uuid()),
            user_id: Set(session.user.uuid()),
            created_at: Set(session.created_at.micros()),
            expires_at: Set(expires_at),
            ended_at: Set(None),
            refreshed_at: Set(None),
        };
        insert(self.scope, row, &self.db).await?;
        self.insert_token(id, session.refresh, session.created_at, expires_at).await
    }

    async fn end_oldest_sessions(&self, user: UserId, keep: u32, at: Timestamp) -> Result<(), StoreError> {
        let live = self.lock_live_sessions(user, at).await?;
        let oldest: Vec<Uuid> = live.into_iter().skip(keep as usize).collect();
        if oldest.is_empty() {
            return Ok(());
        }
        self.end(at).filter(Column::Id.is_in(oldest)).exec(&self.db).await.map(drop).map_err(fault)
    }

    async fn claim_refresh_token(
        &self,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        self.claim(token, at).await
    }

    async fn refresh_token_state(&self, token: RefreshTokenHash) -> Result<Option<RefreshTokenState>, StoreError> {
        self.token_state(token).await
    }

    async fn insert_refresh_token(
        &self,
        session: SessionId,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.add_token(session, token, at).await
    }

    async fn end_session(&self, session: SessionId, at: Timestamp) -> Result<bool, StoreError> {
        let ended = self.end(at).filter(Column::Id.eq(session.uuid())).exec(&self.db).await;
        Ok(ended.map_err(fault)?.rows_affected > 0)
    }

    async fn session_state_now(&self, session: SessionId) -> Result<Option<SessionState>, StoreError> {
        let now = self.clock.now();
        reads::one(state(self.scope, session), &self.db, |row| read_state(row, now)).await
    }

    async fn purge_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.purge_invitations(before).await?;
        let before = before.micros();
        // The refresh tokens go with their session.
        let statement =
            delete::<Entity>(self.scope).filter(Column::EndedAt.lt(before).or(Column::ExpiresAt.lt(before)));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected)
    }

    async fn password_stands(&self, user: UserId, password: &PasswordHash) -> Result<bool, StoreError> {
        use user_account::Column;
        let select = platform::<user_account::Entity>(self.scope)
            .filter(Column::Id.eq(user.uuid()))
            .filter(Column::PasswordHash.eq(password.as_phc()))
            .filter(Column::Disabled.eq(false))
            .column(Column::Id)
            .lock(LockType::NoKeyUpdate);
        Ok(reads::one(select, &self.db, |_| Ok(())).await?.is_some())
    }

    async fn upgrade_password(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Result<(), StoreError> {
        use user_account::Column;
        let statement = update::<user_account::Entity>(self.scope)
            .col_expr(Column::PasswordHash, Expr::val(new.as_phc()))
            .col_expr(Column::UpdatedAt, Expr::val(self.clock.now().micros()))
            .filter(Column::Id.eq(user.uuid()))
            .filter(Column::PasswordHash.eq(old.as_phc()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }

    async fn invitation(&self, token: Sha256, at: Timestamp) -> Result<Option<InvitationState>, StoreError> {
        self.find_invitation(token, at).await
    }

    async fn use_invitation(&self, token: Sha256, at: Timestamp) -> Result<bool, StoreError> {
        self.take_invitation(token, at).await
    }

    async fn reset_password(&self, user: UserId, password: &PasswordHash, at: Timestamp) -> Result<(), StoreError> {
        let statement = update::<user_account::Entity>(self.scope)
            .col_expr(user_account::Column::PasswordHash, Expr::val(password.as_phc()))
            .col_expr(user_account::Column::UpdatedAt, Expr::val(at.micros()))
            .filter(user_account::Column::Id.eq(user.uuid()));
        statement.exec(&self.db).await.map_err(fault)?;
        self.drop_invitation(user).await?;
        self.end(at).filter(Column::UserId.eq(user.uuid())).exec(&self.db).await.map(drop).map_err(fault)
    }
}

#[async_trait]
impl SessionStates for System {
    async fn session_state(&self, session: SessionId) -> Result<Option<SessionState>, StoreError> {
        let now = self.clock.now();
        reads::one(state(self.scope, session), &self.db, |row| read_state(row, now)).await
    }

    async fn login_account(&self, slug: &str, email: &str) -> Result<Option<LoginAccount>, StoreError> {
        let select = platform::<user_account::Entity>(self.scope)
            .join(JoinType::InnerJoin, user_account::Relation::Tenant.def())
            .filter(tenant::Column::Slug.eq(slug))
            .filter(user_account::Column::Email.eq(email));
        let select = users::columns(select)
            .columns([
                user_account::Column::TenantId,
                user_account::Column::PasswordHash,
                user_account::Column::Disabled,
            ])
            .column(tenant::Column::Suspended);
        reads::one(select, &self.db, read_account).await
    }
}

fn state(scope: SystemScope, session: SessionId) -> Select<Entity> {
    let select = platform::<Entity>(scope)
        .filter(Column::Id.eq(session.uuid()))
        .join(JoinType::InnerJoin, Relation::User.def())
        .join(JoinType::InnerJoin, Relation::Tenant.def())
        .columns([Column::Id, Column::TenantId, Column::ExpiresAt, Column::EndedAt])
        .columns([tenant::Column::Slug, tenant::Column::Suspended])
        .column(user_account::Column::Disabled);
    users::columns(select)
}

fn read_state(row: &mut Row<'_>, now: Timestamp) -> Result<SessionState, StoreError> {
    let session = SessionId::from_uuid(row.begin("session")?);
    let tenant = TenantId::from_uuid(row.get()?);
    let expires_at = row.time()?;
    let ended = row.time_optional()?.is_some();
    let slug = row.parsed(TenantSlug::parse)?;
    let (suspended, disabled): (bool, bool) = (row.get()?, row.get()?);
    let account = users::read(row)?;
    let alive = !ended && !disabled && !suspended && now < expires_at;
    let (user, role) = (account.id, account.role);
    Ok(SessionState { session, user, tenant, slug, role, account, alive, ended, expires_at })
}

fn read_account(row: &mut Row<'_>) -> Result<LoginAccount, StoreError> {
    let user = users::read(row)?;
    let tenant = TenantId::from_uuid(row.get()?);
    let password = row.get::<Option<String>>()?.map(PasswordHash::from_phc);
    let (disabled, suspended): (bool, bool) = (row.get()?, row.get()?);
    Ok(LoginAccount { user, tenant, password, enabled: !disabled && !suspended })
}
