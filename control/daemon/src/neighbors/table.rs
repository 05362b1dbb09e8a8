//! What is known of neighbors, what the switch was told, and when to ask the kernel. No IO, no clock.

use super::kernel::News;
use api::Mac;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Between two questions for a next hop that nobody has answered for.
const UNRESOLVED: Duration = Duration::from_secs(1);

/// Between two questions for one that is resolved: well under the 30 s after which the kernel begins to doubt
/// (base_reachable_time, RFC 4861 10), so that the entry never ages out.
const RESOLVED: Duration = Duration::from_secs(20);

/// Addresses asked for because packets came for them, in a second. The kernel holds 1024 neighbors by default
/// (gc_thresh3, arp(7)): a scan of a connected network must not push next hops out.
const ASKED: usize = 64;

/// An address on an interface, by the interface's place in the file.
pub(crate) type Key = (usize, IpAddr);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Known {
    Resolved(Mac),
    /// A next hop that the kernel has deleted. It does so when its table is full, or when somebody touches the
    /// interface: that is no sign that nobody answers. The address stays until the kernel has asked again.
    Doubted(Mac),
    Failed,
}

#[derive(Debug)]
struct Entry {
    known: Known,
    /// The listing under way has mentioned it.
    listed: bool,
}

#[derive(Debug)]
struct NextHop {
    last: Option<Instant>,
    due: Instant,
}

/// A change to tell: what the switch was told before, and what it is to be told now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) key: Key,
    /// `None` when the switch was told nothing on this connection.
    pub(crate) old: Option<Option<Mac>>,
    pub(crate) new: Option<Mac>,
    pub(crate) reason: &'static str,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    /// From the file; they win over the kernel's.
    fixed: HashMap<Key, Mac>,
    kernel: HashMap<Key, Entry>,
    next_hops: HashMap<Key, NextHop>,
    told: HashMap<Key, Option<Mac>>,
    /// Those for which what was told may not be what is known.
    dirty: BTreeSet<Key>,
    asked: HashMap<Key, Instant>,
}

impl Table {
    /// Neighbors and next hops of a new file.
    pub(crate) fn configure(&mut self, fixed: HashMap<Key, Mac>, next_hops: &HashSet<Key>, now: Instant) {
        self.dirty.extend(self.fixed.keys().chain(fixed.keys()));
        self.fixed = fixed;
        self.next_hops.retain(|key, _| next_hops.contains(key));
        for key in next_hops {
            self.next_hops.entry(*key).or_insert(NextHop { last: None, due: now });
        }
    }

    /// A new connection: the switch is told everything that is known.
    pub(crate) fn tell_all_again(&mut self) {
        self.told.clear();
        self.dirty = self.fixed.keys().chain(self.kernel.keys()).copied().collect();
    }

    /// The kernel's news of one neighbor.
    pub(crate) fn learn(&mut self, key: Key, news: News, now: Instant) {
        let known = match news {
            News::Resolved { mac, .. } => Known::Resolved(mac),
            News::Failed => Known::Failed,
            News::Deleted => return self.forget(key, now),
            // The kernel asks; what was known before of this address is not contradicted.
            News::Pending => {
                if let Some(entry) = self.kernel.get_mut(&key) {
                    entry.listed = true;
                }
                return;
            }
        };
        self.kernel.insert(key, Entry { known, listed: true });
        self.dirty.insert(key);
        match news {
            News::Resolved { stale: false, .. } => {
                if let Some(hop) = self.next_hops.get_mut(&key) {
                    hop.due = hop.last.unwrap_or(now) + RESOLVED;
                }
            }
            _ => self.hurry(key, now),
        }
    }

    /// The kernel has deleted it.
    fn forget(&mut self, key: Key, now: Instant) {
        self.dirty.insert(key);
        let is_next_hop = self.next_hops.contains_key(&key);
        match self.kernel.remove(&key).map(|entry| entry.known) {
            Some(Known::Resolved(mac) | Known::Doubted(mac)) if is_next_hop => {
                self.kernel.insert(key, Entry { known: Known::Doubted(mac), listed: true });
            }
            _ => {}
        }
        self.hurry(key, now);
    }

    /// Ask soon, but not more often than once a second.
    fn hurry(&mut self, key: Key, now: Instant) {
        if let Some(hop) = self.next_hops.get_mut(&key) {
            hop.due = hop.last.map_or(now, |last| now.max(last + UNRESOLVED));
        }
    }

    /// The kernel begins to list every neighbor on those interfaces.
    pub(crate) fn list_begin(&mut self, interfaces: &[usize]) {
        let listed = self.kernel.iter_mut().filter(|(key, _)| interfaces.contains(&key.0));
        listed.for_each(|(_, entry)| entry.listed = false);
    }

