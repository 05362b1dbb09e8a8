//! BFD sessions as the main thread sees them: who wants which, which worker runs it, and which paths it watches.
//!
//! There is one session for an interface and a peer, whoever wants it: the file, by any of its paths, and FRR's bfdd, by
//! any of its sessions. It lives until nobody wants it. Every path to that next hop is watched by it. When bfdd ends one
//! that is Down, its verdict outlives it: see [`Held`].

use super::{Effect, PathState, Refusal, State};
use crate::worker::messages::{Command, SessionSlot, Verdict};
use crate::worker::sessions::owner;
use api::switch::{Bfd, Path as Spec};
use bfd::{Endpoint, Event, State as BfdState, Timers};
use fib::{Causes, PathId};
use stats::{Asked, Cause};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

/// What no two sessions have in common.
pub(super) type Key = (u16, IpAddr, Option<IpAddr>);

/// AdminDown is said this often while a session leaves: all of them have to be lost for a peer to take it for a failure.
const FAREWELLS: u32 = 4;
/// A peer that would wait for longer than this is not waited for.
const MOST_FAREWELL: Duration = Duration::from_secs(10);

/// A verdict outlives its session by this: by then each routing protocol has lost the neighbor by its own timers (OSPF's
/// dead interval is 40 s, IS-IS holds for 30 s) and routes around it.
const HOLD_NS: u64 = 60_000_000_000;

/// The verdict of a session that bfdd took away while it was Down. FRR ends the session of a neighbor that an IGP has lost: that
/// nobody looks any more does not mend the path. It stands until a session with the same peer is Up, or its time is over. Once
/// bfdd asks for the peer again, FRR has the neighbor again: the path is held back then, and taken where there is no other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    why: Cause,
    pub(super) until_ns: u64,
}

/// Who wants a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asker {
    /// This path, by its specification.
    Path(String),
    /// bfdd, by this discriminator of its own.
    Bfdd(u32),
}

/// How somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) endpoint: Endpoint,
    pub(super) timers: Timers,
    pub(super) passive: bool,
    pub(super) shutdown: bool,
    pub(super) min_ttl: u8,
}

/// Until when the peer is told that the session ends.
#[derive(Debug, Clone, Copy)]
struct Leaving {
    until_ns: u64,
    next_ns: u64,
    step_ns: u64,
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionState {
    pub worker: usize,
    pub state: BfdState,
    pub(super) config: bfd::Config,
    pub(super) wishes: BTreeMap<Asker, Wish>,
    /// Names of the paths.
    pub(super) watched: BTreeSet<String>,
    /// The verdict that took its paths out, until it is Up again.
    pub(super) failed: Option<Cause>,
    pub(super) last: Option<Event>,
    leaving: Option<Leaving>,
}

impl SessionState {
    /// What all wishes together come to. In each direction the more demanding one: the interval and multiplier whose
    /// product is the least (the peer's detection time), and the least interval that we take packets at. Out of service
    /// only when everybody wants that.
    fn merged(&self) -> bfd::Config {
        let in_service: Vec<&Wish> = self.wishes.values().filter(|wish| !wish.shutdown).collect();
        let admin_down = in_service.is_empty();
        let wishes = if admin_down { self.wishes.values().collect() } else { in_service };
        let timers = wishes.iter().map(|wish| wish.timers);
        let detection = |timers: &Timers| timers.desired_min_tx * u32::from(timers.multiplier);
        let strict = timers.clone().min_by_key(|t| (detection(t), t.desired_min_tx));
        let min_rx = timers.map(|timers| timers.required_min_rx).min();
        let (Some(strict), Some(required_min_rx)) = (strict, min_rx) else { return self.config };
        bfd::Config {
            timers: Timers { required_min_rx, ..strict },
            passive: wishes.iter().all(|wish| wish.passive),
            admin_down,
            min_ttl: wishes.iter().map(|wish| wish.min_ttl).max().unwrap_or(self.config.min_ttl),
            ..self.config
        }
    }

