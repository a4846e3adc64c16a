//! The steps of dispatching: claim, send, record. What runs them, side by side and again and
//! again, is the server's business.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::fact::{Fact, SubscriptionFact};
use super::ports::{Claimed, EndedAttempt, Lease, Pick, Then, Waiting};
use crate::access::SystemScope;
use crate::error::Error;
use crate::event::data::{WebhookDisabled, WebhookExhausted};
use crate::event::message::{CloudEvent, Message, MessageFormat};
use crate::id::{DeliveryId, LeaseToken, SubscriptionId};
use crate::ports::{Clock, Random};
use crate::secret::{Sealed, SecretSeal};
use crate::store::{Store, SystemTx};
use crate::webhook::{
    AttemptStatus, Outgoing, RetryPolicy, Sent, Verdict, WebhookSecret, WebhookSender, WebhookUrl, secret_context,
};
use crate::{FieldError, Timestamp};

/// How deliveries are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchSettings {
    /// When attempts are followed by others.
    pub retries: RetryPolicy,
    /// How long a claim is good for: longer than an attempt can take.
    pub lease: Duration,
    /// How long events and deliveries are kept.
    pub keep: Duration,
}

impl Default for DispatchSettings {
    /// As documented: 20 s, 30 days.
    fn default() -> Self {
        Self {
            retries: RetryPolicy::default(),
            lease: Duration::from_secs(20),
            keep: Duration::from_secs(30 * 24 * 3_600),
        }
    }
}

/// Expands facts and makes deliveries.
#[derive(Clone)]
pub struct Dispatcher {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    seal: Arc<dyn SecretSeal>,
    sender: Arc<dyn WebhookSender>,
    settings: DispatchSettings,
}

/// An attempt that was made, to be recorded.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What was claimed.
    pub claimed: Claimed,
    /// How it ended.
    pub ended: EndedAttempt,
    verdict: Verdict,
}

impl Finished {
    /// Whether the receiver has it.
    #[must_use]
    pub fn success(&self) -> bool {
        self.verdict == Verdict::Delivered
    }
}

