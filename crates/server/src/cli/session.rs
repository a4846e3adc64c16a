//! The database as a command sees it: open, at the current schema, with the publisher's services.

use std::sync::Arc;

use podarmor_domain::store::Store;
use podarmor_persistence::Database;

use super::Failure;
use crate::config::Config;
use crate::publisher::Publisher;
use crate::wire::{self, World};

pub(crate) struct Session {
    database: Database,
    pub(crate) world: World,
    pub(crate) publisher: Publisher,
}

impl Session {
    pub(crate) async fn open(config: &Config) -> Result<Self, Failure> {
        let world = World::default();
        let database = wire::open_database(config, &world).await?;
        let store: Arc<dyn Store> = Arc::new(database.clone());
        let publisher = Publisher::new(&store, &world.clock, &world.random);
        Ok(Self { database, world, publisher })
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.database.clone())
    }

    pub(crate) async fn close(self) {
        self.database.close().await;
    }
}
