//! What the log must never hold.

use std::fs::File;
use std::process::Stdio;

use tempfile::TempDir;

use crate::process::{PASSWORD, Server, prepare};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x2_no_secret_is_logged_even_at_the_finest_level_and_every_request_has_a_line() {
    let folder = TempDir::new().unwrap();
    prepare(folder.path());
    let path = folder.path().join("log");
    let log = Stdio::from(File::create(&path).unwrap());
    let server = Server::start(folder.path(), &[("PODARMOR_LOG", "trace"), ("PODARMOR_LOG_FORMAT", "json")], log).await;
    let answer = server.login(1, PASSWORD).send().await.unwrap();
    let body: serde_json::Value = answer.json().await.unwrap();
    let (access, refresh) = (body["accessToken"].as_str().unwrap(), body["refreshToken"].as_str().unwrap());
    assert_eq!(server.me(access).await, 200);
    assert_eq!(server.login(2, "another secret entirely").send().await.unwrap().status(), 401);
    let malformed = server.client.post(server.url("/api/auth/login")).header("x-tenant", "a");
    let malformed = malformed.header("content-type", "application/json").header("x-request-id", "find-me-42");
    let malformed = malformed.body(r#"{"email":"u@a.example","password":["a secret in the wrong place"]}"#);
    assert_eq!(malformed.send().await.unwrap().status(), 400);
    let with_query = server.url("/api/docker-images?key=a-secret-in-the-query");
    assert_eq!(server.client.get(with_query).bearer_auth("a.made.up-token").send().await.unwrap().status(), 401);
    server.terminate();
    assert!(server.ended().await.success());
    let text = std::fs::read_to_string(&path).unwrap();
    let secrets = [
        PASSWORD,
        access,
        refresh,
        "another secret entirely",
        "a secret in the wrong place",
        "a-secret-in-the-query",
        "a.made.up-token",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{}…", &secret[..8]);
    }
    let line = text.lines().find(|line| line.contains("find-me-42") && line.contains("\"access\"")).expect("its line");
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((line["path"].as_str(), line["status"].as_u64()), (Some("/api/auth/login"), Some(400)));
}
