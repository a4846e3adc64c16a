//! The command line: one file a group of commands. Each reads its arguments, opens what it
//! needs and no more, and answers in a few lines or, with `--json`, in one JSON value.
//!
//! A failure is one line on standard error and the exit code 1; wrong usage is 2.

mod api_key;
mod args;
mod baseline;
mod config;
mod counts;
mod demo;
mod failure;
mod image;
mod import;
mod keys;
mod license;
mod login_limit;
mod migrate;
mod request;
mod sbom;
mod scan;
mod serve;
mod session;
mod tenant;
#[cfg(test)]
mod tests;
mod user;
mod version;
mod watch;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::console::{Answer, Console};
use failure::Failure;
use session::Session;

/// The PodArmor portal: server and command line.
#[derive(Debug, Parser)]
#[command(name = "podarmor", version, arg_required_else_help = true)]
struct Cli {
    /// Read settings from this TOML file; the environment wins over it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer with one JSON value on standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal until Ctrl-C or SIGTERM
    Serve(serve::Serve),
    /// Serve a small made-up catalogue from a folder of its own, to try the portal out
    Demo(demo::Demo),
    /// Bring the database to the current schema
    Migrate,
    /// Print the configuration in force and where it comes from
    Config,
    /// Tenants: the customers
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Users of a tenant
    #[command(subcommand)]
    User(user::User),
    /// Images of the catalogue
    #[command(subcommand)]
    Image(image::Image),
    /// Which tenant may see which image
    #[command(subcommand)]
    License(license::License),
    /// Immutable versions of an image
    #[command(subcommand)]
    Version(version::Version),
    /// Vulnerability scans of a version
    #[command(subcommand)]
    Scan(scan::Scan),
    /// SBOM documents: of a version, or in files
    #[command(subcommand)]
    Sbom(sbom::Sbom),
    /// Scans of the upstream image that an image replaces
    #[command(subcommand)]
    Baseline(baseline::Baseline),
    /// API keys of a tenant
    #[command(subcommand)]
    ApiKey(api_key::ApiKey),
    /// Feature requests of tenants
    #[command(subcommand)]
    Request(request::Request),
    /// The keys that sign access tokens and seal stored secrets
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The limit of sign-in attempts by address
    #[command(subcommand)]
    LoginLimit(login_limit::LoginLimit),
    /// CVE watches of a tenant
    #[command(subcommand)]
    Watch(watch::Watch),
    /// Make webhook deliveries, beside the server or instead of it
    Worker(worker::Worker),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let console = Console { json: cli.json };
    match start(cli, console) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.error(&failure.to_string());
            failure.exit_code()
        }
    }
}

fn start(cli: Cli, console: Console) -> Result<(), Failure> {
    let loaded = Config::load(cli.config.as_deref())?;
    for warning in &loaded.warnings {
        console.warning(warning);
    }
    if matches!(cli.command, Command::Config) {
        return Ok(console.answer(&config::show(&loaded.settings))?);
    }
    crate::logging::start(log_filter(&loaded, &cli.command), loaded.config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let answer = runtime.block_on(run(cli.command, loaded.config, console))?;
    answer.map_or(Ok(()), |answer| Ok(console.answer(&answer)?))
}

/// A server tells what it does; a command only what is wrong, unless told otherwise.
fn log_filter<'a>(loaded: &'a crate::config::Loaded, command: &Command) -> &'a str {
    let untold = loaded
        .settings
        .iter()
        .any(|setting| setting.variable == "PODARMOR_LOG" && setting.origin == crate::config::Origin::Default);
    if untold && !matches!(command, Command::Serve(_) | Command::Worker(worker::Worker { drain: false })) {
        "warn"
    } else {
        &loaded.config.log
    }
}

async fn run(command: Command, config: Config, console: Console) -> Result<Option<Answer>, Failure> {
    let command = match command {
        Command::Serve(serve) => return serve.run(config, console).await.map(|()| None),
        Command::Demo(demo) => return demo.run(config, console).await.map(|()| None),
        Command::Keys(keys) => return keys.run(&config).map(Some),
        Command::Worker(worker) => return worker.run(&config, console).await.map(|()| None),
        Command::Sbom(sbom::Sbom::InFiles(command)) => return command.run(console),
        other => other,
    };
    // What is imported is read before the database is opened, so that nothing waits for it.
    let job = Job::prepare(command, console)?;
    let session = Session::open(&config).await?;
    let answer = job.run(&session, &config, console).await;
    session.close().await;
    answer.map(Some)
}

/// A command with everything read that it will put into the database.
enum Job {
    Plain(Command),
    Scan(scan::Job),
    Sbom(sbom::Job),
    Baseline(baseline::Job),
    User(user::Job),
}

impl Job {
    fn prepare(command: Command, console: Console) -> Result<Self, Failure> {
        Ok(match command {
            Command::Scan(scan) => Self::Scan(scan.prepare(console)?),
            Command::Sbom(sbom::Sbom::Import(import)) => Self::Sbom(import.prepare(console)?),
            Command::Baseline(baseline) => Self::Baseline(baseline.prepare(console)?),
            Command::User(user) => Self::User(user.prepare()?),
            other => Self::Plain(other),
        })
    }

    async fn run(self, session: &Session, config: &Config, console: Console) -> Result<Answer, Failure> {
        match self {
            Self::Scan(job) => job.run(session, console).await,
            Self::Sbom(job) => job.run(session, console).await,
            Self::Baseline(job) => job.run(session, console).await,
            Self::User(job) => job.run(session, config).await,
            Self::Plain(command) => plain(command, session, config).await,
        }
    }
}

async fn plain(command: Command, session: &Session, config: &Config) -> Result<Answer, Failure> {
    match command {
        Command::Tenant(tenant) => tenant.run(session).await,
        Command::Image(image) => image.run(session).await,
        Command::License(license) => license.run(session).await,
        Command::Version(version) => version.run(session).await,
        Command::ApiKey(api_key) => api_key.run(session).await,
        Command::Request(request) => request.run(session).await,
        Command::LoginLimit(limit) => limit.run(session).await,
        Command::Watch(watch) => watch.run(session).await,
        _ => Ok(migrate::answer(config)),
    }
}
