use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use std::time::Duration;

use wire::bfd::{Packet, Repr, State};

use crate::jitter::Jitter;
use crate::session::{Change, Session};
use crate::wheel::{TICK, Wheel};
use crate::{AddError, Config, Discard, Endpoint, Info, SessionId, Sink, Time, Timers, TimersError};

/// Without a random seed: the keys are our configuration, so nobody can choose them to collide.
type Map<K> = HashMap<K, u32, BuildHasherDefault<DefaultHasher>>;

/// Between packets out of turn that a received packet gives rise to; an expiry or an operator waits for nothing. Two ends that answer each other's changes at once would, over a network that
/// duplicates and reorders, answer without end.
const TELL_GAP: Duration = Duration::from_millis(1);

/// What the headers around a control packet said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RxMeta {
    /// [`crate::multihop`] of its VRF for a packet to port 4784, whatever it came in by.
    pub interface: u16,
    pub src: IpAddr,
    pub dst: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    session: Option<Session>,
}

/// The BFD sessions of one worker.
///
/// A `Sink` that a method takes gets the events and packets of that call, an event before the packet it causes.
/// Instants passed to successive calls never decrease.
#[derive(Debug)]
pub struct Engine {
    slots: Box<[Slot]>,
    free: Vec<u32>,
    by_discriminator: Map<u32>,
    by_endpoint: Map<(u16, IpAddr, Option<IpAddr>)>,
    wheel: Wheel,
    jitter: Jitter,
    discards: [u64; Discard::ALL.len()],
}

/// The two timers of a slot.
#[derive(Debug, Clone, Copy)]
enum Timer {
    Transmit,
    Detection,
}

impl Timer {
    const fn of(self, slot: u32) -> u32 {
        slot * 2 + self as u32
    }

    const fn parse(timer: u32) -> (u32, Self) {
        (timer / 2, if timer % 2 == Timer::Transmit as u32 { Timer::Transmit } else { Timer::Detection })
    }
}

impl Engine {
    /// Timers fire at their time or less than this many nanoseconds later.
    pub const RESOLUTION_NS: u64 = TICK;

    /// Room for `capacity` sessions. `seed` is for jitter; `start` is the present.
    pub fn new(capacity: usize, seed: u64, start: Time) -> Self {
        // Twice the room: a table at most half full makes room for itself without allocating.
        let map = || Map::with_capacity_and_hasher(capacity * 2, BuildHasherDefault::default());
        Self {
            slots: (0..capacity).map(|_| Slot { generation: 0, session: None }).collect(),
            free: (0..capacity as u32).rev().collect(),
            by_discriminator: map(),
            by_endpoint: Map::with_capacity_and_hasher(capacity * 2, BuildHasherDefault::default()),
            wheel: Wheel::new(capacity * 2, start),
            jitter: Jitter::new(seed),
            discards: [0; Discard::ALL.len()],
        }
    }

    /// The first packet leaves with the next [`Engine::on_time`].
    ///
    /// # Errors
    /// What the configuration collides with.
    pub fn add(&mut self, now: Time, config: &Config) -> Result<SessionId, AddError> {
        config.timers.check()?;
        let endpoint = config.endpoint;
        let key = endpoint.key();
        if endpoint.local.is_ipv4() != endpoint.peer.is_ipv4() {
            return Err(AddError::Families { local: endpoint.local, peer: endpoint.peer });
        }
        if config.discriminator == 0 {
            return Err(AddError::ZeroDiscriminator);
        }
        if self.by_discriminator.contains_key(&config.discriminator) {
            return Err(AddError::DiscriminatorInUse(config.discriminator));
        }
        if self.by_endpoint.contains_key(&key) {
            return Err(AddError::EndpointInUse { interface: endpoint.interface, peer: endpoint.peer });
        }
        let slot = self.free.pop().ok_or(AddError::Full(self.slots.len()))?;
        self.by_discriminator.insert(config.discriminator, slot);
        self.by_endpoint.insert(key, slot);
        let entry = &mut self.slots[slot as usize];
        let session = entry.session.insert(Session::new(config));
        session.transmit.interval = session.tx_interval();
        if session.transmit.interval.is_some() {
            self.wheel.arm(Timer::Transmit.of(slot), now);
        }
        Ok(SessionId { slot, generation: entry.generation })
    }

