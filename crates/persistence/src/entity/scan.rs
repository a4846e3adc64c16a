//! Scans of versions. Seen through the image's licence.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect as _, Select};

use crate::entity::image_version;
use crate::scoped::Licensed;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version_id: Uuid,
    pub scanned_at: i64,
    pub content_sha256: String,
    pub scanner_name: String,
    pub scanner_version: String,
    pub db_built_at: Option<i64>,
    pub critical: i64,
    pub high: i64,
    pub medium: i64,
    pub low: i64,
    pub negligible: i64,
    pub unknown: i64,
    pub outstanding_critical: i64,
    pub outstanding_high: i64,
    pub outstanding_medium: i64,
    pub outstanding_low: i64,
    pub outstanding_negligible: i64,
    pub outstanding_unknown: i64,
    pub awaiting_upstream: i64,
    pub wont_fix: i64,
    pub unclassified: i64,
    pub distinct_vulnerabilities: i64,
    /// The numbers once more, as [`crate::counts`] writes them.
    pub counts: String,
    pub appeared: i64,
    pub resolved: i64,
    pub recorded_at: i64,
    /// All findings, as [`crate::finding_json`] packs them.
    pub findings: Vec<u8>,
}

/// The columns of [`crate::counts`], in its order.
pub(crate) const COUNTS: [Column; crate::counts::COLUMNS] = [
    Column::Critical,
    Column::High,
    Column::Medium,
    Column::Low,
    Column::Negligible,
    Column::Unknown,
    Column::OutstandingCritical,
    Column::OutstandingHigh,
    Column::OutstandingMedium,
    Column::OutstandingLow,
    Column::OutstandingNegligible,
    Column::OutstandingUnknown,
    Column::AwaitingUpstream,
    Column::WontFix,
    Column::Unclassified,
    Column::DistinctVulnerabilities,
];

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
