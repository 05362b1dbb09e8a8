//! One connection: messages in, messages out, never blocking.

use api::frame::{self, FrameError};
use mio::net::UnixStream;
use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

/// Bytes that may wait for a peer which does not read. Beyond it the connection is closed.
pub const MAX_UNSENT: usize = 16 << 20;
const CHUNK: usize = 64 << 10;

/// A connection has ended, and why.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    #[error("the peer closed the connection")]
    ByPeer,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the peer does not read: {0} bytes wait for it")]
    NotReading(usize),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A framed, buffered, non-blocking stream.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    reader: frame::Reader,
    out: Vec<u8>,
    sent: usize,
    chunk: Box<[u8]>,
}

impl Connection {
    pub fn new(stream: UnixStream) -> Connection {
        let chunk = vec![0; CHUNK].into_boxed_slice();
        Connection { stream, reader: frame::Reader::default(), out: Vec::new(), sent: 0, chunk }
    }

    /// Reads what is there, at most 64 KiB. `false` when there was nothing: wait for the event loop.
    pub fn fill(&mut self) -> Result<bool, Closed> {
        loop {
            match self.stream.read(&mut self.chunk) {
                Ok(0) => return Err(Closed::ByPeer),
                Ok(n) => {
                    self.reader.extend(&self.chunk[..n]);
                    return Ok(true);
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// The next whole message of those read.
    pub fn take<M: DeserializeOwned>(&mut self) -> Result<Option<M>, Closed> {
        Ok(self.reader.take()?)
    }

    /// Queues a message and sends what the peer takes now.
    pub fn send<M: Serialize>(&mut self, message: &M) -> Result<(), Closed> {
        frame::write(message, &mut self.out)?;
        self.flush()?;
        if self.unsent() > MAX_UNSENT { Err(Closed::NotReading(self.unsent())) } else { Ok(()) }
    }

    /// Sends what the peer takes now.
    pub fn flush(&mut self) -> Result<(), Closed> {
        while self.unsent() > 0 {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(n) => self.sent += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        if self.unsent() == 0 {
            self.out.clear();
            self.sent = 0;
        } else if self.sent > CHUNK && self.sent > self.out.len() / 2 {
            self.out.drain(..self.sent);
            self.sent = 0;
        }
        Ok(())
    }

    /// Bytes that wait for the peer.
    pub fn unsent(&self) -> usize {
        self.out.len() - self.sent
    }

    /// For registering with the event loop.
    pub fn source(&mut self) -> &mut UnixStream {
        &mut self.stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_cross_and_a_peer_that_never_reads_is_noticed() {
        let (a, b) = UnixStream::pair().unwrap();
        let (mut a, mut b) = (Connection::new(a), Connection::new(b));
        a.send(&"hello".to_owned()).unwrap();
        while !b.fill().unwrap() {}
        assert_eq!(b.take::<String>().unwrap().as_deref(), Some("hello"));
        let big = vec![7u8; 1 << 20];
        let refused = (0..64).find_map(|_| a.send(&big).err());
        assert!(matches!(refused, Some(Closed::NotReading(n)) if n > MAX_UNSENT));
        let mut got = 0;
        while a.unsent() > 0 || got < 17 {
            a.flush().unwrap();
            b.fill().unwrap();
            while b.take::<Vec<u8>>().unwrap().is_some() {
                got += 1;
            }
        }
        drop(a);
        assert!(matches!(b.fill(), Err(Closed::ByPeer)));
    }
}
