//! The writer's own copy of the IPv6 prefixes, ordered by (address, length), and the changes of the table.

use crate::alloc::Buddy;
use crate::error::FibError;
use crate::types::Entry;
use crate::v6::{Below, Member, NODE, ROOT_BITS, STRIDE, Slot, TableV6};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};

/// More prefixes below one slot become a node; half as many become a bag again. A bag of as many is four cache
/// lines, a node 32.
const BAG_MAX: usize = 15;
const NODE_ORDER: u32 = NODE.trailing_zeros();

/// A run of words that nobody reaches any more, to be freed after the grace period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) offset: u32,
    pub(crate) order: u32,
}

#[derive(Debug)]
pub(crate) struct WriterV6 {
    routes: BTreeMap<(u128, u8), u32>,
    words: Buddy,
    limit: usize,
    /// Prefixes below each node, by its offset in units of a node.
    below_node: Vec<u32>,
    /// The parts of the root that were ever written.
    root_parts: u64,
}

pub(crate) fn masked(addr: u128, len: u8) -> u128 {
    addr & mask(len)
}

fn mask(len: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(len)).unwrap_or(0)
}

/// The slots of one level: the root's, or those of `node`, after `above` bits.
#[derive(Debug, Clone, Copy)]
struct Level {
    node: Below,
    above: u8,
}

impl Level {
    const ROOT: Level = Level { node: Below::NOTHING, above: 0 };

    fn bits(self) -> u8 {
        if self.above == 0 { ROOT_BITS } else { STRIDE }
    }

    /// Prefixes of up to this length are painted here, longer ones are below.
    fn end(self) -> u8 {
        self.above + self.bits()
    }

    fn index(self, addr: u128) -> usize {
        (addr >> (128 - self.end())) as usize & ((1 << self.bits()) - 1)
    }

    fn slot(self, table: &TableV6, addr: u128) -> &AtomicU64 {
        &table.level(self.node)[self.index(addr)]
    }

    /// The level below `addr`'s slot, if there is a node.
    fn down(self, table: &TableV6, addr: u128) -> Option<Level> {
        let node = below(self.slot(table, addr));
        node.is_node().then_some(Level { node, above: self.end() })
    }
}

fn below(slot: &AtomicU64) -> Below {
    Slot(slot.load(Ordering::Relaxed)).below()
}

impl WriterV6 {
    pub(crate) fn new(order: u32) -> Self {
        let mut words = Buddy::new(order);
        words.take(2).expect("an empty allocator has a unit: offset 0 means nothing");
        Self { routes: BTreeMap::new(), words, limit: 1 << order, below_node: Vec::new(), root_parts: 0 }
    }

    pub(crate) fn get(&self, addr: u128, len: u8) -> Option<Entry> {
        self.routes.get(&(addr, len)).map(|&word| Entry::unpack(word))
    }

    /// Only the writer's copy: same group, another source or generation.
    pub(crate) fn touch(&mut self, addr: u128, len: u8, entry: Entry) {
        self.routes.insert((addr, len), entry.pack());
    }

    pub(crate) fn next(&self, addr: u128, len: u8) -> Option<(u128, u8)> {
        self.routes.range((addr, len)..).next().map(|(&key, _)| key)
    }

    /// The longest entry covering `addr` with at most `len` bits.
    pub(crate) fn longest(&self, addr: u128, mut len: u8) -> Option<(u8, Entry)> {
        loop {
            let upto = (Bound::Unbounded, Bound::Included((masked(addr, len), len)));
            let (&(key, key_len), &word) = self.routes.range(upto).next_back()?;
            if masked(addr, key_len) == key && key_len <= len {
                return Some((key_len, Entry::unpack(word)));
            }
            // The key sorts before `addr` and parts from it at a bit that is 1 in `addr`; what covers `addr` beyond
            // that bit would sort between them.
            len = (key ^ masked(addr, len)).leading_zeros() as u8;
        }
    }

