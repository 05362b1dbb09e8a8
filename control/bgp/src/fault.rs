//! What is wrong with what a peer sent, and the NOTIFICATION that tells it so.

use crate::notification::{self as codes, Notification};
use crate::{Family, NlriError};
use std::net::Ipv4Addr;

/// A reason to end the session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the marker of a message is not all ones")]
    NotSynchronized,
    #[error("length {length} of a message of type {kind}")]
    MessageLength { length: u16, kind: u8 },
    #[error("message type {0}")]
    MessageType(u8),
    #[error("version {0}, not 4")]
    Version(u8),
    #[error("AS {got}, not {expected}")]
    PeerAs { got: u32, expected: u32 },
    #[error("BGP identifier {0}: zero, or our own")]
    Identifier(Ipv4Addr),
    #[error("optional parameter of type {0}")]
    OptionalParameter(u8),
    #[error("hold time {0} s")]
    HoldTime(u16),
    #[error("OPEN: {0} does not fit into its place")]
    Open(&'static str),
    #[error("neither IPv4 nor IPv6 unicast is among the peer's families")]
    NoFamily,
    #[error("UPDATE: {0}")]
    AttributeList(&'static str),
    /// With the attribute as it came: flags, type, length and value.
    #[error("unknown well-known attribute {code}")]
    WellKnown { code: u8, attribute: Box<[u8]> },
    #[error("{family}: {error}")]
    Network { family: Family, error: NlriError },
    /// RFC 7606 5.2: what to withdraw is not known.
    #[error("{0}, and no prefix can be found to withdraw")]
    Unlocatable(Malformed),
    #[error("{0} was not expected in this state")]
    Unexpected(&'static str, u8),
    #[error("no message for the hold time")]
    HoldExpired,
    #[error("the peer took nothing for the hold time")]
    SendHoldExpired,
    #[error("{family}: more than {limit} paths")]
    MaximumPaths { family: Family, limit: u32 },
    #[error("more than {limit} octets of different attributes")]
    MaximumAttributes { limit: usize },
    #[error("another connection of the same peer is kept")]
    Collision,
    #[error("the neighbor was removed from the configuration")]
    Deconfigured,
}

impl Fault {
    /// What the peer is told.
    pub fn notification(&self) -> Notification {
        let tell = Notification::new;
        match self {
            Fault::NotSynchronized => tell(codes::HEADER, 1, &[]),
            Fault::MessageLength { length, .. } => tell(codes::HEADER, 2, &length.to_be_bytes()),
            Fault::MessageType(kind) => tell(codes::HEADER, 3, &[*kind]),
            Fault::Version(_) => tell(codes::OPEN, 1, &4u16.to_be_bytes()),
            Fault::PeerAs { .. } => tell(codes::OPEN, 2, &[]),
            Fault::Identifier(_) => tell(codes::OPEN, 3, &[]),
            Fault::OptionalParameter(_) => tell(codes::OPEN, 4, &[]),
            Fault::HoldTime(_) => tell(codes::OPEN, 6, &[]),
            Fault::Open(_) => tell(codes::OPEN, 0, &[]),
            // RFC 5492 5: the capability that is missed.
            Fault::NoFamily => tell(codes::OPEN, 7, &[1, 4, 0, 1, 0, 1]),
            Fault::AttributeList(_) | Fault::Unlocatable(_) => tell(codes::UPDATE, 1, &[]),
            // RFC 4271 6.3: the attribute. One from an extended message may be longer than what every peer takes.
            Fault::WellKnown { attribute, .. } => {
                tell(codes::UPDATE, 2, &attribute[..attribute.len().min(codes::MAX_DATA)])
            }
            Fault::Network { .. } => tell(codes::UPDATE, 10, &[]),
            Fault::Unexpected(_, subcode) => tell(codes::FSM, *subcode, &[]),
            Fault::HoldExpired => tell(codes::HOLD, 0, &[]),
            Fault::SendHoldExpired => tell(codes::SEND_HOLD, 0, &[]),
            Fault::MaximumPaths { family, limit } => {
                let (afi, safi) = family.code();
                let [high, low] = afi.to_be_bytes();
                let [a, b, c, d] = limit.to_be_bytes();
                tell(codes::CEASE, codes::MAXIMUM_PREFIXES, &[high, low, safi, a, b, c, d])
            }
            Fault::MaximumAttributes { .. } => tell(codes::CEASE, codes::OUT_OF_RESOURCES, &[]),
            Fault::Collision => tell(codes::CEASE, codes::COLLISION, &[]),
            Fault::Deconfigured => tell(codes::CEASE, codes::PEER_DECONFIGURED, &[]),
        }
    }

    /// The fault is in a message of an established session: RFC 7606's "session reset", and RFC 4271 6.1 and 6.6.
    pub(crate) fn is_of_message(&self) -> bool {
        matches!(
            self,
            Fault::NotSynchronized
                | Fault::MessageLength { .. }
                | Fault::MessageType(_)
                | Fault::Unexpected(..)
                | Fault::AttributeList(_)
                | Fault::WellKnown { .. }
                | Fault::Network { .. }
                | Fault::Unlocatable(_)
        )
    }

    /// The peer's process is alive and well enough to go on with what it had.
    pub(crate) fn leaves_peer_alive(&self) -> bool {
        self.is_of_message() || self.is_limit()
    }

    /// The peer has more than it may have, and would say it again.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(self, Fault::MaximumPaths { .. } | Fault::MaximumAttributes { .. })
    }
}

/// A path attribute that is not what its RFC says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("attribute {code}: {what}")]
pub struct Malformed {
    /// Attribute type code; 0 for the list as a whole.
    pub code: u8,
    pub what: &'static str,
}
