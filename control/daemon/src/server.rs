//! The socket that `swervectl` speaks to.

use crate::limit::Limiter;
use crate::stream::{Conn, Received};
use api::control::{Reply, Request};
use mio::net::{UnixListener, UnixStream};
use mio::{Interest, Registry, Token};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{UnixCredentials, getsockopt, sockopt::PeerCredentials};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Group, Uid, User, chown, geteuid, getgrouplist};
use std::collections::{BTreeMap, HashMap};
use std::ffi::CString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tracing::{info, warn};

/// Connections at a time.
const CLIENTS: usize = 64;

/// Bytes of a request; the longest name is far shorter.
const REQUEST_LEN: usize = 64 << 10;

/// Tokens of clients begin here and are never used twice.
const FIRST_TOKEN: usize = 1 << 16;

/// Why the socket cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error(
        "another swerve-control (pid {pid}) serves {path}; stop it first, or give this one another [control] socket"
    )]
    Served { path: PathBuf, pid: String },
    #[error("{path} exists and is not a socket; remove it or set another [control] socket")]
    NotASocket { path: PathBuf },
    #[error("cannot serve {path}: {error}")]
    Io { path: PathBuf, error: io::Error },
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
    conn: Conn,
    greeted: bool,
    /// A request is being worked on; the next one waits.
    busy: bool,
    closed: bool,
    who: UnixCredentials,
}

#[derive(Debug)]
pub(crate) struct Server {
    path: PathBuf,
    listener: UnixListener,
    token: Token,
    _lock: Flock<File>,
    group: Option<Gid>,
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
        let failed = |error: io::Error| ServerError::Io { path: path.to_owned(), error };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let lock = lock(path)?;
        remove_stale(path)?;
        let group = Group::from_name(group).ok().flatten().map(|group| group.gid);
        // Nobody else may connect between the creation of the file and its change of group.
        let previous = umask(Mode::from_bits_truncate(0o117));
        let listener = UnixListener::bind(path);
        umask(previous);
        let mut listener = listener.map_err(failed)?;
        if let Some(gid) = group
            && let Err(error) = chown(path, None, Some(gid))
        {
            warn!(socket = %path.display(), %error, "cannot give the socket to its group");
        }
        registry.register(&mut listener, token, Interest::READABLE).map_err(failed)?;
        Ok(Server {
            path: path.to_owned(),
            listener,
            token,
            _lock: lock,
            group,
            clients: HashMap::new(),
            next_token: FIRST_TOKEN,
            refused: BTreeMap::new(),
            limiter: Limiter::new(),
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
            self.receive(token, registry, now);
        }
    }

