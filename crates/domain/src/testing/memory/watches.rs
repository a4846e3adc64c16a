//! Watches on vulnerabilities.

use async_trait::async_trait;

use super::state::{State, StoredWatch};
use super::unit::TenantUnit;
use super::{Reads, capped};
use crate::id::{TenantId, WatchId};
use crate::outbox::FactPosition;
use crate::paging::PageRequest;
use crate::scan::{Affected, VulnerabilityId};
use crate::store::{Constraint, StoreError};
use crate::watch::{Watch, WatchMatch, WatchPosition, WatchWrites, Watched, Watches};

impl State {
    fn watches_of(&self, tenant: TenantId) -> Vec<&Watch> {
        let mut watches: Vec<_> =
            self.watches.iter().filter(|stored| stored.tenant == tenant).map(|stored| &stored.watch).collect();
        watches.sort_unstable_by_key(|watch| std::cmp::Reverse(watch.id));
        watches
    }

    fn watched(&self, tenant: TenantId, watch: &Watch) -> Watched {
        let affected = self.all_affected(tenant, &watch.vulnerability);
        let match_count = affected.len() as u64;
        let shown = affected.into_iter().take(Watched::SHOWN as usize);
        Watched { watch: watch.clone(), matches: shown.map(|one| self.watch_match(one)).collect(), match_count }
    }

    fn watch_match(&self, affected: Affected) -> WatchMatch {
        let finding = affected.finding;
        let standing = self.standing.get(&affected.version);
        let since = standing.and_then(|all| {
            let it =
                all.iter().find(|one| one.vulnerability == finding.vulnerability && one.package == finding.package);
            it.map(|one| one.since)
        });
        WatchMatch {
            image: affected.image,
            image_name: affected.image_name,
            version: affected.version,
            version_name: affected.version_name,
            vulnerability: finding.vulnerability,
            package: finding.package,
            severity: finding.severity,
            fix_state: finding.fix_state,
            fixed_in: finding.fixed_in,
            since: since.unwrap_or_else(|| crate::Timestamp::from_micros(0)),
        }
    }
}

#[async_trait]
impl Watches for Reads {
    async fn list_watches(&self, page: &PageRequest<WatchPosition>) -> Result<Vec<Watched>, StoreError> {
        let state = self.shared.snapshot();
        let all = state.watches_of(self.tenant).into_iter();
        let behind = all.filter(|watch| page.after.is_none_or(|after| watch.id < after.0));
        let page = behind.take(page.limit.get() as usize + 1);
        Ok(page.map(|watch| state.watched(self.tenant, watch)).collect())
    }

    async fn count_watches(&self, stop_at: u64) -> Result<u64, StoreError> {
        Ok(capped(self.shared.snapshot().watches_of(self.tenant).len(), stop_at))
    }

    async fn find_watch(&self, id: WatchId) -> Result<Option<Watched>, StoreError> {
        let state = self.shared.snapshot();
        let found = state.watches_of(self.tenant).into_iter().find(|watch| watch.id == id);
        Ok(found.map(|watch| state.watched(self.tenant, watch)))
    }
}

#[async_trait]
impl WatchWrites for TenantUnit {
    async fn lock_watches(&self) -> Result<u64, StoreError> {
        Ok(self.unit.look().watches_of(self.tenant).len() as u64)
    }

    async fn watch_on(&self, vulnerability: &VulnerabilityId) -> Result<Option<Watch>, StoreError> {
        let state = self.unit.look();
        let found = state.watches_of(self.tenant).into_iter().find(|watch| watch.vulnerability == *vulnerability);
        Ok(found.cloned())
    }

    async fn insert_watch(&self, watch: &Watch) -> Result<(), StoreError> {
        if self.watch_on(&watch.vulnerability).await?.is_some() {
            return Err(StoreError::Conflict(Constraint::WatchIdentity));
        }
        self.unit.change(|state| {
            let after_fact = FactPosition(state.last_fact);
            state.watches.push(StoredWatch { tenant: self.tenant, watch: watch.clone(), after_fact });
        });
        Ok(())
    }

    async fn watched(&self, watch: Watch) -> Result<Watched, StoreError> {
        Ok(self.unit.look().watched(self.tenant, &watch))
    }

    async fn delete_watch(&self, id: WatchId) -> Result<bool, StoreError> {
        Ok(self.unit.change(|state| {
            let before = state.watches.len();
            state.watches.retain(|stored| stored.tenant != self.tenant || stored.watch.id != id);
            state.watches.len() < before
        }))
    }
}
