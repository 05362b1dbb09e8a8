//! IPv6 as workers read it: a direct root, nodes of 256 slots below it, and bags of a few prefixes where a
//! node would be mostly empty.
//!
//! A slot is `below | depth | group`: the group of the longest prefix that ends at this level, and what holds
//! the longer ones. A bag is `count` followed by its prefixes from short to long, so that the last match
//! wins. Bags are replaced, never edited (but for a prefix's group, which is one word).

use crate::arena::{Arena, prefetch};
use crate::types::GROUP_MASK;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Bits of the address that index the root. Measured with 16 instead (200k routes, uniform and clustered, M
/// lookups/s): 58 and 22 against 70 and 35. Only touched pages of the 128 MiB are committed.
pub(crate) const ROOT_BITS: u8 = 24;
const ROOT: usize = 1 << ROOT_BITS;
/// Bits per level below the root.
pub(crate) const STRIDE: u8 = 8;
/// Slots of a node.
pub(crate) const NODE: usize = 1 << STRIDE;
/// References count in units of this many words; the smallest bag is one unit.
const UNIT: usize = 4;

/// What lies below a slot: nothing, a bag or a node. Offset 0 of the words is never given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Below(pub(crate) u32);

impl Below {
    pub(crate) const NOTHING: Below = Below(0);
    const NODE: u32 = 1 << 31;

    pub(crate) fn node(offset: u32) -> Self {
        Self((offset / UNIT as u32) | Self::NODE)
    }

    pub(crate) fn bag(offset: u32) -> Self {
        Self(offset / UNIT as u32)
    }

    #[inline]
    pub(crate) fn is_node(self) -> bool {
        self.0 & Self::NODE != 0
    }

    #[inline]
    pub(crate) fn offset(self) -> usize {
        (self.0 & !Self::NODE) as usize * UNIT
    }
}

/// One word of the root or of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u64);

impl Slot {
    pub(crate) fn new(below: Below, depth: u8, group: u32) -> Self {
        Self(u64::from(below.0) << 32 | u64::from(depth) << 24 | u64::from(group))
    }

    #[inline]
    pub(crate) fn below(self) -> Below {
        Below((self.0 >> 32) as u32)
    }

    pub(crate) fn depth(self) -> u8 {
        (self.0 >> 24) as u8
    }

    #[inline]
    pub(crate) fn group(self) -> u32 {
        self.0 as u32 & GROUP_MASK
    }
}

/// A prefix of a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) addr: u128,
    pub(crate) len: u8,
    pub(crate) group: u32,
}

impl Member {
    fn meta(self) -> u64 {
        u64::from(self.len) << 24 | u64::from(self.group)
    }
}

/// The first word of a bag: its count, and whether any prefix is longer than 64 bits. Narrow bags hold
/// `high, meta` per prefix, wide ones `high, meta, low`.
const WIDE: u64 = 1 << 8;
/// In a meta word: the prefix was removed, and the bag not yet rebuilt.
const DEAD: u64 = 1 << 32;

#[derive(Debug)]
pub(crate) struct TableV6 {
    root: Arena<AtomicU64>,
    pub(crate) words: Arena<AtomicU64>,
    default: AtomicU32,
}

impl TableV6 {
    pub(crate) fn new(words: usize) -> Option<Self> {
        Some(Self { root: Arena::new(ROOT)?, words: Arena::new(words)?, default: AtomicU32::new(0) })
    }

    /// Which part of the root (of 64) holds an address: 2 MiB each, a huge page.
    pub(crate) fn root_part(addr: u128) -> u32 {
        (addr >> 122) as u32
    }

    /// Bytes of a part of the root.
    pub(crate) const ROOT_PART_BYTES: usize = ROOT * 8 / 64;

    #[inline]
    fn root_slot(&self, addr: u128) -> &AtomicU64 {
        &self.root.as_array::<ROOT>()[(addr >> (128 - ROOT_BITS)) as usize]
    }

    #[inline]
    fn node_slot(&self, node: Below, addr: u128, depth: u8) -> &AtomicU64 {
        &self.words[node.offset() + usize::from((addr >> (128 - STRIDE - depth)) as u8)]
    }

    #[inline]
    pub(crate) fn prefetch(&self, addr: u128) {
        prefetch(self.root_slot(addr));
    }

