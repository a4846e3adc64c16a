//! Webhook subscriptions as their tenant changes them.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::event::EventKind;
use podarmor_domain::id::{DeliveryId, SubscriptionId};
use podarmor_domain::store::StoreError;
use podarmor_domain::webhook::{DeliveryStatus, StoredSubscription, TestDelivery, WebhookUrl, WebhookWrites};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QuerySelect as _, Select, Set, UpdateMany};

use crate::entity::delivery;
use crate::entity::webhook_subscription::{ActiveModel, Column, Entity};
use crate::error::{fault, other};
use crate::reads;
use crate::repo::dispatch::fail_pending;
use crate::repo::recording::INACTIVE;
use crate::repo::webhooks::{self, read_stored, stored};
use crate::row::Row;
use crate::scoped::{delete_owned, insert_owned, owned, query_of_tenant, update_owned};
use crate::tx::TenantUnit;

/// Nothing is sent to what is not the tenant's.
#[derive(Debug, thiserror::Error)]
#[error("no such subscription of this tenant")]
struct NoSubscription;

impl TenantUnit {
    /// Locks the subscription and reads it: whoever disables it or sends to it waits.
    async fn locked(&self, this: Select<Entity>) -> Result<Option<StoredSubscription>, StoreError> {
        // Lock first, read then: a statement that had to wait would join what was before.
        let lock = this.clone().column(Column::Id).lock(LockType::NoKeyUpdate);
        if reads::one(lock, &self.db, |_| Ok(())).await?.is_none() {
            return Ok(None);
        }
        reads::one(stored(this), &self.db, read_stored).await
    }

    /// What makes finished deliveries of a subscription due again.
    fn again(&self, subscription: SubscriptionId, now: Timestamp) -> UpdateMany<delivery::Entity> {
        use delivery::Column;
        update_owned::<delivery::Entity>(self.scope)
            .col_expr(Column::Status, Expr::val(DeliveryStatus::Pending.as_str()))
            .col_expr(Column::Failures, Expr::val(0))
            .col_expr(Column::NextAttemptAt, Expr::val(now.micros()))
            .col_expr(Column::Error, Expr::val(None::<String>))
            .col_expr(Column::FinishedAt, Expr::val(None::<i64>))
            .filter(Column::SubscriptionId.eq(subscription.uuid()))
    }

    async fn send_again(&self, statement: UpdateMany<delivery::Entity>) -> Result<u64, StoreError> {
        let count = statement.exec(&self.db).await.map_err(fault)?.rows_affected;
        if count > 0 {
            self.db.wake();
        }
        Ok(count)
    }
}

#[async_trait]
impl WebhookWrites for TenantUnit {
    async fn lock_subscriptions(&self) -> Result<u64, StoreError> {
        self.lock_tenant().await?;
        reads::count(owned::<Entity>(self.scope), u64::from(u32::MAX), &self.db).await
    }

    async fn stored_subscription(&self, id: SubscriptionId) -> Result<Option<StoredSubscription>, StoreError> {
        self.locked(owned::<Entity>(self.scope).filter(Column::Id.eq(id.uuid()))).await
    }

    async fn subscription_to(
        &self,
        event: EventKind,
        url: &WebhookUrl,
    ) -> Result<Option<StoredSubscription>, StoreError> {
        let this = Column::Event.eq(event.as_str()).and(Column::Url.eq(url.as_str()));
        self.locked(owned::<Entity>(self.scope).filter(this)).await
    }

    async fn insert_subscription(&self, stored: &StoredSubscription) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(stored.subscription.id.uuid()),
            failing_since: Set(None),
            created_at: Set(stored.subscription.created_at.micros()),
            ..webhooks::row(stored)
        };
        insert_owned(self.scope, row, &self.db).await
    }

    async fn update_subscription(&self, stored: &StoredSubscription) -> Result<bool, StoreError> {
        let subscription = &stored.subscription;
        // What it was before decides: the right side sees the old row.
        let same = Column::Active.eq(true).and(Column::Url.eq(subscription.url.as_str()));
        let same = same.and(Expr::val(subscription.active));
        let failing = Expr::case(same, Expr::col(Column::FailingSince));
        let statement = update_owned::<Entity>(self.scope)
            .set(webhooks::row(stored))
            .col_expr(Column::FailingSince, failing.into())
            .filter(Column::Id.eq(subscription.id.uuid()));
        if statement.exec(&self.db).await.map_err(fault)?.rows_affected == 0 {
            return Ok(false);
        }
        if subscription.active {
            self.db.wake();
        } else {
            let pending = update_owned::<delivery::Entity>(self.scope);
            let pending = fail_pending(pending, subscription.id, INACTIVE, self.now().await?);
            pending.exec(&self.db).await.map_err(fault)?;
        }
        Ok(true)
    }

    async fn delete_subscription(&self, id: SubscriptionId) -> Result<bool, StoreError> {
        // The deliveries and their attempts go along.
        let statement = delete_owned::<Entity>(self.scope).filter(Column::Id.eq(id.uuid()));
        Ok(statement.exec(&self.db).await.map_err(fault)?.rows_affected > 0)
    }

    async fn insert_test(&self, subscription: SubscriptionId, test: &TestDelivery) -> Result<(), StoreError> {
        // In nobody's feed: no row of `tenant_event` refers to it.
        let sql = "INSERT INTO event (id, kind, occurred_at, test, data) \
                   SELECT $3, $4, $5, true, $6 FROM webhook_subscription WHERE tenant_id = $1 AND id = $2 \
                   RETURNING position";
        let values = vec![
            subscription.uuid().into(),
            test.event_id.uuid().into(),
            test.event.as_str().into(),
            test.at.micros().into(),
            test.data.as_str().into(),
        ];
        let rows = query_of_tenant(self.scope, sql.to_owned(), values, &self.db).await?;
        let Some(inserted) = rows.first() else { return Err(other(NoSubscription)) };
        let now = self.now().await?.micros();
        let row = delivery::ActiveModel {
            id: Set(test.id.uuid()),
            subscription_id: Set(subscription.uuid()),
            event_position: Set(Row::new(inserted).get()?),
            status: Set(DeliveryStatus::Pending.as_str().to_owned()),
            attempts: Set(0),
            failures: Set(0),
            next_attempt_at: Set(Some(now)),
            created_at: Set(now),
            ..Default::default()
        };
        insert_owned(self.scope, row, &self.db).await?;
        self.db.wake();
        Ok(())
    }

    async fn redeliver(&self, subscription: SubscriptionId, delivery: DeliveryId) -> Result<bool, StoreError> {
        use delivery::Column;
        let finished = [DeliveryStatus::Delivered, DeliveryStatus::Failed].map(DeliveryStatus::as_str);
        let statement = self
            .again(subscription, self.now().await?)
            .filter(Column::Id.eq(delivery.uuid()))
            .filter(Column::Status.is_in(finished));
        Ok(self.send_again(statement).await? > 0)
    }

    async fn redeliver_failed(&self, subscription: SubscriptionId, since: Timestamp) -> Result<u64, StoreError> {
        let statement = self
            .again(subscription, self.now().await?)
            // In full, as the index says it.
            .filter(Expr::cust("status = 'failed'"))
            .filter(delivery::Column::FinishedAt.gte(since.micros()));
        self.send_again(statement).await
    }
}
