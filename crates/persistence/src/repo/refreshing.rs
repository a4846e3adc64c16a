//! Refresh tokens: each is used once, and is good for as long as its session.

use podarmor_domain::Timestamp;
use podarmor_domain::access::{RefreshTokenHash, RefreshTokenState};
use podarmor_domain::id::SessionId;
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::TenantSlug;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, JoinType, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    RelationTrait as _, Set,
};
use uuid::Uuid;

use crate::entity::refresh_token::{ActiveModel, Column, Entity, Relation};
use crate::entity::{session, tenant};
use crate::error::fault;
use crate::reads;
use crate::row::Row;
use crate::scoped::{insert, platform, update};
use crate::tx::Tx;

impl Tx {
    /// One statement: whoever comes second waits for the row, and then finds it used.
    pub(super) async fn claim(&self, token: RefreshTokenHash, at: Timestamp) -> Result<Option<SessionId>, StoreError> {
        let session = |column| Expr::col((session::Entity, column));
        let live = Query::select()
            .expr(Expr::val(1))
            .from(session::Entity)
            .and_where(session(session::Column::Id).equals((Entity, Column::SessionId)))
            .and_where(session(session::Column::EndedAt).is_null())
            .and_where(session(session::Column::ExpiresAt).gt(at.micros()))
            .take();
        let mut statement = update::<Entity>(self.scope)
            .col_expr(Column::UsedAt, Expr::val(at.micros()))
            .filter(Column::Hash.eq(token.0.to_string()))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(at.micros()))
            .filter(Expr::exists(live))
            .into_query();
        let row = self.db.query_one(statement.returning_col(Column::SessionId)).await.map_err(fault)?;
        row.map(|row| Row::new(&row).get().map(SessionId::from_uuid)).transpose()
    }

    pub(super) async fn token_state(&self, token: RefreshTokenHash) -> Result<Option<RefreshTokenState>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .filter(Column::Hash.eq(token.0.to_string()))
            .join(JoinType::InnerJoin, Relation::Session.def())
            .join(JoinType::InnerJoin, session::Relation::Tenant.def())
            .columns([Column::SessionId, Column::UsedAt])
            .column(tenant::Column::Slug);
        reads::one(select, &self.db, |row| {
            let session = SessionId::from_uuid(row.get()?);
            let used_at = row.time_optional()?;
            Ok(RefreshTokenState { session, slug: row.parsed(TenantSlug::parse)?, used_at })
        })
        .await
    }

    /// Does nothing when the session is gone.
    pub(super) async fn add_token(
        &self,
        session: SessionId,
        token: RefreshTokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut touch = update::<session::Entity>(self.scope)
            .col_expr(session::Column::RefreshedAt, Expr::val(at.micros()))
            .filter(session::Column::Id.eq(session.uuid()))
            .into_query();
        let touched = self.db.query_one(touch.returning_col(session::Column::ExpiresAt)).await.map_err(fault)?;
        let Some(touched) = touched else { return Ok(()) };
        let expires_at = Row::new(&touched).get()?;
        self.insert_token(session.uuid(), token, at, expires_at).await
    }

    pub(super) async fn insert_token(
        &self,
        session: Uuid,
        token: RefreshTokenHash,
        at: Timestamp,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        let row = ActiveModel {
            hash: Set(token.0.to_string()),
            session_id: Set(session),
            created_at: Set(at.micros()),
            expires_at: Set(expires_at),
            used_at: Set(None),
        };
        insert(self.scope, row, &self.db).await
    }
}
