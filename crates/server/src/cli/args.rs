//! Arguments as the domain's types: a bad value is refused before anything is opened.

use podarmor_domain::access::{AttemptKey, Email, Role, UserName};
use podarmor_domain::id::{ApiKeyId, FeatureRequestId, WatchId};
use podarmor_domain::image::{
    BaseOs, Digest, DisplayName, HardeningLabel, ImageKind, ImageName, ImageReference, Platform, Repository,
    VersionName,
};
use podarmor_domain::request::{Reply, RequestStatus};
use podarmor_domain::scan::VulnerabilityId;
use podarmor_domain::tenant::{TenantName, TenantSlug};
use podarmor_domain::watch::WatchNote;
use podarmor_domain::{FieldError, Timestamp};

/// Makes one parser a type; `clap` already names the argument, so only the reason is told.
macro_rules! parsers {
    ($($name:ident: $type:ty),* $(,)?) => {$(
        pub(super) fn $name(text: &str) -> Result<$type, String> {
            <$type>::parse("", text).map_err(|FieldError { message, .. }| message)
        }
    )*};
}

parsers! {
    address: AttemptKey,
    api_key_id: ApiKeyId,
    base_os: BaseOs,
    digest: Digest,
    display_name: DisplayName,
    email: Email,
    feature_request_id: FeatureRequestId,
    image_kind: ImageKind,
    image_name: ImageName,
    image_reference: ImageReference,
    platform: Platform,
    reply: Reply,
    repository: Repository,
    request_status: RequestStatus,
    role: Role,
    tenant_name: TenantName,
    tenant_slug: TenantSlug,
    time: Timestamp,
    user_name: UserName,
    version_name: VersionName,
    vulnerability_id: VulnerabilityId,
    watch_id: WatchId,
    watch_note: WatchNote,
}

/// A comma-separated list of labels; an empty one takes all labels away.
pub(super) fn hardening(text: &str) -> Result<Labels, String> {
    let labels = text.split(',').map(str::trim).filter(|label| !label.is_empty());
    let labels =
        labels.map(|label| HardeningLabel::parse("", label).map_err(|error| format!("{label}: {}", error.message)));
    labels.collect::<Result<_, _>>().map(Labels)
}

/// A list that is one argument (`clap` would take a plain `Vec` for repeated ones).
#[derive(Clone, Debug)]
pub(super) struct Labels(pub(super) Vec<HardeningLabel>);
