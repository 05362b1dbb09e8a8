//! The tuples of a table: masks with an index each, and the order to visit them in.

use super::index::Index;
use super::segmented::Segmented;
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

/// Read by lookups. `version` is odd while `order` is being changed and grows with each change of links.
#[derive(Debug)]
pub struct Tuples {
    pub version: AtomicU64,
    places: Segmented<OnceLock<Box<Tuple>>>,
    made: AtomicU32,
    order: Segmented<AtomicU32>,
    ordered: AtomicU32,
    key_words: usize,
}

impl Tuples {
    pub fn new(key_words: usize) -> Tuples {
        Tuples {
            version: AtomicU64::new(0),
            places: Segmented::new(1),
            made: AtomicU32::new(0),
            order: Segmented::new(1),
            ordered: AtomicU32::new(0),
            key_words,
        }
    }

    pub fn get(&self, place: u32) -> Option<&Tuple> {
        self.places.cell(place)?.get().map(|tuple| &**tuple)
    }

    /// By falling priority.
    pub fn ordered(&self) -> impl Iterator<Item = &Tuple> {
        let many = self.ordered.load(Ordering::Acquire);
        (0..many).filter_map(|at| self.get(self.order.cell(at)?.load(Ordering::Acquire)))
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
                index: Index::default(),
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
    /// The order as published.
    order: Vec<u32>,
}

#[derive(Debug, Default)]
struct Part {
    /// How many entries have a priority.
    priorities: BTreeMap<u64, u32>,
    /// Chains of its index.
    chains: usize,
    best: u64,
}

impl Directory {
    pub fn find<'a>(&self, tuples: &'a Tuples, mask: &[u64]) -> Option<(u32, &'a Tuple)> {
        let place = *self.by_mask.get(mask)?;
        Some((place, tuples.get(place)?))
    }

    pub fn find_or_make<'a>(&mut self, tuples: &'a Tuples, mask: &[u64]) -> Option<(u32, &'a Tuple)> {
        if let Some(found) = self.find(tuples, mask) {
            return Some(found);
        }
        let place = self.free.pop_front().unwrap_or(self.parts.len() as u32);
        let tuple = tuples.make(place)?;
        if place as usize == self.parts.len() {
            self.parts.push(Part::default());
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

    /// An entry of this priority is about to be linked.
    pub fn add(&mut self, tuples: &Tuples, place: u32, priority: u64) {
        let Some(part) = self.parts.get_mut(place as usize) else { return };
        *part.priorities.entry(priority).or_insert(0) += 1;
        self.settle(tuples, place);
    }

    /// An entry of this priority was unlinked.
    pub fn remove(&mut self, tuples: &Tuples, place: u32, priority: u64, mask: &[u64]) {
        let Some(part) = self.parts.get_mut(place as usize) else { return };
        if let Some(many) = part.priorities.get_mut(&priority) {
            *many -= 1;
            if *many == 0 {
                part.priorities.remove(&priority);
            }
        }
        let empty = part.priorities.is_empty();
        self.settle(tuples, place);
        if empty {
            self.by_mask.remove(mask);
            self.free.push_back(place);
        }
    }

    /// Brings the tuple's best priority and the order up to date.
    fn settle(&mut self, tuples: &Tuples, place: u32) {
        let (Some(part), Some(tuple)) = (self.parts.get_mut(place as usize), tuples.get(place)) else {
            return;
        };
        let best = part.priorities.last_key_value().map(|(best, _)| *best);
        let used = tuple.used.load(Ordering::Relaxed) != 0;
        if best.is_some() == used && best.is_none_or(|best| best == part.best) {
            tuples.version.fetch_add(2, Ordering::AcqRel);
            return;
        }
        part.best = best.unwrap_or(0);
        let best_now = part.best;
        tuples.version.fetch_add(1, Ordering::AcqRel);
        tuple.best.store(best_now, Ordering::Release);
        tuple.used.store(u32::from(best.is_some()), Ordering::Release);
        let changed = self.reorder(place, best.is_some(), best_now);
        for at in changed..self.order.len() {
            if let Some(cell) = tuples.order.make_cell(at as u32) {
                cell.store(self.order[at], Ordering::Release);
            }
        }
        tuples.ordered.store(self.order.len() as u32, Ordering::Release);
        tuples.version.fetch_add(1, Ordering::AcqRel);
    }

    /// The first place of the order that is another now.
    fn reorder(&mut self, place: u32, used: bool, best: u64) -> usize {
        let was = self.order.iter().position(|other| *other == place);
        if let Some(was) = was {
            self.order.remove(was);
        }
        let mut first = was.unwrap_or(self.order.len());
        if used {
            let parts = &self.parts;
            let to = self.order.partition_point(|other| parts[*other as usize].best >= best);
            self.order.insert(to, place);
            first = first.min(to);
        }
        first
    }
}
