//! `kill -9` at any moment loses nothing that was acknowledged.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::process::{PASSWORD, Server, podarmor, prepare, run, token_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k1_every_acknowledged_sign_in_survives_a_kill_and_the_next_start_is_quick() {
    let folder = TempDir::new().unwrap();
    prepare(folder.path());
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    let number = Arc::new(AtomicUsize::new(0));
    for round in 0..6u64 {
        let server = Arc::new(Server::start(folder.path(), &[], Stdio::null()).await);
        assert!(server.ready_after < Duration::from_secs(3), "{:?}", server.ready_after);
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let (server, number, acknowledged) = (server.clone(), number.clone(), acknowledged.clone());
                tokio::spawn(async move {
                    while let Ok(answer) = server.login(number.fetch_add(1, Ordering::Relaxed), PASSWORD).send().await {
                        if let Some(token) = token_of(answer).await {
                            acknowledged.lock().await.push(token);
                        }
                    }
                })
            })
            .collect();
        // Not waiting for anything: the moment of the kill is what varies.
        tokio::time::sleep(Duration::from_millis(150 + 137 * round)).await;
        let killing = std::process::Command::new("kill").args(["-9", &server.id().to_string()]).status().unwrap();
        assert!(killing.success());
        for client in clients {
            client.await.unwrap();
        }
    }
    let server = Server::start(folder.path(), &[], Stdio::null()).await;
    let tokens = acknowledged.lock().await.clone();
    // A user has at most fifty live sessions: the newest must all be there.
    let newest = &tokens[tokens.len().saturating_sub(40)..];
    assert!(newest.len() >= 10, "too few sign-ins to prove anything: {}", newest.len());
    for token in newest {
        assert_eq!(server.me(token).await, 200);
    }
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_leaves_all_or_nothing_and_can_be_repeated() {
    let folder = TempDir::new().unwrap();
    prepare(folder.path());
    run(folder.path(), &["image", "put", "i"], None);
    let digest = format!("sha256:{}", "a".repeat(64));
    run(folder.path(), &["version", "publish", "i", "1", "--digest", &digest, "--size", "1"], None);
    let matches: Vec<String> = (0..4_000)
        .map(|n| format!(r#"{{"vulnerability":{{"id":"CVE-2026-{n:05}","severity":"High","fix":{{"versions":[],"state":"not-fixed"}}}},"artifact":{{"name":"p{n}","version":"1","type":"deb"}}}}"#))
        .collect();
    let report = format!(
        r#"{{"matches":[{}],"descriptor":{{"name":"grype","version":"0.112.0","timestamp":"2026-03-01T00:00:00Z"}}}}"#,
        matches.join(",")
    );
    let file = folder.path().join("report.json");
    std::fs::write(&file, report).unwrap();
    let arguments = ["--json", "scan", "import", "i", "1", file.to_str().unwrap()];
    for delay in [5, 20, 40, 60, 80, 120, 160, 240] {
        let mut child =
            podarmor(folder.path()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(delay)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = run(folder.path(), &arguments, None);
    let answer: serde_json::Value = serde_json::from_slice(&last.stdout).unwrap();
    assert_eq!(answer["counts"]["total"], 4_000, "{answer}");
    let again = run(folder.path(), &arguments, None);
    assert!(String::from_utf8_lossy(&again.stdout).contains("unchanged"));
}
