//! Deliveries on their way, as those who send them see them.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::event::EventKind;
use podarmor_domain::id::{DeliveryId, SubscriptionId, TenantId};
use podarmor_domain::outbox::{Claimed, Dispatch, EndedAttempt, Lease, Pick};
use podarmor_domain::store::StoreError;
use podarmor_domain::webhook::DeliveryStatus;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, DbBackend, QueryFilter as _, UpdateMany};

use crate::entity::delivery::{Column, Entity};
use crate::error::fault;
use crate::lists::{self, given};
use crate::row::Row;
use crate::scoped::{execute, query, update};
use crate::tx::Tx;

/// The end of what is pending for a subscription.
pub(super) fn fail_pending(
    update: UpdateMany<Entity>,
    subscription: SubscriptionId,
    reason: &str,
    at: Timestamp,
) -> UpdateMany<Entity> {
    update
        .col_expr(Column::Status, Expr::val(DeliveryStatus::Failed.as_str()))
        .col_expr(Column::Error, Expr::val(reason))
        .col_expr(Column::FinishedAt, Expr::val(at.micros()))
        .col_expr(Column::NextAttemptAt, Expr::val(None::<i64>))
        .filter(Column::SubscriptionId.eq(subscription.uuid()))
        // In full, as the index says it: a parameter could be any status.
        .filter(Expr::cust("status = 'pending'"))
}

impl Tx {
    async fn note(&self, what: &str, which: &str, ids: &[SubscriptionId]) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        let lock = if backend == DbBackend::Postgres { "FOR NO KEY UPDATE OF s" } else { "" };
        let sql = format!(
            "UPDATE webhook_subscription SET failing_since = {what} WHERE id IN (SELECT s.id FROM {} \
             JOIN webhook_subscription s ON s.id = given.id WHERE s.failing_since IS {which} ORDER BY s.id {lock})",
            given(backend, 1, &lists::IDS)
        );
        let list = lists::ids(ids.iter().map(|id| id.uuid()))?;
        let now = self.now().await?.micros();
        let values = if what == "$2" { vec![list, now.into()] } else { vec![list] };
        execute(self.scope, sql, values, &self.db).await.map(drop)
    }
}

#[async_trait]
impl Dispatch for Tx {
    async fn claim(&self, picks: &[Pick], lease: &Lease) -> Result<Vec<Claimed>, StoreError> {
        if picks.is_empty() {
            return Ok(Vec::new());
        }
        self.claim_due(picks, lease).await
    }

    async fn record_attempts(&self, ended: &[EndedAttempt]) -> Result<Vec<DeliveryId>, StoreError> {
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        self.end_attempts(ended).await
    }

    async fn note_receivers(
        &self,
        working: &[SubscriptionId],
        failing: &[SubscriptionId],
    ) -> Result<Vec<(SubscriptionId, Timestamp)>, StoreError> {
        if !working.is_empty() {
            self.note("NULL", "NOT NULL", working).await?;
        }
        if failing.is_empty() {
            return Ok(Vec::new());
        }
        self.note("$2", "NULL", failing).await?;
        let sql = format!(
            "SELECT s.id, s.failing_since FROM {} JOIN webhook_subscription s ON s.id = given.id \
             WHERE s.failing_since IS NOT NULL ORDER BY s.id",
            given(self.db.get_database_backend(), 1, &lists::IDS)
        );
        let values = vec![lists::ids(failing.iter().map(|id| id.uuid()))?];
        let rows = query(self.scope, sql, values, &self.db).await?;
        let read = |row| {
            let mut row = Row::new(row);
            Ok((SubscriptionId::from_uuid(row.begin("webhook_subscription")?), row.time()?))
        };
        rows.iter().map(read).collect()
    }

    async fn disable_subscription(
        &self,
        id: SubscriptionId,
        reason: &str,
    ) -> Result<Option<(TenantId, EventKind, String)>, StoreError> {
        let now = self.now().await?;
        let sql = "UPDATE webhook_subscription SET active = false, disabled_reason = $2, updated_at = $3 \
                   WHERE id = $1 AND active = true RETURNING id, tenant_id, event, url";
        let values = vec![id.uuid().into(), reason.into(), now.micros().into()];
        let rows = query(self.scope, sql.to_owned(), values, &self.db).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut row = Row::new(row);
        row.begin("webhook_subscription")?;
        let told = (TenantId::from_uuid(row.get()?), row.parsed(EventKind::parse)?, row.get()?);
        let pending = fail_pending(update::<Entity>(self.scope), id, reason, now);
        pending.exec(&self.db).await.map_err(fault)?;
        Ok(Some(told))
    }

    async fn interrupt_expired(&self) -> Result<u64, StoreError> {
        self.interrupt().await
    }

    async fn purge_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let values = || vec![before.micros().into(), i64::from(limit).into()];
        // The newest fact stays: watches are made behind it.
        let facts = "DELETE FROM outbox_fact WHERE position IN (SELECT position FROM outbox_fact \
                     WHERE recorded_at < $1 AND expanded_at IS NOT NULL \
                     AND position < (SELECT max(position) FROM outbox_fact) ORDER BY recorded_at LIMIT $2)";
        execute(self.scope, facts.to_owned(), values(), &self.db).await?;
        let events = "DELETE FROM event WHERE position IN (SELECT position FROM event WHERE occurred_at < $1 \
                      ORDER BY occurred_at LIMIT $2)";
        execute(self.scope, events.to_owned(), values(), &self.db).await
    }
}
