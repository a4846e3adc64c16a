//! Versions of images. Seen through the image's licence.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect as _, Select};

use crate::scoped::Licensed;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "image_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub image_id: Uuid,
    pub name: String,
    pub digest: String,
    pub size_bytes: i64,
    /// Separated by commas.
    pub platforms: String,
    pub published_at: i64,
    pub deprecated_reason: Option<String>,
    pub deprecated_at: Option<i64>,
    pub latest_scan_id: Option<Uuid>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "super::license::Entity", from = "Column::ImageId", to = "super::license::Column::ImageId")]
    License,
    #[sea_orm(belongs_to = "super::image::Entity", from = "Column::ImageId", to = "super::image::Column::Id")]
    Image,
    #[sea_orm(belongs_to = "super::scan::Entity", from = "Column::LatestScanId", to = "super::scan::Column::Id")]
    LatestScan,
}

impl ActiveModelBehavior for ActiveModel {}

impl Licensed for Entity {
    fn join_license(select: Select<Self>) -> Select<Self> {
        select.join(JoinType::InnerJoin, Relation::License.def())
    }
}
