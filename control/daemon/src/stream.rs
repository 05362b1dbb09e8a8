//! A framed, non-blocking Unix stream, as both sockets use it.

use api::frame::{self, FrameError, Reader};
use mio::net::UnixStream;
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, ErrorKind, Read, Write};

/// Bytes that wait to be written, above which a producer pauses.
const HIGH_WATER: usize = 1 << 20;

/// What one turn reads at most, so that a peer that never stops cannot keep the loop.
const READ_PER_TURN: usize = 1 << 20;

/// How a turn of reading ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Received {
    /// Nothing more now.
    Drained,
    /// The turn was used up; there may be more.
    More,
    /// The peer closed its end.
    Closed,
}

#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) stream: UnixStream,
    reader: Reader,
    out: Vec<u8>,
    written: usize,
}

impl Conn {
    pub(crate) fn new(stream: UnixStream) -> Conn {
        Conn { stream, reader: Reader::default(), out: Vec::new(), written: 0 }
    }

    /// Queues a message; [`Conn::flush`] sends it.
    pub(crate) fn send<M: Serialize>(&mut self, message: &M) -> Result<(), FrameError> {
        if self.written > 0 && self.written >= self.out.len() / 2 {
            self.out.drain(..self.written);
            self.written = 0;
        }
        frame::write(message, &mut self.out)
    }

    /// Whether a producer may go on.
    pub(crate) fn has_room(&self) -> bool {
        self.out.len() - self.written < HIGH_WATER
    }

    /// Writes what the socket takes now.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while self.written < self.out.len() {
            match self.stream.write(&self.out[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => self.written += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.out.clear();
        self.written = 0;
        Ok(())
    }

    /// Reads what is there, up to a turn's worth; [`Conn::next`] gives the messages in it.
    pub(crate) fn receive(&mut self) -> io::Result<Received> {
        let mut chunk = [0u8; 16 << 10];
        let mut total = 0;
        while total < READ_PER_TURN {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(Received::Closed),
                Ok(n) => {
                    self.reader.extend(&chunk[..n]);
                    total += n;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(Received::Drained),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Received::More)
    }

    pub(crate) fn next<M: DeserializeOwned>(&mut self) -> Result<Option<M>, FrameError> {
        self.reader.take()
    }

    /// Bytes received that are no whole message yet.
    pub(crate) fn unread(&self) -> usize {
        self.reader.pending()
    }
}
