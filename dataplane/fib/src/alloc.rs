//! Who owns which slot of a table: single ids, and runs of a power of two. Only the writer allocates.

use std::collections::BTreeSet;

/// Ids below `limit`; freed ones first.
#[derive(Debug)]
pub(crate) struct Slots {
    free: Vec<u32>,
    next: u32,
    limit: u32,
}

impl Slots {
    /// Ids `first..limit`.
    pub(crate) fn new(first: u32, limit: u32) -> Self {
        Self { free: Vec::new(), next: first, limit: limit.max(first) }
    }

    pub(crate) fn take(&mut self) -> Option<u32> {
        self.free.pop().or_else(|| {
            (self.next < self.limit).then(|| {
                self.next += 1;
                self.next - 1
            })
        })
    }

    pub(crate) fn give(&mut self, id: u32) {
        self.free.push(id);
    }

    /// One more than the highest id ever taken.
    pub(crate) fn high_water(&self) -> u32 {
        self.next
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }
}

/// A buddy allocator over `2^max_order` units: runs of `2^order`, aligned to their size.
#[derive(Debug)]
pub(crate) struct Buddy {
    free: Vec<BTreeSet<u32>>,
    high_water: usize,
}

impl Buddy {
    pub(crate) fn new(max_order: u32) -> Self {
        let mut free = vec![BTreeSet::new(); max_order as usize + 1];
        free[max_order as usize].insert(0);
        Self { free, high_water: 0 }
    }

    /// The offset of a run of `2^order` units, the lowest free one of the smallest fitting size.
    pub(crate) fn take(&mut self, order: u32) -> Option<u32> {
        let order = order as usize;
        let mut found = (order..self.free.len()).find(|&o| !self.free[o].is_empty())?;
        let offset = self.free[found].pop_first().expect("found non-empty");
        while found > order {
            found -= 1;
            self.free[found].insert(offset + (1 << found));
        }
        self.high_water = self.high_water.max(offset as usize + (1 << order));
        Some(offset)
    }

    pub(crate) fn give(&mut self, mut offset: u32, order: u32) {
        let mut order = order as usize;
        while order + 1 < self.free.len() && self.free[order].remove(&(offset ^ (1 << order))) {
            offset &= !(1 << order);
            order += 1;
        }
        self.free[order].insert(offset);
    }

    /// Units not given out.
    #[cfg(test)]
    pub(crate) fn left(&self) -> usize {
        self.free.iter().enumerate().map(|(order, runs)| runs.len() << order).sum()
    }

    /// One more than the highest unit ever in use.
    pub(crate) fn high_water(&self) -> usize {
        self.high_water
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_start_where_told_and_are_reused() {
        let mut slots = Slots::new(1, 3);
        assert_eq!((slots.take(), slots.take(), slots.take()), (Some(1), Some(2), None));
        slots.give(1);
        assert_eq!(slots.take(), Some(1));
    }

    proptest! {
        #[test]
        fn runs_never_overlap_and_all_come_back(orders in proptest::collection::vec((0u32..5, any::<bool>()), 1..200)) {
            let mut buddy = Buddy::new(8);
            let mut owner = [None; 256];
            let mut held = Vec::new();
            for (id, (order, free_first)) in orders.into_iter().enumerate() {
                if free_first && !held.is_empty() {
                    let (offset, order): (u32, u32) = held.swap_remove(id % held.len());
                    owner[offset as usize..][..1 << order].fill(None);
                    buddy.give(offset, order);
                }
                if let Some(offset) = buddy.take(order) {
                    let run = &mut owner[offset as usize..][..1 << order];
                    prop_assert!(run.iter().all(Option::is_none));
                    run.fill(Some(id));
                    held.push((offset, order));
                }
            }
            for (offset, order) in held {
                buddy.give(offset, order);
            }
            prop_assert_eq!(buddy.left(), 256);
            prop_assert_eq!(buddy.take(8), Some(0));
        }
    }
}
