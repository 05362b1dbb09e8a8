//! The packets of one pass, and what the stages have learned of them. Indices are `u8` and arrays 256 long, so that
//! the compiler needs no bounds check.

use super::arrival::Meta;
use fib::PathId;

/// The most packets of one pass.
pub const VECTOR: usize = 256;

/// Why a packet did not simply go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not IP: ARP, LACP, LLDP, IS-IS.
    NotIp,
    /// Link-layer or network-layer multicast or broadcast.
    Multicast,
    /// IPv4 options, or a link-local address.
    Options,
    /// TTL or hop limit would become zero, unless the packet is for us.
    Expired,
    /// For one of our own addresses.
    ForUs,
    NoRoute,
    /// Every path of its group is dead, `dead` first.
    NoLivePath {
        dead: PathId,
    },
    Unreachable,
    /// The route says that nobody may.
    Prohibited,
    /// On this connected interface, to a neighbor that nobody knows yet.
    Unresolved(u16),
    /// Larger than the MTU of the way out.
    TooBig(u16),
}

/// What is known of the packets of one pass beside the packets themselves.
#[derive(Debug)]
pub struct Vector {
    pub meta: [Meta; VECTOR],
    /// Indices of packets to the BFD port, `bfd_len` of them.
    pub bfd: [u8; VECTOR],
    pub bfd_len: usize,
}

impl Vector {
    pub fn new() -> Box<Vector> {
        Box::new(Vector { meta: [Meta::default(); VECTOR], bfd: [0; VECTOR], bfd_len: 0 })
    }

    #[inline(always)]
    pub fn push_bfd(&mut self, index: u8) {
        self.bfd[self.bfd_len & (VECTOR - 1)] = index;
        self.bfd_len += 1;
    }
}
