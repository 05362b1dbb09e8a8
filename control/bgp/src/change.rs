//! What a feed tells the RIB.

use crate::{Attributes, Family};
use ipnet::IpNet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

/// The state of a neighbor, as far as it matters to routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerState {
    /// No session: what it announced is stale, or gone.
    Down,
    /// `identifier` is the peer's, which stands for that of every path without an ORIGINATOR_ID (RFC 4456 9).
    Established { identifier: Ipv4Addr },
}

/// A change to be applied in the order of coming. Of several changes of one path only the last comes.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A path that is new or has other attributes. `path_id` is the peer's (RFC 7911), 0 without.
    Set {
        peer: u32,
        prefix: IpNet,
        path_id: u32,
        path: Arc<Attributes>,
    },
    /// A path is gone: withdrawn, or stale for too long.
    Withdraw {
        peer: u32,
        prefix: IpNet,
        path_id: u32,
    },
    /// Everything that the peer had has come before this (RFC 4724 2).
    EndOfRib {
        peer: u32,
        family: Family,
    },
    /// Paths of the family are kept although the session that brought them is gone, until then; `None` when there are
    /// no such paths any more. They need no other treatment: each is set anew or withdrawn in time.
    Stale {
        peer: u32,
        family: Family,
        until: Option<Instant>,
    },
    State {
        peer: u32,
        state: PeerState,
    },
}