    fn asked(&self) -> Asked {
        Asked {
            by_file: self.wishes.keys().any(|asker| matches!(asker, Asker::Path(_))),
            by_bfdd: self.wishes.keys().any(|asker| matches!(asker, Asker::Bfdd(_))),
            multihop: self.config.endpoint.vrf().is_some(),
        }
    }

    /// bfdd's discriminators for it.
    pub(super) fn asked_by_bfdd(&self) -> Vec<u32> {
        let lid = |asker: &Asker| if let Asker::Bfdd(lid) = asker { Some(*lid) } else { None };
        self.wishes.keys().filter_map(lid).collect()
    }

    /// How long the peer waits for us.
    fn farewell(&self) -> Duration {
        let timers = &self.config.timers;
        let interval = self.last.map_or(Duration::ZERO, |last| last.remote.min_rx).max(timers.desired_min_tx);
        (interval * u32::from(timers.multiplier)).min(MOST_FAREWELL)
    }
}

fn blame(event: &Event) -> Cause {
    if event.cause == bfd::Cause::Expired { Cause::BfdExpired } else { Cause::BfdSignaled }
}

impl State {
    /// Gives a path the session that its specification wants, or the one that is there for its next hop.
    pub(super) fn watch(&mut self, name: &str) -> Result<(), Refusal> {
        let path = &self.paths[name];
        let asker = Asker::Path(name.to_owned());
        let wish = match &path.spec.bfd {
            Some(bfd) => Some(self.path_wish(path.interface, &path.spec, bfd)?),
            None => None,
        };
        let (old, new) = (path.session, wish.and_then(|wish| self.session_at(wish.endpoint.key())));
        if let Some(old) = old.filter(|old| wish.is_none() || new != Some(*old)) {
            self.withdraw(&asker, old);
        }
        if let Some(wish) = wish {
            let path = name.to_owned();
            self.join(asker, wish, None).map_err(|why| Refusal::Bfd { path, why })?;
        }
        self.attach(name);
        self.judge(name);
        Ok(())
    }

    /// Whether a path can have the session that its specification wants, before anything of it is applied.
    pub(super) fn check_bfd(&self, interface: u16, spec: &Spec) -> Result<(), Refusal> {
        let Some(bfd) = &spec.bfd else { return Ok(()) };
        let wish = self.path_wish(interface, spec, bfd)?;
        let refuse = |why: String| Refusal::Bfd { path: spec.name.clone(), why };
        match self.session_at(wish.endpoint.key()) {
            Some(index) => self.fits(index, &Asker::Path(spec.name.clone()), &wish).map_err(refuse),
            None if self.paths.get(&spec.name).is_some_and(|path| path.session.is_some()) => Ok(()),
            None if self.sessions.iter().any(Option::is_none) => Ok(()),
            None => Err(Refusal::SessionsFull(self.sessions.len())),
        }
    }

    fn path_wish(&self, interface: u16, spec: &Spec, bfd: &Bfd) -> Result<Wish, Refusal> {
        let refuse = |why: String| Refusal::Bfd { path: spec.name.clone(), why };
        let view = &self.interfaces.interfaces[usize::from(interface)];
        let peer = spec.next_hop;
        let local = bfd.local.or_else(|| view.address_towards(peer));
        let local =
            local.ok_or_else(|| refuse(format!("the interface has no address to reach {peer} from")))?;
        let timers = Timers {
            desired_min_tx: Duration::from_micros(u64::from(bfd.desired_min_tx_us)),
            required_min_rx: Duration::from_micros(u64::from(bfd.required_min_rx_us)),
            multiplier: bfd.detect_multiplier,
        };
        timers.check().map_err(|e| refuse(e.to_string()))?;
        if local.is_ipv4() != peer.is_ipv4() {
            return Err(refuse(format!("{local} and {peer} are of different families")));
        }
        let endpoint = Endpoint { interface, local, peer };
        Ok(Wish { endpoint, timers, passive: false, shutdown: false, min_ttl: 255 })
    }

