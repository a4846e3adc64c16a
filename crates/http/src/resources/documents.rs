//! The OpenAPI document itself.

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Public;
use crate::openapi::portal_document;

/// Download the OpenAPI document
///
/// This document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "Documentation",
    responses((status = 200, description = "The document.", body = serde_json::Value))
)]
pub(crate) async fn get_openapi_document(_: Public) -> Result<Answer, ApiError> {
    Answer::json(Keep::Public, portal_document())
}
