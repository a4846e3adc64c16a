//! One file a resource: bodies on top, handlers below.

pub(crate) mod api_keys;
pub(crate) mod auth;
pub(crate) mod counts;
pub(crate) mod cve_watches;
pub(crate) mod deliveries;
pub(crate) mod documents;
pub(crate) mod events;
pub(crate) mod feature_requests;
pub(crate) mod findings;
pub(crate) mod images;
pub(crate) mod passwords;
pub(crate) mod public_v1;
pub(crate) mod sboms;
pub(crate) mod scans;
pub(crate) mod sessions;
pub(crate) mod status;
pub(crate) mod upstream;
pub(crate) mod users;
pub(crate) mod versions;
pub(crate) mod webhooks;
