//! Webhook subscriptions as their tenant reads them.

use async_trait::async_trait;
use podarmor_domain::event::EventKind;
use podarmor_domain::event::message::MessageFormat;
use podarmor_domain::id::{DeliveryId, SubscriptionId};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::store::StoreError;
use podarmor_domain::webhook::{
    Delivery, DeliveryFilter, DeliveryPosition, DeliveryStatus, LastDelivery, StoredSubscription, Subscription,
    SubscriptionPosition, WebhookUrl, Webhooks,
};
use podarmor_domain::{FieldError, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query};
use sea_orm::{ColumnTrait as _, JoinType, Order, QueryFilter as _, QueryOrder as _, QuerySelect, Select};
use uuid::Uuid;

use crate::entity::delivery;
use crate::entity::webhook_subscription::{Column, Entity};
use crate::reads::{self, Tenant};
use crate::repo::claiming::read_secrets;
use crate::row::Row;
use crate::scoped::owned;

/// Adds a subscription's columns, its secrets left out.
fn columns(select: Select<Entity>) -> Select<Entity> {
    select
        .columns([Column::Id, Column::Event, Column::Url, Column::Format, Column::Active, Column::DisabledReason])
        .columns([Column::SecretHint, Column::CreatedAt, Column::UpdatedAt])
}

/// Adds its newest delivery.
fn with_newest(mut select: Select<Entity>) -> Select<Entity> {
    let theirs = |column| Expr::col(("newest", column));
    let newest = Query::select()
        .expr(theirs(delivery::Column::Id))
        .from_as(delivery::Entity, "newest")
        .and_where(theirs(delivery::Column::SubscriptionId).equals((Entity, Column::Id)))
        .order_by(("newest", delivery::Column::Id), Order::Desc)
        .limit(1)
        .take();
    let is_newest = Expr::col((delivery::Entity, delivery::Column::Id)).eq(Expr::from(newest));
    QuerySelect::query(&mut select).join(JoinType::LeftJoin, delivery::Entity, is_newest);
    let column = |column| Expr::col((delivery::Entity, column));
    let since = [delivery::Column::FinishedAt, delivery::Column::ClaimedAt, delivery::Column::CreatedAt];
    select.columns([delivery::Column::Id, delivery::Column::Status]).expr(Func::coalesce(since.map(column)))
}

fn stored_url(_: &str, text: &str) -> Result<WebhookUrl, FieldError> {
    WebhookUrl::from_stored(text)
}

fn read(row: &mut Row<'_>) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        id: SubscriptionId::from_uuid(row.begin("webhook_subscription")?),
        event: row.parsed(EventKind::parse)?,
        url: row.parsed(stored_url)?,
        format: row.parsed(MessageFormat::parse)?,
        active: row.get()?,
        disabled_reason: row.get()?,
        secret_hint: row.get()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        last_delivery: read_newest(row)?,
    })
}

fn read_newest(row: &mut Row<'_>) -> Result<Option<LastDelivery>, StoreError> {
    let Some(id) = row.get::<Option<Uuid>>()? else {
        row.skip(2);
        return Ok(None);
    };
    let (status, at) = (row.parsed(DeliveryStatus::parse)?, row.time()?);
    Ok(Some(LastDelivery { id: DeliveryId::from_uuid(id), status, at }))
}

/// A subscription with everything that is stored of it.
pub(super) fn stored(select: Select<Entity>) -> Select<Entity> {
    with_newest(columns(select)).columns([Column::Secret, Column::PreviousSecret, Column::PreviousUntil])
}

/// Reads what [`stored`] added.
pub(super) fn read_stored(row: &mut Row<'_>) -> Result<StoredSubscription, StoreError> {
    Ok(StoredSubscription { subscription: read(row)?, secrets: read_secrets(row)? })
}

/// Its row, but for the tenant and what the store keeps for itself.
pub(super) fn row(stored: &StoredSubscription) -> crate::entity::webhook_subscription::ActiveModel {
    use sea_orm::Set;
    let StoredSubscription { subscription, secrets } = stored;
    let previous = secrets.previous.as_ref();
    crate::entity::webhook_subscription::ActiveModel {
        event: Set(subscription.event.as_str().to_owned()),
        url: Set(subscription.url.as_str().to_owned()),
        format: Set(subscription.format.as_str().to_owned()),
        active: Set(subscription.active),
        disabled_reason: Set(subscription.disabled_reason.clone()),
        secret: Set(secrets.current.as_bytes().to_vec()),
        secret_hint: Set(subscription.secret_hint.clone()),
        previous_secret: Set(previous.map(|(sealed, _)| sealed.as_bytes().to_vec())),
        previous_until: Set(previous.map(|(_, until): &(_, Timestamp)| until.micros())),
        updated_at: Set(subscription.updated_at.micros()),
        ..Default::default()
    }
}

#[async_trait]
impl Webhooks for Tenant {
    async fn list_subscriptions(
        &self,
        page: &PageRequest<SubscriptionPosition>,
    ) -> Result<Vec<Subscription>, StoreError> {
        let mut select = with_newest(columns(owned::<Entity>(self.scope)));
        if let Some(SubscriptionPosition(after)) = page.after {
            select = select.filter(Column::Id.lt(after.uuid()));
        }
        let select = select.order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1);
        reads::all(select, &self.db, read).await
    }

    async fn count_subscriptions(&self, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(owned::<Entity>(self.scope), stop_at, &self.db).await
    }

    async fn find_subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
        let select = with_newest(columns(owned::<Entity>(self.scope))).filter(Column::Id.eq(id.uuid()));
        reads::one(select, &self.db, read).await
    }

    async fn list_deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        page: &PageRequest<DeliveryPosition>,
    ) -> Result<Option<Vec<Delivery>>, StoreError> {
        let found = self.deliveries(subscription, filter, page).await?;
        if found.is_empty() {
            // No (more) deliveries, or no such subscription?
            let select = owned::<Entity>(self.scope).filter(Column::Id.eq(subscription.uuid()));
            return Ok(reads::exists(select, &self.db).await?.then_some(found));
        }
        Ok(Some(found))
    }

    async fn count_deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError> {
        self.count_passing(subscription, filter, stop_at).await
    }

    async fn find_delivery(
        &self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        self.delivery(subscription, delivery).await
    }
}