    /// Forgets a session without telling its peer: [`Engine::set_admin_down`] does that first. False when there is
    /// no such session.
    pub fn remove(&mut self, id: SessionId) -> bool {
        if self.session(id).is_none() {
            return false;
        }
        let entry = &mut self.slots[id.slot as usize];
        let Some(session) = entry.session.take() else { return false };
        entry.generation = entry.generation.wrapping_add(1);
        self.by_discriminator.remove(&session.discriminator);
        self.by_endpoint.remove(&session.endpoint.key());
        self.wheel.disarm(Timer::Transmit.of(id.slot));
        self.wheel.disarm(Timer::Detection.of(id.slot));
        self.free.push(id.slot);
        true
    }

    /// New timers, by a Poll Sequence while Up (RFC 5880 6.8.3). An unknown session is no error: nothing happens.
    ///
    /// # Errors
    /// Values out of range; then nothing happens either.
    pub fn update(
        &mut self,
        now: Time,
        id: SessionId,
        timers: Timers,
        sink: &mut impl Sink,
    ) -> Result<(), TimersError> {
        timers.check()?;
        if let Some(session) = self.session_mut(id) {
            let tell = session.set_timers(timers);
            self.settle(now, id, None, tell, sink);
        }
        Ok(())
    }

    /// Whether a session waits for its peer to begin (RFC 5880 6.1).
    pub fn set_passive(&mut self, now: Time, id: SessionId, passive: bool, sink: &mut impl Sink) {
        if let Some(session) = self.session_mut(id) {
            session.set_passive(passive);
            self.settle(now, id, None, false, sink);
        }
    }

    /// The least TTL or hop limit of a received packet (RFC 5883 5).
    pub fn set_min_ttl(&mut self, id: SessionId, min_ttl: u8) {
        if let Some(session) = self.session_mut(id) {
            session.min_ttl = min_ttl;
        }
    }

    /// Takes a session out of service or back into it (RFC 5880 6.8.16), and tells the peer at once; out of service again
    /// tells it again, since RFC 5880 6.8.16 asks for a detection time of packets.
    pub fn set_admin_down(&mut self, now: Time, id: SessionId, down: bool, sink: &mut impl Sink) {
        if let Some(session) = self.session_mut(id) {
            session.transmit.told = None;
            let change = session.set_admin_down(now, down);
            self.settle(now, id, change, down || change.is_some(), sink);
        }
    }

    /// All sessions at once, for the end of the process: the peers learn that it is not the path. To be repeated
    /// against loss: each call sends a packet for each session (RFC 5880 6.8.16 asks for a detection time of them).
    pub fn admin_down_all(&mut self, now: Time, sink: &mut impl Sink) {
        for slot in 0..self.slots.len() as u32 {
            let id = SessionId { slot, generation: self.slots[slot as usize].generation };
            if let Some(session) = self.session_mut(id) {
                session.transmit.told = None;
                let change = session.set_admin_down(now, true);
                self.settle(now, id, change, true, sink);
            }
        }
    }

    /// A received datagram for port 3784 or 4784, without its headers.
    ///
    /// # Errors
    /// Why it was not for a session; already counted.
    pub fn on_packet(
        &mut self,
        now: Time,
        meta: &RxMeta,
        payload: &[u8],
        sink: &mut impl Sink,
    ) -> Result<SessionId, Discard> {
        let result = self.receive(now, meta, payload, sink);
        if let Err(discard) = result {
            self.discards[discard as usize] += 1;
        }
        result
    }

