//! The control socket: connections, their requests and their answers. What a request means is [`crate::switch`]'s.

use api::events::{self, Follow};
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
    /// Why it is closed at its next turn.
    end: Option<End>,
    subscribed: bool,
    follower: Follower,
    /// There may be more to read than the last turn took.
    ready: bool,
    pub names: Names,
    /// A reload that was validated and waits for its commit.
    pub prepared: Option<Box<crate::reload::Prepared>>,
    /// Its last request takes a while; those behind it wait for the answer.
    waiting: bool,
}

impl ClientState {
    fn end_with(&mut self, end: End) {
        self.end = Some(end);
        self.ready = true;
    }

    /// What it missed, as soon as it reads again.
    fn tell_of_losses(&mut self) {
        let [digests, idle, packets, lines] = self.follower.lost;
        if digests + idle + packets + lines == 0 || self.connection.unsent() >= MAX_EVENTS {
            return;
        }
        self.follower.lost = [0; Kind::COUNT];
        let lost = events::Event::Lost { digests, idle, packets, lines };
        if let Err(closed) = self.connection.send(&Reply::Told(lost)) {
            self.end_with(closed.into());
        }
    }
}

/// A kind of event that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Digest = 0,
    Idle = 1,
    Packet = 2,
    Line = 3,
}

impl Kind {
    const COUNT: usize = 4;
}

/// Kinds that are followed.
#[derive(Debug, Clone, Copy)]
pub struct Wanted(Follow);

impl Wanted {
    pub fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Digest => self.0.digests,
            Kind::Idle => self.0.idle,
            Kind::Packet => self.0.packets,
            Kind::Line => self.0.lines,
        }
    }
}

