//! Requests that are sent again: done once, answered alike.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use podarmor_domain::Timestamp;
use podarmor_domain::access::Role;
use podarmor_domain::ports::Clock;
use podarmor_tests::{Answer, App, Backend, SignedIn, TestWorld, all_at_once, config, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

async fn post(who: &SignedIn<'_>, app: &App, path: &str, key: &str, body: &Value) -> Answer {
    let request = app.request(Method::POST, path).bearer_auth(who.token).header("x-tenant", who.tenant);
    app.send(request.header("idempotency-key", key).json(body)).await
}

/// The operations that are done once, each with a body, and the list that shows what it made.
fn creations(world: &TestWorld) -> [(SignedIn<'_>, &'static str, Value, Value); 5] {
    let admin = world.as_role("a", Role::Admin);
    [
        (
            admin,
            "/api/api-keys",
            json!({ "name": "CI", "scopes": ["read:sbom", "read:vulns"] }),
            json!({ "name": "another", "scopes": ["read:sbom"] }),
        ),
        (
            admin,
            "/api/users",
            json!({ "email": "new@a.example", "name": "New", "role": "viewer" }),
            json!({ "email": "other@a.example", "name": "Other", "role": "viewer" }),
        ),
        (
            admin,
            "/api/cve-watches",
            json!({ "cveId": "CVE-2026-0002", "note": "why" }),
            json!({ "cveId": "CVE-2026-0003" }),
        ),
        (
            admin,
            "/api/webhooks",
            json!({ "event": "image.scanned", "url": "http://127.0.0.1:9099/hook", "active": false }),
            json!({ "event": "cve.watched", "url": "http://127.0.0.1:9099/hook", "active": false }),
        ),
        (
            world.as_role("a", Role::User),
            "/api/feature-requests",
            json!({ "type": "bug", "title": "A title", "description": "" }),
            json!({ "type": "bug", "title": "A title", "description": "And more." }),
        ),
    ]
}

async fn size(who: &SignedIn<'_>, path: &str) -> usize {
    who.get(path).await.ok().json()["items"].as_array().unwrap().len()
}

fn same(first: &Answer, again: &Answer) {
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["location", "cache-control", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
}

on_both_databases! {
    async fn v11_a_request_sent_again_is_done_once_and_answered_with_the_same_bytes(world: TestWorld) {
        let second = App::start(&world.database).await;
        for (who, path, body, other) in creations(&world) {
            let before = size(&who, path).await;
            let first = post(&who, &world.app, path, "key-1", &body).await.ok();
            assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, ""), "{path}");
            let again = post(&who, &world.app, path, "key-1", &body).await;
            assert_eq!(again.header("idempotency-replayed"), "true", "{path}");
            same(&first, &again);
            let elsewhere = post(&who, &second, path, "key-1", &body).await;
            same(&first, &elsewhere);
            // The same content in another order and spacing is the same request.
            let spaced = format!("  {}", serde_json::to_string_pretty(&body).unwrap());
            let request = who.request(Method::POST, path).header("idempotency-key", "key-1");
            let spaced = request.header("content-type", "application/json").body(spaced);
            same(&first, &world.app.send(spaced).await);
            assert_eq!(post(&who, &world.app, path, "key-1", &other).await.refusal(), "409 CONFLICT", "{path}");
            assert_eq!(size(&who, path).await, before + 1, "{path}");
            let fresh = post(&who, &world.app, path, "key-2", &other).await.ok();
            assert_eq!(fresh.header("idempotency-replayed"), "", "{path}");
            assert_eq!(size(&who, path).await, before + 2, "{path}");
        }
        second.stop().await;
    }

    async fn v11_of_twenty_at_once_one_is_done_and_all_get_its_answer(world: TestWorld) {
        let second = App::start(&world.database).await;
        for (who, path, body, _) in creations(&world) {
            let before = size(&who, path).await;
            let apps = [&world.app, &second];
            let calls = (0..20).map(|n| post(&who, apps[n % 2], path, "key-1", &body)).collect();
            let answers = all_at_once(calls).await;
            let done = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count();
            assert_eq!(done, 1, "{path}");
            for answer in &answers {
                assert_eq!(answer.status, 201, "{path}: {}", answer.text());
                same(&answers[0], answer);
            }
            assert_eq!(size(&who, path).await, before + 1, "{path}");
        }
        second.stop().await;
    }

    async fn t8_each_tenant_user_and_operation_has_keys_of_its_own(world: TestWorld) {
        let body = json!({ "name": "CI", "scopes": ["read:sbom"] });
        let (ours, theirs) = (world.as_role("a", Role::Admin), world.as_role("b", Role::Admin));
        let first = post(&ours, &world.app, "/api/api-keys", "key-1", &body).await.ok();
        let foreign = post(&theirs, &world.app, "/api/api-keys", "key-1", &body).await.ok();
        assert_eq!((foreign.status.as_u16(), foreign.header("idempotency-replayed")), (201, ""));
        assert_ne!(first.json()["key"], foreign.json()["key"]);
        // A second admin of the same tenant.
        let user = world.as_role("a", Role::User).get("/api/auth/me").await.ok().json()["id"].as_str().unwrap().to_owned();
        ours.send(Method::PUT, &format!("/api/users/{user}"), &json!({ "role": "admin" })).await.ok();
        let second = world.as_role("a", Role::User);
        podarmor_tests::wait_until("the new role counts", async || second.get("/api/users").await.status == 200).await;
        let own = post(&second, &world.app, "/api/api-keys", "key-1", &body).await.ok();
        assert_eq!(own.header("idempotency-replayed"), "");
        // Another operation.
        let invited = json!({ "email": "new@a.example", "name": "New", "role": "viewer" });
        let invited = post(&ours, &world.app, "/api/users", "key-1", &invited).await.ok();
        assert_eq!(invited.header("idempotency-replayed"), "");
        let path = format!("/api/users/{}/invitation", invited.json()["user"]["id"].as_str().unwrap());
        let send = |path: &str| world.app.send(ours.request(Method::POST, path).header("idempotency-key", "key-1"));
        let again = send(&path).await.ok();
        assert_eq!(again.header("idempotency-replayed"), "");
        same(&again, &send(&path).await);
        assert_eq!(send(&format!("/api/users/{user}/invitation")).await.refusal(), "409 CONFLICT", "another user's");
    }

    async fn v11_a_key_that_does_not_fit_is_refused_at_its_header(world: TestWorld) {
        let (admin, body) = (world.as_role("a", Role::Admin), json!({ "name": "CI", "scopes": ["read:sbom"] }));
        let before = size(&admin, "/api/api-keys").await;
        let long = "k".repeat(10_240);
        for key in ["", " ", "a b", "\u{e4}", "k\u{7f}", &"k".repeat(256), &long] {
            let Ok(value) = reqwest::header::HeaderValue::from_bytes(key.as_bytes()) else { continue };
            let request = admin.request(Method::POST, "/api/api-keys").header("idempotency-key", value).json(&body);
            let answer = world.app.send(request).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{key}");
            assert_eq!(answer.json()["details"][0]["path"], "Idempotency-Key", "{key}");
        }
        let twice = admin.request(Method::POST, "/api/api-keys").header("idempotency-key", "a").header("idempotency-key", "b");
        assert_eq!(world.app.send(twice.json(&body)).await.refusal(), "400 VALIDATION_ERROR");
        assert_eq!(size(&admin, "/api/api-keys").await, before);
        assert_eq!(post(&admin, &world.app, "/api/api-keys", &"k".repeat(255), &body).await.status, 201);
    }

    async fn a_refusal_is_not_kept(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let taken = json!({ "email": "viewer@a.example", "name": "X", "role": "user" });
        assert_eq!(post(&admin, &world.app, "/api/users", "key-1", &taken).await.refusal(), "409 CONFLICT");
        let viewer = world.viewer().get("/api/auth/me").await.ok().json()["id"].as_str().unwrap().to_owned();
        assert_eq!(admin.delete(&format!("/api/users/{viewer}")).await.status, 204);
        let made = post(&admin, &world.app, "/api/users", "key-1", &taken).await.ok();
        assert_eq!(made.header("idempotency-replayed"), "");
    }

    async fn x2_the_answer_is_stored_sealed(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let body = json!({ "name": "CI", "scopes": ["read:sbom"] });
        let made = post(&admin, &world.app, "/api/api-keys", "key-1", &body).await.ok().json();
        let (text, holds) = match world.backend {
            Backend::Sqlite => ("CAST('VALUE' AS BLOB)", "instr(sealed, TEXT) > 0"),
            Backend::Postgres => ("'VALUE'::bytea", "position(TEXT in sealed) > 0"),
        };
        let rows_with = async |value: &str| {
            let holds = holds.replace("TEXT", &text.replace("VALUE", value));
            world.database.execute(&format!("UPDATE kept_answer SET slot = slot WHERE {holds}")).await
        };
        assert_eq!(rows_with("").await, 1, "every row holds nothing");
        for secret in [made["key"].as_str().unwrap(), "pa_live_", "read:sbom"] {
            assert_eq!(rows_with(secret).await, 0, "{secret}");
        }
    }

    async fn v11_a_day_later_a_key_is_free_again(world: TestWorld) {
        let clock = Arc::new(SetClock(Mutex::new(Clock::now(&podarmor_credentials::SystemClock))));
        let app = App::start_at(&config(&world.database), Arc::clone(&clock) as Arc<dyn Clock>).await;
        let body = json!({ "name": "CI", "scopes": ["read:sbom"] });
        let create = async || {
            // Tokens are good for less than a day.
            let token = app.login("a", "admin@a.example", TestWorld::PASSWORD).await.ok().json()["accessToken"].clone();
            let request = app.request(Method::POST, "/api/api-keys").bearer_auth(token.as_str().unwrap());
            app.send(request.header("x-tenant", "a").header("idempotency-key", "key-1").json(&body)).await.ok()
        };
        let first = create().await;
        clock.advance(Duration::from_secs(24 * 3600 - 60));
        same(&first, &create().await);
        clock.advance(Duration::from_secs(60));
        let fresh = create().await;
        assert_eq!(fresh.header("idempotency-replayed"), "");
        assert_ne!(fresh.bytes, first.bytes);
        same(&fresh, &create().await);
        app.stop().await;
    }
}

/// A clock that is set.
struct SetClock(Mutex<Timestamp>);

impl SetClock {
    fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(by);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}
