//! Answers of requests that are done once, sealed, for a day.

use sea_orm::entity::prelude::*;

use crate::scoped::TenantOwned;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_answer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// The hash of user, operation and the client's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: String,
    pub user_id: Uuid,
    /// The hash of the request that it answers.
    pub request: String,
    pub given_at: i64,
    pub sealed: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const TENANT: Column = Column::TenantId;
}
