//! What a peer announced: taken from its UPDATEs, kept when its session is gone, handed on to the RIB.

use crate::intern::Pool;
use crate::session::{Agreed, Ending};
use crate::stale::Stale;
use crate::status::Rate;
use crate::table::{Announced, News, Table};
use crate::update::Reach;
use crate::{
    Change, Context, Counters, Family, FamilyStatus, Fault, Neighbor, Nlri, PeerState, Prefix, Update,
};
use ipnet::IpNet;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a restarted peer may take to End-of-RIB after it is back: FRR's `stalepath-time` by default.
const STALE_PATH_TIME: Duration = Duration::from_secs(360);

/// Changes that wait for the RIB, above which nothing is read from the peer: its own queue is the better place.
pub(crate) const HIGH_WATER: usize = 1 << 20;

/// Octets of attributes for each path that a neighbor may have, above which its session ends. A table of the Internet's size has
/// some 17: sets of 170 octets, each shared by ten prefixes.
const ATTRIBUTES_OF_A_PATH: usize = 256;
/// Neighbors that may have fewer paths get the room of so many.
const FEW_PATHS: u32 = 4096;

/// Something to be said when the changes before it were.
#[derive(Debug)]
struct Marker {
    /// Positions in the queues.
    behind: [u64; 2],
    change: Change,
}

#[derive(Debug, Default)]
struct FamilyState {
    negotiated: bool,
    add_path: bool,
    end_of_rib: bool,
    disabled: bool,
    /// End-of-RIB says that all there was before has come again.
    trusted: bool,
    stale: Stale,
    /// As last said.
    stale_until: Option<Instant>,
}

/// Everything of a neighbor but its connections.
#[derive(Debug)]
pub(crate) struct Routes {
    neighbor: Neighbor,
    v4: Table<4>,
    v6: Table<16>,
    pool: Pool,
    families: [FamilyState; 2],
    markers: VecDeque<Marker>,
    pub(crate) counters: Counters,
    rate: Rate,
    /// The last session ended while the peer's process went on.
    peer_lived: bool,
    /// When the first session with the peer's process came up.
    process_since: Instant,
}

impl Routes {
    pub(crate) fn new(neighbor: Neighbor, seed: u64, now: Instant) -> Routes {
        Routes {
            neighbor,
            v4: Table::new(seed),
            v6: Table::new(seed),
            pool: Pool::new(seed),
            families: Default::default(),
            markers: VecDeque::new(),
            counters: Counters::default(),
            rate: Rate::new(now),
            peer_lived: false,
            process_since: now,
        }
    }

    fn family(&mut self, family: Family) -> &mut FamilyState {
        &mut self.families[family.index()]
    }

    pub(crate) fn established(&mut self, agreed: &Agreed, now: Instant) {
        self.counters.established += 1;
        let graceful = agreed.open.capabilities.graceful_restart.unwrap_or_default();
        if !self.peer_lived || graceful.restarting {
            self.process_since = now;
        }
        for family in Family::ALL {
            let peer_lived = self.peer_lived && !graceful.restarting;
            // A restarted peer that keeps forwarding is to wait for its own peers before it says End-of-RIB (RFC 4724 4.1),
            // and FRR only waits for some. One that does not wait says it of an empty table.
            let waits = graceful.restarting && graceful.families.has(family);
            let hold = self.neighbor.stale_hold;
            let state = self.family(family);
            state.negotiated = agreed.context.families.has(family);
            state.add_path = agreed.context.add_path.has(family);
            (state.end_of_rib, state.disabled) = (false, false);
            state.trusted = peer_lived;
            if state.negotiated {
                state.stale.extend(now + if peer_lived || waits { STALE_PATH_TIME } else { hold });
            }
            self.tell_stale(family);
        }
        self.tell_state(PeerState::Established { identifier: agreed.open.identifier });
    }

    /// The session is gone: what it brought is kept for a time.
    pub(crate) fn lost(&mut self, agreed: Option<&Agreed>, ending: &Ending, now: Instant) {
        let (hard, told) = match ending {
            Ending::Lost => (false, false),
            Ending::Received(notification) => (notification.is_hard_reset(), true),
            Ending::Told(_) => (false, true),
        };
        self.peer_lived = match ending {
            Ending::Lost => false,
            Ending::Received(notification) => !notification.may_end_process(),
            Ending::Told(fault) => fault.leaves_peer_alive(),
        };
        self.tell_state(PeerState::Down);
        for family in Family::ALL {
            let restart_time = agreed.and_then(|agreed| agreed.restart_time(family));
            // RFC 4724 4.2 speaks of a connection that breaks, not of one that is ended.
            let keep = restart_time.filter(|_| !told).unwrap_or(self.neighbor.stale_hold);
            self.make_stale(family, if hard { Duration::ZERO } else { keep }, now);
            let state = self.family(family);
            (state.negotiated, state.end_of_rib) = (false, false);
        }
    }

