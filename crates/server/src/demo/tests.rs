//! The demo's data is whole, and its folder is nobody else's.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use podarmor_credentials::HashingCost;

use super::folder::DemoFolder;
use super::manifest::Manifest;
use super::{DemoError, files, load};
use crate::config::Config;
use crate::wire::World;

#[test]
fn every_file_of_the_manifest_is_built_in_and_none_is_for_nothing() {
    let manifest = Manifest::read().unwrap();
    let named: BTreeSet<&str> = manifest.files().map(String::as_str).collect();
    let built_in: BTreeSet<&str> = files::FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, built_in);
    let total: usize = files::FILES.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(total < 3_000_000, "{total}");
    let on_disk = found_below(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").as_path(), "");
    let on_disk: BTreeSet<&str> = on_disk.iter().map(String::as_str).filter(|name| name.ends_with(".gz")).collect();
    assert_eq!(on_disk, built_in);
}

fn found_below(folder: &Path, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            names.extend(found_below(&entry.path(), &format!("{name}/")));
        } else {
            names.push(name);
        }
    }
    names
}

#[tokio::test]
async fn the_catalogue_loads_and_has_something_to_download() {
    let dir = tempfile::tempdir().unwrap();
    let cheap = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
    let config = Config { hashing: cheap, ..Config::for_data_dir(dir.path().join("demo")) };
    let loaded = load::load(&config, &World::default(), "podarmor-demo").await.unwrap();
    assert_eq!(loaded.tenants.len(), 3);
    assert!(loaded.images >= 6);
    assert!(loaded.sbom.is_some());
}

#[test]
fn a_folder_is_emptied_only_when_a_demo_made_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("demo");
    let folder = DemoFolder::take(path.clone()).unwrap();
    fs::create_dir(path.join("keys")).unwrap();
    fs::write(path.join("keys/a"), "x").unwrap();
    assert!(matches!(DemoFolder::take(path.clone()), Err(DemoError::Running(_))));
    assert!(path.join("keys/a").exists());
    drop(folder);
    let _again = DemoFolder::take(path.clone()).unwrap();
    assert_eq!(fs::read_dir(&path).unwrap().count(), 1, "only the marker is left");

    let foreign = dir.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("precious"), "x").unwrap();
    assert!(matches!(DemoFolder::take(foreign.clone()), Err(DemoError::NotOurs(_))));
    assert!(foreign.join("precious").exists());
}

#[cfg(unix)]
#[test]
fn links_in_the_folder_are_deleted_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (path, outside) = (dir.path().join("demo"), dir.path().join("outside"));
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "x").unwrap();
    drop(DemoFolder::take(path.clone()).unwrap());
    std::os::unix::fs::symlink(&outside, path.join("link")).unwrap();
    let _again = DemoFolder::take(path.clone()).unwrap();
    assert!(!path.join("link").exists());
    assert!(outside.join("precious").exists());
}
