//! Sessions. A request's is looked up by the portal itself, before anybody is known; a tenant sees
//! those of its users.

use sea_orm::entity::prelude::*;

use crate::scoped::TenantOwned;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub user_id: Uuid,
    pub created_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    /// Null until the first refresh.
    pub refreshed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    // Both columns: a session of one tenant never acts as a user of another.
    #[sea_orm(
        belongs_to = "super::user_account::Entity",
        from = "(Column::UserId, Column::TenantId)",
        to = "(super::user_account::Column::Id, super::user_account::Column::TenantId)"
    )]
    User,
    #[sea_orm(belongs_to = "super::tenant::Entity", from = "Column::TenantId", to = "super::tenant::Column::Id")]
    Tenant,
}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
