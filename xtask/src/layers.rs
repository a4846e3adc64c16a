//! The dependency rule between the crates, checked on what cargo says: who may name whom, what the domain may reach, and who
//! may link GPL code. Changing the architecture means changing a table here, in view of the reviewer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::workspace;

/// Every crate of the workspace and exactly the crates of the workspace that it builds on.
const MAY_USE: &[(&str, &[&str])] = &[
    ("podarmor-domain", &[]),
    ("podarmor-sbom", &[]),
    ("podarmor-migrations", &[]),
    ("podarmor-scanners", &["podarmor-domain"]),
    ("podarmor-credentials", &["podarmor-domain"]),
    ("podarmor-delivery", &["podarmor-domain"]),
    ("podarmor-http", &["podarmor-domain"]),
    ("podarmor-persistence", &["podarmor-domain", "podarmor-migrations"]),
    (
        "podarmor",
        &[
            "podarmor-credentials",
            "podarmor-delivery",
            "podarmor-domain",
            "podarmor-http",
            "podarmor-persistence",
            "podarmor-sbom",
            "podarmor-scanners",
        ],
    ),
    (
        "podarmor-tests",
        &["podarmor", "podarmor-credentials", "podarmor-domain", "podarmor-http", "podarmor-persistence"],
    ),
    // An example: what is sent, read back by the types that it was written with.
    ("podarmor-webhook-receiver", &["podarmor-domain"]),
    ("xtask", &[]),
];

/// Frameworks that the domain must not know, as names or beginnings of names. `serde_json` is none: the bodies of webhooks
/// are part of the domain's contract, to the byte.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "actix", "sea-orm", "sea-query", "sqlx", "reqwest", "hyper"];

/// The crates that may link `actix-governor` (GPL-3.0-or-later), and are licensed so. All others are permissive.
const GPL: &[&str] = &["podarmor-http", "podarmor", "podarmor-tests", "xtask"];

/// The crates that may build on the domain's test kit in their own right, not only in their tests.
const TEST_CRATES: &[&str] = &["podarmor-tests", "xtask"];

#[test]
fn each_crate_builds_on_exactly_the_crates_it_may() {
    let packages = packages();
    let names: BTreeSet<&str> = packages.iter().map(name).collect();
    let found: BTreeMap<&str, BTreeSet<&str>> = packages
        .iter()
        .map(|package| {
            let ours = dependencies(package)
                .filter(|dependency| !is_dev(dependency))
                .map(name)
                .filter(|dependency| names.contains(dependency));
            (name(package), ours.collect())
        })
        .collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    assert_eq!(found, allowed);
}

#[test]
fn the_domain_reaches_no_framework() {
    let reached = reached_by("podarmor-domain", &["--edges=normal"]);
    let bad: Vec<&String> =
        reached.iter().filter(|krate| NOT_IN_DOMAIN.iter().any(|banned| is_or_belongs_to(krate, banned))).collect();
    assert!(bad.is_empty(), "the domain reaches {bad:?}");
}

#[test]
fn optional_dependencies_of_the_domain_serve_its_test_kit_only() {
    let packages = packages();
    let domain = packages.iter().find(|package| name(package) == "podarmor-domain").unwrap();
    let features = domain["features"].as_object().unwrap();
    let others: Vec<(&String, &Value)> = features
        .iter()
        .filter(|(feature, enables)| *feature != "testing" && !enables.as_array().unwrap().is_empty())
        .collect();
    assert!(others.is_empty(), "features beside `testing` enable something: {others:?}");
}

#[test]
fn the_test_kit_of_the_domain_is_for_tests() {
    for package in packages().iter().filter(|package| !TEST_CRATES.contains(&name(package))) {
        let shipped = dependencies(package).filter(|d| !is_dev(d) && name(d) == "podarmor-domain");
        for dependency in shipped {
            let features = strings(&dependency["features"]);
            assert!(!features.contains(&"testing"), "{} ships the test kit", name(package));
        }
        let forwarded = package["features"].as_object().unwrap().values().flat_map(strings);
        for feature in forwarded {
            assert!(!feature.replace('?', "").starts_with("podarmor-domain/"), "{} forwards {feature}", name(package));
        }
    }
}

#[test]
fn migrations_know_of_the_database_world_only_the_migration_crate() {
    let packages = packages();
    let migrations = packages.iter().find(|package| name(package) == "podarmor-migrations").unwrap();
    let database: Vec<&str> = dependencies(migrations)
        .filter(|dependency| !is_dev(dependency))
        .map(name)
        .filter(|dependency| dependency.starts_with("sea-") || dependency.starts_with("sqlx"))
        .collect();
    assert_eq!(database, ["sea-orm-migration"]);
}

#[test]
fn each_crate_is_licensed_as_what_it_links_demands() {
    for package in &packages() {
        let expected = if GPL.contains(&name(package)) { "GPL-3.0-or-later" } else { "MIT OR Apache-2.0" };
        assert_eq!(package["license"], expected, "licence of {}", name(package));
    }
}

#[test]
fn permissive_crates_reach_no_gpl_code() {
    for (krate, _) in MAY_USE.iter().filter(|(krate, _)| !GPL.contains(krate)) {
        let reached = reached_by(krate, &["--edges=normal,build", "--all-features"]);
        assert!(!reached.contains("actix-governor"), "{krate} reaches actix-governor");
        let ours: Vec<&String> = reached.iter().filter(|reached| GPL.contains(&reached.as_str())).collect();
        assert!(ours.is_empty(), "{krate} reaches {ours:?}");
    }
}

/// The members of the workspace, as `cargo metadata` describes them.
fn packages() -> Vec<Value> {
    let mut command = workspace::cargo();
    let text = workspace::output(command.args(["metadata", "--no-deps", "--format-version=1", "--locked"])).unwrap();
    let metadata: Value = serde_json::from_str(&text).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The names of all crates that one crate reaches when it is built by itself, its own included.
fn reached_by(krate: &str, options: &[&str]) -> BTreeSet<String> {
    let mut command = workspace::cargo();
    command.args(["tree", "--locked", "--prefix=none", "--target=all", "--package", krate]).args(options);
    let tree = workspace::output(&mut command).unwrap();
    let names: BTreeSet<String> =
        tree.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    assert!(names.contains(krate), "cargo tree did not print {krate}");
    names
}

/// `tokio` bans tokio and tokio-util, and not `tokiofoo`.
fn is_or_belongs_to(krate: &str, banned: &str) -> bool {
    krate.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().unwrap().iter()
}

fn is_dev(dependency: &Value) -> bool {
    dependency["kind"] == "dev"
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().filter_map(Value::as_str).collect()
}
