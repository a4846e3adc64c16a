//! Examples of answers, taken from the demo catalogue.

use serde_json::Value;

/// Operation ids and an answer each.
const EXAMPLES: &[(&str, &str)] = &[
    ("create_api_key", include_str!("examples/create_api_key.json")),
    ("create_feature_request", include_str!("examples/create_feature_request.json")),
    ("download_cyclonedx_sbom", include_str!("examples/download_cyclonedx_sbom.json")),
    ("download_sbom", include_str!("examples/download_sbom.json")),
    ("download_spdx_sbom", include_str!("examples/download_spdx_sbom.json")),
    ("find_cve", include_str!("examples/find_cve.json")),
    ("get_docker_image", include_str!("examples/get_docker_image.json")),
    ("get_feature_request", include_str!("examples/get_feature_request.json")),
    ("get_image", include_str!("examples/get_image.json")),
    ("get_jwks", include_str!("examples/get_jwks.json")),
    ("get_livez", include_str!("examples/get_livez.json")),
    ("get_me", include_str!("examples/get_me.json")),
    ("get_openapi_document", include_str!("examples/get_openapi_document.json")),
    ("get_public_openapi_document", include_str!("examples/get_public_openapi_document.json")),
    ("get_readyz", include_str!("examples/get_readyz.json")),
    ("get_scan", include_str!("examples/get_scan.json")),
    ("get_scan_history", include_str!("examples/get_scan_history.json")),
    ("get_status", include_str!("examples/get_status.json")),
    ("get_user", include_str!("examples/get_user.json")),
    ("get_version", include_str!("examples/get_version.json")),
    ("invite_user", include_str!("examples/invite_user.json")),
    ("invite_user_again", include_str!("examples/invite_user_again.json")),
    ("list_api_keys", include_str!("examples/list_api_keys.json")),
    ("list_docker_images", include_str!("examples/list_docker_images.json")),
    ("list_feature_requests", include_str!("examples/list_feature_requests.json")),
    ("list_image_vulnerabilities", include_str!("examples/list_image_vulnerabilities.json")),
    ("list_images", include_str!("examples/list_images.json")),
    ("list_sessions", include_str!("examples/list_sessions.json")),
    ("list_users", include_str!("examples/list_users.json")),
    ("list_versions", include_str!("examples/list_versions.json")),
    ("list_vulnerabilities", include_str!("examples/list_vulnerabilities.json")),
    ("login", include_str!("examples/login.json")),
    ("refresh_session", include_str!("examples/refresh_session.json")),
    ("update_user", include_str!("examples/update_user.json")),
];

/// Puts the examples beside the schemas.
pub(crate) fn add(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some((_, text)) = EXAMPLES.iter().find(|(name, _)| *name == id) else { continue };
        let Ok(example) = serde_json::from_str::<Value>(text) else { continue };
        for status in ["200", "201"] {
            let content = operation["responses"].get_mut(status).and_then(|answer| answer.get_mut("content"));
            let media = content.and_then(Value::as_object_mut).into_iter().flat_map(|content| content.values_mut());
            media.for_each(|media| media["example"] = example.clone());
        }
    }
}
