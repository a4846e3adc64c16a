//! The log: on standard error, because standard output belongs to the answers of commands.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Checks a filter without using it.
pub(crate) fn check(filter: &str) -> Result<(), String> {
    EnvFilter::builder().parse(filter).map(|_| ()).map_err(|error| error.to_string())
}

/// What `info` alone means: our own lines, and of the libraries only what is wrong.
const QUIET: &str = "info,actix_server=warn,sea_orm_migration=warn,sqlx=warn";

/// Starts logging. A second call (tests start several servers in one process) changes nothing.
pub(crate) fn start(filter: &str, format: LogFormat) {
    let filter = EnvFilter::builder().parse_lossy(if filter == "info" { QUIET } else { filter });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _already_started = match format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}
