//! Configuration: the environment over an optional TOML file over defaults.
//!
//! `sources` knows where a value came from, [`Config`] what it means,
//! [`Setting`] how it is shown.

mod database_url;
mod sources;
#[cfg(test)]
mod tests;
mod values;
mod webhooks;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use podarmor_credentials::{ConfiguredSealingKeys, HashingCost, JwtSecret};
use podarmor_domain::access::TrustedProxies;

pub use database_url::DatabaseUrl;
pub use sources::Origin;
use sources::Sources;
use values::{number, optional};
pub use webhooks::WebhookConfig;

/// Everything that can be set, as it is in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen: host and port.
    pub listen: String,
    /// The folder of keys and, by default, the database.
    pub data_dir: PathBuf,
    /// The database.
    pub database_url: DatabaseUrl,
    /// Proxies whose word about the client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// What is logged, as a filter of `tracing`.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// The domain whose subdomains name tenants.
    pub base_domain: Option<String>,
    /// Where people reach this portal; else where it listens.
    pub public_url: Option<String>,
    /// Requests a second that one address may make; else any number.
    pub shield_per_second: Option<u32>,
    /// The secret that signs access tokens; else the key files do.
    pub jwt_secret: Option<JwtSecret>,
    /// The keys that seal stored secrets; else the key files do.
    pub secret_key: Option<ConfiguredSealingKeys>,
    /// Origins that browsers may call from.
    pub cors_origins: Vec<String>,
    /// Where webhooks may go, and how they are tried.
    pub webhooks: WebhookConfig,
    /// Worker threads of the server.
    pub workers: usize,
    /// How long requests in flight may take to finish at shutdown.
    pub shutdown: Duration,
    /// How long a client may leave unread what was sent to it, where the system can tell. Not to
    /// be configured: tests make it short.
    pub unread_timeout: Duration,
    /// What hashing a password costs. Not to be configured: tests make it cheap.
    pub hashing: HashingCost,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// One setting as it is shown: no secrets in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable that sets it.
    pub variable: String,
    /// The value in force, secrets masked.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// A configuration, with what is to be told about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Each setting, in a fixed order.
    pub settings: Vec<Setting>,
    /// Variables and keys that are not known.
    pub warnings: Vec<String>,
}

/// Why there is no configuration. No message holds a value that may be secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value does not fit.
    #[error("{name}: {message}")]
    Value {
        /// The variable, or the file and the key in it.
        name: String,
        /// What would fit.
        message: String,
    },
    /// The file cannot be read.
    #[error("configuration file {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("configuration file {}, line {line}: {message}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why.
        message: String,
    },
}

/// Requests may have to finish a download; nobody waits longer than this for a server to stop.
const LONGEST_SHUTDOWN: u64 = 600;
const MOST_WORKERS: usize = 1024;
const MOST_PER_SECOND: u32 = 1_000_000;

impl Config {
    /// Reads the configuration of this process. `file` is what the command line names; else
    /// `PODARMOR_CONFIG` may.
    ///
    /// # Errors
    /// [`ConfigError`] naming the variable or the place in the file.
    pub fn load(file: Option<&Path>) -> Result<Loaded, ConfigError> {
        Self::from(file, std::env::vars_os())
    }

    /// The defaults, for a data directory.
    #[must_use]
    pub fn for_data_dir(data_dir: PathBuf) -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            database_url: DatabaseUrl::in_folder(&data_dir),
            data_dir,
            trusted_proxies: TrustedProxies::default(),
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            base_domain: None,
            public_url: None,
            shield_per_second: None,
            jwt_secret: None,
            secret_key: None,
            cors_origins: Vec::new(),
            webhooks: WebhookConfig::default(),
            workers: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            shutdown: Duration::from_secs(30),
            unread_timeout: Duration::from_secs(30),
            hashing: HashingCost::default(),
        }
    }

    /// The folder of keys.
    #[must_use]
    pub fn key_folder(&self) -> PathBuf {
        self.data_dir.join("keys")
    }

    /// From a file and an environment.
    fn from(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Loaded, ConfigError> {
        let mut from = Sources::read(file, environment)?;
        let data_dir = from.take("DATA_DIR", "./data", |text| Ok(PathBuf::from(text)))?;
        let default = Self::for_data_dir(data_dir);
        let url = from.take_masked("DATABASE_URL", default.database_url.expose(), DatabaseUrl::parse)?;
        let config = Self {
            listen: from.take("LISTEN", &default.listen, values::listen)?,
            database_url: url,
            trusted_proxies: from.take("TRUSTED_PROXIES", "", |text| {
                TrustedProxies::parse("networks", text).map_err(|error| error.message)
            })?,
            base_domain: from.take("BASE_DOMAIN", "", optional(values::domain))?,
            public_url: from.take("PUBLIC_URL", "", optional(values::public_url))?,
            shield_per_second: from.take("SHIELD_PER_SECOND", "", optional(|text| number(text, 1, MOST_PER_SECOND)))?,
            jwt_secret: from.take_secret("JWT_SECRET", JwtSecret::parse)?,
            secret_key: from.take_secret("SECRET_KEY", ConfiguredSealingKeys::parse)?,
            log: from.take("LOG", &default.log, |text| crate::logging::check(text).map(|()| text.to_owned()))?,
            log_format: from.take("LOG_FORMAT", "text", values::log_format)?,
            cors_origins: from.take("CORS_ORIGINS", "", values::origins)?,
            webhooks: WebhookConfig::take(&mut from)?,
            workers: from.take("WORKERS", &default.workers.to_string(), |text| number(text, 1, MOST_WORKERS))?,
            shutdown: from.take("SHUTDOWN_SECONDS", &default.shutdown.as_secs().to_string(), |text| {
                number(text, 0, LONGEST_SHUTDOWN).map(Duration::from_secs)
            })?,
            ..default
        };
        let (settings, warnings) = from.finish();
        Ok(Loaded { config, settings, warnings })
    }
}