    pub(super) fn session_at(&self, key: Key) -> Option<u16> {
        self.session_by.get(&key).copied()
    }

    pub(super) fn session(&self, index: u16) -> Option<&SessionState> {
        self.sessions.get(usize::from(index))?.as_ref()
    }

    /// Whether a wish is one with those that a session has already.
    fn fits(&self, index: u16, asker: &Asker, wish: &Wish) -> Result<(), String> {
        let Some(session) = self.session(index) else { return Ok(()) };
        let Endpoint { local, peer, .. } = session.config.endpoint;
        let alone = session.wishes.keys().all(|other| other == asker);
        if alone || local == wish.endpoint.local {
            return Ok(());
        }
        Err(format!("the session with {peer} runs from {local}, not from {}", wish.endpoint.local))
    }

    /// Somebody wants this session; `discriminator` is the one to use if it is new and the number free.
    pub(super) fn join(
        &mut self,
        asker: Asker,
        wish: Wish,
        discriminator: Option<u32>,
    ) -> Result<u16, String> {
        if let Some(index) = self.session_at(wish.endpoint.key()) {
            self.fits(index, &asker, &wish)?;
            if let Some(session) = &mut self.sessions[usize::from(index)]
                && session.config.endpoint == wish.endpoint
            {
                session.wishes.insert(asker, wish);
                session.leaving = None;
                self.renew(index);
                self.attach_all(index);
                return Ok(index);
            }
            // Another address of ours is another session to the peer.
            self.part(index, &asker);
            self.stop(index);
        }
        let Some(index) = self.sessions.iter().position(Option::is_none) else {
            return Err(Refusal::SessionsFull(self.sessions.len()).to_string());
        };
        self.begin(index as u16, asker, wish, discriminator);
        Ok(index as u16)
    }

    fn begin(&mut self, index: u16, asker: Asker, wish: Wish, discriminator: Option<u32>) {
        let endpoint = wish.endpoint;
        let config = bfd::Config {
            endpoint,
            timers: wish.timers,
            discriminator: self.discriminator(discriminator),
            passive: wish.passive,
            admin_down: wish.shutdown,
            min_ttl: wish.min_ttl,
        };
        let worker = owner(endpoint.interface, endpoint.peer, self.workers);
        let session = SessionState {
            worker,
            state: if wish.shutdown { BfdState::AdminDown } else { BfdState::Down },
            config,
            wishes: BTreeMap::from([(asker, wish)]),
            watched: BTreeSet::new(),
            failed: None,
            last: None,
            leaving: None,
        };
        self.sessions[usize::from(index)] = Some(session);
        self.session_by.insert(endpoint.key(), index);
        self.shared.stats.session_open(index, worker as u16);
        let slot = SessionSlot(index);
        let frame = self.frame(&endpoint);
        let command = Command::SessionAdd { slot, paths: [].into_iter().collect(), config, frame };
        self.effects.push(Effect::Worker(worker, command));
        self.describe(index);
        self.attach_all(index);
    }

    /// A number of no other session; the peers' packets find theirs by it.
    fn discriminator(&mut self, wanted: Option<u32>) -> u32 {
        let free = |number: u32| {
            number != 0 && !self.sessions.iter().flatten().any(|s| s.config.discriminator == number)
        };
        if let Some(wanted) = wanted.filter(|number| free(*number)) {
            return wanted;
        }
        let mut number = self.next_discriminator.wrapping_add(1);
        while !free(number) {
            number = number.wrapping_add(1);
        }
        self.next_discriminator = number;
        number
    }

