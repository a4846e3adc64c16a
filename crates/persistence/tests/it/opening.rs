//! Which URLs open what, and with which permissions.

use podarmor_persistence::{ConnectError, connect};

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
