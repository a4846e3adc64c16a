//! `tenant create`, `list`, `suspend`, `resume`.

use clap::Subcommand;
use podarmor_domain::tenant::{self, TenantName, TenantSlug};
use serde_json::{Value, json};

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum Tenant {
    /// Make a tenant
    Create {
        /// Its name in the X-Tenant header: letters, digits, inner hyphens
        #[arg(value_name = "SLUG", value_parser = args::tenant_slug)]
        slug: TenantSlug,
        /// Its name for people
        #[arg(long, value_parser = args::tenant_name)]
        name: TenantName,
    },
    /// List all tenants
    List,
    /// Keep everybody of a tenant out: no sign-in, and its tokens and API keys stop working
    Suspend {
        #[arg(value_name = "SLUG", value_parser = args::tenant_slug)]
        slug: TenantSlug,
    },
    /// Let a suspended tenant go on
    Resume {
        #[arg(value_name = "SLUG", value_parser = args::tenant_slug)]
        slug: TenantSlug,
    },
}

impl Tenant {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let tenants = &session.publisher.tenants;
        match self {
            Self::Create { slug, name } => {
                let tenant = tenants.create(scope::publisher(), slug, name).await?;
                let text = format!("created tenant {} ({}), id {}", tenant.slug, tenant.name, tenant.id);
                Ok(Answer { text, json: object(&tenant) })
            }
            Self::List => Ok(list(&tenants.list(scope::publisher()).await?)),
            Self::Suspend { slug } => {
                Ok(suspension(&slug, true, tenants.set_suspended(scope::publisher(), &slug, true).await?))
            }
            Self::Resume { slug } => {
                Ok(suspension(&slug, false, tenants.set_suspended(scope::publisher(), &slug, false).await?))
            }
        }
    }
}

fn suspension(slug: &TenantSlug, suspended: bool, changed: bool) -> Answer {
    let text = match (suspended, changed) {
        (true, true) => format!("tenant {slug} is suspended now"),
        (true, false) => format!("unchanged: tenant {slug} was suspended already"),
        (false, true) => format!("tenant {slug} is no longer suspended"),
        (false, false) => format!("unchanged: tenant {slug} was not suspended"),
    };
    let outcome = if changed { "changed" } else { "unchanged" };
    Answer { text, json: json!({"slug": slug.as_str(), "suspended": suspended, "outcome": outcome}) }
}

fn list(tenants: &[(tenant::Tenant, u64)]) -> Answer {
    let width = tenants.iter().map(|(tenant, _)| tenant.slug.as_str().len()).max().unwrap_or(0);
    let line = |(tenant, images): &(tenant::Tenant, u64)| {
        let state = if tenant.suspended { ", suspended" } else { "" };
        format!("{:width$}  {} ({images} images{state})\n", tenant.slug.as_str(), tenant.name)
    };
    let with_images = |(tenant, images): &(tenant::Tenant, u64)| {
        let mut json = object(tenant);
        json["licensedImages"] = json!(images);
        json
    };
    let text = if tenants.is_empty() { "no tenants yet".to_owned() } else { tenants.iter().map(line).collect() };
    Answer { text, json: tenants.iter().map(with_images).collect() }
}

fn object(tenant: &tenant::Tenant) -> Value {
    json!({
        "id": tenant.id.to_string(),
        "slug": tenant.slug.as_str(),
        "name": tenant.name.as_str(),
        "suspended": tenant.suspended,
        "createdAt": tenant.created_at.to_string(),
    })
}
