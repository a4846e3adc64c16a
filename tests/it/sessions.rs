//! Sessions: refresh tokens that work once, reuse that ends the family, signing out.

use podarmor_domain::access::{RefreshToken, Role};
use podarmor_domain::testing::publisher;
use podarmor_tests::{Answer, App, TestWorld, on_both_databases, wait_until};
use reqwest::Method;
use serde_json::{Value, json};

/// The two tokens of a sign-in or a refresh.
#[derive(Clone, Debug)]
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    fn of(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: text("accessToken"), refresh: text("refreshToken") }
    }
}

async fn sign_in(app: &App) -> Pair {
    Pair::of(&app.login("a", "user@a.example", TestWorld::PASSWORD).await.ok().json())
}

async fn refresh(app: &App, tenant: &str, token: &str) -> Answer {
    let request = app.request(Method::POST, "/api/auth/refresh").header("x-tenant", tenant);
    app.send(request.json(&json!({ "refreshToken": token }))).await
}

async fn me(app: &App, token: &str) -> Answer {
    app.send(app.request(Method::GET, "/api/auth/me").header("x-tenant", "a").bearer_auth(token)).await
}

/// Moves the use of a token into the past, as if that much time had gone by.
async fn age_use(world: &TestWorld, token: &str, seconds: u64) {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap();
    let hash = RefreshToken::from_bytes(bytes.try_into().unwrap()).hash();
    let statement =
        format!("UPDATE refresh_token SET used_at = used_at - {} WHERE hash = '{}'", seconds * 1_000_000, hash.0);
    assert_eq!(world.database.execute(&statement).await, 1);
}

