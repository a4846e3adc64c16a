//! SBOM documents of versions. Seen through the image's licence.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect as _, Select};

use crate::entity::image_version;
use crate::scoped::Licensed;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sbom")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version_id: Uuid,
    pub format: String,
    pub content_sha256: String,
    pub size_bytes: i64,
    pub imported_at: i64,
    /// Counts the documents of a version and format; the greatest is current.
    pub ordinal: i64,
    /// One zstd frame.
    pub document: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::image_version::Entity",
        from = "Column::VersionId",
        to = "super::image_version::Column::Id"
    )]
    Version,
}

impl ActiveModelBehavior for ActiveModel {}

impl Licensed for Entity {
    fn join_license(select: Select<Self>) -> Select<Self> {
        let select = select.join(JoinType::InnerJoin, Relation::Version.def());
        select.join(JoinType::InnerJoin, image_version::Relation::License.def())
    }
}
