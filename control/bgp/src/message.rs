//! The message header (RFC 4271 4.1), and its length with RFC 8654.

use crate::Fault;
use crate::bytes::Bytes;

/// Octets of the header.
pub const HEADER_LEN: usize = 19;
/// The longest message, header included.
pub const MAX_LEN: usize = 4096;
/// The longest message once both sides have said that they can (RFC 8654); OPEN and KEEPALIVE stay below [`MAX_LEN`].
pub const MAX_EXTENDED_LEN: usize = 65535;

/// Message types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Open,
    Update,
    Notification,
    Keepalive,
    /// RFC 2918.
    RouteRefresh,
}

impl Kind {
    pub const fn code(self) -> u8 {
        match self {
            Kind::Open => 1,
            Kind::Update => 2,
            Kind::Notification => 3,
            Kind::Keepalive => 4,
            Kind::RouteRefresh => 5,
        }
    }

    const fn from_code(code: u8) -> Option<Kind> {
        match code {
            1 => Some(Kind::Open),
            2 => Some(Kind::Update),
            3 => Some(Kind::Notification),
            4 => Some(Kind::Keepalive),
            5 => Some(Kind::RouteRefresh),
            _ => None,
        }
    }

    /// The word of the RFC.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Open => "OPEN",
            Kind::Update => "UPDATE",
            Kind::Notification => "NOTIFICATION",
            Kind::Keepalive => "KEEPALIVE",
            Kind::RouteRefresh => "ROUTE-REFRESH",
        }
    }

    /// Shortest and longest, header included (RFC 4271 6.1, RFC 8654 4).
    const fn lengths(self, limit: usize) -> (usize, usize) {
        match self {
            Kind::Open => (29, MAX_LEN),
            Kind::Update => (23, limit),
            Kind::Notification => (21, limit),
            Kind::Keepalive => (19, 19),
            Kind::RouteRefresh => (23, limit),
        }
    }
}

/// A message in the octets it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    pub kind: Kind,
    /// What is behind the header.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// Octets of the whole message.
    pub fn octets(&self) -> usize {
        HEADER_LEN + self.body.len()
    }
}

/// The message at the beginning of `bytes`; `None` while it is not there in full. A header that is wrong is found
/// before the rest comes. `limit` is [`MAX_LEN`] or [`MAX_EXTENDED_LEN`].
///
/// # Errors
/// `NotSynchronized`, `MessageLength`, `MessageType`.
pub fn frame(bytes: &[u8], limit: usize) -> Result<Option<Message<'_>>, Fault> {
    let marker = &bytes[..bytes.len().min(16)];
    if marker.iter().any(|&octet| octet != 0xff) {
        return Err(Fault::NotSynchronized);
    }
    let mut rest = Bytes(bytes);
    let (Some(_), Some(length), Some(code)) = (rest.take(16), rest.u16(), rest.u8()) else {
        return Ok(None);
    };
    let kind = Kind::from_code(code).ok_or(Fault::MessageType(code))?;
    let (least, most) = kind.lengths(limit);
    if !(least..=most).contains(&usize::from(length)) {
        return Err(Fault::MessageLength { length, kind: code });
    }
    Ok(rest.take(usize::from(length) - HEADER_LEN).map(|body| Message { kind, body }))
}

/// Appends a message.
///
/// # Panics
/// When the body is longer than a message can be.
pub fn emit(kind: Kind, body: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(HEADER_LEN + body.len()).expect("our own messages are short");
    out.extend_from_slice(&[0xff; 16]);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(kind.code());
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: u16, kind: u8) -> Vec<u8> {
        let mut bytes = vec![0xff; 16];
        bytes.extend(length.to_be_bytes());
        bytes.push(kind);
        bytes
    }

    #[test]
    fn what_is_emitted_is_framed_again_and_a_part_of_it_is_waited_for() {
        let mut bytes = Vec::new();
        emit(Kind::Update, &[1, 2, 3, 4], &mut bytes);
        for end in 0..bytes.len() {
            assert_eq!(frame(&bytes[..end], MAX_LEN), Ok(None));
        }
        let whole = Message { kind: Kind::Update, body: &[1, 2, 3, 4] };
        assert_eq!(frame(&bytes, MAX_LEN), Ok(Some(whole)));
    }

    #[test]
    fn every_length_that_a_type_cannot_have_is_refused_by_the_header_alone() {
        for (length, kind) in [(18, 4), (20, 4), (28, 1), (22, 2), (20, 3), (22, 5), (4097, 2), (0, 2)] {
            let fault = Fault::MessageLength { length, kind };
            assert_eq!(frame(&message(length, kind), MAX_LEN), Err(fault), "{length} {kind}");
        }
        // RFC 8654 4: not for OPEN and KEEPALIVE.
        assert_eq!(frame(&message(4097, 2), MAX_EXTENDED_LEN), Ok(None));
        assert!(frame(&message(4097, 1), MAX_EXTENDED_LEN).is_err());
    }

    #[test]
    fn a_wrong_marker_is_found_at_its_first_octet_and_a_wrong_type_with_the_header() {
        assert_eq!(frame(&[0xff, 0xfe], MAX_LEN), Err(Fault::NotSynchronized));
        assert_eq!(frame(&message(19, 6), MAX_LEN), Err(Fault::MessageType(6)));
        assert_eq!(frame(&message(19, 0), MAX_LEN), Err(Fault::MessageType(0)));
    }
}
