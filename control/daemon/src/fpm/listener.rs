//! The thread: who connects, who is listened to, and reading without ever waiting for anybody.

use super::shared::Shared;
use fpm::{HEADER_LEN, StreamError};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use process::Limiter;
use socket2::{SockRef, TcpKeepalive};
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tracing::{error, info, warn};

const LISTENER: Token = Token(0);
const STOP: Token = Token(1);
/// The first of the connections'.
const CONNECTION: usize = 2;

/// Octets of one read, and so of what is followed before the taker has a chance. A longer one is not faster.
const READ: usize = 64 * 1024;
/// Reads in one turn, before time and newcomers are looked at.
const TURN: usize = 64;
/// Newcomers in one turn.
const ACCEPTED: usize = 16;
/// Silence after which a peer is asked for, the time between two questions, and those without an answer that end the connection:
/// 25 s in all, which is less than any hold that makes sense.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(10), Duration::from_secs(5), 3);
/// When there is no room for a newcomer's socket, it is asked for again after this time.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    token: Token,
    /// There may be something to read.
    readable: bool,
}

/// How a newcomer begins.
#[derive(Debug)]
enum Greeting {
    Unknown,
    Zebra,
    Not(StreamError),
    Gone,
}

#[derive(Debug)]
pub(super) struct Listener {
    poll: Poll,
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: Arc<AtomicBool>,
    /// Who is listened to.
    active: Option<Connection>,
    /// Came while another one was listened to, and takes its place with the first frame: a zebra that was restarted
    /// is not kept out by what is left of its old connection, and a passer-by who says nothing disturbs nobody.
    newcomer: Option<Connection>,
    /// When a failed accept(2) is tried again.
    retry: Option<Instant>,
    next_token: usize,
    buffer: Vec<u8>,
    limiter: Limiter<IpAddr>,
}

