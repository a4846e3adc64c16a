//! Licences: expressions, and those that are on no list.

pub(crate) mod expression;
pub(crate) mod named;
pub(crate) mod unlisted;

pub(crate) use named::Licenses;

/// How a licence that is on no list is named in an expression.
pub(crate) const REFERENCE: &str = "LicenseRef-";
