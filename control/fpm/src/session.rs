//! What is known of zebra's routes, over one connection after another.

use crate::NextHop;
use crate::change::Change;
use crate::frame::{Splitter, StreamError};
use crate::netlink::number::{RTM_DELNEXTHOP, RTM_DELROUTE, RTM_NEWNEXTHOP, RTM_NEWROUTE};
use crate::netlink::{self, Message, Messages, Way};
use crate::next_hops::{Effect, MAX_IDS, NextHops};
use crate::refusal::{Of, Refusal, Refused, Tally};
use crate::routes::{Route, RouteId, Routes};
use crate::slots::{Content, MAX_HELD, NONE, Slot, SlotId, Slots, State};
use foldhash::fast::FixedState;
use ipnet::IpNet;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So that no sum with a time overflows.
const LONGEST_HOLD: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What an operator may choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// How long a protocol's stale routes stay when nothing is heard of them: from a connection's beginning, and anew
    /// with each of them that is told again.
    pub hold: Duration,
    /// Routes that are kept; about 60 octets each.
    pub routes: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config { hold: Duration::from_secs(120), routes: 4_000_000 }
    }
}

/// Since the session began.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    pub connections: u64,
    pub octets: u64,
    pub frames: u64,
    /// Messages that set a route or withdrew one.
    pub set: u64,
    pub withdrawn: u64,
    /// Messages among them that said what was known.
    pub unchanged: u64,
    /// Messages among them that withdrew a stale route, which is left to the sweep.
    pub deferred: u64,
    /// Changes that another one overtook before they were taken.
    pub coalesced: u64,
    /// Routes that went because they were not mentioned again.
    pub swept: u64,
    /// The largest number of changes that waited to be taken.
    pub high_watermark: usize,
}

/// Routes of one source within FRR.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Protocol {
    /// As in [`Change::Set`].
    pub protocol: u8,
    pub routes: u32,
    /// Those of them that this connection, or if there is none the last one, has not mentioned.
    pub stale: u32,
    /// Until these are withdrawn; `None` when that is not due.
    pub sweep_in: Option<Duration>,
}

/// What is kept of a protocol.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Source {
    routes: u32,
    stale: u32,
    sweep_at: Option<Instant>,
}

/// A route that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unresolved {
    pub table: u32,
    pub prefix: IpNet,
    /// The id that zebra has not told what it stands for.
    pub next_hop: u32,
}

/// The state of a session, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// Since when there is a connection; `None` when there is none.
    pub connected: Option<Duration>,
    /// Since when a frame has begun and not ended; no countdown runs then.
    pub unfinished: Option<Duration>,
    pub counters: Counters,
    pub routes: usize,
    /// As configured.
    pub route_limit: usize,
    /// Changes to be taken.
    pub waiting: usize,
    pub next_hop_ids: usize,
    /// Ids that were given up to make room for others.
    pub aged_ids: u64,
    /// Routes whose next hops zebra has not told yet.
    pub unresolved: usize,
    /// One of them that this connection told.
    pub unresolved_example: Option<Unresolved>,
    /// Messages that were not followed, by reason.
    pub refused: Vec<(Refusal, u64)>,
    pub last_refused: Option<Refused>,
    /// Those with routes, by number.
    pub protocols: Vec<Protocol>,
    /// Until stale and unresolved routes are withdrawn; `None` when that is not due.
    pub sweep_in: Option<Duration>,
    /// As [`Session::is_complete`].
    pub complete: bool,
    /// Until it is; `None` when that is not due.
    pub complete_in: Option<Duration>,
}

/// A frame that has begun and not ended: zebra is about to tell something, however long it takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Unfinished {
    since: Instant,
    /// When its last octet came. The countdowns stand still from then on.
    heard: Instant,
}

/// Zebra's routes, and what of them has to be passed on.
#[derive(Debug)]
pub struct Session {
    splitter: Splitter,
    tables: Tables,
}

#[derive(Debug)]
struct Tables {
    hold: Duration,
    routes: Routes,
    slots: Slots,
    next_hops: NextHops,
    /// Routes of which the taker does not know, each once.
    queue: VecDeque<RouteId>,
    /// By number.
    protocols: Box<[Source; 256]>,
    /// Number of the connection.
    generation: u32,
    connected: Option<Instant>,
    unfinished: Option<Unfinished>,
    complete: bool,
    complete_at: Option<Instant>,
    counters: Counters,
    refused: Tally,
    last_refused: Option<Refused>,
    /// Next hops of the route at hand.
    scratch: Vec<NextHop>,
}

