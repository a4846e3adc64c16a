//! Proxies of the environment. Variables cannot be set in a process with threads: the test runs
//! itself again in one of its own.

use std::env::{current_exe, var};
use std::process::Command;

use podarmor_domain::webhook::WebhookSender as _;
use tokio::task::spawn_blocking;

use super::fixtures::{nameless, outgoing, settings, status};
use super::receiver::{OK, Receiver};

const TARGET: &str = "PODARMOR_TEST_TARGET";

#[tokio::test]
async fn w7_proxies_of_the_environment_are_not_asked() {
    let (proxy, receiver) = (Receiver::tripwire().await, Receiver::answering(OK).await);
    let address = format!("http://{}", proxy.address);
    let mut again = Command::new(current_exe().unwrap());
    again.args(["--exact", "tests::proxies::sends_one_attempt", "--ignored"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        again.env(name, &address).env(name.to_ascii_lowercase(), &address);
    }
    again.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    again.env(TARGET, format!("http://{}/hook", receiver.address));
    let output = spawn_blocking(move || again.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((receiver.connections(), proxy.settled().await), (1, 0));
}

#[tokio::test]
#[ignore = "the other half of the test above"]
async fn sends_one_attempt() {
    let target = var(TARGET).unwrap();
    assert_eq!(status(&nameless(settings()).send(&outgoing(&target)).await), 200);
}
