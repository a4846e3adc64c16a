//! `worker`: makes webhook deliveries beside the server, or instead of it.

use clap::Args;
use serde_json::json;

use super::serve::Signals;
use super::{Failure, Session};
use crate::config::Config;
use crate::console::{Answer, Console};
use crate::webhooks;
use crate::workers::Workers;

#[derive(Debug, Args)]
pub(super) struct Worker {
    /// Make what is due, and end when nothing is
    #[arg(long)]
    pub(super) drain: bool,
}

impl Worker {
    pub(super) async fn run(self, config: &Config, console: Console) -> Result<(), Failure> {
        let session = Session::open(config).await?;
        let done = if self.drain { drain(&session, config, console).await } else { work(&session, config).await };
        session.close().await;
        done
    }
}

async fn drain(session: &Session, config: &Config, console: Console) -> Result<(), Failure> {
    let (deliveries, _) = webhooks::deliveries(config, session.database(), &session.world)?;
    let attempts = deliveries.drain().await?;
    let answer =
        Answer { text: format!("made {attempts} attempts; nothing is due"), json: json!({"attempts": attempts}) };
    Ok(console.answer(&answer)?)
}

async fn work(session: &Session, config: &Config) -> Result<(), Failure> {
    let (deliveries, seal) = webhooks::deliveries(config, session.database(), &session.world)?;
    let mut signals = Signals::listen()?;
    let workers = Workers::delivering(deliveries, seal, session.database());
    tracing::info!(version = crate::VERSION, "the worker is up");
    signals.next().await;
    tracing::info!("stopping: attempts under way may end");
    workers.stop().await;
    Ok(())
}
