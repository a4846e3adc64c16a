//! From facts to events and deliveries.

use std::collections::BTreeMap;

use serde::Serialize;

use super::dispatcher::Dispatcher;
use super::fact::{Fact, RecordedFact, ScanFact, SeenFinding};
use super::ports::{Audience, NewDelivery, NewEvent, WatchHit};
use crate::access::SystemScope;
use crate::error::Error;
use crate::event::EventKind;
use crate::event::data::{CveWatched, WatchedFinding};
use crate::id::{self, DeliveryId, EventId, ImageId, VersionId, WatchId};
use crate::store::SystemTx;

impl Dispatcher {
    /// Expands up to `most` facts: who is told is decided now, in one unit of work. Answers how
    /// many there were.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing was expanded, and the same facts come again.
    pub async fn expand(&self, scope: SystemScope, most: u32) -> Result<usize, Error> {
        let tx = self.store.system(scope).await?;
        let facts = tx.take_facts(most).await?;
        if facts.is_empty() {
            return Ok(0);
        }
        let mut events = Vec::with_capacity(facts.len());
        for fact in &facts {
            self.events_of(&*tx, fact, &mut events).await?;
        }
        let subscribers = tx.insert_events(&events).await?;
        let delivery = |subscriber| NewDelivery { id: DeliveryId::from_uuid(self.fresh()), subscriber };
        let deliveries: Vec<NewDelivery> = subscribers.into_iter().map(delivery).collect();
        tx.insert_deliveries(&deliveries).await?;
        tx.commit().await?;
        Ok(facts.len())
    }

    async fn events_of(&self, tx: &dyn SystemTx, fact: &RecordedFact, events: &mut Vec<NewEvent>) -> Result<(), Error> {
        match &fact.fact {
            Fact::ScanRecorded(scan) => self.events_of_scan(tx, fact, scan, events).await?,
            Fact::VersionPublished(it) => {
                let place = (it.image, it.version);
                events.push(self.about_version(fact, EventKind::ImageRebuilt, place, &it.data)?);
            }
            Fact::VersionDeprecated(it) => {
                let place = (it.image, it.version);
                events.push(self.about_version(fact, EventKind::VersionDeprecated, place, &it.data)?);
            }
            Fact::SubscriptionDisabled(it) => {
                let mut event = self.event(fact, EventKind::WebhookDisabled, Audience::Tenant(it.tenant), &it.data)?;
                event.except = Some(it.subscription);
                events.push(event);
            }
            Fact::DeliveryExhausted(it) => {
                let mut event = self.event(fact, EventKind::WebhookExhausted, Audience::Tenant(it.tenant), &it.data)?;
                event.except = Some(it.subscription);
                events.push(event);
            }
        }
        Ok(())
    }

    async fn events_of_scan(
        &self,
        tx: &dyn SystemTx,
        fact: &RecordedFact,
        scan: &ScanFact,
        events: &mut Vec<NewEvent>,
    ) -> Result<(), Error> {
        let place = (scan.image, scan.version);
        events.push(self.about_version(fact, EventKind::ImageScanned, place, &scan.scanned)?);
        for data in &scan.actionable {
            events.push(self.about_version(fact, EventKind::CveActionable, place, data)?);
        }
        let by_id = by_new_id(&scan.appeared);
        if by_id.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = by_id.keys().map(|id| (*id).to_owned()).collect();
        for hit in tx.watches_on(scan.image, &ids, fact.position).await? {
            let findings = by_id.get(hit.vulnerability.as_str()).map_or(&[][..], Vec::as_slice);
            let data = watched(scan, &hit, findings);
            let mut event = self.about_version(fact, EventKind::CveWatched, place, &data)?;
            event.audience = Audience::Tenant(hit.tenant);
            events.push(event);
        }
        Ok(())
    }

    fn about_version(
        &self,
        fact: &RecordedFact,
        kind: EventKind,
        (image, version): (ImageId, VersionId),
        data: &impl Serialize,
    ) -> Result<NewEvent, Error> {
        let event = self.event(fact, kind, Audience::Licensed(image), data)?;
        Ok(NewEvent { image: Some(image), version: Some(version), ..event })
    }

    fn event(
        &self,
        fact: &RecordedFact,
        kind: EventKind,
        audience: Audience,
        data: &impl Serialize,
    ) -> Result<NewEvent, Error> {
        Ok(NewEvent {
            id: EventId::from_uuid(self.fresh()),
            kind,
            occurred_at: fact.at,
            image: None,
            version: None,
            data: serde_json::to_string(data).map_err(Error::internal)?,
            audience,
            except: None,
        })
    }

    pub(super) fn fresh(&self) -> uuid::Uuid {
        id::fresh(&*self.clock, &*self.random)
    }
}

/// The findings that are new under each id.
fn by_new_id(appeared: &[SeenFinding]) -> BTreeMap<&str, Vec<&SeenFinding>> {
    let mut by_id: BTreeMap<&str, Vec<&SeenFinding>> = BTreeMap::new();
    for finding in appeared {
        for id in &finding.new_ids {
            by_id.entry(id).or_default().push(finding);
        }
    }
    by_id
}

fn watched(scan: &ScanFact, hit: &WatchHit, findings: &[&SeenFinding]) -> CveWatched {
    let found = |finding: &&SeenFinding| WatchedFinding {
        vulnerability_id: finding.vulnerability.clone(),
        package: finding.package.clone(),
        severity: finding.severity.clone(),
        fix_state: finding.fix_state.clone(),
        fixed_in: finding.fixed_in.clone(),
    };
    let watch: WatchId = hit.watch;
    CveWatched {
        watch_id: watch.to_string(),
        cve_id: hit.vulnerability.clone(),
        image_name: scan.scanned.image_name.clone(),
        version: scan.scanned.version.clone(),
        scanned_at: scan.scanned.scanned_at,
        matches: findings.iter().map(found).collect(),
    }
}
