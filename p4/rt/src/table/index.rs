//! From a hash to rows, read without locks while one writer changes it.
//!
//! Buckets of seven links, one cache line each. A full bucket sends its entries to the next one and counts them, so that a
//! reader knows where to stop; nothing moves and nothing leaves a tombstone. A larger array replaces a full one; readers of the
//! old one see that `current` moved and begin again. Old arrays stay until the end, which at most doubles the memory.
//!
//! Where most lookups find nothing, as in a tuple, a small filter per bucket says for most hashes that are not there that they are
//! not: a million entries take two megabytes of these, which caches hold where they do not hold the buckets.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

const SLOTS: usize = 7;
const SIZES: usize = 30;

#[derive(Debug, Default)]
#[repr(align(64))]
struct Bucket {
    /// Tag in the upper half, row + 1 in the lower; 0 is free.
    slots: [AtomicU64; SLOTS],
    /// Entries that belong here or earlier and stand further on.
    passed: AtomicU64,
}

#[derive(Debug)]
struct Array {
    /// A bit for each of 64 classes of hashes that have links in the bucket; all bits where links were passed on. Of an index
    /// without filters there are none.
    filters: Box<[AtomicU64]>,
    buckets: Box<[Bucket]>,
}

#[derive(Debug)]
pub struct Index {
    arrays: [OnceLock<Array>; SIZES],
    /// Which of `arrays`; array `k` has `1 << k` buckets.
    current: AtomicU32,
}

/// A folded product.
#[inline]
fn mix(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

/// Of two words at once, each with its own products, so that none waits for another.
#[inline]
pub fn hash(mut words: impl Iterator<Item = u64>) -> u64 {
    let (mut all, mut key) = (0x2545_f491_4f6c_dd1d_u64, 0x9e37_79b9_7f4a_7c15_u64);
    while let Some(word) = words.next() {
        let next = words.next().unwrap_or(0);
        all = all.wrapping_add(mix(word ^ key, next ^ key.rotate_left(29)));
        key = key.wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
    mix(all, 0x9e37_79b9_7f4a_7c15)
}

fn tag(hash: u64) -> u64 {
    hash & 0xffff_ffff_0000_0000
}

pub fn link(hash: u64, row: u32) -> u64 {
    tag(hash) | (u64::from(row) + 1)
}

/// The row of a link, whether of a slot or of a chain.
pub fn row_of(link: u64) -> Option<u32> {
    (link as u32).checked_sub(1)
}

fn make(buckets: usize, filters: bool) -> Array {
    Array {
        filters: std::iter::repeat_with(AtomicU64::default).take(if filters { buckets } else { 0 }).collect(),
        buckets: {
            let mut room = fib::room(buckets);
            room.extend(std::iter::repeat_with(Bucket::default).take(buckets));
            room.into_boxed_slice()
        },
    }
}

/// The class of a hash, from bits of the tag.
fn class(hash: u64) -> u64 {
    1 << (hash >> 58)
}

/// The slots that may hold a hash, one after the other.
#[derive(Debug)]
pub struct Probe<'a> {
    index: &'a Index,
    buckets: &'a [Bucket],
    current: u32,
    hash: u64,
    bucket: usize,
    slot: usize,
    left: usize,
}

impl<'a> Probe<'a> {
    /// The next link with the tag, and the slot it is in.
    #[inline]
    pub fn next(&mut self) -> Option<(&'a AtomicU64, u64)> {
        loop {
            let bucket = self.buckets.get(self.bucket)?;
            while let Some(slot) = bucket.slots.get(self.slot) {
                self.slot += 1;
                let link = slot.load(Ordering::Acquire);
                if link as u32 != 0 && tag(link) == tag(self.hash) {
                    return Some((slot, link));
                }
            }
            if self.left == 0 || bucket.passed.load(Ordering::Acquire) == 0 {
                return None;
            }
            self.left -= 1;
            self.slot = 0;
            self.bucket = (self.bucket + 1) & (self.buckets.len() - 1);
        }
    }

    /// Whether a larger array has replaced the one that is probed.
    pub fn moved(&self) -> bool {
        !self.index.is_current(self.current)
    }
}

/// An array as it is, for several hashes.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    buckets: &'a [Bucket],
    /// For [`Index::is_current`].
    pub number: u32,
}

