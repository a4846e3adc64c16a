//! The `data` of each kind of event.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// `image.scanned`: a scan of a version was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageScanned {
    /// The image's name.
    pub image_name: String,
    /// The version's name.
    pub version: String,
    /// Findings with a fix to pull.
    pub outstanding_count: u64,
    /// Findings without.
    pub residual_count: u64,
    /// Findings of critical severity, with or without a fix.
    pub critical_count: u64,
    /// Findings of high severity, with or without a fix.
    pub high_count: u64,
    /// When the scan ran.
    pub scanned_at: Timestamp,
}

/// `image.rebuilt`: an immutable version was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRebuilt {
    /// The image's name.
    pub image_name: String,
    /// The version's name.
    pub version: String,
    /// The manifest digest.
    pub digest: String,
    /// Compressed size in bytes.
    pub size_bytes: u64,
    /// Since when it can be pulled.
    pub published_at: Timestamp,
}

/// `version_deprecated`: a version was marked deprecated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionDeprecated {
    /// The image's name.
    pub image_name: String,
    /// The version's name.
    pub version: String,
    /// The manifest digest.
    pub digest: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub deprecated_at: Timestamp,
}

/// A package as the scanner names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageName {
    /// The name.
    pub name: String,
    /// The installed version.
    pub version: String,
    /// The kind: `deb`, `npm`, …
    #[serde(rename = "type")]
    pub kind: String,
}

/// A finding of a watched vulnerability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchedFinding {
    /// The id under which the scanner reports it: the watched one or an alias.
    pub vulnerability_id: String,
    /// The package.
    pub package: PackageName,
    /// How bad it is.
    pub severity: String,
    /// Whether there is a fix.
    pub fix_state: String,
    /// The versions that fix it.
    pub fixed_in: Vec<String>,
}

/// `cve.watched`: a scan shows a watched vulnerability in a version where the scan before it did
/// not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CveWatched {
    /// The watch.
    pub watch_id: String,
    /// The watched id.
    pub cve_id: String,
    /// The image's name.
    pub image_name: String,
    /// The version's name.
    pub version: String,
    /// When the scan ran.
    pub scanned_at: Timestamp,
    /// Where it is.
    pub matches: Vec<WatchedFinding>,
}

/// `cve.actionable`: a fix appeared for a finding that had none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CveActionable {
    /// The id under which the scanner reports it.
    pub cve_id: String,
    /// The image's name.
    pub image_name: String,
    /// The version's name.
    pub version: String,
    /// The package.
    pub package: PackageName,
    /// How bad it is.
    pub severity: String,
    /// The versions that fix it.
    pub fixed_in: Vec<String>,
    /// When the scan ran.
    pub scanned_at: Timestamp,
}

/// `webhook.disabled`: another subscription of the tenant was disabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDisabled {
    /// The subscription.
    pub subscription_id: String,
    /// What it is for.
    pub subscription_event: String,
    /// Where it leads.
    pub url: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub disabled_at: Timestamp,
}

/// `webhook.exhausted`: a delivery of another subscription ran out of attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookExhausted {
    /// The subscription.
    pub subscription_id: String,
    /// What it is for.
    pub subscription_event: String,
    /// Where it leads.
    pub url: String,
    /// The delivery, which can be redelivered for 30 days.
    pub delivery_id: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// What the last one met.
    pub last_error: String,
    /// When it ended.
    pub exhausted_at: Timestamp,
}
