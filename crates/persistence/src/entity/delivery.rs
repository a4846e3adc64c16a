//! Deliveries of events to subscriptions, each of one tenant. The attempt under way is part of the
//! row: `attempts` is its number, `claimed_at` when it began.

use sea_orm::entity::prelude::*;

use crate::scoped::TenantOwned;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub tenant_id: Uuid,
    pub subscription_id: Uuid,
    pub event_position: i64,
    pub status: String,
    pub attempts: i64,
    pub failures: i64,
    pub next_attempt_at: Option<i64>,
    pub lease_until: Option<i64>,
    pub lease_token: Option<Uuid>,
    pub claimed_at: Option<i64>,
    pub error: Option<String>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::event::Entity",
        from = "Column::EventPosition",
        to = "super::event::Column::Position"
    )]
    Event,
    #[sea_orm(
        belongs_to = "super::delivery_attempt::Entity",
        from = "Column::Id",
        to = "super::delivery_attempt::Column::DeliveryId"
    )]
    Attempt,
}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
