//! The frames of the stream: a header of four octets, then netlink messages (FRR, `fpm/fpm.h`).

/// Where zebra looks for a forwarding plane manager unless told otherwise.
pub const PORT: u16 = 2620;
/// Octets of a frame's header: version, type, length of all in network byte order.
pub const HEADER_LEN: usize = 4;
/// Octets of the longest frame that a header can announce.
pub const MAX_LEN: usize = u16::MAX as usize;

const VERSION: u8 = 1;
const TYPE_NETLINK: u8 = 1;

/// Why a stream cannot be followed any further. Nothing marks the beginning of the next frame, so that the connection
/// has to be made anew; zebra then tells everything again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum StreamError {
    #[error("FPM: version {0} instead of {VERSION}")]
    Version(u8),
    #[error("FPM: a frame of type {0} instead of {TYPE_NETLINK}, netlink")]
    Type(u8),
    #[error("FPM: a frame of {0} octets is shorter than its header of {HEADER_LEN}")]
    Length(u16),
    #[error("FPM: {have} octets at {at} of a frame cannot hold the header of a netlink message")]
    Header { at: usize, have: usize },
    #[error("FPM: a netlink message of {length} octets at {at} of a frame that has {have} left")]
    MessageLength { at: usize, length: u32, have: usize },
}

/// The octets of the frame that a header begins, header included.
///
/// # Errors
/// No frame begins like that.
pub fn length(header: [u8; HEADER_LEN]) -> Result<usize, StreamError> {
    let [version, kind, length @ ..] = header;
    let length = u16::from_be_bytes(length);
    match (version, kind) {
        (VERSION, TYPE_NETLINK) if usize::from(length) >= HEADER_LEN => Ok(length.into()),
        (VERSION, TYPE_NETLINK) => Err(StreamError::Length(length)),
        (VERSION, kind) => Err(StreamError::Type(kind)),
        (version, _) => Err(StreamError::Version(version)),
    }
}

/// Begins a frame at the end of `bytes`; [`end`] sets its length.
pub(crate) fn begin(bytes: &mut Vec<u8>) -> usize {
    bytes.extend([VERSION, TYPE_NETLINK, 0, 0]);
    bytes.len() - HEADER_LEN
}

pub(crate) fn end(bytes: &mut [u8], start: usize) {
    let length =
        u16::try_from(bytes.len() - start).expect("a frame is ended before it is too long for its header");
    bytes[start + 2..start + HEADER_LEN].copy_from_slice(&length.to_be_bytes());
}

/// Cuts a stream into frames. Holds no more than one that is not complete.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    partial: Vec<u8>,
}

impl Splitter {
    /// Gives what is in each frame to `each`, in order. Frames that lie in `input` as a whole are not copied.
    pub(crate) fn split(
        &mut self,
        mut input: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        while !self.partial.is_empty() && !input.is_empty() {
            let wanted = match self.partial.first_chunk() {
                Some(header) => length(*header)?,
                None => HEADER_LEN,
            };
            let (more, rest) = input.split_at(input.len().min(wanted - self.partial.len()));
            self.partial.extend_from_slice(more);
            input = rest;
            if let Some((header, body)) = self.partial.split_first_chunk()
                && length(*header)? == self.partial.len()
            {
                each(body)?;
                self.partial.clear();
            }
        }
        while let Some(header) = input.first_chunk() {
            let length = length(*header)?;
            let Some((frame, rest)) = input.split_at_checked(length) else { break };
            each(&frame[HEADER_LEN..])?;
            input = rest;
        }
        self.partial.extend_from_slice(input);
        Ok(())
    }

    /// Whether a frame has begun and not ended.
    pub(crate) fn is_within(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Forgets what was not complete.
    pub(crate) fn reset(&mut self) {
        self.partial.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let start = begin(&mut bytes);
        bytes.extend(body);
        end(&mut bytes, start);
        bytes
    }

    fn split(splitter: &mut Splitter, input: &[u8]) -> Result<Vec<Vec<u8>>, StreamError> {
        let mut bodies = Vec::new();
        splitter.split(input, |body| {
            bodies.push(body.to_vec());
            Ok(())
        })?;
        Ok(bodies)
    }

    #[test]
    fn a_frame_of_another_version_or_type_or_of_an_impossible_length_ends_the_stream() {
        for (bytes, error) in [
            ([2, 1, 0, 4], StreamError::Version(2)),
            ([0, 1, 0, 4], StreamError::Version(0)),
            ([1, 2, 0, 4], StreamError::Type(2)),
            ([1, 1, 0, 3], StreamError::Length(3)),
            ([1, 1, 0, 0], StreamError::Length(0)),
        ] {
            assert_eq!(split(&mut Splitter::default(), &bytes), Err(error));
            let mut splitter = Splitter::default();
            assert_eq!(
                split(&mut splitter, &bytes[..3]),
                Ok(vec![]),
                "nothing is said before the header is there"
            );
            assert_eq!(split(&mut splitter, &bytes[3..]), Err(error));
        }
    }

    #[test]
    fn what_was_not_complete_is_forgotten_with_its_connection() {
        let mut splitter = Splitter::default();
        assert_eq!(split(&mut splitter, &[1, 1, 0]), Ok(vec![]));
        splitter.reset();
        assert_eq!(split(&mut splitter, &frame(b"whole")), Ok(vec![b"whole".to_vec()]));
    }

    proptest! {
        #[test]
        fn frames_are_the_same_however_the_stream_is_cut(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..8),
            cuts in prop::collection::vec(0_usize..600, 0..20),
        ) {
            let stream: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.push(stream.len());
            cuts.sort_unstable();
            let (mut splitter, mut seen, mut from) = (Splitter::default(), Vec::new(), 0);
            for cut in cuts {
                seen.extend(split(&mut splitter, &stream[from..cut]).unwrap());
                prop_assert!(splitter.partial.len() < 74, "no more is held than one frame");
                from = cut;
            }
            prop_assert_eq!(seen, bodies);
        }
    }
}
