//! Which tuples may hold a key, for 64 tuples at once.
//!
//! For each byte of a key and each value of it, a word says which tuples have an entry that agrees with it there. The words of a
//! key's bytes, taken together, leave few tuples to look into: a thousand rules of an access list over sixteen masks leave one or
//! none, where each mask costs a hash otherwise. A bit too many costs a look; one too few does not happen: bits are set before
//! the version of the tuples tells of an entry, and taken away when no entry needs them.

use super::segmented::Segmented;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a key that are looked at: of those of the longest keys, the rest is left to the hash.
const MOST_BYTES: usize = 24;
const VALUES: usize = 256;
/// Tuples of a block: bits of a word.
pub const BLOCK: u32 = u64::BITS;

/// A byte of a lookup key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Byte {
    word: usize,
    shift: u32,
}

impl Byte {
    fn of(self, word: impl Fn(usize) -> u64) -> u8 {
        (word(self.word) >> self.shift) as u8
    }
}

#[derive(Debug)]
pub struct Sieve {
    bytes: Box<[Byte]>,
    /// For each 64 tuples: by byte of the key, then by its value.
    blocks: Segmented<OnceLock<Box<[AtomicU64]>>>,
}

/// The values of a key's bytes that entries of a tuple agree with, for [`Sieve::replace`].
#[derive(Debug)]
pub struct Values(Vec<[bool; VALUES]>);

impl Sieve {
    /// Of keys with so many words, of which these bits are used.
    pub fn new(used: &[u64]) -> Sieve {
        let bytes = (0..u64::BITS).step_by(8).rev().flat_map(|shift| {
            used.iter()
                .enumerate()
                .map(move |(word, used)| (Byte { word, shift }, *used >> shift as u8 & 0xff))
        });
        let bytes = bytes.filter(|(_, used)| *used != 0).map(|(byte, _)| byte).take(MOST_BYTES);
        Sieve { bytes: bytes.collect(), blocks: Segmented::new(1) }
    }

    /// The tuples of a block that may hold a key.
    #[inline]
    pub fn candidates(&self, block: u32, key: &[u64]) -> u64 {
        let Some(cells) = self.blocks.cell(block).and_then(OnceLock::get) else { return 0 };
        let mut left = u64::MAX;
        for (byte, cells) in self.bytes.iter().zip(cells.chunks_exact(VALUES)) {
            let value = byte.of(|word| key.get(word).copied().unwrap_or(0));
            left &= cells[usize::from(value)].load(Ordering::Acquire);
        }
        left
    }

    /// The words of a tuple's block, and its bit.
    fn cells(&self, tuple: u32) -> Option<(&[AtomicU64], u64)> {
        let block = self.blocks.make_cell(tuple / BLOCK)?;
        let make = || std::iter::repeat_with(AtomicU64::default).take(self.bytes.len() * VALUES).collect();
        Some((block.get_or_init(make), 1 << (tuple % BLOCK)))
    }

    /// An entry with this value and mask comes to a tuple.
    pub fn add(&self, tuple: u32, value: &[u64], mask: &[u64]) {
        let Some((cells, bit)) = self.cells(tuple) else { return };
        self.each(value, mask, |at, byte| set(&cells[at * VALUES + byte], bit, true));
    }

    /// Nothing yet, to be filled with the entries that a tuple has.
    pub fn nothing(&self) -> Values {
        Values(vec![[false; VALUES]; self.bytes.len()])
    }

    pub fn note(&self, values: &mut Values, value: &[u64], mask: &[u64]) {
        self.each(value, mask, |at, byte| values.0[at][byte] = true);
    }

    /// What a tuple holds is this, and nothing else.
    pub fn replace(&self, tuple: u32, values: &Values) {
        let Some((cells, bit)) = self.cells(tuple) else { return };
        for (cell, wanted) in cells.iter().zip(values.0.iter().flatten()) {
            set(cell, bit, *wanted);
        }
    }

    /// The values of each byte that a value and a mask agree with.
    fn each(&self, value: &[u64], mask: &[u64], mut each: impl FnMut(usize, usize)) {
        let word = |of: &[u64], at: usize| of.get(at).copied().unwrap_or(0);
        for (at, byte) in self.bytes.iter().enumerate() {
            let (value, mask) = (byte.of(|at| word(value, at)), byte.of(|at| word(mask, at)));
            // The subsets of the bits that the mask leaves open.
            let open = !mask;
            let mut free = open;
            loop {
                each(at, usize::from(value & mask | free));
                if free == 0 {
                    break;
                }
                free = (free - 1) & open;
            }
        }
    }
}

/// By the one who writes.
fn set(cell: &AtomicU64, bit: u64, wanted: bool) {
    let before = cell.load(Ordering::Relaxed);
    let after = if wanted { before | bit } else { before & !bit };
    if after != before {
        cell.store(after, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_tuple_is_missed_that_holds_a_key(
            entries in proptest::collection::vec((0u32..130, any::<[u64; 2]>(), any::<[u8; 2]>()), 1..40),
            removed in proptest::collection::vec(any::<bool>(), 40),
        ) {
            let sieve = Sieve::new(&[u64::MAX, u64::MAX]);
            let masked = |mask: &[u8; 2]| mask.map(|bits| u64::MAX.checked_shl(u32::from(bits)).unwrap_or(0));
            for (tuple, value, mask) in &entries {
                sieve.add(*tuple, value, &masked(mask));
            }
            let left: Vec<_> = entries.iter().zip(&removed).filter(|(_, gone)| !**gone).map(|(of, _)| of).collect();
            for (tuple, _, _) in &entries {
                let mut values = sieve.nothing();
                for (_, value, mask) in left.iter().filter(|(of, _, _)| of == tuple) {
                    sieve.note(&mut values, value, &masked(mask));
                }
                sieve.replace(*tuple, &values);
            }
            for (tuple, value, mask) in &left {
                let mask = masked(mask);
                let key: Vec<u64> = value.iter().zip(mask).map(|(word, mask)| word & mask | 0x5a5a_5a5a_5a5a_5a5a & !mask).collect();
                prop_assert!(sieve.candidates(tuple / BLOCK, &key) >> (tuple % BLOCK) & 1 == 1);
            }
            for (tuple, _, _) in &entries {
                if left.iter().all(|(of, _, _)| of != tuple) {
                    prop_assert_eq!(sieve.candidates(tuple / BLOCK, &[0, 0]) >> (tuple % BLOCK) & 1, 0);
                }
            }
        }
    }

    #[test]
    fn what_no_entry_agrees_with_is_sieved_out() {
        let sieve = Sieve::new(&[0xffff]);
        sieve.add(3, &[0x1200], &[0xff00]);
        sieve.add(70, &[0x0034], &[0x00ff]);
        assert_eq!((sieve.candidates(0, &[0x1234]), sieve.candidates(1, &[0x1234])), (1 << 3, 1 << 6));
        assert_eq!((sieve.candidates(0, &[0x1334]), sieve.candidates(1, &[0x1234 & 0xff00])), (0, 0));
    }
}
