//! One file a resource: bodies on top, handlers below.

pub(crate) mod auth;
pub(crate) mod counts;
pub(crate) mod documents;
pub(crate) mod findings;
pub(crate) mod images;
pub(crate) mod sboms;
pub(crate) mod scans;
pub(crate) mod status;
pub(crate) mod upstream;
pub(crate) mod versions;