impl<'a> View<'a> {
    #[inline]
    fn bucket(&self, hash: u64) -> Option<&'a Bucket> {
        self.buckets.get(hash as usize & self.buckets.len().wrapping_sub(1))
    }

    /// Brings the bucket of a hash into the cache.
    #[inline]
    pub fn touch(&self, hash: u64) {
        if let Some(bucket) = self.bucket(hash) {
            fib::prefetch(bucket);
        }
    }

    /// Whether all links of a hash are in its bucket.
    #[inline]
    pub fn ends(&self, hash: u64) -> bool {
        self.bucket(hash).is_none_or(|bucket| bucket.passed.load(Ordering::Acquire) == 0)
    }

    /// The first link with the tag in the bucket of a hash, and the slot it is in.
    #[inline]
    pub fn first(&self, hash: u64) -> Option<(&'a AtomicU64, u64)> {
        let bucket = self.bucket(hash)?;
        // Without branches: where it stands is not to be foreseen.
        let mut same = 0;
        for (at, slot) in bucket.slots.iter().enumerate() {
            same |= u32::from(tag(slot.load(Ordering::Relaxed)) == tag(hash)) << at;
        }
        let slot = bucket.slots.get(same.trailing_zeros() as usize)?;
        Some((slot, slot.load(Ordering::Acquire)))
    }
}

impl Index {
    pub fn new(filters: bool) -> Index {
        let arrays = [const { OnceLock::new() }; SIZES];
        let _ = arrays[0].set(make(1, filters));
        Index { arrays, current: AtomicU32::new(0) }
    }

    fn array(&self) -> (Option<&Array>, u32) {
        let current = self.current.load(Ordering::Acquire);
        (self.arrays.get(current as usize).and_then(OnceLock::get), current)
    }

    pub fn is_current(&self, array: u32) -> bool {
        self.current.load(Ordering::Acquire) == array
    }

    /// Whether there may be a link for a hash, of an index with filters.
    pub fn may_hold(&self, hash: u64) -> bool {
        let (Some(array), _) = self.array() else { return false };
        let filter = array.filters.get(hash as usize & array.filters.len().wrapping_sub(1));
        filter.is_some_and(|filter| filter.load(Ordering::Acquire) & class(hash) != 0)
    }

    #[inline]
    pub fn view(&self) -> View<'_> {
        let (array, number) = self.array();
        View { buckets: array.map_or(&[][..], |array| &array.buckets), number }
    }

    #[inline]
    pub fn probe(&self, hash: u64) -> Probe<'_> {
        let (array, current) = self.array();
        let buckets = array.map_or(&[][..], |array| &array.buckets);
        let bucket = hash as usize & buckets.len().wrapping_sub(1);
        Probe { index: self, buckets, current, hash, bucket, slot: 0, left: buckets.len() }
    }

    /// Brings the bucket of a hash into the cache.
    #[inline]
    pub fn touch(&self, hash: u64) {
        let Some(array) = self.array().0 else { return };
        if let Some(bucket) = array.buckets.get(hash as usize & array.buckets.len().wrapping_sub(1)) {
            fib::prefetch(bucket);
        }
    }

    /// All links.
    pub fn links(&self, mut each: impl FnMut(u64)) {
        let buckets = self.array().0.map_or(&[][..], |array| &array.buckets);
        for slot in buckets.iter().flat_map(|bucket| &bucket.slots) {
            let link = slot.load(Ordering::Acquire);
            if link != 0 {
                each(link);
            }
        }
    }

    /// Adds a row that is not in it. `entries` is how many there are, `each` gives all rows with their hashes.
    pub fn insert(&self, hash: u64, row: u32, entries: usize, each: impl FnOnce(&mut dyn FnMut(u64, u32))) {
        let (Some(array), current) = self.array() else { return };
        // With four of seven slots in use on average, one bucket in twenty passes entries on.
        let full = entries >= array.buckets.len() * 4;
        let larger = self.arrays.get(current as usize + 1);
        match larger {
            Some(larger) if full => {
                let grown = make(array.buckets.len() * 2, !array.filters.is_empty());
                each(&mut |hash, row| grown.place(hash, row));
                grown.place(hash, row);
                let _ = larger.set(grown);
                self.current.store(current + 1, Ordering::Release);
            }
            _ => array.place(hash, row),
        }
    }

    /// Takes a row out.
    pub fn remove(&self, hash: u64, row: u32) {
        if let (Some(array), _) = self.array() {
            array.remove(hash, row);
        }
    }
}

