//! The socket that `swervectl` speaks to.

use api::control::{Reply, Request};
use mio::{Interest, Registry, Token};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use process::Limiter;
use process::{BindError, Closed, Connection, Listener, Peer};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Instant;
use tracing::{info, warn};

/// Connections at a time.
const CLIENTS: usize = 64;

/// Reads of 64 KiB in one turn. The longest request, a name, fits into one.
const TURN: usize = 4;

/// So much a client may have said that was not looked at, however slowly it came.
const LONGEST: usize = (TURN + 1) << 16;

/// Tokens of clients begin here and are never used twice.
const FIRST_TOKEN: usize = 1 << 16;

/// Why the socket cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error("{error} (pid {pid} answers there)")]
    InUse { error: BindError, pid: i32 },
    #[error("{0}")]
    Bind(#[from] BindError),
    #[error("cannot wait for connections: {0}")]
    Register(#[from] io::Error),
}

/// Why a connection was closed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Refusal {
    NotAllowed,
    TooMany,
    Garbage,
    TooLong,
    NoHello,
    Version,
    NotReading,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::NotAllowed => "not root, not this user and not in the socket's group",
            Refusal::TooMany => "too many connections",
            Refusal::Garbage => "not a message",
            Refusal::TooLong => "message too long",
            Refusal::NoHello => "no hello first",
            Refusal::Version => "another version",
            Refusal::NotReading => "does not read its answers",
        })
    }
}

#[derive(Debug)]
struct Client {
    conn: Connection,
    greeted: bool,
    /// A request is being worked on; the next one waits.
    busy: bool,
    closed: bool,
    who: Peer,
}

#[derive(Debug)]
pub(crate) struct Server {
    listener: Listener,
    token: Token,
    clients: HashMap<Token, Client>,
    next_token: usize,
    refused: BTreeMap<Refusal, u64>,
    limiter: Limiter<Refusal>,
}

impl Server {
    /// Serves `path` for root, this user and `group`. A socket that a dead process left is replaced.
    pub(crate) fn bind(
        path: &Path,
        group: &str,
        registry: &Registry,
        token: Token,
    ) -> Result<Server, ServerError> {
        let mut listener = Listener::bind(path, group).map_err(|error| who_is_there(path, error))?;
        registry.register(listener.source(), token, Interest::READABLE)?;
        Ok(Server {
            listener,
            token,
            clients: HashMap::new(),
            next_token: FIRST_TOKEN,
            refused: BTreeMap::new(),
            limiter: Limiter::default(),
        })
    }

    pub(crate) fn owns(&self, token: Token) -> bool {
        token == self.token || token.0 >= FIRST_TOKEN
    }

    /// Connections closed for what they were or sent, by reason.
    pub(crate) fn refused(&self) -> Vec<(String, u64)> {
        self.refused.iter().map(|(why, count)| (why.to_string(), *count)).collect()
    }

    /// Takes new connections, or what a client sent. Then ask [`Server::next_request`] for that token.
    pub(crate) fn ready(&mut self, token: Token, registry: &Registry, now: Instant) {
        if token == self.token {
            self.accept(registry, now);
        } else {
            self.receive(token, now);
        }
    }

