//! The thread that hears the neighbors.

use super::Common;
use super::connections::{Connection, Got, Owner, READ_LEN};
use ::bgp::{Peer, State};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::{error, info, warn};

const WAKE: Token = Token(0);
const LISTENER: Token = Token(1);
/// The first of the connections.
const CONNECTIONS: usize = 2;

/// Connections beyond two for each neighbor, which linger or come from strangers.
const SPARE: usize = 16;

/// Connections accepted in one turn.
const ACCEPTS: usize = 64;

/// How long nothing is accepted when the process has no file descriptor left.
const NO_DESCRIPTOR: Duration = Duration::from_secs(1);

/// What the thread waits by, and what wakes it.
pub(super) fn poll() -> io::Result<(Poll, Waker)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKE)?;
    Ok((poll, waker))
}

#[derive(Debug)]
pub(super) struct Thread {
    poll: Poll,
    common: Arc<Common>,
    listener: Option<TcpListener>,
    accepts_from: Option<Instant>,
    connections: HashMap<Token, Connection>,
    next_token: usize,
    buffer: Box<[u8]>,
    /// As last said in the log.
    said: HashMap<u32, State>,
}

impl Thread {
    pub(super) fn new(poll: Poll, common: Arc<Common>) -> Thread {
        Thread {
            poll,
            common,
            listener: None,
            accepts_from: None,
            connections: HashMap::new(),
            next_token: CONNECTIONS,
            buffer: vec![0; READ_LEN].into(),
            said: HashMap::new(),
        }
    }

    /// Until the owner wants an end, or the kernel.
    pub(super) fn run(mut self) {
        if let Err(error) = self.turns() {
            error!(%error, "bgp: no more is heard of any neighbor");
        }
    }

    fn turns(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(64);
        loop {
            if !self.adopt()? {
                return Ok(());
            }
            let timeout = self.timeout(Instant::now());
            match self.poll.poll(&mut events, timeout) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let mut accepts = self.accepts_from.is_some_and(|at| at <= Instant::now());
            for event in &events {
                match event.token() {
                    LISTENER => accepts = true,
                    token => {
                        let connection = self.connections.get_mut(&token);
                        if let Some(connection) = connection.filter(|_| event.is_readable()) {
                            connection.readable = true;
                        }
                    }
                }
            }
            if accepts {
                self.accept();
            }
            self.read();
            self.settle(Instant::now());
        }
    }

    /// Takes over what the owner wants. False when that is an end.
    fn adopt(&mut self) -> io::Result<bool> {
        let mut shared = self.common.lock();
        let (listener, stop) = (shared.listener.take(), shared.stop);
        drop(shared);
        if let Some(listener) = listener {
            if let Some(mut old) = self.listener.take() {
                self.poll.registry().deregister(&mut old)?;
            }
            let mut listener = TcpListener::from_std(listener);
            self.poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
            self.listener = Some(listener);
        }
        Ok(!stop)
    }

