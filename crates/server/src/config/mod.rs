//! Configuration: the environment over an optional TOML file over defaults.
//!
//! `sources` knows where a value came from, [`Config`] what it means,
//! [`Setting`] how it is shown.

mod database_url;
mod sources;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use podarmor_credentials::HashingCost;
use podarmor_domain::access::TrustedProxies;

pub use database_url::DatabaseUrl;
pub use sources::Origin;
use sources::Sources;

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
    /// Origins that browsers may call from.
    pub cors_origins: Vec<String>,
    /// Worker threads of the server.
    pub workers: usize,
    /// How long requests in flight may take to finish at shutdown.
    pub shutdown: Duration,
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
            cors_origins: Vec::new(),
            workers: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            shutdown: Duration::from_secs(30),
            hashing: HashingCost::default(),
        }
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
            listen: from.take("LISTEN", &default.listen, listen)?,
            database_url: url,
            trusted_proxies: from.take("TRUSTED_PROXIES", "", |text| {
                TrustedProxies::parse("networks", text).map_err(|error| error.message)
            })?,
            log: from.take("LOG", &default.log, |text| crate::logging::check(text).map(|()| text.to_owned()))?,
            log_format: from.take("LOG_FORMAT", "text", log_format)?,
            cors_origins: from.take("CORS_ORIGINS", "", origins)?,
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

fn listen(text: &str) -> Result<String, String> {
    let port =
        text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
    port.map(|_| text.to_owned()).ok_or_else(|| "must be an address and a port, such as 127.0.0.1:8080".to_owned())
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be one of text json".to_owned()),
    }
}

/// Exact origins (RFC 6454): a browser sends no path, and a star would open the API to every site.
fn origins(text: &str) -> Result<Vec<String>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let origin = |entry: &str| {
        let host = entry.strip_prefix("https://").or_else(|| entry.strip_prefix("http://")).unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if !host.is_empty() && host.chars().all(plain) {
            return Ok(entry.to_owned());
        }
        Err(format!("{entry:?} is no origin: scheme, host in lower case, port if any, such as https://portal.example"))
    };
    entries.map(origin).collect()
}

fn number<N: std::str::FromStr + PartialOrd + std::fmt::Display>(text: &str, least: N, most: N) -> Result<N, String> {
    let fits = text.parse::<N>().ok().filter(|number| *number >= least && *number <= most);
    fits.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}
