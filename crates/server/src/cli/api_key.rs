//! `api-key list`, `api-key revoke`.

use std::sync::Arc;

use clap::Subcommand;
use podarmor_credentials::{HmacApiKeyHasher, SecretKey};
use podarmor_domain::access::{self, ApiKeyService, Scope};
use podarmor_domain::id::ApiKeyId;
use podarmor_domain::tenant::TenantSlug;
use serde_json::{Value, json};

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;
use crate::wire::StartError;

#[derive(Debug, Subcommand)]
pub(super) enum ApiKey {
    /// List the API keys of a tenant, newest first
    List {
        /// The tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: TenantSlug,
    },
    /// Revoke an API key, at once
    Revoke {
        #[arg(value_name = "ID", value_parser = args::api_key_id)]
        id: ApiKeyId,
    },
}

impl ApiKey {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let api_keys = service(session)?;
        match self {
            Self::List { tenant } => Ok(list(&tenant, &api_keys.list_of(scope::publisher(), &tenant).await?)),
            Self::Revoke { id } => {
                api_keys.revoke_any(scope::publisher(), id).await?;
                let json = json!({"id": id.to_string(), "outcome": "revoked"});
                Ok(Answer { text: format!("revoked API key {id}"), json })
            }
        }
    }
}

/// Neither command hashes a secret, so the key of this installation need not be at hand.
fn service(session: &Session) -> Result<ApiKeyService, Failure> {
    let hasher = HmacApiKeyHasher::new(&SecretKey::generate().map_err(StartError::from)?);
    let (clock, random) = (Arc::clone(&session.world.clock), Arc::clone(&session.world.random));
    Ok(ApiKeyService::new(session.store(), Arc::new(hasher), clock, random))
}

fn list(tenant: &TenantSlug, keys: &[access::ApiKey]) -> Answer {
    let text =
        if keys.is_empty() { format!("tenant {tenant} has no API keys") } else { keys.iter().map(line).collect() };
    Answer { text, json: keys.iter().map(object).collect() }
}

fn line(key: &access::ApiKey) -> String {
    let scopes = key.scopes.iter().copied().map(Scope::as_str).collect::<Vec<_>>().join(",");
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
    let expires = key.expires_at.map_or_else(String::new, |at| format!(", expires {at}"));
    format!("{}  {}…  {scopes}  {} ({used}{expires})\n", key.id, key.prefix, key.name)
}

fn object(key: &access::ApiKey) -> Value {
    json!({
        "id": key.id.to_string(),
        "name": key.name.as_str(),
        "prefix": key.prefix,
        "scopes": key.scopes.iter().copied().map(Scope::as_str).collect::<Vec<_>>(),
        "createdAt": key.created_at.to_string(),
        "expiresAt": key.expires_at.map(|at| at.to_string()),
        "lastUsedAt": key.last_used_at.map(|at| at.to_string()),
    })
}
