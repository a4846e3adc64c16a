//! The settings of webhooks.

use std::path::PathBuf;
use std::time::Duration;

use podarmor_domain::outbox::DispatchSettings;
use podarmor_domain::webhook::DestinationPolicy;
use podarmor_domain::webhook::RetryPolicy;

use super::ConfigError;
use super::sources::Sources;
use super::values::optional;

/// Where webhooks may go, and how they are tried.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// What is allowed beyond `https` to public addresses.
    pub destinations: DestinationPolicy,
    /// How long an attempt may take in all.
    pub timeout: Duration,
    /// Retries, lease and retention.
    pub dispatch: DispatchSettings,
    /// Certificates (PEM) that are trusted beside those of the system.
    pub trusted_certificates: Option<PathBuf>,
    /// Whether the server makes deliveries itself; else `podarmor worker` does.
    pub worker: bool,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            destinations: DestinationPolicy::default(),
            timeout: Duration::from_secs(15),
            dispatch: DispatchSettings::default(),
            trusted_certificates: None,
            worker: true,
        }
    }
}

impl WebhookConfig {
    pub(super) fn take(from: &mut Sources) -> Result<Self, ConfigError> {
        let schedule = |text: &str| RetryPolicy::parse_schedule("", text).map_err(|refused| refused.message);
        let destinations = DestinationPolicy {
            allow_nets: from.take("WEBHOOK_ALLOW_NETS", "", networks)?,
            allow_http: from.take("WEBHOOK_ALLOW_HTTP", "false", switch)?,
        };
        let timeout = from.take("WEBHOOK_TIMEOUT", "15s", wait)?;
        let retries = RetryPolicy {
            schedule: from.take("WEBHOOK_SCHEDULE", "5s,1m,5m,30m,2h,6h,12h", schedule)?,
            ..RetryPolicy::default()
        };
        let lease = from.take("WEBHOOK_LEASE", "20s", |text| {
            let longer = |lease: &Duration| *lease > timeout;
            Some(wait(text)?).filter(longer).ok_or_else(|| "must be longer than PODARMOR_WEBHOOK_TIMEOUT".to_owned())
        })?;
        Ok(Self {
            destinations,
            timeout,
            dispatch: DispatchSettings { retries, lease, ..DispatchSettings::default() },
            trusted_certificates: from.take("WEBHOOK_CA_FILE", "", optional(|text| Ok(PathBuf::from(text))))?,
            worker: from.take("WEBHOOK_WORKER", "true", switch)?,
        })
    }
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

fn networks(text: &str) -> Result<Vec<podarmor_domain::webhook::address::Network>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let refusal = |entry| format!("{entry:?} is no network in CIDR notation, such as 10.20.0.0/16 or fd00::/8");
    entries.map(|entry| entry.parse().map_err(|_| refusal(entry))).collect()
}

/// One wait, as in a schedule.
fn wait(text: &str) -> Result<Duration, String> {
    let waits = RetryPolicy::parse_schedule("", text).ok();
    let one = waits.filter(|waits| waits.len() == 1).and_then(|waits| waits.first().copied());
    one.filter(|wait| !wait.is_zero()).ok_or_else(|| "must be a time such as 500ms or 15s, at most 24h".to_owned())
}
