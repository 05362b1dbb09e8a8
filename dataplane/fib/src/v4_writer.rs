//! The writer's own copy of the IPv4 prefixes: exact match, the covering prefix and the next in order, each
//! within one or two cache lines.
//!
//! Lengths 0..=15 are one heap-indexed array; each /16 has a node for 16..=24, each block of the table
//! one for 24..=32 (of which 25..=32 are used): a bitmap in heap order, and the values of the bits that are set.

use crate::alloc::Slots;
use crate::arena::prefetch;
use crate::error::FibError;
use crate::types::Entry;
use crate::v4::{BLOCK, Paint, TableV4};
use std::collections::BTreeSet;

/// Nine lengths below a node's root: 511 prefixes, numbered from 1 as a binary heap.
#[derive(Debug, Default, Clone)]
struct Node {
    bits: [u64; 8],
    values: Vec<u32>,
}

/// The heap index of the prefix of `len` bits below the node's root whose first eight are in `byte`.
fn heap(byte: u8, len: u8) -> usize {
    1 << len | usize::from(byte) >> (8 - len)
}

impl Node {
    fn has(&self, index: usize) -> bool {
        self.bits[index / 64] >> (index % 64) & 1 == 1
    }

    /// How many bits are set below `index`.
    fn rank(&self, index: usize) -> usize {
        let below: u32 = self.bits[..index / 64].iter().map(|word| word.count_ones()).sum();
        (below + (self.bits[index / 64] & ((1 << (index % 64)) - 1)).count_ones()) as usize
    }

    fn get(&self, index: usize) -> Option<u32> {
        self.has(index).then(|| self.values[self.rank(index)])
    }

    fn set(&mut self, index: usize, value: u32) {
        let rank = self.rank(index);
        if self.has(index) {
            self.values[rank] = value;
        } else {
            self.bits[index / 64] |= 1 << (index % 64);
            self.values.insert(rank, value);
        }
    }

    fn remove(&mut self, index: usize) {
        let rank = self.rank(index);
        self.bits[index / 64] &= !(1 << (index % 64));
        self.values.remove(rank);
        if self.values.capacity() > 8 && self.values.len() * 4 < self.values.capacity() {
            self.values.shrink_to(self.values.len() * 2);
        }
    }

    /// The longest prefix of `byte` with at most `len` bits.
    fn longest(&self, byte: u8, len: u8) -> Option<(u8, u32)> {
        (0..=len).rev().find_map(|len| self.get(heap(byte, len)).map(|value| (len, value)))
    }

    /// The first prefix from `(byte, len)` on in the order of (address, length).
    fn next(&self, byte: u8, len: u8) -> Option<(u8, u8)> {
        if self.values.is_empty() {
            return None;
        }
        (0..=8u8).filter_map(|l| self.next_of_length(byte, len, l).map(|b| (b, l))).min()
    }

    fn next_of_length(&self, byte: u8, from_len: u8, len: u8) -> Option<u8> {
        let span = 1usize << (8 - len);
        let aligned = usize::from(byte).is_multiple_of(span) && len >= from_len;
        let first = (usize::from(byte) / span) + usize::from(!aligned);
        let end = 2usize << len;
        let mut index = (1 << len) + first;
        while index < end {
            let word = self.bits[index / 64] >> (index % 64);
            if word != 0 {
                index += word.trailing_zeros() as usize;
                return (index < end).then(|| ((index - (1 << len)) * span) as u8);
            }
            index = (index / 64 + 1) * 64;
        }
        None
    }
}

#[derive(Debug)]
pub(crate) struct WriterV4 {
    /// Lengths 0..=15 in heap order; 0 is no entry.
    short: Vec<u32>,
    /// One node per /16.
    nodes: Vec<Node>,
    /// One node per block of the table.
    long: Vec<Node>,
    blocks: Slots,
    /// The /24s (address >> 8) that have a block, in order.
    extended: BTreeSet<u32>,
}

fn short_heap(addr: u32, len: u8) -> usize {
    (1 << len) | (u64::from(addr) >> (32 - len)) as usize
}

