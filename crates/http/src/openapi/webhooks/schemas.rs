//! The bodies of deliveries, as the document describes them. The domain's own types write them; a
//! test compares.
#![expect(dead_code, reason = "only the schemas are used")]

use utoipa::ToSchema;

use crate::openapi::words::EventKindSchema;
use crate::resources::findings::{FixStateSchema, PackageNameBody, SeveritySchema};

/// What every delivery in the format `podarmor` says.
#[derive(ToSchema)]
#[schema(as = WebhookMessage, rename_all = "camelCase")]
pub(super) struct MessageSchema {
    /// The kind of event.
    #[schema(value_type = EventKindSchema)]
    event: String,
    /// Your tenant.
    #[schema(format = "uuid")]
    tenant_id: String,
    /// The image; null when the event is not about one.
    #[schema(format = "uuid", required = true)]
    image_id: Option<String>,
    /// The version; null when the event is not about one.
    #[schema(format = "uuid", required = true)]
    version_id: Option<String>,
    /// What happened, in the form of its kind.
    #[schema(value_type = Object)]
    data: String,
    /// The same over all attempts and redeliveries: tell repetitions by it.
    #[schema(format = "uuid")]
    delivery_id: String,
    /// When this attempt was sent.
    #[schema(format = "date-time")]
    delivered_at: String,
    /// 1, 2, …: never the same twice for one delivery.
    #[schema(minimum = 1)]
    attempt_number: u32,
    /// The event in the feed, `GET /api/events`.
    #[schema(format = "uuid")]
    event_id: String,
}

/// What every delivery in the format `cloudevents` says: CloudEvents 1.0 in structured mode.
#[derive(ToSchema)]
#[schema(as = WebhookCloudEvent)]
pub(super) struct CloudEventSchema {
    /// The version of CloudEvents.
    #[schema(pattern = "^1\\.0$")]
    specversion: String,
    /// The event in the feed, `GET /api/events`. With `source` it tells events apart; repetitions
    /// of one delivery are told by `deliveryid`.
    #[schema(format = "uuid")]
    id: String,
    /// `urn:podarmor:tenant:` and the tenant's id.
    #[schema(format = "uri", pattern = "^urn:podarmor:tenant:")]
    source: String,
    /// `com.podarmor.` and the kind of event.
    #[schema(pattern = "^com\\.podarmor\\.")]
    r#type: String,
    /// The version; left out when the event is not about one.
    #[schema(value_type = String, format = "uuid", required = false)]
    subject: Option<String>,
    /// When it happened.
    #[schema(format = "date-time")]
    time: String,
    /// The form of `data`.
    #[schema(pattern = "^application/json$")]
    datacontenttype: String,
    /// Extension: your tenant.
    #[schema(format = "uuid")]
    tenantid: String,
    /// Extension: the image; left out when the event is not about one.
    #[schema(value_type = String, format = "uuid", required = false)]
    imageid: Option<String>,
    /// Extension: the version; left out when the event is not about one.
    #[schema(value_type = String, format = "uuid", required = false)]
    versionid: Option<String>,
    /// Extension: the same over all attempts and redeliveries.
    #[schema(format = "uuid")]
    deliveryid: String,
    /// Extension: 1, 2, …: never the same twice for one delivery.
    #[schema(minimum = 1)]
    attemptnumber: u32,
    /// What happened, in the form of its kind.
    #[schema(value_type = Object)]
    data: String,
}

/// `image.scanned`: a scan of a version was recorded.
#[derive(ToSchema)]
#[schema(as = ImageScanned, rename_all = "camelCase")]
pub(super) struct ImageScannedSchema {
    /// The image's name.
    image_name: String,
    /// The version's name.
    version: String,
    /// Findings with a fix to pull.
    outstanding_count: u64,
    /// Findings without.
    residual_count: u64,
    /// Findings of critical severity, with or without a fix.
    critical_count: u64,
    /// Findings of high severity, with or without a fix.
    high_count: u64,
    /// When the scan ran.
    #[schema(format = "date-time")]
    scanned_at: String,
}