impl Session {
    /// One that knows nothing. `seed` decides where things are in hash tables, and should be a number that nobody who
    /// can inject routes can guess.
    pub fn new(config: Config, seed: u64) -> Session {
        let hasher = FixedState::with_seed(seed);
        let tables = Tables {
            hold: config.hold.min(LONGEST_HOLD),
            routes: Routes::new(config.routes, hasher.clone()),
            slots: Slots::new(hasher.clone()),
            next_hops: NextHops::new(hasher),
            queue: VecDeque::new(),
            protocols: Box::new([Source::default(); 256]),
            generation: 0,
            connected: None,
            unfinished: None,
            complete: false,
            complete_at: None,
            counters: Counters::default(),
            refused: Tally::default(),
            last_refused: None,
            scratch: Vec::new(),
        };
        Session { splitter: Splitter::default(), tables }
    }

    /// A connection begins. Zebra will tell everything again; until the hold is over, what it does not mention stays.
    pub fn connected(&mut self, now: Instant) {
        self.splitter.reset();
        let tables = &mut self.tables;
        tables.unfinished = None;
        tables.counters.connections += 1;
        // After 2^32 connections a route could pass as mentioned that is not.
        tables.generation = tables.generation.wrapping_add(1);
        let sweep_at = now + tables.hold;
        for source in tables.protocols.iter_mut() {
            source.stale = source.routes;
            source.sweep_at = (source.routes > 0).then_some(sweep_at);
        }
        tables.next_hops.forget(&mut tables.slots);
        tables.connected = Some(now);
        tables.complete_at = (!tables.complete).then_some(sweep_at);
    }

    /// The connection is lost. Nothing is withdrawn before another one has had the time to tell it again.
    pub fn disconnected(&mut self) {
        self.splitter.reset();
        self.tables.unfinished = None;
        self.tables.connected = None;
        self.tables.complete_at = None;
        self.tables.protocols.iter_mut().for_each(|source| source.sweep_at = None);
    }

    /// What the connection brought, cut anywhere.
    ///
    /// # Errors
    /// The stream cannot be followed: the caller ends the connection, and zebra makes another one.
    pub fn receive(&mut self, octets: &[u8], now: Instant) -> Result<(), StreamError> {
        let tables = &mut self.tables;
        tables.counters.octets += octets.len() as u64;
        let (before, frames) = (tables.go_on(now), tables.counters.frames);
        let result = self.splitter.split(octets, |frame| tables.frame(frame, now));
        let begun = before.filter(|_| tables.counters.frames == frames).map_or(now, |frame| frame.since);
        tables.unfinished = self.splitter.is_within().then_some(Unfinished { since: begun, heard: now });
        result
    }

