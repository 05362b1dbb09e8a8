//! Paths as workers read them: one word of causes and one neighbor index each, and the neighbor records.

use crate::arena::{Arena, Zeroed, prefetch};
use crate::types::{Causes, NeighborId, PathId};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Every `PathId` has a slot, so that indexing needs no bounds check (512 KiB of address space).
pub(crate) const PATH_SLOTS: usize = 1 << 16;

/// A resolved rewrite: what to put before the network header, and where to send the result. One cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Neighbor {
    /// The port to transmit on.
    pub port: u16,
    /// The interface (for counters and its MTU's ICMP answers).
    pub interface: u16,
    /// Largest network-layer packet in bytes.
    pub mtu: u16,
    /// Bytes of `header` in use.
    pub header_len: u8,
    /// Ready header: Ethernet, 802.1Q, and a tunnel's encapsulation if it fits.
    pub header: [u8; Neighbor::HEADER_MAX],
}

impl Neighbor {
    pub const HEADER_MAX: usize = 56;
}

/// Causes of death and neighbor of one path; together, because who selects a path rewrites next.
#[derive(Debug)]
#[repr(C)]
pub struct PathSlot {
    causes: AtomicU32,
    neighbor: AtomicU32,
}

// SAFETY: two atomic integers.
unsafe impl Zeroed for PathSlot {}

/// A record that the writer fills while nobody can reach it and workers read while it is linked.
///
/// JUSTIFICATION: bench `tables`, `lookup4_bulk, select, neighbor, rewrite`: 102 M/s in the best run, 87 with a
/// record of eight atomic words that is copied out (2-core Zen VM, noisy).
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Record(UnsafeCell<Neighbor>);

// SAFETY: integers and bytes only.
unsafe impl Zeroed for Record {}
// SAFETY: `Paths::fill` writes only records that no reader can reach (its contract), so shared references
// see no write.
unsafe impl Sync for Record {}

#[derive(Debug)]
pub(crate) struct Paths {
    slots: Arena<PathSlot>,
    records: Arena<Record>,
}

/// Paths and their rewrites as compiled code reads them.
///
/// Whoever reads a [`Neighbor`] through it keeps to what [`crate::WorkerEpoch::neighbor`] says: the reference is good until the
/// worker's next quiescent point.
#[derive(Debug, Clone, Copy)]
pub struct RawPaths {
    /// One for each [`PathId`] that there could be.
    pub slots: *const PathSlot,
    /// The rewrite of a path has the number that its slot says; 0 is none.
    pub neighbors: *const Neighbor,
}

impl PathSlot {
    /// Bytes from the slot to its word of causes: 32 bits, 0 for a path that is live.
    pub const CAUSES: usize = std::mem::offset_of!(PathSlot, causes);
    /// Bytes from the slot to the number of its rewrite: 32 bits.
    pub const NEIGHBOR: usize = std::mem::offset_of!(PathSlot, neighbor);

    #[inline(always)]
    pub(crate) fn is_live(&self) -> bool {
        self.causes.load(Ordering::Relaxed) == 0
    }
}

impl Paths {
    pub(crate) fn raw(&self) -> RawPaths {
        RawPaths {
            slots: self.slots.as_array::<PATH_SLOTS>().as_ptr(),
            neighbors: self.records.as_ptr().cast::<Neighbor>(),
        }
    }

    pub(crate) fn new(neighbors: usize) -> Option<Self> {
        let paths = Self { slots: Arena::new(PATH_SLOTS)?, records: Arena::new(neighbors)? };
        for slot in paths.slots.iter() {
            slot.causes.store(Causes::UNALLOCATED.0, Ordering::Relaxed);
        }
        Some(paths)
    }

    #[inline]
    fn slot(&self, path: PathId) -> &PathSlot {
        &self.slots.as_array::<PATH_SLOTS>()[usize::from(path.0)]
    }

    #[inline]
    pub(crate) fn is_live(&self, path: PathId) -> bool {
        self.slot(path).is_live()
    }

    #[inline]
    pub(crate) fn slots(&self) -> &[PathSlot; PATH_SLOTS] {
        self.slots.as_array()
    }

    /// Whether the path works and is only held back for a while.
    pub(crate) fn is_held_back(&self, path: PathId) -> bool {
        self.slot(path).causes.load(Ordering::Relaxed) == Causes::WAIT_TO_RESTORE.0
    }

    /// Gives every cause at once: for a path that comes into use or goes out of it.
    pub(crate) fn reset(&self, path: PathId, causes: Causes) {
        self.slot(path).causes.store(causes.0, Ordering::Release);
    }

    /// Publishes a neighbor for a path; `None` takes it away.
    pub(crate) fn link(&self, path: PathId, neighbor: Option<NeighborId>) {
        self.slot(path).neighbor.store(neighbor.map_or(0, |n| n.0), Ordering::Release);
    }

    /// The record of a path's neighbor.
    ///
    /// # Safety
    /// The caller is a registered worker that is online and does not keep the reference beyond its next
    /// quiescent point.
    #[inline]
    pub(crate) unsafe fn neighbor(&self, path: PathId) -> Option<&Neighbor> {
        let index = self.slot(path).neighbor.load(Ordering::Acquire);
        if index == 0 {
            return None;
        }
        // SAFETY: a linked record is not written until it was unlinked and a grace period has passed.
        self.records.get(index as usize).map(|record| unsafe { &*record.0.get() })
    }

    #[inline]
    pub(crate) fn prefetch_neighbor(&self, path: PathId) {
        let index = self.slot(path).neighbor.load(Ordering::Relaxed);
        if let Some(record) = self.records.get(index as usize) {
            prefetch(record);
        }
    }

    /// Fills a record before it is linked.
    ///
    /// # Safety
    /// Only the writer calls this, and `id` is linked from no path, nor was it since the last grace period.
    pub(crate) unsafe fn fill(&self, id: NeighborId, neighbor: &Neighbor) {
        // SAFETY: by the contract nobody else refers to this record.
        unsafe { *self.records[id.0 as usize].0.get() = *neighbor };
    }

    pub(crate) fn slot_bytes(&self) -> usize {
        self.slots.bytes()
    }
}

/// The detectors' view of the paths. Any thread may set and clear its own causes; nothing is ordered by it
/// except each path's own word.
#[derive(Debug, Clone, Copy)]
pub struct Liveness<'t>(pub(crate) &'t Paths);

impl Liveness<'_> {
    /// Adds causes; returns those before. The repair is this one instruction.
    #[inline]
    pub fn set(&self, path: PathId, causes: Causes) -> Causes {
        Causes(self.0.slot(path).causes.fetch_or(causes.0, Ordering::AcqRel))
    }

    /// Removes causes; returns those before. An id that is not in use stays dead.
    #[inline]
    pub fn clear(&self, path: PathId, causes: Causes) -> Causes {
        let keep = !causes.0 | Causes::UNALLOCATED.0;
        Causes(self.0.slot(path).causes.fetch_and(keep, Ordering::AcqRel))
    }

    #[inline]
    pub fn causes(&self, path: PathId) -> Causes {
        Causes(self.0.slot(path).causes.load(Ordering::Acquire))
    }

    #[inline]
    pub fn is_live(&self, path: PathId) -> bool {
        self.0.is_live(path)
    }
}
