//! At most five sign-in attempts an address in any fifteen minutes, exactly.

use std::time::{Duration, Instant};

use podarmor_tests::{Answer, App, TestWorld, all_at_once, config, on_both_databases};
use reqwest::Method;
use serde_json::json;

async fn attempt(app: &App, headers: &[(&str, &str)]) -> Answer {
    let body = json!({ "email": "viewer@a.example", "password": "wrong password" });
    let mut request = app.request(Method::POST, "/api/auth/login").header("x-tenant", "a").json(&body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request).await
}

on_both_databases! {
    async fn r1_the_sixth_attempt_is_refused_with_the_seconds_until_a_place_is_free(world: TestWorld) {
        for number in 0..5 {
            let password = if number % 2 == 0 { TestWorld::PASSWORD } else { "wrong password" };
            let answer = world.app.login_from("203.0.113.1", "a", "viewer@a.example", password).await;
            assert_eq!(answer.status.as_u16(), if number % 2 == 0 { 200 } else { 401 });
            assert_eq!(answer.header("x-ratelimit-remaining"), (4 - number).to_string());
            assert_eq!(answer.header("ratelimit-policy"), "\"login\";q=5;w=900");
        }
        let begun = Instant::now();
        let refused = world.app.login_from("203.0.113.1", "a", "viewer@a.example", TestWorld::PASSWORD).await;
        assert_eq!(refused.refusal(), "429 RATE_LIMITED");
        assert!(begun.elapsed() < Duration::from_secs(1));
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((880..=900).contains(&wait), "{wait}");
        assert_eq!(refused.header("ratelimit"), format!("\"login\";r=0;t={wait}"));
        assert_eq!(world.app.login_from("203.0.113.2", "a", "viewer@a.example", TestWorld::PASSWORD).await.status, 200);
    }

    async fn an_attempt_counts_whatever_its_body_is_and_none_counts_without_a_tenant(world: TestWorld) {
        let from = [("x-forwarded-for", "203.0.113.3")];
        for _ in 0..7 {
            let request = world.app.request(Method::POST, "/api/auth/login").header("x-forwarded-for", "203.0.113.3");
            assert_eq!(world.app.send(request).await.refusal(), "400 TENANT_REQUIRED");
        }
        for body in ["", "{", "{}", "[]", "\u{0}"] {
            let request = world.app.request(Method::POST, "/api/auth/login").header("x-tenant", "a").body(body);
            let request = request.header("content-type", "application/json").header("x-forwarded-for", "203.0.113.3");
            assert_eq!(world.app.send(request).await.refusal(), "400 VALIDATION_ERROR", "{body:?}");
        }
        assert_eq!(attempt(&world.app, &from).await.refusal(), "429 RATE_LIMITED");
    }

    async fn r3_r4_two_servers_admit_exactly_five_and_a_restart_forgets_nothing(world: TestWorld) {
        let second = App::start(&world.database).await;
        for round in 0..4 {
            let address = format!("203.0.113.{}", 10 + round);
            let from = [("x-forwarded-for", address.as_str())];
            let tries = (0..30).map(|n| attempt(if n % 2 == 0 { &world.app } else { &second }, &from));
            let answers = all_at_once(tries.collect()).await;
            let admitted = answers.iter().filter(|answer| answer.refusal() == "401 INVALID_CREDENTIALS").count();
            let refused = answers.iter().filter(|answer| answer.refusal() == "429 RATE_LIMITED").count();
            assert_eq!((admitted, refused), (5, 25), "round {round}");
        }
        second.stop().await;
        let third = App::start(&world.database).await;
        let answer = attempt(&third, &[("x-forwarded-for", "203.0.113.10")]).await;
        assert_eq!(answer.refusal(), "429 RATE_LIMITED");
        third.stop().await;
    }

    async fn r5_an_untrusted_peer_gains_nothing_by_saying_it_is_somebody_else(world: TestWorld) {
        let mut alone = config(&world.database);
        alone.trusted_proxies = podarmor_domain::access::TrustedProxies::default();
        let app = App::start_with(&alone).await;
        let names = ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "x-forwarded-for"];
        for (number, name) in names.iter().enumerate() {
            let value = if *name == "forwarded" { format!("for=192.0.2.{number}") } else { format!("192.0.2.{number}") };
            assert_eq!(attempt(&app, &[(name, &value)]).await.refusal(), "401 INVALID_CREDENTIALS");
        }
        assert_eq!(attempt(&app, &[("x-forwarded-for", "192.0.2.99")]).await.refusal(), "429 RATE_LIMITED");
        app.stop().await;
    }

    async fn r6_r7_behind_a_trusted_proxy_the_right_most_untrusted_address_counts_by_64(world: TestWorld) {
        let same_client = [
            "203.0.113.50", "6.6.6.6, 203.0.113.50", "6.6.6.7,203.0.113.50", "::ffff:203.0.113.50", "203.0.113.50:4711",
        ];
        for value in same_client {
            assert_eq!(attempt(&world.app, &[("x-forwarded-for", value)]).await.refusal(), "401 INVALID_CREDENTIALS", "{value}");
        }
        assert_eq!(attempt(&world.app, &[("x-forwarded-for", "203.0.113.50")]).await.refusal(), "429 RATE_LIMITED");
        for host in 1..=5 {
            let value = format!("2001:db8:1:1::{host}");
            assert_eq!(attempt(&world.app, &[("x-forwarded-for", &value)]).await.refusal(), "401 INVALID_CREDENTIALS");
        }
        assert_eq!(attempt(&world.app, &[("x-forwarded-for", "2001:db8:1:1:ffff::6")]).await.refusal(), "429 RATE_LIMITED");
        assert_eq!(attempt(&world.app, &[("x-forwarded-for", "2001:db8:1:2::6")]).await.refusal(), "401 INVALID_CREDENTIALS");
    }

    async fn a_locked_out_address_is_freed_by_the_operator(world: TestWorld) {
        let from = [("x-forwarded-for", "203.0.113.77")];
        for _ in 0..6 {
            attempt(&world.app, &from).await;
        }
        let address = podarmor_domain::access::AttemptKey::parse("ip", "203.0.113.77").unwrap();
        let scope = podarmor_domain::testing::publisher();
        assert_eq!(world.publisher.sign_in().clear(scope, &address).await.unwrap(), 5);
        assert_eq!(attempt(&world.app, &from).await.refusal(), "401 INVALID_CREDENTIALS");
    }
}
