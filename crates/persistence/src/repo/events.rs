//! The feed of a tenant.

use async_trait::async_trait;
use podarmor_domain::event::{EventKind, EventPosition, Events, FeedEvent};
use podarmor_domain::id::{EventId, ImageId, VersionId};
use podarmor_domain::paging::PageLimit;
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _};
use uuid::Uuid;

use crate::entity::tenant_event::{Column, Entity, Relation};
use crate::entity::{event, license};
use crate::reads::{self, Tenant};
use crate::row::Row;
use crate::scoped::owned;

fn read(row: &mut Row<'_>) -> Result<FeedEvent, StoreError> {
    let id = EventId::from_uuid(row.begin("event")?);
    Ok(FeedEvent {
        id,
        position: EventPosition(row.get()?),
        kind: row.parsed(EventKind::parse)?,
        occurred_at: row.time()?,
        image: row.get::<Option<Uuid>>()?.map(ImageId::from_uuid),
        version: row.get::<Option<Uuid>>()?.map(VersionId::from_uuid),
        data: row.get()?,
    })
}

#[async_trait]
impl Events for Tenant {
    async fn events_after(&self, after: Option<EventPosition>, limit: PageLimit) -> Result<Vec<FeedEvent>, StoreError> {
        let image = Expr::col((event::Entity, event::Column::ImageId));
        // What was told of an image goes with its licence.
        let licensed = Query::select()
            .expr(Expr::val(1))
            .from(license::Entity)
            .and_where(license::Column::TenantId.eq(self.scope.tenant().uuid()))
            .and_where(Expr::col((license::Entity, license::Column::ImageId)).eq(image.clone()))
            .take();
        let mut select = owned::<Entity>(self.scope)
            .join(JoinType::InnerJoin, Relation::Event.def())
            .filter(image.is_null().or(Expr::exists(licensed)))
            .columns([event::Column::Id, event::Column::Position, event::Column::Kind, event::Column::OccurredAt])
            .columns([event::Column::ImageId, event::Column::VersionId, event::Column::Data]);
        if let Some(EventPosition(after)) = after {
            select = select.filter(Column::EventPosition.gt(after));
        }
        let select = select.order_by_asc(Column::EventPosition).limit(u64::from(limit.get()));
        reads::all(select, &self.db, read).await
    }
}