    fn accept(&mut self, registry: &Registry, now: Instant) {
        loop {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    return;
                }
            };
            let Ok(who) = getsockopt(&stream, PeerCredentials) else { continue };
            if !self.allows(&who) {
                self.count(Refusal::NotAllowed, &who, now);
                say(stream, "you may not use this socket: be root or a member of its group");
                continue;
            }
            if self.clients.len() >= CLIENTS {
                self.count(Refusal::TooMany, &who, now);
                say(stream, "too many connections");
                continue;
            }
            let token = Token(self.next_token);
            self.next_token += 1;
            if registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).is_ok() {
                let conn = Conn::new(stream);
                self.clients.insert(token, Client { conn, greeted: false, busy: false, closed: false, who });
            }
        }
    }

    fn allows(&self, who: &UnixCredentials) -> bool {
        let uid = Uid::from_raw(who.uid());
        uid.is_root() || uid == geteuid() || self.group.is_some_and(|group| is_member(uid, who.gid(), group))
    }

    fn receive(&mut self, token: Token, registry: &Registry, now: Instant) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        match client.conn.receive() {
            Ok(Received::Drained) => {}
            // Asking again makes the edge-triggered poll report what is left.
            Ok(Received::More) => {
                let interest = Interest::READABLE | Interest::WRITABLE;
                client.closed |= registry.reregister(&mut client.conn.stream, token, interest).is_err();
            }
            Ok(Received::Closed) | Err(_) => client.closed = true,
        }
        if client.conn.flush().is_err() {
            self.clients.remove(&token);
        } else if client.busy && client.conn.unread() > REQUEST_LEN {
            self.close(token, Refusal::TooLong, "this is not a request", now);
        }
    }

    /// The next request of that client, who gets no other before [`Server::reply`].
    pub(crate) fn next_request(&mut self, token: Token, now: Instant) -> Option<Request> {
        loop {
            let client = self.clients.get_mut(&token)?;
            if client.busy {
                return None;
            }
            match client.conn.next::<Request>() {
                Err(error) => {
                    self.close(token, Refusal::Garbage, &error.to_string(), now);
                    return None;
                }
                Ok(None) if client.conn.unread() > REQUEST_LEN => {
                    self.close(token, Refusal::TooLong, "this is not a request", now);
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

    fn send(&mut self, token: Token, reply: &Reply, now: Instant) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        if !client.conn.has_room() {
            return self.close(token, Refusal::NotReading, "you do not read", now);
        }
        if let Err(error) = client.conn.send(reply) {
            warn!(%error, "an answer cannot be sent");
            self.clients.remove(&token);
        } else if client.conn.flush().is_err() {
            self.clients.remove(&token);
        }
    }

    fn close(&mut self, token: Token, why: Refusal, said: &str, now: Instant) {
        if let Some(mut client) = self.clients.remove(&token) {
            self.count(why, &client.who, now);
            // A last word, if the peer reads it.
            let _ = client.conn.send(&Reply::Refused { why: said.to_owned() });
            let _ = client.conn.flush();
        }
    }

    fn count(&mut self, why: Refusal, who: &UnixCredentials, now: Instant) {
        *self.refused.entry(why).or_default() += 1;
        if let Some(suppressed) = self.limiter.admit(why, now) {
            let (pid, uid) = (who.pid(), who.uid());
            info!(pid, uid, reason = %why, suppressed, "control connection refused");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The lock is still held: nobody else's socket can be there.
        let _ = fs::remove_file(&self.path);
    }
}

/// Tells a peer that is not served why, if it reads it.
fn say(stream: UnixStream, why: &str) {
    let mut conn = Conn::new(stream);
    let _ = conn.send(&Reply::Refused { why: why.to_owned() });
    let _ = conn.flush();
}

fn is_member(uid: Uid, gid: u32, group: Gid) -> bool {
    if gid == group.as_raw() {
        return true;
    }
    let Ok(Some(user)) = User::from_uid(uid) else { return false };
    let Ok(name) = CString::new(user.name) else { return false };
    getgrouplist(&name, user.gid).is_ok_and(|groups| groups.contains(&group))
}

/// Held as long as this process lives, so that of two instances one gives way whoever comes first to the socket.
fn lock(socket: &Path) -> Result<Flock<File>, ServerError> {
    let mut path = socket.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let failed = |error: io::Error| ServerError::Io { path: path.clone(), error };
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    let mut lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => lock,
        Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            let pid = if pid.is_empty() { "unknown".to_owned() } else { pid };
            return Err(ServerError::Served { path: socket.to_owned(), pid });
        }
        Err((_, errno)) => return Err(failed(errno.into())),
    };
    lock.set_len(0).map_err(failed)?;
    lock.write_all(std::process::id().to_string().as_bytes()).map_err(failed)?;
    Ok(lock)
}

fn remove_stale(path: &Path) -> Result<(), ServerError> {
    let failed = |error: io::Error| ServerError::Io { path: path.to_owned(), error };
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            return Err(ServerError::NotASocket { path: path.to_owned() });
        }
        Ok(_) => {}
    }
    if let Ok(other) = std::os::unix::net::UnixStream::connect(path) {
        let pid =
            getsockopt(&other, PeerCredentials).map_or("unknown".to_owned(), |who| who.pid().to_string());
        return Err(ServerError::Served { path: path.to_owned(), pid });
    }
    fs::remove_file(path).map_err(failed)
}
