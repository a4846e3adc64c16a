//! The domain's repositories over the tables: one file a subject. Files named after what a
//! tenant reads build on `scoped::licensed` and `scoped::owned` only.

mod answers;
mod api_keys;
mod backlog;
mod baselines;
mod claiming;
mod deliveries;
mod dispatch;
mod events;
mod images;
mod invitations;
mod login_attempts;
mod outbox;
mod own_sessions;
mod publications;
mod recorded_scans;
mod recording;
mod refreshing;
mod requests;
mod sboms;
mod scans;
mod sessions;
mod tenants;
mod triage;
mod user_changes;
mod users;
mod versions;
mod watches;
mod webhook_writes;
mod webhooks;
