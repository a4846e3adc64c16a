//! Real deliveries of a real server: to the receivers in all languages, and to the stock
//! libraries of Standard Webhooks.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set itself up should say so and stop")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podarmor_domain::access::Role;
use podarmor_tests::{Backend, Received, Receiver, TestWorld, wait_until};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
/// Where `cargo xtask test` has put the stock libraries.
const LIBRARIES: &str = "PODARMOR_TEST_STANDARDWEBHOOKS";

/// A receiver of the examples, and what it says.
struct Example {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Example {
    fn start(command: &mut Command) -> Self {
        let command = command.env("PORT", "0").env("PODARMOR_WEBHOOK_SECRET", SECRET).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = said.next().unwrap().unwrap();
        let url = first.strip_prefix("listening on ").unwrap().to_owned();
        Self { child, said, url }
    }

    fn line(&mut self) -> Value {
        serde_json::from_str(&self.said.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn receivers(scratch: &Path) -> Vec<(&'static str, Command)> {
    let script = |program: &str, file: &str| {
        let mut command = Command::new(program);
        command.arg(examples().join(file));
        command
    };
    let go = scratch.join("receiver");
    let built = Command::new("go")
        .args(["build", "-buildvcs=false", "-o"])
        .arg(&go)
        .arg(".")
        .current_dir(examples().join("go"))
        .env("GOPROXY", "off")
        .env("GOTOOLCHAIN", "local")
        .status();
    assert!(built.unwrap().success(), "the Go receiver does not build");
    vec![
        ("python", script("python3", "python/receiver.py")),
        ("node", script("node", "node/receiver.mjs")),
        ("ruby", script("ruby", "ruby/receiver.rb")),
        ("go", Command::new(go)),
        ("rust", Command::new(env!("CARGO_BIN_EXE_podarmor-webhook-receiver"))),
    ]
}

async fn subscribe(world: &TestWorld, url: &str) -> String {
    let body = json!({ "event": "image.rebuilt", "url": url, "secret": SECRET });
    let made = world.as_role("a", Role::Admin).send(Method::POST, "/api/webhooks", &body).await.ok().json();
    format!("/api/webhooks/{}/deliveries", made["id"].as_str().unwrap())
}

async fn publish(world: &TestWorld, version: &str) {
    let image = world.publisher.image("of-receivers", podarmor_domain::image::ImageChange::default()).await;
    world.publisher.grant("a", image.name.as_str()).await;
    world.publisher.version(image.name.as_str(), version, "2026-03-01T00:00:00Z").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_every_receiver_takes_real_deliveries() {
    let world = TestWorld::new(Backend::Sqlite).await;
    let scratch = tempfile::tempdir().unwrap();
    for (number, (language, mut command)) in receivers(scratch.path()).into_iter().enumerate() {
        let mut example = Example::start(&mut command);
        let path = subscribe(&world, &example.url).await;
        publish(&world, &format!("1.0.{number}-r0")).await;
        let (said, example) = tokio::task::spawn_blocking(move || (example.line(), example)).await.unwrap();
        let listed = world.viewer().get(&path).await.ok().json();
        assert_eq!(
            said,
            json!({ "event": "image.rebuilt", "deliveryId": listed["items"][0]["id"], "attemptNumber": 1 }),
            "{language}"
        );
        wait_until("the delivery is made", async || {
            let listed = world.viewer().get(&path).await.ok().json();
            listed["items"][0]["status"] == "delivered"
        })
        .await;
        drop(example);
        // The next one's event is not for it.
        world.as_role("a", Role::Admin).delete(path.strip_suffix("/deliveries").unwrap()).await;
    }
}

/// Deliveries under one secret, and under both while a rotation lasts.
async fn deliveries(world: &TestWorld) -> (Vec<Received>, String) {
    let receiver = Receiver::start().await;
    let path = subscribe(world, &receiver.url("/hook")).await;
    publish(world, "1.0.0-r0").await;
    wait_until("the delivery is made", async || receiver.received().len() == 1).await;
    let rotate = path.replace("/deliveries", "/rotate-secret");
    let rotated = world.as_role("a", Role::Admin).send(Method::POST, &rotate, &Value::Null).await.ok().json();
    publish(world, "1.0.1-r0").await;
    wait_until("the delivery is made", async || receiver.received().len() == 2).await;
    (receiver.received(), rotated["secret"].as_str().unwrap().to_owned())
}

/// What the library of a language says to each of these.
fn verify(command: &mut Command, given: &[(&str, &Received)]) -> Vec<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for (secret, delivery) in given {
        let line = json!({ "secret": secret, "headers": delivery.headers, "body": STANDARD.encode(&delivery.body) });
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn verify_in_rust(secret: &str, delivery: &Received) -> bool {
    let headers = |headers: &BTreeMap<String, String>| {
        let pair = |(name, value): (&String, &String)| {
            (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap())
        };
        headers.iter().map(pair).collect::<HeaderMap>()
    };
    standardwebhooks::Webhook::new(secret).unwrap().verify(&delivery.body, &headers(&delivery.headers)).is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_stock_libraries_verify_real_deliveries() {
    let libraries = std::env::var_os(LIBRARIES).map(PathBuf::from);
    let libraries = libraries.expect("`cargo xtask test` installs the stock libraries and says where they are");
    let world = TestWorld::new(Backend::Sqlite).await;
    let (received, newer) = deliveries(&world).await;
    let [plain, rotated] = received.as_slice() else { panic!("{received:?}") };
    let mut changed = plain.clone();
    changed.body[0] = b' ';
    let given =
        [(SECRET, plain), (SECRET, rotated), (newer.as_str(), rotated), (newer.as_str(), plain), (SECRET, &changed)];
    let expected = [true, true, true, false, false];
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/receivers");
    let mut python = Command::new(libraries.join("python/bin/python3"));
    let mut node = Command::new("node");
    node.env("NODE_PATH", libraries.join("node/node_modules"));
    for (command, script) in [(&mut python, "verify.py"), (&mut node, "verify.cjs")] {
        let said = verify(command.arg(scripts.join(script)), &given);
        assert_eq!(said.iter().map(|line| line == "verified").collect::<Vec<_>>(), expected, "{script}: {said:?}");
    }
    let in_rust: Vec<bool> = given.iter().map(|(secret, delivery)| verify_in_rust(secret, delivery)).collect();
    assert_eq!(in_rust, expected);
}
