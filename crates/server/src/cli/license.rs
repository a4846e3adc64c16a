//! `license grant`, `license revoke`.

use clap::{Args, Subcommand};
use podarmor_domain::image::ImageName;
use podarmor_domain::tenant::TenantSlug;
use serde_json::json;

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum License {
    /// Let a tenant see an image
    Grant(Pair),
    /// Take it back
    Revoke(Pair),
}

#[derive(Debug, Args)]
pub(super) struct Pair {
    #[arg(value_name = "TENANT", value_parser = args::tenant_slug)]
    tenant: TenantSlug,
    #[arg(value_name = "IMAGE", value_parser = args::image_name)]
    image: ImageName,
}

impl License {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let publishing = &session.publisher.publishing;
        let (pair, licensed, changed) = match self {
            Self::Grant(pair) => {
                let changed = publishing.grant(scope::publisher(), &pair.tenant, &pair.image).await?;
                (pair, true, changed)
            }
            Self::Revoke(pair) => {
                let changed = publishing.revoke(scope::publisher(), &pair.tenant, &pair.image).await?;
                (pair, false, changed)
            }
        };
        let Pair { tenant, image } = pair;
        let text = match (licensed, changed) {
            (true, true) => format!("{tenant} may see {image} now"),
            (true, false) => format!("unchanged: {tenant} could see {image} already"),
            (false, true) => format!("{tenant} no longer sees {image}"),
            (false, false) => format!("unchanged: {tenant} did not see {image}"),
        };
        let json = json!({
            "tenant": tenant.as_str(),
            "image": image.as_str(),
            "licensed": licensed,
            "outcome": if changed { "changed" } else { "unchanged" },
        });
        Ok(Answer { text, json })
    }
}
