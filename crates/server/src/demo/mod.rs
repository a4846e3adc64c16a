//! The demo: a small made-up catalogue in a folder of its own, loaded by the same services as
//! the command line uses. It fetches nothing.

mod files;
mod folder;
mod load;
mod manifest;
#[cfg(test)]
mod tests;
mod tour;

use std::io;
use std::path::PathBuf;

use podarmor_domain::FieldError;

use crate::config::Config;
use crate::console::{Answer, Console};
use crate::documents::DocumentError;
use crate::wire::{self, Running, StartError, World};
use folder::DemoFolder;

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("the demo's folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{} is not empty and no earlier demo made it: name another folder with --dir", .0.display())]
    NotOurs(PathBuf),
    #[error("a demo is running in {} already: stop it, or name another folder with --dir", .0.display())]
    Running(PathBuf),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the demo's manifest: {0}")]
    Manifest(#[from] toml::de::Error),
    #[error("the demo's data: {0}")]
    Field(#[from] FieldError),
    #[error("the demo's data: {0}")]
    Domain(#[from] podarmor_domain::Error),
    #[error("the demo's file {0} is not built in")]
    Missing(String),
    #[error("the demo's file {name}: {cause}")]
    Document { name: String, cause: DocumentError },
}

/// A demo that is up.
pub(crate) struct Started {
    pub(crate) running: Running,
    pub(crate) folder: DemoFolder,
    pub(crate) tour: Answer,
}

/// Clears the folder, loads the data, and serves.
pub(crate) async fn start(config: Config, dir: Option<PathBuf>, console: Console) -> Result<Started, DemoError> {
    // The address first: a demo that cannot be reached must not clear anything.
    let listener = wire::bind(&config.listen).await?;
    let folder = DemoFolder::take(dir.unwrap_or_else(folder::default_path))?;
    let own = Config::for_data_dir(folder.path().to_owned());
    let config = Config { data_dir: own.data_dir, database_url: own.database_url, ..config };
    console.progress("loading the demo's catalogue");
    let world = World::default();
    let address = listener.local_addr().map_err(StartError::Server)?;
    let password = tour::password(address, &*world.random);
    let loaded = load::load(&config, &world, &password).await?;
    let running = wire::serve_on(listener, &config, world).await?;
    let tour = tour::tour(running.address(), folder.path(), &loaded, &password);
    Ok(Started { running, folder, tour })
}