    fn make_stale(&mut self, family: Family, keep: Duration, now: Instant) {
        let (paths, epoch) = match family {
            Family::Ipv4 => (self.v4.paths, &mut self.v4.epoch),
            Family::Ipv6 => (self.v6.paths, &mut self.v6.epoch),
        };
        if paths == 0 {
            return;
        }
        *epoch = epoch.wrapping_add(1);
        let epoch = *epoch;
        self.family(family).stale.lost(epoch, now + keep, now);
        self.tell_stale(family);
        self.on_time(now);
    }

    /// The neighbor is no longer configured.
    pub(crate) fn retire(&mut self, now: Instant) {
        for family in Family::ALL {
            self.make_stale(family, Duration::ZERO, now);
        }
        self.on_time(now);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.families.iter().filter_map(|state| state.stale.until()).min()
    }

    /// Withdraws stale paths whose time is over.
    pub(crate) fn on_time(&mut self, now: Instant) {
        for family in Family::ALL {
            if let Some(epoch) = self.family(family).stale.due(now) {
                self.sweep(family, epoch);
            }
        }
    }

    fn sweep(&mut self, family: Family, epoch: u8) {
        let swept = match family {
            Family::Ipv4 => self.v4.sweep(epoch, &mut self.pool),
            Family::Ipv6 => self.v6.sweep(epoch, &mut self.pool),
        };
        self.counters.swept += u64::from(swept);
        self.tell_stale(family);
    }

    /// The body of an UPDATE.
    pub(crate) fn update(&mut self, body: &[u8], context: &Context, now: Instant) -> Result<(), Fault> {
        self.counters.updates += 1;
        let update = Update::parse(body, context)?;
        self.counters.attributes_discarded += u64::from(update.discarded);
        self.counters.treated_as_withdraw += u64::from(update.malformed.is_some());
        self.counters.prefixes_ignored += u64::from(update.foreign);
        if let Some((family, _)) = update.disabled
            && !self.family(family).disabled
        {
            self.counters.families_disabled += 1;
            self.family(family).disabled = true;
            self.make_stale(family, self.neighbor.stale_hold, now);
        }
        for prefixes in update.withdrawn.iter().flatten() {
            self.withdraw(prefixes, now);
        }
        for reach in update.reach.iter().flatten() {
            self.announce(reach, now)?;
        }
        if let Some(family) = update.end_of_rib {
            self.end_of_rib(family, now);
        }
        Ok(())
    }

    fn is_open(&mut self, prefixes: &Nlri<'_>) -> bool {
        let open = !self.family(prefixes.family()).disabled;
        if !open {
            self.counters.prefixes_ignored += prefixes.len() as u64;
        }
        open
    }

    fn withdraw(&mut self, prefixes: &Nlri<'_>, now: Instant) {
        if !self.is_open(prefixes) {
            return;
        }
        self.rate.add(prefixes.len(), now);
        self.counters.withdrawn += prefixes.len() as u64;
        for (prefix, path_id) in prefixes.iter() {
            self.v4.withdraw(prefix, path_id, &mut self.pool);
        }
        for (prefix, path_id) in prefixes.iter() {
            self.v6.withdraw(prefix, path_id, &mut self.pool);
        }
    }

    fn announce(&mut self, reach: &Reach<'_>, now: Instant) -> Result<(), Fault> {
        let prefixes = &reach.prefixes;
        let Some(attributes) = &reach.attributes else {
            self.withdraw(prefixes, now);
            return Ok(());
        };
        if !self.is_open(prefixes) {
            return Ok(());
        }
        self.rate.add(prefixes.len(), now);
        self.counters.announced += prefixes.len() as u64;
        let id = self.pool.intern(attributes.clone());
        let (pool, counters) = (&mut self.pool, &mut self.counters);
        match prefixes.family() {
            Family::Ipv4 => put(&mut self.v4, prefixes, id, pool, counters),
            Family::Ipv6 => put(&mut self.v6, prefixes, id, pool, counters),
        }
        self.pool.release(id);
        let (limit, family) = (self.neighbor.path_limit, prefixes.family());
        let paths = if family == Family::Ipv4 { self.v4.paths } else { self.v6.paths };
        if paths > limit {
            return Err(Fault::MaximumPaths { family, limit });
        }
        let limit = (limit.max(FEW_PATHS) as usize).saturating_mul(ATTRIBUTES_OF_A_PATH);
        if self.pool.held() > limit { Err(Fault::MaximumAttributes { limit }) } else { Ok(()) }
    }