    /// When [`Session::on_time`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        if self.tables.unfinished.is_some() {
            return None;
        }
        let sources = self.tables.protocols.iter().filter_map(|source| source.sweep_at);
        sources.chain(self.tables.complete_at).min()
    }

    /// Whether what is known is all that there is: true for good once a connection has lasted for the hold. Zebra does
    /// not say when it has told everything. What is not known before that may exist, and be forwarded as somebody
    /// remembers it.
    pub fn is_complete(&self) -> bool {
        self.tables.complete
    }

    /// Whether the connection, if there is one, has lasted for the hold. Before, zebra may tell and delete again what its
    /// former self has left in the kernel (`-K`).
    pub fn is_settled(&self, now: Instant) -> bool {
        self.tables.connected.is_some_and(|since| since + self.tables.hold <= now)
    }

    /// Changes the hold, for those that begin from now on.
    pub fn set_hold(&mut self, hold: Duration) {
        self.tables.hold = hold.min(LONGEST_HOLD);
    }

    /// Withdraws what was not mentioned, and counts the table as complete, when the time for that has come.
    pub fn on_time(&mut self, now: Instant) {
        if self.tables.unfinished.is_some() {
            return;
        }
        if self.tables.complete_at.take_if(|at| *at <= now).is_some() {
            self.tables.complete = true;
        }
        let mut due = [false; 256];
        for (source, due) in self.tables.protocols.iter_mut().zip(&mut due) {
            *due = source.sweep_at.take_if(|at| *at <= now).is_some();
        }
        if !due.contains(&true) {
            return;
        }
        let is_stale = self.tables.protocols.iter().zip(&due).any(|(source, due)| *due && source.stale > 0);
        if is_stale || self.tables.slots.waiting_routes() > 0 {
            self.tables.sweep(&due);
        }
    }

    /// How many messages were not followed, and the last of them.
    pub fn refused(&self) -> (u64, Option<Refused>) {
        (self.tables.refused.total(), self.tables.last_refused)
    }

    /// What has happened.
    pub fn counters(&self) -> &Counters {
        &self.tables.counters
    }

    /// How many routes may be others than was last taken.
    pub fn waiting(&self) -> usize {
        self.tables.queue.len()
    }

    /// The oldest of what changed, at most that many, each as it is now.
    pub fn take(&mut self, most: usize) -> Vec<Change> {
        let mut changes = Vec::with_capacity(most.min(self.waiting()));
        while changes.len() < most
            && let Some(id) = self.tables.queue.pop_front()
        {
            changes.extend(self.tables.change(id));
        }
        changes
    }

    /// How things are.
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let tables = &self.tables;
        let unresolved = tables.slots.waiting_routes();
        let counted = tables.unfinished.map_or(now, |frame| frame.heard);
        let left = |at: Instant| at.saturating_duration_since(counted);
        let protocols = (0..=u8::MAX).zip(tables.protocols.iter()).filter(|(_, source)| source.routes > 0);
        let protocols = protocols.map(|(protocol, source)| Protocol {
            protocol,
            routes: source.routes,
            stale: source.stale,
            sweep_in: source.sweep_at.filter(|_| source.stale > 0 || unresolved > 0).map(left),
        });
        let protocols: Vec<Protocol> = protocols.collect();
        Snapshot {
            connected: tables.connected.map(|since| now.saturating_duration_since(since)),
            unfinished: tables.unfinished.map(|frame| now.saturating_duration_since(frame.since)),
            counters: tables.counters,
            routes: protocols.iter().map(|protocol| protocol.routes as usize).sum(),
            route_limit: tables.routes.limit(),
            waiting: tables.queue.len(),
            next_hop_ids: tables.next_hops.len(),
            aged_ids: tables.next_hops.aged,
            unresolved,
            unresolved_example: tables.unresolved(),
            refused: tables.refused.seen(),
            last_refused: tables.last_refused,
            sweep_in: protocols.iter().filter_map(|protocol| protocol.sweep_in).min(),
            protocols,
            complete: tables.complete,
            complete_in: tables.complete_at.map(left),
        }
    }
}

impl Tables {
    fn unresolved(&self) -> Option<Unresolved> {
        let (next_hop, slot) = self.next_hops.waiting(&self.slots)?;
        let route = self.routes.get(self.slots.get(slot).head);
        Some(Unresolved { table: route.table, prefix: route.prefix, next_hop })
    }

    /// Something came: the countdowns run again, longer by the time that an unfinished frame held them.
    fn go_on(&mut self, now: Instant) -> Option<Unfinished> {
        let frame = self.unfinished.take()?;
        let held = now.saturating_duration_since(frame.heard);
        let sweeps = self.protocols.iter_mut().filter_map(|source| source.sweep_at.as_mut());
        sweeps.chain(&mut self.complete_at).for_each(|at| *at += held);
        Some(frame)
    }

    /// All of a frame or nothing: a pair of delete and add is never torn by what is wrong behind it.
    fn frame(&mut self, frame: &[u8], now: Instant) -> Result<(), StreamError> {
        Messages::new(frame).try_for_each(|message| message.map(drop))?;
        self.counters.frames += 1;
        for message in Messages::new(frame) {
            let Message { kind, body } = message?;
            let followed = match kind {
                RTM_NEWROUTE => self.new_route(body, now),
                RTM_DELROUTE => self.delete_route(body),
                RTM_NEWNEXTHOP => self.new_next_hop(body, now),
                RTM_DELNEXTHOP => self.delete_next_hop(body, now),
                _ => Err((Refusal::MessageType, kind.into())),
            };
            if let Err((reason, value)) = followed {
                self.refuse(Refused { reason, of: Of::Message(kind), value });
            }
        }
        self.counters.high_watermark = self.counters.high_watermark.max(self.queue.len());
        Ok(())
    }

