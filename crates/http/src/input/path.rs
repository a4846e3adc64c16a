//! Identifiers in paths.

use actix_web::{HttpRequest, web};
use podarmor_domain::FieldError;
use podarmor_domain::id::{ApiKeyId, FeatureRequestId, ImageId, ScanId, SessionId, UserId, VersionId};
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