    fn end_of_rib(&mut self, family: Family, now: Instant) {
        let hold = self.neighbor.stale_hold;
        let state = self.family(family);
        state.end_of_rib = true;
        if !state.trusted {
            // It may say it of what its own peers have told it so far: they have the hold to tell the rest.
            state.stale.shorten(now + hold);
            self.tell_stale(family);
        } else if state.stale.clear() {
            let epoch = if family == Family::Ipv4 { self.v4.epoch } else { self.v6.epoch };
            self.sweep(family, epoch);
        }
        let peer = self.neighbor.number;
        self.mark(
            Change::EndOfRib { peer, family },
            |change| matches!(change, Change::EndOfRib { family: of, .. } if *of == family),
        );
    }

    pub(crate) fn process_since(&self) -> Instant {
        self.process_since
    }

    /// Paths are kept whose session is gone.
    pub(crate) fn has_stale(&self) -> bool {
        self.families.iter().any(|state| state.stale.until().is_some())
    }

    fn tell_stale(&mut self, family: Family) {
        let (peer, state) = (self.neighbor.number, self.family(family));
        let until = state.stale.until();
        if std::mem::replace(&mut state.stale_until, until) == until {
            return;
        }
        self.mark(
            Change::Stale { peer, family, until },
            |change| matches!(change, Change::Stale { family: of, .. } if *of == family),
        );
    }

    fn tell_state(&mut self, state: PeerState) {
        let peer = self.neighbor.number;
        self.mark(Change::State { peer, state }, |change| matches!(change, Change::State { .. }));
    }

    /// Puts a change behind those of paths that wait, in place of an earlier one of its kind.
    fn mark(&mut self, change: Change, is_same: impl Fn(&Change) -> bool) {
        self.markers.retain(|marker| !is_same(&marker.change));
        self.markers.push_back(Marker { behind: [self.v4.end_of_queue(), self.v6.end_of_queue()], change });
    }

    /// Changes that wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        self.v4.waiting() + self.v6.waiting() + self.markers.len()
    }

    /// The next change that the RIB does not know.
    pub(crate) fn take(&mut self) -> Option<Change> {
        loop {
            let [v4, v6] = self.markers.front().map_or([u64::MAX; 2], |marker| marker.behind);
            let (peer, pool) = (self.neighbor.number, &mut self.pool);
            if self.v4.taken < v4 && self.v4.waiting() > 0 {
                match self.v4.take() {
                    Some(taken) => return Some(change(peer, taken, pool)),
                    None => continue,
                }
            }
            if self.v6.taken < v6 && self.v6.waiting() > 0 {
                match self.v6.take() {
                    Some(taken) => return Some(change(peer, taken, pool)),
                    None => continue,
                }
            }
            return self.markers.pop_front().map(|marker| marker.change);
        }
    }

    pub(crate) fn family_status(&self, family: Family) -> FamilyStatus {
        let state = &self.families[family.index()];
        let is_kept = state.stale.until().is_some();
        let (prefixes, paths, stale) = match family {
            Family::Ipv4 => (self.v4.prefixes(), self.v4.paths, is_kept.then(|| self.v4.stale())),
            Family::Ipv6 => (self.v6.prefixes(), self.v6.paths, is_kept.then(|| self.v6.stale())),
        };
        FamilyStatus {
            negotiated: state.negotiated,
            add_path: state.add_path,
            prefixes: prefixes as u32,
            paths,
            stale: stale.unwrap_or(0),
            stale_until: state.stale.until(),
            end_of_rib: state.end_of_rib,
            disabled: state.disabled,
        }
    }

    pub(crate) fn rate(&self, now: Instant) -> u32 {
        self.rate.last(now)
    }

    pub(crate) fn attributes(&self) -> usize {
        self.pool.len()
    }

    pub(crate) fn memory(&self) -> usize {
        self.v4.memory() + self.v6.memory() + self.pool.memory()
    }
}

fn put<const N: usize>(
    table: &mut Table<N>,
    prefixes: &Nlri<'_>,
    attributes: u32,
    pool: &mut Pool,
    counters: &mut Counters,
) {
    for (prefix, path_id) in prefixes.iter() {
        if !prefix.is_unicast() {
            counters.prefixes_ignored += 1;
        } else if table.set(prefix, path_id, attributes, pool) == Announced::TooMany {
            counters.paths_over += 1;
        }
    }
}

fn change<const N: usize>(peer: u32, taken: (Prefix<N>, u32, News), pool: &mut Pool) -> Change
where
    IpNet: From<Prefix<N>>,
{
    let (prefix, path_id, news) = taken;
    let prefix = prefix.into();
    match news {
        News::Set(attributes) => Change::Set { peer, prefix, path_id, path: pool.get(attributes) },
        News::Withdraw => Change::Withdraw { peer, prefix, path_id },
    }
}
