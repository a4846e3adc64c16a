//! Precedence, warnings, errors by name, and masked secrets.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Config, ConfigError, Loaded, LogFormat, Origin};

fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = file.map(|text| {
        let path = dir.path().join("podarmor.toml");
        std::fs::write(&path, text).unwrap();
        path
    });
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::from(path.as_deref(), variables)
}

fn shown(loaded: &Loaded, variable: &str) -> (String, Origin) {
    let setting = loaded.settings.iter().find(|setting| setting.variable == variable).unwrap();
    (setting.value.clone(), setting.origin)
}

#[test]
fn nothing_set_gives_the_defaults() {
    let loaded = load(None, &[("PATH", "/bin"), ("PODARMOR_LOG", "")]).unwrap();
    assert_eq!(loaded.config.listen, "127.0.0.1:8080");
    assert_eq!(loaded.config.database_url.expose(), "sqlite://./data/podarmor.db");
    assert_eq!(loaded.config.shutdown.as_secs(), 30);
    assert!(loaded.config.cors_origins.is_empty() && loaded.warnings.is_empty());
    assert!(loaded.settings.iter().all(|setting| setting.origin == Origin::Default));
    assert_eq!(loaded.settings.len(), 21);
    let config = &loaded.config;
    assert_eq!((&config.base_domain, &config.public_url, config.shield_per_second), (&None, &None, None));
    assert!(config.jwt_secret.is_none());
    assert_eq!(shown(&loaded, "PODARMOR_JWT_SECRET").0, "", "there is nothing to mask");
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let file = "listen = '0.0.0.0:80'\nworkers = 3\ntrusted_proxies = ['10.0.0.0/8', 'fd00::/8']\nlog_format = 'json'";
    let loaded = load(Some(file), &[("PODARMOR_LISTEN", "[::1]:81"), ("PODARMOR_DATA_DIR", "/d")]).unwrap();
    assert_eq!(shown(&loaded, "PODARMOR_LISTEN"), ("[::1]:81".into(), Origin::Environment));
    assert_eq!(shown(&loaded, "PODARMOR_WORKERS"), ("3".into(), Origin::File));
    assert_eq!(shown(&loaded, "PODARMOR_TRUSTED_PROXIES"), ("10.0.0.0/8,fd00::/8".into(), Origin::File));
    assert_eq!(shown(&loaded, "PODARMOR_DATABASE_URL"), ("sqlite:///d/podarmor.db".into(), Origin::Default));
    assert_eq!(loaded.config.log_format, LogFormat::Json);
    assert_eq!(loaded.config.data_dir, PathBuf::from("/d"));
}

#[test]
fn what_is_not_known_is_warned_about_and_ignored() {
    let loaded = load(Some("listne = 'x'"), &[("PODARMOR_LISTNE", "secret")]).unwrap();
    assert_eq!(loaded.warnings.len(), 2);
    assert!(loaded.warnings[0].starts_with("PODARMOR_LISTNE ") && loaded.warnings[1].contains("listne"));
    assert!(!loaded.warnings.concat().contains("secret"));
}

