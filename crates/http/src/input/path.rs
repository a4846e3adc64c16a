//! Identifiers in paths.

use actix_web::{HttpRequest, web};
use podarmor_domain::FieldError;
use podarmor_domain::id::{
    ApiKeyId, DeliveryId, FeatureRequestId, ImageId, ScanId, SessionId, SubscriptionId, UserId, VersionId, WatchId,
};
use podarmor_domain::scan::VulnerabilityId;

use crate::error::ApiError;
use crate::input::Input;

fn part<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}

/// `/api/docker-images/{id}/versions/{vid}`.
#[derive(Clone, Copy)]
pub(crate) struct VersionPath {
    pub(crate) image: ImageId,
    pub(crate) version: VersionId,
}

impl Input for VersionPath {
    async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
        let image = ImageId::parse("id", part(request, "id"));
        let version = VersionId::parse("vid", part(request, "vid"));
        match (image, version) {
            (Ok(image), Ok(version)) => Ok(Self { image, version }),
            (image, version) => Err(all_of([image.err(), version.err()])),
        }
    }
}

/// `/api/docker-images/{id}/versions/{vid}/scans/{scanId}`.
#[derive(Clone, Copy)]
pub(crate) struct ScanPath {
    pub(crate) version: VersionPath,
    pub(crate) scan: ScanId,
}

impl Input for ScanPath {
    async fn read(request: &HttpRequest, payload: &mut web::Payload) -> Result<Self, ApiError> {
        let version = VersionPath::read(request, payload).await?;
        Ok(Self { version, scan: ScanId::parse("scanId", part(request, "scanId"))? })
    }
}

/// `/api/webhooks/{id}/deliveries/{did}`.
#[derive(Clone, Copy)]
pub(crate) struct DeliveryPath {
    pub(crate) webhook: SubscriptionId,
    pub(crate) delivery: DeliveryId,
}

impl Input for DeliveryPath {
    async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
        let webhook = SubscriptionId::parse("id", part(request, "id"));
        let delivery = DeliveryId::parse("did", part(request, "did"));
        match (webhook, delivery) {
            (Ok(webhook), Ok(delivery)) => Ok(Self { webhook, delivery }),
            (webhook, delivery) => Err(all_of([webhook.err(), delivery.err()])),
        }
    }
}

/// A path of one id.
macro_rules! one_id {
    ($($(#[$doc:meta])* $name:ident($id:ident) at $part:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name(pub(crate) $id);

        impl Input for $name {
            async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
                Ok(Self($id::parse($part, part(request, $part))?))
            }
        }
    )*};
}

one_id! {
    /// `/api/docker-images/{id}`, `/v1/images/{id}`.
    ImagePath(ImageId) at "id",
    /// `/api/users/{id}`.
    UserPath(UserId) at "id",
    /// `/api/api-keys/{id}`.
    ApiKeyPath(ApiKeyId) at "id",
    /// `/api/cve-watches/{id}`.
    WatchPath(WatchId) at "id",
    /// `/api/webhooks/{id}`.
    WebhookPath(SubscriptionId) at "id",
    /// `/api/feature-requests/{id}`.
    FeatureRequestPath(FeatureRequestId) at "id",
    /// `/api/auth/sessions/{id}`.
    SessionPath(SessionId) at "id",
}

/// `/v1/cve/{cveId}`.
pub(crate) struct CvePath(pub(crate) VulnerabilityId);

impl Input for CvePath {
    async fn read(request: &HttpRequest, _: &mut web::Payload) -> Result<Self, ApiError> {
        Ok(Self(VulnerabilityId::parse("cveId", part(request, "cveId"))?))
    }
}

fn all_of<const N: usize>(errors: [Option<FieldError>; N]) -> ApiError {
    ApiError::invalid(errors.into_iter().flatten().collect())
}
