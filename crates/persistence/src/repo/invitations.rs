//! Invitations as whoever was invited presents them, before anybody is known.

use podarmor_domain::access::InvitationState;
use podarmor_domain::id::UserId;
use podarmor_domain::store::StoreError;
use podarmor_domain::tenant::TenantSlug;
use podarmor_domain::{Sha256, Timestamp};
use sea_orm::{ColumnTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _};

use crate::entity::invitation::{Column, Entity, Relation};
use crate::entity::tenant;
use crate::error::fault;
use crate::reads;
use crate::scoped::{delete, platform};
use crate::tx::Tx;

impl Tx {
    pub(super) async fn find_invitation(
        &self,
        token: Sha256,
        at: Timestamp,
    ) -> Result<Option<InvitationState>, StoreError> {
        let select = platform::<Entity>(self.scope)
            .filter(Column::Hash.eq(token.to_string()))
            .filter(Column::ExpiresAt.gt(at.micros()))
            .join(JoinType::InnerJoin, Relation::Tenant.def())
            .column(Column::UserId)
            .column(tenant::Column::Slug);
        reads::one(select, &self.db, |row| {
            let user = UserId::from_uuid(row.begin("invitation")?);
            Ok(InvitationState { user, slug: row.parsed(TenantSlug::parse)? })
        })
        .await
    }

    /// One statement: a row is deleted once.
    pub(super) async fn take_invitation(&self, token: Sha256, at: Timestamp) -> Result<bool, StoreError> {
        let statement = delete::<Entity>(self.scope)
            .filter(Column::Hash.eq(token.to_string()))
            .filter(Column::ExpiresAt.gt(at.micros()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }

    pub(super) async fn drop_invitation(&self, user: UserId) -> Result<(), StoreError> {
        let statement = delete::<Entity>(self.scope).filter(Column::UserId.eq(user.uuid()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }

    pub(super) async fn purge_invitations(&self, before: Timestamp) -> Result<(), StoreError> {
        let statement = delete::<Entity>(self.scope).filter(Column::ExpiresAt.lt(before.micros()));
        statement.exec(&self.db).await.map(drop).map_err(fault)
    }
}
