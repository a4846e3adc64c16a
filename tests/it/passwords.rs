//! Changing a password, and setting one by invitation.

use podarmor_domain::access::Role;
use podarmor_tests::{Answer, TestWorld, on_both_databases, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "a sentence of my own";

async fn token_of(world: &TestWorld, email: &str, password: &str) -> String {
    world.app.login("a", email, password).await.ok().json()["accessToken"].as_str().unwrap().to_owned()
}

async fn change(world: &TestWorld, token: &str, current: &str, new: &str) -> Answer {
    let request = world.app.request(Method::PUT, "/api/auth/password").header("x-tenant", "a").bearer_auth(token);
    world.app.send(request.json(&json!({ "currentPassword": current, "newPassword": new }))).await
}

async fn set(world: &TestWorld, tenant: &str, token: &Value, password: &str) -> Answer {
    let request = world.app.request(Method::POST, "/api/auth/set-password").header("x-tenant", tenant);
    world.app.send(request.json(&json!({ "token": token, "newPassword": password }))).await
}

on_both_databases! {
    async fn a_changed_password_ends_all_other_sessions_and_keeps_this_one(world: TestWorld) {
        let here = token_of(&world, "user@a.example", TestWorld::PASSWORD).await;
        let there = token_of(&world, "user@a.example", TestWorld::PASSWORD).await;
        assert_eq!(change(&world, &here, "wrong password", NEW).await.refusal(), "401 INVALID_CREDENTIALS");
        assert_eq!(change(&world, &here, TestWorld::PASSWORD, NEW).await.status, 204);
        let me = |token: String| {
            world.app.send(world.app.request(Method::GET, "/api/auth/me").header("x-tenant", "a").bearer_auth(token))
        };
        wait_until("the other session ends", async || me(there.clone()).await.status == 401).await;
        assert_eq!(me(here.clone()).await.status, 200);
        assert_eq!(world.app.login("a", "user@a.example", TestWorld::PASSWORD).await.refusal(), "401 INVALID_CREDENTIALS");
        token_of(&world, "user@a.example", NEW).await;
    }

    async fn nul_in_a_token_does_not_fit(world: TestWorld) {
        let refreshed = world.app.request(Method::POST, "/api/auth/refresh").header("x-tenant", "a");
        let refreshed = world.app.send(refreshed.json(&json!({ "refreshToken": "a\u{0}b" }))).await;
        for (answer, path) in [(set(&world, "a", &json!("a\u{0}b"), NEW).await, "token"), (refreshed, "refreshToken")] {
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{path}");
            assert_eq!(answer.json()["details"][0]["path"], path);
        }
    }

    async fn five_tries_a_user_whatever_the_address(world: TestWorld) {
        let token = token_of(&world, "viewer@a.example", TestWorld::PASSWORD).await;
        for _ in 0..5 {
            assert_eq!(change(&world, &token, "wrong password", NEW).await.refusal(), "401 INVALID_CREDENTIALS");
        }
        let refused = change(&world, &token, TestWorld::PASSWORD, NEW).await;
        assert_eq!(refused.refusal(), "429 RATE_LIMITED");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() > 800);
        let other = token_of(&world, "user@a.example", TestWorld::PASSWORD).await;
        assert_eq!(change(&world, &other, TestWorld::PASSWORD, NEW).await.status, 204);
    }

    async fn a_password_is_long_enough_and_not_one_of_the_most_common(world: TestWorld) {
        let token = token_of(&world, "user@a.example", TestWorld::PASSWORD).await;
        let long = "x y".repeat(43);
        for new in ["", "short", "eleven char", "Password1234", "qwertyuiop123", "aaaaaaaaaaaaaaa", &long, "with a \0 nul in it"] {
            let answer = change(&world, &token, TestWorld::PASSWORD, new).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{new}");
            assert_eq!(answer.json()["details"][0]["path"], "newPassword", "{new}");
        }
        assert_eq!(change(&world, &token, TestWorld::PASSWORD, "日本語の長いパスワードです").await.status, 204);
    }

    async fn an_invitation_sets_a_password_once_at_its_own_tenant(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let body = json!({ "email": "new@a.example", "name": "New Person", "role": "user" });
        let made = admin.send(Method::POST, "/api/users", &body).await.ok();
        assert_eq!((made.status.as_u16(), made.header("cache-control")), (201, "no-store"));
        let made = made.json();
        let token = &made["invitation"]["token"];
        assert!(made["invitation"]["link"].as_str().unwrap().ends_with(&format!("#{}", token.as_str().unwrap())));
        assert_eq!(made["user"]["status"], "invited");
        assert_eq!(world.app.login("a", "new@a.example", NEW).await.refusal(), "401 INVALID_CREDENTIALS");
        assert_eq!(set(&world, "b", token, NEW).await.refusal(), "401 INVALID_CREDENTIALS");
        assert_eq!(set(&world, "a", &json!("x"), NEW).await.refusal(), "401 INVALID_CREDENTIALS");
        assert_eq!(set(&world, "a", token, "short").await.refusal(), "400 VALIDATION_ERROR");
        assert_eq!(set(&world, "a", token, NEW).await.status, 204);
        assert_eq!(set(&world, "a", token, "another sentence").await.refusal(), "401 INVALID_CREDENTIALS");
        let signed_in = world.app.login("a", "new@a.example", NEW).await.ok().json();
        assert_eq!((signed_in["user"]["role"].as_str(), signed_in["user"]["name"].as_str()), (Some("user"), Some("New Person")));

        let path = format!("/api/users/{}/invitation", made["user"]["id"].as_str().unwrap());
        let first = admin.send(Method::POST, &path, &json!({})).await.ok().json();
        let second = admin.send(Method::POST, &path, &json!({})).await.ok().json();
        assert_eq!(set(&world, "a", &first["invitation"]["token"], "another sentence").await.refusal(), "401 INVALID_CREDENTIALS");
        token_of(&world, "new@a.example", NEW).await;
        assert_eq!(set(&world, "a", &second["invitation"]["token"], "another sentence").await.status, 204);
        token_of(&world, "new@a.example", "another sentence").await;
    }
}
