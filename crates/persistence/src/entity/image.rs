//! Images, with a summary of their versions. Seen through a licence.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect as _, Select};

use crate::scoped::Licensed;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "image")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub repository: String,
    pub base_os: String,
    pub kind: String,
    /// The labels as `,a,b,`; empty without any.
    pub hardening: String,
    pub upstream_image: Option<String>,
    pub version_count: i64,
    pub latest_version_id: Option<Uuid>,
    pub latest_published_at: Option<i64>,
    pub latest_outstanding: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    /// Name, display name and description, in lower case, a line each.
    pub search_text: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::license::Entity", from = "Column::Id", to = "super::license::Column::ImageId")]
    License,
    #[sea_orm(
        belongs_to = "super::image_version::Entity",
        from = "Column::LatestVersionId",
        to = "super::image_version::Column::Id"
    )]
    LatestVersion,
}

impl ActiveModelBehavior for ActiveModel {}

impl Licensed for Entity {
    fn join_license(select: Select<Self>) -> Select<Self> {
        select.join(JoinType::InnerJoin, Relation::License.def())
    }
}
