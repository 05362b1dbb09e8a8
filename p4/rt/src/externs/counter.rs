//! The `counter` extern.
//!
//! A worker counts in cells of its own, without the price of an atomic addition: about ten cycles each, and a packet has two for a
//! counter. What is read is the sum over all workers.

use crate::table::CounterCell;
use crate::table::segmented::Cells;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The cells of one worker. Whoever holds it is the only one who writes them.
pub type CounterShard = Arc<Cells<CounterCell>>;

#[derive(Debug)]
pub struct CounterArray {
    /// What everybody may add to, and what makes the sum what was set.
    shared: Cells<CounterCell>,
    shards: Mutex<Vec<CounterShard>>,
}

impl CounterArray {
    pub fn new(size: u64) -> CounterArray {
        CounterArray { shared: Cells::new(size), shards: Mutex::default() }
    }

    pub fn size(&self) -> u64 {
        self.shared.size()
    }

    fn shards(&self) -> MutexGuard<'_, Vec<CounterShard>> {
        // Nothing panics while it holds the lock.
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cells for a worker: those of one that is gone, where there are such.
    pub fn shard(&self) -> CounterShard {
        let mut shards = self.shards();
        let gone = |shard: &&CounterShard| Arc::strong_count(shard) == 1;
        if let Some(shard) = shards.iter().find(gone) {
            return Arc::clone(shard);
        }
        let shard = Arc::new(Cells::new(self.size()));
        shards.push(Arc::clone(&shard));
        shard
    }

    /// Nothing beyond the size.
    pub fn add(&self, index: u64, bytes: u64) {
        if let Some(cell) = self.shared.make(index) {
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