impl Dispatcher {
    /// Over a store and a sender.
    ///
    /// # Errors
    /// A [`FieldError`] when the lease is no longer than an attempt of this sender may take.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        seal: Arc<dyn SecretSeal>,
        sender: Arc<dyn WebhookSender>,
        settings: DispatchSettings,
    ) -> Result<Self, FieldError> {
        let deadline = sender.deadline();
        if settings.lease <= deadline {
            let reason = format!("must be longer than the {deadline:?} that an attempt may take");
            return Err(FieldError::new("lease", reason));
        }
        Ok(Self { store, clock, random, seal, sender, settings })
    }

    /// The store's time, and what waits behind a subscription.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn backlog(
        &self,
        scope: SystemScope,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Result<(Timestamp, Vec<Waiting>), Error> {
        Ok(self.store.system_read(scope).backlog(after, limit).await?)
    }

    /// Records what ended and claims what is next, in one unit of work.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing was recorded and nothing claimed.
    pub async fn turn(&self, scope: SystemScope, finished: &[Finished], picks: &[Pick]) -> Result<Vec<Claimed>, Error> {
        let tx = self.store.system(scope).await?;
        if !finished.is_empty() {
            self.record(&*tx, finished).await?;
        }
        let lease = Lease { token: LeaseToken::from_uuid(self.fresh()), duration: self.settings.lease };
        let claimed = if picks.is_empty() { Vec::new() } else { tx.claim(picks, &lease).await? };
        tx.commit().await?;
        Ok(claimed)
    }

    async fn record(&self, tx: &dyn SystemTx, finished: &[Finished]) -> Result<(), Error> {
        // One that outlived its lease can come together with the one that followed it: the store
        // refuses the older, and what it says must not be taken for the newer one's.
        let newest = |one: &&Finished| {
            let later = |other: &Finished| {
                other.claimed.delivery == one.claimed.delivery && other.claimed.attempt > one.claimed.attempt
            };
            !finished.iter().any(later)
        };
        let finished: Vec<&Finished> = finished.iter().filter(newest).collect();
        let ended: Vec<EndedAttempt> = finished.iter().map(|one| one.ended.clone()).collect();
        let recorded = tx.record_attempts(&ended).await?;
        let ours = |one: &&Finished| recorded.contains(&one.claimed.delivery);
        let finished: Vec<&Finished> = finished.into_iter().filter(ours).collect();
        self.note_receivers(tx, &finished).await?;
        for one in finished {
            match one.verdict {
                Verdict::Gone => self.disable(tx, one.claimed.subscription, "the receiver answered 410 Gone").await?,
                Verdict::Exhausted => tx.record_fact(&self.exhausted(one)).await?,
                Verdict::Delivered | Verdict::Retry(_) => {}
            }
        }
        Ok(())
    }

    /// Receivers that have not answered well for too long are disabled.
    async fn note_receivers(&self, tx: &dyn SystemTx, finished: &[&Finished]) -> Result<(), Error> {
        let that = |status: AttemptStatus| {
            let those = finished.iter().filter(|one| one.ended.status == status);
            those.map(|one| one.claimed.subscription).collect::<BTreeSet<SubscriptionId>>()
        };
        let (working, failing) = (that(AttemptStatus::Delivered), that(AttemptStatus::Failed));
        let failing: Vec<SubscriptionId> = failing.difference(&working).copied().collect();
        let working: Vec<SubscriptionId> = working.into_iter().collect();
        let failing = tx.note_receivers(&working, &failing).await?;
        if failing.is_empty() {
            return Ok(());
        }
        let now = tx.store_time().await?;
        for (subscription, since) in failing {
            if now.since(since) >= self.settings.retries.disable_after {
                self.disable(tx, subscription, &format!("no delivery has succeeded since {since}")).await?;
            }
        }
        Ok(())
    }

    async fn disable(&self, tx: &dyn SystemTx, id: SubscriptionId, reason: &str) -> Result<(), Error> {
        let Some((tenant, event, url)) = tx.disable_subscription(id, reason).await? else { return Ok(()) };
        let data = WebhookDisabled {
            subscription_id: id.to_string(),
            subscription_event: event.to_string(),
            url,
            reason: reason.to_owned(),
            disabled_at: tx.store_time().await?,
        };
        let fact = Fact::SubscriptionDisabled(SubscriptionFact { tenant, subscription: id, data });
        Ok(tx.record_fact(&fact).await?)
    }

    fn exhausted(&self, one: &Finished) -> Fact {
        let data = WebhookExhausted {
            subscription_id: one.claimed.subscription.to_string(),
            subscription_event: one.claimed.event.to_string(),
            url: one.claimed.url.clone(),
            delivery_id: one.claimed.delivery.to_string(),
            attempts: one.claimed.attempt,
            last_error: one.ended.error.clone().unwrap_or_default(),
            exhausted_at: self.clock.now(),
        };
        let (tenant, subscription) = (one.claimed.tenant, one.claimed.subscription);
        Fact::DeliveryExhausted(SubscriptionFact { tenant, subscription, data })
    }

    /// Marks what dead workers left behind, so that it is tried again under the next number.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn interrupt_expired(&self, scope: SystemScope) -> Result<u64, Error> {
        let tx = self.store.system(scope).await?;
        let interrupted = tx.interrupt_expired().await?;
        tx.commit().await?;
        Ok(interrupted)
    }

    /// Deletes up to `limit` events, and their deliveries, that were kept for long enough.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn purge(&self, scope: SystemScope, limit: u32) -> Result<u64, Error> {
        let tx = self.store.system(scope).await?;
        let keep = i64::try_from(self.settings.keep.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros(tx.store_time().await?.micros().saturating_sub(keep));
        let purged = tx.purge_events(before, limit).await?;
        tx.commit().await?;
        Ok(purged)
    }

    /// How long a claim is good for.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        self.settings.lease
    }

    /// How long after a claim its attempt may still begin, and end before the lease does.
    #[must_use]
    pub fn latest_begin(&self) -> Duration {
        self.settings.lease.saturating_sub(self.sender.deadline())
    }

    /// Makes one attempt. `waited` is how long ago it was claimed, by a clock that never jumps:
    /// an attempt that could outlive its lease is not begun.
    pub async fn attempt(&self, claimed: Claimed, waited: Duration) -> Finished {
        let now = self.clock.now();
        let sent = if waited > self.latest_begin() { None } else { Some(self.send(&claimed, now).await) };
        self.finish(claimed, sent, self.clock.now().since(now))
    }

    async fn send(&self, claimed: &Claimed, now: Timestamp) -> Sent {
        match self.outgoing(claimed, now) {
            Ok(outgoing) => self.sender.send(&outgoing).await,
            Err(_) => Sent::Failed(crate::webhook::SendFailure::NotSent),
        }
    }

    fn outgoing(&self, claimed: &Claimed, now: Timestamp) -> Result<Outgoing, Error> {
        let context = secret_context(claimed.subscription);
        let open = |sealed: &Sealed| {
            let plain = self.seal.open(&context, sealed)?;
            let text = String::from_utf8(plain).map_err(Error::internal)?;
            Ok::<_, Error>(WebhookSecret::parse("secret", &text)?)
        };
        let mut secrets = vec![open(&claimed.secrets.current)?];
        if let Some((previous, until)) = &claimed.secrets.previous
            && now < *until
        {
            secrets.push(open(previous)?);
        }
        Ok(Outgoing {
            url: WebhookUrl::from_stored(&claimed.url)?,
            event: claimed.event,
            delivery: claimed.delivery,
            sent_at: now,
            content_type: claimed.format.content_type(),
            body: body(claimed, now)?,
            secrets,
        })
    }

    /// `sent` is `None` when the attempt was not begun.
    fn finish(&self, claimed: Claimed, sent: Option<Sent>, duration: Duration) -> Finished {
        let verdict = match &sent {
            Some(sent) => self.settings.retries.judge(sent, claimed.failures, self.clock.now(), &*self.random),
            None => Verdict::Retry(Duration::ZERO),
        };
        let status = match (&sent, verdict) {
            (None, _) => AttemptStatus::Interrupted,
            (_, Verdict::Delivered) => AttemptStatus::Delivered,
            _ => AttemptStatus::Failed,
        };
        let (response_code, error, excerpt) = told(sent);
        let then = match verdict {
            Verdict::Delivered => Then::Done,
            Verdict::Retry(wait) => Then::Retry(wait),
            Verdict::Exhausted => Then::GiveUp("ran out of attempts".to_owned()),
            Verdict::Gone => Then::GiveUp("the receiver answered 410 Gone".to_owned()),
        };
        let ended = EndedAttempt {
            delivery: claimed.delivery,
            token: claimed.token,
            number: claimed.attempt,
            status,
            started_at: claimed.claimed_at,
            duration: (status != AttemptStatus::Interrupted).then_some(duration),
            response_code,
            error: if status == AttemptStatus::Delivered { None } else { error },
            excerpt,
            then,
        };
        Finished { claimed, ended, verdict }
    }
}

