//! The domain's repositories over the tables: one file a subject. Files named after what a
//! tenant reads build on `scoped::licensed` and `scoped::owned` only.

mod baselines;
mod images;
mod login_attempts;
mod publications;
mod recorded_scans;
mod sboms;
mod scans;
mod sessions;
mod tenants;
mod users;
mod versions;
