//! `demo`: the arguments; what it does is in [`crate::demo`].

use std::path::PathBuf;

use clap::Args;

use super::{Failure, serve};
use crate::config::Config;
use crate::console::Console;
use crate::demo;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Listen here instead of at PODARMOR_LISTEN
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The folder to use; what an earlier demo left in it is deleted [default: podarmor-demo in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Demo {
    pub(super) async fn run(self, mut config: Config, console: Console) -> Result<(), Failure> {
        config.listen = self.listen.unwrap_or(config.listen);
        let started = demo::start(config, self.dir, console).await?;
        console.answer(&started.tour)?;
        // The folder stays locked for as long as the portal runs on it.
        let _folder = started.folder;
        serve::until_signal(started.running).await
    }
}
