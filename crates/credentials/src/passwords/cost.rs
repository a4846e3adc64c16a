//! What a hash costs: today's parameters, and the caps on those read from stored hashes.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as PhcHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};

use crate::CredentialsError;
use crate::passwords::memory::WorkingMemory;

/// The cost of one hash. The default is what OWASP's cheat sheet asks for: 19 MiB, two passes,
/// one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for HashingCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// What a stored hash may make us spend: whoever can write one into the database must not be
/// able to exhaust the server with it.
const CAP: HashingCost = HashingCost { memory_kib: 256 * 1024, passes: 10, lanes: 4 };

/// Length of the hashes made here, in bytes.
const HASH_BYTES: usize = 32;
/// Length of their salts, in bytes (RFC 9106 section 3.1).
const SALT_BYTES: usize = 16;

/// A stored hash that may be verified against.
pub(super) struct Stored {
    pub(super) phc: String,
    cost: HashingCost,
    current_shape: bool,
}

impl HashingCost {
    /// The hasher with these parameters.
    pub(super) fn argon2(self) -> Result<Argon2<'static>, CredentialsError> {
        if !self.within(CAP) {
            return Err(CredentialsError::Cost(format!("at most {CAP:?}")));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH_BYTES));
        let params = params.map_err(|error| CredentialsError::Cost(error.to_string()))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// A new hash of a password, under a fresh salt, as a PHC string.
    pub(super) fn hash(self, password: &[u8], memory: &WorkingMemory) -> Result<String, CredentialsError> {
        let failed = |error: &dyn std::fmt::Display| CredentialsError::Hashing(error.to_string());
        let argon2 = self.argon2()?;
        let mut salt = [0u8; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(CredentialsError::Randomness)?;
        let mut output = [0u8; HASH_BYTES];
        let blocks = argon2.params().block_count();
        let computed =
            memory.lend(blocks, |buffer| argon2.hash_password_into_with_memory(password, &salt, &mut output, buffer));
        computed.map_err(|error| failed(&error))?;
        let phc = PhcHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params()).map_err(|error| failed(&error))?,
            salt: Some(Salt::new(&salt).map_err(|error| failed(&error))?),
            hash: Some(Output::new(&output).map_err(|error| failed(&error))?),
        };
        Ok(phc.to_string())
    }

    /// Whether a stored hash was made with just these parameters.
    pub(super) fn made(self, stored: &Stored) -> bool {
        stored.current_shape && stored.cost == self
    }

    const fn within(self, cap: Self) -> bool {
        self.memory_kib <= cap.memory_kib && self.passes <= cap.passes && self.lanes <= cap.lanes
    }
}

/// Reads a stored hash, as far as it is one of argon2id within the caps.
pub(super) fn read_stored(phc: &str) -> Result<Stored, &'static str> {
    let hash = argon2::PasswordHash::new(phc).map_err(|_| "it is no PHC string")?;
    if hash.algorithm != ARGON2ID_IDENT {
        return Err("its algorithm is not argon2id");
    }
    let params = Params::try_from(&hash).map_err(|_| "its parameters are not those of argon2")?;
    let cost = HashingCost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
    if !cost.within(CAP) {
        return Err("its parameters exceed the caps");
    }
    let (Some(_salt), Some(output)) = (&hash.salt, &hash.hash) else {
        return Err("it lacks salt or hash");
    };
    let current_shape = output.as_bytes().len() == HASH_BYTES && hash.version == Some(Version::V0x13.into());
    Ok(Stored { phc: phc.to_owned(), cost, current_shape })
}

/// Whether `password` has this hash, with the parameters that the hash itself states.
pub(super) fn matches(phc: &str, password: &[u8], memory: &WorkingMemory) -> bool {
    compute_again(phc, password, memory).unwrap_or(false)
}

fn compute_again(phc: &str, password: &[u8], memory: &WorkingMemory) -> Option<bool> {
    let hash = PhcHash::new(phc).ok()?;
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, version, Params::try_from(&hash).ok()?);
    let mut output = vec![0u8; expected.len()];
    let blocks = argon2.params().block_count();
    let computed =
        memory.lend(blocks, |buffer| argon2.hash_password_into_with_memory(password, salt, &mut output, buffer));
    computed.ok()?;
    // `Output` compares in constant time.
    Some(Output::new(&output).ok()? == *expected)
}
