//! The keys of a folder that seal stored secrets: reading and adding them.

use std::path::Path;
use std::time::Duration;

use podarmor_domain::Timestamp;

use super::{SealingKey, SecretKey, files};
use crate::CredentialsError;

const PREFIX: &str = "secret-";
const SUFFIX: &str = ".key";

/// All of them in the order of their ids: the last one seals, all open.
pub(crate) fn read(folder: &Path) -> Result<Vec<SealingKey>, CredentialsError> {
    let mut keys = Vec::new();
    for name in files::names(folder)? {
        let id = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
        let Some(id) = id.filter(|id| !id.is_empty()) else { continue };
        if let Some(key) = SecretKey::read(folder, &name)? {
            keys.push(SealingKey::of(id, key, files::modified_at(&folder.join(&name))));
        }
    }
    keys.sort_by(|one, other| one.id().cmp(other.id()));
    Ok(keys)
}

/// Makes a key that seals in place of all others. Call it under the lock of the folder.
pub(super) fn add(folder: &Path, now: Timestamp) -> Result<SealingKey, CredentialsError> {
    let present = read(folder)?;
    let newest = present.last();
    // Two in one second, or a clock that was set back: the new one has to sort last all the same.
    let time = newest.map_or(now, |newest| now.max(newest.created_at().plus(Duration::from_secs(1))));
    let key = SealingKey::generate(time)?;
    if let Some(newest) = newest.filter(|newest| newest.id() >= key.id()) {
        return Err(CredentialsError::NoSuccessor { kid: newest.id().to_owned() });
    }
    files::create(folder, &format!("{PREFIX}{}{SUFFIX}", key.id()), key.key().expose())?;
    Ok(key)
}