    #[inline]
    fn or_default(&self, group: u32) -> u32 {
        if group == 0 { self.default.load(Ordering::Acquire) } else { group }
    }

    /// At most 14 levels: each consumes eight bits.
    #[inline]
    pub(crate) fn lookup(&self, addr: u128) -> u32 {
        let mut slot = Slot(self.root_slot(addr).load(Ordering::Acquire));
        let (mut best, mut depth) = (slot.group(), ROOT_BITS);
        while slot.below().is_node() && depth < 128 {
            slot = Slot(self.node_slot(slot.below(), addr, depth).load(Ordering::Acquire));
            best = if slot.group() == 0 { best } else { slot.group() };
            depth += STRIDE;
        }
        if slot.below() != Below::NOTHING && !slot.below().is_node() {
            best = self.search_bag(slot.below(), addr, best);
        }
        self.or_default(best)
    }

    /// The longest match in a bag, or `best`.
    #[inline]
    fn search_bag(&self, bag: Below, addr: u128, mut best: u32) -> u32 {
        let Some((head, rest)) = self.words[bag.offset()..].split_first() else { return best };
        let head = head.load(Ordering::Relaxed);
        let high = (addr >> 64) as u64;
        let count = (head & 0xFF) as usize;
        if head & WIDE == 0 {
            for cell in rest.chunks_exact(2).take(count) {
                let meta = cell[1].load(Ordering::Acquire);
                let differ = (high ^ cell[0].load(Ordering::Relaxed)) >> ((64 - (meta >> 24 & 63)) & 63);
                best = if differ | meta & DEAD == 0 { meta as u32 & GROUP_MASK } else { best };
            }
            return best;
        }
        for cell in rest.chunks_exact(3).take(count) {
            let meta = cell[1].load(Ordering::Acquire);
            let high = high ^ cell[0].load(Ordering::Relaxed);
            let low = addr as u64 ^ cell[2].load(Ordering::Relaxed);
            let differ = (u128::from(high) << 64 | u128::from(low)) >> ((128 - (meta >> 24 & 0xFF)) & 127);
            best = if differ == 0 && meta & DEAD == 0 { meta as u32 & GROUP_MASK } else { best };
        }
        best
    }

    /// Looks up `addrs` into the groups of the same index, level by level; stops at the shorter slice.
    pub(crate) fn lookup_bulk(&self, addrs: &[u128], groups: &mut [u32]) {
        for (addrs, groups) in addrs.chunks(STAGE).zip(groups.chunks_mut(STAGE)) {
            let count = addrs.len().min(groups.len());
            self.lookup_stage(&addrs[..count], &mut groups[..count]);
        }
    }

    /// All lookups of a stage take the same step before any takes the next, so that their misses overlap.
    fn lookup_stage(&self, addrs: &[u128], groups: &mut [u32]) {
        let mut below = [Below::NOTHING; STAGE];
        let mut active = [0u8; STAGE];
        let mut left = 0;
        addrs.iter().for_each(|&addr| self.prefetch(addr));
        for (index, (&addr, group)) in addrs.iter().zip(&mut *groups).enumerate() {
            let slot = Slot(self.root_slot(addr).load(Ordering::Acquire));
            *group = slot.group();
            below[index] = slot.below();
            active[left] = index as u8;
            left += self.prefetch_below(slot.below(), addr, ROOT_BITS);
        }
        let mut depth = ROOT_BITS;
        while left > 0 && depth < 128 {
            let level = left;
            left = 0;
            for at in 0..level {
                let index = usize::from(active[at]);
                let (addr, from) = (addrs[index], below[index]);
                if from.is_node() {
                    let slot = Slot(self.node_slot(from, addr, depth).load(Ordering::Acquire));
                    groups[index] = if slot.group() == 0 { groups[index] } else { slot.group() };
                    below[index] = slot.below();
                    active[left] = index as u8;
                    left += self.prefetch_below(slot.below(), addr, depth + STRIDE);
                } else {
                    groups[index] = self.search_bag(from, addr, groups[index]);
                }
            }
            depth += STRIDE;
        }
        groups.iter_mut().for_each(|group| *group = self.or_default(*group));
    }

