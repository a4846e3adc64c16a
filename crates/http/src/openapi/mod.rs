//! The OpenAPI document: what utoipa reads off the handlers, and what all operations share.

mod enrich;
mod examples;
mod webhooks;
pub(crate) mod words;

use std::sync::OnceLock;

use serde_json::Value;

/// The document of the portal's API (OpenAPI 3.1).
///
/// It is checked in as `openapi/portal.json`; a test fails when code and file differ.
#[must_use]
pub fn portal_document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = crate::operations::portal_paths().clone();
        enrich::enrich(&mut document, &enrich::PORTAL, &crate::operations::portal_operations());
        examples::add(&mut document);
        webhooks::add(&mut document);
        document
    })
}

/// The document of the public API, `/v1` (OpenAPI 3.1).
///
/// It is checked in as `openapi/public-v1.json`.
#[must_use]
pub fn public_v1_document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = crate::operations::public_v1_paths().clone();
        enrich::enrich(&mut document, &enrich::PUBLIC_V1, &crate::operations::public_v1_operations());
        examples::add(&mut document);
        document
    })
}
