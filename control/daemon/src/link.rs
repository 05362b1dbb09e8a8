//! The connection to `swerve-switch`: made again whenever it is lost, for as long as it takes.

use api::switch::{Client, Reply, Request};
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use process::{Closed, Connection};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracing::{info, warn};

const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// How long the switch may take to say welcome.
const GREETING: Duration = Duration::from_secs(5);

/// Reads of 64 KiB in one turn, so that a switch that never stops cannot keep the loop.
const TURN: usize = 16;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("{0}")]
    Connect(#[from] io::Error),
    #[error("{0}")]
    Closed(#[from] Closed),
    #[error("the switch speaks version {0}, this is {ours}: update the older one", ours = api::VERSION)]
    Version(u32),
    #[error("the switch refused: {0}")]
    Refused(String),
    #[error("the switch did not answer in {0:?}")]
    Timeout(Duration),
}

#[derive(Debug)]
enum State {
    Down { retry: Instant },
    Greeting { conn: Connection, until: Instant },
    Up { conn: Connection, since: Instant },
}

/// What one turn of reading gave.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The switch has just greeted.
    pub(crate) welcomed: bool,
    pub(crate) replies: Vec<Reply>,
    /// Nothing comes any more, and why.
    pub(crate) closed: Option<Closed>,
}

#[derive(Debug)]
pub(crate) struct Link {
    path: PathBuf,
    token: Token,
    state: State,
    backoff: Duration,
    /// The absence of the switch was said.
    said: bool,
}

impl Link {
    pub(crate) fn new(path: &Path, token: Token, now: Instant) -> Link {
        Link {
            path: path.to_owned(),
            token,
            state: State::Down { retry: now },
            backoff: BACKOFF.0,
            said: false,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The connection, once both sides have greeted.
    pub(crate) fn up(&mut self) -> Option<&mut Connection> {
        match &mut self.state {
            State::Up { conn, .. } => Some(conn),
            State::Down { .. } | State::Greeting { .. } => None,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// When [`Link::on_time`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Down { retry } => Some(retry),
            State::Greeting { until, .. } => Some(until),
            State::Up { .. } => None,
        }
    }

    /// Connects when it is time to, and gives up on a switch that does not greet.
    pub(crate) fn on_time(&mut self, now: Instant, registry: &Registry) {
        match self.state {
            State::Down { retry } if retry <= now => match self.connect(registry) {
                Ok(conn) => self.state = State::Greeting { conn, until: now + GREETING },
                Err(error) => self.lost(&error, now),
            },
            State::Greeting { until, .. } if until <= now => self.lost(&LinkError::Timeout(GREETING), now),
            State::Down { .. } | State::Greeting { .. } | State::Up { .. } => {}
        }
    }

    fn connect(&self, registry: &Registry) -> Result<Connection, LinkError> {
        let mut stream = UnixStream::connect(&self.path)?;
        registry.register(&mut stream, self.token, Interest::READABLE | Interest::WRITABLE)?;
        let mut conn = Connection::new(stream);
        conn.send(&Request::Hello { version: api::VERSION, client: Client::Control })?;
        Ok(conn)
    }

    /// Ends the connection, if there is one, and tries again later. Said once until the switch is back.
    pub(crate) fn lost(&mut self, why: &LinkError, now: Instant) {
        if let State::Up { since, .. } = self.state {
            // A switch that greets and hangs up is no reason to hurry.
            if now.duration_since(since) >= BACKOFF.1 {
                self.backoff = BACKOFF.0;
            }
            warn!(old = "connected", new = "disconnected", reason = %why, "switch connection");
            self.said = true;
        } else if !self.said {
            warn!(socket = %self.path.display(), reason = %why, "no switch; trying on until it answers");
            self.said = true;
        }
        self.state = State::Down { retry: now + self.backoff };
        self.backoff = (self.backoff * 2).min(BACKOFF.1);
    }

    /// What the switch sent. With an error the caller ends the connection by [`Link::lost`].
    pub(crate) fn receive(&mut self, now: Instant, registry: &Registry) -> Result<Incoming, LinkError> {
        let mut incoming = Incoming { welcomed: false, replies: Vec::new(), closed: None };
        let conn = match &mut self.state {
            State::Down { .. } => return Ok(incoming),
            State::Greeting { conn, .. } | State::Up { conn, .. } => conn,
        };
        for turn in 0.. {
            match conn.fill() {
                Ok(false) => break,
                // Asking again makes the edge-triggered poll report what is left.
                Ok(true) if turn == TURN => {
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    registry.reregister(conn.source(), self.token, interest)?;
                    break;
                }
                Ok(true) => {}
                Err(closed) => {
                    incoming.closed = Some(closed);
                    break;
                }
            }
        }
        while let Some(reply) = conn.take::<Reply>()? {
            incoming.replies.push(reply);
        }
        if matches!(self.state, State::Greeting { .. }) && !incoming.replies.is_empty() {
            self.welcome(incoming.replies.remove(0), now)?;
            incoming.welcomed = true;
        }
        Ok(incoming)
    }

    fn welcome(&mut self, reply: Reply, now: Instant) -> Result<(), LinkError> {
        match reply {
            Reply::Welcome { version, build, .. } if version == api::VERSION => {
                info!(old = "disconnected", new = "connected", build, "switch connection");
                if let State::Greeting { conn, .. } =
                    std::mem::replace(&mut self.state, State::Down { retry: now })
                {
                    self.state = State::Up { conn, since: now };
                }
                self.said = false;
                Ok(())
            }
            Reply::Welcome { version, .. } => Err(LinkError::Version(version)),
            Reply::Refused { why, .. } => Err(LinkError::Refused(why)),
            other => Err(LinkError::Refused(format!("it answered the greeting with {other:?}"))),
        }
    }
}