    fn accept(&mut self, registry: &Registry, now: Instant) {
        loop {
            let (mut stream, who) = match self.listener.accept() {
                Ok(Some(accepted)) => accepted,
                Ok(None) => return,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    return;
                }
            };
            if self.clients.len() >= CLIENTS {
                self.drop_hung_up(now);
            }
            let interest = Interest::READABLE | Interest::WRITABLE;
            let token = Token(self.next_token);
            let refusal = if !who.allowed {
                Some((Refusal::NotAllowed, "you may not use this socket: be root or a member of its group"))
            } else if self.clients.len() >= CLIENTS {
                Some((Refusal::TooMany, "there are too many connections already"))
            } else {
                None
            };
            if refusal.is_none() && registry.register(&mut stream, token, interest).is_err() {
                continue;
            }
            self.next_token += 1;
            let conn = Connection::accepted(stream);
            self.clients.insert(token, Client { conn, greeted: false, busy: false, closed: false, who });
            if let Some((why, said)) = refusal {
                self.close(token, why, said, now);
            }
        }
    }

    /// Makes room: who hung up before the greeting waits for no answer.
    fn drop_hung_up(&mut self, now: Instant) {
        for token in self.clients.keys().copied().collect::<Vec<_>>() {
            self.receive(token, now);
        }
        self.clients.retain(|_, client| client.greeted || !client.closed);
    }

    fn receive(&mut self, token: Token, now: Instant) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        if client.conn.flush().is_err() {
            self.clients.remove(&token);
            return;
        }
        // What comes in is bounded: a client that says more than a request without waiting is none of ours.
        for _ in 0..=TURN {
            match client.conn.fill() {
                Ok(true) if client.conn.pending() >= LONGEST => break,
                Ok(true) => {}
                Ok(false) => return,
                Err(_) => {
                    client.closed = true;
                    return;
                }
            }
        }
        self.close(token, Refusal::TooLong, "this is more than a request", now);
    }

    /// The next request of that client, who gets no other before [`Server::reply`].
    pub(crate) fn next_request(&mut self, token: Token, now: Instant) -> Option<Request> {
        loop {
            let client = self.clients.get_mut(&token)?;
            if client.busy {
                return None;
            }
            match client.conn.take::<Request>() {
                Err(error) => {
                    self.close(token, Refusal::Garbage, &error.to_string(), now);
                    return None;
                }
                Ok(None) => {
                    if client.closed {
                        self.clients.remove(&token);
                    }
                    return None;
                }
                Ok(Some(Request::Hello { version })) => self.greet(token, version, now),
                Ok(Some(_)) if !client.greeted => {
                    self.close(token, Refusal::NoHello, "say hello first", now);
                    return None;
                }
                Ok(Some(request)) => {
                    client.busy = true;
                    return Some(request);
                }
            }
        }
    }

    fn greet(&mut self, token: Token, version: u32, now: Instant) {
        if version != api::VERSION {
            let why = format!("this is version {}, you are {version}: update the older one", api::VERSION);
            return self.close(token, Refusal::Version, &why, now);
        }
        if let Some(client) = self.clients.get_mut(&token) {
            client.greeted = true;
            let build = env!("CARGO_PKG_VERSION").to_owned();
            self.send(token, &Reply::Welcome { version: api::VERSION, build }, now);
        }
    }

    /// Answers the request that is being worked on; a client that has gone meanwhile misses it.
    pub(crate) fn reply(&mut self, token: Token, reply: &Reply, now: Instant) {
        if let Some(client) = self.clients.get_mut(&token) {
            client.busy = false;
            self.send(token, reply, now);
        }
    }

    /// Says something that is no answer.
    pub(crate) fn tell(&mut self, token: Token, reply: &Reply, now: Instant) {
        self.send(token, reply, now);
    }

    pub(crate) fn has(&self, token: Token) -> bool {
        self.clients.contains_key(&token)
    }

    fn send(&mut self, token: Token, reply: &Reply, now: Instant) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        match client.conn.send(reply) {
            Ok(()) => {}
            Err(Closed::NotReading(_)) => self.close(token, Refusal::NotReading, "you do not read", now),
            Err(error) => {
                info!(%error, "an answer cannot be sent");
                self.clients.remove(&token);
            }
        }
    }

    fn close(&mut self, token: Token, why: Refusal, said: &str, now: Instant) {
        if let Some(mut client) = self.clients.remove(&token) {
            self.count(why, &client.who, now);
            // A last word, if the peer reads it.
            let _ = client.conn.send(&Reply::Refused { why: said.to_owned() });
        }
    }

    fn count(&mut self, why: Refusal, who: &Peer, now: Instant) {
        *self.refused.entry(why).or_default() += 1;
        if let Some(suppressed) = self.limiter.admit(why, now) {
            let (pid, uid) = (who.pid, who.uid);
            info!(pid, uid, reason = %why, suppressed, "control connection refused");
        }
    }
}

/// Names who answers on the socket.
fn who_is_there(path: &Path, error: BindError) -> ServerError {
    let other = match &error {
        BindError::InUse { .. } => std::os::unix::net::UnixStream::connect(path).ok(),
        BindError::NotASocket { .. } | BindError::Io { .. } => None,
    };
    match other.and_then(|other| getsockopt(&other, PeerCredentials).ok()) {
        Some(who) => ServerError::InUse { error, pid: who.pid() },
        None => ServerError::Bind(error),
    }
}
