//! Claiming due deliveries.

use podarmor_domain::Timestamp;
use podarmor_domain::event::EventKind;
use podarmor_domain::event::message::MessageFormat;
use podarmor_domain::id::{DeliveryId, EventId, ImageId, SubscriptionId, TenantId, VersionId};
use podarmor_domain::outbox::{Claimed, Lease, Pick};
use podarmor_domain::secret::Sealed;
use podarmor_domain::store::StoreError;
use podarmor_domain::webhook::SealedSecrets;
use sea_orm::{ConnectionTrait as _, DbBackend, Value};
use serde::Serialize;
use uuid::Uuid;

use crate::lists::{self, Field, Hex, given};
use crate::row::Row;
use crate::scoped::{execute, query};
use crate::tx::Tx;

#[derive(Serialize)]
struct PickRow {
    place: usize,
    subscription: Hex,
    most: u32,
}

const PICK: [Field; 3] = [Field::Number("place"), Field::Id("subscription"), Field::Number("most")];

/// The columns of a claimed delivery `d`, its subscription `s` and its event.
const COLUMNS: &str = "d.id, d.attempts, d.failures, s.tenant_id, s.id, s.url, s.format, s.secret, \
    s.previous_secret, s.previous_until, event.id, event.kind, event.occurred_at, event.image_id, \
    event.version_id, event.data";

/// One statement: the rows are locked where they are found, and what another unit of work has
/// locked is passed over.
fn on_postgres() -> String {
    let given = given(DbBackend::Postgres, 1, &PICK);
    format!(
        "WITH due AS (SELECT given.place, found.id, found.next_attempt_at AS due FROM {given} \
         JOIN webhook_subscription s ON s.id = given.subscription AND s.active = true \
         JOIN tenant t ON t.id = s.tenant_id AND t.suspended = false \
         CROSS JOIN LATERAL (SELECT d.id, d.next_attempt_at FROM delivery d \
         WHERE d.subscription_id = given.subscription AND d.status = 'pending' AND d.next_attempt_at <= $2 \
         ORDER BY d.next_attempt_at, d.id LIMIT given.most FOR UPDATE SKIP LOCKED) AS found), \
         d AS (UPDATE delivery SET status = 'sending', attempts = delivery.attempts + 1, next_attempt_at = NULL, \
         claimed_at = $2, lease_until = $3, lease_token = $4 FROM due WHERE delivery.id = due.id \
         RETURNING due.place, due.due, delivery.id, delivery.attempts, delivery.failures, \
         delivery.subscription_id, delivery.event_position) \
         SELECT {COLUMNS} FROM d JOIN webhook_subscription s ON s.id = d.subscription_id \
         JOIN event ON event.position = d.event_position ORDER BY d.place, d.due, d.id"
    )
}

/// What is due, as it will be once it is claimed. SQLite knows no LATERAL; a list that a
/// subselect makes comes to the same. No LIMIT of it may depend on a row: `$3` is the greatest.
fn due_on_sqlite() -> String {
    let given = given(DbBackend::Sqlite, 1, &PICK);
    let claimed = COLUMNS.replace("d.attempts", "d.attempts + 1");
    format!(
        "SELECT {claimed} FROM {given} \
         CROSS JOIN json_each((SELECT json_group_array(hex(listed.id)) FROM (SELECT one.id FROM delivery one \
         WHERE one.subscription_id = given.subscription AND one.status = 'pending' AND one.next_attempt_at <= $2 \
         ORDER BY one.next_attempt_at, one.id LIMIT $3) AS listed)) AS due \
         CROSS JOIN delivery d ON d.id = unhex(due.value) \
         JOIN webhook_subscription s ON s.id = d.subscription_id AND s.active = true \
         JOIN tenant t ON t.id = s.tenant_id AND t.suspended = false \
         JOIN event ON event.position = d.event_position \
         WHERE due.key < given.most ORDER BY given.place, due.key"
    )
}

fn read(row: &mut Row<'_>, lease: &Lease, claimed_at: Timestamp) -> Result<Claimed, StoreError> {
    let delivery = DeliveryId::from_uuid(row.begin("delivery")?);
    let (attempt, failures) = (row.small()?, row.small()?);
    let (tenant, subscription) = (TenantId::from_uuid(row.get()?), SubscriptionId::from_uuid(row.get()?));
    let (url, format) = (row.get()?, row.parsed(MessageFormat::parse)?);
    let secrets = read_secrets(row)?;
    Ok(Claimed {
        delivery,
        token: lease.token,
        attempt,
        failures,
        claimed_at,
        tenant,
        subscription,
        url,
        format,
        secrets,
        event_id: EventId::from_uuid(row.get()?),
        event: row.parsed(EventKind::parse)?,
        occurred_at: row.time()?,
        image: row.get::<Option<Uuid>>()?.map(ImageId::from_uuid),
        version: row.get::<Option<Uuid>>()?.map(VersionId::from_uuid),
        data: row.get()?,
    })
}

/// Reads the three columns of a subscription's secrets.
pub(super) fn read_secrets(row: &mut Row<'_>) -> Result<SealedSecrets, StoreError> {
    let current = Sealed::from_bytes(row.get()?);
    let previous: Option<Vec<u8>> = row.get()?;
    let until = row.time_optional()?;
    Ok(SealedSecrets { current, previous: previous.map(Sealed::from_bytes).zip(until) })
}

impl Tx {
    pub(super) async fn claim_due(&self, picks: &[Pick], lease: &Lease) -> Result<Vec<Claimed>, StoreError> {
        let row = |(place, pick): (usize, &Pick)| PickRow {
            place,
            subscription: Hex(pick.subscription.uuid()),
            most: pick.most,
        };
        let list = lists::list(&picks.iter().enumerate().map(row).collect::<Vec<_>>())?;
        let now = self.now().await?;
        let marks: [Value; 3] =
            [now.micros().into(), now.plus(lease.duration).micros().into(), lease.token.uuid().into()];
        let rows = if self.db.get_database_backend() == DbBackend::Postgres {
            let values = std::iter::once(list).chain(marks.clone()).collect();
            query(self.scope, on_postgres(), values, &self.db).await?
        } else {
            let greatest = picks.iter().map(|pick| pick.most).max().unwrap_or_default();
            let values = vec![list, now.micros().into(), i64::from(greatest).into()];
            query(self.scope, due_on_sqlite(), values, &self.db).await?
        };
        let claimed: Vec<Claimed> =
            rows.iter().map(|row| read(&mut Row::new(row), lease, now)).collect::<Result<_, StoreError>>()?;
        if self.db.get_database_backend() != DbBackend::Postgres && !claimed.is_empty() {
            self.mark_sending(&claimed, marks).await?;
        }
        Ok(claimed)
    }

    /// On SQLite nobody else can have claimed them since they were found.
    async fn mark_sending(&self, claimed: &[Claimed], marks: [Value; 3]) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE delivery SET status = 'sending', attempts = attempts + 1, next_attempt_at = NULL, \
             claimed_at = $2, lease_until = $3, lease_token = $4 WHERE id IN (SELECT id FROM {})",
            given(DbBackend::Sqlite, 1, &lists::IDS)
        );
        let list = lists::ids(claimed.iter().map(|one| one.delivery.uuid()))?;
        let values = std::iter::once(list).chain(marks).collect();
        execute(self.scope, sql, values, &self.db).await.map(drop)
    }
}
