//! The signing keys of a folder: reading, adding and removing them.

use std::path::Path;

use podarmor_domain::Timestamp;

use super::{SigningKey, files};
use crate::CredentialsError;

const PREFIX: &str = "signing-";
const SUFFIX: &str = ".pem";

/// All of them in the order of their ids: the last one signs, each other verifies until the
/// tokens that it signed before its successor came are past.
pub(crate) fn read(folder: &Path) -> Result<Vec<SigningKey>, CredentialsError> {
    let mut keys = Vec::new();
    for name in files::names(folder)? {
        let kid = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
        if let Some(kid) = kid.filter(|kid| !kid.is_empty()) {
            let path = folder.join(&name);
            let pem = files::read_secret(&path)?;
            keys.push(SigningKey::from_pem(kid, &pem, &path, files::modified_at(&path))?);
        }
    }
    keys.sort_by(|one, other| one.kid().cmp(other.kid()));
    let mut superseded_at = None;
    for key in keys.iter_mut().rev() {
        if let Some(at) = superseded_at.replace(key.created_at()) {
            key.supersede(at);
        }
    }
    Ok(keys)
}

/// Makes a key that signs in place of all others. Call it under the lock of the folder.
pub(super) fn add(folder: &Path, now: Timestamp) -> Result<SigningKey, CredentialsError> {
    let present = read(folder)?;
    let newest = present.last();
    // Two in one second, or a clock that was set back: the new one has to sort last all the same.
    let second = std::time::Duration::from_secs(1);
    let time = newest.map_or(now, |newest| now.max(newest.created_at().plus(second)));
    let key = SigningKey::generate(time)?;
    if let Some(newest) = newest.filter(|newest| newest.kid() >= key.kid()) {
        return Err(CredentialsError::NoSuccessor { kid: newest.kid().to_owned() });
    }
    files::create(folder, &name_of(key.kid()), key.to_pem().as_bytes())?;
    Ok(key)
}

/// Removes a key. Call it under the lock of the folder.
pub(super) fn remove(folder: &Path, kid: &str) -> Result<(), CredentialsError> {
    files::remove(folder, &name_of(kid))
}

fn name_of(kid: &str) -> String {
    format!("{PREFIX}{kid}{SUFFIX}")
}
