//! Loading the catalogue, through the services that the command line uses.

use std::sync::Arc;

use podarmor_domain::access::{Email, NewPassword, Role, UserName, UserService};
use podarmor_domain::id::{ImageId, VersionId};
use podarmor_domain::image::{
    BaseOs, Digest, DisplayName, HardeningLabel, ImageChange, ImageKind, ImageName, ImageReference, NewVersion,
    Platform, Repository, VersionName,
};
use podarmor_domain::sbom::SbomFormat;
use podarmor_domain::store::Store;
use podarmor_domain::tenant::{TenantName, TenantSlug};
use podarmor_domain::{Error, FieldError, Timestamp};
use tokio::task::JoinSet;

use super::DemoError;
use super::manifest::{BaselineEntry, ImageEntry, Manifest, TenantEntry, UserEntry, VersionEntry};
use crate::config::Config;
use crate::documents::{self, DocumentError};
use crate::publisher::Publisher;
use crate::scope;
use crate::wire::{self, World};

/// What the tour shows of what was loaded.
pub(super) struct Loaded {
    pub(super) tenants: Vec<TenantEntry>,
    /// A version whose SPDX document can be downloaded by the first tenant.
    pub(super) sbom: Option<(ImageId, VersionId)>,
    pub(super) images: usize,
}

/// Fills a fresh database.
pub(super) async fn load(config: &Config, world: &World, password: &str) -> Result<Loaded, DemoError> {
    let manifest = Manifest::read()?;
    let database = wire::open_database(config, world).await?;
    let store: Arc<dyn Store> = Arc::new(database.clone());
    let publisher = Publisher::new(&store, &world.clock, &world.random);
    for tenant in &manifest.tenants {
        let (slug, name) = (TenantSlug::parse("slug", &tenant.slug)?, TenantName::parse("name", &tenant.name)?);
        publisher.tenants.create(scope::publisher(), slug, name).await?;
    }
    // Hashing keeps the cores busy while the reports are parsed and stored.
    let users = UserService::new(store, wire::hasher(config)?, Arc::clone(&world.clock), Arc::clone(&world.random));
    let users = start_users(&users, &manifest.tenants, password)?;
    let mut sbom = None;
    for image in &manifest.images {
        let downloadable = load_image(&publisher, image).await?;
        let licensed = manifest.tenants.first().is_some_and(|tenant| tenant.images.contains(&image.name));
        sbom = sbom.or(downloadable.filter(|_| licensed));
    }
    grant(&publisher, &manifest.tenants).await?;
    finish_users(users).await?;
    database.close().await;
    Ok(Loaded { images: manifest.images.len(), tenants: manifest.tenants, sbom })
}

type Users = JoinSet<Result<(), Error>>;

fn start_users(service: &UserService, tenants: &[TenantEntry], password: &str) -> Result<Users, DemoError> {
    let mut users = JoinSet::new();
    for tenant in tenants {
        for UserEntry { email, name, role } in &tenant.users {
            let slug = TenantSlug::parse("slug", &tenant.slug)?;
            let (email, name) = (Email::parse("email", email)?, UserName::parse("name", name)?);
            let (role, password) = (Role::parse("role", role)?, NewPassword::parse("password", password)?);
            let service = service.clone();
            users.spawn(async move {
                service.create(scope::publisher(), &slug, email, name, role, password).await.map(drop)
            });
        }
    }
    Ok(users)
}

async fn finish_users(mut users: Users) -> Result<(), DemoError> {
    while let Some(made) = users.join_next().await {
        made.map_err(Error::internal)??;
    }
    Ok(())
}

async fn grant(publisher: &Publisher, tenants: &[TenantEntry]) -> Result<(), DemoError> {
    for tenant in tenants {
        let slug = TenantSlug::parse("slug", &tenant.slug)?;
        for image in &tenant.images {
            publisher.publishing.grant(scope::publisher(), &slug, &ImageName::parse("image", image)?).await?;
        }
    }
    Ok(())
}

/// Loads an image with its versions; answers its newest version that has an SPDX document.
async fn load_image(publisher: &Publisher, image: &ImageEntry) -> Result<Option<(ImageId, VersionId)>, DemoError> {
    let name = ImageName::parse("name", &image.name)?;
    let put = publisher.publishing.put_image(scope::publisher(), &name, change(image)?).await?.into_inner();
    let mut downloadable = None;
    for version in &image.versions {
        let (id, has_spdx) = load_version(publisher, &name, version).await?;
        if has_spdx {
            downloadable = Some((put.id, id));
        }
    }
    if let Some(BaselineEntry { file, size_bytes }) = &image.baseline {
        let report = read(file, |bytes| documents::read_report(&bytes))?;
        publisher.baselines.record(scope::publisher(), &name, report, None, *size_bytes).await?;
    }
    Ok(downloadable)
}

async fn load_version(
    publisher: &Publisher,
    image: &ImageName,
    entry: &VersionEntry,
) -> Result<(VersionId, bool), DemoError> {
    let name = VersionName::parse("version", &entry.version)?;
    let version = publisher.publishing.publish_version(scope::publisher(), image, new_version(entry)?).await?;
    for file in &entry.scans {
        let report = read(file, |bytes| documents::read_report(&bytes))?;
        publisher.scans.record(scope::publisher(), image, &name, report, None, true).await?;
    }
    let mut has_spdx = false;
    for file in &entry.sboms {
        let document = read(file, documents::read_sbom)?;
        has_spdx |= document.format == SbomFormat::Spdx23;
        publisher.sboms.import(scope::publisher(), image, &name, &document, true).await?;
    }
    if let Some(reason) = &entry.deprecated_reason {
        publisher.publishing.deprecate_version(scope::publisher(), image, &name, reason).await?;
    }
    Ok((version.into_inner().id, has_spdx))
}

fn read<T>(name: &str, read: impl FnOnce(Vec<u8>) -> Result<T, DocumentError>) -> Result<T, DemoError> {
    let bytes = super::files::find(name).ok_or_else(|| DemoError::Missing(name.to_owned()))?;
    let document = documents::decode(bytes.to_vec()).and_then(read);
    document.map_err(|cause| DemoError::Document { name: name.to_owned(), cause })
}

fn change(image: &ImageEntry) -> Result<ImageChange, FieldError> {
    let labels = image.hardening.iter().map(|label| HardeningLabel::parse("hardening", label));
    let upstream = image.upstream_image.as_deref().map(|text| ImageReference::parse("upstream_image", text));
    Ok(ImageChange {
        display_name: Some(DisplayName::parse("display_name", &image.display_name)?),
        description: Some(image.description.clone()),
        repository: Some(Repository::parse("repository", &image.repository)?),
        base_os: Some(BaseOs::parse("base_os", &image.base_os)?),
        kind: Some(ImageKind::parse("kind", &image.kind)?),
        hardening: Some(labels.collect::<Result<_, _>>()?),
        upstream_image: upstream.transpose()?,
    })
}

fn new_version(entry: &VersionEntry) -> Result<NewVersion, FieldError> {
    let platforms = entry.platforms.iter().map(|platform| Platform::parse("platforms", platform));
    Ok(NewVersion {
        name: VersionName::parse("version", &entry.version)?,
        digest: Digest::parse("digest", &entry.digest)?,
        size_bytes: entry.size_bytes,
        platforms: platforms.collect::<Result<_, _>>()?,
        published_at: Some(Timestamp::parse("published_at", &entry.published_at)?),
    })
}
