//! Examples of answers, taken from the demo catalogue.

use serde_json::Value;

/// Operation ids and an answer each.
const EXAMPLES: &[(&str, &str)] = &[
    ("download_cyclonedx_sbom", include_str!("examples/download_cyclonedx_sbom.json")),
    ("download_spdx_sbom", include_str!("examples/download_spdx_sbom.json")),
    ("get_docker_image", include_str!("examples/get_docker_image.json")),
    ("get_livez", include_str!("examples/get_livez.json")),
    ("get_me", include_str!("examples/get_me.json")),
    ("get_openapi_document", include_str!("examples/get_openapi_document.json")),
    ("get_readyz", include_str!("examples/get_readyz.json")),
    ("get_scan", include_str!("examples/get_scan.json")),
    ("get_scan_history", include_str!("examples/get_scan_history.json")),
    ("get_status", include_str!("examples/get_status.json")),
    ("get_version", include_str!("examples/get_version.json")),
    ("list_docker_images", include_str!("examples/list_docker_images.json")),
    ("list_versions", include_str!("examples/list_versions.json")),
    ("list_vulnerabilities", include_str!("examples/list_vulnerabilities.json")),
    ("login", include_str!("examples/login.json")),
];

/// Puts the examples beside the schemas.
pub(crate) fn add(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let Some((_, text)) = EXAMPLES.iter().find(|(name, _)| *name == id) else { continue };
        let Ok(example) = serde_json::from_str::<Value>(text) else { continue };
        if let Some(content) = operation["responses"]["200"]["content"].as_object_mut() {
            content.values_mut().for_each(|media| media["example"] = example.clone());
        }
    }
}
