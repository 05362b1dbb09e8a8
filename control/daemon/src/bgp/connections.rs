//! The connections of neighbors: sockets, and which of them have something to read.

use ::bgp::{Peer, Slot};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

/// How long a connection that has ended is read and thrown away, so that the NOTIFICATION arrives before a reset.
const LINGER: Duration = Duration::from_secs(1);

/// Octets of one read. A full table of large messages is some thousand of these.
pub(super) const READ_LEN: usize = 64 * 1024;

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Got {
    Octets(usize),
    Nothing,
    Closed,
}

/// Whose a connection is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner {
    Session {
        peer: u32,
        slot: Slot,
    },
    /// Nobody's any more.
    Lingering {
        until: Instant,
    },
}

#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    pub(super) owner: Owner,
    /// The socket may have something; edge-triggered polls say so once.
    pub(super) readable: bool,
}

impl Connection {
    pub(super) fn new(
        mut stream: TcpStream,
        owner: Owner,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Connection> {
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        // KEEPALIVEs are short and must not wait for more.
        stream.set_nodelay(true)?;
        Ok(Connection { stream, owner, readable: true })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Got {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Got::Closed,
                Ok(octets) => return Got::Octets(octets),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.readable = false;
                    return Got::Nothing;
                }
                Err(_) => return Got::Closed,
            }
        }
    }

    /// Sends what the peer's session has to say, as far as the socket takes it. False when the connection is broken.
    pub(super) fn flush(&mut self, peer: &mut Peer, slot: Slot, now: Instant) -> bool {
        while !peer.output(slot).is_empty() {
            match self.stream.write(peer.output(slot)) {
                Ok(octets) => peer.sent(slot, octets, now),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        true
    }

    /// Says that nothing more is sent, and waits for the peer to close.
    pub(super) fn linger(&mut self, now: Instant) {
        // A connection that is broken already needs no more.
        let _ = self.stream.shutdown(Shutdown::Write);
        self.owner = Owner::Lingering { until: now + LINGER };
        self.readable = true;
    }
}
