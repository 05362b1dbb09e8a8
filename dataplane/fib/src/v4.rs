//! IPv4 as workers read it: a direct table of the first 24 bits, and blocks of 256 for what is longer.
//!
//! One entry is `extended | depth | group or block`. The depth of the prefix that painted an entry lets the
//! writer repaint a range without asking what lies in it. The default route is a word of its own: a change of it
//! would otherwise write 64 MiB, and an almost empty table would commit them.

use crate::arena::{Arena, prefetch};
use crate::types::GROUP_MASK;
use std::sync::atomic::{AtomicU32, Ordering};

const DIRECT: usize = 1 << 24;
/// How many addresses ahead of a lookup its line is fetched: far enough to cover a miss in DRAM, near enough to stay in the
/// first-level cache.
pub(crate) const AHEAD: usize = 16;
/// Entries of a block.
pub(crate) const BLOCK: usize = 256;
/// The low bits are a block, not a group.
const EXTENDED: u32 = 1 << 31;
const DEPTH_SHIFT: u32 = 24;

/// A painted entry; depth 0 with group 0 is the empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    pub(crate) depth: u8,
    pub(crate) group: u32,
}

impl Paint {
    fn word(self) -> u32 {
        self.group | u32::from(self.depth) << DEPTH_SHIFT
    }

    fn depth_of(word: u32) -> u8 {
        (word >> DEPTH_SHIFT) as u8 & 63
    }
}

#[derive(Debug)]
pub(crate) struct TableV4 {
    direct: Arena<AtomicU32>,
    blocks: Arena<AtomicU32>,
    default: AtomicU32,
}

impl TableV4 {
    pub(crate) fn new(blocks: usize) -> Option<Self> {
        let (direct, blocks) = (Arena::new(DIRECT)?, Arena::new(blocks * BLOCK)?);
        Some(Self { direct, blocks, default: AtomicU32::new(0) })
    }

    #[inline]
    fn direct(&self, addr: u32) -> &AtomicU32 {
        &self.direct.as_array::<DIRECT>()[(addr >> 8) as usize]
    }

    #[inline]
    pub(crate) fn prefetch(&self, addr: u32) {
        prefetch(self.direct(addr));
    }

    #[inline]
    pub(crate) fn lookup(&self, addr: u32) -> u32 {
        self.resolve(self.direct(addr).load(Ordering::Acquire), addr)
    }

    /// The group behind the entry of an address.
    #[inline(always)]
    fn resolve(&self, mut word: u32, addr: u32) -> u32 {
        if word & EXTENDED != 0 {
            let index = ((word & GROUP_MASK) as usize) << 8 | (addr & 0xFF) as usize;
            word = self.blocks[index].load(Ordering::Acquire);
        }
        match word & GROUP_MASK {
            0 => self.default.load(Ordering::Acquire),
            group => group,
        }
    }

    /// Looks up `addrs` into the groups of the same index; stops at the shorter slice.
    #[inline]
    pub(crate) fn lookup_bulk(&self, addrs: &[u32], groups: &mut [u32]) {
        let count = addrs.len().min(groups.len());
        let (addrs, groups) = (&addrs[..count], &mut groups[..count]);
        // Once: what is written to `groups` makes the compiler read the arena's own place again.
        let direct = self.direct.as_array::<DIRECT>();
        let entry = |addr: u32| &direct[(addr >> 8) as usize];
        let lookup = |addr: u32| self.resolve(entry(addr).load(Ordering::Acquire), addr);
        let (first, others) = addrs.split_at(AHEAD.min(count));
        first.iter().for_each(|&addr| prefetch(entry(addr)));
        // Nothing is asked about what comes ahead of the last ones.
        let (groups, last) = groups.split_at_mut(others.len());
        for (group, (&addr, &next)) in groups.iter_mut().zip(addrs.iter().zip(others)) {
            prefetch(entry(next));
            *group = lookup(addr);
        }
        for (group, &addr) in last.iter_mut().zip(&addrs[others.len()..]) {
            *group = lookup(addr);
        }
    }

    pub(crate) fn direct_bytes(&self) -> usize {
        self.direct.bytes()
    }
}

/// What only the writer does.
impl TableV4 {
    pub(crate) fn set_default(&self, group: u32) {
        self.default.store(group, Ordering::Release);
    }

    /// The block of an address's /24, if it has one.
    pub(crate) fn block_of(&self, addr: u32) -> Option<u32> {
        let word = self.direct(addr).load(Ordering::Relaxed);
        (word & EXTENDED != 0).then_some(word & GROUP_MASK)
    }

    fn block(&self, block: u32) -> &[AtomicU32] {
        &self.blocks[block as usize * BLOCK..][..BLOCK]
    }

    /// Gives a /24 a block that says what its entry said.
    pub(crate) fn extend(&self, addr: u32, block: u32) {
        let word = self.direct(addr).load(Ordering::Relaxed);
        self.block(block).iter().for_each(|entry| entry.store(word, Ordering::Relaxed));
        self.direct(addr).store(block | EXTENDED, Ordering::Release);
    }

    /// Takes the block of a /24 back, once no prefix longer than /24 is left in it.
    pub(crate) fn collapse(&self, addr: u32, block: u32) {
        let word = self.block(block)[0].load(Ordering::Relaxed);
        self.direct(addr).store(word, Ordering::Release);
    }

    /// Paints everything in `addr/len` (1..=32) that no longer prefix has painted.
    pub(crate) fn paint(&self, addr: u32, len: u8, paint: Paint) {
        let entry = |cell: &AtomicU32| {
            if Paint::depth_of(cell.load(Ordering::Relaxed)) <= len {
                cell.store(paint.word(), Ordering::Release);
            }
        };
        if len > 24 {
            let block = self.block_of(addr).expect("a prefix longer than /24 has a block");
            let start = (addr & 0xFF) as usize;
            self.block(block)[start..][..1 << (32 - len)].iter().for_each(entry);
            return;
        }
        let start = (addr >> 8) as usize;
        for cell in &self.direct[start..][..1 << (24 - len)] {
            let word = cell.load(Ordering::Relaxed);
            if word & EXTENDED != 0 {
                self.block(word & GROUP_MASK).iter().for_each(entry);
            } else {
                entry(cell);
            }
        }
    }
}
