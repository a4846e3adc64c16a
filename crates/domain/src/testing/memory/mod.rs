//! A store in memory: the plainest reading of the ports, which the databases are held against.
//!
//! Commits replace one immutable snapshot by the next. Readers take the snapshot of the moment;
//! a unit of work copies it at its first change, and holds the one writer's lock from its begin
//! to its end.

mod answers;
mod api_keys;
mod baselines;
mod images;
mod login_attempts;
mod outbox;
mod own_sessions;
mod publications;
mod requests;
mod sboms;
mod scans;
mod sessions;
mod state;
mod tenants;
mod unit;
mod users;
mod versions;
mod watches;
mod webhooks;

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use self::state::State;
use self::unit::{TenantUnit, Unit};
use crate::access::{SystemScope, TenantScope};
use crate::id::TenantId;
use crate::ports::Clock;
use crate::store::{Store, StoreError, SystemReads, SystemTx, TenantReads, TenantTx};

/// A [`Store`] in memory, gone with its last handle. Cloning gives another handle to the same
/// data.
#[derive(Clone)]
pub struct MemoryStore(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    committed: RwLock<Arc<State>>,
    writer: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    fn snapshot(&self) -> Arc<State> {
        Arc::clone(&self.committed.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, state: Arc<State>) {
        *self.committed.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

impl MemoryStore {
    /// An empty store that tells the time by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared { clock, committed: RwLock::default(), writer: Arc::default() }))
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn read(&self, scope: TenantScope) -> Box<dyn TenantReads> {
        Box::new(Reads { shared: Arc::clone(&self.0), tenant: scope.tenant() })
    }

    async fn write(&self, scope: TenantScope) -> Result<Box<dyn TenantTx>, StoreError> {
        let writer = Arc::clone(&self.0.writer).lock_owned().await;
        let unit = Unit::begin(Arc::clone(&self.0), writer);
        Ok(Box::new(TenantUnit { unit, tenant: scope.tenant() }))
    }

    async fn system(&self, _scope: SystemScope) -> Result<Box<dyn SystemTx>, StoreError> {
        let writer = Arc::clone(&self.0.writer).lock_owned().await;
        Ok(Box::new(Unit::begin(Arc::clone(&self.0), writer)))
    }

    fn system_read(&self, _scope: SystemScope) -> Box<dyn SystemReads> {
        Box::new(AllReads { shared: Arc::clone(&self.0) })
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// One tenant's handle.
struct Reads {
    shared: Arc<Shared>,
    tenant: TenantId,
}

impl TenantReads for Reads {}

/// The portal's own handle.
struct AllReads {
    shared: Arc<Shared>,
}

impl SystemReads for AllReads {}

/// Counting that stops.
fn capped(count: usize, stop_at: u64) -> u64 {
    (count as u64).min(stop_at)
}
