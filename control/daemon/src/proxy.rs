//! Requests about the P4 program that clients of control send on to the switch: each client by a connection of its own, so
//! that one which waits for the compiler, or follows a flood, holds up nobody else.

use api::control::Reply as Answer;
use api::program;
use api::switch::{Client, Reply, Request};
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use process::{Closed, Connection};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

/// Tokens of connections are those of the clients, so much further.
const OFFSET: usize = 1 << 40;

/// Reads of 64 KiB in one turn.
const TURN: usize = 4;

#[derive(Debug)]
struct Upstream {
    conn: Connection,
    greeted: bool,
    /// A request is under way.
    asked: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Proxy {
    upstreams: HashMap<Token, Upstream>,
}

/// What the switch says to a client.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// The answer to its request.
    Answer(Answer),
    /// Something that it follows.
    Told(Answer),
}

impl Proxy {
    pub(crate) fn owns(token: Token) -> bool {
        token.0 >= OFFSET
    }

    /// The client that a connection is for.
    pub(crate) fn client(token: Token) -> Token {
        Token(token.0 - OFFSET)
    }

    /// Sends a client's request on.
    ///
    /// # Errors
    /// Why it cannot.
    pub(crate) fn ask(
        &mut self,
        client: Token,
        request: program::Request,
        switch: &Path,
        registry: &Registry,
    ) -> Result<(), String> {
        let upstream = match self.upstreams.entry(client) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => {
                let failed = |why| format!("there is no switch at {}: {why}", switch.display());
                let conn = connect(client, switch, registry).map_err(failed)?;
                place.insert(Upstream { conn, greeted: false, asked: false })
            }
        };
        upstream.asked = true;
        if let Err(closed) = upstream.conn.send(&Request::Program(request)) {
            self.upstreams.remove(&client);
            return Err(lost(&closed));
        }
        Ok(())
    }

    /// What the switch said to that client; with an error its connection is gone.
    pub(crate) fn ready(&mut self, client: Token, registry: &Registry) -> (Vec<Said>, Option<String>) {
        let mut said = Vec::new();
        let Some(upstream) = self.upstreams.get_mut(&client) else { return (said, None) };
        match upstream.turn(client, registry, &mut said) {
            Ok(()) => (said, None),
            Err(why) => {
                self.upstreams.remove(&client);
                (said, Some(why))
            }
        }
    }

    /// Connections of clients that are gone, go.
    pub(crate) fn retain(&mut self, is_there: impl Fn(Token) -> bool) {
        self.upstreams.retain(|client, _| is_there(*client));
    }
}

fn lost(closed: &Closed) -> String {
    format!("the connection to the switch was lost: {closed}")
}

fn connect(client: Token, switch: &Path, registry: &Registry) -> Result<Connection, Closed> {
    let mut stream = UnixStream::connect(switch)?;
    let token = Token(client.0 + OFFSET);
    registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
    let mut conn = Connection::new(stream);
    conn.send(&Request::Hello { version: api::VERSION, client: Client::Operator })?;
    Ok(conn)
}

impl Upstream {
    fn turn(&mut self, client: Token, registry: &Registry, said: &mut Vec<Said>) -> Result<(), String> {
        let failed = |closed: Closed| lost(&closed);
        self.conn.flush().map_err(failed)?;
        let mut closed = None;
        for turn in 0.. {
            match self.conn.fill() {
                Ok(false) => break,
                Ok(true) if turn < TURN => {}
                Ok(true) => {
                    // Asking again makes the edge-triggered poll report what is left.
                    let token = Token(client.0 + OFFSET);
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    let asked = registry.reregister(self.conn.source(), token, interest);
                    asked.map_err(|error| failed(error.into()))?;
                    break;
                }
                Err(error) => {
                    closed = Some(error);
                    break;
                }
            }
        }
        while let Some(reply) = self.conn.take::<Reply>().map_err(failed)? {
            self.reply(reply, said)?;
        }
        closed.map_or(Ok(()), |closed| Err(lost(&closed)))
    }

    fn reply(&mut self, reply: Reply, said: &mut Vec<Said>) -> Result<(), String> {
        // A trace is answered at once, and its packets follow.
        let follows = matches!(reply, Reply::Program(program::Reply::Trace(_)));
        let answer = match reply {
            Reply::Welcome { version, .. } if version == api::VERSION && !self.greeted => {
                self.greeted = true;
                return Ok(());
            }
            Reply::Told(event) => {
                said.push(Said::Told(Answer::Told(event)));
                return Ok(());
            }
            Reply::Event(_) => return Ok(()),
            Reply::Program(reply) => Answer::Program(reply),
            Reply::Refused { why, .. } if self.greeted => Answer::Refused { why },
            Reply::Refused { why, .. } => return Err(format!("the switch refuses: {why}")),
            other => return Err(format!("the switch answered with {other:?}")),
        };
        if std::mem::take(&mut self.asked) {
            said.push(Said::Answer(answer));
        } else if follows {
            said.push(Said::Told(answer));
        }
        Ok(())
    }
}
