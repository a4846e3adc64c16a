//! Scans of upstream images. A tenant sees the newest with its licensed image, so reads begin
//! at the image.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "baseline")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub image_id: Uuid,
    pub upstream_image: String,
    pub digest: Option<String>,
    pub scanned_at: i64,
    pub scanner_name: String,
    pub scanner_version: String,
    pub db_built_at: Option<i64>,
    pub content_sha256: String,
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
    pub size_bytes: i64,
    pub recorded_at: i64,
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
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
