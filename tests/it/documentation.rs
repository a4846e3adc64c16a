//! The OpenAPI document and the Swagger UI.

use podarmor_domain::ErrorKey;
use podarmor_tests::on_both_databases;
use serde_json::Value;

/// The files in the repository are what the code says. `cargo xtask openapi` rewrites them; a
/// change goes with a line in CHANGELOG.md.
#[test]
fn the_checked_in_documents_are_what_the_code_says() {
    for (name, document) in documents() {
        let file = std::fs::read_to_string(format!("{}/../openapi/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let file: Value = serde_json::from_str(&file).unwrap();
        assert!(file == *document, "{name}: run `cargo xtask openapi` and look at the difference");
    }
}

fn documents() -> [(&'static str, &'static Value); 2] {
    use podarmor_http::openapi::{portal_document, public_v1_document};
    [("portal", portal_document()), ("public-v1", public_v1_document())]
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, it)| (format!("{method} {path}"), it))
        })
        .collect()
}

#[test]
fn every_operation_is_described_whole() {
    for (name, operation) in documents().into_iter().flat_map(|(_, document)| operations(document)) {
        for member in ["operationId", "summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{name}: {member}");
        }
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        assert!(operation["security"].is_array(), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}: {parameter}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = &response["content"]["application/json"];
            if status.starts_with(['4', '5']) && !(name.ends_with("/api/status") && status == "503") {
                assert_eq!(content["schema"]["$ref"], "#/components/schemas/ErrorBody", "{name} {status}");
                assert!(!content["examples"].as_object().unwrap().is_empty(), "{name} {status}");
            } else if status == "200" || status == "201" {
                let media = response["content"].as_object().unwrap().values().next().unwrap();
                assert!(!media["example"].is_null(), "{name} has no example of an answer");
            }
        }
    }
    let keys: Vec<&str> = documents()[0].1["components"]["schemas"]["ErrorKey"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key.as_str().unwrap())
        .collect();
    assert_eq!(keys, ErrorKey::ALL.iter().map(|key| key.as_str()).collect::<Vec<_>>());
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    for (name, document) in documents() {
        let text = document.to_string();
        let mut found = 0;
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{name}: {pointer}");
            found += 1;
        }
        assert!(found > 40, "{name}: {found}");
    }
}

on_both_databases! {
    async fn x5_the_swagger_ui_is_there_without_signing_in_and_loads_nothing_foreign(world: TestWorld) {
        let page = world.app.get("/api/docs/").await.ok();
        assert_eq!(page.header("content-type"), "text/html");
        assert_eq!(world.app.get("/api/docs").await.header("location"), "/api/docs/");
        let text = page.text();
        for asset in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
            assert!(text.contains(asset), "{asset}");
            assert!(!world.app.get(&format!("/api/docs/{asset}")).await.ok().bytes.is_empty());
        }
        assert!(!text.contains("<script>") && !text.contains("//unpkg") && !text.contains("https://"));
        let initializer = world.app.get("/api/docs/swagger-initializer.js").await.ok().text();
        assert!(initializer.contains("/api/openapi.json"));
        for path in ["../../Cargo.toml", "..%2f..%2fCargo.toml", "%2e%2e/%2e%2e/Cargo.toml", "//etc/passwd"] {
            assert_eq!(world.app.get(&format!("/api/docs/{path}")).await.status, 404, "{path}");
        }
        let served = world.app.get("/api/openapi.json").await.ok().json();
        assert_eq!(served, *podarmor_http::openapi::portal_document());
    }
}
