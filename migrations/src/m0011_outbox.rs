//! From facts to deliveries: facts, events and whose they are, webhook subscriptions, and their
//! deliveries with the attempts that ended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{belongs_to, bytes, flag, id, index, number, number_or_null, text, text_or_null, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        facts(manager).await?;
        events(manager).await?;
        audiences(manager).await?;
        subscriptions(manager).await?;
        deliveries(manager).await?;
        attempts(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["delivery_attempt", "delivery", "webhook_subscription", "tenant_event", "event", "outbox_fact"];
        for table in tables {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}

/// Rows that are found by their key alone lie in its order on SQLite, without a second tree.
fn in_key_order(manager: &SchemaManager<'_>, table: &mut TableCreateStatement) -> TableCreateStatement {
    if manager.get_database_backend() == DbBackend::Sqlite {
        table.extra("WITHOUT ROWID");
    }
    table.take()
}

/// An index on the rows that stand so.
fn standing(name: &'static str, columns: &[&'static str], status: &'static str) -> IndexCreateStatement {
    index(name, "delivery", columns).and_where(Expr::col("status").eq(status)).take()
}

/// Their positions are never used again, so that whoever reads on from one misses nothing.
async fn facts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let fact = Table::create()
        .table("outbox_fact")
        .col(number("position").primary_key().auto_increment())
        .col(number("recorded_at"))
        // Null once it is expanded.
        .col(text_or_null("payload"))
        .col(number_or_null("expanded_at"))
        .take();
    manager.create_table(fact).await?;
    let waiting = index("outbox_fact_waiting", "outbox_fact", &["position"]);
    manager.create_index(waiting.clone().and_where(Expr::col("expanded_at").is_null()).take()).await?;
    manager.create_index(index("outbox_fact_age", "outbox_fact", &["recorded_at"])).await
}

async fn events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let event = Table::create()
        .table("event")
        .col(number("position").primary_key().auto_increment())
        .col(id("id"))
        .col(text("kind"))
        .col(number("occurred_at"))
        .col(ColumnDef::new("image_id").uuid().null())
        .col(ColumnDef::new("version_id").uuid().null())
        .col(flag("test"))
        .col(text("data"))
        .take();
    manager.create_table(event).await?;
    manager.create_index(unique("event_identity", "event", &["id"])).await?;
    manager.create_index(index("event_age", "event", &["occurred_at"])).await
}

/// Whose an event is: it is stored once, and each tenant has a thin row.
async fn audiences(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut audience = Table::create()
        .table("tenant_event")
        .col(id("tenant_id"))
        .col(number("event_position"))
        .primary_key(Index::create().name("tenant_event_pkey").col("tenant_id").col("event_position"))
        .foreign_key(&mut belongs_to("tenant_event", "tenant_id", "tenant"))
        .foreign_key(&mut belongs_to_event("tenant_event"))
        .take();
    manager.create_table(in_key_order(manager, &mut audience)).await?;
    manager.create_index(index("tenant_event_event", "tenant_event", &["event_position"])).await
}

fn belongs_to_event(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_event_position_fkey"))
        .from(table.into_iden(), "event_position")
        .to("event", "position")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

async fn subscriptions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let subscription = Table::create()
        .table("webhook_subscription")
        .col(id("id").primary_key())
        .col(id("tenant_id"))
        .col(text("event"))
        .col(text("url"))
        .col(text("format"))
        .col(flag("active"))
        .col(text_or_null("disabled_reason"))
        // Sealed.
        .col(bytes("secret"))
        .col(text("secret_hint"))
        .col(ColumnDef::new("previous_secret").blob().null())
        .col(number_or_null("previous_until"))
        // Since when no delivery has succeeded; null while they do.
        .col(number_or_null("failing_since"))
        .col(number("created_at"))
        .col(number("updated_at"))
        .foreign_key(&mut belongs_to("webhook_subscription", "tenant_id", "tenant"))
        .take();
    manager.create_table(subscription).await?;
    let identity = unique("subscription_identity", "webhook_subscription", &["tenant_id", "event", "url"]);
    manager.create_index(identity).await?;
    let subscribers = ["event", "active", "tenant_id"];
    manager.create_index(index("webhook_subscription_event", "webhook_subscription", &subscribers)).await
}

async fn deliveries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut delivery = Table::create()
        .table("delivery")
        .col(id("id").primary_key())
        // That of the subscription, with which it goes.
        .col(id("tenant_id"))
        .col(id("subscription_id"))
        .col(number("event_position"))
        .col(text("status"))
        .col(number("attempts"))
        // Of them, how many failed since it was made or redelivered.
        .col(number("failures"))
        .col(number_or_null("next_attempt_at"))
        .col(number_or_null("lease_until"))
        .col(ColumnDef::new("lease_token").uuid().null())
        .col(number_or_null("claimed_at"))
        .col(text_or_null("error"))
        .col(number("created_at"))
        .col(number_or_null("finished_at"))
        .foreign_key(&mut belongs_to("delivery", "subscription_id", "webhook_subscription"))
        .foreign_key(&mut belongs_to_event("delivery"))
        .take();
    manager.create_table(in_key_order(manager, &mut delivery)).await?;
    // The event first: its deliveries go with it.
    manager.create_index(unique("delivery_identity", "delivery", &["event_position", "subscription_id"])).await?;
    manager.create_index(index("delivery_order", "delivery", &["subscription_id", "id"])).await?;
    manager.create_index(standing("delivery_due", &["subscription_id", "next_attempt_at", "id"], "pending")).await?;
    manager.create_index(standing("delivery_lease", &["lease_until"], "sending")).await?;
    manager.create_index(standing("delivery_failed", &["subscription_id", "finished_at"], "failed")).await
}

/// Those that ended. The one under way is in the delivery's own row.
async fn attempts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut attempt = Table::create()
        .table("delivery_attempt")
        .col(id("delivery_id"))
        .col(number("number"))
        .col(text("status"))
        .col(number("started_at"))
        .col(number_or_null("duration_micros"))
        .col(number_or_null("response_code"))
        .col(text_or_null("error"))
        .col(text_or_null("excerpt"))
        .primary_key(Index::create().name("delivery_attempt_pkey").col("delivery_id").col("number"))
        .foreign_key(&mut belongs_to("delivery_attempt", "delivery_id", "delivery"))
        .take();
    manager.create_table(in_key_order(manager, &mut attempt)).await
}
