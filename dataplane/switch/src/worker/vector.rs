//! The packets of one pass, and what the stages have learned of them. Indices are `u8` and arrays 256 long, so that
//! the compiler needs no bounds check.

use super::parse::{Meta, Why};
use fib::PathId;

/// The most packets of one pass.
pub const VECTOR: usize = 256;

/// Packets of one family on their way through lookup.
#[derive(Debug)]
pub struct Lookups<A> {
    pub len: usize,
    pub index: [u8; VECTOR],
    pub dst: [A; VECTOR],
    pub group: [u32; VECTOR],
}

impl<A: Copy + Default> Lookups<A> {
    fn new() -> Self {
        Lookups { len: 0, index: [0; VECTOR], dst: [A::default(); VECTOR], group: [0; VECTOR] }
    }

    #[inline(always)]
    pub fn push(&mut self, index: u8, dst: A) {
        // A packet is pushed at most once, so `len` stays below the vector's length; the mask says so.
        let at = self.len & (VECTOR - 1);
        self.index[at] = index;
        self.dst[at] = dst;
        self.len += 1;
    }
}

/// Why a packet did not simply go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Parsing said so.
    Parsed(Why),
    /// For one of our own addresses.
    ForUs,
    NoRoute,
    /// Every path of its group is dead, `dead` first.
    NoLivePath {
        dead: PathId,
    },
    Blackhole,
    Unreachable,
    /// On this connected interface, to a neighbor that nobody knows yet.
    Unresolved(u16),
    /// Larger than the MTU of the way out.
    TooBig(u16),
}

/// Where a packet goes when the vector is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Out of this port, rewritten.
    Out(u16),
    Local(Reason),
    /// Counted already.
    Gone,
}

/// Everything about the packets of one pass but the packets themselves.
#[derive(Debug)]
pub struct Vector {
    pub meta: [Meta; VECTOR],
    pub v4: Lookups<u32>,
    pub v6: Lookups<u128>,
    /// Indices of packets to the BFD port, `bfd_len` of them.
    pub bfd: [u8; VECTOR],
    pub bfd_len: usize,
    pub way: [Way; VECTOR],
}

impl Vector {
    pub fn new() -> Box<Vector> {
        Box::new(Vector {
            meta: [Meta::default(); VECTOR],
            v4: Lookups::new(),
            v6: Lookups::new(),
            bfd: [0; VECTOR],
            bfd_len: 0,
            way: [Way::Gone; VECTOR],
        })
    }

    pub fn clear(&mut self) {
        self.v4.len = 0;
        self.v6.len = 0;
        self.bfd_len = 0;
    }

    #[inline(always)]
    pub fn push_bfd(&mut self, index: u8) {
        self.bfd[self.bfd_len & (VECTOR - 1)] = index;
        self.bfd_len += 1;
    }
}
