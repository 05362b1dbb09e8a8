//! The connection to FRR's bfdd, whose data plane we are (`bfdd --dplaneaddr`): messages in and out, never blocking.
//!
//! What bfdd asks for is kept by [`State`]; sessions run whether or not there is a connection.

mod socket;

use crate::state::State;
use api::show;
use bfddp::{Body, Echo, Error, Message, Stream};
use config::Bfdd as Place;
use mio::{Registry, Token};
use socket::{Door, Guest, Socket};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// A bfdd that is not there is looked for this often: one that lost us declares its sessions down after 3 s.
const RETRY: Duration = Duration::from_millis(100);
/// A connection that is not there by then is begun anew.
const CONNECT: Duration = Duration::from_secs(3);
/// bfdd is asked for an echo this often.
const ECHO: Duration = Duration::from_secs(5);
/// Or so long after an answer: FRR 8.4.4 leaves what it has read behind an answer unread until more comes.
const NUDGE: Duration = Duration::from_millis(50);
/// A bfdd that has left two questions unanswered stands still.
const SILENT: Duration = Duration::from_secs(6);
/// Bytes of one read, and reads of one pass.
const CHUNK: usize = 4096;
const READS: usize = 4;
/// Bytes that wait for a bfdd which does not read. What changes beyond that is told when it reads again, as it is then.
const MAX_UNSENT: usize = 64 << 10;

/// Messages that go to bfdd together at least. FRR 8.4.4 makes room in its buffer of 8192 bytes only after every third
/// message of one read (`bfd_dplane_expect`); given them one by one it takes its buffer's end for the connection's, closes it,
/// and declares its sessions down.
const TOGETHER: usize = 3;

/// Everything about the connection.
pub struct Bfdd {
    place: Option<Place>,
    registry: Registry,
    token: Token,
    door_token: Token,
    /// Where it connects to us, if it does.
    door: Option<Door>,
    link: Option<Link>,
    /// Something came for it; also true at first.
    ready: bool,
    retry_at: Instant,
    echo_at: Instant,
    /// They go last in a write, as bfdd looks no further than the one that it waits for.
    answers: Vec<Message>,
    born: Instant,
    since: Instant,
    problem: Option<String>,
    round_trip_us: Option<u64>,
    /// When the first echo was asked for that was not answered.
    unanswered: Option<Instant>,
    messages_in: u64,
    messages_out: u64,
    messages_bad: u64,
}

/// One connection.
struct Link {
    socket: Socket,
    began: Instant,
    /// It is there, not just begun.
    open: bool,
    stream: Stream,
    out: Vec<u8>,
    sent: usize,
    /// Messages that were put into `out` since the last write.
    unwritten: usize,
    /// Changes were left out.
    behind: bool,
}

impl Bfdd {
    /// `tokens` are the connection's and the listening socket's.
    pub fn new(place: Option<&Place>, registry: &Registry, tokens: [Token; 2]) -> io::Result<Bfdd> {
        let now = Instant::now();
        let [token, door_token] = tokens;
        Ok(Bfdd {
            place: place.cloned(),
            registry: registry.try_clone()?,
            token,
            door_token,
            door: None,
            link: None,
            ready: true,
            retry_at: now,
            echo_at: now,
            answers: Vec::new(),
            born: now,
            since: now,
            problem: None,
            round_trip_us: None,
            unanswered: None,
            messages_in: 0,
            messages_out: 0,
            messages_bad: 0,
        })
    }

    /// The event loop says that something can be read or written.
    pub fn event(&mut self) {
        self.ready = true;
    }

    /// One turn: finds bfdd if it is not there, and carries out what it asks for.
    pub fn serve(&mut self, state: &mut State) {
        let Some(place) = self.place.clone() else { return };
        match &place {
            Place::Connect(_) if self.link.is_some() => {}
            Place::Connect(at) => self.connect(at),
            Place::Listen(at) => self.welcome(at, state),
        }
        if let Err(why) = self.turn(state) {
            self.lose(why, state);
        }
    }

    fn due(&mut self) -> bool {
        let now = Instant::now();
        let due = self.retry_at <= now;
        if due {
            self.retry_at = now + RETRY;
        }
        due
    }

