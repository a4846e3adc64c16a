//! Signing in.

use std::collections::BTreeSet;

use podarmor_domain::access::Role;
use podarmor_tests::{Answer, TestWorld, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

async fn login_with(world: &TestWorld, body: Value) -> Answer {
    let request = world.app.request(Method::POST, "/api/auth/login").header("x-tenant", "a").json(&body);
    world.app.send(request.header("x-forwarded-for", podarmor_tests::fresh_address().to_string())).await
}

on_both_databases! {
    async fn a_sign_in_answers_tokens_and_who_it_is(world: TestWorld) {
        let answer = world.app.login("a", "Admin@A.example", TestWorld::PASSWORD).await.ok();
        let body = answer.json();
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!((body["tokenType"].as_str(), body["expiresIn"].as_u64()), (Some("Bearer"), Some(900)));
        assert_eq!(body["refreshToken"].as_str().unwrap().len(), 43);
        assert_eq!(body["user"], json!({
            "id": body["user"]["id"], "email": "admin@a.example", "name": "admin of a", "role": "admin", "tenant": "a",
        }));
        let me = world.app.request(Method::GET, "/api/auth/me").header("x-tenant", "a");
        let me = world.app.send(me.bearer_auth(body["accessToken"].as_str().unwrap())).await.ok().json();
        assert_eq!((me["email"].as_str(), me["role"].as_str()), (Some("admin@a.example"), Some("admin")));
        let allowed: Vec<&str> = Role::Admin.permissions().map(podarmor_domain::access::Permission::as_str).collect();
        assert_eq!(me["permissions"], json!(allowed));
    }

    async fn n1_whatever_was_wrong_the_answer_is_the_same(world: TestWorld) {
        let wrong = world.app.login("a", "viewer@a.example", "wrong password").await;
        assert_eq!(wrong.refusal(), "401 INVALID_CREDENTIALS");
        let cases = [
            ("nobody", "viewer@a.example", TestWorld::PASSWORD),
            ("a", "nobody@a.example", TestWorld::PASSWORD),
            ("a", "viewer@b.example", TestWorld::PASSWORD),
            ("b", "viewer@a.example", TestWorld::PASSWORD),
        ];
        for (tenant, email, password) in cases {
            let answer = world.app.login(tenant, email, password).await;
            assert_eq!(answer.status, wrong.status);
            assert_eq!(answer.without_request_id(), wrong.without_request_id(), "{tenant} {email}");
            let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<BTreeSet<_>>();
            assert_eq!(names(&answer), names(&wrong), "{tenant} {email}");
        }
    }

    async fn n3_passwords_are_bounded_before_they_are_hashed_and_never_cut(world: TestWorld) {
        let body = |password: &str| json!({ "email": "viewer@a.example", "password": password });
        for (length, want) in [(1, "401 INVALID_CREDENTIALS"), (72, "401 INVALID_CREDENTIALS"), (1_024, "401 INVALID_CREDENTIALS"), (1_025, "400 VALIDATION_ERROR"), (60_000, "400 VALIDATION_ERROR"), (66_000, "413 PAYLOAD_TOO_LARGE")] {
            assert_eq!(login_with(&world, body(&"x".repeat(length))).await.refusal(), want, "{length}");
        }
        for password in ["", "with\0nul"] {
            let answer = login_with(&world, body(password)).await;
            assert_eq!((answer.refusal().as_str(), answer.json()["details"][0]["path"].as_str()), ("400 VALIDATION_ERROR", Some("password")));
        }
        let longer = format!("{}{}", TestWorld::PASSWORD, "x".repeat(100));
        assert_eq!(login_with(&world, body(&longer)).await.refusal(), "401 INVALID_CREDENTIALS");
    }

    async fn z3_fields_nobody_asked_for_are_refused_by_name(world: TestWorld) {
        for field in ["role", "tenantId", "id", "isAdmin", "sub", "__proto__", "Email"] {
            let mut body = json!({ "email": "viewer@a.example", "password": TestWorld::PASSWORD });
            body[field] = json!("admin");
            let answer = login_with(&world, body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{field}");
            assert_eq!(answer.json()["details"][0]["path"], field);
        }
    }

    async fn a_session_counts_only_with_its_very_token(world: TestWorld) {
        let token = world.viewer().token.to_owned();
        let refused = |token: String| {
            let world = &world;
            async move {
                let request = world.app.request(Method::GET, "/api/auth/me").header("x-tenant", "a").bearer_auth(&token);
                assert_eq!(world.app.send(request).await.refusal(), "401 UNAUTHENTICATED", "{token}");
            }
        };
        let parts: Vec<&str> = token.split('.').collect();
        refused(format!("{}.{}.", parts[0], parts[1])).await;
        refused(format!("{}.{}", parts[0], parts[1])).await;
        refused("pa_live_0123456789".to_owned()).await;
        refused("x".repeat(100_000)).await;
        for index in (0..token.len()).step_by(7) {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            refused(String::from_utf8(bytes).unwrap()).await;
        }
        for scheme in ["Basic", "Token", "Bearer:"] {
            let request = world.app.request(Method::GET, "/api/auth/me").header("x-tenant", "a");
            let answer = world.app.send(request.header("authorization", format!("{scheme} {token}"))).await;
            assert_eq!(answer.refusal(), "401 UNAUTHENTICATED", "{scheme}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }

    async fn j16_what_is_secret_is_not_in_the_database_in_the_clear(world: TestWorld) {
        if world.backend != podarmor_tests::Backend::Sqlite {
            return;
        }
        let body = world.app.login("a", "viewer@a.example", TestWorld::PASSWORD).await.ok().json();
        let secrets = [body["refreshToken"].as_str().unwrap(), body["accessToken"].as_str().unwrap(), TestWorld::PASSWORD];
        let mut files = 0;
        for entry in std::fs::read_dir(world.database.folder()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                files += 1;
                for secret in secrets {
                    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{}", path.display());
                }
            }
        }
        assert!(files >= 2, "the database and its write-ahead log");
    }
}
