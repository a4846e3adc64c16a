//! Refusals have one shape, whoever refuses.

use std::time::Duration;

use podarmor_tests::{Answer, TestWorld, fresh_address, on_both_databases};
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The shape that every refusal has, and nothing of our insides in it.
#[track_caller]
fn check_shape(answer: &Answer) {
    let body = answer.json();
    let object = body.as_object().unwrap();
    assert!(object.keys().all(|key| ["error", "message", "details", "requestId"].contains(&key.as_str())), "{body}");
    let key = body["error"].as_str().unwrap();
    let known = podarmor_domain::ErrorKey::ALL.iter().find(|known| known.as_str() == key).unwrap();
    assert_eq!(answer.status.as_u16(), podarmor_http::status_of(*known).as_u16());
    assert!(!body["message"].as_str().unwrap().is_empty());
    assert_eq!(body["requestId"].as_str().unwrap(), answer.header("x-request-id"));
    let text = answer.text().to_lowercase();
    for inside in [
        "select ",
        "insert ",
        "sqlx",
        "sea_orm",
        "sqlite",
        "pg::",
        "panicked at",
        ".rs:",
        "/home/",
        "/tmp/",
        "backtrace",
    ] {
        assert!(!text.contains(inside), "{inside} in {text}");
    }
}

async fn post(world: &TestWorld, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let mut request = world.app.request(Method::POST, "/api/auth/login").header("x-tenant", "a").body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    world.app.send(request.header("x-forwarded-for", fresh_address().to_string())).await
}

/// Sends bytes as they are and reads until the server closes or is silent for a second.
async fn raw(world: &TestWorld, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.app.authority()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0u8; 4096];
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

