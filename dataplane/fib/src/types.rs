//! The small words that the tables are made of.

use ipnet::IpNet;
use std::ops::BitOr;

/// A prefix of a VRF. VRFs have numbers below [`Limits::vrfs`]; 0 is the default one, and what a plain prefix is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    pub vrf: u16,
    pub net: IpNet,
}

impl From<IpNet> for Prefix {
    fn from(net: IpNet) -> Prefix {
        Prefix { vrf: 0, net }
    }
}

impl From<(u16, IpNet)> for Prefix {
    fn from((vrf, net): (u16, IpNet)) -> Prefix {
        Prefix { vrf, net }
    }
}

/// A protection group; 24 bits are usable. [`GroupId::NONE`] means that no prefix covers the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(transparent)]
pub struct GroupId(pub u32);

impl GroupId {
    pub const NONE: GroupId = GroupId(0);
}

/// One way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct PathId(pub u16);

/// One immutable layer-2 rewrite. Never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct NeighborId(pub u32);

/// Why a path is not live; each detector owns its own bit. The path is live while the word is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Causes(pub u32);

impl Causes {
    pub const NONE: Causes = Causes(0);
    /// The BFD session was Up and is Down.
    pub const BFD: Causes = Causes(1 << 0);
    /// The port or the kernel interface below has no carrier.
    pub const LINK: Causes = Causes(1 << 1);
    /// An administrator took the path out.
    pub const DRAIN: Causes = Causes(1 << 2);
    /// The path has no neighbor. Owned by the [`Writer`](crate::Writer).
    pub const UNRESOLVED: Causes = Causes(1 << 3);
    /// The path works again but is held back for a while.
    pub const WAIT_TO_RESTORE: Causes = Causes(1 << 4);
    /// A probe's threshold (circuit breaker).
    pub const PROBE: Causes = Causes(1 << 5);
    /// The id is not in use. Owned by the [`Writer`](crate::Writer).
    pub const UNALLOCATED: Causes = Causes(1 << 31);

    #[inline]
    pub fn is_live(self) -> bool {
        self.0 == 0
    }

    /// Whether every bit of `other` is set here.
    #[inline]
    pub fn contains(self, other: Causes) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Causes {
    type Output = Causes;

    fn bitor(self, other: Causes) -> Causes {
        Causes(self.0 | other.0)
    }
}

/// The highest source number: six bits are kept per prefix.
pub const MAX_SOURCE: u8 = 63;

/// What the writer keeps for a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    pub group: GroupId,
    /// Who gave the route, `0..=MAX_SOURCE`.
    pub source: u8,
    /// In which of its source's generations it was last set; the sweep removes all but the current one.
    pub(crate) generation: u8,
}

impl Entry {
    /// Never 0 for a group that exists, so that 0 can mean "no entry".
    pub(crate) fn pack(self) -> u32 {
        self.group.0 | u32::from(self.source) << 24 | u32::from(self.generation) << 30
    }

    pub(crate) fn unpack(word: u32) -> Self {
        Self {
            group: GroupId(word & GROUP_MASK),
            source: (word >> 24) as u8 & MAX_SOURCE,
            generation: (word >> 30) as u8,
        }
    }
}

/// The bits of a group id in a table entry.
pub(crate) const GROUP_MASK: u32 = (1 << 24) - 1;

/// What [`Writer::route_set`](crate::Writer::route_set) did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteChange {
    Added,
    /// The prefix was there with this entry, which differs in group or source.
    Replaced(Entry),
    /// Same group and source; the entry counts as fresh for the sweep.
    Unchanged,
}

/// Sizes of the tables. They reserve address space; memory is committed as they fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Protection groups, including the reserved group 0; at most 2^24.
    pub groups: usize,
    /// Candidate cells (buckets times candidates, rounded up to a power of two per group); 2 bytes each.
    pub cells: usize,
    /// At most 65536.
    pub paths: usize,
    /// Neighbors, 64 bytes each; replacing one needs a free slot for the grace period.
    pub neighbors: usize,
    /// /24s that hold prefixes longer than /24, 1 KiB each; at most 2^24.
    pub v4_blocks: usize,
    /// 64-bit words of the IPv6 table below its root; rounded up to a power of two, at most 2^31.
    pub v6_words: usize,
    /// Readers that can be registered at a time.
    pub workers: usize,
    /// VRFs, the default one included. Each has prefixes of its own, within all limits on these.
    pub vrfs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            groups: 1 << 16,
            cells: 1 << 23,
            paths: 1 << 13,
            neighbors: 1 << 14,
            v4_blocks: 1 << 16,
            v6_words: 1 << 26,
            workers: 64,
            vrfs: 1,
        }
    }
}

/// Bytes in use, by part. Lazily committed tables count up to their high-water mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// The direct table of the first 24 bits, in full.
    pub v4_direct: usize,
    /// Blocks for prefixes longer than /24.
    pub v4_blocks: usize,
    /// The writer's own copy of the IPv4 prefixes.
    pub v4_shadow: usize,
    /// The root of the IPv6 table, in parts of 2 MiB that were ever written.
    pub v6_root: usize,
    /// Nodes and bags of the IPv6 table.
    pub v6_words: usize,
    /// The writer's own copy of the IPv6 prefixes (an estimate: the map's nodes are the library's).
    pub v6_shadow: usize,
    /// Records, candidates and specifications of groups.
    pub groups: usize,
    /// Paths and neighbors.
    pub paths: usize,
}

impl Memory {
    pub fn total(&self) -> usize {
        self.v4() + self.v6() + self.groups + self.paths
    }

    pub fn v4(&self) -> usize {
        self.v4_direct + self.v4_blocks + self.v4_shadow
    }

    pub fn v6(&self) -> usize {
        self.v6_root + self.v6_words + self.v6_shadow
    }
}
