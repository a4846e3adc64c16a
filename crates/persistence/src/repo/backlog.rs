//! Which subscriptions have deliveries that wait.

use async_trait::async_trait;
use podarmor_domain::Timestamp;
use podarmor_domain::id::SubscriptionId;
use podarmor_domain::outbox::{Backlog, Waiting};
use podarmor_domain::store::StoreError;
use sea_orm::DbBackend;
use uuid::Uuid;

use crate::reads::System;
use crate::row::Row;
use crate::scoped::query;
use crate::tx::SERVER_TIME;

/// Goes from one subscription to the next in the index of pending deliveries, past all that lies
/// between, until `$2` of them may be sent to (a loose index scan). `room` is how many more may
/// follow, the row's own included.
const WAITING: &str = "WITH RECURSIVE waiting(id, room) AS ( \
    SELECT (SELECT d.subscription_id FROM delivery d WHERE d.status = 'pending' AND d.subscription_id > $1 \
    ORDER BY d.subscription_id LIMIT 1), CAST($2 AS bigint) \
    UNION ALL \
    SELECT (SELECT d.subscription_id FROM delivery d WHERE d.status = 'pending' AND d.subscription_id > waiting.id \
    ORDER BY d.subscription_id LIMIT 1), \
    waiting.room - (SELECT count(*) FROM webhook_subscription s JOIN tenant t ON t.id = s.tenant_id \
    WHERE s.id = waiting.id AND s.active = true AND t.suspended = false) \
    FROM waiting WHERE waiting.id IS NOT NULL AND waiting.room > 0 )";

/// The live ones among them, and when the first delivery of each is due.
const LIVE: &str = "SELECT s.id, s.url, (SELECT d.next_attempt_at FROM delivery d WHERE d.status = 'pending' \
    AND d.subscription_id = s.id ORDER BY d.next_attempt_at LIMIT 1) AS due \
    FROM waiting JOIN webhook_subscription s ON s.id = waiting.id JOIN tenant t ON t.id = s.tenant_id \
    WHERE waiting.room > 0 AND s.active = true AND t.suspended = false";

#[async_trait]
impl Backlog for System {
    async fn backlog(
        &self,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Result<(Timestamp, Vec<Waiting>), StoreError> {
        let now = match self.db.get_database_backend() {
            DbBackend::Postgres => SERVER_TIME,
            _ => "$3",
        };
        // The time comes back even when nothing waits.
        let sql = format!(
            "{WAITING} SELECT clock.now, live.id, live.url, live.due FROM (SELECT {now} AS now) AS clock \
             LEFT JOIN ({LIVE}) AS live ON true ORDER BY live.id"
        );
        let after = after.map_or(Uuid::nil(), SubscriptionId::uuid);
        let mut values = vec![after.into(), i64::from(limit).into()];
        if self.db.get_database_backend() != DbBackend::Postgres {
            values.push(self.clock.now().micros().into());
        }
        let rows = query(self.scope, sql, values, &self.db).await?;
        let mut now = self.clock.now();
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut row = Row::new(row);
            now = row.time()?;
            if let Some(id) = row.begin_optional("webhook_subscription")? {
                let subscription = SubscriptionId::from_uuid(id);
                found.push(Waiting { subscription, endpoint: row.get()?, due: row.time()? });
            }
        }
        Ok((now, found))
    }
}