    /// It has listed them all: what it did not mention is gone.
    pub(crate) fn list_end(&mut self, interfaces: &[usize], now: Instant) {
        let gone =
            |(key, entry): (&Key, &Entry)| (!entry.listed && interfaces.contains(&key.0)).then_some(*key);
        let gone: Vec<Key> = self.kernel.iter().filter_map(gone).collect();
        for key in gone {
            self.learn(key, News::Deleted, now);
        }
    }

    /// The link of that interface came up, or is another one: every next hop on it is asked for now.
    pub(crate) fn link_up(&mut self, interface: usize, now: Instant) {
        for (key, hop) in &mut self.next_hops {
            if key.0 == interface {
                hop.due = now;
            }
        }
    }

    /// The mirror is gone with all the kernel knew. That says nothing about the neighbors: the switch keeps them.
    pub(crate) fn link_gone(&mut self, interface: usize) {
        self.kernel.retain(|key, _| key.0 != interface);
        self.dirty.retain(|key| key.0 != interface || self.fixed.contains_key(key));
    }

    /// The next thing to tell the switch.
    pub(crate) fn next_change(&mut self) -> Option<Change> {
        while let Some(key) = self.dirty.pop_first() {
            let old = self.told.get(&key).copied();
            let known = self.kernel.get(&key).map(|entry| entry.known);
            let (new, reason) = match (self.fixed.get(&key), known) {
                (Some(mac), _) => (Some(*mac), "the file says so"),
                (None, Some(Known::Resolved(mac))) => (Some(mac), "resolved by the kernel"),
                (None, Some(Known::Doubted(mac))) => (Some(mac), "deleted in the kernel, which asks again"),
                (None, Some(Known::Failed)) => (None, "nobody answers"),
                // Of what was never told there is nothing to take back.
                (None, None) if old.is_none() => continue,
                (None, None) => (None, "deleted in the kernel"),
            };
            if old != Some(new) {
                self.told.insert(key, new);
                return Some(Change { key, old, new, reason });
            }
        }
        None
    }

