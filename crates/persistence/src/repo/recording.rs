//! Recording what became of claimed deliveries.

use std::borrow::Cow;
use std::collections::HashSet;

use podarmor_domain::Timestamp;
use podarmor_domain::id::DeliveryId;
use podarmor_domain::outbox::{EndedAttempt, Then};
use podarmor_domain::store::StoreError;
use podarmor_domain::webhook::DeliveryStatus;
use sea_orm::{ConnectionTrait as _, DbBackend, QueryResult, Value};
use serde::Serialize;
use uuid::Uuid;

use crate::error::other;
use crate::lists::{self, Field, Hex, given, without_nul};
use crate::row::Row;
use crate::scoped::{execute, query};
use crate::tx::Tx;

/// Why a delivery of an inactive subscription fails.
pub(super) const INACTIVE: &str = "the subscription is not active";
/// Why an attempt counts as interrupted.
const WENT_AWAY: &str = "the worker went away";

/// An attempt with what follows for its delivery.
#[derive(Serialize)]
struct EndedRow<'a> {
    id: Hex,
    token: Hex,
    number: u32,
    status: &'static str,
    started_at: i64,
    duration: Option<i64>,
    response_code: Option<u16>,
    error: Option<Cow<'a, str>>,
    excerpt: Option<Cow<'a, str>>,
    standing: &'static str,
    due: Option<i64>,
    finished: Option<i64>,
    reason: Option<Cow<'a, str>>,
}

const ENDED: [Field; 13] = [
    Field::Id("id"),
    Field::Id("token"),
    Field::Number("number"),
    Field::Text("status"),
    Field::Number("started_at"),
    Field::Number("duration"),
    Field::Number("response_code"),
    Field::Text("error"),
    Field::Text("excerpt"),
    Field::Text("standing"),
    Field::Number("due"),
    Field::Number("finished"),
    Field::Text("reason"),
];

impl<'a> EndedRow<'a> {
    fn new(ended: &'a EndedAttempt, now: Timestamp) -> Result<Self, StoreError> {
        let duration = ended.duration.map(|duration| i64::try_from(duration.as_micros()).map_err(other)).transpose()?;
        let (standing, due, reason) = match &ended.then {
            Then::Done => (DeliveryStatus::Delivered, None, None),
            Then::Retry(wait) => (DeliveryStatus::Pending, Some(now.plus(*wait).micros()), None),
            Then::GiveUp(reason) => (DeliveryStatus::Failed, None, Some(without_nul(reason))),
        };
        Ok(Self {
            id: Hex(ended.delivery.uuid()),
            token: Hex(ended.token.uuid()),
            number: ended.number,
            status: ended.status.as_str(),
            started_at: ended.started_at.micros(),
            duration,
            response_code: ended.response_code,
            error: ended.error.as_deref().map(without_nul),
            excerpt: ended.excerpt.as_deref().map(without_nul),
            standing: standing.as_str(),
            due,
            finished: due.is_none().then(|| now.micros()),
            reason,
        })
    }
}

/// The change of the deliveries in the list, each answered with the number of its latest attempt,
/// which is the one that was recorded; `$2` is [`INACTIVE`], `$3` the time.
fn end_deliveries(given: &str) -> String {
    let refused = "given.standing = 'pending' AND s.active = false";
    format!(
        "UPDATE delivery SET status = CASE WHEN {refused} THEN 'failed' ELSE given.standing END, \
         failures = delivery.failures + CASE WHEN given.status = 'failed' THEN 1 ELSE 0 END, \
         next_attempt_at = CASE WHEN {refused} THEN NULL ELSE given.due END, \
         error = CASE WHEN {refused} THEN $2 ELSE given.reason END, \
         finished_at = CASE WHEN {refused} THEN $3 ELSE given.finished END, \
         lease_until = NULL, lease_token = NULL \
         FROM {given}, webhook_subscription s WHERE delivery.id = given.id AND delivery.lease_token = given.token \
         AND delivery.status = 'sending' AND s.id = delivery.subscription_id \
         RETURNING delivery.id, delivery.attempts"
    )
}

/// The rows of the attempts in the list; what follows narrows it down.
fn keep_attempts(given: &str) -> String {
    format!(
        "INSERT INTO delivery_attempt \
         (delivery_id, number, status, started_at, duration_micros, response_code, error, excerpt) \
         SELECT given.id, given.number, given.status, given.started_at, given.duration, given.response_code, \
         given.error, given.excerpt FROM {given}"
    )
}

fn read_ids(rows: &[QueryResult]) -> Result<Vec<DeliveryId>, StoreError> {
    rows.iter().map(|row| Ok(DeliveryId::from_uuid(Row::new(row).get()?))).collect()
}

