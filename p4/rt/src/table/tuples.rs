//! The tuples of a table: masks with an index each, and which of them to visit.

use super::encode::Encoded;
use super::index::Index;
use super::segmented::Segmented;
use super::shape::Shape;
use super::sieve::Sieve;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Where the entries of one mask are.
#[derive(Debug)]
pub struct Tuple {
    pub mask: Box<[AtomicU64]>,
    pub index: Index,
    /// The largest priority of its entries, ordered as an unsigned number.
    pub best: AtomicU64,
    /// Whether there are entries.
    pub used: AtomicU32,
}

/// Read by lookups. `version` grows behind each change.
#[derive(Debug)]
pub struct Tuples {
    pub version: AtomicU64,
    places: Segmented<OnceLock<Box<Tuple>>>,
    made: AtomicU32,
    key_words: usize,
    /// Which of them to look into.
    pub sieve: Sieve,
    /// Bits of the one key whose longest prefix wins: the places of tuples are those beyond the prefix, so that the first ones
    /// have the longest.
    pub prefixes: Option<u32>,
}

impl Tuples {
    pub fn new(shape: &Shape) -> Tuples {
        Tuples {
            sieve: Sieve::new(&shape.used_bits()),
            prefixes: shape.prefixes(),
            version: AtomicU64::new(0),
            places: Segmented::new(1),
            made: AtomicU32::new(0),
            key_words: shape.key_words,
        }
    }

    #[inline]
    pub fn get(&self, place: u32) -> Option<&Tuple> {
        self.places.cell(place)?.get().map(|tuple| &**tuple)
    }

    /// One more than the last place that has ever been used.
    #[inline]
    pub fn places(&self) -> u32 {
        self.made.load(Ordering::Acquire)
    }

    /// In no order: complete at any time.
    pub fn all(&self) -> impl Iterator<Item = &Tuple> {
        let many = self.made.load(Ordering::Acquire);
        (0..many).filter_map(|at| self.get(at)).filter(|tuple| tuple.used.load(Ordering::Acquire) != 0)
    }

    fn make(&self, place: u32) -> Option<&Tuple> {
        let mask = || (0..self.key_words).map(|_| AtomicU64::new(0)).collect();
        let tuple = self.places.make_cell(place)?.get_or_init(|| {
            Box::new(Tuple {
                mask: mask(),
                index: Index::new(true),
                best: AtomicU64::new(0),
                used: AtomicU32::new(0),
            })
        });
        Some(tuple)
    }
}

/// The writer's side of the tuples.
#[derive(Debug, Default)]
pub struct Directory {
    by_mask: HashMap<Box<[u64]>, u32>,
    parts: Vec<Part>,
    free: VecDeque<u32>,
}

#[derive(Debug, Default)]
struct Part {
    /// How many rows have a priority.
    priorities: BTreeMap<u64, u32>,
    /// Chains of its index.
    chains: usize,
    rows: usize,
    /// Rows that are gone and of which the sieve still knows.
    gone: usize,
}

impl Directory {
    pub fn find<'a>(&self, tuples: &'a Tuples, mask: &[u64]) -> Option<(u32, &'a Tuple)> {
        let place = *self.by_mask.get(mask)?;
        Some((place, tuples.get(place)?))
    }

    pub fn find_or_make<'a>(&mut self, tuples: &'a Tuples, key: &Encoded) -> Option<(u32, &'a Tuple)> {
        let mask = &key.mask[..];
        if let Some(found) = self.find(tuples, mask) {
            return Some(found);
        }
        let place = match tuples.prefixes {
            Some(bits) => bits.saturating_sub(key.priority as u32),
            None => self.free.pop_front().unwrap_or(self.parts.len() as u32),
        };
        let tuple = tuples.make(place)?;
        if place as usize >= self.parts.len() {
            self.parts.resize_with(place as usize + 1, Part::default);
            tuples.made.store(place + 1, Ordering::Release);
        }
        for (cell, word) in tuple.mask.iter().zip(mask) {
            cell.store(*word, Ordering::Release);
        }
        self.by_mask.insert(mask.into(), place);
        Some((place, tuple))
    }

    pub fn chains(&mut self, place: u32) -> Option<&mut usize> {
        self.parts.get_mut(place as usize).map(|part| &mut part.chains)
    }

    /// A row was linked: from now on it is found.
    pub fn add(&mut self, tuples: &Tuples, place: u32, priority: u64, key: &Encoded) {
        let Some(part) = self.parts.get_mut(place as usize) else { return };
        tuples.sieve.add(place, &key.value, &key.mask);
        part.rows += 1;
        *part.priorities.entry(priority).or_insert(0) += 1;
        self.settle(tuples, place);
    }

    /// A row of this priority was unlinked. `each` gives the values of those that are left.
    pub fn remove(
        &mut self,
        tuples: &Tuples,
        place: u32,
        priority: u64,
        mask: &[u64],
        each: impl FnOnce(&mut dyn FnMut(&[u64])),
    ) {
        let Some(part) = self.parts.get_mut(place as usize) else { return };
        part.rows -= 1;
        part.gone += 1;
        let sieve = part.gone > part.rows;
        if let Some(many) = part.priorities.get_mut(&priority) {
            *many -= 1;
            if *many == 0 {
                part.priorities.remove(&priority);
            }
        }
        let empty = part.priorities.is_empty();
        self.settle(tuples, place);
        if sieve {
            let mut values = tuples.sieve.nothing();
            each(&mut |value| tuples.sieve.note(&mut values, value, mask));
            tuples.sieve.replace(place, &values);
            if let Some(part) = self.parts.get_mut(place as usize) {
                part.gone = 0;
            }
        }
        if empty {
            self.by_mask.remove(mask);
            if tuples.prefixes.is_none() {
                self.free.push_back(place);
            }
        }
    }

    /// Brings the tuple's best priority up to date, and tells readers that there was a change.
    fn settle(&mut self, tuples: &Tuples, place: u32) {
        if let (Some(part), Some(tuple)) = (self.parts.get(place as usize), tuples.get(place)) {
            let best = part.priorities.last_key_value().map(|(best, _)| *best);
            tuple.best.store(best.unwrap_or(0), Ordering::Release);
            tuple.used.store(u32::from(best.is_some()), Ordering::Release);
        }
        tuples.version.fetch_add(1, Ordering::AcqRel);
    }
}
