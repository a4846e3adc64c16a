//! The signing keys of a running server, kept in step with their folder.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use podarmor_domain::Timestamp;

use crate::keys::{self, KeyFiles};
use crate::{CredentialsError, SigningKey};

/// However many unknown keys are named to us, the folder is read no more often, unless it changed.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

type Keys = Vec<Arc<SigningKey>>;

/// The keys as last read.
pub(super) struct Keyring {
    folder: PathBuf,
    keys: RwLock<Arc<Keys>>,
    last: Mutex<Look>,
}

/// A look into the folder.
#[derive(Default)]
struct Look {
    at: Option<Instant>,
    folder_modified: Option<SystemTime>,
    /// What was wrong, so that it is told once and not at every look.
    complaint: Option<String>,
}

impl Look {
    /// Whether it is worth looking again for a key that is not known.
    fn is_stale(&self, now: Instant, folder_modified: Option<SystemTime>) -> bool {
        self.folder_modified != folder_modified
            || self.at.is_none_or(|at| now.saturating_duration_since(at) >= LOOK_AGAIN_AFTER)
    }
}

impl Keyring {
    /// Over keys that were just read. Each signs and verifies once, so that a fault of the
    /// cryptography shows at start-up.
    pub(super) fn new(files: &KeyFiles) -> Result<Self, CredentialsError> {
        let keys = checked(files.signing().to_vec(), &Vec::new())?;
        Ok(Self { folder: files.folder().to_owned(), keys: RwLock::new(Arc::new(keys)), last: Mutex::default() })
    }

    /// The keys, the one that signs last.
    pub(super) fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of this id, if it verifies now. One that is not known may be new: the folder is
    /// looked at, by its own names and not by the one that a stranger sent.
    pub(super) fn find(&self, kid: &str, now: Timestamp) -> Option<Arc<SigningKey>> {
        let find = || self.current().iter().find(|key| key.kid() == kid).cloned();
        let key = find().or_else(|| {
            let last = self.last();
            if last.is_stale(Instant::now(), keys::modified(&self.folder)) {
                self.look(last);
            }
            find()
        });
        key.filter(|key| key.verifies_at(now))
    }

    /// Reads the folder again. When that fails, the keys stay as they are.
    pub(super) fn refresh(&self) {
        self.look(self.last());
    }

    fn last(&self) -> MutexGuard<'_, Look> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, mut last: MutexGuard<'_, Look>) {
        // Before the files: whatever comes while they are read is then seen as a change.
        last.folder_modified = keys::modified(&self.folder);
        last.at = Some(Instant::now());
        match self.read() {
            Ok(()) => last.complaint = None,
            Err(error) => {
                let complaint = error.to_string();
                if last.complaint.as_ref() != Some(&complaint) {
                    tracing::warn!(%error, "the keys could not be read again; those read before stay in use");
                    last.complaint = Some(complaint);
                }
            }
        }
    }

    fn read(&self) -> Result<(), CredentialsError> {
        let known = self.current();
        let keys = checked(keys::read_signing(&self.folder)?, &known)?;
        if !keys.iter().map(identity).eq(known.iter().map(identity)) {
            let signs = keys.last().map_or("", |key| key.kid());
            tracing::info!(signs, keys = keys.len(), "the signing keys have changed");
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        }
        Ok(())
    }
}

fn identity(key: &Arc<SigningKey>) -> (&str, &str, Option<Timestamp>) {
    (key.kid(), key.public_x(), key.verifies_until())
}

/// The keys, if there is one that signs and those that were not known before work.
fn checked(keys: Vec<SigningKey>, known: &Keys) -> Result<Keys, CredentialsError> {
    if keys.is_empty() {
        return Err(CredentialsError::NoSigningKey);
    }
    let is_known = |key: &SigningKey| known.iter().any(|known| known.public_x() == key.public_x());
    keys.iter().filter(|key| !is_known(key)).try_for_each(SigningKey::exercise)?;
    Ok(keys.into_iter().map(Arc::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_looked_for_once_a_second_or_when_the_folder_changed() {
        let (now, modified) = (Instant::now(), Some(SystemTime::UNIX_EPOCH));
        let look = Look { at: Some(now), folder_modified: modified, complaint: None };
        assert!(Look::default().is_stale(now, None));
        assert!(!look.is_stale(now, modified));
        assert!(!look.is_stale(now + Duration::from_millis(999), modified));
        assert!(look.is_stale(now + Duration::from_secs(1), modified));
        assert!(look.is_stale(now, Some(SystemTime::now())));
        assert!(look.is_stale(now, None));
    }
}
