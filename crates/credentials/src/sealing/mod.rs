//! Sealing of stored secrets: AES-256-GCM (NIST SP 800-38D) under keys of the installation.
//!
//! What is stored: a version byte, the id of the key (8 bytes), the nonce (12 random bytes), the
//! ciphertext with its tag (16 bytes). Version, key id and the caller's context are authenticated.
//! One key may seal 2^32 secrets before random nonces become a worry; rotating it starts anew.

mod configured;
#[cfg(test)]
mod tests;

use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use podarmor_domain::Error;
use podarmor_domain::secret::{Sealed, SecretSeal};

pub use configured::ConfiguredSealingKeys;

use crate::keys::{self, KeyFiles, SecretKey};
use crate::{CredentialsError, SealingKey};

const VERSION: u8 = 1;
const ID_BYTES: usize = 8;
type KeyId = [u8; ID_BYTES];
/// Version and key id.
const HEAD_BYTES: usize = 1 + ID_BYTES;

/// Why a sealed secret does not open. Says nothing about the secret.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("a sealed secret has an unknown form")]
    Form,
    #[error("a secret was sealed under a key that is not here")]
    UnknownKey,
    #[error("a sealed secret was changed, or belongs to something else")]
    Tampered,
    #[error("a secret could not be sealed")]
    Seal,
}

/// The id that stands in what a key seals: derived from the key, so that a file and a configured
/// value of the same key have the same.
pub(crate) fn id_of(key: &SecretKey) -> KeyId {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.expose()).expect("a key of any length");
    let hash: [u8; 32] = mac.chain_update(b"podarmor sealing key").finalize().into_bytes().into();
    let mut id = [0; ID_BYTES];
    id.copy_from_slice(&hash[..ID_BYTES]);
    id
}

/// A key, ready to use.
struct Key {
    id: KeyId,
    cipher: RandomizedNonceKey,
}

impl Key {
    fn new(key: &SecretKey) -> Result<Self, CredentialsError> {
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.expose()).map_err(|_| CredentialsError::Sealing)?;
        Ok(Self { id: id_of(key), cipher })
    }

    fn head(&self) -> Vec<u8> {
        std::iter::once(VERSION).chain(self.id).collect()
    }
}

/// Seals under the newest key, opens under every one. A configured key comes before all files.
pub struct AesGcmSeal {
    folder: PathBuf,
    configured: Option<ConfiguredSealingKeys>,
    /// The one that seals first.
    keys: RwLock<Arc<Vec<Key>>>,
    /// What was wrong with the folder, so that it is told once and not at every look.
    complaint: Mutex<Option<String>>,
}

impl AesGcmSeal {
    /// Over keys that were just read, and configured ones.
    ///
    /// # Errors
    /// [`CredentialsError::Sealing`] when the cryptography does not work.
    pub fn new(files: &KeyFiles, configured: Option<&ConfiguredSealingKeys>) -> Result<Self, CredentialsError> {
        let keys = ready(configured, files.sealing())?;
        let keys = RwLock::new(Arc::new(keys));
        let (folder, configured) = (files.folder().to_owned(), configured.cloned());
        Ok(Self { folder, configured, keys, complaint: Mutex::default() })
    }

    /// Reads the folder again: a key that was added seals from now on. When that fails, the keys
    /// stay as they are.
    pub fn refresh_keys(&self) {
        let complaint = self.read().err().map(|error| error.to_string());
        let mut told = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = complaint.as_ref().filter(|error| told.as_ref() != Some(*error)) {
            tracing::warn!(error, "the keys that seal secrets could not be read again; those read before stay in use");
        }
        *told = complaint;
    }

    fn read(&self) -> Result<(), CredentialsError> {
        let keys = ready(self.configured.as_ref(), &keys::read_sealing(&self.folder)?)?;
        if keys.is_empty() {
            return Err(CredentialsError::NoSealingKey);
        }
        if !keys.iter().map(|key| key.id).eq(self.current().iter().map(|key| key.id)) {
            tracing::info!(keys = keys.len(), "the keys that seal secrets have changed");
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        }
        Ok(())
    }

    fn current(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of this id. One that is not known may be new: another server sealed with it.
    fn holding(&self, id: KeyId) -> Option<(Arc<Vec<Key>>, usize)> {
        let find = || {
            let keys = self.current();
            let place = keys.iter().position(|key| key.id == id)?;
            Some((keys, place))
        };
        find().or_else(|| {
            self.refresh_keys();
            find()
        })
    }
}

/// The keys in the order in which they are asked to seal.
fn ready(configured: Option<&ConfiguredSealingKeys>, files: &[SealingKey]) -> Result<Vec<Key>, CredentialsError> {
    let configured = configured.into_iter().flat_map(ConfiguredSealingKeys::keys);
    configured.chain(files.iter().rev().map(SealingKey::key)).map(Key::new).collect()
}

impl SecretSeal for AesGcmSeal {
    fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Sealed, Error> {
        let keys = self.current();
        let key = keys.first().ok_or_else(|| Error::internal(Broken::Seal))?;
        let mut sealed = key.head();
        let aad = [&sealed, context].concat();
        let mut text = plain.to_vec();
        let nonce = key.cipher.seal_in_place_append_tag(Aad::from(aad), &mut text);
        let nonce = nonce.map_err(|_| Error::internal(Broken::Seal))?;
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&text);
        Ok(Sealed::from_bytes(sealed))
    }

    fn open(&self, context: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Error> {
        let broken = |why| move || Error::internal(why);
        let (head, rest) = sealed.as_bytes().split_at_checked(HEAD_BYTES).ok_or_else(broken(Broken::Form))?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or_else(broken(Broken::Form))?;
        let (&version, id) = head.split_first().ok_or_else(broken(Broken::Form))?;
        let id = KeyId::try_from(id).map_err(|_| Error::internal(Broken::Form))?;
        if version != VERSION {
            return Err(Error::internal(Broken::Form));
        }
        let (keys, place) = self.holding(id).ok_or_else(broken(Broken::UnknownKey))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::internal(Broken::Form))?;
        let aad = Aad::from([head, context].concat());
        let mut text = text.to_vec();
        let plain = keys[place].cipher.open_in_place(nonce, aad, &mut text);
        let length = plain.map_err(|_| Error::internal(Broken::Tampered))?.len();
        text.truncate(length);
        Ok(text)
    }
}

impl Debug for AesGcmSeal {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "AesGcmSeal({} keys)", self.current().len())
    }
}
