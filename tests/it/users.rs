//! Users of a tenant, and what its admins may do with them.

use podarmor_domain::access::Role;
use podarmor_tests::{TestWorld, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

async fn id_of(world: &TestWorld, tenant: &str, role: Role) -> String {
    let me = world.as_role(tenant, role).get("/api/auth/me").await.ok().json();
    me["id"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn an_admin_sees_invites_changes_and_removes_users(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let emails = |list: &[Value]| list.iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(emails(&admin.all("/api/users", 2).await), ["admin@a.example", "user@a.example", "viewer@a.example"]);
        let counted = admin.get("/api/users?limit=1&count=true").await.ok().json();
        assert_eq!(counted["total"], json!({ "count": 3, "type": "exact" }));
        let user = id_of(&world, "a", Role::User).await;
        let path = format!("/api/users/{user}");
        let shown = admin.get(&path).await.ok().json();
        assert_eq!(shown, json!({
            "id": user, "email": "user@a.example", "name": "user of a", "role": "user", "status": "active", "createdAt": shown["createdAt"],
        }));
        let changed = admin.send(Method::PUT, &path, &json!({ "name": "Ünï", "role": "viewer" })).await.ok().json();
        assert_eq!((changed["name"].as_str(), changed["role"].as_str()), (Some("Ünï"), Some("viewer")));
        let disabled = admin.send(Method::PUT, &path, &json!({ "disabled": true })).await.ok().json();
        assert_eq!((disabled["status"].as_str(), disabled["name"].as_str()), (Some("disabled"), Some("Ünï")));
        let enabled = admin.send(Method::PUT, &path, &json!({ "disabled": false })).await.ok().json();
        assert_eq!(enabled["status"], "active");
        assert_eq!(admin.delete(&path).await.status, 204);
        for refused in [admin.delete(&path).await, admin.get(&path).await, admin.send(Method::PUT, &path, &json!({})).await] {
            assert_eq!(refused.refusal(), "404 NOT_FOUND", "t11");
        }
        assert_eq!(world.app.login("a", "user@a.example", TestWorld::PASSWORD).await.refusal(), "401 INVALID_CREDENTIALS");
    }

    async fn a_disabled_user_is_not_invited_again(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let path = format!("/api/users/{}", id_of(&world, "a", Role::User).await);
        admin.send(Method::PUT, &path, &json!({ "disabled": true })).await.ok();
        let again = format!("{path}/invitation");
        assert_eq!(world.app.send(admin.request(Method::POST, &again)).await.refusal(), "409 CONFLICT");
        admin.send(Method::PUT, &path, &json!({ "disabled": false })).await.ok();
        assert_eq!(world.app.send(admin.request(Method::POST, &again)).await.status, 201);
    }

    async fn the_last_active_admin_can_be_neither_demoted_nor_disabled_nor_removed(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let path = format!("/api/users/{}", id_of(&world, "a", Role::Admin).await);
        for body in [json!({ "role": "user" }), json!({ "disabled": true })] {
            assert_eq!(admin.send(Method::PUT, &path, &body).await.refusal(), "409 CONFLICT", "{body}");
        }
        assert_eq!(admin.delete(&path).await.refusal(), "409 CONFLICT");
        admin.send(Method::PUT, &path, &json!({ "name": "Still here" })).await.ok();
        let invited = json!({ "email": "second@a.example", "name": "Second", "role": "admin" });
        admin.send(Method::POST, "/api/users", &invited).await.ok();
        assert_eq!(admin.delete(&path).await.refusal(), "409 CONFLICT", "an invited admin is not an active one");
        let second = format!("/api/users/{}", id_of(&world, "a", Role::User).await);
        admin.send(Method::PUT, &second, &json!({ "role": "admin" })).await.ok();
        assert_eq!(admin.delete(&path).await.status, 204);
    }

    async fn of_two_admins_who_demote_each_other_at_once_one_stays(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let first = format!("/api/users/{}", id_of(&world, "a", Role::Admin).await);
        let second = format!("/api/users/{}", id_of(&world, "a", Role::User).await);
        admin.send(Method::PUT, &second, &json!({ "role": "admin" })).await.ok();
        let demote = |path: &str| world.app.send(admin.request(Method::PUT, path).json(&json!({ "role": "viewer" })));
        let (one, other) = tokio::join!(demote(&first), demote(&second));
        let mut outcomes = [one.status.as_u16(), other.status.as_u16()];
        outcomes.sort_unstable();
        assert!(outcomes == [200, 409] || outcomes == [200, 403], "{outcomes:?}");
    }

    async fn what_does_not_fit_is_refused_and_named(world: TestWorld) {
        let admin = world.as_role("a", Role::Admin);
        let good = json!({ "email": "x@a.example", "name": "X", "role": "user" });
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        let cases = [
            (with("email", json!("no address")), "email"), (with("email", json!("a@b\r\nx")), "email"),
            (with("name", json!("")), "name"), (with("name", json!("a\nb")), "name"), (with("name", json!("x".repeat(101))), "name"),
            (with("name", json!("nul \0")), "name"), (with("role", json!("owner")), "role"), (with("role", json!(1)), "role"),
            (with("role", json!({ "admin": null })), "role"), (with("role", json!(["admin"])), "role"), (with("role", json!(null)), "role"),
            (with("email", json!("a\u{200b}@a.example")), "email"), (with("email", json!("a@\u{ad}a.example")), "email"),
            (with("name", json!("a\u{feff}b")), "name"), (with("name", json!("a\u{2063}b")), "name"),
            (with("tenantId", json!("b")), "tenantId"), (with("id", json!("1")), "id"), (with("isAdmin", json!(true)), "isAdmin"),
            (with("passwordHash", json!("x")), "passwordHash"), (with("__proto__", json!({})), "__proto__"),
        ];
        for (body, path) in cases {
            let answer = admin.send(Method::POST, "/api/users", &body).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body}");
            assert_eq!(answer.json()["details"][0]["path"], path, "{body}: {}", answer.text());
            assert!(!answer.text().contains("column"), "{}", answer.text());
        }
        let owner = admin.send(Method::POST, "/api/users", &with("role", json!("owner"))).await.json();
        assert_eq!(owner["details"][0]["message"], "must be one of viewer user admin");
        let user = format!("/api/users/{}", id_of(&world, "a", Role::User).await);
        for field in ["email", "id", "tenant", "tenantId", "status", "createdAt", "sub", "password"] {
            let answer = admin.send(Method::PUT, &user, &json!({ field: "x" })).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "z3 {field}");
            assert_eq!(answer.json()["details"][0]["path"], field);
        }
        let twice = admin.request(Method::PUT, &user).header("content-type", "application/json").body(r#"{"role":"user","role":"admin"}"#);
        assert_eq!(world.app.send(twice).await.refusal(), "400 VALIDATION_ERROR", "z4");
        assert_eq!(admin.get(&user).await.ok().json()["role"], "user");
        let taken = json!({ "email": "Viewer@A.example", "name": "X", "role": "user" });
        assert_eq!(admin.send(Method::POST, "/api/users", &taken).await.refusal(), "409 CONFLICT");
        let elsewhere = json!({ "email": "viewer@b.example", "name": "X", "role": "user" });
        assert_eq!(admin.send(Method::POST, "/api/users", &elsewhere).await.status, 201, "another tenant's address is free here");
    }
}
