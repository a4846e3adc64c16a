//! Facts, and their expansion to events and deliveries.

use std::collections::HashMap;

use async_trait::async_trait;
use podarmor_domain::id::{EventId, ImageId, SubscriptionId, TenantId, WatchId};
use podarmor_domain::outbox::{
    Audience, Fact, FactPosition, NewDelivery, NewEvent, Outbox, RecordedFact, Subscriber, WatchHit,
};
use podarmor_domain::store::StoreError;
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde::Serialize;
use uuid::Uuid;

use crate::advisory::{self, Advisory};
use crate::error::{corrupt, other};
use crate::lists::{self, Field, Hex, given, without_nul};
use crate::row::Row;
use crate::scoped::{execute, query};
use crate::tx::Tx;

/// Deliveries with each statement: their list lies in memory as text.
const CHUNK: usize = 5_000;

#[derive(Serialize)]
struct EventRow<'a> {
    place: usize,
    id: Hex,
    kind: &'static str,
    occurred_at: i64,
    image_id: Option<Hex>,
    version_id: Option<Hex>,
    data: std::borrow::Cow<'a, str>,
}

const EVENT: [Field; 7] = [
    Field::Number("place"),
    Field::Id("id"),
    Field::Text("kind"),
    Field::Number("occurred_at"),
    Field::Id("image_id"),
    Field::Id("version_id"),
    Field::Text("data"),
];

#[derive(Serialize)]
struct AudienceRow {
    position: i64,
    kind: &'static str,
    licensed: Option<Hex>,
    tenant: Option<Hex>,
    left_out: Option<Hex>,
}

const AUDIENCE: [Field; 5] =
    [Field::Number("position"), Field::Text("kind"), Field::Id("licensed"), Field::Id("tenant"), Field::Id("left_out")];

#[derive(Serialize)]
struct DeliveryRow {
    id: Hex,
    event: Hex,
    subscription: Hex,
}

const DELIVERY: [Field; 3] = [Field::Id("id"), Field::Id("event"), Field::Id("subscription")];

#[derive(Serialize)]
struct WatchedId<'a> {
    vulnerability: std::borrow::Cow<'a, str>,
}

fn read_fact(row: &mut Row<'_>) -> Result<RecordedFact, StoreError> {
    let (position, at, payload): (i64, _, Option<String>) = (row.get()?, row.time()?, row.get()?);
    let fact = Fact::decode(payload.as_deref().unwrap_or_default());
    let fact = fact.map_err(|problem| corrupt("outbox_fact", position, problem))?;
    Ok(RecordedFact { position: FactPosition(position), at, fact })
}

impl Tx {
    /// Inserts the events alone; answers with their positions.
    async fn insert_event_rows(&self, events: &[NewEvent]) -> Result<HashMap<EventId, i64>, StoreError> {
        let row = |(place, event): (usize, &'_ NewEvent)| EventRow {
            place,
            id: Hex(event.id.uuid()),
            kind: event.kind.as_str(),
            occurred_at: event.occurred_at.micros(),
            image_id: event.image.map(|image| Hex(image.uuid())),
            version_id: event.version.map(|version| Hex(version.uuid())),
            data: without_nul(&event.data).into_owned().into(),
        };
        let list = lists::list(&events.iter().enumerate().map(row).collect::<Vec<_>>())?;
        let sql = format!(
            "INSERT INTO event (id, kind, occurred_at, image_id, version_id, test, data) \
             SELECT id, kind, occurred_at, image_id, version_id, false, data FROM {} ORDER BY place \
             RETURNING id, position",
            given(self.db.get_database_backend(), 1, &EVENT)
        );
        let rows = query(self.scope, sql, vec![list], &self.db).await?;
        let read = |row| {
            let mut row = Row::new(row);
            Ok((EventId::from_uuid(row.get()?), row.get()?))
        };
        rows.iter().map(read).collect()
    }

    /// Gives the events to their audience, and finds the subscriptions to them.
    async fn give_events(&self, list: sea_orm::Value) -> Result<Vec<(i64, TenantId, SubscriptionId)>, StoreError> {
        let backend = self.db.get_database_backend();
        let given = given(backend, 1, &AUDIENCE);
        let sql = format!(
            "INSERT INTO tenant_event (tenant_id, event_position) \
             SELECT license.tenant_id, given.position FROM {given} JOIN license ON license.image_id = given.licensed \
             UNION ALL SELECT given.tenant, given.position FROM {given} WHERE given.tenant IS NOT NULL"
        );
        execute(self.scope, sql, vec![list.clone()], &self.db).await?;
        // Whoever disables one of them waits, and then finds the deliveries that are made now.
        // In the order of ids, as everywhere, so that two never wait for each other.
        let lock = if backend == DbBackend::Postgres { "FOR SHARE OF s" } else { "" };
        let sql = format!(
            "SELECT given.position, s.tenant_id, s.id FROM {given} \
             JOIN tenant_event ON tenant_event.event_position = given.position \
             JOIN webhook_subscription s ON s.tenant_id = tenant_event.tenant_id AND s.event = given.kind \
             AND s.active = true WHERE given.left_out IS NULL OR given.left_out <> s.id ORDER BY s.id {lock}"
        );
        let rows = query(self.scope, sql, vec![list], &self.db).await?;
        let read = |row| {
            let mut row = Row::new(row);
            Ok((row.get()?, TenantId::from_uuid(row.get()?), SubscriptionId::from_uuid(row.get()?)))
        };
        rows.iter().map(read).collect()
    }
}

