//! What a tenant does with its subscriptions.

use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use crate::access::{Authorized, WebhooksRead, WebhooksWrite};
use crate::error::Error;
use crate::event::EventKind;
use crate::event::message::MessageFormat;
use crate::id::{self, SubscriptionId};
use crate::idempotency::{Once, Outcome};
use crate::paging::{Page, PageRequest, Total};
use crate::ports::{Clock, Random};
use crate::secret::{Sealed, SecretSeal};
use crate::store::{Constraint, Store, StoreError, TenantTx};
use crate::webhook::{
    Destinations, SealedSecrets, StoredSubscription, Subscription, SubscriptionPosition, WebhookSecret, WebhookUrl,
};

/// Manages the subscriptions of a tenant.
#[derive(Clone)]
pub struct WebhookService {
    pub(super) store: Arc<dyn Store>,
    destinations: Arc<dyn Destinations>,
    seal: Arc<dyn SecretSeal>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// What `POST` asks for. What is `None` is generated or takes its default on a new subscription,
/// and stays on one that is there.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// What it is for.
    pub event: EventKind,
    /// Where to, as it was sent.
    pub url: String,
    /// What signs.
    pub secret: Option<WebhookSecret>,
    /// Whether it gets deliveries.
    pub active: Option<bool>,
    /// How bodies are written.
    pub format: Option<MessageFormat>,
}

/// What `PUT` changes; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionChange {
    /// What it is for.
    pub event: Option<EventKind>,
    /// Where to, as it was sent.
    pub url: Option<String>,
    /// Whether it gets deliveries.
    pub active: Option<bool>,
    /// How bodies are written.
    pub format: Option<MessageFormat>,
}

/// What became of a `POST`.
#[derive(Clone, Debug)]
pub struct PutSubscription {
    /// The subscription.
    pub subscription: Subscription,
    /// Whether it is new.
    pub created: bool,
    /// The secret, if it was generated: shown this once.
    pub generated: Option<WebhookSecret>,
}

/// What a secret is sealed with: it is worth nothing in another subscription's row.
pub(crate) fn secret_context(id: SubscriptionId) -> Vec<u8> {
    format!("webhook-secret:{id}").into_bytes()
}

pub(super) fn not_found() -> Error {
    Error::NotFound("webhook subscription".into())
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(Constraint::SubscriptionIdentity) => {
            Error::Conflict("There is already a subscription for this event and URL.".into())
        }
        other => other.into(),
    }
}

impl WebhookService {
    /// A tenant has at most so many subscriptions.
    pub const MOST: u64 = 1_000;
    /// After a rotation the older secret signs beside the new one for so long.
    pub const OVERLAP: Duration = Duration::from_secs(24 * 3_600);

