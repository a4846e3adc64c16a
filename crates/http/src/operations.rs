//! Every endpoint of the product, by API.

use std::sync::OnceLock;

use serde_json::Value;
use utoipa::OpenApi as _;

use crate::operation::Operation;

/// Expands to the `paths(…)` of a document and to the list of operations, so that method, URL and
/// access rule of an endpoint are each written once.
macro_rules! operations {
    ($($module:ident :: $handler:ident),* $(,)?) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module::$handler),*))]
        struct Paths;

        pub(super) fn operations() -> Vec<Operation> {
            let document = paths_document();
            vec![$(Operation::new(document, stringify!($handler), $module::$handler)
                .expect(concat!("an operation ", stringify!($handler), " in the document"))),*]
        }

        pub(super) fn paths_document() -> &'static Value {
            static DOCUMENT: OnceLock<Value> = OnceLock::new();
            DOCUMENT.get_or_init(|| serde_json::to_value(Paths::openapi()).unwrap_or_default())
        }
    };
}

mod portal {
    use super::*;
    use crate::resources::{
        api_keys, auth, cve_watches, deliveries, documents, events, feature_requests, images, passwords, sboms, scans,
        sessions, status, users, versions, webhooks,
    };

    operations![
        auth::login,
        sessions::refresh_session,
        sessions::logout,
        auth::get_me,
        sessions::list_sessions,
        sessions::end_session,
        passwords::change_password,
        passwords::set_password,
        users::list_users,
        users::invite_user,
        users::get_user,
        users::update_user,
        users::delete_user,
        users::invite_user_again,
        api_keys::list_api_keys,
        api_keys::create_api_key,
        api_keys::revoke_api_key,
        feature_requests::list_feature_requests,
        feature_requests::create_feature_request,
        feature_requests::get_feature_request,
        images::list_docker_images,
        images::get_docker_image,
        versions::list_versions,
        versions::get_version,
        scans::get_scan_history,
        scans::get_scan,
        scans::list_vulnerabilities,
        sboms::download_spdx_sbom,
        sboms::download_cyclonedx_sbom,
        cve_watches::list_cve_watches,
        cve_watches::add_cve_watch,
        cve_watches::remove_cve_watch,
        webhooks::list_webhooks,
        webhooks::create_webhook,
        webhooks::get_webhook,
        webhooks::update_webhook,
        webhooks::delete_webhook,
        webhooks::rotate_webhook_secret,
        deliveries::test_webhook,
        deliveries::recover_deliveries,
        deliveries::list_deliveries,
        deliveries::redeliver,
        events::list_events,
        status::get_status,
        status::get_livez,
        status::get_readyz,
        documents::get_openapi_document,
        documents::get_jwks,
    ];
}

mod public_v1 {
    use super::*;
    use crate::resources::{documents, public_v1};

    operations![
        public_v1::list_images,
        public_v1::get_image,
        public_v1::download_sbom,
        public_v1::list_image_vulnerabilities,
        public_v1::find_cve,
        documents::get_public_openapi_document,
    ];
}

/// Every operation of the portal's API, in the order of the document.
///
/// # Panics
/// When a handler is missing from the document, which the tests of this crate exclude.
#[must_use]
pub fn portal_operations() -> Vec<Operation> {
    portal::operations()
}

/// Every operation of the public API, in the order of the document.
///
/// # Panics
/// As [`portal_operations`].
#[must_use]
pub fn public_v1_operations() -> Vec<Operation> {
    public_v1::operations()
}

/// The documents as utoipa makes them, before [`crate::openapi`] adds what all operations share.
pub(crate) fn portal_paths() -> &'static Value {
    portal::paths_document()
}

/// As [`portal_paths`], for the public API.
pub(crate) fn public_v1_paths() -> &'static Value {
    public_v1::paths_document()
}