    /// When [`Table::due`] gives something next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let waiting = self.next_hops.iter().filter(|(key, _)| !self.fixed.contains_key(key));
        waiting.map(|(_, hop)| hop.due).min()
    }

    /// Next hops to ask for now, on interfaces that are `ready`. Static ones are never asked for.
    pub(crate) fn due(&mut self, ready: impl Fn(usize) -> bool, now: Instant) -> Vec<Key> {
        let mut due = Vec::new();
        for (key, hop) in &mut self.next_hops {
            if hop.due > now || self.fixed.contains_key(key) {
                continue;
            }
            let resolved = matches!(self.kernel.get(key), Some(Entry { known: Known::Resolved(_), .. }));
            hop.due = now + if resolved { RESOLVED } else { UNRESOLVED };
            if ready(key.0) {
                hop.last = Some(now);
                due.push(*key);
            }
        }
        due
    }

    /// Packets come for an address that nobody knows: whether to ask for it now.
    pub(crate) fn asks(&mut self, key: Key, now: Instant) -> bool {
        if self.fixed.contains_key(&key) {
            return false;
        }
        self.asked.retain(|_, at| now.duration_since(*at) < UNRESOLVED);
        if self.asked.contains_key(&key) || self.asked.len() >= ASKED {
            return false;
        }
        self.asked.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);
    const RESOLVED_NEWS: News = News::Resolved { mac: MAC, stale: false };

    fn key(host: u8) -> Key {
        (0, IpAddr::from([192, 0, 2, host]))
    }

    fn told(table: &mut Table) -> Vec<(Key, Option<Mac>)> {
        std::iter::from_fn(|| table.next_change()).map(|change| (change.key, change.new)).collect()
    }

    #[test]
    fn the_switch_is_told_each_change_once_and_everything_after_a_reconnection() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.learn(key(1), RESOLVED_NEWS, now);
        table.learn(key(1), News::Resolved { mac: MAC, stale: true }, now);
        assert_eq!(told(&mut table), [(key(1), Some(MAC))]);
        table.learn(key(1), RESOLVED_NEWS, now);
        assert_eq!(told(&mut table), []);
        table.learn(key(1), News::Resolved { mac: OTHER, stale: false }, now);
        assert_eq!(told(&mut table), [(key(1), Some(OTHER))]);
        table.tell_all_again();
        assert_eq!(told(&mut table), [(key(1), Some(OTHER))]);
        table.learn(key(1), News::Deleted, now);
        assert_eq!(told(&mut table), [(key(1), None)]);
        table.learn(key(1), News::Failed, now);
        assert_eq!(told(&mut table), []);
    }

    #[test]
    fn a_neighbor_never_told_is_not_taken_back_but_a_failure_is_news() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.learn(key(1), News::Deleted, now);
        table.learn(key(2), News::Pending, now);
        assert_eq!(told(&mut table), []);
        table.learn(key(1), News::Failed, now);
        assert_eq!(told(&mut table), [(key(1), None)]);
    }

    #[test]
    fn a_neighbor_of_the_file_wins_and_gives_way_to_the_kernels_when_it_is_removed() {
        let (mut table, now) = (Table::default(), Instant::now());
        table.learn(key(1), RESOLVED_NEWS, now);
        table.configure(HashMap::from([(key(1), OTHER), (key(2), OTHER)]), &HashSet::from([key(2)]), now);
        assert_eq!(told(&mut table), [(key(1), Some(OTHER)), (key(2), Some(OTHER))]);
        table.learn(key(1), News::Failed, now);
        assert_eq!(told(&mut table), []);
        assert_eq!((table.due(|_| true, now), table.asks(key(2), now)), (vec![], false));
        table.learn(key(1), RESOLVED_NEWS, now);
        table.configure(HashMap::new(), &HashSet::new(), now);
        assert_eq!(told(&mut table), [(key(1), Some(MAC)), (key(2), None)]);
    }

    #[test]
    fn what_a_listing_does_not_mention_is_gone_and_what_a_lost_mirror_had_is_kept() {
        let (mut table, now) = (Table::default(), Instant::now());
        for host in 1..=3 {
            table.learn(key(host), RESOLVED_NEWS, now);
        }
        told(&mut table);
        table.list_begin(&[1]);
        table.list_end(&[0, 1], now);
        assert_eq!(told(&mut table), []);
        table.list_begin(&[0]);
        table.learn(key(1), RESOLVED_NEWS, now);
        table.learn(key(2), News::Pending, now);
        table.list_end(&[1], now);
        assert_eq!(told(&mut table), []);
        table.list_end(&[0], now);
        assert_eq!(told(&mut table), [(key(3), None)]);
        table.link_gone(0);
        assert_eq!(told(&mut table), []);
        table.tell_all_again();
        assert_eq!(told(&mut table), []);
    }

    #[test]
    fn a_next_hop_is_asked_for_every_second_until_it_answers_and_then_before_it_ages() {
        let (mut table, start) = (Table::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        table.configure(HashMap::new(), &HashSet::from([key(1)]), start);
        assert_eq!(table.deadline(), Some(start));
        assert_eq!(table.due(|_| false, start), []);
        assert_eq!(table.due(|_| true, at(1000)), [key(1)]);
        assert_eq!(table.due(|_| true, at(1500)), []);
        assert_eq!(table.due(|_| true, at(2000)), [key(1)]);
        table.learn(key(1), RESOLVED_NEWS, at(2001));
        assert_eq!(table.deadline(), Some(at(22_000)));
        assert_eq!(table.due(|_| true, at(22_000)), [key(1)]);
        table.learn(key(1), News::Resolved { mac: MAC, stale: true }, at(22_100));
        assert_eq!(table.deadline(), Some(at(23_000)));
        told(&mut table);
        table.learn(key(1), News::Deleted, at(30_000));
        assert_eq!(table.due(|_| true, at(30_000)), [key(1)]);
        table.link_up(0, at(30_100));
        assert_eq!(table.due(|_| true, at(30_100)), [key(1)]);
    }

    #[test]
    fn a_next_hop_that_the_kernel_deletes_keeps_its_address_until_nobody_answers() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        for news in [News::Failed, News::Resolved { mac: OTHER, stale: false }] {
            let mut table = Table::default();
            table.configure(HashMap::new(), &HashSet::from([key(1)]), start);
            table.learn(key(1), RESOLVED_NEWS, start);
            table.due(|_| true, start);
            assert_eq!(told(&mut table), [(key(1), Some(MAC))]);
            table.learn(key(1), News::Deleted, at(500));
            table.list_begin(&[0]);
            table.list_end(&[0], at(500));
            table.learn(key(1), News::Pending, at(501));
            assert_eq!(told(&mut table), []);
            assert_eq!(table.due(|_| true, at(1000)), [key(1)]);
            table.tell_all_again();
            assert_eq!(told(&mut table), [(key(1), Some(MAC))]);
            table.learn(key(1), news, at(1001));
            assert_eq!(told(&mut table).len(), 1);
        }
    }

    #[test]
    fn a_scan_of_a_network_asks_for_a_bounded_number_of_addresses() {
        let (mut table, now) = (Table::default(), Instant::now());
        let asked = (0..=255).filter(|host| table.asks(key(*host), now)).count();
        assert_eq!(asked, ASKED);
        assert!(!table.asks(key(0), now));
        assert!(table.asks(key(0), now + UNRESOLVED));
    }
}
