//! Where the secrets of subscriptions must never be: in the log and in the data folder.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::portal::{Api, Portal};
use crate::receiver::Receiver;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x2_no_secret_of_a_webhook_is_logged_at_the_finest_level_or_stored_as_it_is() {
    let receiver = Receiver::accepting(Duration::ZERO).await;
    let portal = Portal::on_sqlite(&[("PODARMOR_LOG", "trace")]);
    let log = portal.folder.path().join("log");
    let server = portal.serve_logging(Stdio::from(File::create(&log).unwrap())).await;
    let (api, publisher) = (Api::sign_in(&server).await, portal.publisher().await);
    let brought = format!("whsec_{}", STANDARD.encode(b"thirty-two bytes that were given"));
    let wishes = [
        json!({"event": "image.rebuilt", "url": receiver.url("/generated")}),
        json!({"event": "image.rebuilt", "url": receiver.url("/brought"), "secret": brought}),
    ];
    let mut secrets = vec![brought];
    for wish in wishes {
        let made = api.post(&server, "/api/webhooks", Some(wish)).await;
        let path = format!("/api/webhooks/{}/rotate-secret", made["id"].as_str().unwrap());
        let rotated = api.post(&server, &path, None).await;
        secrets.extend([&made, &rotated].iter().filter_map(|answer| answer["secret"].as_str()).map(str::to_owned));
    }
    assert!(secrets.len() >= 4, "one brought, one made, two by rotation");
    publisher.publish().await;
    for path in ["/generated", "/brought"] {
        receiver.wait_for(path, 1).await;
    }
    // Once while the write-ahead log is there, once when it is folded in.
    assert_eq!(found(portal.folder.path(), &secrets), Vec::<String>::new());
    server.terminate();
    assert!(server.ended().await.success());
    publisher.close().await;
    assert_eq!(found(portal.folder.path(), &secrets), Vec::<String>::new());
    // What is there is found: the search does look where it should.
    let hits = found(portal.folder.path(), &[receiver.url("/brought")]);
    assert!(hits.iter().any(|file| file.contains("podarmor.db")), "{hits:?}");
    let line = found(portal.folder.path(), &["a delivery".to_owned(), "the portal is up".to_owned()]);
    assert!(line.iter().any(|file| file.ends_with("/log")), "{line:?}");
}

/// The files below a folder that hold one of the secrets: the whole text, its base64 part, or the bytes that it stands for.
fn found(folder: &Path, secrets: &[String]) -> Vec<String> {
    let mut needles: Vec<Vec<u8>> = Vec::new();
    for secret in secrets {
        let part = secret.strip_prefix("whsec_").unwrap_or(secret);
        needles.push(part.as_bytes().to_vec());
        needles.extend(STANDARD.decode(part).ok());
    }
    files(folder).into_iter().filter(|file| holds(file, &needles)).collect()
}

fn holds(file: &str, needles: &[Vec<u8>]) -> bool {
    let bytes = std::fs::read(file).unwrap();
    needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == needle.as_slice()))
}

fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path.display().to_string());
        }
    }
    files
}
