//! `serve`: until a signal comes.

use clap::Args;
use serde_json::json;

use super::Failure;
use crate::config::Config;
use crate::console::{Answer, Console};
use crate::wire::{self, Running};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Listen here instead of at PODARMOR_LISTEN
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, mut config: Config, console: Console) -> Result<(), Failure> {
        config.listen = self.listen.unwrap_or(config.listen);
        let running = wire::build(&config).await?;
        tracing::info!(address = %running.address(), version = crate::VERSION, "the portal is up");
        if console.json {
            let json = json!({"address": running.address().to_string()});
            console.answer(&Answer { text: String::new(), json })?;
        }
        until_signal(running).await
    }
}

/// Serves until Ctrl-C or SIGTERM; a second signal cuts off what the first lets finish.
pub(super) async fn until_signal(running: Running) -> Result<(), Failure> {
    let (mut first, mut second) = (Signals::listen()?, Signals::listen()?);
    let serving = running.run_until(async {
        first.next().await;
        tracing::info!("stopping: requests in flight may finish");
    });
    let cut_off = async {
        second.next().await;
        second.next().await;
    };
    tokio::select! {
        ended = serving => Ok(ended?),
        () = cut_off => Err(Failure::CutOff),
    }
}

#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
