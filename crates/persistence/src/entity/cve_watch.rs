//! Watches on vulnerabilities, each of one tenant.

use sea_orm::entity::prelude::*;

use crate::scoped::TenantOwned;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cve_watch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub vulnerability: String,
    pub note: Option<String>,
    pub created_at: i64,
    /// Null once that user is gone.
    pub created_by: Option<Uuid>,
    /// The newest fact when it was made: it concerns those behind.
    pub after_fact: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