/// To whom an event is given, by its position.
fn audience_row(event: &NewEvent, position: i64) -> AudienceRow {
    let (licensed, tenant) = match event.audience {
        Audience::Licensed(image) => (Some(Hex(image.uuid())), None),
        Audience::Tenant(tenant) => (None, Some(Hex(tenant.uuid()))),
    };
    let left_out = event.except.map(|subscription| Hex(subscription.uuid()));
    AudienceRow { position, kind: event.kind.as_str(), licensed, tenant, left_out }
}

#[async_trait]
impl Outbox for Tx {
    async fn record_fact(&self, fact: &Fact) -> Result<(), StoreError> {
        let at = self.now().await?.micros();
        let payload = fact.encode().map_err(other)?;
        advisory::lock(Advisory::RecordFact, &self.db).await?;
        let sql = "INSERT INTO outbox_fact (recorded_at, payload) VALUES ($1, $2)".to_owned();
        execute(self.scope, sql, vec![at.into(), payload.into()], &self.db).await?;
        self.db.wake();
        Ok(())
    }

    async fn take_facts(&self, limit: u32) -> Result<Vec<RecordedFact>, StoreError> {
        advisory::lock(Advisory::Expand, &self.db).await?;
        let sql = "SELECT position, recorded_at, payload FROM outbox_fact WHERE expanded_at IS NULL \
                   ORDER BY position LIMIT $1";
        let rows = query(self.scope, sql.to_owned(), vec![i64::from(limit).into()], &self.db).await?;
        let facts: Vec<RecordedFact> =
            rows.iter().map(|row| read_fact(&mut Row::new(row))).collect::<Result<_, StoreError>>()?;
        if facts.is_empty() {
            return Ok(facts);
        }
        #[derive(Serialize)]
        struct Taken {
            position: i64,
        }
        let taken: Vec<Taken> = facts.iter().map(|fact| Taken { position: fact.position.0 }).collect();
        let sql = format!(
            "UPDATE outbox_fact SET payload = NULL, expanded_at = $2 WHERE position IN (SELECT position FROM {})",
            given(self.db.get_database_backend(), 1, &[Field::Number("position")])
        );
        let values = vec![lists::list(&taken)?, self.now().await?.micros().into()];
        execute(self.scope, sql, values, &self.db).await?;
        Ok(facts)
    }

    async fn watches_on(
        &self,
        image: ImageId,
        ids: &[String],
        fact: FactPosition,
    ) -> Result<Vec<WatchHit>, StoreError> {
        let rows: Vec<_> = ids.iter().map(|id| WatchedId { vulnerability: without_nul(id) }).collect();
        let sql = format!(
            "SELECT cve_watch.id, cve_watch.tenant_id, cve_watch.vulnerability FROM {} \
             JOIN cve_watch ON cve_watch.vulnerability = given.vulnerability \
             JOIN license ON license.tenant_id = cve_watch.tenant_id AND license.image_id = $2 \
             WHERE cve_watch.after_fact < $3 ORDER BY cve_watch.id",
            given(self.db.get_database_backend(), 1, &[Field::Text("vulnerability")])
        );
        let values = vec![lists::list(&rows)?, image.uuid().into(), fact.0.into()];
        let rows = query(self.scope, sql, values, &self.db).await?;
        let read = |row| {
            let mut row = Row::new(row);
            let watch = WatchId::from_uuid(row.begin("cve_watch")?);
            Ok(WatchHit { tenant: TenantId::from_uuid(row.get()?), watch, vulnerability: row.get()? })
        };
        rows.iter().map(read).collect()
    }

    async fn insert_events(&self, events: &[NewEvent]) -> Result<Vec<Subscriber>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let positions = self.insert_event_rows(events).await?;
        let placed = |event: &NewEvent| positions.get(&event.id).map(|position| audience_row(event, *position));
        let audience: Vec<AudienceRow> = events.iter().filter_map(placed).collect();
        let mut subscribers = self.give_events(lists::list(&audience)?).await?;
        subscribers.sort_unstable();
        let ids: HashMap<i64, EventId> = positions.into_iter().map(|(id, position)| (position, id)).collect();
        let subscriber = |(position, tenant, subscription)| {
            ids.get(&position).map(|event| Subscriber { event: *event, tenant, subscription })
        };
        Ok(subscribers.into_iter().filter_map(subscriber).collect())
    }

    async fn insert_deliveries(&self, deliveries: &[NewDelivery]) -> Result<(), StoreError> {
        let row = |new: &NewDelivery| {
            let id = |uuid: Uuid| Hex(uuid);
            let (event, subscription) = (new.subscriber.event.uuid(), new.subscriber.subscription.uuid());
            DeliveryRow { id: id(new.id.uuid()), event: id(event), subscription: id(subscription) }
        };
        // The tenant is that of the subscription, whatever the caller thinks. SQLite needs the
        // WHERE to tell ON CONFLICT from a join's ON.
        let sql = format!(
            "INSERT INTO delivery (id, tenant_id, subscription_id, event_position, status, attempts, failures, \
             next_attempt_at, created_at) \
             SELECT given.id, s.tenant_id, s.id, event.position, 'pending', 0, 0, $2, $2 FROM {} \
             JOIN event ON event.id = given.event JOIN webhook_subscription s ON s.id = given.subscription \
             WHERE true ON CONFLICT (event_position, subscription_id) DO NOTHING",
            given(self.db.get_database_backend(), 1, &DELIVERY)
        );
        for chunk in deliveries.chunks(CHUNK) {
            let list = lists::list(&chunk.iter().map(row).collect::<Vec<_>>())?;
            let values = vec![list, self.now().await?.micros().into()];
            execute(self.scope, sql.clone(), values, &self.db).await?;
            self.db.wake();
        }
        Ok(())
    }
}
