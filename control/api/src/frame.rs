//! Frames on a Unix stream socket: a 4-byte little-endian length of what follows, then one postcard message.

use serde::{Serialize, de::DeserializeOwned};

/// The largest message, in bytes without its length. A peer that announces more is disconnected.
pub const MAX_LEN: usize = 4 << 20;
const HEADER: usize = 4;

/// Why a stream of frames cannot go on.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FrameError {
    /// The announced length is over [`MAX_LEN`].
    #[error("a message of {0} bytes is announced; the limit is {MAX_LEN}")]
    TooLong(usize),
    /// The bytes are no message of this version.
    #[error("{0} bytes are not a message of version {version}", version = crate::VERSION)]
    Malformed(usize),
    /// The message to send is over [`MAX_LEN`].
    #[error("a message of {0} bytes is too long to send; the limit is {MAX_LEN}")]
    Unsendable(usize),
}

/// Appends `message` to `out` as one frame.
///
/// # Errors
/// [`FrameError::Unsendable`]; `out` is then as it was.
pub fn write<M: Serialize>(message: &M, out: &mut Vec<u8>) -> Result<(), FrameError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER]);
    let Ok(filled) = postcard::to_extend(message, std::mem::take(out)) else {
        // Serialising our own enums into a vector fails for no value of theirs.
        unreachable!("postcard refused one of our own messages");
    };
    *out = filled;
    let len = out.len() - start - HEADER;
    if len > MAX_LEN {
        out.truncate(start);
        return Err(FrameError::Unsendable(len));
    }
    out[start..start + HEADER].copy_from_slice(&(len as u32).to_le_bytes());
    Ok(())
}

/// Takes frames out of a growing buffer of received bytes.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
    taken: usize,
}

impl Reader {
    /// Adds what was received.
    pub fn extend(&mut self, received: &[u8]) {
        if self.taken > 0 && self.taken >= self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        self.bytes.extend_from_slice(received);
    }

    /// Bytes received and not yet taken as messages.
    pub fn pending(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// The next whole message, or `None` until more bytes come.
    ///
    /// # Errors
    /// The stream is broken and must be closed.
    pub fn take<M: DeserializeOwned>(&mut self) -> Result<Option<M>, FrameError> {
        let pending = &self.bytes[self.taken..];
        let Some((header, body)) = pending.split_first_chunk::<HEADER>() else { return Ok(None) };
        let len = u32::from_le_bytes(*header) as usize;
        if len > MAX_LEN {
            return Err(FrameError::TooLong(len));
        }
        let Some(body) = body.get(..len) else { return Ok(None) };
        let (message, rest) = postcard::take_from_bytes(body).map_err(|_| FrameError::Malformed(len))?;
        if !rest.is_empty() {
            return Err(FrameError::Malformed(len));
        }
        self.taken += HEADER + len;
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in_however_the_stream_is_cut() {
        let sent: Vec<String> = (0..50).map(|n| "x".repeat(n * 7)).collect();
        let mut stream = Vec::new();
        for message in &sent {
            write(message, &mut stream).unwrap();
        }
        for cut in [1, 2, 3, 5, 64, 10_000] {
            let mut reader = Reader::default();
            let mut got: Vec<String> = Vec::new();
            for piece in stream.chunks(cut) {
                reader.extend(piece);
                while let Some(message) = reader.take().unwrap() {
                    got.push(message);
                }
            }
            assert_eq!(got, sent);
            assert_eq!(reader.pending(), 0);
        }
    }

    #[test]
    fn a_lying_length_and_trailing_bytes_break_the_stream() {
        let mut reader = Reader::default();
        reader.extend(&u32::MAX.to_le_bytes());
        assert_eq!(reader.take::<String>(), Err(FrameError::TooLong(u32::MAX as usize)));
        let mut reader = Reader::default();
        reader.extend(&[3, 0, 0, 0, 1, b'a', b'b']);
        assert_eq!(reader.take::<String>(), Err(FrameError::Malformed(3)));
    }

    #[test]
    fn what_is_too_long_to_send_leaves_the_buffer_as_it_was() {
        let mut out = vec![7];
        assert!(matches!(write(&vec![0u8; MAX_LEN + 1], &mut out), Err(FrameError::Unsendable(_))));
        assert_eq!(out, [7]);
    }
}
