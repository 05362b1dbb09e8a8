//! The control socket: connections, their requests and their answers. What a request means is [`crate::switch`]'s.

use api::switch::{Client, Event, Reply, Request};
use mio::{Interest, Registry, Token};
use process::{Closed, Connection, Listener, Peer};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::time::{Duration, Instant};

use crate::state::Names;

/// Requests of one connection that are carried out before others get their turn.
const BUDGET: usize = 64;
/// Events for a subscriber that does not read wait up to this many bytes; then they are dropped, and it is told by a
/// fresh start when it reads again.
const MAX_EVENTS: usize = 1 << 20;
const MAX_CLIENTS: usize = 64;

/// One connection.
pub struct ClientState {
    connection: Connection,
    peer: Peer,
    hello: Option<Client>,
    subscribed: bool,
    /// There may be more to read than the last turn took.
    ready: bool,
    pub names: Names,
    /// A reload that was validated and waits for its commit.
    pub prepared: Option<Box<config::Config>>,
}

/// All connections.
pub struct Server {
    listener: Listener,
    clients: BTreeMap<usize, ClientState>,
    next_token: usize,
    first_token: usize,
    refused: u64,
    /// When a reason for closing was last logged, and how often it happened since.
    logged: HashMap<&'static str, (Instant, u64)>,
}

/// What the server found to do.
pub enum Work {
    Request(usize, Box<Request>),
    Gone(Names),
}

impl Server {
    /// Tokens from `first_token` on are the connections'.
    pub fn new(
        mut listener: Listener,
        registry: &Registry,
        token: Token,
        first_token: usize,
    ) -> io::Result<Server> {
        registry.register(listener.source(), token, Interest::READABLE)?;
        Ok(Server {
            listener,
            clients: BTreeMap::new(),
            next_token: first_token,
            first_token,
            refused: 0,
            logged: HashMap::new(),
        })
    }

    pub fn refused(&self) -> u64 {
        self.refused
    }

    pub fn control_connected(&self) -> bool {
        self.clients.values().any(|client| client.hello == Some(Client::Control))
    }

    pub fn client(&mut self, token: usize) -> Option<&mut ClientState> {
        self.clients.get_mut(&token)
    }

    /// Whether some connection has more to read.
    pub fn busy(&self) -> bool {
        self.clients.values().any(|client| client.ready)
    }

    /// Takes new connections.
    pub fn accept(&mut self, registry: &Registry) -> io::Result<()> {
        while let Some((mut stream, peer)) = self.listener.accept()? {
            if !peer.allowed || self.clients.len() >= MAX_CLIENTS {
                let reason = if peer.allowed { "too many connections" } else { "not allowed" };
                self.count(reason, &peer, &"connection refused");
                continue;
            }
            let token = self.next_token;
            self.next_token += 1;
            registry.register(&mut stream, Token(token), Interest::READABLE | Interest::WRITABLE)?;
            let client = ClientState {
                connection: Connection::new(stream),
                peer,
                hello: None,
                subscribed: false,
                ready: true,
                names: Names::default(),
                prepared: None,
            };
            self.clients.insert(token, client);
        }
        Ok(())
    }

    /// The event loop says that something can be read or written.
    pub fn event(&mut self, token: usize) {
        if let Some(client) = self.clients.get_mut(&token) {
            client.ready = true;
        }
    }

    /// Whether this token is a connection's.
    pub fn owns(&self, token: usize) -> bool {
        token >= self.first_token
    }

    /// One turn of every connection that has something to say. Requests go to `handle`; it answers by
    /// [`Server::reply`].
    pub fn serve(&mut self, registry: &Registry, mut handle: impl FnMut(&mut Server, Work)) {
        let ready: Vec<usize> =
            self.clients.iter().filter(|(_, c)| c.ready).map(|(token, _)| *token).collect();
        for token in ready {
            if let Err(closed) = self.turn(token, &mut handle)
                && let Some(names) = self.close(token, registry, &closed)
            {
                handle(self, Work::Gone(names));
            }
        }
    }

    fn turn(&mut self, token: usize, handle: &mut impl FnMut(&mut Server, Work)) -> Result<(), Closed> {
        let Some(client) = self.clients.get_mut(&token) else { return Ok(()) };
        client.connection.flush()?;
        let filled = client.connection.fill();
        let mut taken = 0;
        loop {
            let Some(client) = self.clients.get_mut(&token) else { return Ok(()) };
            let Some(request) = client.connection.take::<Request>()? else {
                client.ready = matches!(filled, Ok(true));
                break;
            };
            if let Some(reply) = self.greet(token, &request) {
                self.reply(token, &reply);
            } else {
                handle(self, Work::Request(token, Box::new(request)));
            }
            taken += 1;
            if taken >= BUDGET {
                break;
            }
        }
        filled.map(drop)
    }

    /// What must come first, comes first.
    fn greet(&mut self, token: usize, request: &Request) -> Option<Reply> {
        let client = self.clients.get_mut(&token)?;
        match request {
            Request::Hello { version, .. } if *version != api::VERSION => Some(Reply::Refused {
                request: "hello".into(),
                why: format!(
                    "you speak version {version} of the protocol, this switch speaks {}",
                    api::VERSION
                ),
            }),
            Request::Hello { client: kind, .. } => {
                client.hello = Some(*kind);
                None
            }
            Request::Subscribe => {
                client.subscribed = true;
                None
            }
            _ if client.hello.is_none() => Some(Reply::Refused {
                request: "request".into(),
                why: "the first message must be a hello".into(),
            }),
            _ => None,
        }
    }

    /// Answers; a connection that cannot be written to is closed at its next turn.
    pub fn reply(&mut self, token: usize, reply: &Reply) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        if client.connection.send(reply).is_err() {
            client.ready = true;
        }
    }

    /// Tells every subscriber.
    pub fn tell(&mut self, event: &Event) {
        for client in self.clients.values_mut().filter(|client| client.subscribed) {
            if client.connection.unsent() < MAX_EVENTS
                && client.connection.send(&Reply::Event(event.clone())).is_err()
            {
                client.ready = true;
            }
        }
    }

    fn close(&mut self, token: usize, registry: &Registry, closed: &Closed) -> Option<Names> {
        let mut client = self.clients.remove(&token)?;
        // The descriptor is closed right after; a failure here changes nothing.
        let _ = registry.deregister(client.connection.source());
        match closed {
            Closed::ByPeer => {
                if client.hello == Some(Client::Control) {
                    tracing::warn!(
                        pid = client.peer.pid,
                        "control disconnected; forwarding goes on as it is"
                    );
                }
            }
            Closed::Io(error) => tracing::warn!(pid = client.peer.pid, %error, "connection lost"),
            Closed::Frame(error) => self.count("bad message", &client.peer, error),
            Closed::NotReading(_) => self.count("does not read", &client.peer, closed),
        }
        Some(client.names)
    }

    /// Counts a connection that was closed for what it did; a flood of them is one line a second.
    fn count(&mut self, reason: &'static str, peer: &Peer, detail: &dyn std::fmt::Display) {
        self.refused += 1;
        let now = Instant::now();
        let (last, more) = self.logged.entry(reason).or_insert((now - Duration::from_secs(2), 0));
        if now.duration_since(*last) < Duration::from_secs(1) {
            *more += 1;
            return;
        }
        tracing::warn!(
            reason,
            pid = peer.pid,
            uid = peer.uid,
            unlogged = *more,
            "connection closed: {detail}"
        );
        (*last, *more) = (now, 0);
    }
}
