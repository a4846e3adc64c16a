//! How many attempts may be under way, and whose turn it is: a slow receiver holds up nobody
//! else, and a long queue does not starve a short one.

use std::collections::HashMap;
use std::time::Duration;

use super::ports::{Pick, Waiting};
use crate::Timestamp;
use crate::id::SubscriptionId;

/// The bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotLimits {
    /// Attempts under way in all.
    pub total: u32,
    /// Attempts under way to one endpoint.
    pub per_endpoint: u32,
    /// Attempts under way to endpoints whose last answer was no success, or that never answered.
    /// The rest is kept for those that work.
    pub unproven: u32,
}

impl Default for SlotLimits {
    fn default() -> Self {
        Self { total: 256, per_endpoint: 8, unproven: 192 }
    }
}

/// What is under way, and how each endpoint has answered.
///
/// An endpoint starts with one attempt at a time. Each success adds one to what it may have under
/// way, and each failure takes it back to one: so receivers that hang hold one place each, however
/// many deliveries wait for them.
#[derive(Debug, Default)]
pub struct Slots {
    limits: SlotLimits,
    endpoints: HashMap<String, Endpoint>,
    under_way: u32,
    unproven: u32,
    /// Where the last round ended.
    turn: Option<SubscriptionId>,
}

#[derive(Clone, Copy, Debug)]
struct Endpoint {
    under_way: u32,
    window: u32,
    /// Of those under way, how many began when it was unproven.
    unproven: u32,
    working: bool,
}

/// The endpoints that are remembered while nothing is under way to them.
const REMEMBERED: usize = 10_000;

impl Slots {
    /// Nothing under way.
    #[must_use]
    pub fn new(limits: SlotLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Attempts under way.
    #[must_use]
    pub const fn under_way(&self) -> u32 {
        self.under_way
    }

    /// Whose turn it is, of what is due at `now`. Goes on where the last round ended.
    pub fn pick(&mut self, waiting: &[Waiting], now: Timestamp) -> Vec<Pick> {
        let start = waiting.partition_point(|one| self.turn.is_some_and(|turn| one.subscription <= turn));
        let (before, behind) = waiting.split_at(start);
        let mut picked: HashMap<&str, u32> = HashMap::new();
        let (mut room, mut unproven) =
            (self.limits.total.saturating_sub(self.under_way), self.limits.unproven.saturating_sub(self.unproven));
        let mut picks = Vec::new();
        for one in behind.iter().chain(before).filter(|one| one.due <= now) {
            let endpoint = self.endpoints.get(one.endpoint.as_str());
            let taken = picked.entry(&one.endpoint).or_default();
            let window = endpoint.map_or(1, |endpoint| endpoint.window).min(self.limits.per_endpoint);
            let free = window.saturating_sub(endpoint.map_or(0, |endpoint| endpoint.under_way) + *taken).min(room);
            let working = endpoint.is_some_and(|endpoint| endpoint.working);
            let most = if working { free } else { free.min(unproven) };
            if most == 0 {
                continue;
            }
            *taken += most;
            room -= most;
            unproven -= if working { 0 } else { most };
            self.turn = Some(one.subscription);
            picks.push(Pick { subscription: one.subscription, most });
        }
        picks
    }

    /// An attempt begins.
    pub fn began(&mut self, endpoint: &str) {
        self.under_way += 1;
        let entry = self.endpoints.entry(endpoint.to_owned()).or_insert(Endpoint {
            under_way: 0,
            window: 1,
            unproven: 0,
            working: false,
        });
        entry.under_way += 1;
        if !entry.working {
            entry.unproven += 1;
            self.unproven += 1;
        }
    }

    /// An attempt ended, and its outcome is recorded.
    pub fn ended(&mut self, endpoint: &str, success: bool) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(entry) = self.endpoints.get_mut(endpoint) else { return };
        entry.under_way = entry.under_way.saturating_sub(1);
        if entry.unproven > 0 {
            entry.unproven -= 1;
            self.unproven = self.unproven.saturating_sub(1);
        }
        entry.working = success;
        entry.window = if success { (entry.window + 1).min(self.limits.per_endpoint) } else { 1 };
        if self.endpoints.len() > REMEMBERED {
            self.endpoints.retain(|_, entry| entry.under_way > 0);
        }
    }