    fn connect(&mut self, at: &config::BfddPlace) {
        if !self.due() {
            return;
        }
        match Socket::connect(at).and_then(|socket| self.adopt(socket)) {
            Ok(()) => {}
            Err(error) => self.fail(error.to_string()),
        }
    }

    /// Lets in who comes. A newer connection is that of a bfdd which was started again.
    fn welcome(&mut self, at: &config::BfddPlace, state: &mut State) {
        if self.door.is_none() {
            if !self.due() {
                return;
            }
            match Door::open(at, &self.registry, self.door_token) {
                Ok(door) => self.door = Some(door),
                Err(why) => return self.fail(why),
            }
        }
        if !self.ready {
            return;
        }
        while let Some(door) = &self.door {
            match door.accept() {
                Ok(Some(Guest::Welcome(socket))) => {
                    self.lose("another bfdd has connected".to_owned(), state);
                    if let Err(error) = self.adopt(socket) {
                        self.fail(error.to_string());
                    }
                }
                Ok(Some(Guest::Refused(who))) => {
                    self.messages_bad += 1;
                    if let Some(suppressed) = state.may_say("bfdd", "refused") {
                        tracing::warn!(who, suppressed, "connection in place of bfdd's refused");
                    }
                }
                Ok(None) => return,
                Err(error) => return self.fail(error.to_string()),
            }
        }
    }

    fn adopt(&mut self, mut socket: Socket) -> io::Result<()> {
        socket.hurry()?;
        socket.register(&self.registry, self.token)?;
        let began = Instant::now();
        let (stream, out) = (Stream::default(), Vec::new());
        self.link =
            Some(Link { socket, began, open: false, stream, out, sent: 0, unwritten: 0, behind: false });
        self.ready = true;
        Ok(())
    }

    /// There is no connection, and why; said once.
    fn fail(&mut self, why: String) {
        let new = self.problem.as_ref() != Some(&why);
        if let (true, Some(place)) = (new, &self.place) {
            tracing::info!(bfdd = %place, reason = why, "bfdd is not there yet");
        }
        self.problem = Some(why);
    }

    /// The connection ends; what was asked for on it runs on.
    fn lose(&mut self, why: String, state: &mut State) {
        let Some(mut link) = self.link.take() else { return };
        link.socket.deregister(&self.registry);
        self.answers.clear();
        self.retry_at = Instant::now() + RETRY;
        if !link.open {
            return self.fail(why);
        }
        state.bfdd_lost();
        self.since = Instant::now();
        (self.round_trip_us, self.unanswered) = (None, None);
        if let Some(suppressed) = state.may_say("bfdd", "connection") {
            let reason = why.as_str();
            tracing::warn!(
                old = "connected",
                new = "absent",
                reason,
                suppressed,
                "bfdd: its sessions run on"
            );
        }
        self.problem = Some(why);
    }

    /// # Errors
    /// Why the connection is to end.
    fn turn(&mut self, state: &mut State) -> Result<(), String> {
        let ready = std::mem::take(&mut self.ready);
        let Some(link) = &mut self.link else { return Ok(()) };
        if !link.open {
            if !link.socket.connected().map_err(|e| e.to_string())? {
                return if link.began.elapsed() < CONNECT {
                    Ok(())
                } else {
                    Err("it does not answer".into())
                };
            }
            link.open = true;
            self.opened(state);
        }
        if ready {
            self.read(state)?;
        }
        let now = Instant::now();
        if self.echo_at <= now {
            self.echo_at = now + ECHO;
            self.unanswered.get_or_insert(now);
            let echo = Echo { dp_time: self.clock(), bfdd_time: 0 };
            self.send(&Message { id: 0, body: Body::EchoRequest(echo) });
        }
        Ok(())
    }

    fn opened(&mut self, state: &mut State) {
        state.bfdd_connected();
        self.since = Instant::now();
        self.echo_at = self.since;
        self.problem = None;
        if let (Some(suppressed), Some(place)) = (state.may_say("bfdd", "connection"), &self.place) {
            tracing::info!(bfdd = %place, old = "absent", new = "connected", suppressed, "bfdd");
        }
    }