    /// Over a store.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        destinations: Arc<dyn Destinations>,
        seal: Arc<dyn SecretSeal>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, destinations, seal, clock, random }
    }

    /// The subscriptions, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        who: &Authorized<WebhooksRead>,
        page: &PageRequest<SubscriptionPosition>,
    ) -> Result<Page<Subscription, SubscriptionPosition>, Error> {
        let store = self.store.read(who.scope());
        let items = store.list_subscriptions(page).await?;
        let mut cut = Page::cut(items, page.limit, |subscription| SubscriptionPosition(subscription.id));
        if page.count {
            cut.total = Some(Total::capped(store.count_subscriptions(Total::CAP + 1).await?));
        }
        Ok(cut)
    }

    /// One subscription.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription of this tenant; [`Error::Store`].
    pub async fn get(&self, who: &Authorized<WebhooksRead>, id: SubscriptionId) -> Result<Subscription, Error> {
        self.store.read(who.scope()).find_subscription(id).await?.ok_or_else(not_found)
    }

    /// Makes a subscription, or changes the one for this event and URL.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the URL leads where nothing may be sent; [`Error::Conflict`] when
    /// the tenant has [`WebhookService::MOST`], or when the key was used for another request;
    /// [`Error::Store`].
    pub async fn put(
        &self,
        who: &Authorized<WebhooksWrite>,
        new: NewSubscription,
        once: Option<&Once<'_, PutSubscription>>,
    ) -> Result<Outcome<PutSubscription>, Error> {
        // What was done is not judged again: the name may lead elsewhere by now.
        if once.is_some() {
            let tx = self.store.write(who.scope()).await?;
            if let Some(answer) = Once::replay(once, who, &*tx, self.clock.now()).await? {
                return Ok(Outcome::Replayed(answer));
            }
        }
        // Names are resolved before anything is locked.
        let url = self.destinations.judge("url", &new.url).await?;
        let (tx, now) = (self.store.write(who.scope()).await?, self.clock.now());
        if let Some(answer) = Once::replay(once, who, &*tx, now).await? {
            return Ok(Outcome::Replayed(answer));
        }
        let put = self.insert_or_change(&*tx, new, url, now).await?;
        Once::record(once, who, &*tx, now, &put).await?;
        tx.commit().await?;
        Ok(Outcome::Done(put))
    }

    async fn insert_or_change(
        &self,
        tx: &dyn TenantTx,
        new: NewSubscription,
        url: WebhookUrl,
        now: Timestamp,
    ) -> Result<PutSubscription, Error> {
        let count = tx.lock_subscriptions().await?;
        if let Some(mut stored) = tx.subscription_to(new.event, &url).await? {
            let subscription = &mut stored.subscription;
            subscription.format = new.format.unwrap_or(subscription.format);
            set_active(subscription, new.active);
            subscription.updated_at = now;
            if let Some(secret) = &new.secret {
                subscription.secret_hint = secret.hint();
                stored.secrets = SealedSecrets { current: self.sealed(subscription.id, secret)?, previous: None };
            }
            tx.update_subscription(&stored).await?;
            return Ok(PutSubscription { subscription: stored.subscription, created: false, generated: None });
        }
        if count >= Self::MOST {
            return Err(Error::Conflict(format!("A tenant has at most {} webhook subscriptions.", Self::MOST)));
        }
        let (secret, generated) = match new.secret {
            Some(secret) => (secret, None),
            None => {
                let secret = WebhookSecret::fresh(&*self.random);
                (secret.clone(), Some(secret))
            }
        };
        let subscription = Subscription {
            id: SubscriptionId::from_uuid(id::fresh(&*self.clock, &*self.random)),
            event: new.event,
            url,
            format: new.format.unwrap_or(MessageFormat::PodArmor),
            active: new.active.unwrap_or(true),
            disabled_reason: None,
            secret_hint: secret.hint(),
            created_at: now,
            updated_at: now,
            last_delivery: None,
        };
        let secrets = SealedSecrets { current: self.sealed(subscription.id, &secret)?, previous: None };
        let stored = StoredSubscription { subscription, secrets };
        tx.insert_subscription(&stored).await.map_err(taken)?;
        Ok(PutSubscription { subscription: stored.subscription, created: true, generated })
    }

    /// Changes a subscription.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription; [`Error::Invalid`] when the URL leads
    /// where nothing may be sent; [`Error::Conflict`] when there is another for this event and URL;
    /// [`Error::Store`].
    pub async fn update(
        &self,
        who: &Authorized<WebhooksWrite>,
        id: SubscriptionId,
        change: SubscriptionChange,
    ) -> Result<Subscription, Error> {
        let url = match &change.url {
            Some(url) => Some(self.destinations.judge("url", url).await?),
            None => None,
        };
        let tx = self.store.write(who.scope()).await?;
        tx.lock_subscriptions().await?;
        let mut stored = tx.stored_subscription(id).await?.ok_or_else(not_found)?;
        let subscription = &mut stored.subscription;
        subscription.event = change.event.unwrap_or(subscription.event);
        subscription.url = url.unwrap_or_else(|| subscription.url.clone());
        subscription.format = change.format.unwrap_or(subscription.format);
        set_active(subscription, change.active);
        subscription.updated_at = self.clock.now();
        tx.update_subscription(&stored).await.map_err(taken)?;
        tx.commit().await?;
        Ok(stored.subscription)
    }

    /// Deletes a subscription; what it had pending is dropped.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription; [`Error::Store`].
    pub async fn delete(&self, who: &Authorized<WebhooksWrite>, id: SubscriptionId) -> Result<(), Error> {
        let tx = self.store.write(who.scope()).await?;
        // After whatever is being done to it: a test delivery about to be inserted, say.
        tx.lock_subscriptions().await?;
        if !tx.delete_subscription(id).await? {
            return Err(not_found());
        }
        Ok(tx.commit().await?)
    }

    /// Replaces the secret by a new one, which is shown this once. The one before signs beside it
    /// for [`WebhookService::OVERLAP`].
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a subscription; [`Error::Store`].
    pub async fn rotate_secret(
        &self,
        who: &Authorized<WebhooksWrite>,
        id: SubscriptionId,
    ) -> Result<(Subscription, WebhookSecret), Error> {
        let secret = WebhookSecret::fresh(&*self.random);
        let tx = self.store.write(who.scope()).await?;
        tx.lock_subscriptions().await?;
        let mut stored = tx.stored_subscription(id).await?.ok_or_else(not_found)?;
        let now = self.clock.now();
        let previous = Some((stored.secrets.current, now.plus(Self::OVERLAP)));
        stored.secrets = SealedSecrets { current: self.sealed(id, &secret)?, previous };
        stored.subscription.secret_hint = secret.hint();
        stored.subscription.updated_at = now;
        tx.update_subscription(&stored).await?;
        tx.commit().await?;
        Ok((stored.subscription, secret))
    }

    fn sealed(&self, id: SubscriptionId, secret: &WebhookSecret) -> Result<Sealed, Error> {
        self.seal.seal(&secret_context(id), secret.expose().as_bytes())
    }
}

/// Becoming active clears the reason for which it was disabled.
fn set_active(subscription: &mut Subscription, active: Option<bool>) {
    if let Some(active) = active {
        subscription.active = active;
        if active {
            subscription.disabled_reason = None;
        }
    }
}

#[cfg(test)]
mod tests;
