//! Documents about the portal itself: OpenAPI, public keys.

use actix_web::HttpRequest;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Public;
use crate::openapi::{portal_document, public_v1_document};
use crate::operation::state;

/// The keys that verify access tokens now (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(crate) struct JwksBody {
    keys: Vec<JwkBody>,
}

/// An Ed25519 public key (RFC 8037).
#[derive(Serialize, ToSchema)]
pub(crate) struct JwkBody {
    /// `OKP`.
    kty: &'static str,
    /// `Ed25519`.
    crv: &'static str,
    /// `EdDSA`.
    alg: &'static str,
    /// `sig`.
    r#use: &'static str,
    /// The key's id, as in the header of tokens.
    kid: String,
    /// The public key, base64url.
    x: String,
}

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

/// Download the OpenAPI document
///
/// This document.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "Documentation",
    responses((status = 200, description = "The document.", body = serde_json::Value))
)]
pub(crate) async fn get_public_openapi_document(_: Public) -> Result<Answer, ApiError> {
    Answer::json(Keep::Public, public_v1_document())
}

/// Download the public keys
///
/// The keys that verify access tokens now. A shared secret, where one is configured, is not among
/// them.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Documentation",
    responses((status = 200, description = "The keys.", body = JwksBody))
)]
pub(crate) async fn get_jwks(_: Public, request: HttpRequest) -> Result<Answer, ApiError> {
    let keys = (state(&request)?.services.public_keys)();
    let key = |(kid, x)| JwkBody { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid, x };
    Answer::json(Keep::Public, &JwksBody { keys: keys.into_iter().map(key).collect() })
}
