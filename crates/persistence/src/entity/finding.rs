//! The findings of each version's latest scan. Seen through the image's licence.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect as _, Select};

use crate::entity::image_version;
use crate::scoped::Licensed;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub version_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub vulnerability_id: String,
    pub package_name: String,
    pub package_version: String,
    pub package_type: String,
    pub fix_state: String,
    /// The rank: 0 is the worst.
    pub severity: i64,
    pub occurrences: i64,
    /// The rest, as [`crate::finding_json`] writes it.
    pub detail: String,
    /// The time of the scan since which every scan shows it.
    pub since: i64,
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
