//! Which URLs open what, and with which permissions.

use std::time::Duration;

use podarmor_persistence::{ConnectError, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Kind, Scratch};

#[tokio::test]
async fn urls_that_name_no_database_are_refused() {
    let scratch = Scratch::new(Kind::Sqlite).await;
    for url in
        ["", "portal.db", "sqlite:portal.db", "sqlite://", "sqlite://:memory:", "sqlite://p.db?mode=ro", "mysql://h/d"]
    {
        let mut options = scratch.options();
        options.url = url.into();
        let refused = connect(&options).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Url(_)), "{url}: {refused}");
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let scratch = Scratch::new(Kind::Sqlite).await;
    let mut options = scratch.options();
    options.url = "sqlite:///nowhere/portal.db".into();
    let refused = connect(&options).await.unwrap_err();
    assert!(refused.to_string().contains("/nowhere/portal.db"), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_those_beside_it_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new(Kind::Sqlite).await;
    let _database = scratch.migrated().await;
    let Scratch::Sqlite(folder) = &scratch else { unreachable!() };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort_unstable();
    assert_eq!(names, ["portal.db", "portal.db-shm", "portal.db-wal"]);
}

#[tokio::test]
async fn a_path_may_hold_what_a_url_would_escape() {
    let scratch = Scratch::new(Kind::Sqlite).await;
    let Scratch::Sqlite(folder) = &scratch else { unreachable!() };
    let path = folder.path().join("ä 100% #1.db");
    let mut options = scratch.options();
    options.url = format!("sqlite://{}", path.display());
    connect(&options).await.unwrap().migrate().await.unwrap();
    assert!(path.exists());
}

#[tokio::test]
async fn options_do_not_print_the_password() {
    let mut options = Scratch::new(Kind::Sqlite).await.options();
    options.url = "postgres://user:secret@host/db".into();
    assert!(!format!("{options:?}").contains("secret"));
}

/// A server that agrees to encrypt (PostgreSQL protocol, section 54.2.10) is answered with the
/// beginning of a TLS handshake.
#[tokio::test]
async fn a_connection_that_must_be_encrypted_is() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    let mut options = Scratch::new(Kind::Sqlite).await.options();
    options.url = format!("postgres://portal@127.0.0.1:{port}/portal?sslmode=require");
    let opening = tokio::spawn(async move { connect(&options).await.map(drop) });
    let (mut stream, _) = server.accept().await.unwrap();
    let mut request = [0; 8];
    let heard = tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut request)).await;
    assert!(heard.is_ok_and(|heard| heard.is_ok()), "no request to encrypt: {:?}", opening.await.unwrap());
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
    stream.write_all(b"S").await.unwrap();
    let mut hello = [0; 2];
    stream.read_exact(&mut hello).await.unwrap();
    assert_eq!(hello, [0x16, 3], "a TLS handshake record");
    drop(stream);
    opening.await.unwrap().unwrap_err();
}