    /// Prefetches what the next step reads; returns 1 if there is a next step.
    #[inline]
    fn prefetch_below(&self, below: Below, addr: u128, depth: u8) -> usize {
        if below == Below::NOTHING || depth >= 128 {
            return 0;
        }
        let byte = (addr >> (128 - STRIDE - depth)) as u8;
        let inside = if below.is_node() { usize::from(byte) } else { 0 };
        if let Some(word) = self.words.get(below.offset() + inside) {
            prefetch(word);
        }
        1
    }
}

/// Lookups that take each step together: enough to fill the core's outstanding misses.
const STAGE: usize = 32;

/// What only the writer does.
impl TableV6 {
    pub(crate) fn set_default(&self, group: u32) {
        self.default.store(group, Ordering::Release);
    }

    /// The slots of a level: the root's, or a node's.
    pub(crate) fn level(&self, node: Below) -> &[AtomicU64] {
        if node == Below::NOTHING { &self.root } else { &self.words[node.offset()..][..NODE] }
    }

    /// How many members a bag has.
    pub(crate) fn bag_len(&self, bag: Below) -> usize {
        (self.words[bag.offset()].load(Ordering::Relaxed) & 0xFF) as usize
    }

    /// The words of a bag in memory.
    pub(crate) fn bag_words(&self, bag: Below) -> usize {
        let head = self.words[bag.offset()].load(Ordering::Relaxed);
        1 + (head & 0xFF) as usize * if head & WIDE == 0 { 2 } else { 3 }
    }

    /// The words that a bag of these members needs.
    pub(crate) fn bag_size(members: &[Member]) -> usize {
        1 + members.len() * if is_wide(members) { 3 } else { 2 }
    }

    /// Fills a bag nobody refers to; `members` from short to long.
    pub(crate) fn fill_bag(&self, offset: u32, members: &[Member]) {
        let wide = is_wide(members);
        let words = &self.words[offset as usize..];
        let head = members.len() as u64 | if wide { WIDE } else { 0 };
        words[0].store(head, Ordering::Relaxed);
        let width = if wide { 3 } else { 2 };
        for (cell, member) in words[1..].chunks_exact(width).zip(members) {
            cell[0].store((member.addr >> 64) as u64, Ordering::Relaxed);
            cell[1].store(member.meta(), Ordering::Relaxed);
            if wide {
                cell[2].store(member.addr as u64, Ordering::Relaxed);
            }
        }
    }

    /// The meta words of a bag's members with this prefix: one, or none.
    fn find(&self, bag: Below, addr: u128, len: u8) -> Option<&AtomicU64> {
        let wide = self.words[bag.offset()].load(Ordering::Relaxed) & WIDE != 0;
        let cells = self.words[bag.offset() + 1..].chunks_exact(if wide { 3 } else { 2 });
        cells.take(self.bag_len(bag)).map(|cell| (cell, cell[1].load(Ordering::Relaxed) >> 24)).find_map(
            |(cell, meta_len)| {
                let same_high = cell[0].load(Ordering::Relaxed) == (addr >> 64) as u64;
                let same_low = !wide || cell[2].load(Ordering::Relaxed) == addr as u64;
                (meta_len == u64::from(len) && same_high && same_low).then_some(&cell[1])
            },
        )
    }

    /// Changes the group of a member in place.
    pub(crate) fn set_in_bag(&self, bag: Below, member: Member) {
        let meta = self.find(bag, member.addr, member.len).expect("a stored prefix is in its bag");
        meta.store(member.meta(), Ordering::Release);
    }

    /// Makes a member match nothing; returns how many still match.
    pub(crate) fn remove_from_bag(&self, bag: Below, addr: u128, len: u8) -> usize {
        let meta = self.find(bag, addr, len).expect("a stored prefix is in its bag");
        meta.fetch_or(DEAD, Ordering::Release);
        let width = self.bag_words(bag) / self.bag_len(bag);
        let cells = self.words[bag.offset() + 1..].chunks_exact(width).take(self.bag_len(bag));
        cells.filter(|cell| cell[1].load(Ordering::Relaxed) & DEAD == 0).count()
    }
}

fn is_wide(members: &[Member]) -> bool {
    members.iter().any(|member| member.len > 64)
}