fn masked(addr: u32, len: u8) -> u32 {
    (u64::from(addr) >> (32 - len) << (32 - len)) as u32
}

impl WriterV4 {
    pub(crate) fn new(blocks: usize) -> Self {
        Self {
            short: vec![0; 1 << 16],
            nodes: vec![Node::default(); 1 << 16],
            long: Vec::new(),
            blocks: Slots::new(0, blocks as u32),
            extended: BTreeSet::new(),
        }
    }

    pub(crate) fn prefetch(&self, table: &TableV4, addr: u32) {
        prefetch(&self.nodes[(addr >> 16) as usize]);
        table.prefetch(addr);
    }

    /// Brings the values of a /16 that an earlier [`WriterV4::prefetch`] has brought the node of.
    pub(crate) fn prefetch_values(&self, addr: u32) {
        if let Some(value) = self.nodes[(addr >> 16) as usize].values.first() {
            prefetch(value);
        }
    }

    pub(crate) fn get(&self, table: &TableV4, addr: u32, len: u8) -> Option<Entry> {
        let word = match len {
            0..=15 => Some(self.short[short_heap(addr, len)]).filter(|&word| word != 0),
            16..=24 => self.nodes[(addr >> 16) as usize].get(heap((addr >> 8) as u8, len - 16)),
            _ => self.long[table.block_of(addr)? as usize].get(heap(addr as u8, len - 24)),
        };
        word.map(Entry::unpack)
    }

    /// Stores an entry and publishes its group; the caller knows what was there.
    pub(crate) fn set(&mut self, table: &TableV4, addr: u32, len: u8, entry: Entry) -> Result<(), FibError> {
        let word = entry.pack();
        match len {
            0..=15 => self.short[short_heap(addr, len)] = word,
            16..=24 => self.nodes[(addr >> 16) as usize].set(heap((addr >> 8) as u8, len - 16), word),
            _ => {
                let block = self.block(table, addr)?;
                self.long[block as usize].set(heap(addr as u8, len - 24), word);
            }
        }
        self.publish(table, addr, len, Paint { depth: len, group: entry.group.0 });
        Ok(())
    }

    /// Only the writer's copy: same group, another source or generation.
    pub(crate) fn touch(&mut self, table: &TableV4, addr: u32, len: u8, entry: Entry) {
        let word = entry.pack();
        match len {
            0..=15 => self.short[short_heap(addr, len)] = word,
            16..=24 => self.nodes[(addr >> 16) as usize].set(heap((addr >> 8) as u8, len - 16), word),
            _ => {
                let block = table.block_of(addr).expect("the entry exists");
                self.long[block as usize].set(heap(addr as u8, len - 24), word);
            }
        }
    }

    /// Removes an entry that exists; returns a block to free after the grace period.
    pub(crate) fn remove(&mut self, table: &TableV4, addr: u32, len: u8) -> Option<u32> {
        match len {
            0..=15 => self.short[short_heap(addr, len)] = 0,
            16..=24 => self.nodes[(addr >> 16) as usize].remove(heap((addr >> 8) as u8, len - 16)),
            _ => {
                let block = table.block_of(addr).expect("the entry exists");
                self.long[block as usize].remove(heap(addr as u8, len - 24));
            }
        }
        let cover = len.checked_sub(1).and_then(|shorter| self.longest(table, addr, shorter));
        let paint = match cover {
            Some((depth @ 1.., entry)) => Paint { depth, group: entry.group.0 },
            _ => Paint { depth: 0, group: 0 },
        };
        self.publish(table, addr, len, paint);
        if len <= 24 {
            return None;
        }
        let block = table.block_of(addr).expect("published above");
        self.long[block as usize].values.is_empty().then(|| {
            table.collapse(addr, block);
            self.extended.remove(&(addr >> 8));
            block
        })
    }

    pub(crate) fn free_block(&mut self, block: u32) {
        self.blocks.give(block);
    }

    fn publish(&self, table: &TableV4, addr: u32, len: u8, paint: Paint) {
        match len {
            0 => table.set_default(paint.group),
            _ => table.paint(addr, len, paint),
        }
    }

