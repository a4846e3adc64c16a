//! API keys of the tenant, for its admins.

use actix_web::HttpRequest;
use podarmor_domain::access::{ApiKey, ApiKeyName, ApiKeysRead, ApiKeysWrite, CreatedApiKey, Scope};
use podarmor_domain::{FieldError, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Auth;
use crate::idempotency::KeyedBody;
use crate::input::ApiKeyPath;
use crate::operation::state;

/// What a key may do.
#[derive(Clone, Copy, Deserialize, ToSchema)]
// By the word alone: a derived reader would take `{"read:sbom": null}` for it as well.
#[serde(try_from = "String")]
#[schema(as = Scope)]
pub(crate) enum ScopeBody {
    /// Read images and their latest versions.
    #[serde(rename = "read:catalog")]
    Catalog,
    /// Download SBOMs.
    #[serde(rename = "read:sbom")]
    Sbom,
    /// Read findings.
    #[serde(rename = "read:vulns")]
    Vulns,
}

impl TryFrom<String> for ScopeBody {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Ok(match Scope::parse("scopes", &word).map_err(|field| field.message)? {
            Scope::ReadCatalog => Self::Catalog,
            Scope::ReadSbom => Self::Sbom,
            Scope::ReadVulns => Self::Vulns,
        })
    }
}

impl From<ScopeBody> for Scope {
    fn from(scope: ScopeBody) -> Self {
        match scope {
            ScopeBody::Catalog => Self::ReadCatalog,
            ScopeBody::Sbom => Self::ReadSbom,
            ScopeBody::Vulns => Self::ReadVulns,
        }
    }
}

/// A key to make.
#[derive(Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewApiKeyBody {
    /// What it is for, 1 to 100 characters.
    #[garde(custom(fits_name))]
    #[schema(min_length = 1, max_length = 100, example = "CI of the payment team")]
    name: String,
    /// What it may do.
    #[garde(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    scopes: Vec<ScopeBody>,
    /// Stops working at this time; never, when left out.
    #[garde(inner(custom(fits_time)))]
    #[schema(format = "date-time")]
    expires_at: Option<String>,
}

fn fits_name(text: &str, (): &()) -> garde::Result {
    ApiKeyName::parse("name", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

fn fits_time(text: &str, (): &()) -> garde::Result {
    Timestamp::parse("expiresAt", text).map(drop).map_err(|field| garde::Error::new(field.message))
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedApiKeyBody {
    /// The key's id.
    #[schema(format = "uuid")]
    id: String,
    /// What it is for.
    name: String,
    /// The start of the secret, to tell keys apart.
    prefix: String,
    /// What it may do.
    #[schema(value_type = Vec<ScopeBody>)]
    scopes: Vec<&'static str>,
    /// Stops working at; null for never.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// The secret, shown this once.
    key: String,
}

/// A key, as listed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKeyBody {
    /// The key's id.
    #[schema(format = "uuid")]
    id: String,
    /// What it is for.
    name: String,
    /// The start of the secret, to tell keys apart.
    prefix: String,
    /// What it may do.
    #[schema(value_type = Vec<ScopeBody>)]
    scopes: Vec<&'static str>,
    /// Made at.
    #[schema(format = "date-time")]
    created_at: String,
    /// Stops working at; null for never.
    #[schema(format = "date-time")]
    expires_at: Option<String>,
    /// Last used at, to the minute; null before the first use.
    #[schema(format = "date-time")]
    last_used_at: Option<String>,
}

/// The tenant's keys, newest first, at most 100.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKeyListBody {
    items: Vec<ApiKeyBody>,
    /// Always null: there is one page.
    next_cursor: Option<String>,
}

fn scopes(key: &ApiKey) -> Vec<&'static str> {
    key.scopes.iter().map(|scope| scope.as_str()).collect()
}

impl From<&ApiKey> for ApiKeyBody {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            prefix: key.prefix.clone(),
            scopes: scopes(key),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}

fn created(made: &CreatedApiKey) -> Result<Answer, ApiError> {
    let body = CreatedApiKeyBody {
        id: made.key.id.to_string(),
        name: made.key.name.to_string(),
        prefix: made.key.prefix.clone(),
        scopes: scopes(&made.key),
        expires_at: made.key.expires_at.map(|at| at.to_string()),
        key: made.secret.expose().to_owned(),
    };
    Answer::created(format!("/api/api-keys/{}", made.key.id), &body)
}

/// List API keys
///
/// The tenant's keys, newest first, without their secrets.
#[utoipa::path(
    get, path = "/api/api-keys", tag = "API keys",
    responses((status = 200, description = "The keys.", body = ApiKeyListBody))
)]
pub(crate) async fn list_api_keys(Auth(who): Auth<ApiKeysRead>, request: HttpRequest) -> Result<Answer, ApiError> {
    let keys = state(&request)?.services.api_keys.list(&who).await?;
    Answer::json(
        Keep::Private,
        &ApiKeyListBody { items: keys.iter().map(ApiKeyBody::from).collect(), next_cursor: None },
    )
}

/// Make an API key
///
/// The secret is in this answer and nowhere else, but in its repetition under the same
/// `Idempotency-Key`. A tenant has at most 100 keys.
#[utoipa::path(
    post, path = "/api/api-keys", tag = "API keys", request_body = NewApiKeyBody,
    responses((status = 201, description = "Made.", body = CreatedApiKeyBody))
)]
pub(crate) async fn create_api_key(
    Auth(who): Auth<ApiKeysWrite>,
    request: HttpRequest,
    KeyedBody { body, keyed }: KeyedBody<NewApiKeyBody>,
) -> Result<Answer, ApiError> {
    let name = ApiKeyName::parse("name", &body.name)?;
    let expires_at: Result<Option<Timestamp>, FieldError> =
        body.expires_at.as_deref().map(|text| Timestamp::parse("expiresAt", text)).transpose();
    let scopes = body.scopes.into_iter().map(Scope::from).collect();
    let expires_at = expires_at?;
    let keys = &state(&request)?.services.api_keys;
    keyed.answer(&request, created, async |once| keys.create(&who, name, scopes, expires_at, once).await).await
}

/// Revoke an API key
///
/// It stops working with the next request.
#[utoipa::path(
    delete, path = "/api/api-keys/{id}", tag = "API keys",
    params(("id" = String, Path, format = "uuid", description = "The key's id.")),
    responses((status = 204, description = "Revoked."))
)]
pub(crate) async fn revoke_api_key(
    Auth(who): Auth<ApiKeysWrite>,
    request: HttpRequest,
    ApiKeyPath(key): ApiKeyPath,
) -> Result<Answer, ApiError> {
    state(&request)?.services.api_keys.revoke(&who, key).await?;
    Ok(Answer::Done)
}
