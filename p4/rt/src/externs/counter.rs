//! The `counter` and `direct_counter` externs.
//!
//! A worker counts in cells of its own, without the price of an atomic addition: about ten cycles each, and a packet has two for a
//! counter. What is read is the sum over all workers.

use crate::table::CounterCell;
use crate::table::segmented::{Cells, Segmented, indices};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where cells are kept.
pub trait Store: Sized {
    /// Another of the same size, with room for what this one has room for by now.
    fn like(&self) -> Self;
    fn get(&self, index: u64) -> Option<&CounterCell>;
    /// Nothing beyond the size.
    fn make(&self, index: u64) -> Option<&CounterCell>;
}

impl Store for Cells<CounterCell> {
    fn like(&self) -> Self {
        Cells::new(self.size())
    }

    fn get(&self, index: u64) -> Option<&CounterCell> {
        self.get(index)
    }

    fn make(&self, index: u64) -> Option<&CounterCell> {
        self.make(index)
    }
}

impl Store for Segmented<CounterCell> {
    fn like(&self) -> Self {
        self.as_large()
    }

    fn get(&self, index: u64) -> Option<&CounterCell> {
        self.cell(u32::try_from(index).ok()?)
    }

    fn make(&self, index: u64) -> Option<&CounterCell> {
        self.make_cell(u32::try_from(index).ok()?)
    }
}

/// The cells of one worker. Whoever holds it is the only one who writes them.
pub type CounterShard = Arc<Cells<CounterCell>>;

/// The cells of one worker for the entries of a table.
pub type DirectShard = Arc<Segmented<CounterCell>>;

pub type CounterArray = Counters<Cells<CounterCell>>;

/// By the cells of entries.
pub type DirectCounters = Counters<Segmented<CounterCell>>;

#[derive(Debug)]
pub struct Counters<S> {
    /// What everybody may add to, and what makes the sum what was set.
    shared: S,
    shards: Mutex<Vec<Arc<S>>>,
}

impl CounterArray {
    pub fn new(size: u64) -> CounterArray {
        Counters { shared: Cells::new(size), shards: Mutex::default() }
    }

    pub fn size(&self) -> u64 {
        self.shared.size()
    }

    /// The indices of all cells that may have counted, in order.
    pub fn written(&self) -> impl Iterator<Item = u64> {
        let mut pages: BTreeSet<u64> = self.shared.pages().collect();
        self.shards().iter().for_each(|shard| pages.extend(shard.pages()));
        let size = self.size();
        pages.into_iter().flat_map(move |page| indices(page, size))
    }
}

impl Default for DirectCounters {
    /// With the cell of the default action.
    fn default() -> DirectCounters {
        let shared = Segmented::new(1);
        shared.make_cell(0);
        Counters { shared, shards: Mutex::default() }
    }
}

impl<S: Store> Counters<S> {
    fn shards(&self) -> MutexGuard<'_, Vec<Arc<S>>> {
        // Nothing panics while it holds the lock.
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cells for a worker: those of one that is gone, where there are such.
    pub fn shard(&self) -> Arc<S> {
        let mut shards = self.shards();
        let gone = |shard: &&Arc<S>| Arc::strong_count(shard) == 1;
        if let Some(shard) = shards.iter().find(gone) {
            return Arc::clone(shard);
        }
        let shard = Arc::new(self.shared.like());
        shards.push(Arc::clone(&shard));
        shard
    }

    /// The cell that everybody may add to.
    pub fn shared(&self, index: u64) -> Option<&CounterCell> {
        self.shared.make(index)
    }

    /// Nothing beyond the size.
    pub fn add(&self, index: u64, bytes: u64) {
        if let Some(cell) = self.shared(index) {
            cell.add(bytes);
        }
    }

    /// Packets and bytes.
    pub fn get(&self, index: u64) -> (u64, u64) {
        let shards = self.shards();
        let all = shards.iter().map(|shard| &**shard).chain([&self.shared]);
        let counts = all.filter_map(|cells| cells.get(index)).map(CounterCell::get);
        counts.fold((0, 0), |(packets, bytes), (more, longer)| {
            (u64::wrapping_add(packets, more), u64::wrapping_add(bytes, longer))
        })
    }

    /// Room for a cell everywhere, so that no worker has to make it. False beyond the size.
    pub fn make(&self, index: u64) -> bool {
        // First, so that a worker that comes meanwhile has it too.
        let made = self.shared.make(index).is_some();
        self.shards().iter().for_each(|shard| _ = shard.make(index));
        made
    }

    /// False beyond the size. What is counted meanwhile is not lost.
    pub fn set(&self, index: u64, packets: u64, bytes: u64) -> bool {
        let Some(cell) = self.shared.make(index) else { return false };
        let (counted, long) = self.get(index);
        let (own, own_bytes) = cell.get();
        // The shared cell may be below zero: sums wrap.
        let difference = |wanted: u64, all: u64, own: u64| wanted.wrapping_sub(all).wrapping_add(own);
        cell.set(difference(packets, counted, own), difference(bytes, long, own_bytes));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_workers_count_is_one_number_that_can_be_set() {
        let counter = CounterArray::new(3);
        let (one, other) = (counter.shard(), counter.shard());
        one.make(2).expect("a cell").add(10);
        other.make(2).expect("a cell").add(20);
        counter.add(2, 30);
        assert_eq!(counter.get(2), (3, 60));
        assert!(counter.set(2, 1, 5) && !counter.set(3, 1, 5));
        assert_eq!(counter.get(2), (1, 5));
        one.make(2).expect("a cell").add(7);
        assert_eq!(counter.get(2), (2, 12));
        assert_eq!(counter.get(1), (0, 0));
    }

    #[test]
    fn what_is_counted_for_an_entry_has_room_with_each_worker() {
        let counters = DirectCounters::default();
        let early = counters.shard();
        assert!(early.cell(0).is_some() && early.cell(1000).is_none());
        assert!(counters.make(1000));
        let late = counters.shard();
        for shard in [&early, &late] {
            shard.cell(1000).expect("it was made").add_alone(7);
        }
        counters.add(1000, 1);
        assert_eq!(counters.get(1000), (3, 15));
        assert!(counters.set(1000, 0, 0));
        early.cell(1000).expect("it was made").add_alone(7);
        assert_eq!(counters.get(1000), (1, 7));
    }

    #[test]
    fn cells_of_a_worker_that_is_gone_are_kept_and_used_again() {
        let counter = CounterArray::new(1);
        let first = counter.shard();
        first.make(0).expect("a cell").add(10);
        drop(first);
        let second = counter.shard();
        second.make(0).expect("a cell").add(10);
        assert_eq!(counter.get(0), (2, 20));
        assert_eq!(counter.shards().len(), 1);
    }
}