    fn refuse(&mut self, refused: Refused) {
        self.refused.count(refused.reason);
        self.last_refused = Some(refused);
    }

    fn new_route(&mut self, body: &[u8], now: Instant) -> Result<(), (Refusal, u32)> {
        let route = netlink::Route::parse(body)?;
        let of = Of::Route { table: route.table, prefix: route.prefix };
        let mut scratch = std::mem::take(&mut self.scratch);
        let way = route.way(&mut scratch);
        let slot = way.and_then(|way| self.slot(way, &scratch));
        self.scratch = scratch;
        let set = slot.and_then(|slot| self.set(&route, slot, now));
        match set {
            Ok(slot) => {
                self.counters.set += 1;
                match self.slots.get(slot).state {
                    State::Found(_) => {}
                    State::Refused(reason) => self.refuse(Refused { reason, of, value: 0 }),
                    // Its next hops are to come: what was told before stays so long, but not for ever.
                    State::Waiting => self.wait(route.protocol.into(), now),
                }
            }
            Err((reason, value)) => {
                self.refuse(Refused { reason, of, value });
                // Whatever it is now, it is not what it was.
                self.withdraw(self.routes.find(route.table, route.prefix));
            }
        }
        Ok(())
    }

    /// A route of that protocol waits for its next hops.
    fn wait(&mut self, protocol: usize, now: Instant) {
        self.protocols[protocol].sweep_at.get_or_insert(now + self.hold);
    }

    fn slot(&mut self, way: Way, next_hops: &[NextHop]) -> Result<SlotId, (Refusal, u32)> {
        let content = match way {
            Way::Id(id) => {
                let slot = self.next_hops.slot(id, &mut self.slots);
                return slot.ok_or((Refusal::IdLimit, MAX_IDS as u32));
            }
            Way::NextHops => Content::NextHops(next_hops),
            Way::Blackhole => Content::Blackhole,
            Way::Unreachable => Content::Unreachable,
            Way::Prohibit => Content::Prohibit,
        };
        self.slots.with_content(content).ok_or((Refusal::NextHopLimit, MAX_HELD as u32))
    }

    fn set(
        &mut self,
        message: &netlink::Route<'_>,
        slot: SlotId,
        now: Instant,
    ) -> Result<SlotId, (Refusal, u32)> {
        let found = self.routes.find(message.table, message.prefix);
        let Some(id) = found.or_else(|| self.routes.add(message.table, message.prefix)) else {
            self.slots.release_unused(slot);
            return Err((Refusal::RouteLimit, self.routes.limit() as u32));
        };
        let route = *self.routes.get(id);
        if !route.is_withdrawn() {
            self.uncount(id);
        }
        let source = &mut self.protocols[usize::from(message.protocol)];
        source.routes += 1;
        // A daemon that is still filling its table has not left anything out yet.
        if !route.is_withdrawn() && route.generation != self.generation && source.sweep_at.is_some() {
            source.sweep_at = Some(now + self.hold);
        }
        let same = !route.is_withdrawn()
            && (route.protocol, route.metric) == (message.protocol, message.metric)
            && (route.slot == slot || self.slots.get(route.slot).state == self.slots.get(slot).state);
        self.routes.point(id, slot, &mut self.slots);
        let route = self.routes.get_mut(id);
        route.protocol = message.protocol;
        route.metric = message.metric;
        route.untold = false;
        route.generation = self.generation;
        if same {
            self.counters.unchanged += 1;
        } else {
            self.enqueue(id);
        }
        Ok(slot)
    }

    /// Takes a route out of its protocol's counts.
    fn uncount(&mut self, id: RouteId) {
        let route = self.routes.get(id);
        let source = &mut self.protocols[usize::from(route.protocol)];
        source.routes -= 1;
        if route.generation != self.generation {
            source.stale -= 1;
        }
    }

    fn enqueue(&mut self, id: RouteId) {
        let route = self.routes.get_mut(id);
        if std::mem::replace(&mut route.queued, true) {
            self.counters.coalesced += 1;
        } else {
            self.queue.push_back(id);
        }
    }

