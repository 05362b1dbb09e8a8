//! NOTIFICATION (RFC 4271 4.5): why a session ends.

use crate::message::MAX_LEN;
use std::fmt;

/// Error codes.
pub(crate) const HEADER: u8 = 1;
pub(crate) const OPEN: u8 = 2;
pub(crate) const UPDATE: u8 = 3;
pub(crate) const HOLD: u8 = 4;
pub(crate) const FSM: u8 = 5;
pub(crate) const CEASE: u8 = 6;
/// RFC 9687.
pub(crate) const SEND_HOLD: u8 = 8;

/// Subcodes of Cease (RFC 4486, 8538).
pub(crate) const MAXIMUM_PREFIXES: u8 = 1;
pub(crate) const ADMINISTRATIVE_SHUTDOWN: u8 = 2;
pub(crate) const PEER_DECONFIGURED: u8 = 3;
pub(crate) const COLLISION: u8 = 7;
pub(crate) const OUT_OF_RESOURCES: u8 = 8;
pub(crate) const HARD_RESET: u8 = 9;

/// Octets of data that fit behind the header and the two codes into a message of the usual length.
pub(crate) const MAX_DATA: usize = MAX_LEN - 21;

/// The body of a NOTIFICATION.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Notification {
    pub code: u8,
    pub subcode: u8,
    pub data: Box<[u8]>,
}

impl Notification {
    pub(crate) fn new(code: u8, subcode: u8, data: &[u8]) -> Notification {
        Notification { code, subcode, data: data.into() }
    }

    /// From a body of at least two octets, which [`crate::frame`] has made sure of.
    pub fn parse(body: &[u8]) -> Option<Notification> {
        match body {
            [code, subcode, data @ ..] => Some(Notification::new(*code, *subcode, data)),
            _ => None,
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        [&[self.code, self.subcode], &self.data[..]].concat()
    }

    /// The words of the RFCs for the codes.
    pub fn name(&self) -> &'static str {
        match (self.code, self.subcode) {
            (HEADER, 1) => "connection not synchronized",
            (HEADER, 2) => "bad message length",
            (HEADER, 3) => "bad message type",
            (HEADER, _) => "message header error",
            (OPEN, 1) => "unsupported version number",
            (OPEN, 2) => "bad peer AS",
            (OPEN, 3) => "bad BGP identifier",
            (OPEN, 4) => "unsupported optional parameter",
            (OPEN, 6) => "unacceptable hold time",
            (OPEN, 7) => "unsupported capability",
            (OPEN, _) => "OPEN message error",
            (UPDATE, 1) => "malformed attribute list",
            (UPDATE, 2) => "unrecognized well-known attribute",
            (UPDATE, 3) => "missing well-known attribute",
            (UPDATE, 4) => "attribute flags error",
            (UPDATE, 5) => "attribute length error",
            (UPDATE, 6) => "invalid ORIGIN attribute",
            (UPDATE, 8) => "invalid NEXT_HOP attribute",
            (UPDATE, 9) => "optional attribute error",
            (UPDATE, 10) => "invalid network field",
            (UPDATE, 11) => "malformed AS_PATH",
            (UPDATE, _) => "UPDATE message error",
            (HOLD, _) => "hold timer expired",
            (FSM, 1) => "unexpected message in OpenSent",
            (FSM, 2) => "unexpected message in OpenConfirm",
            (FSM, 3) => "unexpected message in Established",
            (FSM, _) => "finite state machine error",
            (CEASE, MAXIMUM_PREFIXES) => "maximum number of prefixes reached",
            (CEASE, ADMINISTRATIVE_SHUTDOWN) => "administrative shutdown",
            (CEASE, PEER_DECONFIGURED) => "peer de-configured",
            (CEASE, 4) => "administrative reset",
            (CEASE, 5) => "connection rejected",
            (CEASE, 6) => "other configuration change",
            (CEASE, COLLISION) => "connection collision resolution",
            (CEASE, OUT_OF_RESOURCES) => "out of resources",
            (CEASE, HARD_RESET) => "hard reset",
            (CEASE, 10) => "BFD down",
            (CEASE, _) => "cease",
            (7, _) => "ROUTE-REFRESH message error",
            (SEND_HOLD, _) => "send hold timer expired",
            _ => "unknown error",
        }
    }

    /// The peer wants its paths gone with the session (RFC 8538 3.1).
    pub(crate) fn is_hard_reset(&self) -> bool {
        (self.code, self.subcode) == (CEASE, HARD_RESET)
    }

    /// The peer's process may have ended with the session: daemons say one of these two when they are stopped.
    pub(crate) fn may_end_process(&self) -> bool {
        self.code == CEASE && matches!(self.subcode, ADMINISTRATIVE_SHUTDOWN | PEER_DECONFIGURED | HARD_RESET)
    }
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}/{})", self.name(), self.code, self.subcode)
    }
}
