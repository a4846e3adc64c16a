//! SBOM downloads.

use actix_web::{HttpRequest, web};
use podarmor_domain::access::{Authorized, SbomsRead};
use podarmor_domain::sbom::{FoundSbom, SbomFormat};
use podarmor_domain::{ErrorKey, FieldError, Sha256};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, SbomAnswer, accepts};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::input::{Query, VersionPath};
use crate::operation::state;
use crate::services::State;

/// Which document.
#[derive(Deserialize, IntoParams, garde::Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChooseSbom {
    /// An earlier document, by its hash: `sha-256:` and 64 hexadecimal digits.
    #[garde(skip)]
    #[param(max_length = 80, pattern = "^sha-256:[0-9a-fA-F]{64}$")]
    digest: Option<String>,
}

impl ChooseSbom {
    fn content(&self) -> Result<Option<Sha256>, FieldError> {
        let Some(text) = &self.digest else { return Ok(None) };
        let hex = text.strip_prefix("sha-256:").or_else(|| text.strip_prefix("sha256:"));
        let hex = hex.ok_or_else(|| FieldError::new("digest", "must be sha-256: and 64 hexadecimal digits"))?;
        Sha256::parse("digest", hex).map(Some)
    }
}

/// Download the SPDX SBOM
///
/// SPDX 2.3 JSON, byte for byte as it was published.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions/{vid}/sbom/spdx", tag = "SBOMs",
    params(
        ("id" = String, Path, format = "uuid", description = "The image's id."),
        ("vid" = String, Path, format = "uuid", description = "The version's id."),
        ChooseSbom,
    ),
    responses((status = 200, description = "The document.", content_type = "application/spdx+json", body = serde_json::Value))
)]
pub(crate) async fn download_spdx_sbom(
    Auth(who): Auth<SbomsRead>,
    request: HttpRequest,
    path: VersionPath,
    Query(choice): Query<ChooseSbom>,
) -> Result<Answer, ApiError> {
    download(&who, &request, path, SbomFormat::Spdx23, &choice).await
}

/// Download the CycloneDX SBOM
///
/// CycloneDX 1.5 JSON, byte for byte as it was published.
#[utoipa::path(
    get, path = "/api/docker-images/{id}/versions/{vid}/sbom/cyclonedx", tag = "SBOMs",
    params(
        ("id" = String, Path, format = "uuid", description = "The image's id."),
        ("vid" = String, Path, format = "uuid", description = "The version's id."),
        ChooseSbom,
    ),
    responses((
        status = 200, description = "The document.",
        content_type = "application/vnd.cyclonedx+json; version=1.5", body = serde_json::Value,
    ))
)]
pub(crate) async fn download_cyclonedx_sbom(
    Auth(who): Auth<SbomsRead>,
    request: HttpRequest,
    path: VersionPath,
    Query(choice): Query<ChooseSbom>,
) -> Result<Answer, ApiError> {
    download(&who, &request, path, SbomFormat::CycloneDx15, &choice).await
}

async fn download(
    who: &Authorized<SbomsRead>,
    request: &HttpRequest,
    path: VersionPath,
    format: SbomFormat,
    choice: &ChooseSbom,
) -> Result<Answer, ApiError> {
    require_acceptable(request, format)?;
    let sboms = &state(request)?.services.sboms;
    let found = sboms.find(who, path.image, path.version, format, choice.content()?).await?;
    send(who, request, found).await
}

/// Refuses before looking anything up when the client would not take the document.
pub(crate) fn require_acceptable(request: &HttpRequest, format: SbomFormat) -> Result<(), ApiError> {
    if accepts(request, &[format.media_type(), "application/json", "application/problem+json"]) {
        return Ok(());
    }
    let refusal = format!("This is to be had as {}.", format.media_type());
    Err(ApiError::new(ErrorKey::NotAcceptable, refusal))
}

/// The document that was found, in the coding that the client prefers.
pub(crate) async fn send(
    who: &Authorized<SbomsRead>,
    request: &HttpRequest,
    found: FoundSbom,
) -> Result<Answer, ApiError> {
    let state = request.app_data::<web::Data<State>>().cloned().ok_or_else(|| ApiError::internal("no state"))?;
    let coding = SbomAnswer::coding(request, &found.record);
    let representation = match state.sbom_cache.get(&found.record, coding) {
        Some(kept) => kept,
        None => {
            let content = state.services.sboms.content(who, &found.record).await?;
            let record = found.record.clone();
            let work = web::block(move || state.sbom_cache.make(&record, content, coding));
            work.await.map_err(ApiError::internal)??
        }
    };
    Ok(Answer::Sbom(Box::new(SbomAnswer::new(found, coding, representation))))
}