    /// The wishes have changed.
    fn renew(&mut self, index: u16) {
        let Some(session) = &mut self.sessions[usize::from(index)] else { return };
        let config = session.merged();
        if config != session.config {
            session.config = config;
            let command = Command::SessionUpdate { slot: SessionSlot(index), config };
            self.effects.push(Effect::Worker(session.worker, command));
        }
        self.describe(index);
    }

    fn describe(&self, index: u16) {
        let Some(session) = self.session(index) else { return };
        let path = session.watched.first().and_then(|name| self.paths.get(name)).map(|path| path.id.0);
        self.shared.stats.session_describe(index, path, session.asked());
    }

    /// Somebody wants a session no longer. When nobody does, its peer is told for a detection time (RFC 5880 6.8.16), and
    /// then it ends.
    pub(super) fn withdraw(&mut self, asker: &Asker, index: u16) {
        let Some(session) = &mut self.sessions[usize::from(index)] else { return };
        if session.wishes.remove(asker).is_none() {
            return;
        }
        if !session.wishes.is_empty() {
            self.renew(index);
            return;
        }
        let (state, farewell) = (session.state, session.farewell());
        self.part(index, asker);
        if !matches!(state, BfdState::Init | BfdState::Up) {
            self.stop(index);
            return;
        }
        let now = self.clock.now_ns();
        let length = farewell.as_nanos() as u64;
        if let Some(session) = &mut self.sessions[usize::from(index)] {
            session.config.admin_down = true;
            let step_ns = length / u64::from(FAREWELLS);
            session.leaving = Some(Leaving { until_ns: now + length, next_ns: now, step_ns });
        }
        self.leaving.push(index);
        self.describe(index);
        self.leave_on();
    }

    /// Says goodbye as often as it is due, and ends what has said it for long enough.
    pub(super) fn leave_on(&mut self) {
        let now = self.clock.now_ns();
        for index in std::mem::take(&mut self.leaving) {
            let Some(session) = &mut self.sessions[usize::from(index)] else { continue };
            // Somebody may want it again.
            let Some(leaving) = &mut session.leaving else { continue };
            if leaving.until_ns <= now {
                self.stop(index);
                continue;
            }
            if leaving.next_ns <= now {
                leaving.next_ns = now + leaving.step_ns;
                let command = Command::SessionLeave { slot: SessionSlot(index) };
                self.effects.push(Effect::Worker(session.worker, command));
            }
            self.leaving.push(index);
        }
    }

    /// Ends a session at once.
    fn stop(&mut self, index: u16) {
        let Some(session) = self.sessions[usize::from(index)].take() else { return };
        self.session_by.remove(&session.config.endpoint.key());
        let command = Command::SessionRemove { slot: SessionSlot(index) };
        self.effects.push(Effect::Worker(session.worker, command));
        self.shared.stats.session_close(index);
    }

    /// A session leaves its paths, for it was `asker` who wanted it last. What the file does not want any more is no
    /// operator's wish to keep a path down; what bfdd does not want may be a neighbor that was lost.
    fn part(&mut self, index: u16, asker: &Asker) {
        let Some(session) = &mut self.sessions[usize::from(index)] else { return };
        let (watched, failed) = (std::mem::take(&mut session.watched), session.failed.take());
        let end = session.config.endpoint;
        let Endpoint { interface, peer, .. } = end;
        if let (Some(why), Asker::Bfdd(_), None) = (failed, asker, end.vrf()) {
            let until_ns = self.clock.now_ns() + HOLD_NS;
            self.held.insert((interface, peer), Held { why, until_ns });
            if let Some(suppressed) = self.may_say("hold", &peer.to_string()) {
                let hold_s = HOLD_NS / 1_000_000_000;
                tracing::info!(%peer, hold_s, suppressed, "the BFD session ended Down: its verdict stands for a time");
            }
        }
        for name in watched {
            self.release(&name);
        }
    }

    /// A path has no session any more.
    fn release(&mut self, name: &str) {
        if let Some(path) = self.paths.get_mut(name) {
            path.session = None;
            self.judge(name);
        }
    }