/// A delivery and the number of its latest attempt.
fn read_recorded(row: &QueryResult) -> Result<(Uuid, u32), StoreError> {
    let mut row = Row::new(row);
    Ok((row.begin("delivery")?, row.small()?))
}

impl Tx {
    pub(super) async fn end_attempts(&self, ended: &[EndedAttempt]) -> Result<Vec<DeliveryId>, StoreError> {
        let now = self.now().await?;
        let mut seen = HashSet::new();
        let ended: Vec<_> = ended.iter().filter(|one| seen.insert((one.delivery, one.token))).collect();
        let rows = ended.iter().map(|one| EndedRow::new(one, now)).collect::<Result<Vec<_>, StoreError>>()?;
        let values = |list: Value| vec![list, INACTIVE.into(), now.micros().into()];
        if self.db.get_database_backend() == DbBackend::Postgres {
            self.lock_receivers_of(&ended).await?;
            let given = given(DbBackend::Postgres, 1, &ENDED);
            let (end, keep) = (end_deliveries(&given), keep_attempts(&given));
            let sql = format!(
                "WITH ended AS ({end}), kept AS ({keep} JOIN ended ON ended.id = given.id AND ended.attempts = given.number) SELECT id FROM ended"
            );
            return read_ids(&query(self.scope, sql, values(lists::list(&rows)?), &self.db).await?);
        }
        let given = given(DbBackend::Sqlite, 1, &ENDED);
        let accepted = query(self.scope, end_deliveries(&given), values(lists::list(&rows)?), &self.db).await?;
        let those: HashSet<(Uuid, u32)> = accepted.iter().map(read_recorded).collect::<Result<_, StoreError>>()?;
        let rows: Vec<_> = rows.into_iter().filter(|row| those.contains(&(row.id.0, row.number))).collect();
        if !rows.is_empty() {
            execute(self.scope, keep_attempts(&given), vec![lists::list(&rows)?], &self.db).await?;
        }
        read_ids(&accepted)
    }

    /// Whoever disables a subscription waits, or is waited for: a retry that it does not see
    /// would stay pending. In the order of ids, so that two never wait for each other.
    async fn lock_receivers_of(&self, ended: &[&EndedAttempt]) -> Result<(), StoreError> {
        let unsure = ended.iter().filter(|one| one.then != Then::Done).map(|one| one.delivery.uuid());
        let unsure: Vec<_> = unsure.collect();
        if unsure.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT s.id FROM webhook_subscription s WHERE s.id IN (SELECT delivery.subscription_id FROM {} \
             JOIN delivery ON delivery.id = given.id) ORDER BY s.id FOR NO KEY UPDATE",
            given(DbBackend::Postgres, 1, &lists::IDS)
        );
        query(self.scope, sql, vec![lists::ids(unsure)?], &self.db).await.map(drop)
    }

    /// Marks what was left behind. That of inactive subscriptions fails.
    pub(super) async fn interrupt(&self) -> Result<u64, StoreError> {
        let now = self.now().await?.micros();
        let postgres = self.db.get_database_backend() == DbBackend::Postgres;
        let lock = if postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!("SELECT id FROM delivery WHERE status = 'sending' AND lease_until <= $1 {lock}");
        let expired = read_ids(&query(self.scope, sql, vec![now.into()], &self.db).await?)?;
        if expired.is_empty() {
            return Ok(0);
        }
        let given = given(self.db.get_database_backend(), 1, &lists::IDS);
        let list = lists::ids(expired.iter().map(|id| id.uuid()))?;
        let sql = format!(
            "INSERT INTO delivery_attempt (delivery_id, number, status, started_at, error) \
             SELECT delivery.id, delivery.attempts, 'interrupted', COALESCE(delivery.claimed_at, $2), $3 \
             FROM {given} JOIN delivery ON delivery.id = given.id"
        );
        execute(self.scope, sql, vec![list.clone(), now.into(), WENT_AWAY.into()], &self.db).await?;
        let sql = format!(
            "UPDATE delivery SET status = CASE WHEN s.active = true THEN 'pending' ELSE 'failed' END, \
             next_attempt_at = CASE WHEN s.active = true THEN $2 END, \
             finished_at = CASE WHEN s.active = true THEN NULL ELSE $2 END, \
             error = CASE WHEN s.active = true THEN NULL ELSE $3 END, lease_until = NULL, lease_token = NULL \
             FROM {given}, webhook_subscription s WHERE delivery.id = given.id AND s.id = delivery.subscription_id"
        );
        let interrupted = execute(self.scope, sql, vec![list, now.into(), INACTIVE.into()], &self.db).await?;
        self.db.wake();
        Ok(interrupted)
    }
}
