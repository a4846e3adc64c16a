//! The domain's repositories over the tables: one file a subject. Files named after what a
//! tenant reads build on `scoped::licensed` and `scoped::owned` only.

mod answers;
mod api_keys;
mod baselines;
mod images;
mod invitations;
mod login_attempts;
mod own_sessions;
mod publications;
mod recorded_scans;
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
