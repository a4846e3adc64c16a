//! The headers of every answer.

use podarmor_tests::{Answer, App, TestDatabase, TestWorld, config, on_both_databases};
use reqwest::Method;

fn check(answer: &Answer, what: &str) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert!(!answer.header("x-request-id").is_empty(), "{what}");
    assert!(!answer.header("cache-control").is_empty(), "{what}");
    assert_eq!(answer.header("server"), "", "{what}");
    assert_eq!(answer.header("access-control-allow-origin"), "", "{what}");
    if answer.header("content-type").starts_with("text/html") {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    }
}

on_both_databases! {
    async fn x4_every_answer_carries_them(world: TestWorld) {
        let viewer = world.viewer();
        let list = viewer.get("/api/docker-images").await.ok();
        let version = world.version_path("a", "shared", "1.0-r1").await;
        let answers = [
            ("200", list.clone()),
            ("304", viewer.get_with("/api/docker-images", "if-none-match", list.header("etag")).await),
            ("400", viewer.get("/api/docker-images?limit=0").await),
            ("401", world.app.get("/api/docker-images").await),
            ("404", world.app.get("/nowhere").await),
            ("405", world.app.send(world.app.request(Method::PUT, "/livez")).await),
            ("406", viewer.get_with("/api/docker-images", "accept", "image/png").await),
            ("415", world.app.send(world.app.request(Method::POST, "/api/auth/login").header("x-tenant", "a")).await),
            ("200", world.app.send(viewer.request(Method::HEAD, "/api/docker-images")).await),
            ("206", viewer.get_with(&format!("{version}/sbom/spdx"), "range", "bytes=0-1").await),
            ("416", viewer.get_with(&format!("{version}/sbom/spdx"), "range", "bytes=9999-").await),
            ("200", world.app.login("a", "viewer@a.example", TestWorld::PASSWORD).await),
            ("308", world.app.get("/api/docs").await),
            ("200", world.app.get("/api/docs/").await),
            ("200", world.app.get("/api/docs/swagger-ui.css").await),
            ("404", world.app.get("/api/docs/nothing.js").await),
            ("200", world.app.get("/api/openapi.json").await),
            ("200", world.app.get("/set-password?tenant=a").await),
            ("200", world.app.get("/set-password/page.js").await),
            ("404", world.app.get("/set-password/other.js").await),
        ];
        for (number, (status, answer)) in answers.iter().enumerate() {
            assert_eq!(answer.status.as_str(), *status, "answer {number}");
            check(answer, &format!("answer {number}"));
        }
    }

    async fn reads_have_strong_tags_and_answer_304_until_something_changes(world: TestWorld) {
        let viewer = world.viewer();
        let version = world.version_path("a", "shared", "1.0-r1").await;
        let image = world.image_id("a", "shared").await;
        let paths = [
            "/api/auth/me".to_owned(), "/api/docker-images".to_owned(), format!("/api/docker-images/{image}"),
            format!("/api/docker-images/{image}/versions"), version.clone(), format!("{version}/scan-history"), format!("{version}/vulnerabilities"),
        ];
        for path in &paths {
            let answer = viewer.get(path).await.ok();
            let tag = answer.header("etag");
            assert!(tag.starts_with('"') && answer.header("cache-control") == "private, no-cache", "{path}: {tag}");
            for value in [tag.to_owned(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
                let again = viewer.get_with(path, "if-none-match", &value).await;
                assert_eq!((again.status.as_u16(), again.bytes.len(), again.header("etag")), (304, 0, tag), "{path} {value}");
            }
            assert_eq!(viewer.get_with(path, "if-none-match", "\"other\"").await.status, 200, "{path}");
            let head = world.app.send(viewer.request(Method::HEAD, path)).await.ok();
            assert_eq!((head.header("etag"), head.header("content-length")), (tag, answer.bytes.len().to_string().as_str()), "{path}");
        }
        let tag = viewer.get(&version).await.ok().header("etag").to_owned();
        world.publisher.scan("shared", "1.0-r1", "2026-03-01T00:00:00Z", Vec::new()).await;
        assert_eq!(viewer.get_with(&version, "if-none-match", &tag).await.status, 200);
    }

    async fn answers_are_compressed_when_asked_and_each_coding_has_its_own_tag(world: TestWorld) {
        let viewer = world.viewer();
        let plain = viewer.get("/api/docker-images").await.ok();
        for coding in ["zstd", "br", "gzip"] {
            let coded = viewer.get_with("/api/docker-images", "accept-encoding", coding).await.ok();
            assert_eq!(coded.header("content-encoding"), coding);
            assert_ne!(coded.header("etag"), plain.header("etag"));
            assert!(coded.header("vary").contains("Accept-Encoding"));
            if coding == "zstd" {
                assert_eq!(zstd::decode_all(coded.bytes.as_slice()).unwrap(), plain.bytes);
            }
        }
        assert_eq!(viewer.get_with("/api/auth/me", "accept-encoding", "gzip").await.ok().header("content-encoding"), "");
    }

    async fn v6_a_request_id_is_taken_over_when_it_is_sane_and_replaced_when_it_is_not(world: TestWorld) {
        let with = |id: &'static str| world.app.request(Method::GET, "/livez").header("x-request-id", id);
        assert_eq!(world.app.send(with("build-42/step.7")).await.header("x-request-id"), "build-42/step.7");
        let long: &'static str = Box::leak("x".repeat(129).into_boxed_str());
        for id in ["", "two words", "semi;colon", "quote\"", "ünï", long] {
            let answer = world.app.send(with(id)).await;
            let taken = answer.header("x-request-id");
            assert!(taken != id && taken.len() == 36, "{id:?}: {taken}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x3_only_a_configured_origin_may_read_answers_in_a_browser() {
    let database = TestDatabase::new(podarmor_tests::Backend::Sqlite).await;
    let mut config = config(&database);
    config.cors_origins = vec!["https://portal.example".to_owned()];
    let app = App::start_with(&config).await;
    let origin = |origin: &str| app.request(Method::GET, "/api/status").header("origin", origin.to_owned());
    let allowed = app.send(origin("https://portal.example")).await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://portal.example");
    assert!(allowed.header("vary").to_lowercase().contains("origin"));
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    for other in [
        "https://evil.example",
        "null",
        "https://portal.example.evil.example",
        "http://portal.example",
        "https://xportal.example",
    ] {
        assert_eq!(app.send(origin(other)).await.header("access-control-allow-origin"), "", "{other}");
    }
    let preflight = app.request(Method::OPTIONS, "/api/docker-images").header("origin", "https://portal.example");
    let preflight = preflight
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization, x-tenant");
    let preflight = app.send(preflight).await;
    assert!(preflight.status.is_success(), "{}", preflight.text());
    assert_eq!(preflight.header("x-content-type-options"), "nosniff");
    app.stop().await;
}