    fn receive(
        &mut self,
        now: Time,
        meta: &RxMeta,
        payload: &[u8],
        sink: &mut impl Sink,
    ) -> Result<SessionId, Discard> {
        if crate::multihop_vrf(meta.interface).is_none() && meta.ttl != 255 {
            return Err(Discard::WrongTtl);
        }
        let packet = Packet::new_unchecked(payload);
        let repr = Repr::parse(&packet)?;
        let slot = self.demultiplex(meta, &repr)?;
        let entry = &mut self.slots[slot as usize];
        let id = SessionId { slot, generation: entry.generation };
        let session = entry.session.as_mut().ok_or(Discard::UnknownDiscriminator)?;
        if let Err(discard) = check(session, meta, packet.has_auth()) {
            session.counters.discards += 1;
            return Err(discard);
        }
        let received = session.receive(now, &repr);
        if session.state == State::AdminDown {
            session.counters.discards += 1;
            self.settle(now, id, None, false, sink);
            return Err(Discard::AdminDown);
        }
        if received.answer_poll {
            // The answer carries the new state as well, so it is the only packet; but the event comes first.
            self.report(now, id, received.change, sink);
            self.send(now, slot, true, sink);
            self.settle(now, id, None, false, sink);
        } else {
            self.settle(now, id, received.change, received.tell, sink);
        }
        Ok(id)
    }

    /// RFC 5880 6.8.6: by your discriminator alone if there is one; RFC 5881 3: else by interface and source; RFC 5883 3: or by
    /// both addresses.
    fn demultiplex(&self, meta: &RxMeta, repr: &Repr) -> Result<u32, Discard> {
        match repr.your_discriminator {
            0 => {
                let end = Endpoint { interface: meta.interface, local: meta.dst, peer: meta.src };
                self.by_endpoint.get(&end.key()).copied().ok_or(Discard::NoSession)
            }
            your => self.by_discriminator.get(&your).copied().ok_or(Discard::UnknownDiscriminator),
        }
    }

    /// Lets the time pass: sends what is due, and declares silent peers dead.
    ///
    /// `horizon` is the latest instant such that everything received before it has been handed to
    /// [`Engine::on_packet`]: for a worker that polls, the stamp it took before a receive burst that found the queues
    /// empty. A session is declared dead only when its deadline is not after the horizon. A deadline between the
    /// horizon and `now` is a veto, counted once and looked at again with the next tick, so a worker that was late
    /// itself blames nobody for it. In the ordinary case pass one stamp as both.
    pub fn on_time(&mut self, now: Time, horizon: Time, sink: &mut impl Sink) {
        while let Some(timer) = self.wheel.expire(now) {
            match Timer::parse(timer) {
                (slot, Timer::Transmit) => self.send_periodic(now, slot, sink),
                (slot, Timer::Detection) => self.detect(now, horizon, slot, sink),
            }
        }
    }

    /// Nothing happens before this instant unless a packet is received. May be earlier than what happens then; never
    /// later.
    pub fn next_deadline(&self) -> Option<Time> {
        self.wheel.next_deadline()
    }

    pub fn info(&self, id: SessionId) -> Option<Info> {
        self.session(id).map(Session::info)
    }

