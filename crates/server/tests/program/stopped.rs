//! SIGTERM: what has begun is finished, nothing new is taken, and the program ends well.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{PASSWORD, Server, prepare};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn k3_requests_in_flight_are_answered_whole_and_the_exit_code_is_zero() {
    let folder = TempDir::new().unwrap();
    prepare(folder.path());
    let server = Arc::new(Server::start(folder.path(), &[], Stdio::null()).await);
    // Fifty sign-ins at once are seconds of hashing for two cores: they are in flight for long.
    let clients: Vec<_> = (0..50)
        .map(|number| {
            let server = server.clone();
            tokio::spawn(async move {
                let answer = server.login(number, PASSWORD).send().await.map_err(|error| error.is_connect())?;
                let (status, body) = (answer.status().as_u16(), answer.bytes().await);
                Ok::<_, bool>((status, body.expect("an answer is never cut").len()))
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.terminate();
    let mut answered = 0;
    for client in clients {
        match client.await.unwrap() {
            Ok((status, length)) => {
                assert!([200, 503].contains(&status) && length > 0, "{status}");
                answered += 1;
            }
            Err(refused_to_connect) => assert!(refused_to_connect, "a request that was taken was dropped"),
        }
    }
    assert!(answered >= 10, "{answered}");
    let server = Arc::into_inner(server).unwrap();
    assert!(server.ended().await.success());
}
