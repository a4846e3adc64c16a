//! What the publisher does with images, versions and licences.

use std::sync::Arc;

use crate::access::SystemScope;
use crate::error::Error;
use crate::id::{self, ImageId, VersionId};
use crate::image::{
    BaseOs, DisplayName, Image, ImageChange, ImageKind, ImageName, NewVersion, Repository, Version, VersionName,
    VersionStatus,
};
use crate::ports::{Clock, Random};
use crate::store::{Store, SystemTx};
use crate::tenant::TenantSlug;
use crate::text;

/// What became of something that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published<T> {
    /// It is new.
    Created(T),
    /// It was there and is now different.
    Changed(T),
    /// It was there, exactly so.
    Unchanged(T),
}

impl<T> Published<T> {
    /// The thing itself.
    pub fn into_inner(self) -> T {
        match self {
            Self::Created(it) | Self::Changed(it) | Self::Unchanged(it) => it,
        }
    }

    /// The outcome as a word.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Changed(_) => "changed",
            Self::Unchanged(_) => "unchanged",
        }
    }
}

/// Publishing: images, versions, licences.
#[derive(Clone)]
pub struct PublishingService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// The image of this name, or the refusal that names it.
pub(crate) async fn require_image(tx: &dyn SystemTx, name: &ImageName) -> Result<Image, Error> {
    tx.find_image_by_name(name).await?.ok_or_else(|| Error::NotFound(format!("image {name}")))
}

/// The version of this name, locked, or the refusal that names what is missing.
pub(crate) async fn require_version(
    tx: &dyn SystemTx,
    image: &ImageName,
    name: &VersionName,
) -> Result<Version, Error> {
    let id = require_image(tx, image).await?.id;
    tx.lock_version(id, name).await?.ok_or_else(|| Error::NotFound(format!("version {name} of image {image}")))
}

impl PublishingService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// Makes an image, or changes what is given of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the description does not fit; [`Error::Store`].
    pub async fn put_image(
        &self,
        scope: SystemScope,
        name: &ImageName,
        change: ImageChange,
    ) -> Result<Published<Image>, Error> {
        let tx = self.store.system(scope).await?;
        let now = self.clock.now();
        let outcome = match tx.find_image_by_name(name).await? {
            None => {
                let image = apply(self.blank_image(name)?, change)?;
                tx.insert_image(&image, now).await?;
                Published::Created(image)
            }
            Some(old) => {
                let image = apply(old.clone(), change)?;
                if image == old {
                    return Ok(Published::Unchanged(image));
                }
                tx.update_image(&image, now).await?;
                Published::Changed(image)
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }

    fn blank_image(&self, name: &ImageName) -> Result<Image, Error> {
        Ok(Image {
            id: ImageId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            name: name.clone(),
            display_name: DisplayName::parse("displayName", &name.as_str().chars().take(100).collect::<String>())?,
            description: String::new(),
            repository: Repository::parse("repository", name.as_str())?,
            base_os: BaseOs::parse("baseOs", "unknown")?,
            kind: ImageKind::Deploy,
            hardening: Vec::new(),
            upstream_image: None,
        })
    }

    /// Publishes an immutable version. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an image; [`Error::Conflict`] when the version is
    /// already published with another digest or size; [`Error::Store`].
    pub async fn publish_version(
        &self,
        scope: SystemScope,
        image: &ImageName,
        new: NewVersion,
    ) -> Result<Published<Version>, Error> {
        let tx = self.store.system(scope).await?;
        let image_id = require_image(&*tx, image).await?.id;
        if let Some(old) = tx.lock_version(image_id, &new.name).await? {
            return same_or_conflict(image, old, &new);
        }
        let version = Version {
            id: VersionId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            image: image_id,
            name: new.name,
            digest: new.digest,
            size_bytes: new.size_bytes,
            platforms: new.platforms,
            published_at: new.published_at.unwrap_or_else(|| self.clock.now()),
            status: VersionStatus::Active,
            last_scan: None,
        };
        tx.insert_version(&version).await?;
        tx.commit().await?;
        Ok(Published::Created(version))
    }

    /// Marks a version deprecated. Once deprecated, it stays so, with its first date; another
    /// reason replaces the one before.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a version; [`Error::Invalid`] when the reason does not
    /// fit; [`Error::Store`].
    pub async fn deprecate_version(
        &self,
        scope: SystemScope,
        image: &ImageName,
        name: &VersionName,
        reason: &str,
    ) -> Result<Published<Version>, Error> {
        let reason = text::one_line("reason", reason, 1, 500)?;
        let tx = self.store.system(scope).await?;
        let mut version = require_version(&*tx, image, name).await?;
        let since = match &version.status {
            VersionStatus::Deprecated { reason: old, .. } if *old == reason => {
                return Ok(Published::Unchanged(version));
            }
            VersionStatus::Deprecated { since, .. } => *since,
            VersionStatus::Active => self.clock.now(),
        };
        tx.deprecate_version(&version, &reason, since).await?;
        tx.commit().await?;
        version.status = VersionStatus::Deprecated { reason, since };
        Ok(Published::Changed(version))
    }

    /// Licenses an image to a tenant; `false` when it already is.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant or image; [`Error::Store`].
    pub async fn grant(&self, scope: SystemScope, tenant: &TenantSlug, image: &ImageName) -> Result<bool, Error> {
        let tx = self.store.system(scope).await?;
        let (tenant, image) = both(&*tx, tenant, image).await?;
        let changed = tx.grant_license(tenant, image, self.clock.now()).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Takes a licence back; `false` when there is none.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant or image; [`Error::Store`].
    pub async fn revoke(&self, scope: SystemScope, tenant: &TenantSlug, image: &ImageName) -> Result<bool, Error> {
        let tx = self.store.system(scope).await?;
        let (tenant, image) = both(&*tx, tenant, image).await?;
        let changed = tx.revoke_license(tenant, image).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

async fn both(
    tx: &dyn SystemTx,
    tenant: &TenantSlug,
    image: &ImageName,
) -> Result<(crate::id::TenantId, ImageId), Error> {
    let found = tx.find_tenant(tenant).await?.ok_or_else(|| Error::NotFound(format!("tenant {tenant}")))?;
    Ok((found.id, require_image(tx, image).await?.id))
}

fn apply(mut image: Image, change: ImageChange) -> Result<Image, Error> {
    let ImageChange { display_name, description, repository, base_os, kind, hardening, upstream_image } = change;
    image.display_name = display_name.unwrap_or(image.display_name);
    if let Some(description) = description {
        image.description = text::lines("description", &description, 4_000)?;
    }
    image.repository = repository.unwrap_or(image.repository);
    image.base_os = base_os.unwrap_or(image.base_os);
    image.kind = kind.unwrap_or(image.kind);
    if let Some(mut labels) = hardening {
        labels.sort_unstable();
        labels.dedup();
        image.hardening = labels;
    }
    image.upstream_image = upstream_image.or(image.upstream_image);
    Ok(image)
}

fn same_or_conflict(image: &ImageName, old: Version, new: &NewVersion) -> Result<Published<Version>, Error> {
    let refusal = |what: &str, is: &dyn std::fmt::Display| {
        Err(Error::Conflict(format!("version {} of image {image} is already published with {what} {is}", old.name)))
    };
    if old.digest != new.digest {
        return refusal("digest", &old.digest);
    }
    if old.size_bytes != new.size_bytes {
        return refusal("size", &old.size_bytes);
    }
    Ok(Published::Unchanged(old))
}