on_both_databases! {
    async fn every_refusal_has_the_shape_and_its_status(world: TestWorld) {
        let json = Some("application/json");
        let deep = "[".repeat(200_000);
        let cases: Vec<(Answer, &str)> = vec![
            (world.app.get("/").await, "404 NOT_FOUND"),
            (world.app.get("/api/docker-images/").await, "404 NOT_FOUND"),
            (world.app.get("//api/docker-images").await, "404 NOT_FOUND"),
            (world.app.get("/api/docker-images%2f").await, "404 NOT_FOUND"),
            (world.app.get("/metrics").await, "404 NOT_FOUND"),
            (world.app.send(world.app.request(Method::DELETE, "/api/status")).await, "405 METHOD_NOT_ALLOWED"),
            (world.app.send(world.app.request(Method::GET, "/api/auth/login")).await, "405 METHOD_NOT_ALLOWED"),
            (world.app.send(world.app.request(Method::OPTIONS, "/api/docker-images")).await, "405 METHOD_NOT_ALLOWED"),
            (post(&world, None, "{}").await, "415 UNSUPPORTED_MEDIA_TYPE"),
            (post(&world, Some("text/plain"), "{}").await, "415 UNSUPPORTED_MEDIA_TYPE"),
            (post(&world, Some("application/jsonp"), "{}").await, "415 UNSUPPORTED_MEDIA_TYPE"),
            (post(&world, Some("application/json; charset=utf-8"), "{}").await, "400 VALIDATION_ERROR"),
            (post(&world, json, "").await, "400 VALIDATION_ERROR"),
            (post(&world, json, "{\"email\":").await, "400 VALIDATION_ERROR"),
            (post(&world, json, "{\"email\":\"\\ud800\",\"password\":\"x\"}").await, "400 VALIDATION_ERROR"),
            (post(&world, json, b"{\"email\":\"\xff\"}".to_vec()).await, "400 VALIDATION_ERROR"),
            (post(&world, json, "{\"email\":\"a@b\",\"email\":\"c@d\",\"password\":\"x\"}").await, "400 VALIDATION_ERROR"),
            (post(&world, json, "{\"email\":\"a@b\",\"password\":1e999}").await, "400 VALIDATION_ERROR"),
            (post(&world, json, "{\"email\":\"a@b\",\"password\":\"x\"} {}").await, "400 VALIDATION_ERROR"),
            (post(&world, json, "[\"a@b\",\"x\"]").await, "400 VALIDATION_ERROR"),
            (post(&world, json, deep.clone()).await, "413 PAYLOAD_TOO_LARGE"),
            (post(&world, json, deep[..60_000].to_owned()).await, "400 VALIDATION_ERROR"),
            (world.viewer().get("/api/docker-images/x").await, "400 VALIDATION_ERROR"),
            (world.viewer().get("/api/docker-images/019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90").await, "404 NOT_FOUND"),
            (world.viewer().get_with("/api/docker-images", "accept", "text/html").await, "406 NOT_ACCEPTABLE"),
        ];
        for (number, (answer, want)) in cases.iter().enumerate() {
            assert_eq!(answer.refusal(), *want, "case {number}: {}", answer.text());
            check_shape(answer);
            assert_eq!(answer.header("cache-control"), "no-store", "case {number}");
        }
        assert_eq!(cases[5].0.header("allow"), "GET, HEAD");
        assert_eq!(cases[6].0.header("allow"), "POST");
    }

    async fn an_unknown_parameter_is_refused_by_name_also_where_none_is_known(world: TestWorld) {
        let admin = world.as_role("a", podarmor_domain::access::Role::Admin);
        let image = world.image_id("a", "shared").await;
        let version = world.version_path("a", "shared", "1.0-r1").await;
        let user = admin.get("/api/auth/me").await.ok().json()["id"].as_str().unwrap().to_owned();
        let users = format!("/api/users/{user}");
        let asked = [
            (Method::GET, "/api/auth/me"), (Method::GET, "/api/auth/sessions"), (Method::POST, "/api/auth/login"),
            (Method::PUT, &users), (Method::DELETE, &users), (Method::GET, "/api/api-keys"), (Method::GET, &version),
            (Method::GET, &format!("/api/docker-images/{image}")), (Method::POST, "/api/auth/logout"),
        ];
        for (method, path) in asked {
            let request = |query: &str| world.app.send(admin.request(method.clone(), &format!("{path}?{query}")));
            let answer = request("verbose=1").await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{method} {path}");
            assert_eq!(answer.json()["details"][0]["path"], "verbose", "{method} {path}: {}", answer.text());
            assert_eq!(request("%ff").await.refusal(), "400 VALIDATION_ERROR", "{method} {path}");
        }
        assert_eq!(admin.get("/api/auth/me?").await.status, 200);
        for path in ["/v1/cve/CVE-2026-0001".to_owned(), format!("/v1/images/{image}")] {
            let answer = world.get_with_key(world.key("all"), &format!("{path}?limit=1")).await;
            assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{path}");
        }
        for open in ["/livez?x=1", "/readyz?x=1", "/api/status?x=1", "/api/openapi.json?v=2"] {
            assert_eq!(world.app.get(open).await.status, 200, "{open}");
        }
    }

    async fn problem_details_carry_the_same_members(world: TestWorld) {
        let accept = "application/json, application/problem+json";
        let answer = world.viewer().get_with("/api/docker-images?limit=0", "accept", accept).await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let body = answer.json();
        assert_eq!((body["status"].as_u64(), body["type"].as_str()), (Some(400), Some("about:blank")));
        assert_eq!((body["error"].as_str(), body["details"][0]["path"].as_str()), (Some("VALIDATION_ERROR"), Some("limit")));
        assert_eq!(body["instance"], "/api/docker-images");
        let fine = world.viewer().get_with("/api/docker-images", "accept", "application/problem+json").await;
        assert_eq!((fine.status.as_u16(), fine.header("content-type")), (200, "application/json"));
    }

    async fn v2_a_body_of_65536_bytes_is_read_and_one_more_is_refused_at_once(world: TestWorld) {
        let body = |length: usize| {
            let start = "{\"email\":\"viewer@a.example\",\"password\":\"x\"";
            format!("{start}{}}}", " ".repeat(length - start.len() - 1))
        };
        let json = Some("application/json");
        assert_eq!(post(&world, json, body(65_536)).await.refusal(), "401 INVALID_CREDENTIALS");
        assert_eq!(post(&world, json, body(65_537)).await.refusal(), "413 PAYLOAD_TOO_LARGE");
        let head = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nx-tenant: a\r\nx-forwarded-for: 203.0.113.200\r\ncontent-type: application/json\r\n";
        let huge = raw(&world, format!("{head}content-length: 1000000000000\r\n\r\n{{").as_bytes()).await;
        assert!(huge.starts_with("HTTP/1.1 413 "), "{huge}");
        let mut chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
        for _ in 0..40 {
            chunked.push_str(&format!("1000\r\n{}\r\n", "x".repeat(4096)));
        }
        let endless = raw(&world, chunked.as_bytes()).await;
        assert!(endless.starts_with("HTTP/1.1 413 "), "{endless}");
    }

    async fn s2_a_compressed_request_body_is_refused_and_not_decoded(world: TestWorld) {
        let bomb = zstd::encode_all(vec![0u8; 64 << 20].as_slice(), 3).unwrap();
        assert!(bomb.len() < 60_000);
        for coding in ["zstd", "gzip", "br", "identity", "gzip, gzip"] {
            let request = world.app.request(Method::POST, "/api/auth/login").header("x-tenant", "a").body(bomb.clone());
            let request = request.header("content-type", "application/json").header("content-encoding", coding);
            let answer = world.app.send(request.header("x-forwarded-for", fresh_address().to_string())).await;
            assert_eq!(answer.refusal(), "415 UNSUPPORTED_MEDIA_TYPE", "{coding}");
        }
    }

    async fn v2_shapes_that_smuggle_a_second_request_are_refused_and_the_connection_closed(world: TestWorld) {
        let shapes: &[&str] = &[
            "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n0\r\n\r\n",
            "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: +5\r\n\r\n0\r\n\r\n",
            "GET /api/status HTTP/1.1\r\nhost: x\r\nx-a: 1\r\n folded\r\n\r\n",
            "GET /api/status HTTP/1.1\r\nhost: x\r\nx-tenant: a\0b\r\n\r\n",
            "GET /api/ status HTTP/1.1\r\nhost: x\r\n\r\n",
        ];
        for shape in shapes {
            let answer = raw(&world, format!("{shape}GET /api/status HTTP/1.1\r\nhost: y\r\n\r\n").as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{shape:?}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{shape:?}: {answer}");
        }
        assert_eq!(world.app.get("/readyz").await.status, 200);
    }

    async fn t9_nothing_that_is_put_into_a_parameter_is_a_fault(world: TestWorld) {
        let viewer = world.viewer();
        let image = world.image_id("a", "shared").await;
        let version = world.version_path("a", "shared", "1.0-r1").await;
        let strings = ["' OR 1=1--", "\"; DROP TABLE image;--", "%", "_", "\\", "\\'", "${jndi:ldap://x}", "{{7*7}}", "../../etc/passwd",
            "\u{0}", "\u{202e}", "\u{feff}", "🦀🦀", "-1", "1e309", "9223372036854775808", "null", "true", "[]", "{}", "a,b", ",", ";", "&", "=", "\r\n", "\t", "﹪", "ı", "İ"];
        let long = "x".repeat(5_000);
        let paths = ["/api/docker-images", &format!("/api/docker-images/{image}/versions"), &format!("{version}/scan-history"), &format!("{version}/vulnerabilities"), &format!("{version}/sbom/spdx")];
        let names = ["search", "baseOs", "hardening", "kind", "outstanding", "sort", "limit", "cursor", "count", "from", "to", "order", "severity", "fixState", "partition", "package", "digest"];
        let mut asked = 0;
        for path in paths {
            for name in names {
                for text in strings.iter().copied().chain([long.as_str()]) {
                    let request = viewer.request(Method::GET, path).query(&[(name, text)]);
                    let answer = world.app.send(request).await;
                    assert!(answer.status.as_u16() < 500, "{path} {name}={text:?}: {}", answer.text());
                    asked += 1;
                }
            }
        }
        assert!(asked > 2_000, "{asked}");
    }
}
