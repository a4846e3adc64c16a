//! What the publisher does with images, versions and licences.

use std::sync::Arc;

use crate::access::SystemScope;
use crate::error::Error;
use crate::id::{self, ImageId, VersionId};
use crate::image::{
    BaseOs, DisplayName, Image, ImageChange, ImageKind, ImageName, NewVersion, Repository, Version, VersionName,
    VersionStatus,
};
use crate::outbox::Fact;
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
        tx.record_fact(&Fact::published(image, &version)).await?;
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
        let (since, newly) = match &version.status {
            VersionStatus::Deprecated { reason: old, .. } if *old == reason => {
                return Ok(Published::Unchanged(version));
            }
            VersionStatus::Deprecated { since, .. } => (*since, false),
            VersionStatus::Active => (self.clock.now(), true),
        };
        tx.deprecate_version(&version, &reason, since).await?;
        if newly {
            tx.record_fact(&Fact::deprecated(image, &version, &reason, since)).await?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKey;
    use crate::testing::fixtures::{at, image_name, new_version, slug, version_name};
    use crate::testing::mocks::{MockStore, MockSystemTx, away};
    use crate::testing::{World, publisher};

    #[tokio::test]
    async fn a_new_image_has_defaults_that_fit() {
        let world = World::in_memory();
        let longest = "a".repeat(128);
        let image = world.image(&longest, ImageChange::default()).await;
        assert_eq!(image.display_name.as_str(), "a".repeat(100));
        assert_eq!((image.repository.as_str(), image.base_os.as_str()), (longest.as_str(), "unknown"));
        assert_eq!((image.kind, image.hardening.len(), image.upstream_image), (ImageKind::Deploy, 0, None));
    }

    #[tokio::test]
    async fn texts_that_do_not_fit_are_refused_before_anything_is_stored() {
        let world = World::in_memory();
        let name = image_name("java17");
        let change = ImageChange { description: Some("a\0b".to_owned()), ..ImageChange::default() };
        let refused = world.publishing().put_image(publisher(), &name, change).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::ValidationError);
        let new = new_version("1", at("2026-01-01T00:00:00Z"));
        let missing = world.publishing().publish_version(publisher(), &name, new).await;
        assert_eq!(missing.unwrap_err().to_string(), "image java17 not found");
        for reason in ["", "a\nb", &"a".repeat(501)] {
            let refused = world.publishing().deprecate_version(publisher(), &name, &version_name("1"), reason).await;
            assert_eq!(refused.unwrap_err().key(), ErrorKey::ValidationError);
        }
    }

    #[tokio::test]
    async fn a_conflict_says_what_is_there() {
        let world = World::in_memory();
        world.image("java17", ImageChange::default()).await;
        let old = world.version("java17", "1.0", "2026-01-01T00:00:00Z").await;
        let new = NewVersion { size_bytes: 1, ..new_version("1.0", old.published_at) };
        let refused = world.publishing().publish_version(publisher(), &image_name("java17"), new).await.unwrap_err();
        assert_eq!(refused.to_string(), "version 1.0 of image java17 is already published with size 42000000");
    }

    #[tokio::test]
    async fn outcomes_have_words() {
        let outcomes = [Published::Created(1), Published::Changed(1), Published::Unchanged(1)];
        assert_eq!(outcomes.each_ref().map(Published::outcome), ["created", "changed", "unchanged"]);
        assert_eq!(outcomes.map(Published::into_inner), [1, 1, 1]);
    }

    #[tokio::test]
    async fn a_store_that_is_away_makes_the_service_unavailable() {
        let world = World::in_memory();
        let service = |store| PublishingService::new(Arc::new(store), world.clock.clone(), world.random.clone());
        let (name, tenant) = (image_name("java17"), slug("acme"));
        let failed =
            service(MockStore::away()).put_image(publisher(), &name, ImageChange::default()).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
        let failed = service(MockStore::away()).grant(publisher(), &tenant, &name).await.unwrap_err();
        assert_eq!(failed.key(), ErrorKey::ServiceUnavailable);
        let mut tx = MockSystemTx::new();
        tx.expect_find_image_by_name().return_once(|_| Ok(None));
        tx.expect_insert_image().return_once(|_, _| Ok(()));
        tx.expect_commit().times(1).return_once(|| Err(away()));
        let failed = service(MockStore::working(tx)).put_image(publisher(), &name, ImageChange::default()).await;
        assert_eq!(failed.unwrap_err().key(), ErrorKey::ServiceUnavailable);
    }
}