/// What a client follows, and what it missed of it.
#[derive(Debug, Default)]
struct Follower {
    wanted: Follow,
    lost: [u64; Kind::COUNT],
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

/// Why a connection is closed.
enum End {
    Closed(Closed),
    /// It does not speak as a client must; it was told so.
    Unwelcome {
        reason: &'static str,
        why: String,
    },
    /// There is one control at a time.
    Replaced,
}

impl From<Closed> for End {
    fn from(closed: Closed) -> End {
        End::Closed(closed)
    }
}

/// What the server found to do.
pub enum Work {
    Request(usize, Box<Request>),
    Gone(usize, Names),
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
                connection: Connection::accepted(stream),
                peer,
                hello: None,
                end: None,
                subscribed: false,
                follower: Follower::default(),
                ready: true,
                names: Names::default(),
                prepared: None,
                waiting: false,
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
            if let Err(end) = self.turn(token, &mut handle)
                && let Some(names) = self.close(token, registry, &end)
            {
                handle(self, Work::Gone(token, names));
            }
        }
    }

    fn turn(&mut self, token: usize, handle: &mut impl FnMut(&mut Server, Work)) -> Result<(), End> {
        let Some(client) = self.clients.get_mut(&token) else { return Ok(()) };
        if let Some(end) = client.end.take() {
            return Err(end);
        }
        client.connection.flush()?;
        client.tell_of_losses();
        if client.waiting {
            client.ready = false;
            return Ok(());
        }
        let mut filled = false;
        let mut taken = 0;
        while taken < BUDGET {
            let Some(client) = self.clients.get_mut(&token) else { break };
            if client.waiting {
                client.ready = false;
                break;
            }
            let request = match client.connection.take::<Request>() {
                Err(Closed::Line(why)) => return Err(self.turn_away(token, "bad message", "line", why)),
                taken => taken?,
            };
            if let Some(request) = request {
                self.greet(token, &request)?;
                handle(self, Work::Request(token, Box::new(request)));
                taken += 1;
            } else if filled {
                break;
            } else {
                // Only when no whole message waits: what a client sends faster than it is served waits in the kernel.
                filled = client.connection.fill()?;
                client.ready = filled;
                if !filled {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What must come first, comes first.
    fn greet(&mut self, token: usize, request: &Request) -> Result<(), End> {
        let Some(client) = self.clients.get_mut(&token) else { return Ok(()) };
        match request {
            Request::Hello { version, .. } if *version != api::VERSION => {
                let ours = api::VERSION;
                let why = format!("you speak version {version} of the protocol, this switch speaks {ours}");
                Err(self.turn_away(token, "wrong version", "hello", why))
            }
            Request::Hello { client: kind, .. } => {
                client.hello = Some(*kind);
                if *kind == Client::Control {
                    self.replace_older(token);
                }
                Ok(())
            }
            _ if client.hello.is_none() => {
                let why = "the first message must be a hello".to_owned();
                Err(self.turn_away(token, "no hello", "request", why))
            }
            Request::Subscribe => {
                client.subscribed = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes no further request of a client until [`Server::go_on`].
    pub fn wait(&mut self, token: usize) {
        if let Some(client) = self.clients.get_mut(&token) {
            client.waiting = true;
        }
    }

    pub fn go_on(&mut self, token: usize) {
        if let Some(client) = self.clients.get_mut(&token) {
            (client.waiting, client.ready) = (false, true);
        }
    }

    fn turn_away(&mut self, token: usize, reason: &'static str, request: &str, why: String) -> End {
        self.reply(token, &Reply::Refused { request: request.to_owned(), why: why.clone() });
        End::Unwelcome { reason, why }
    }

    fn replace_older(&mut self, newest: usize) {
        for (token, client) in &mut self.clients {
            if *token != newest && client.hello == Some(Client::Control) {
                client.end_with(End::Replaced);
            }
        }
    }

    /// Answers; a connection that cannot be written to is closed at its next turn.
    pub fn reply(&mut self, token: usize, reply: &Reply) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        if let Err(closed) = client.connection.send(reply) {
            client.end_with(closed.into());
        }
    }

    /// Tells every subscriber.
    pub fn tell(&mut self, event: &Event) {
        for client in self.clients.values_mut().filter(|client| client.subscribed) {
            if client.connection.unsent() < MAX_EVENTS
                && let Err(closed) = client.connection.send(&Reply::Event(event.clone()))
            {
                client.end_with(closed.into());
            }
        }
    }

    /// From now on that client is told of what it wants to follow.
    pub fn follow(&mut self, token: usize, wanted: Follow) {
        if let Some(client) = self.clients.get_mut(&token) {
            client.follower = Follower { wanted, lost: [0; Kind::COUNT] };
        }
    }

    /// What anybody follows.
    pub fn wanted(&self) -> Wanted {
        let all = self.clients.values().map(|client| client.follower.wanted);
        Wanted(all.fold(Follow::default(), |all, one| Follow {
            digests: all.digests || one.digests,
            idle: all.idle || one.idle,
            packets: all.packets || one.packets,
            lines: all.lines || one.lines,
            numbers: false,
        }))
    }

    /// Tells everybody who follows such events; `make` makes it with values as numbers, or as their fields deserve. Who does
    /// not read misses it.
    pub fn told(&mut self, kind: Kind, make: &mut dyn FnMut(bool) -> Option<events::Event>) {
        let mut made: [Option<Reply>; 2] = [None, None];
        for client in self.clients.values_mut() {
            let wanted = client.follower.wanted;
            if !Wanted(wanted).has(kind) {
                continue;
            }
            client.tell_of_losses();
            if client.connection.unsent() >= MAX_EVENTS {
                client.follower.lost[kind as usize] += 1;
                continue;
            }
            let made = &mut made[usize::from(wanted.numbers)];
            if made.is_none() {
                *made = make(wanted.numbers).map(Reply::Told);
            }
            if let Some(reply) = made
                && let Err(closed) = client.connection.send(reply)
            {
                client.end_with(closed.into());
            }
        }
    }

    /// So many events found no room before they came here.
    pub fn lost(&mut self, kind: Kind, count: u64) {
        if count == 0 {
            return;
        }
        for client in self.clients.values_mut().filter(|client| Wanted(client.follower.wanted).has(kind)) {
            client.follower.lost[kind as usize] += count;
        }
    }

    pub fn tell_of_losses(&mut self) {
        self.clients.values_mut().for_each(ClientState::tell_of_losses);
    }

    fn close(&mut self, token: usize, registry: &Registry, end: &End) -> Option<Names> {
        let mut client = self.clients.remove(&token)?;
        // The descriptor is closed right after; a failure here changes nothing.
        let _ = registry.deregister(client.connection.source());
        match end {
            End::Replaced => {
                tracing::warn!(pid = client.peer.pid, "a newer control has connected; this one goes")
            }
            End::Unwelcome { reason, why } => self.count(reason, &client.peer, why),
            End::Closed(Closed::ByPeer) => {
                if client.hello == Some(Client::Control) {
                    let reason = "it closed the connection; forwarding goes on as it is";
                    tracing::warn!(
                        pid = client.peer.pid,
                        old = "connected",
                        new = "absent",
                        reason,
                        "control"
                    );
                }
            }
            End::Closed(Closed::Io(error)) => {
                tracing::warn!(pid = client.peer.pid, %error, "connection lost")
            }
            End::Closed(Closed::Frame(error)) => self.count("bad message", &client.peer, error),
            End::Closed(Closed::Line(error)) => self.count("bad message", &client.peer, error),
            End::Closed(closed @ Closed::NotReading(_)) => self.count("does not read", &client.peer, closed),
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
