//! What a tenant does with its watches.

use std::sync::Arc;

use crate::access::{Authorized, SystemScope, TenantScope, WatchesRead, WatchesWrite};
use crate::error::Error;
use crate::id::{self, UserId, WatchId};
use crate::idempotency::{Once, Outcome};
use crate::paging::{Page, PageRequest, Total};
use crate::ports::{Clock, Random};
use crate::scan::VulnerabilityId;
use crate::store::{Store, TenantTx};
use crate::tenant::TenantSlug;
use crate::watch::{Watch, WatchNote, WatchPosition, Watched};

/// What adding a watch did.
#[derive(Clone, Debug)]
pub enum Added {
    /// It is new.
    New(Watched),
    /// The id was watched already.
    Existing(Watched),
}

/// Manages the watches of a tenant.
#[derive(Clone)]
pub struct WatchService {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

fn not_found() -> Error {
    Error::NotFound("CVE watch".into())
}

impl WatchService {
    /// A tenant has at most so many watches.
    pub const MOST: u64 = 1_000;

    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { store, clock, random }
    }

    /// The watches, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        who: &Authorized<WatchesRead>,
        page: &PageRequest<WatchPosition>,
    ) -> Result<Page<Watched, WatchPosition>, Error> {
        self.page(who.scope(), page).await
    }

    /// Watches a vulnerability. Where it is now is in the answer; from now on the tenant is told
    /// where it appears.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the tenant has [`WatchService::MOST`] watches, or when the key was
    /// used for another request; [`Error::Store`].
    pub async fn add(
        &self,
        who: &Authorized<WatchesWrite>,
        vulnerability: VulnerabilityId,
        note: Option<WatchNote>,
        once: Option<&Once<'_, Added>>,
    ) -> Result<Outcome<Added>, Error> {
        let (tx, now) = (self.store.write(who.scope()).await?, self.clock.now());
        if let Some(answer) = Once::replay(once, who, &*tx, now).await? {
            return Ok(Outcome::Replayed(answer));
        }
        let added = self.insert(&*tx, vulnerability, note, Some(who.member()?.user())).await?;
        Once::record(once, who, &*tx, now, &added).await?;
        tx.commit().await?;
        Ok(Outcome::Done(added))
    }

    /// Removes a watch.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a watch of this tenant; [`Error::Store`].
    pub async fn remove(&self, who: &Authorized<WatchesWrite>, id: WatchId) -> Result<(), Error> {
        self.delete(who.scope(), id).await
    }

    /// The watches of a tenant, for the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a tenant; [`Error::Store`].
    pub async fn list_of(
        &self,
        scope: SystemScope,
        tenant: &TenantSlug,
        page: &PageRequest<WatchPosition>,
    ) -> Result<Page<Watched, WatchPosition>, Error> {
        self.page(self.tenant(scope, tenant).await?, page).await
    }

    /// Watches a vulnerability for a tenant, as the operator.
    ///
    /// # Errors
    /// As [`WatchService::add`], and [`Error::NotFound`] without such a tenant.
    pub async fn add_for(
        &self,
        scope: SystemScope,
        tenant: &TenantSlug,
        vulnerability: VulnerabilityId,
        note: Option<WatchNote>,
    ) -> Result<Added, Error> {
        let tx = self.store.write(self.tenant(scope, tenant).await?).await?;
        let added = self.insert(&*tx, vulnerability, note, None).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Removes a tenant's watch, as the operator.
    ///
    /// # Errors
    /// As [`WatchService::remove`], and [`Error::NotFound`] without such a tenant.
    pub async fn remove_of(&self, scope: SystemScope, tenant: &TenantSlug, id: WatchId) -> Result<(), Error> {
        self.delete(self.tenant(scope, tenant).await?, id).await
    }

    async fn tenant(&self, scope: SystemScope, slug: &TenantSlug) -> Result<TenantScope, Error> {
        let tx = self.store.system(scope).await?;
        let found = tx.find_tenant(slug).await?.ok_or_else(|| Error::NotFound(format!("tenant {slug}")))?;
        Ok(scope.tenant(&found))
    }

    async fn page(
        &self,
        scope: TenantScope,
        page: &PageRequest<WatchPosition>,
    ) -> Result<Page<Watched, WatchPosition>, Error> {
        let store = self.store.read(scope);
        let items = store.list_watches(page).await?;
        let mut cut = Page::cut(items, page.limit, |watched| WatchPosition(watched.watch.id));
        if page.count {
            cut.total = Some(Total::capped(store.count_watches(Total::CAP + 1).await?));
        }
        Ok(cut)
    }

    async fn insert(
        &self,
        tx: &dyn TenantTx,
        vulnerability: VulnerabilityId,
        note: Option<WatchNote>,
        created_by: Option<UserId>,
    ) -> Result<Added, Error> {
        let count = tx.lock_watches().await?;
        if let Some(watch) = tx.watch_on(&vulnerability).await? {
            return Ok(Added::Existing(tx.watched(watch).await?));
        }
        if count >= Self::MOST {
            return Err(Error::Conflict(format!("A tenant has at most {} CVE watches.", Self::MOST)));
        }
        let id = WatchId::from_uuid(id::fresh(&*self.clock, &*self.random));
        let watch = Watch { id, vulnerability, note, created_at: self.clock.now(), created_by };
        tx.insert_watch(&watch).await?;
        Ok(Added::New(tx.watched(watch).await?))
    }

    async fn delete(&self, scope: TenantScope, id: WatchId) -> Result<(), Error> {
        let tx = self.store.write(scope).await?;
        if !tx.delete_watch(id).await? {
            return Err(not_found());
        }
        Ok(tx.commit().await?)
    }
}