impl Array {
    /// The bucket that is `step` further than where a hash belongs.
    fn bucket(&self, hash: u64, step: usize) -> (&Bucket, Option<&AtomicU64>) {
        let at = (hash as usize).wrapping_add(step) & self.buckets.len().wrapping_sub(1);
        (&self.buckets[at], self.filters.get(at))
    }

    fn place(&self, hash: u64, row: u32) {
        for step in 0..self.buckets.len() {
            let (bucket, filter) = self.bucket(hash, step);
            if let Some(slot) = bucket.slots.iter().find(|slot| slot.load(Ordering::Relaxed) == 0) {
                if let Some(filter) = filter {
                    filter.fetch_or(class(hash), Ordering::Release);
                }
                return slot.store(link(hash, row), Ordering::Release);
            }
            if let Some(filter) = filter {
                filter.store(u64::MAX, Ordering::Release);
            }
            bucket.passed.fetch_add(1, Ordering::Release);
        }
    }

    fn remove(&self, hash: u64, row: u32) {
        let wanted = link(hash, row);
        for step in 0..self.buckets.len() {
            let (bucket, _) = self.bucket(hash, step);
            let Some(slot) = bucket.slots.iter().find(|slot| slot.load(Ordering::Relaxed) == wanted) else {
                continue;
            };
            slot.store(0, Ordering::Release);
            for passed in 0..step {
                self.bucket(hash, passed).0.passed.fetch_sub(1, Ordering::Release);
            }
            for at in 0..=step {
                if let (bucket, Some(filter)) = self.bucket(hash, at) {
                    filter.store(bucket.classes(), Ordering::Release);
                }
            }
            return;
        }
    }
}

impl Bucket {
    /// What its filter says.
    fn classes(&self) -> u64 {
        if self.passed.load(Ordering::Relaxed) > 0 {
            return u64::MAX;
        }
        let links = self.slots.iter().map(|slot| slot.load(Ordering::Relaxed));
        links.filter(|link| *link != 0).fold(0, |all, link| all | class(link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn rows(index: &Index, hash: u64) -> Vec<u32> {
        let mut probe = index.probe(hash);
        let mut rows = Vec::new();
        while let Some((_, link)) = probe.next() {
            rows.extend(row_of(link));
        }
        rows.sort_unstable();
        rows
    }

    proptest! {
        // Few tags and few buckets, so that entries pass and collide.
        #[test]
        fn an_index_holds_what_a_map_holds(filters in any::<bool>(), changes in proptest::collection::vec((any::<bool>(), 0u64..4, 0u64..6), 0..400)) {
            let index = Index::new(filters);
            let mut twin: HashMap<u32, u64> = HashMap::new();
            for (row, (add, tag, low)) in changes.iter().enumerate() {
                let hash = tag << 32 | low;
                if *add || twin.is_empty() {
                    index.insert(hash, row as u32, twin.len(), |each| twin.iter().for_each(|(row, hash)| each(*hash, *row)));
                    twin.insert(row as u32, hash);
                } else if let Some((row, hash)) = twin.iter().next().map(|(row, hash)| (*row, *hash)) {
                    index.remove(hash, row);
                    twin.remove(&row);
                }
                for tag in 0..4u64 {
                    for low in 0..6 {
                        let hash = tag << 32 | low;
                        let mut want: Vec<u32> = twin.iter().filter(|(_, of)| **of == hash).map(|(row, _)| *row).collect();
                        want.sort_unstable();
                        let got = rows(&index, hash);
                        prop_assert!(want.iter().all(|row| got.contains(row)), "{:?} {:?}", want, got);
                        prop_assert!(!filters || want.is_empty() || index.may_hold(hash));
                        // A probe may see other hashes with the same tag, but no row that is gone.
                        prop_assert!(got.iter().all(|row| twin.contains_key(row)));
                    }
                }
            }
        }
    }
}