    /// How long nothing is to be done. Not at all while something that may be read is there.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        let mut shared = self.common.lock();
        let mut until = self.accepts_from;
        let mut at = |time: Option<Instant>| until = [until, time].into_iter().flatten().min();
        for connection in self.connections.values() {
            match connection.owner {
                Owner::Session { peer, .. } => {
                    let welcome = shared.member(peer).is_some_and(|peer| peer.wants_input());
                    at((connection.readable && welcome).then_some(now));
                }
                Owner::Lingering { until } => at(Some(if connection.readable { now } else { until })),
            }
        }
        shared.members.iter().for_each(|member| at(member.peer.deadline()));
        until.map(|until| until.saturating_duration_since(now))
    }

    fn accept(&mut self) {
        self.accepts_from = None;
        let Some(listener) = self.listener.take() else { return };
        // Who connects without end is not to keep the thread from its timers.
        for turn in 0..=ACCEPTS {
            if turn == ACCEPTS {
                self.accepts_from = Some(Instant::now());
                break;
            }
            match listener.accept() {
                Ok((stream, from)) => self.admit(stream, from.ip().to_canonical()),
                // The second: the owner is about to listen elsewhere.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::InvalidInput) => {
                    break;
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(error) => {
                    warn!(%error, "bgp: cannot accept a connection");
                    self.accepts_from = Some(Instant::now() + NO_DESCRIPTOR);
                    break;
                }
            }
        }
        self.listener = Some(listener);
    }

    fn admit(&mut self, stream: TcpStream, from: IpAddr) {
        let now = Instant::now();
        let mut shared = self.common.lock();
        let room = self.connections.len() < 2 * shared.members.len() + SPARE;
        let Some(peer) = shared.at(from) else {
            shared.refused += 1;
            return;
        };
        if !room {
            return peer.refuse();
        }
        let Some(slot) = peer.accept(now) else { return };
        let token = Token(self.next_token);
        self.next_token += 1;
        let owner = Owner::Session { peer: peer.neighbor().number, slot };
        match Connection::new(stream, owner, token, self.poll.registry()) {
            Ok(connection) => drop(self.connections.insert(token, connection)),
            Err(_) => peer.release(slot, now),
        }
    }

    /// One read of each connection that has something, so that none keeps the others waiting.
    fn read(&mut self) {
        for connection in self.connections.values_mut().filter(|connection| connection.readable) {
            let Owner::Session { peer: number, slot } = connection.owner else {
                if connection.read(&mut self.buffer) == Got::Closed {
                    connection.owner = Owner::Lingering { until: Instant::now() };
                }
                continue;
            };
            if !self.common.lock().member(number).is_some_and(|peer| peer.wants_input()) {
                continue;
            }
            // Without the lock: the main loop has its turn.
            let got = connection.read(&mut self.buffer);
            let now = Instant::now();
            let mut shared = self.common.lock();
            let Some(peer) = shared.member(number) else { continue };
            match got {
                Got::Octets(octets) => peer.on_bytes(slot, &self.buffer[..octets], now),
                Got::Closed => peer.on_closed(slot, now),
                Got::Nothing => {}
            }
        }
    }

    /// Timers, what is to be sent, connections that have ended, and the main loop.
    fn settle(&mut self, now: Instant) {
        let mut shared = self.common.lock();
        for member in &mut shared.members {
            if member.peer.deadline().is_some_and(|at| at <= now) {
                member.peer.on_time(now);
            }
        }
        self.connections.retain(|_, connection| {
            let (number, slot) = match connection.owner {
                Owner::Session { peer, slot } => (peer, slot),
                Owner::Lingering { until } => return now < until,
            };
            let Some(peer) = shared.member(number) else { return false };
            if !connection.flush(peer, slot, now) {
                peer.on_closed(slot, now);
            }
            if peer.is_over(slot) {
                peer.release(slot, now);
                connection.linger(now);
            }
            true
        });
        shared.members.iter().for_each(|member| say(&mut self.said, &member.peer));
        shared.members.retain(|member| !member.peer.is_retired() || member.peer.waiting() > 0);
        self.said.retain(|number, _| shared.members.iter().any(|m| m.peer.neighbor().number == *number));
        let wakes = shared.waiting() > 0 && !shared.told;
        shared.told |= wakes;
        drop(shared);
        if wakes && let Err(error) = self.common.main.wake() {
            error!(%error, "bgp: cannot wake the main loop");
        }
    }
}

/// Sessions that come and go, in the log.
fn say(said: &mut HashMap<u32, State>, peer: &Peer) {
    let neighbor = peer.neighbor();
    let (old, new) = (said.get(&neighbor.number).copied().unwrap_or(State::Active), peer.state());
    if (old == State::Established) != (new == State::Established) {
        let (address, asn) = (neighbor.address, neighbor.asn);
        if new == State::Established {
            info!(neighbor = %address, asn, ?old, ?new, "bgp session");
        } else {
            let reason = peer.last_end().unwrap_or("none");
            warn!(neighbor = %address, asn, ?old, ?new, reason, "bgp session; its paths are kept for a time");
        }
    }
    said.insert(neighbor.number, new);
}
