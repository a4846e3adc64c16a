//! `image put`.

use clap::{Args, Subcommand};
use podarmor_domain::image::{BaseOs, DisplayName, ImageChange, ImageKind, ImageName, ImageReference, Repository};
use serde_json::{Value, json};

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum Image {
    /// Make an image, or change what is given of it
    Put(Put),
}

#[derive(Debug, Args)]
pub(super) struct Put {
    /// The name, unique in the catalogue
    #[arg(value_name = "NAME", value_parser = args::image_name)]
    name: ImageName,
    /// Its name for people
    #[arg(long, value_parser = args::display_name)]
    display_name: Option<DisplayName>,
    /// What it is
    #[arg(long)]
    description: Option<String>,
    /// Where it is pulled from, without tag
    #[arg(long, value_parser = args::repository)]
    repository: Option<Repository>,
    /// What it is built on, such as debian-12
    #[arg(long, value_parser = args::base_os)]
    base_os: Option<BaseOs>,
    /// build or deploy
    #[arg(long, value_parser = args::image_kind)]
    kind: Option<ImageKind>,
    /// How it is hardened: labels, comma-separated
    #[arg(long, value_name = "LABELS", value_parser = args::hardening)]
    hardening: Option<args::Labels>,
    /// The image it replaces
    #[arg(long, value_name = "REFERENCE", value_parser = args::image_reference)]
    upstream_image: Option<ImageReference>,
}

impl Image {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let Self::Put(put) = self;
        let change = ImageChange {
            display_name: put.display_name,
            description: put.description,
            repository: put.repository,
            base_os: put.base_os,
            kind: put.kind,
            hardening: put.hardening.map(|labels| labels.0),
            upstream_image: put.upstream_image,
        };
        let published = session.publisher.publishing.put_image(scope::publisher(), &put.name, change).await?;
        let outcome = published.outcome();
        let image = published.into_inner();
        Ok(Answer { text: format!("{outcome} image {}, id {}", image.name, image.id), json: object(outcome, &image) })
    }
}

fn object(outcome: &str, image: &podarmor_domain::image::Image) -> Value {
    json!({
        "outcome": outcome,
        "id": image.id.to_string(),
        "name": image.name.as_str(),
        "displayName": image.display_name.as_str(),
        "description": image.description,
        "repository": image.repository.as_str(),
        "baseOs": image.base_os.as_str(),
        "kind": image.kind.as_str(),
        "hardening": image.hardening.iter().map(podarmor_domain::image::HardeningLabel::as_str).collect::<Vec<_>>(),
        "upstreamImage": image.upstream_image.as_ref().map(ImageReference::as_str),
    })
}
