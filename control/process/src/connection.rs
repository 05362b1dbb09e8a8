//! One connection: messages in, messages out, never blocking.
//!
//! Who connects may speak frames ([`frame`]), as all of swerve's own do, or JSON: a message a line, in either direction. His
//! first byte decides: a greeting in a frame is shorter than 123 bytes, and so begins with no `{`.

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
    #[error("this line is no message: {0}")]
    Line(String),
    #[error("the peer does not read: {0} bytes wait for it")]
    NotReading(usize),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How messages stand in the stream.
#[derive(Debug)]
enum Speech {
    /// The peer has yet to say something.
    Unknown,
    Frames(frame::Reader),
    /// Bytes not yet taken, and how many of them are known to have no end of a line.
    Lines {
        bytes: Vec<u8>,
        searched: usize,
    },
}

/// A buffered, non-blocking stream of messages.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    speech: Speech,
    out: Vec<u8>,
    sent: usize,
    chunk: Box<[u8]>,
}

impl Connection {
    /// Of ours to somebody: in frames.
    pub fn new(stream: UnixStream) -> Connection {
        Connection::speaking(stream, Speech::Frames(frame::Reader::default()))
    }

    /// Of somebody to us: as he speaks.
    pub fn accepted(stream: UnixStream) -> Connection {
        Connection::speaking(stream, Speech::Unknown)
    }

    fn speaking(stream: UnixStream, speech: Speech) -> Connection {
        let chunk = vec![0; CHUNK].into_boxed_slice();
        Connection { stream, speech, out: Vec::new(), sent: 0, chunk }
    }

    /// Reads what is there, at most 64 KiB. `false` when there was nothing: wait for the event loop.
    pub fn fill(&mut self) -> Result<bool, Closed> {
        loop {
            match self.stream.read(&mut self.chunk) {
                Ok(0) => return Err(Closed::ByPeer),
                Ok(n) => {
                    self.hear(n);
                    return Ok(true);
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Keeps what has been read into the chunk.
    fn hear(&mut self, len: usize) {
        let read = &self.chunk[..len];
        if matches!(self.speech, Speech::Unknown) {
            self.speech = match read.first() {
                Some(b'{') => Speech::Lines { bytes: Vec::new(), searched: 0 },
                _ => Speech::Frames(frame::Reader::default()),
            };
        }
        match &mut self.speech {
            Speech::Frames(reader) => reader.extend(read),
            Speech::Lines { bytes, .. } => bytes.extend_from_slice(read),
            Speech::Unknown => {}
        }
    }

    /// The next whole message of those read.
    pub fn take<M: DeserializeOwned>(&mut self) -> Result<Option<M>, Closed> {
        match &mut self.speech {
            Speech::Unknown => Ok(None),
            Speech::Frames(reader) => Ok(reader.take()?),
            Speech::Lines { bytes, searched } => take_line(bytes, searched),
        }
    }

    /// Queues a message and sends what the peer takes now.
    pub fn send<M: Serialize>(&mut self, message: &M) -> Result<(), Closed> {
        if matches!(self.speech, Speech::Lines { .. }) {
            serde_json::to_writer(&mut self.out, message).map_err(|error| Closed::Line(error.to_string()))?;
            self.out.push(b'\n');
        } else {
            frame::write(message, &mut self.out)?;
        }
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

    /// Received bytes that [`Connection::take`] has not given out.
    pub fn pending(&self) -> usize {
        match &self.speech {
            Speech::Unknown => 0,
            Speech::Frames(reader) => reader.pending(),
            Speech::Lines { bytes, .. } => bytes.len(),
        }
    }

    /// For registering with the event loop.
    pub fn source(&mut self) -> &mut UnixStream {
        &mut self.stream
    }
}

/// The next line with something in it.
fn take_line<M: DeserializeOwned>(bytes: &mut Vec<u8>, searched: &mut usize) -> Result<Option<M>, Closed> {
    loop {
        let Some(end) = bytes[*searched..].iter().position(|byte| *byte == b'\n') else {
            *searched = bytes.len();
            return if *searched > frame::MAX_LEN {
                Err(FrameError::TooLong(*searched).into())
            } else {
                Ok(None)
            };
        };
        let line: Vec<u8> = bytes.drain(..=*searched + end).collect();
        *searched = 0;
        if !line.trim_ascii().is_empty() {
            let message = serde_json::from_slice(&line);
            return message.map(Some).map_err(|error| Closed::Line(error.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_begins_with_a_brace_speaks_json_a_message_a_line() {
        use api::switch::{Client, Reply, Request};
        let (a, mut b) = UnixStream::pair().unwrap();
        let mut a = Connection::accepted(a);
        assert!(a.take::<Request>().unwrap().is_none());
        let hello = format!("{{\"Hello\":{{\"version\":{},\"client\":\"Operator\"}}}}\n", api::VERSION);
        for piece in
            [hello.as_bytes(), b"\n\"Sub", b"scribe\"\n{\"Barrier\":", b"{\"token\":7}}\r\n\"Nonsense\"\n"]
        {
            b.write_all(piece).unwrap();
            while !a.fill().unwrap() {}
        }
        let taken: Vec<Request> = (0..3).map(|_| a.take().unwrap().unwrap()).collect();
        let hello = Request::Hello { version: api::VERSION, client: Client::Operator };
        assert_eq!(taken, [hello, Request::Subscribe, Request::Barrier { token: 7 }]);
        let closed = a.take::<Request>().unwrap_err();
        assert!(closed.to_string().contains("Nonsense"), "{closed}");
        a.send(&Reply::Done { token: 7 }).unwrap();
        let mut said = [0; 64];
        let len = b.read(&mut said).unwrap();
        assert_eq!(&said[..len], b"{\"Done\":{\"token\":7}}\n");
        // A line without an end is not kept for ever.
        let mut sent = 0;
        let refused = loop {
            sent += b.write(&[b' '; 1 << 16]).unwrap_or(0);
            a.fill().unwrap();
            if let Err(closed) = a.take::<Request>() {
                break closed;
            }
        };
        assert!(
            matches!(refused, Closed::Frame(FrameError::TooLong(_))) && sent > frame::MAX_LEN,
            "{refused}"
        );
    }

    #[test]
    fn a_greeting_in_a_frame_never_begins_with_a_brace() {
        let hello = api::switch::Request::Hello { version: u32::MAX, client: api::switch::Client::Control };
        let mut bytes = Vec::new();
        frame::write(&hello, &mut bytes).unwrap();
        assert!(bytes[0] < b'{');
        let (a, mut b) = UnixStream::pair().unwrap();
        let mut a = Connection::accepted(a);
        b.write_all(&bytes).unwrap();
        while !a.fill().unwrap() {}
        assert_eq!(a.take().unwrap(), Some(hello));
    }

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
