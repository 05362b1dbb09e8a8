//! A configured neighbor: its connections, its collisions, its routes.

use crate::fsm::{Input, State};
use crate::routes::{HIGH_WATER, Routes};
use crate::session::{Agreed, Ending, Session, Sink};
use crate::{Change, Context, Counters, Family, Fault, Open, Status};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// How long a peer waits that had more paths than it may have.
const PENALTY: Duration = Duration::from_secs(60);

/// What swerve is to its neighbors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    pub asn: u32,
    /// Another than the peer's own.
    pub router_id: Ipv4Addr,
    /// Seconds; the lower of both sides' counts. 0 for no keepalives, else 3 or more.
    pub hold_time: u16,
}

/// A neighbor as configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbor {
    /// The number in every [`Change`].
    pub number: u32,
    pub address: IpAddr,
    pub asn: u32,
    /// Paths of one family, above which the session ends.
    pub path_limit: u32,
    /// How long paths are kept when the session ends, unless the peer negotiated a restart time and its connection broke.
    pub stale_hold: Duration,
}

/// One of the connections that a peer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(usize);

/// A neighbor, without clock and socket.
#[derive(Debug)]
pub struct Peer {
    local: Local,
    neighbor: Neighbor,
    /// Two while a collision is resolved.
    sessions: [Option<Session>; 2],
    routes: Routes,
    /// Not accepted before this.
    refuse_until: Option<Instant>,
    since: Instant,
    last_end: Option<(Instant, String)>,
    retired: bool,
}

/// What a session sees of its peer.
struct Hands<'a> {
    local: Local,
    routes: &'a mut Routes,
    other: &'a mut Option<Session>,
}

impl Sink for Hands<'_> {
    /// RFC 4271 6.8. Both connections are the peer's, who wins by the identifiers all the same.
    fn opened(&mut self, open: &Open, now: Instant) -> Result<(), Fault> {
        let Some(other) = self.other.as_mut().filter(|other| other.ending.is_none()) else { return Ok(()) };
        match other.state {
            State::Established => Err(Fault::Collision),
            State::OpenConfirm if self.local.router_id < open.identifier => {
                other.fail(Fault::Collision, Input::Collided, now, &mut self.routes.counters);
                Ok(())
            }
            State::OpenConfirm => Err(Fault::Collision),
            // Its OPEN will find this one.
            State::Idle | State::Active | State::OpenSent => Ok(()),
        }
    }

    fn established(&mut self, agreed: &Agreed, now: Instant) {
        self.routes.established(agreed, now);
    }

    fn update(&mut self, body: &[u8], context: &Context, now: Instant) -> Result<(), Fault> {
        self.routes.update(body, context, now)
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.routes.counters
    }
}

impl Peer {
    /// `seed` is any number that others cannot guess.
    pub fn new(local: Local, neighbor: Neighbor, seed: u64, now: Instant) -> Peer {
        Peer {
            local,
            neighbor,
            sessions: [None, None],
            routes: Routes::new(neighbor, seed, now),
            refuse_until: None,
            since: now,
            last_end: None,
            retired: false,
        }
    }

    pub fn neighbor(&self) -> &Neighbor {
        &self.neighbor
    }

    /// The peer connected, and the connection is closed at once.
    pub fn refuse(&mut self) {
        self.routes.counters.refused += 1;
    }

    /// The peer connected. `None` when the connection is to be closed at once.
    pub fn accept(&mut self, now: Instant) -> Option<Slot> {
        if self.retired || self.refuse_until.is_some_and(|until| now < until) {
            self.refuse();
            return None;
        }
        self.refuse_until = None;
        // RFC 4724 5: a peer that said that it may restart has done so, and its old connection does not know yet.
        for at in 0..self.sessions.len() {
            if let Some(session) = &mut self.sessions[at]
                && session.state == State::Established
                && session.agreed.is_some_and(|a| Family::ALL.iter().any(|f| a.restart_time(*f).is_some()))
            {
                session.lose(now);
                self.settle(at, now);
            }
        }
        let Some(at) = self.sessions.iter().position(Option::is_none) else {
            self.refuse();
            return None;
        };
        self.sessions[at] = Some(Session::accepted(self.local, self.neighbor.asn, now));
        Some(Slot(at))
    }

    /// Octets from that connection.
    pub fn on_bytes(&mut self, slot: Slot, bytes: &[u8], now: Instant) {
        let Some(mut session) = self.sessions[slot.0].take() else { return };
        let other = &mut self.sessions[1 - slot.0];
        session.on_bytes(bytes, now, &mut Hands { local: self.local, routes: &mut self.routes, other });
        self.sessions[slot.0] = Some(session);
        self.settle(slot.0, now);
        self.settle(1 - slot.0, now);
    }

    /// That connection is closed or broken, by the peer or the network.
    pub fn on_closed(&mut self, slot: Slot, now: Instant) {
        let Some(session) = &mut self.sessions[slot.0] else { return };
        session.lose(now);
        self.settle(slot.0, now);
    }

