//! Every endpoint of the product.

use std::sync::OnceLock;

use utoipa::OpenApi as _;

use crate::operation::Operation;
use crate::resources::{auth, documents, images, sboms, scans, status, versions};

/// Expands to the `paths(…)` of the document and to the list of operations, so that method, URL
/// and access rule of an endpoint are each written once.
macro_rules! operations {
    ($($module:ident :: $handler:ident),* $(,)?) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module::$handler),*))]
        struct Paths;

        /// Every operation of the portal's API, in the order of the document.
        ///
        /// # Panics
        /// When a handler is missing from the document, which the tests of this crate exclude.
        #[must_use]
        pub fn operations() -> Vec<Operation> {
            let document = paths_document();
            vec![$(Operation::new(document, stringify!($handler), $module::$handler)
                .expect(concat!("an operation ", stringify!($handler), " in the document"))),*]
        }
    };
}

operations![
    auth::login,
    auth::get_me,
    images::list_docker_images,
    images::get_docker_image,
    versions::list_versions,
    versions::get_version,
    scans::get_scan_history,
    scans::get_scan,
    scans::list_vulnerabilities,
    sboms::download_spdx_sbom,
    sboms::download_cyclonedx_sbom,
    status::get_status,
    status::get_livez,
    status::get_readyz,
    documents::get_openapi_document,
];

/// The document as utoipa makes it, before [`crate::openapi`] adds what all operations share.
pub(crate) fn paths_document() -> &'static serde_json::Value {
    static DOCUMENT: OnceLock<serde_json::Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(Paths::openapi()).unwrap_or_default())
}
