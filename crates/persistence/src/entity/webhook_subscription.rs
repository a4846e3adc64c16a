//! Webhook subscriptions, each of one tenant.

use sea_orm::entity::prelude::*;

use crate::scoped::TenantOwned;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_subscription")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub event: String,
    pub url: String,
    pub format: String,
    pub active: bool,
    pub disabled_reason: Option<String>,
    /// Sealed.
    pub secret: Vec<u8>,
    pub secret_hint: String,
    pub previous_secret: Option<Vec<u8>>,
    pub previous_until: Option<i64>,
    /// Null while deliveries succeed.
    pub failing_since: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
