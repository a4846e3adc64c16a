//! Putting webhooks together: where they may lead, what sends them, what makes deliveries.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use podarmor_credentials::{AesGcmSeal, KeyFiles};
use podarmor_delivery::{HttpSender, Resolve, ResolvedDestinations, SenderSettings, SystemResolver};
use podarmor_domain::outbox::Dispatcher;
use podarmor_domain::secret::SecretSeal;
use podarmor_domain::store::Store;
use podarmor_domain::webhook::Destinations;
use podarmor_persistence::Database;

use crate::config::{Config, WebhookConfig};
use crate::wire::{StartError, World, make_data_dir};
use crate::workers::Deliveries;

fn resolver() -> Arc<dyn Resolve> {
    Arc::new(SystemResolver::new())
}

/// Where webhooks may lead.
pub(crate) fn destinations(config: &WebhookConfig) -> Arc<dyn Destinations> {
    Arc::new(ResolvedDestinations::new(resolver(), config.destinations.clone()))
}

/// What makes deliveries.
pub(crate) fn dispatcher(
    config: &WebhookConfig,
    store: Arc<dyn Store>,
    seal: Arc<dyn SecretSeal>,
    world: &World,
) -> Result<Dispatcher, StartError> {
    let sender = Arc::new(sender(config)?);
    let (clock, random) = (Arc::clone(&world.clock), Arc::clone(&world.random));
    Dispatcher::new(store, clock, random, seal, sender, config.dispatch.clone()).map_err(StartError::Dispatch)
}

fn sender(config: &WebhookConfig) -> Result<HttpSender, StartError> {
    let usual = SenderSettings::default();
    let settings = SenderSettings {
        connect_timeout: usual.connect_timeout.min(config.timeout),
        deadline: config.timeout,
        policy: config.destinations.clone(),
        ..usual
    };
    let read =
        |path: &PathBuf| fs::read(path).map_err(|source| StartError::Certificates { path: path.clone(), source });
    let more_roots = config.trusted_certificates.as_ref().map(read).transpose()?;
    Ok(HttpSender::new(settings, resolver(), more_roots.as_deref())?)
}

/// What a worker beside the server needs to make deliveries, and the keys that it opens secrets
/// with.
pub(crate) fn deliveries(
    config: &Config,
    database: &Database,
    world: &World,
) -> Result<(Deliveries, Arc<AesGcmSeal>), StartError> {
    make_data_dir(&config.data_dir)?;
    let keys = KeyFiles::open(&config.key_folder(), &*world.clock)?;
    let seal = Arc::new(AesGcmSeal::new(&keys, config.secret_key.as_ref())?);
    let opening = Arc::clone(&seal) as Arc<dyn SecretSeal>;
    let dispatcher = dispatcher(&config.webhooks, Arc::new(database.clone()), opening, world)?;
    Ok((Deliveries::new(dispatcher), seal))
}
