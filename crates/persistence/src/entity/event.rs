//! Events, each once. Whose they are is in [`super::tenant_event`].

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub position: i64,
    pub id: Uuid,
    pub kind: String,
    pub occurred_at: i64,
    pub image_id: Option<Uuid>,
    pub version_id: Option<Uuid>,
    pub test: bool,
    /// As JSON.
    pub data: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
