//! Deliveries with their attempts, as their tenant reads them.

use std::collections::HashMap;
use std::time::Duration;

use podarmor_domain::event::EventKind;
use podarmor_domain::id::{DeliveryId, EventId, SubscriptionId};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::store::StoreError;
use podarmor_domain::webhook::{Attempt, AttemptStatus, Delivery, DeliveryFilter, DeliveryPosition, DeliveryStatus};
use sea_orm::{
    ColumnTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _, Select,
};
use uuid::Uuid;

use crate::entity::delivery::{Column, Entity, Relation};
use crate::entity::{delivery_attempt, event};
use crate::reads::{self, Tenant};
use crate::row::Row;
use crate::scoped::owned;

fn columns(select: Select<Entity>) -> Select<Entity> {
    select
        .join(JoinType::InnerJoin, Relation::Event.def())
        .columns([Column::Id, Column::Status, Column::Error, Column::CreatedAt, Column::NextAttemptAt])
        .columns([Column::FinishedAt, Column::Attempts, Column::ClaimedAt])
        .columns([event::Column::Id, event::Column::Kind, event::Column::Test])
}

/// A delivery with the attempt under way, if there is one.
fn read(row: &mut Row<'_>) -> Result<Delivery, StoreError> {
    let id = DeliveryId::from_uuid(row.begin("delivery")?);
    let (status, error) = (row.parsed(DeliveryStatus::parse)?, row.get()?);
    let (created_at, next_attempt_at, finished_at) = (row.time()?, row.time_optional()?, row.time_optional()?);
    let (number, claimed_at) = (row.small()?, row.time_optional()?);
    let under_way = Attempt {
        number,
        status: AttemptStatus::Sending,
        started_at: claimed_at.unwrap_or(created_at),
        duration: None,
        response_code: None,
        error: None,
        excerpt: None,
    };
    Ok(Delivery {
        id,
        event_id: EventId::from_uuid(row.get()?),
        event: row.parsed(EventKind::parse)?,
        test: row.get()?,
        status,
        error,
        created_at,
        next_attempt_at,
        finished_at,
        attempts: if status == DeliveryStatus::Sending { vec![under_way] } else { Vec::new() },
    })
}

fn read_attempt(row: &mut Row<'_>) -> Result<(Uuid, Attempt), StoreError> {
    let delivery = row.begin("delivery_attempt")?;
    let (number, status, started_at) = (row.small()?, row.parsed(AttemptStatus::parse)?, row.time()?);
    let duration: Option<i64> = row.get()?;
    let duration = row.checked(duration.map(u64::try_from).transpose())?.map(Duration::from_micros);
    let code: Option<i64> = row.get()?;
    let response_code = row.checked(code.map(u16::try_from).transpose())?;
    let (error, excerpt) = (row.get()?, row.get()?);
    Ok((delivery, Attempt { number, status, started_at, duration, response_code, error, excerpt }))
}

impl Tenant {
    fn passing(&self, subscription: SubscriptionId, filter: DeliveryFilter) -> Select<Entity> {
        let select = owned::<Entity>(self.scope).filter(Column::SubscriptionId.eq(subscription.uuid()));
        match filter.status {
            Some(status) => select.filter(Column::Status.eq(status.as_str())),
            None => select,
        }
    }

    /// One page. Two statements, one when it is empty.
    pub(super) async fn deliveries(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        page: &PageRequest<DeliveryPosition>,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut select = columns(self.passing(subscription, filter));
        if let Some(DeliveryPosition(after)) = page.after {
            select = select.filter(Column::Id.lt(after.uuid()));
        }
        let select = select.order_by_desc(Column::Id).limit(u64::from(page.limit.get()) + 1);
        self.with_attempts(reads::all(select, &self.db, read).await?).await
    }

    pub(super) async fn count_passing(
        &self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
        stop_at: u64,
    ) -> Result<u64, StoreError> {
        reads::count(self.passing(subscription, filter), stop_at, &self.db).await
    }

    pub(super) async fn delivery(
        &self,
        subscription: SubscriptionId,
        delivery: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        let all = self.passing(subscription, DeliveryFilter::default());
        let found = reads::one(columns(all).filter(Column::Id.eq(delivery.uuid())), &self.db, read).await?;
        Ok(self.with_attempts(found.into_iter().collect()).await?.pop())
    }

    /// Adds the attempts that ended.
    async fn with_attempts(&self, mut deliveries: Vec<Delivery>) -> Result<Vec<Delivery>, StoreError> {
        if deliveries.is_empty() {
            return Ok(deliveries);
        }
        use delivery_attempt::Column as Ended;
        let select = owned::<Entity>(self.scope)
            .filter(Column::Id.is_in(deliveries.iter().map(|delivery| delivery.id.uuid())))
            .join(JoinType::InnerJoin, Relation::Attempt.def())
            .columns([Ended::DeliveryId, Ended::Number, Ended::Status, Ended::StartedAt, Ended::DurationMicros])
            .columns([Ended::ResponseCode, Ended::Error, Ended::Excerpt])
            .order_by_asc(Ended::DeliveryId)
            .order_by_asc(Ended::Number);
        let mut ended: HashMap<Uuid, Vec<Attempt>> = HashMap::new();
        for (delivery, attempt) in reads::all(select, &self.db, read_attempt).await? {
            ended.entry(delivery).or_default().push(attempt);
        }
        for delivery in &mut deliveries {
            let mut attempts = ended.remove(&delivery.id.uuid()).unwrap_or_default();
            // It may have ended since the delivery was read.
            delivery.attempts.retain(|under_way| attempts.iter().all(|one| one.number < under_way.number));
            attempts.append(&mut delivery.attempts);
            delivery.attempts = attempts;
        }
        Ok(deliveries)
    }
}
