//! One unit of work: a copy of what is stored, made at the first change.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::OwnedMutexGuard;

use super::Shared;
use super::state::State;
use crate::id::TenantId;
use crate::store::{StoreError, SystemTx, TenantTx};

pub(super) struct Unit {
    pub(super) shared: Arc<Shared>,
    work: Mutex<Arc<State>>,
    /// Held until the unit ends, whichever way.
    _writer: OwnedMutexGuard<()>,
}

impl Unit {
    pub(super) fn begin(shared: Arc<Shared>, writer: OwnedMutexGuard<()>) -> Self {
        let work = Mutex::new(shared.snapshot());
        Self { shared, work, _writer: writer }
    }

    /// What is stored, this unit's own changes included.
    pub(super) fn look(&self) -> Arc<State> {
        Arc::clone(&self.work.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(Arc::make_mut(&mut self.work.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

#[async_trait]
impl SystemTx for Unit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.shared.replace(self.look());
        Ok(())
    }
}

/// One unit of work of a tenant.
pub(super) struct TenantUnit {
    pub(super) unit: Unit,
    pub(super) tenant: TenantId,
}

#[async_trait]
impl TenantTx for TenantUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.unit.shared.replace(self.unit.look());
        Ok(())
    }
}