/// `image.rebuilt`: an immutable version was published.
#[derive(ToSchema)]
#[schema(as = ImageRebuilt, rename_all = "camelCase")]
pub(super) struct ImageRebuiltSchema {
    /// The image's name.
    image_name: String,
    /// The version's name.
    version: String,
    /// The manifest digest.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    digest: String,
    /// Compressed size in bytes.
    size_bytes: u64,
    /// Since when it can be pulled.
    #[schema(format = "date-time")]
    published_at: String,
}

/// `version_deprecated`: a version was marked deprecated.
#[derive(ToSchema)]
#[schema(as = VersionDeprecated, rename_all = "camelCase")]
pub(super) struct VersionDeprecatedSchema {
    /// The image's name.
    image_name: String,
    /// The version's name.
    version: String,
    /// The manifest digest.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    digest: String,
    /// Why.
    reason: String,
    /// Since when.
    #[schema(format = "date-time")]
    deprecated_at: String,
}

/// A finding of a watched vulnerability.
#[derive(ToSchema)]
#[schema(as = WatchedFinding, rename_all = "camelCase")]
pub(super) struct WatchedFindingSchema {
    /// The id under which the scanner reports it: the watched one or an alias.
    vulnerability_id: String,
    /// The package.
    package: PackageNameBody,
    /// How bad it is.
    severity: SeveritySchema,
    /// Whether there is a fix.
    fix_state: FixStateSchema,
    /// The versions that fix it.
    fixed_in: Vec<String>,
}

/// `cve.watched`: a scan shows a watched vulnerability in a version where the scan before it did
/// not.
#[derive(ToSchema)]
#[schema(as = CveWatched, rename_all = "camelCase")]
pub(super) struct CveWatchedSchema {
    /// The watch.
    #[schema(format = "uuid")]
    watch_id: String,
    /// The watched id.
    cve_id: String,
    /// The image's name.
    image_name: String,
    /// The version's name.
    version: String,
    /// When the scan ran.
    #[schema(format = "date-time")]
    scanned_at: String,
    /// Where it is.
    matches: Vec<WatchedFindingSchema>,
}

/// `cve.actionable`: a fix appeared for a finding that had none.
#[derive(ToSchema)]
#[schema(as = CveActionable, rename_all = "camelCase")]
pub(super) struct CveActionableSchema {
    /// The id under which the scanner reports it.
    cve_id: String,
    /// The image's name.
    image_name: String,
    /// The version's name.
    version: String,
    /// The package.
    package: PackageNameBody,
    /// How bad it is.
    severity: SeveritySchema,
    /// The versions that fix it.
    fixed_in: Vec<String>,
    /// When the scan ran.
    #[schema(format = "date-time")]
    scanned_at: String,
}

/// `webhook.disabled`: another subscription of the tenant was disabled.
#[derive(ToSchema)]
#[schema(as = WebhookDisabled, rename_all = "camelCase")]
pub(super) struct WebhookDisabledSchema {
    /// The subscription.
    #[schema(format = "uuid")]
    subscription_id: String,
    /// What it is for.
    #[schema(value_type = EventKindSchema)]
    subscription_event: String,
    /// Where it leads.
    #[schema(format = "uri")]
    url: String,
    /// Why.
    reason: String,
    /// Since when.
    #[schema(format = "date-time")]
    disabled_at: String,
}

/// `webhook.exhausted`: a delivery of another subscription ran out of attempts.
#[derive(ToSchema)]
#[schema(as = WebhookExhausted, rename_all = "camelCase")]
pub(super) struct WebhookExhaustedSchema {
    /// The subscription.
    #[schema(format = "uuid")]
    subscription_id: String,
    /// What it is for.
    #[schema(value_type = EventKindSchema)]
    subscription_event: String,
    /// Where it leads.
    #[schema(format = "uri")]
    url: String,
    /// The delivery, which can be redelivered for 30 days.
    #[schema(format = "uuid")]
    delivery_id: String,
    /// How many attempts were made.
    #[schema(minimum = 1)]
    attempts: u32,
    /// What the last one met.
    last_error: String,
    /// When it ended.
    #[schema(format = "date-time")]
    exhausted_at: String,
}