    /// All sessions, in the order of their slots.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, Info)> {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| {
            let id = SessionId { slot: slot as u32, generation: entry.generation };
            entry.session.as_ref().map(|session| (id, session.info()))
        })
    }

    pub fn find(&self, local_discriminator: u32) -> Option<SessionId> {
        let &slot = self.by_discriminator.get(&local_discriminator)?;
        Some(SessionId { slot, generation: self.slots[slot as usize].generation })
    }

    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Discarded packets by reason, `discards()[Discard::WrongTtl as usize]`.
    pub fn discards(&self) -> &[u64; Discard::ALL.len()] {
        &self.discards
    }

    fn session(&self, id: SessionId) -> Option<&Session> {
        let slot = self.slots.get(id.slot as usize)?;
        if slot.generation == id.generation { slot.session.as_ref() } else { None }
    }

    fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        if slot.generation == id.generation { slot.session.as_mut() } else { None }
    }

    fn detect(&mut self, now: Time, horizon: Time, slot: u32, sink: &mut impl Sink) {
        let entry = &mut self.slots[slot as usize];
        let id = SessionId { slot, generation: entry.generation };
        let Some(session) = &mut entry.session else { return };
        let Some(deadline) = session.detection_deadline() else { return };
        let timer = Timer::Detection.of(slot);
        if deadline > now {
            // Packets have come since this was armed: they move the deadline, not the timer.
            self.wheel.arm(timer, deadline);
        } else if deadline > horizon {
            session.veto(deadline);
            self.wheel.arm(timer, now);
        } else {
            session.transmit.told = None;
            let change = session.expire(now);
            self.settle(now, id, change, change.is_some(), sink);
        }
    }

    /// After anything that may have moved a session: reports the change, tells the peer if it has to hear of it, and
    /// brings both timers to where they belong.
    fn settle(&mut self, now: Time, id: SessionId, change: Option<Change>, tell: bool, sink: &mut impl Sink) {
        self.report(now, id, change, sink);
        let slot = id.slot;
        let Some(session) = &mut self.slots[slot as usize].session else { return };
        let interval = session.tx_interval();
        let moved = interval != session.transmit.interval;
        session.transmit.interval = interval;
        let tell = tell && session.may_tell();
        let last = session.transmit.last;
        if let Some(deadline) = session.detection_deadline() {
            // Only an earlier deadline moves the timer; a later one is noticed when it fires.
            let timer = Timer::Detection.of(slot);
            if self.wheel.armed(timer).is_none_or(|armed| deadline < armed) {
                self.wheel.arm(timer, deadline);
            }
        }
        let due = session.transmit.told.map_or(now, |told| told + TELL_GAP);
        if tell && due <= now {
            session.transmit.told = Some(now);
            self.send(now, slot, false, sink);
            self.arm_transmit(now, slot);
        } else if tell {
            session.transmit.pending = true;
            self.wheel.arm(Timer::Transmit.of(slot), due);
        } else if moved && !session.transmit.pending {
            // RFC 5880 6.8.3: a shorter interval counts from the last packet, and is overdue if it is over.
            self.arm_transmit(last.unwrap_or(now), slot);
        }
    }

    fn report(&mut self, now: Time, id: SessionId, change: Option<Change>, sink: &mut impl Sink) {
        if let (Some(change), Some(session)) = (change, &self.slots[id.slot as usize].session) {
            sink.event(&session.event(id, now, change));
        }
    }

    fn send_periodic(&mut self, now: Time, slot: u32, sink: &mut impl Sink) {
        self.send(now, slot, false, sink);
        self.arm_transmit(now, slot);
    }

    fn send(&mut self, now: Time, slot: u32, final_: bool, sink: &mut impl Sink) {
        let entry = &mut self.slots[slot as usize];
        let id = SessionId { slot, generation: entry.generation };
        let Some(session) = &mut entry.session else { return };
        session.counters.packets_out += 1;
        session.transmit.last = Some(now);
        session.transmit.pending = false;
        sink.transmit(id, &session.packet(final_));
    }

    fn arm_transmit(&mut self, last: Time, slot: u32) {
        let Some(session) = &self.slots[slot as usize].session else { return };
        let timer = Timer::Transmit.of(slot);
        match session.transmit.interval {
            Some(interval) => {
                let jittered = self.jitter.apply(interval, session.multiplier(), TICK);
                self.wheel.arm(timer, last + jittered);
            }
            None => self.wheel.disarm(timer),
        }
    }
}

/// The checks that need the session (RFC 5880 6.8.6, RFC 5881 3 and 4).
fn check(session: &Session, meta: &RxMeta, has_auth: bool) -> Result<(), Discard> {
    let endpoint = &session.endpoint;
    if endpoint.interface != meta.interface {
        Err(Discard::WrongInterface)
    } else if endpoint.peer != meta.src {
        Err(Discard::WrongPeer)
    } else if endpoint.local != meta.dst && !endpoint.local.is_unspecified() {
        Err(Discard::WrongLocal)
    } else if meta.ttl < session.min_ttl {
        Err(Discard::WrongTtl)
    } else if has_auth {
        Err(Discard::UnexpectedAuthentication)
    } else {
        Ok(())
    }
}
