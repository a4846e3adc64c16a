//! The shape of the command line.

use clap::CommandFactory as _;
use clap::Parser as _;

use super::Cli;

mod operator;
mod sbom;

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_documented_line_is_understood() {
    let lines: &[&[&str]] = &[
        &["serve"],
        &["serve", "--listen", "[::1]:8080"],
        &["demo", "--listen", "127.0.0.1:0", "--dir", "x"],
        &["migrate", "--json"],
        &["config", "--json", "--config", "x.toml"],
        &["tenant", "create", "acme", "--name", "Acme Corp"],
        &["tenant", "list"],
        &["user", "create", "--tenant", "acme", "--email", "a@b", "--role", "viewer", "--password-stdin"],
        &[
            "user",
            "create",
            "--tenant",
            "acme",
            "--email",
            "a@b",
            "--role",
            "admin",
            "--password-stdin",
            "--name",
            "A B",
        ],
        &["user", "list", "--tenant", "acme"],
        &["user", "set-role", "--tenant", "acme", "--email", "a@b", "--role", "admin"],
        &["user", "disable", "--tenant", "acme", "--email", "a@b"],
        &["user", "enable", "--tenant", "acme", "--email", "a@b", "--json"],
        &["user", "reset-password", "--tenant", "acme", "--email", "a@b", "--password-stdin"],
        &["tenant", "suspend", "acme"],
        &["tenant", "resume", "acme", "--json"],
        &["api-key", "list", "--tenant", "acme"],
        &["api-key", "revoke", "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47"],
        &["request", "list"],
        &["request", "list", "--tenant", "acme", "--status", "in_progress", "--json"],
        &["request", "show", "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47"],
        &["request", "reply", "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47", "Soon."],
        &["request", "set-status", "019a4d2e-7c3b-7f10-8a55-0d9c3e1b2f47", "shipped", "--reply", "In 1.2."],
        &["keys", "rotate"],
        &["keys", "rotate", "--prune", "--json"],
        &["keys", "list"],
        &["keys", "rotate", "--secrets"],
        &["keys", "list", "--secrets", "--json"],
        &["image", "put", "java17"],
        &["image", "put", "java17", "--kind", "build", "--hardening", "a,b", "--base-os", "debian-12"],
        &["image", "put", "java17", "--display-name", "J", "--description", "", "--repository", "r/x:1"],
        &["image", "put", "java17", "--upstream-image", "docker.io/library/openjdk:17@sha256:00", "--hardening", ""],
        &["license", "grant", "acme", "java17"],
        &["license", "revoke", "acme", "java17"],
        &["version", "publish", "java17", "17-r0", "--digest", DIGEST, "--size", "5"],
        &[
            "version",
            "publish",
            "java17",
            "17-r0",
            "--digest",
            DIGEST,
            "--size",
            "5",
            "--platform",
            "linux/amd64",
            "--platform",
            "linux/arm/v7",
            "--published-at",
            "2026-03-01T08:00:00Z",
        ],
        &["version", "deprecate", "java17", "17-r0", "--reason", "old"],
        &["scan", "import", "java17", "17-r0", "-"],
        &[
            "scan",
            "import",
            "java17",
            "17-r0",
            "f.json",
            "--scanned-at",
            "2026-03-01T08:00:00Z",
            "--require-digest-match",
        ],
        &["sbom", "import", "java17", "17-r0", "f.json", "--require-digest-match", "--json"],
        &["sbom", "convert", "-", "--to", "spdx"],
        &["sbom", "convert", "f.json.gz", "--to", "cyclonedx", "-o", "out.json", "--json"],
        &["sbom", "diff", "a.json", "-", "--json"],
        &["sbom", "validate", "f.spdx", "--json"],
        &["baseline", "import", "java17", "f.json", "--size", "7"],
        &["login-limit", "clear", "2001:db8::1"],
    ];
    for line in lines {
        let parsed = Cli::try_parse_from(std::iter::once(&"podarmor").chain(*line));
        assert!(parsed.is_ok(), "{line:?}: {}", parsed.unwrap_err());
    }
}

#[test]
fn a_bad_argument_is_named_before_anything_is_opened() {
    for (line, named) in [
        (&["tenant", "create", "acme-", "--name", "A"][..], "acme-"),
        (&["user", "create", "--tenant", "a", "--email", "x", "--role", "root", "--password-stdin"], "email"),
        (&["user", "list"], "--tenant"),
        (&["user", "set-role", "--tenant", "a", "--email", "a@b", "--role", "root"], "--role"),
        (&["user", "disable", "--tenant", "a"], "--email"),
        (&["tenant", "suspend", "-"], "SLUG"),
        (&["api-key", "revoke", "pa_live_x"], "ID"),
        (&["image", "put", "Java"], "NAME"),
        (&["image", "put", "java", "--hardening", "a,B C"], "B C"),
        (&["version", "publish", "java", "1", "--digest", "sha256:1", "--size", "1"], "--digest"),
        (&["version", "publish", "java", "1", "--digest", DIGEST, "--size", "-1"], "--size"),
        (&["scan", "import", "java", "1", "f", "--scanned-at", "yesterday"], "--scanned-at"),
        (&["sbom", "convert", "f"], "--to"),
        (&["sbom", "convert", "f", "--to", "syft"], "spdx, cyclonedx"),
        (&["sbom", "diff", "f"], "<B>"),
        (&["login-limit", "clear", "somebody"], "IP"),
        (&["baseline", "import", "java", "f"], "--size"),
    ] {
        let error = Cli::try_parse_from(std::iter::once(&"podarmor").chain(line)).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(named), "{line:?}: {error}");
    }
}
