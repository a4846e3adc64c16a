//! API keys: made, listed, used, revoked.

use std::time::Duration;

use podarmor_domain::access::Role;
use podarmor_tests::{App, TestWorld, on_both_databases, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

async fn make(world: &TestWorld, body: &Value) -> podarmor_tests::Answer {
    world.as_role("a", Role::Admin).send(Method::POST, "/api/api-keys", body).await
}

on_both_databases! {
    async fn a_key_shows_its_secret_once_and_works_until_it_is_revoked_everywhere_at_once(world: TestWorld) {
        let second = App::start(&world.database).await;
        let made = make(&world, &json!({ "name": "CI", "scopes": ["read:vulns", "read:catalog", "read:catalog"] })).await.ok();
        assert_eq!((made.status.as_u16(), made.header("cache-control")), (201, "no-store"));
        let made = made.json();
        let key = made["key"].as_str().unwrap();
        assert!(key.starts_with("pa_live_") && key.len() == 51 && key.starts_with(made["prefix"].as_str().unwrap()));
        assert_eq!(made["scopes"], json!(["read:catalog", "read:vulns"]));
        let admin = world.as_role("a", Role::Admin);
        let find = async || {
            let list = admin.get("/api/api-keys").await.ok();
            assert!(!list.text().contains(key));
            list.json()["items"].as_array().unwrap().iter().find(|item| item["id"] == made["id"]).cloned()
        };
        assert_eq!(find().await.unwrap()["lastUsedAt"], Value::Null);
        assert_eq!(world.get_with_key(key, "/v1/images").await.status, 200);
        wait_until("the use is noted", async || find().await.unwrap()["lastUsedAt"] != Value::Null).await;
        let noted = find().await.unwrap()["lastUsedAt"].clone();
        for _ in 0..5 {
            assert_eq!(world.get_with_key(key, "/v1/images").await.status, 200);
        }
        assert_eq!(find().await.unwrap()["lastUsedAt"], noted, "at most once a minute");
        let path = format!("/api/api-keys/{}", made["id"].as_str().unwrap());
        assert_eq!(admin.delete(&path).await.status, 204);
        for app in [&world.app, &second] {
            let answer = app.send(app.request(Method::GET, "/v1/images").bearer_auth(key)).await;
            assert_eq!(answer.refusal(), "401 UNAUTHENTICATED", "z5");
        }
        assert_eq!(admin.delete(&path).await.refusal(), "404 NOT_FOUND");
        assert!(find().await.is_none());
        second.stop().await;
    }

    async fn z5_what_is_not_quite_a_key_is_refused(world: TestWorld) {
        let key = world.key("all");
        let wrong_end = format!("{}{}", &key[..50], if key.ends_with('A') { 'B' } else { 'A' });
        for bad in [&key[..20], &wrong_end, "pa_live_", "pa_test_x", &format!("{key}x"), &key.to_uppercase(), "%00", "' OR 1=1--"] {
            assert_eq!(world.get_with_key(bad, "/v1/images").await.refusal(), "401 UNAUTHENTICATED", "{bad}");
        }
        let get = || world.app.request(Method::GET, "/v1/images");
        let outcome = async |request: reqwest::RequestBuilder| {
            let answer = world.app.send(request).await;
            if answer.status.is_success() { "200".to_owned() } else { answer.refusal() }
        };
        let other = world.key("b");
        assert_eq!(outcome(get().header("x-api-key", key)).await, "200");
        assert_eq!(outcome(get().header("x-api-key", key).bearer_auth(key)).await, "200");
        assert_eq!(outcome(get().header("x-api-key", key).bearer_auth(other)).await, "400 VALIDATION_ERROR");
        assert_eq!(outcome(get().header("x-api-key", key).header("x-api-key", other)).await, "400 VALIDATION_ERROR");
        assert_eq!(outcome(get().header("x-api-key", key).header("x-tenant", "a")).await, "200");
        assert_eq!(outcome(get().header("x-api-key", key).header("x-tenant", "b")).await, "403 TENANT_MISMATCH");
        assert_eq!(outcome(get()).await, "401 UNAUTHENTICATED");
    }

    async fn an_expired_key_stops_by_itself(world: TestWorld) {
        let soon = podarmor_domain::ports::Clock::now(&podarmor_credentials::SystemClock).plus(Duration::from_secs(2));
        let made = make(&world, &json!({ "name": "short", "scopes": ["read:catalog"], "expiresAt": soon.to_string() })).await.ok().json();
        let key = made["key"].as_str().unwrap();
        assert_eq!(world.get_with_key(key, "/v1/images").await.status, 200);
        wait_until("it expires", async || world.get_with_key(key, "/v1/images").await.refusal() == "401 UNAUTHENTICATED").await;
    }

    async fn what_does_not_fit_is_refused_and_named(world: TestWorld) {
        let cases = [
            (json!({ "name": "x", "scopes": [] }), "scopes"),
            (json!({ "name": "x", "scopes": ["write:all"] }), "scopes[0]"),
            (json!({ "name": "x", "scopes": ["admission"] }), "scopes[0]"),
            (json!({ "name": "x", "scopes": [{ "read:sbom": null }] }), "scopes[0]"),
            (json!({ "name": "x\u{2060}", "scopes": ["read:sbom"] }), "name"),
            (json!({ "name": "", "scopes": ["read:sbom"] }), "name"),
            (json!({ "name": "a\r\nb", "scopes": ["read:sbom"] }), "name"),
            (json!({ "scopes": ["read:sbom"] }), "name"),
            (json!({ "name": "x", "scopes": ["read:sbom"], "expiresAt": "2020-01-01T00:00:00Z" }), "expiresAt"),
            (json!({ "name": "x", "scopes": ["read:sbom"], "expiresAt": "tomorrow" }), "expiresAt"),
            (json!({ "name": "x", "scopes": ["read:sbom"], "tenantId": "b" }), "tenantId"),
            (json!({ "name": "x", "scopes": ["read:sbom"], "key": "pa_live_x" }), "key"),
        ];
        for (body, path) in cases {
            let answer = make(&world, &body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{body}: {}", answer.text());
        }
    }

    async fn a_tenant_has_at_most_a_hundred_keys(world: TestWorld) {
        let mut made = 0;
        let refusal = loop {
            let answer = make(&world, &json!({ "name": "one of many", "scopes": ["read:sbom"] })).await;
            if !answer.status.is_success() {
                break answer.refusal();
            }
            made += 1;
            assert!(made <= 100);
        };
        assert_eq!((refusal.as_str(), made), ("409 CONFLICT", 96), "four are the world's");
    }
}
