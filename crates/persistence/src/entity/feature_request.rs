//! Feature requests of tenants, each with its history.

use sea_orm::entity::prelude::*;

use crate::scoped::TenantOwned;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub kind: String,
    pub status: String,
    pub created_at: i64,
    pub updated_at: i64,
    /// A user who may be gone.
    pub created_by: Uuid,
    pub image_id: Option<Uuid>,
    pub package_name: Option<String>,
    pub package_version: Option<String>,
    pub package_ecosystem: Option<String>,
    pub title: String,
    pub description: String,
    pub reply: Option<String>,
    /// A JSON array, oldest first.
    pub history: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::tenant::Entity", from = "Column::TenantId", to = "super::tenant::Column::Id")]
    Tenant,
    #[sea_orm(
        belongs_to = "super::user_account::Entity",
        from = "Column::CreatedBy",
        to = "super::user_account::Column::Id"
    )]
    Author,
}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