    /// Stores an entry and publishes its group; runs that fell out of use go to `retired`.
    pub(crate) fn set(
        &mut self,
        table: &TableV6,
        addr: u128,
        len: u8,
        entry: Entry,
        retired: &mut Vec<Run>,
    ) -> Result<(), FibError> {
        let old = self.routes.insert((addr, len), entry.pack());
        let member = Member { addr, len, group: entry.group.0 };
        if len == 0 {
            table.set_default(member.group);
            return Ok(());
        }
        for part in TableV6::root_part(addr)..=TableV6::root_part(addr | !mask(len)) {
            self.root_parts |= 1 << part;
        }
        let level = self.level_of(table, addr, len);
        if len <= level.end() {
            paint(table, level, member, len);
        } else if old.is_some() {
            table.set_in_bag(below(level.slot(table, addr)), member);
        } else if let Err(error) = self.rebuild(table, level, addr, retired) {
            self.routes.remove(&(addr, len));
            return Err(error);
        }
        if old.is_none() {
            self.count(table, addr, level, 1);
        }
        Ok(())
    }

    /// Removes an entry that exists; needs no memory.
    pub(crate) fn remove(&mut self, table: &TableV6, addr: u128, len: u8, retired: &mut Vec<Run>) {
        self.routes.remove(&(addr, len));
        if len == 0 {
            table.set_default(0);
            return;
        }
        let level = self.level_of(table, addr, len);
        if len <= level.end() {
            let cover = self.longest(addr, len - 1).filter(|&(depth, _)| depth > level.above);
            let (depth, group) = cover.map_or((0, 0), |(depth, entry)| (depth, entry.group.0));
            paint(table, level, Member { addr, len: depth, group }, len);
        } else {
            let slot = level.slot(table, addr);
            let bag = below(slot);
            if table.remove_from_bag(bag, addr, len) == 0 {
                replace(slot, Below::NOTHING);
                self.abandon(table, bag, retired);
            }
        }
        self.count(table, addr, level, -1);
        self.fold(table, addr, level, retired);
    }

    /// The level where `addr/len` ends, or the last one on the way to it.
    fn level_of(&self, table: &TableV6, addr: u128, len: u8) -> Level {
        let mut level = Level::ROOT;
        while len > level.end()
            && let Some(down) = level.down(table, addr)
        {
            level = down;
        }
        level
    }

    /// Adds `change` to the count of every node from the root to `last`.
    fn count(&mut self, table: &TableV6, addr: u128, last: Level, change: i32) {
        let mut level = Level::ROOT;
        while level.above < last.above
            && let Some(down) = level.down(table, addr)
        {
            let count = &mut self.below_node[down.node.offset() / NODE];
            *count = count.wrapping_add_signed(change);
            level = down;
        }
    }

    /// Turns the topmost node that has become almost empty into a bag. Without memory for one it stays.
    fn fold(&mut self, table: &TableV6, addr: u128, last: Level, retired: &mut Vec<Run>) {
        let mut level = Level::ROOT;
        while level.above < last.above
            && let Some(down) = level.down(table, addr)
        {
            if self.below_node[down.node.offset() / NODE] as usize <= BAG_MAX / 2 {
                let _ = self.rebuild(table, level, addr, retired);
                return;
            }
            level = down;
        }
    }

    /// Makes what is below `addr`'s slot anew from the routes, and publishes it.
    fn rebuild(
        &mut self,
        table: &TableV6,
        level: Level,
        addr: u128,
        retired: &mut Vec<Run>,
    ) -> Result<(), FibError> {
        let end = level.end();
        let (first, last) = (masked(addr, end), addr | !mask(end));
        let members: Vec<Member> = self
            .routes
            .range((first, end + 1)..=(last, 128))
            .map(|(&(addr, len), &word)| Member { addr, len, group: Entry::unpack(word).group.0 })
            .collect();
        let fresh = self.build(table, &members, end)?;
        let slot = level.slot(table, addr);
        let old = below(slot);
        replace(slot, fresh);
        self.abandon(table, old, retired);
        Ok(())
    }