/// Status code, short error and excerpt.
fn told(sent: Option<Sent>) -> (Option<u16>, Option<String>, Option<String>) {
    match sent {
        None => (None, Some("not begun in time".to_owned()), None),
        Some(Sent::Failed(failure)) => (None, Some(failure.to_string()), None),
        Some(Sent::Answered { status, excerpt, .. }) => (Some(status), Some(format!("answered {status}")), excerpt),
    }
}

/// The exact bytes of an attempt.
fn body(claimed: &Claimed, now: Timestamp) -> Result<Vec<u8>, Error> {
    let data: &RawValue = serde_json::from_str(&claimed.data).map_err(Error::internal)?;
    let (image, version) = (claimed.image.map(|id| id.to_string()), claimed.version.map(|id| id.to_string()));
    let delivery: DeliveryId = claimed.delivery;
    let bytes = match claimed.format {
        MessageFormat::PodArmor => serde_json::to_vec(&Message {
            event: claimed.event.to_string(),
            tenant_id: claimed.tenant.to_string(),
            image_id: image,
            version_id: version,
            data,
            delivery_id: delivery.to_string(),
            delivered_at: now,
            attempt_number: claimed.attempt,
            event_id: claimed.event_id.to_string(),
        }),
        MessageFormat::CloudEvents => serde_json::to_vec(&CloudEvent {
            specversion: "1.0".to_owned(),
            id: claimed.event_id.to_string(),
            source: format!("urn:podarmor:tenant:{}", claimed.tenant),
            kind: format!("com.podarmor.{}", claimed.event),
            subject: version.clone(),
            time: claimed.occurred_at,
            datacontenttype: "application/json".to_owned(),
            tenantid: claimed.tenant.to_string(),
            imageid: image,
            versionid: version,
            deliveryid: delivery.to_string(),
            attemptnumber: claimed.attempt,
            data,
        }),
    };
    bytes.map_err(Error::internal)
}

#[cfg(test)]
mod tests;
