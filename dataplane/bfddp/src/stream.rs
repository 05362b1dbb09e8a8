//! Messages out of a stream of octets.

use crate::{Error, MAX_LEN, Message, Packet};

/// What was received and is not yet a message. It holds less than one message and what [`Stream::extend`] was last given.
#[derive(Debug, Default)]
pub struct Stream {
    buffer: Vec<u8>,
    /// Octets of it that were taken.
    taken: usize,
}

impl Stream {
    /// More octets. The caller takes all messages before it comes with the next.
    pub fn extend(&mut self, octets: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(octets);
    }

    /// The next message, once it is whole.
    ///
    /// # Errors
    /// Of the message that is next. After one that [breaks the stream](Error::breaks_stream) every call says the same;
    /// after another, the message is skipped.
    pub fn take(&mut self) -> Result<Option<Message>, Error> {
        let rest = &self.buffer[self.taken..];
        match Packet::new_checked(rest) {
            Ok(packet) => {
                self.taken += usize::from(packet.length());
                Message::parse(&packet).map(Some)
            }
            Err(Error::Truncated(_) | Error::Incomplete { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Octets that wait for the rest of their message; below [`MAX_LEN`] once all messages were taken.
    pub fn pending(&self) -> usize {
        debug_assert!(self.taken <= self.buffer.len() && MAX_LEN < usize::from(u16::MAX));
        self.buffer.len() - self.taken
    }
}