    /// How long nothing is due; `None` when nothing waits. Zero when something is due.
    #[must_use]
    pub fn idle_for(waiting: &[Waiting], now: Timestamp) -> Option<Duration> {
        waiting.iter().map(|one| one.due.since(now)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::at;

    fn id(number: u128) -> SubscriptionId {
        SubscriptionId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn now() -> Timestamp {
        at("2026-03-01T08:00:00Z")
    }

    fn due(number: u128) -> Waiting {
        Waiting { subscription: id(number), endpoint: format!("https://r{number}.example/"), due: now() }
    }

    fn run(slots: &mut Slots, waiting: &[Waiting]) -> Vec<(u128, u32)> {
        let picks = slots.pick(waiting, now());
        for pick in &picks {
            let one = waiting.iter().find(|one| one.subscription == pick.subscription).unwrap();
            (0..pick.most).for_each(|_| slots.began(&one.endpoint));
        }
        picks.iter().map(|pick| (pick.subscription.uuid().as_u128(), pick.most)).collect()
    }

    #[test]
    fn an_endpoint_is_given_more_as_it_answers_and_one_when_it_fails() {
        let mut slots = Slots::new(SlotLimits::default());
        let waiting = [due(1)];
        for most in [1, 2, 4, 8, 8] {
            assert_eq!(run(&mut slots, &waiting), [(1, most)]);
            assert_eq!(run(&mut slots, &waiting), [], "nothing more while they are under way");
            (0..most).for_each(|_| slots.ended("https://r1.example/", true));
        }
        run(&mut slots, &waiting);
        (0..8).for_each(|_| slots.ended("https://r1.example/", false));
        assert_eq!(run(&mut slots, &waiting), [(1, 1)]);
    }

    #[test]
    fn subscriptions_to_one_url_share_its_places() {
        let mut slots = Slots::new(SlotLimits::default());
        let waiting = [due(1), Waiting { subscription: id(2), ..due(1) }];
        assert_eq!(run(&mut slots, &waiting), [(1, 1)]);
        slots.ended("https://r1.example/", true);
        assert_eq!(run(&mut slots, &waiting), [(2, 2)], "the other one's turn");
    }

    #[test]
    fn d6_hanging_receivers_leave_room_for_those_that_work() {
        let mut slots = Slots::new(SlotLimits::default());
        let healthy = due(1_000);
        run(&mut slots, std::slice::from_ref(&healthy));
        slots.ended(&healthy.endpoint, true);
        let mut waiting: Vec<Waiting> = (1..=400).map(due).collect();
        waiting.push(healthy);
        let picked = run(&mut slots, &waiting);
        assert_eq!(picked.iter().map(|(_, most)| most).sum::<u32>(), 192 + 2);
        assert!(picked.contains(&(1_000, 2)));
    }

    #[test]
    fn everybody_has_a_turn() {
        let limits = SlotLimits { total: 3, per_endpoint: 8, unproven: 3 };
        let mut slots = Slots::new(limits);
        let waiting: Vec<Waiting> = (1..=5).map(due).collect();
        let mut turns = Vec::new();
        for _ in 0..5 {
            let picked = run(&mut slots, &waiting);
            for (number, most) in &picked {
                (0..*most).for_each(|_| slots.ended(&format!("https://r{number}.example/"), false));
            }
            turns.extend(picked.into_iter().map(|(number, _)| number));
        }
        assert_eq!(turns, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_is_not_due_is_left() {
        let mut slots = Slots::new(SlotLimits::default());
        let later = Waiting { due: at("2026-03-01T08:00:07Z"), ..due(1) };
        assert_eq!(slots.pick(std::slice::from_ref(&later), now()), []);
        assert_eq!(Slots::idle_for(&[later], now()), Some(Duration::from_secs(7)));
        assert_eq!(Slots::idle_for(&[], now()), None);
        assert_eq!(Slots::idle_for(&[due(1)], now()), Some(Duration::ZERO));
    }
}