    /// Zebra shows the winner of a prefix only, and the last word on it counts: protocol and metric of what is deleted
    /// are not compared with what stands.
    ///
    /// A zebra that was started anew deletes from the kernel, and so here, what its former self has left there, before
    /// any daemon has told it routes. What this connection has not told is therefore left to the sweep.
    fn delete_route(&mut self, body: &[u8]) -> Result<(), (Refusal, u32)> {
        let route = netlink::Route::parse(body)?;
        self.counters.withdrawn += 1;
        let id = self.routes.find(route.table, route.prefix);
        let found = id.map(|id| self.routes.get(id));
        if found.is_some_and(|route| !route.is_withdrawn() && route.generation != self.generation) {
            self.counters.deferred += 1;
        } else if !self.withdraw(id) {
            self.counters.unchanged += 1;
        }
        Ok(())
    }

    /// True when there was something to withdraw.
    fn withdraw(&mut self, id: Option<RouteId>) -> bool {
        let Some(id) = id.filter(|id| !self.routes.get(*id).is_withdrawn()) else { return false };
        self.uncount(id);
        self.routes.point(id, NONE, &mut self.slots);
        self.enqueue(id);
        true
    }

    fn new_next_hop(&mut self, body: &[u8], now: Instant) -> Result<(), (Refusal, u32)> {
        let (id, definition) = netlink::next_hop(body)?;
        let effect = self.next_hops.define(id, definition, &mut self.slots);
        if let Some((reason, value)) = effect.refused {
            self.refuse(Refused { reason, of: Of::NextHop(id), value });
        }
        self.apply(effect, now);
        Ok(())
    }

    fn delete_next_hop(&mut self, body: &[u8], now: Instant) -> Result<(), (Refusal, u32)> {
        let id = netlink::deleted_next_hop(body)?;
        let effect = self.next_hops.delete(id, &mut self.slots);
        self.apply(effect, now);
        Ok(())
    }

    /// Costs a step for each route of the slots that changed.
    fn apply(&mut self, effect: Effect, now: Instant) {
        for slot in effect.changed {
            let Slot { head, state, .. } = self.slots.get(slot);
            let (mut id, waits) = (*head, *state == State::Waiting);
            while id != NONE {
                self.enqueue(id);
                if waits {
                    self.wait(usize::from(self.routes.get(id).protocol), now);
                }
                id = self.routes.next(id);
            }
        }
        // As in the kernel, routes over a deleted next hop go with it.
        for slot in effect.deleted {
            loop {
                let id = self.slots.get(slot).head;
                if id == NONE || !self.withdraw(Some(id)) {
                    break;
                }
            }
            self.slots.orphan(slot);
        }
    }

    fn sweep(&mut self, due: &[bool; 256]) {
        for id in self.routes.ids() {
            let route = self.routes.get(id);
            let is_swept = !route.is_withdrawn()
                && due[usize::from(route.protocol)]
                && (route.generation != self.generation
                    || self.slots.get(route.slot).state == State::Waiting);
            if is_swept {
                let (table, prefix) = (route.table, route.prefix);
                let untold = route.generation != self.generation;
                if !untold {
                    let reason = Refusal::UntoldNextHop;
                    self.refuse(Refused { reason, of: Of::Route { table, prefix }, value: 0 });
                }
                self.withdraw(Some(id));
                self.routes.get_mut(id).untold = untold;
                self.counters.swept += 1;
            }
        }
        self.counters.high_watermark = self.counters.high_watermark.max(self.queue.len());
    }

    /// What the taker has to know of a route that was queued.
    fn change(&mut self, id: RouteId) -> Option<Change> {
        let route = self.routes.get_mut(id);
        route.queued = false;
        let (table, prefix, was_told, untold) = (route.table, route.prefix, route.told, route.untold);
        let withdraw = was_told.then_some(Change::Withdraw { table, prefix, untold });
        if route.is_withdrawn() {
            self.routes.remove(id);
            return withdraw;
        }
        match &self.slots.get(route.slot).state {
            State::Waiting => None,
            State::Refused(_) => {
                route.told = false;
                withdraw
            }
            State::Found(target) => {
                route.told = true;
                let Route { protocol, metric, .. } = *route;
                Some(Change::Set { table, prefix, protocol, metric, target: target.clone() })
            }
        }
    }
}