    /// A bag or a node for `members`, which share their first `above` bits and are ordered by address and length.
    fn build(&mut self, table: &TableV6, members: &[Member], above: u8) -> Result<Below, FibError> {
        if members.is_empty() {
            return Ok(Below::NOTHING);
        }
        if members.len() <= BAG_MAX {
            let mut members = members.to_vec();
            members.sort_by_key(|member| member.len);
            let offset = self.take(order_of(TableV6::bag_size(&members)))?;
            table.fill_bag(offset, &members);
            return Ok(Below::bag(offset));
        }
        let level = Level { node: Below::node(self.take(NODE_ORDER)?), above };
        table.level(level.node).iter().for_each(|slot| slot.store(0, Ordering::Relaxed));
        let at = level.node.offset() / NODE;
        if self.below_node.len() <= at {
            self.below_node.resize(at + 1, 0);
        }
        self.below_node[at] = members.len() as u32;
        for &member in members.iter().filter(|member| member.len <= level.end()) {
            paint(table, level, member, member.len);
        }
        let longer: Vec<Member> = members.iter().copied().filter(|member| member.len > level.end()).collect();
        for group in longer.chunk_by(|a, b| level.index(a.addr) == level.index(b.addr)) {
            match self.build(table, group, level.end()) {
                Ok(child) => replace(level.slot(table, group[0].addr), child),
                Err(error) => {
                    let mut unused = Vec::new();
                    self.abandon(table, level.node, &mut unused);
                    unused.into_iter().for_each(|run| self.free(run));
                    return Err(error);
                }
            }
        }
        Ok(level.node)
    }

    /// Collects the runs of a bag or of a node and all below it.
    fn abandon(&self, table: &TableV6, old: Below, retired: &mut Vec<Run>) {
        if old == Below::NOTHING {
            return;
        }
        let offset = old.offset() as u32;
        if !old.is_node() {
            retired.push(Run { offset, order: order_of(table.bag_words(old)) });
            return;
        }
        table.level(old).iter().for_each(|slot| self.abandon(table, below(slot), retired));
        retired.push(Run { offset, order: NODE_ORDER });
    }

    fn take(&mut self, order: u32) -> Result<u32, FibError> {
        let full = FibError::TableFull { table: "IPv6 words", limit: self.limit };
        self.words.take(order).ok_or(full)
    }

    pub(crate) fn free(&mut self, run: Run) {
        self.words.give(run.offset, run.order);
    }

    #[cfg(test)]
    pub(crate) fn words_left(&self) -> usize {
        self.words.left()
    }

    pub(crate) fn root_bytes(&self) -> usize {
        self.root_parts.count_ones() as usize * TableV6::ROOT_PART_BYTES
    }

    pub(crate) fn word_bytes(&self) -> usize {
        self.words.high_water() * 8
    }

    /// Keys and values at the fill of the library's B-tree after random inserts (about 70%).
    pub(crate) fn shadow_bytes(&self) -> usize {
        self.routes.len() * size_of::<((u128, u8), u32)>() * 10 / 7 + self.below_node.len() * 4
    }
}

/// Runs are of at least one unit of four words.
fn order_of(words: usize) -> u32 {
    words.next_power_of_two().trailing_zeros().max(2)
}

/// Publishes what is below a slot; its own group stays.
fn replace(slot: &AtomicU64, below: Below) {
    let old = Slot(slot.load(Ordering::Relaxed));
    slot.store(Slot::new(below, old.depth(), old.group()).0, Ordering::Release);
}

/// Paints the slots of the first `len` bits of `paint.addr` with its length and group, where nothing longer has
/// painted.
fn paint(table: &TableV6, level: Level, paint: Member, len: u8) {
    let span = 1usize << (level.end() - len);
    for cell in &table.level(level.node)[level.index(paint.addr)..][..span] {
        let slot = Slot(cell.load(Ordering::Relaxed));
        if slot.depth() <= len {
            cell.store(Slot::new(slot.below(), paint.len, paint.group).0, Ordering::Release);
        }
    }
}

#[cfg(test)]
#[path = "v6_writer_tests.rs"]
mod tests;
