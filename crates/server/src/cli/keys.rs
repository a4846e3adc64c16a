//! `keys rotate`, `keys list`: the files of keys that sign access tokens or seal stored secrets.
//! Neither needs the database.

use clap::Subcommand;
use podarmor_credentials::{KeyFiles, SealingKey, SigningKey, SystemClock};
use podarmor_domain::Timestamp;
use podarmor_domain::ports::Clock as _;
use serde_json::{Value, json};

use super::Failure;
use crate::config::Config;
use crate::console::Answer;
use crate::wire::StartError;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Add a key that signs access tokens from now on; older ones verify until their tokens are past
    Rotate {
        /// Remove the files of keys that no longer verify
        #[arg(long, conflicts_with = "secrets")]
        prune: bool,
        /// Add a key that seals secrets in the database instead; older ones go on to open
        #[arg(long)]
        secrets: bool,
    },
    /// List the keys, newest first
    List {
        /// The keys that seal secrets in the database instead
        #[arg(long)]
        secrets: bool,
    },
}

impl Keys {
    pub(super) fn run(self, config: &Config) -> Result<Answer, Failure> {
        let (folder, now) = (config.key_folder(), SystemClock.now());
        let by_secret = config.jwt_secret.is_some();
        match self {
            Self::Rotate { secrets: true, .. } => {
                let added = KeyFiles::rotate_sealing(&folder, now).map_err(StartError::from)?;
                Ok(rotated_sealing(&added, config.secret_key.is_some()))
            }
            Self::List { secrets: true } => {
                let keys = KeyFiles::list_sealing(&folder).map_err(StartError::from)?;
                Ok(list_sealing(&keys, config.secret_key.is_some()))
            }
            Self::Rotate { prune, .. } => {
                let rotation = KeyFiles::rotate(&folder, now, prune).map_err(StartError::from)?;
                Ok(rotated(&rotation.added, &rotation.removed, by_secret))
            }
            Self::List { .. } => Ok(list(&KeyFiles::list(&folder).map_err(StartError::from)?, now, by_secret)),
        }
    }
}

const BY_SECRET: &str = "access tokens are signed with PODARMOR_JWT_SECRET";

fn rotated(added: &SigningKey, removed: &[String], by_secret: bool) -> Answer {
    let kid = added.kid();
    let mut text = match by_secret {
        true => format!("made key {kid}, but {BY_SECRET}\n"),
        false => format!("made key {kid}: running servers sign with it within 5 s\n"),
    };
    text.extend(removed.iter().map(|kid| format!("removed key {kid}\n")));
    let created_at = added.created_at().to_string();
    Answer { text, json: json!({"kid": kid, "createdAt": created_at, "signs": !by_secret, "removed": removed}) }
}

const BY_CONFIGURED: &str = "secrets are sealed with PODARMOR_SECRET_KEY";

fn rotated_sealing(added: &SealingKey, configured: bool) -> Answer {
    let id = added.id();
    let text = match configured {
        true => format!("made key {id}, but {BY_CONFIGURED}\n"),
        false => format!("made key {id}: running servers seal with it within 5 s\n"),
    };
    Answer { text, json: json!({"id": id, "createdAt": added.created_at().to_string(), "seals": !configured}) }
}

fn list_sealing(keys: &[SealingKey], configured: bool) -> Answer {
    let newest = keys.last().map(SealingKey::id).filter(|_| !configured);
    let seals = |key: &SealingKey| newest == Some(key.id());
    let state = |key: &SealingKey| if seals(key) { "seals" } else { "opens" };
    let line = |key: &SealingKey| format!("{}  made {}  {}\n", key.id(), key.created_at(), state(key));
    let object = |key: &SealingKey| {
        let created_at = key.created_at().to_string();
        json!({"id": key.id(), "createdAt": created_at, "seals": seals(key)})
    };
    let mut text: String = keys.iter().rev().map(line).collect();
    if keys.is_empty() {
        text.push_str("no keys yet: the first start makes one\n");
    }
    if configured {
        text.push_str(BY_CONFIGURED);
    }
    Answer { text, json: keys.iter().rev().map(object).collect() }
}

fn list(keys: &[SigningKey], now: Timestamp, by_secret: bool) -> Answer {
    let mut text: String = keys.iter().rev().map(|key| line(key, now, by_secret)).collect();
    if keys.is_empty() {
        text.push_str("no keys yet: the first start makes one\n");
    }
    if by_secret {
        text.push_str(BY_SECRET);
    }
    Answer { text, json: keys.iter().rev().map(|key| object(key, now, by_secret)).collect() }
}

fn line(key: &SigningKey, now: Timestamp, by_secret: bool) -> String {
    let state = match key.verifies_until() {
        None if by_secret => "verifies".to_owned(),
        None => "signs".to_owned(),
        Some(until) if key.verifies_at(now) => format!("verifies until {until}"),
        Some(_) => "no longer verifies: rotate --prune removes it".to_owned(),
    };
    format!("{}  made {}  {state}\n", key.kid(), key.created_at())
}

fn object(key: &SigningKey, now: Timestamp, by_secret: bool) -> Value {
    json!({
        "kid": key.kid(),
        "createdAt": key.created_at().to_string(),
        "signs": key.verifies_until().is_none() && !by_secret,
        "verifies": key.verifies_at(now),
        "verifiesUntil": key.verifies_until().map(|until| until.to_string()),
    })
}
