//! The tables, as sea-orm sees them: columns, how they hang together, and whose rows they hold.
//! Nothing is read or written here.
#![expect(unreachable_pub, reason = "sea-orm's derives make what they make as public as the model")]

pub(crate) mod api_key;
pub(crate) mod baseline;
pub(crate) mod cve_watch;
pub(crate) mod delivery;
pub(crate) mod delivery_attempt;
pub(crate) mod event;
pub(crate) mod feature_request;
pub(crate) mod finding;
pub(crate) mod finding_alias;
pub(crate) mod image;
pub(crate) mod image_version;
pub(crate) mod invitation;
pub(crate) mod kept_answer;
pub(crate) mod license;
pub(crate) mod login_attempt;
pub(crate) mod refresh_token;
pub(crate) mod sbom;
pub(crate) mod scan;
pub(crate) mod session;
pub(crate) mod tenant;
pub(crate) mod tenant_event;
pub(crate) mod user_account;
pub(crate) mod webhook_subscription;