impl Listener {
    /// With what wakes it up.
    pub(super) fn new(
        mut listener: TcpListener,
        shared: Arc<Shared>,
        stop: Arc<AtomicBool>,
    ) -> io::Result<(Listener, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), STOP)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let listener = Listener {
            poll,
            listener,
            shared,
            stop,
            active: None,
            newcomer: None,
            retry: None,
            next_token: CONNECTION,
            buffer: vec![0; READ],
            limiter: Limiter::default(),
        };
        Ok((listener, waker))
    }

    /// Until it is told to stop.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(16);
        while !self.stop.load(Ordering::Acquire) {
            match self.poll.poll(&mut events, self.timeout()) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    error!("FPM ends: {error}");
                    break;
                }
            }
            let mut accept = self.retry.take_if(|at| *at <= Instant::now()).is_some();
            for event in &events {
                match event.token() {
                    LISTENER => accept = true,
                    STOP => {}
                    token => self.mark(token),
                }
            }
            if accept {
                self.accept();
            }
            self.hear_newcomer();
            self.read();
            self.shared.on_time(Instant::now());
        }
        if self.active.is_some() {
            self.shared.disconnected(Instant::now());
        }
        // A child between its fork and its exec has the socket too; it is not to keep the port from who listens next.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Read);
    }

    fn timeout(&self) -> Option<Duration> {
        let has_more = |connection: &Option<Connection>| connection.as_ref().is_some_and(|c| c.readable);
        if has_more(&self.active) || has_more(&self.newcomer) {
            return Some(Duration::ZERO);
        }
        let next = [self.shared.deadline(), self.retry].into_iter().flatten().min();
        next.map(|at| at.saturating_duration_since(Instant::now()))
    }

    fn mark(&mut self, token: Token) {
        let connections = [&mut self.active, &mut self.newcomer].into_iter().flatten();
        connections.filter(|c| c.token == token).for_each(|c| c.readable = true);
    }

    fn accept(&mut self) {
        for _ in 0..ACCEPTED {
            match self.listener.accept() {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(error) => {
                    error!("FPM cannot accept a connection: {error}");
                    self.retry = Some(Instant::now() + RETRY);
                    return;
                }
            }
        }
        self.retry = Some(Instant::now());
    }

    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) {
        let Ok(local) = stream.local_addr() else { return };
        if !self.shared.admits(peer.ip(), local.ip()) {
            if self.limiter.admit(peer.ip(), Instant::now()).is_some() {
                warn!("FPM: {peer} may not connect; `allow` in [fpm] names who may");
            }
            return reset(&stream);
        }
        if let Err(error) = watch(&stream) {
            warn!("FPM: nobody notices if {peer} is gone without a word: {error}");
        }
        let token = Token(self.next_token);
        self.next_token = self.next_token.wrapping_add(1).max(CONNECTION);
        if let Err(error) = self.poll.registry().register(&mut stream, token, Interest::READABLE) {
            return error!("FPM cannot listen to {peer}: {error}");
        }
        let connection = Connection { stream, peer, token, readable: true };
        match &self.active {
            None => self.listen_to(connection),
            Some(_) => self.newcomer = Some(connection),
        }
    }

    fn listen_to(&mut self, connection: Connection) {
        info!(peer = %connection.peer, "FPM: connected");
        self.shared.connected(connection.peer, Instant::now());
        self.active = Some(connection);
    }

    /// Lets the newcomer take over, once it speaks FPM.
    fn hear_newcomer(&mut self) {
        let Some(newcomer) = self.newcomer.as_mut().filter(|newcomer| newcomer.readable) else { return };
        match greeting(newcomer) {
            Greeting::Unknown => {}
            Greeting::Gone => self.newcomer = None,
            Greeting::Not(error) => {
                warn!("FPM: {} speaks something else: {error}", newcomer.peer);
                self.shared.not_zebra(error);
                reset(&newcomer.stream);
                self.newcomer = None;
            }
            Greeting::Zebra => {
                if let Some(old) = self.active.take() {
                    warn!("FPM: {} takes the place of {}", newcomer.peer, old.peer);
                    self.shared.disconnected(Instant::now());
                }
                let newcomer = self.newcomer.take();
                newcomer.into_iter().for_each(|newcomer| self.listen_to(newcomer));
            }
        }
    }

    /// Everything that is there, within reason.
    fn read(&mut self) {
        for _ in 0..TURN {
            let Some(active) = self.active.as_mut().filter(|active| active.readable) else { return };
            match active.stream.read(&mut self.buffer) {
                Ok(0) => return self.lose("it was closed"),
                Ok(len) => {
                    if let Err(error) = self.shared.receive(&self.buffer[..len], Instant::now()) {
                        reset(&active.stream);
                        return self.lose(&error.to_string());
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => active.readable = false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.lose(&error.to_string()),
            }
        }
    }

    fn lose(&mut self, why: &str) {
        if let Some(active) = self.active.take() {
            warn!("FPM: lost the connection of {}: {why}; its routes stay", active.peer);
            self.shared.disconnected(Instant::now());
        }
        if let Some(newcomer) = self.newcomer.take() {
            self.listen_to(newcomer);
        }
    }
}

/// Looks at the first octets, and leaves them where they are.
fn greeting(newcomer: &mut Connection) -> Greeting {
    let mut header = [0; HEADER_LEN];
    match newcomer.stream.peek(&mut header) {
        Ok(0) => Greeting::Gone,
        Ok(HEADER_LEN) => match fpm::length(header) {
            Ok(_) => Greeting::Zebra,
            Err(error) => Greeting::Not(error),
        },
        Ok(_) => {
            newcomer.readable = false;
            Greeting::Unknown
        }
        Err(e) if e.kind() == ErrorKind::WouldBlock => {
            newcomer.readable = false;
            Greeting::Unknown
        }
        Err(e) if e.kind() == ErrorKind::Interrupted => Greeting::Unknown,
        Err(_) => Greeting::Gone,
    }
}

/// Has the kernel ask for the peer while it is silent: a host that lost its power says nothing, and what it was about to tell
/// must not pass for a table without it.
fn watch(stream: &TcpStream) -> io::Result<()> {
    let often =
        TcpKeepalive::new().with_time(KEEPALIVE.0).with_interval(KEEPALIVE.1).with_retries(KEEPALIVE.2);
    SockRef::from(stream).set_tcp_keepalive(&often)
}

/// Lets the connection end with RST as soon as it is dropped. Without that, or if it fails, it ends with FIN.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
