//! Examples of answers, taken from the demo catalogue.

use serde_json::Value;

/// Operation ids and an answer each; with the status behind it where answers differ by it.
const EXAMPLES: &[(&str, &str)] = &[
    ("add_cve_watch", include_str!("examples/add_cve_watch.json")),
    ("create_api_key", include_str!("examples/create_api_key.json")),
    ("create_webhook", include_str!("examples/create_webhook.json")),
    ("create_webhook 200", include_str!("examples/put_webhook.json")),
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
    ("get_webhook", include_str!("examples/get_webhook.json")),
    ("invite_user", include_str!("examples/invite_user.json")),
    ("invite_user_again", include_str!("examples/invite_user_again.json")),
    ("list_api_keys", include_str!("examples/list_api_keys.json")),
    ("list_cve_watches", include_str!("examples/list_cve_watches.json")),
    ("list_deliveries", include_str!("examples/list_deliveries.json")),
    ("list_docker_images", include_str!("examples/list_docker_images.json")),
    ("list_events", include_str!("examples/list_events.json")),
    ("list_feature_requests", include_str!("examples/list_feature_requests.json")),
    ("list_image_vulnerabilities", include_str!("examples/list_image_vulnerabilities.json")),
    ("list_images", include_str!("examples/list_images.json")),
    ("list_sessions", include_str!("examples/list_sessions.json")),
    ("list_users", include_str!("examples/list_users.json")),
    ("list_versions", include_str!("examples/list_versions.json")),
    ("list_vulnerabilities", include_str!("examples/list_vulnerabilities.json")),
    ("list_webhooks", include_str!("examples/list_webhooks.json")),
    ("login", include_str!("examples/login.json")),
    ("recover_deliveries", include_str!("examples/recover_deliveries.json")),
    ("redeliver", include_str!("examples/redeliver.json")),
    ("refresh_session", include_str!("examples/refresh_session.json")),
    ("rotate_webhook_secret", include_str!("examples/rotate_webhook_secret.json")),
    ("test_webhook", include_str!("examples/test_webhook.json")),
    ("update_user", include_str!("examples/update_user.json")),
    ("update_webhook", include_str!("examples/update_webhook.json")),
];

/// Puts the examples beside the schemas.
pub(crate) fn add(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        for status in ["200", "201", "202"] {
            let Some(example) = example(&id, status) else { continue };
            let content = operation["responses"].get_mut(status).and_then(|answer| answer.get_mut("content"));
            let media = content.and_then(Value::as_object_mut).into_iter().flat_map(|content| content.values_mut());
            media.for_each(|media| media["example"] = example.clone());
        }
    }
}

fn example(id: &str, status: &str) -> Option<Value> {
    let find = |wanted: &str| EXAMPLES.iter().find(|(name, _)| *name == wanted);
    let (_, text) = find(&format!("{id} {status}")).or_else(|| find(id))?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::openapi::{portal_document, public_v1_document};

    fn names<'a>(value: &'a Value, of: fn(&'a Value) -> Option<&'a str>) -> BTreeSet<&'a str> {
        value.as_array().into_iter().flatten().filter_map(of).collect()
    }

    /// The members of a schema and those that are required, those of what it refers to included.
    fn members<'a>(document: &'a Value, schema: &'a Value) -> (Vec<(&'a str, &'a Value)>, BTreeSet<&'a str>) {
        if let Some(pointer) = schema["$ref"].as_str() {
            return members(document, document.pointer(pointer.trim_start_matches('#')).unwrap());
        }
        let own = schema["properties"].as_object().into_iter().flatten();
        let mut properties: Vec<_> = own.map(|(name, property)| (name.as_str(), property)).collect();
        let mut required = names(&schema["required"], Value::as_str);
        let parts = schema["allOf"].as_array().into_iter().flatten();
        // What can be null is one of null and what it is otherwise.
        let parts = parts.chain(schema["oneOf"].as_array().into_iter().flatten());
        for (more, needed) in parts.map(|part| members(document, part)) {
            properties.extend(more);
            required.extend(needed);
        }
        (properties, required)
    }

    fn check(document: &Value, schema: &Value, example: &Value, place: &str) {
        if let Some(items) = example.as_array() {
            items.iter().for_each(|item| check(document, &schema["items"], item, &format!("{place}[]")));
        }
        let (properties, required) = members(document, schema);
        let Some(example) = example.as_object() else { return };
        // Whole documents have no members of ours.
        if properties.is_empty() {
            return;
        }
        for name in required {
            assert!(example.contains_key(name), "{place} lacks {name}");
        }
        for (name, value) in example {
            let known = properties.iter().find(|(known, _)| known == name);
            let (_, property) = known.unwrap_or_else(|| panic!("{place}: {name} is not in the schema"));
            check(document, property, value, &format!("{place}.{name}"));
        }
    }

    #[test]
    fn every_example_has_the_members_that_its_schema_names() {
        let mut checked = 0;
        for document in [portal_document(), public_v1_document()] {
            let paths = document["paths"].as_object().unwrap().values();
            for operation in paths.flat_map(|item| item.as_object().unwrap().values()) {
                let answers = operation["responses"].as_object().unwrap();
                for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('2')) {
                    for media in answer["content"].as_object().into_iter().flatten().map(|(_, media)| media) {
                        let place = format!("{} {status}", operation["operationId"]);
                        assert!(media["example"].is_object(), "{place} has no example");
                        check(document, &media["schema"], &media["example"], &place);
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked >= EXAMPLES.len(), "checked only {checked}");
    }
}