    fn block(&mut self, table: &TableV4, addr: u32) -> Result<u32, FibError> {
        if let Some(block) = table.block_of(addr) {
            return Ok(block);
        }
        let full = FibError::TableFull {
            table: "IPv4 blocks for prefixes longer than /24",
            limit: self.blocks.limit() as usize,
        };
        let block = self.blocks.take().ok_or(full)?;
        if self.long.len() <= block as usize {
            self.long.resize_with(block as usize + 1, Node::default);
        }
        table.extend(addr, block);
        self.extended.insert(addr >> 8);
        Ok(block)
    }

    /// The longest entry covering `addr` with at most `len` bits.
    pub(crate) fn longest(&self, table: &TableV4, addr: u32, len: u8) -> Option<(u8, Entry)> {
        if len > 24
            && let Some(block) = table.block_of(addr)
        {
            let found = self.long[block as usize].longest(addr as u8, len - 24);
            if let Some((below, word)) = found {
                return Some((24 + below, Entry::unpack(word)));
            }
        }
        if len >= 16 {
            let found = self.nodes[(addr >> 16) as usize].longest((addr >> 8) as u8, len.min(24) - 16);
            if let Some((below, word)) = found {
                return Some((16 + below, Entry::unpack(word)));
            }
        }
        let shorter = (0..=len.min(15)).rev().map(|len| (len, self.short[short_heap(addr, len)]));
        shorter.into_iter().find(|&(_, word)| word != 0).map(|(len, word)| (len, Entry::unpack(word)))
    }

    /// The first prefix from `(addr, len)` on, in the order of (address, length).
    pub(crate) fn next(&self, table: &TableV4, addr: u32, len: u8) -> Option<(u32, u8)> {
        let long = self.next_long(table, addr, len.max(25));
        let slot = addr >> 8;
        // A shorter one counts only if it comes before: many hosts on a network are passed without a walk through
        // the empty space behind them for each.
        let last = long.map_or(u32::MAX, |(addr, _)| addr) >> 16;
        let short = match (addr & 0xFF, len) {
            (0, 0..=24) => self.next_short(slot, len, last),
            _ if slot < 0xFF_FFFF => self.next_short(slot + 1, 0, last),
            _ => None,
        };
        short.into_iter().chain(long).min()
    }

    /// Among lengths up to 24, from `(slot << 8, len)` on, in /16s up to number `last`.
    fn next_short(&self, slot: u32, len: u8, last: u32) -> Option<(u32, u8)> {
        let (mut byte, mut len) = (slot as u8, len);
        for high in slot >> 8..=last {
            let base = high << 16;
            if byte == 0 {
                let aligned = |&l: &u8| masked(base, l) == base && self.short[short_heap(base, l)] != 0;
                if let Some(len) = (len..=15).find(aligned) {
                    return Some((base, len));
                }
            }
            let found = self.nodes[high as usize].next(byte, len.saturating_sub(16));
            if let Some((byte, below)) = found {
                return Some((base | u32::from(byte) << 8, 16 + below));
            }
            (byte, len) = (0, 0);
        }
        None
    }

    /// Among lengths above 24.
    fn next_long(&self, table: &TableV4, addr: u32, len: u8) -> Option<(u32, u8)> {
        let mut from = (addr as u8, len - 24);
        // The first block may lie before `addr` as a whole; the second cannot, and none is empty.
        self.extended.range(addr >> 8..).take(2).find_map(|&slot| {
            if slot != addr >> 8 {
                from = (0, 1);
            }
            let block = table.block_of(slot << 8)?;
            let (byte, below) = self.long[block as usize].next(from.0, from.1)?;
            Some((slot << 8 | u32::from(byte), 24 + below))
        })
    }

    pub(crate) fn shadow_bytes(&self) -> usize {
        let node = |node: &Node| size_of::<Node>() + node.values.capacity() * 4;
        self.short.len() * 4 + self.nodes.iter().chain(&self.long).map(node).sum::<usize>()
    }

    pub(crate) fn block_bytes(&self) -> usize {
        self.blocks.high_water() as usize * BLOCK * 4
    }
}