    /// Has a path's causes be what BFD has against it now: the verdict of its session, or of one with the same peer that is
    /// no more.
    fn judge(&mut self, name: &str) {
        let Some(path) = self.paths.get(name) else { return };
        let session = path.session.and_then(|index| self.session(index));
        let held = self.held.get(&(path.interface, path.spec.next_hop)).map(|held| held.why);
        match (session, session.and_then(|session| session.failed), held) {
            (_, Some(why), _) | (None, None, Some(why)) => {
                self.fail(name, Causes::BFD | Causes::WAIT_TO_RESTORE, why);
            }
            (Some(_), None, Some(why)) => {
                self.fail(name, Causes::WAIT_TO_RESTORE, why);
                self.clear(name, Causes::BFD);
            }
            (_, None, None) => self.clear(name, Causes::BFD),
        }
    }

    /// Lifts the verdicts that have stood for their time.
    pub(super) fn lift_due(&mut self) {
        let now = self.clock.now_ns();
        let due = self.held.iter().filter(|(_, held)| held.until_ns <= now);
        let due: Vec<(u16, IpAddr)> = due.map(|(next_hop, _)| *next_hop).collect();
        for (interface, peer) in due {
            self.lift(interface, peer);
        }
    }

    fn lift(&mut self, interface: u16, peer: IpAddr) {
        if self.held.remove(&(interface, peer)).is_none() {
            return;
        }
        for name in self.paths_to(interface, peer) {
            self.judge(&name);
        }
    }

    /// For how long the verdict of a session that is no more still stands.
    pub(super) fn held_for_ns(&self, path: &PathState) -> Option<u64> {
        let held = self.held.get(&(path.interface, path.spec.next_hop))?;
        Some(held.until_ns.saturating_sub(self.clock.now_ns()))
    }

    /// The session for a path's next hop, if there is one, watches it.
    pub(super) fn attach(&mut self, name: &str) {
        let Some(path) = self.paths.get(name) else { return };
        let wanted = self.session_at((path.interface, path.spec.next_hop, None));
        let wanted = wanted.filter(|index| self.session(*index).is_some_and(|s| s.leaving.is_none()));
        if path.session == wanted {
            return;
        }
        if let Some(old) = path.session {
            self.detach(name, old);
            self.release(name);
        }
        let Some(index) = wanted else { return };
        if let Some(path) = self.paths.get_mut(name) {
            path.session = Some(index);
        }
        let Some(session) = &mut self.sessions[usize::from(index)] else { return };
        session.watched.insert(name.to_owned());
        self.rewatch(index);
        self.judge(name);
    }

    fn attach_all(&mut self, index: u16) {
        let Some(session) = self.session(index) else { return };
        let Endpoint { interface, peer, .. } = session.config.endpoint;
        for name in self.paths_to(interface, peer) {
            self.attach(&name);
        }
    }

    fn detach(&mut self, name: &str, index: u16) {
        let Some(session) = &mut self.sessions[usize::from(index)] else { return };
        if session.watched.remove(name) {
            self.rewatch(index);
        }
    }

    /// Tells the worker what the session watches now.
    fn rewatch(&mut self, index: u16) {
        let Some(session) = self.session(index) else { return };
        let paths = session.watched.iter().filter_map(|name| self.paths.get(name)).map(|path| path.id);
        let command = Command::SessionWatch { slot: SessionSlot(index), paths: paths.collect() };
        self.effects.push(Effect::Worker(session.worker, command));
        self.describe(index);
    }

    /// Takes a path from its session, with its own wish for it, and with it whatever the session held against the path.
    pub(super) fn unwatch(&mut self, name: &str) {
        let Some(index) = self.paths.get(name).and_then(|path| path.session) else { return };
        self.detach(name, index);
        self.release(name);
        self.withdraw(&Asker::Path(name.to_owned()), index);
    }

