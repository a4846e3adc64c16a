//! The OpenAPI document: what utoipa reads off the handlers, and what all operations share.

mod enrich;
mod examples;

use std::sync::OnceLock;

use serde_json::Value;

/// The document of the portal's API (OpenAPI 3.1).
///
/// It is checked in as `openapi/portal.json`; a test fails when code and file differ.
#[must_use]
pub fn portal_document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = crate::operations::paths_document().clone();
        enrich::enrich(&mut document, &crate::operations::operations());
        examples::add(&mut document);
        document
    })
}
