//! Who presents a token, remembered for a few seconds: verifying a signature and asking the
//! database on every request would cost most of the machine.

use std::sync::Arc;

use moka::sync::Cache;
use podarmor_domain::access::{AccessClaims, Actor, SessionActors};
use podarmor_domain::ports::Clock;
use podarmor_domain::{Error, Sha256, Timestamp};

/// At most so many tokens are remembered.
const CAPACITY: u64 = 10_000;

pub(crate) struct Actors {
    sessions: SessionActors,
    clock: Arc<dyn Clock>,
    remembered: Cache<Sha256, (Arc<Actor>, Timestamp)>,
}

impl Actors {
    pub(crate) fn new(sessions: SessionActors, clock: Arc<dyn Clock>) -> Self {
        let remembered = Cache::builder().max_capacity(CAPACITY).time_to_live(SessionActors::MEMORY).build();
        Self { sessions, clock, remembered }
    }

    /// The actor of a token. Refusals are not remembered, so nothing can be pushed out by
    /// sending nonsense.
    pub(crate) async fn resolve(&self, token: &str) -> Result<Arc<Actor>, Error> {
        let key = Sha256::of(token.as_bytes());
        if let Some((actor, expires_at)) = self.remembered.get(&key)
            && self.clock.now() < expires_at.plus(AccessClaims::LEEWAY)
        {
            return Ok(actor);
        }
        let (actor, expires_at) = self.sessions.resolve(token).await?;
        let actor = Arc::new(actor);
        self.remembered.insert(key, (actor.clone(), expires_at));
        Ok(actor)
    }

    /// Forgets a token whose session was ended here: it stops at once, not in some seconds.
    pub(crate) fn forget(&self, token: &str) {
        self.remembered.invalidate(&Sha256::of(token.as_bytes()));
    }
}