    /// A neighbor has another address now.
    pub(super) fn renew_frame(&mut self, interface: u16, address: IpAddr) {
        let Some(index) = self.session_at((interface, address, None)) else { return };
        let Some(session) = self.session(index) else { return };
        let frame = self.frame(&session.config.endpoint);
        let command = Command::SessionFrame { slot: SessionSlot(index), frame };
        self.effects.push(Effect::Worker(session.worker, command));
    }

    /// Whether BFD says that a neighbor works.
    pub(super) fn bfd_is_up(&self, interface: u16, address: IpAddr) -> bool {
        let session = self.session_at((interface, address, None)).and_then(|index| self.session(index));
        session.is_some_and(|session| session.state == BfdState::Up)
    }

    /// A worker reports a change, and what it took out for it.
    pub fn session_event(
        &mut self,
        slot: SessionSlot,
        discriminator: u32,
        event: &Event,
        verdicts: &[Option<Verdict>],
    ) {
        self.follow_session(slot, discriminator, event, verdicts);
        self.acquit(event, verdicts);
    }

    fn follow_session(
        &mut self,
        slot: SessionSlot,
        discriminator: u32,
        event: &Event,
        verdicts: &[Option<Verdict>],
    ) {
        // A report about a session that was removed since says nothing about its successor in the slot.
        let session = self.sessions[usize::from(slot.0)].as_mut();
        let Some(session) = session.filter(|s| s.config.discriminator == discriminator) else { return };
        session.state = event.new;
        session.last = Some(*event);
        if session.leaving.is_some() {
            return;
        }
        let (names, Endpoint { interface, peer, .. }) = (session.watched.clone(), session.config.endpoint);
        let why = blame(event);
        let fails = event.is_path_failure();
        let clears = event.new == BfdState::Up || event.cause == bfd::Cause::LocalAdminDown;
        if fails {
            session.failed = Some(why);
        } else if clears {
            session.failed = None;
        }
        self.say_session(names.first().map_or("", String::as_str), peer, event);
        if event.new == BfdState::Up {
            self.lift(interface, peer);
        }
        for name in &names {
            if fails {
                self.follow(name, verdicts, why);
            } else if clears {
                self.judge(name);
            }
        }
        self.tell_bfdd(slot.0);
    }

    /// A worker may take out a path that its session was just relieved of, before it is told. Nothing holds that against
    /// the path any more.
    fn acquit(&mut self, event: &Event, verdicts: &[Option<Verdict>]) {
        for verdict in verdicts.iter().flatten() {
            let Some(name) = self.path_names.get(&verdict.path).cloned() else { continue };
            let session = self.paths.get(&name).and_then(|path| self.session(path.session?));
            if session.is_none_or(|session| session.failed.is_none()) {
                self.failed_by_worker(&name, verdict.failover, blame(event));
                self.judge(&name);
            }
        }
    }

    /// A path of a session that failed: the worker took it out, or it is for the main thread to do.
    fn follow(&mut self, name: &str, verdicts: &[Option<Verdict>], why: Cause) {
        let id: Option<PathId> = self.paths.get(name).map(|path| path.id);
        match verdicts.iter().flatten().find(|verdict| Some(verdict.path) == id) {
            Some(verdict) => self.failed_by_worker(name, verdict.failover, why),
            None => self.fail(name, Causes::BFD | Causes::WAIT_TO_RESTORE, why),
        }
    }

    fn say_session(&mut self, path: &str, peer: IpAddr, event: &Event) {
        if let Some(suppressed) = self.may_say("bfd", &peer.to_string()) {
            tracing::info!(
                path,
                %peer,
                old = ?event.old,
                new = ?event.new,
                reason = ?event.cause,
                diagnostic = ?event.diagnostic,
                remote_diagnostic = ?event.remote_diagnostic,
                suppressed,
                "BFD session"
            );
        }
    }
}
