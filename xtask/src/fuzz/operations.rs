//! The operations of an OpenAPI document.

use serde_json::Value;

use crate::failure::Outcome;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "patch", "trace"];

/// Their ids, in the order of the document.
pub(super) fn ids(document: &Value) -> Outcome<Vec<String>> {
    let paths = document["paths"].as_object().ok_or("a document without paths")?;
    let mut ids = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let id = operation["operationId"].as_str().ok_or_else(|| format!("{method} {path} has no id"))?;
                ids.push(id.to_owned());
            }
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ids;

    #[test]
    fn every_method_of_every_path_is_an_operation() {
        let document = json!({"paths": {"/a": {"get": {"operationId": "x"}, "parameters": []}, "/b": {"post": {"operationId": "y"}}}});
        assert_eq!(ids(&document).unwrap(), ["x", "y"]);
        assert!(ids(&json!({"paths": {"/a": {"get": {}}}})).is_err());
    }
}