    fn read(&mut self, state: &mut State) -> Result<(), String> {
        let mut chunk = [0; CHUNK];
        for _ in 0..READS {
            let Some(link) = &mut self.link else { return Ok(()) };
            match link.socket.read(&mut chunk) {
                Ok(0) => return Err("it closed the connection".to_owned()),
                Ok(len) => {
                    link.stream.extend(&chunk[..len]);
                    self.take(state)?;
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.to_string()),
            }
        }
        // The event loop tells once; what is left is ours to remember.
        self.ready = true;
        Ok(())
    }

    fn take(&mut self, state: &mut State) -> Result<(), String> {
        loop {
            let Some(link) = &mut self.link else { return Ok(()) };
            match link.stream.take() {
                Ok(Some(message)) => {
                    self.messages_in += 1;
                    self.carry_out(message, state);
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.misunderstood(&error, state);
                    if error.breaks_stream() {
                        return Err(error.to_string());
                    }
                }
            }
        }
    }

    fn misunderstood(&mut self, error: &Error, state: &mut State) {
        self.messages_bad += 1;
        if let Some(suppressed) = state.may_say("bfdd", "message") {
            tracing::warn!(%error, suppressed, "bfdd sent what we do not understand");
        }
    }

    fn carry_out(&mut self, message: Message, state: &mut State) {
        let id = message.id;
        match message.body {
            Body::AddSession(session) => state.bfdd_add(session),
            Body::DeleteSession(session) => state.bfdd_delete(session.lid),
            Body::RequestCounters(lid) => {
                let counters = state.bfdd_counters(lid);
                self.answers.push(Message { id, body: Body::SessionCounters(counters) });
                self.echo_at = self.echo_at.min(Instant::now() + NUDGE);
            }
            Body::EchoRequest(echo) => {
                let echo = Echo { dp_time: self.clock(), ..echo };
                self.answers.push(Message { id, body: Body::EchoReply(echo) });
            }
            Body::EchoReply(echo) => {
                self.round_trip_us = self.clock().checked_sub(echo.dp_time);
                self.unanswered = None;
            }
            // Ours to say, not bfdd's.
            Body::StateChange(_) | Body::SessionCounters(_) => self.messages_bad += 1,
        }
    }

    /// Microseconds of our own.
    fn clock(&self) -> u64 {
        self.born.elapsed().as_micros() as u64
    }

    /// Queues a message, if bfdd is there.
    pub fn send(&mut self, message: &Message) {
        let Some(link) = self.link.as_mut().filter(|link| link.open) else { return };
        if link.out.len() - link.sent >= MAX_UNSENT {
            link.behind = true;
            return;
        }
        if link.unwritten == 0 {
            // In front of what may be an answer. bfdd ignores them.
            let filler = Message { id: 0, body: Body::EchoReply(Echo { dp_time: 0, bfdd_time: 0 }) };
            (1..TOGETHER).for_each(|_| link.out.extend(filler.to_bytes()));
        }
        link.out.extend(message.to_bytes());
        link.unwritten += 1;
        self.messages_out += 1;
    }

    /// Sends what bfdd takes now.
    pub fn flush(&mut self, state: &mut State) {
        for answer in std::mem::take(&mut self.answers) {
            self.send(&answer);
        }
        let Some(link) = self.link.as_mut().filter(|link| link.open) else { return };
        link.unwritten = 0;
        while link.sent < link.out.len() {
            match link.socket.write(&link.out[link.sent..]) {
                Ok(len) => link.sent += len,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return self.lose(e.to_string(), state),
            }
        }
        link.out.clear();
        link.sent = 0;
        if std::mem::take(&mut link.behind) {
            state.bfdd_report_all();
        }
    }

    /// The row of `swervectl show bfd`.
    pub fn show(&self, state: &State) -> Option<show::Bfdd> {
        let place = self.place.as_ref()?;
        Some(show::Bfdd {
            address: place.to_string(),
            connected: self.link.as_ref().is_some_and(|link| link.open),
            since_s: self.since.elapsed().as_secs_f64(),
            problem: self.problem.clone(),
            round_trip_us: self.round_trip_us,
            silent_s: self
                .unanswered
                .map(|at| at.elapsed())
                .filter(|t| *t >= SILENT)
                .map(|t| t.as_secs_f64()),
            messages_in: self.messages_in,
            messages_out: self.messages_out,
            messages_bad: self.messages_bad,
            stale_for_s: state.bfdd_stale_for(),
            sessions: state.show_asked(),
        })
    }
}