#[test]
fn a_value_that_does_not_fit_is_named() {
    for (variable, value) in [
        ("PODARMOR_LISTEN", "8080"),
        ("PODARMOR_LISTEN", "localhost:99999"),
        ("PODARMOR_LISTEN", ":8080"),
        ("PODARMOR_DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("PODARMOR_TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
        ("PODARMOR_LOG", "podarmor=loud"),
        ("PODARMOR_LOG_FORMAT", "xml"),
        ("PODARMOR_CORS_ORIGINS", "*"),
        ("PODARMOR_CORS_ORIGINS", "https://a.example/path"),
        ("PODARMOR_CORS_ORIGINS", "null"),
        ("PODARMOR_BASE_DOMAIN", "https://portal.example"),
        ("PODARMOR_BASE_DOMAIN", "portal.example:8080"),
        ("PODARMOR_BASE_DOMAIN", ".portal.example"),
        ("PODARMOR_BASE_DOMAIN", "portal..example"),
        ("PODARMOR_BASE_DOMAIN", "-portal.example"),
        ("PODARMOR_PUBLIC_URL", "portal.example"),
        ("PODARMOR_PUBLIC_URL", "https://"),
        ("PODARMOR_PUBLIC_URL", "https:///x"),
        ("PODARMOR_PUBLIC_URL", "https://u:hunter2@portal.example"),
        ("PODARMOR_PUBLIC_URL", "https://portal.example/?x"),
        ("PODARMOR_PUBLIC_URL", "javascript:alert(1)"),
        ("PODARMOR_SHIELD_PER_SECOND", "0"),
        ("PODARMOR_SHIELD_PER_SECOND", "1.5"),
        ("PODARMOR_JWT_SECRET", "hunter2"),
        ("PODARMOR_WORKERS", "0"),
        ("PODARMOR_WORKERS", "many"),
        ("PODARMOR_SHUTDOWN_SECONDS", "-1"),
        ("PODARMOR_SHUTDOWN_SECONDS", "601"),
    ] {
        let message = load(None, &[(variable, value)]).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{variable}: ")), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    let message = load(Some("\nworkers = 'x'"), &[]).unwrap_err().to_string();
    assert!(message.contains("podarmor.toml: workers: must"), "{message}");
}

#[test]
fn a_broken_file_is_named_with_its_line_and_without_the_line_itself() {
    let message = load(Some("workers = 1\ndatabase_url = \"postgres://u:hunter2@h/d"), &[]).unwrap_err().to_string();
    assert!(message.contains("podarmor.toml, line 2: "), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
    let missing = Config::from(Some(std::path::Path::new("/does/not/exist.toml")), []).unwrap_err().to_string();
    assert!(missing.contains("/does/not/exist.toml"), "{missing}");
    let message = load(Some("[database]\nurl = 'x'"), &[]).unwrap_err().to_string();
    assert!(message.contains("database: must be"), "{message}");
}

#[test]
fn the_file_can_be_named_by_the_environment() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.toml");
    std::fs::write(&path, "workers = 7").unwrap();
    let loaded = Config::from(None, [("PODARMOR_CONFIG".into(), path.into_os_string())]).unwrap();
    assert_eq!(loaded.config.workers, 7);
    assert!(loaded.warnings.is_empty());
}

#[test]
fn x2_the_database_password_is_never_shown() {
    for (url, masked) in [
        ("postgres://u:hunter2@h:5432/d", "postgres://u:***@h:5432/d"),
        ("postgres://u:hunt@er:2@h/d?sslmode=require", "postgres://u:***@h/d?sslmode=require"),
        ("postgresql://h/d?user=u&password=hunter2&x=1", "postgresql://h/d?user=u&password=***&x=1"),
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("sqlite://./data/podarmor.db", "sqlite://./data/podarmor.db"),
    ] {
        let loaded = load(None, &[("PODARMOR_DATABASE_URL", url)]).unwrap();
        assert_eq!(shown(&loaded, "PODARMOR_DATABASE_URL").0, masked);
        assert!(!format!("{loaded:?}").contains("hunter2"));
        assert_eq!(loaded.config.database_url.expose(), url);
    }
}

#[test]
fn x2_the_secret_that_signs_tokens_is_never_shown() {
    let secret = "hunter2-hunter2-hunter2-hunter2-";
    for loaded in [
        load(None, &[("PODARMOR_JWT_SECRET", secret)]).unwrap(),
        load(Some(&format!("jwt_secret = '{secret}'")), &[]).unwrap(),
    ] {
        assert_eq!(shown(&loaded, "PODARMOR_JWT_SECRET").0, "***");
        assert!(loaded.config.jwt_secret.is_some());
        assert!(!format!("{loaded:?}").contains("hunter2"));
    }
}

#[test]
fn x2_the_keys_that_seal_secrets_are_never_shown() {
    let key = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmFiY2Q=";
    for loaded in [
        load(None, &[("PODARMOR_SECRET_KEY", &format!("{key},{key}"))]).unwrap(),
        load(Some(&format!("secret_key = ['{key}']")), &[]).unwrap(),
    ] {
        assert_eq!(shown(&loaded, "PODARMOR_SECRET_KEY").0, "***");
        assert!(loaded.config.secret_key.is_some());
        assert!(!format!("{loaded:?}").contains(&key[..8]));
    }
    let refused = load(None, &[("PODARMOR_SECRET_KEY", "hunter2")]).unwrap_err().to_string();
    assert!(refused.starts_with("PODARMOR_SECRET_KEY: must be 32 bytes") && !refused.contains("hunter2"), "{refused}");
}

#[test]
fn names_of_the_portal_are_brought_into_one_form() {
    let loaded = load(
        Some("shield_per_second = 50"),
        &[("PODARMOR_BASE_DOMAIN", "Portal.Example"), ("PODARMOR_PUBLIC_URL", "https://portal.example:8443/a/")],
    )
    .unwrap();
    assert_eq!(loaded.config.base_domain.as_deref(), Some("portal.example"));
    assert_eq!(loaded.config.public_url.as_deref(), Some("https://portal.example:8443/a"));
    assert_eq!(loaded.config.shield_per_second, Some(50));
}