on_both_databases! {
    async fn a_refresh_token_gives_a_new_pair_once(world: TestWorld) {
        let first = sign_in(&world.app).await;
        let answer = refresh(&world.app, "a", &first.refresh).await.ok();
        assert_eq!(answer.header("cache-control"), "no-store");
        let second = Pair::of(&answer.json());
        assert_eq!(answer.json()["user"]["email"], "user@a.example");
        assert_ne!(first.refresh, second.refresh);
        assert_eq!(me(&world.app, &second.access).await.status, 200);
        assert_eq!(refresh(&world.app, "a", &first.refresh).await.refusal(), "401 UNAUTHENTICATED");
        let third = Pair::of(&refresh(&world.app, "a", &second.refresh).await.ok().json());
        assert_eq!(me(&world.app, &third.access).await.status, 200, "a race of two tabs ends nothing");
    }

    async fn j10_a_used_token_that_comes_again_later_ends_the_whole_family_and_no_other_session(world: TestWorld) {
        let (first, other) = (sign_in(&world.app).await, sign_in(&world.app).await);
        let second = Pair::of(&refresh(&world.app, "a", &first.refresh).await.ok().json());
        let third = Pair::of(&refresh(&world.app, "a", &second.refresh).await.ok().json());
        age_use(&world, &first.refresh, 6).await;
        assert_eq!(refresh(&world.app, "a", &first.refresh).await.refusal(), "401 UNAUTHENTICATED");
        assert_eq!(refresh(&world.app, "a", &third.refresh).await.refusal(), "401 UNAUTHENTICATED");
        wait_until("the access tokens of the family stop", async || {
            let mut refused = true;
            for token in [&first.access, &second.access, &third.access] {
                refused &= me(&world.app, token).await.refusal() == "401 UNAUTHENTICATED";
            }
            refused
        }).await;
        assert_eq!(me(&world.app, &other.access).await.status, 200);
        assert_eq!(refresh(&world.app, "a", &other.refresh).await.status, 200);
    }

    async fn j11_of_many_refreshes_at_once_on_two_servers_one_is_served_and_the_family_lives(world: TestWorld) {
        let second = App::start(&world.database).await;
        let mut pair = sign_in(&world.app).await;
        for round in 0..8 {
            let tries = (0..24).map(|n| {
                let app = if n % 2 == 0 { &world.app } else { &second };
                let token = pair.refresh.clone();
                async move { refresh(app, "a", &token).await }
            });
            let answers = podarmor_tests::all_at_once(tries.collect()).await;
            let served: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert_eq!(served.len(), 1, "round {round}");
            assert!(answers.iter().all(|answer| answer.status == 200 || answer.refusal() == "401 UNAUTHENTICATED"));
            pair = Pair::of(&served[0].json());
        }
        assert_eq!(me(&second, &pair.access).await.status, 200);
        second.stop().await;
    }

    async fn j9_no_kind_of_credential_passes_for_another(world: TestWorld) {
        let pair = sign_in(&world.app).await;
        let key = world.key("all");
        for token in [pair.refresh.as_str(), key] {
            assert_eq!(me(&world.app, token).await.refusal(), "401 UNAUTHENTICATED");
        }
        for token in [pair.access.as_str(), key, "", "short"] {
            let answer = refresh(&world.app, "a", token).await;
            assert!(["401 UNAUTHENTICATED", "400 VALIDATION_ERROR"].contains(&answer.refusal().as_str()), "{token}");
        }
        for token in [pair.access.as_str(), pair.refresh.as_str()] {
            assert_eq!(world.get_with_key(token, "/v1/images").await.refusal(), "401 UNAUTHENTICATED");
        }
        assert_eq!(refresh(&world.app, "b", &pair.refresh).await.refusal(), "403 TENANT_MISMATCH");
        assert_eq!(refresh(&world.app, "a", &pair.refresh).await.status, 200, "it was not used up elsewhere");
    }

    async fn j14_signing_out_ends_the_session_at_once_and_can_be_said_twice(world: TestWorld) {
        let pair = sign_in(&world.app).await;
        let logout = || {
            let request = world.app.request(Method::POST, "/api/auth/logout").header("x-tenant", "a");
            world.app.send(request.bearer_auth(&pair.access))
        };
        assert_eq!(me(&world.app, &pair.access).await.status, 200);
        assert_eq!(logout().await.status, 204);
        assert_eq!(me(&world.app, &pair.access).await.refusal(), "401 UNAUTHENTICATED");
        assert_eq!(refresh(&world.app, "a", &pair.refresh).await.refusal(), "401 UNAUTHENTICATED");
        assert_eq!(logout().await.status, 204, "j14 once more changes nothing");
        let elsewhere = world.app.request(Method::POST, "/api/auth/logout").header("x-tenant", "b").bearer_auth(&pair.access);
        assert_eq!(world.app.send(elsewhere).await.refusal(), "401 UNAUTHENTICATED");
        assert_eq!(world.viewer().get("/api/auth/me").await.status, 200, "other sessions live");
    }

    async fn one_sees_and_ends_ones_own_sessions_and_nobody_elses(world: TestWorld) {
        let (here, there) = (sign_in(&world.app).await, sign_in(&world.app).await);
        let ask = |token: &str| world.app.request(Method::GET, "/api/auth/sessions").header("x-tenant", "a").bearer_auth(token);
        let list = world.app.send(ask(&here.access)).await.ok().json();
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 3, "the one of the world and two more");
        assert_eq!(items.iter().filter(|item| item["current"] == true).count(), 1);
        let foreign = world.app.send(ask(world.viewer().token)).await.ok().json();
        let end = |token: String, id: String| {
            let path = format!("/api/auth/sessions/{id}");
            world.app.send(world.app.request(Method::DELETE, &path).header("x-tenant", "a").bearer_auth(token))
        };
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        assert_eq!(end(here.access.clone(), id(&foreign["items"][0])).await.refusal(), "404 NOT_FOUND");
        let second = world.app.send(ask(&there.access)).await.ok().json();
        let its = second["items"].as_array().unwrap().iter().find(|item| item["current"] == true).unwrap();
        assert_eq!(end(here.access.clone(), id(its)).await.status, 204);
        assert_eq!(end(here.access.clone(), id(its)).await.refusal(), "404 NOT_FOUND");
        wait_until("the ended session stops", async || me(&world.app, &there.access).await.status == 401).await;
        assert_eq!(me(&world.app, &here.access).await.status, 200);
    }

    async fn a_user_has_at_most_fifty_live_sessions_and_the_oldest_ends(world: TestWorld) {
        let first = sign_in(&world.app).await;
        for _ in 0..50 {
            sign_in(&world.app).await;
        }
        assert_eq!(refresh(&world.app, "a", &first.refresh).await.refusal(), "401 UNAUTHENTICATED");
        let last = sign_in(&world.app).await;
        let request = world.app.request(Method::GET, "/api/auth/sessions").header("x-tenant", "a");
        let list = world.app.send(request.bearer_auth(&last.access)).await.ok().json();
        assert_eq!(list["items"].as_array().unwrap().len(), 50);
    }

    async fn what_an_admin_or_the_operator_changes_bites_within_five_seconds_on_every_server(world: TestWorld) {
        let second = App::start(&world.database).await;
        let admin = world.as_role("a", Role::Admin);
        let user = world.as_role("a", Role::User).get("/api/auth/me").await.ok().json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/users/{user}");
        let pair = sign_in(&world.app).await;
        let users = |token: String| {
            second.send(second.request(Method::GET, "/api/users").header("x-tenant", "a").bearer_auth(token))
        };
        admin.send(Method::PUT, &path, &json!({ "role": "admin" })).await.ok();
        assert_eq!(users(pair.access.clone()).await.status, 200);
        admin.send(Method::PUT, &path, &json!({ "role": "user" })).await.ok();
        wait_until("j8 the lost role bites", async || users(pair.access.clone()).await.refusal() == "403 FORBIDDEN").await;
        admin.send(Method::PUT, &path, &json!({ "disabled": true })).await.ok();
        wait_until("the disabled user is out", async || me(&second, &pair.access).await.refusal() == "401 UNAUTHENTICATED").await;
        assert_eq!(world.app.login("a", "user@a.example", TestWorld::PASSWORD).await.refusal(), "401 INVALID_CREDENTIALS");

        let pair = Pair::of(&world.app.login("a", "viewer@a.example", TestWorld::PASSWORD).await.ok().json());
        assert_eq!(me(&second, &pair.access).await.status, 200);
        let a = podarmor_domain::testing::fixtures::slug("a");
        world.publisher.tenants().set_suspended(publisher(), &a, true).await.unwrap();
        let key = world.key("all");
        assert_eq!(world.get_with_key(key, "/v1/images").await.refusal(), "401 UNAUTHENTICATED", "keys stop at once");
        assert_eq!(refresh(&second, "a", &pair.refresh).await.refusal(), "401 UNAUTHENTICATED");
        assert_eq!(world.app.login("a", "viewer@a.example", TestWorld::PASSWORD).await.refusal(), "401 INVALID_CREDENTIALS");
        wait_until("t13 the suspended tenant is out", async || me(&second, &pair.access).await.refusal() == "401 UNAUTHENTICATED").await;
        world.publisher.tenants().set_suspended(publisher(), &a, false).await.unwrap();
        assert_eq!(world.get_with_key(key, "/v1/images").await.status, 200);
        wait_until("the tenant goes on", async || me(&second, &pair.access).await.status == 200).await;
        second.stop().await;
    }

    async fn the_public_keys_verify_what_the_server_signs(world: TestWorld) {
        use base64::Engine as _;
        let keys = world.app.get("/.well-known/jwks.json").await.ok().json();
        let header = world.viewer().token.split('.').next().unwrap().to_owned();
        let header: Value = serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
        assert_eq!((key["kty"].as_str(), key["crv"].as_str(), key["x"].as_str().unwrap().len()), (Some("OKP"), Some("Ed25519"), 43));
        assert!(key.get("d").is_none());
    }
}
