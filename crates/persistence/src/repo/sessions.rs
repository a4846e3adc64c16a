//! Sessions and the accounts that sign in: looked up before anybody's tenant is known.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::access::{LoginAccount, NewSession, PasswordHash, Role, SessionState, SessionStates, Sessions};
use podarmor_domain::id::{SessionId, TenantId, UserId};
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::TenantSlug;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _, Set};

use crate::entity::session::{ActiveModel, Column, Entity, Relation};
use crate::entity::{refresh_token, tenant, user_account};
use crate::error::fault;
use crate::reads::{self, System};
use crate::repo::users;
use crate::row::Row;
use crate::scoped::{insert, platform, update};
use crate::tx::Tx;

#[async_trait]
impl Sessions for Tx {
    async fn insert_session(&self, session: &NewSession) -> Result<(), StoreError> {
        let (created_at, expires_at) = (session.created_at.micros(), session.expires_at.micros());
        let row = ActiveModel {
            id: Set(session.id.uuid()),
            tenant_id: Set(session.tenant.uuid()),
            user_id: Set(session.user.uuid()),
            created_at: Set(created_at),
            expires_at: Set(expires_at),
            ended_at: Set(None),
        };
        insert(self.scope, row, &self.db).await?;
        let token = refresh_token::ActiveModel {
            hash: Set(session.refresh.0.to_string()),
            session_id: Set(session.id.uuid()),
            created_at: Set(created_at),
            expires_at: Set(expires_at),
            used_at: Set(None),
        };
        insert(self.scope, token, &self.db).await
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
}

#[async_trait]
impl SessionStates for System {
    async fn session_state(&self, session: SessionId) -> Result<Option<SessionState>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .filter(Column::Id.eq(session.uuid()))
            .join(JoinType::InnerJoin, Relation::User.def())
            .join(JoinType::InnerJoin, Relation::Tenant.def())
            .columns([Column::Id, Column::UserId, Column::TenantId, Column::ExpiresAt, Column::EndedAt])
            .columns([user_account::Column::Role, user_account::Column::Disabled])
            .columns([tenant::Column::Slug, tenant::Column::Suspended]);
        let now = self.clock.now();
        reads::one(select, &self.db, |row| read_state(row, now)).await
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

fn read_state(row: &mut Row<'_>, now: Timestamp) -> Result<SessionState, StoreError> {
    let session = SessionId::from_uuid(row.begin("session")?);
    let (user, tenant) = (UserId::from_uuid(row.get()?), TenantId::from_uuid(row.get()?));
    let expires_at = row.time()?;
    let ended = row.time_optional()?.is_some();
    let role = row.parsed(Role::parse)?;
    let disabled: bool = row.get()?;
    let slug = row.parsed(TenantSlug::parse)?;
    let suspended: bool = row.get()?;
    let alive = !ended && !disabled && !suspended && now < expires_at;
    Ok(SessionState { session, user, tenant, slug, role, alive, expires_at })
}

fn read_account(row: &mut Row<'_>) -> Result<LoginAccount, StoreError> {
    let user = users::read(row)?;
    let tenant = TenantId::from_uuid(row.get()?);
    let password = PasswordHash::from_phc(row.get()?);
    let (disabled, suspended): (bool, bool) = (row.get()?, row.get()?);
    Ok(LoginAccount { user, tenant, password, enabled: !disabled && !suspended })
}