    /// Draws the consequences of an end, once.
    fn settle(&mut self, at: usize, now: Instant) {
        let Some(session) = self.sessions[at].as_mut().filter(|session| !session.settled) else { return };
        let Some(ending) = session.ending.clone() else { return };
        session.settled = true;
        let (agreed, came_up) = (session.agreed, session.came_up);
        // The end of a connection beside an established one is of no consequence.
        if !came_up && self.best().is_some_and(|s| s.state == State::Established) {
            return;
        }
        if matches!(&ending, Ending::Told(fault) if fault.is_limit()) {
            self.refuse_until = Some(now + PENALTY);
        }
        self.last_end = Some((now, ending.to_string()));
        self.since = now;
        if came_up {
            self.routes.lost(agreed.as_ref(), &ending, now);
        }
    }

    /// Timers. To be called when [`Peer::deadline`] has come, after what was received by then.
    pub fn on_time(&mut self, now: Instant) {
        let listening = self.wants_input();
        for at in 0..self.sessions.len() {
            let Some(session) = &mut self.sessions[at] else { continue };
            if !listening && session.state == State::Established {
                // Its messages wait unread.
                session.restart_hold(now);
            }
            session.on_time(now, &mut self.routes.counters);
            self.settle(at, now);
        }
        self.routes.on_time(now);
    }

    /// When [`Peer::on_time`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let sessions = self.sessions.iter().flatten().filter_map(Session::deadline);
        sessions.chain(self.routes.deadline()).min()
    }

    /// What is to be sent on that connection.
    pub fn output(&self, slot: Slot) -> &[u8] {
        self.sessions[slot.0].as_ref().map_or(&[], Session::output)
    }

    /// So many octets of [`Peer::output`] were sent.
    pub fn sent(&mut self, slot: Slot, octets: usize, now: Instant) {
        if let Some(session) = &mut self.sessions[slot.0] {
            session.sent(octets, now);
        }
    }

    /// Whether that connection is to be closed, once its output was sent as far as it goes.
    pub fn is_over(&self, slot: Slot) -> bool {
        self.sessions[slot.0].as_ref().is_none_or(|session| session.ending.is_some())
    }

    /// That connection was closed on our side; its slot may be given out again.
    pub fn release(&mut self, slot: Slot, now: Instant) {
        self.on_closed(slot, now);
        self.sessions[slot.0] = None;
    }

    /// Whether received octets are welcome: not while too many changes wait to be taken.
    pub fn wants_input(&self) -> bool {
        self.routes.waiting() < HIGH_WATER
    }

    /// The neighbor was removed from the configuration: its sessions end, its paths are withdrawn. The caller takes what
    /// is left of the changes.
    pub fn retire(&mut self, now: Instant) {
        self.retired = true;
        for at in 0..self.sessions.len() {
            let Some(session) = &mut self.sessions[at] else { continue };
            session.fail(Fault::Deconfigured, Input::Stop, now, &mut self.routes.counters);
            self.settle(at, now);
        }
        self.routes.retire(now);
    }

    /// Paths are kept of a session that is gone. See [`Change::Stale`].
    pub fn has_stale(&self) -> bool {
        self.routes.has_stale()
    }

    /// Since when the process that speaks has been heard, over all its sessions; `None` while there is none.
    pub fn process_since(&self) -> Option<Instant> {
        (self.state() == State::Established).then(|| self.routes.process_since())
    }

    /// Changes that wait to be taken.
    pub fn waiting(&self) -> usize {
        self.routes.waiting()
    }

    /// Appends at most so many changes, oldest first.
    pub fn take(&mut self, most: usize, changes: &mut Vec<Change>) {
        changes.extend(std::iter::from_fn(|| self.routes.take()).take(most));
    }

    /// The session that is furthest.
    fn best(&self) -> Option<&Session> {
        let alive = self.sessions.iter().flatten().filter(|session| session.ending.is_none());
        alive.max_by_key(|session| session.state as u8)
    }

    /// The state of the session that is furthest.
    pub fn state(&self) -> State {
        let waits = if self.retired { State::Idle } else { State::Active };
        self.best().map_or(waits, |session| session.state)
    }

    /// Why the last session ended.
    pub fn last_end(&self) -> Option<&str> {
        self.last_end.as_ref().map(|(_, why)| why.as_str())
    }

    /// [`Peer::retire`] was called.
    pub fn is_retired(&self) -> bool {
        self.retired
    }

    pub fn counters(&self) -> &Counters {
        &self.routes.counters
    }

    /// Costs a look at every path while some are stale.
    pub fn status(&self, now: Instant) -> Status {
        let best = self.best();
        let agreed = best.and_then(|session| session.agreed);
        Status {
            peer: self.neighbor.number,
            address: self.neighbor.address,
            asn: self.neighbor.asn,
            state: self.state(),
            since: best.map_or(self.since, |session| session.since),
            identifier: agreed.map(|agreed| agreed.open.identifier),
            hold_time: agreed.map_or(Duration::ZERO, |agreed| agreed.hold_time),
            hold_left: best.and_then(|session| session.hold_left(now)),
            restart_time: agreed
                .and_then(|agreed| agreed.open.capabilities.graceful_restart)
                .filter(|graceful| !graceful.families.is_empty())
                .map(|graceful| graceful.restart_time),
            families: Family::ALL.map(|family| self.routes.family_status(family)),
            attributes: self.routes.attributes() as u32,
            waiting: self.routes.waiting() as u32,
            rate: self.routes.rate(now),
            last_end: self.last_end.clone(),
            memory: self.routes.memory(),
            counters: self.routes.counters,
        }
    }
}
