//! Match-action tables: any number of lock-free readers, one writer.
//!
//! A row is immutable while a link leads to it: a change makes a new row and swings the link. A freed row gets a new
//! generation before it is used again, and who read it meanwhile begins again. So a reader never waits for the writer.
//!
//! Entries with the same mask form a *tuple* with a hash index. An exact table has one tuple; a lookup in others visits those that
//! a sieve leaves, and passes over those that cannot be better than what it has: in an lpm table the first with a prefix is the
//! last to be visited. A range lies in
//! one or two blocks that are at most twice as long as itself: the mask of a range key is that of such a block, and an entry has a
//! row in each. A lookup key is in one of them, so that it sees an entry come, change and go at once. Rows with the same value and
//! mask form a chain, the best first.

mod chain;
mod encode;
mod index;
mod rows;
mod search;
pub mod segmented;
mod shape;
mod sieve;
mod tuples;
mod writer;

pub use encode::Encoded;
pub use search::{Steps, Way};
pub use shape::{KeyField, KeyPart, Mode, Shape};
pub use writer::{Refusal, Reserved, RowView, Writer};

use crate::externs::counter::{DirectCounters, DirectShard};
use crate::externs::meter::MeterCell;
use index::Index;
pub(crate) use index::hash;
use rows::Rows;
use segmented::Segmented;
use std::sync::atomic::{AtomicU64, Ordering};
use tuples::Tuples;

/// What a row leads to, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowTarget {
    /// Index among the table's actions; the arguments are in the row.
    Action(u32),
    /// Places in the table's action profile.
    Member(u32),
    Group(u32),
}

impl RowTarget {
    fn word(self) -> u64 {
        match self {
            RowTarget::Action(at) => u64::from(at),
            RowTarget::Member(at) => 1 << 32 | u64::from(at),
            RowTarget::Group(at) => 2 << 32 | u64::from(at),
        }
    }

    fn of(word: u64) -> RowTarget {
        match word >> 32 {
            0 => RowTarget::Action(word as u32),
            1 => RowTarget::Member(word as u32),
            _ => RowTarget::Group(word as u32),
        }
    }
}

/// What a lookup found. Made once and used again: it keeps its buffer.
#[derive(Debug, Clone)]
pub struct Match {
    pub hit: bool,
    pub target: RowTarget,
    /// The id of the entry; 0 is the default action.
    pub entry: u64,
    /// Of the action: each in whole words.
    pub args: Vec<u64>,
}

impl Default for Match {
    fn default() -> Match {
        Match { hit: false, target: RowTarget::Action(0), entry: 0, args: Vec::new() }
    }
}

#[derive(Debug, Default)]
pub struct CounterCell {
    pub packets: AtomicU64,
    pub bytes: AtomicU64,
}

impl CounterCell {
    pub fn add(&self, bytes: u64) {
        self.packets.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// For whoever is the only one to write the cell.
    #[inline]
    pub fn add_alone(&self, bytes: u64) {
        for (count, more) in [(&self.packets, 1), (&self.bytes, bytes)] {
            count.store(count.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
        }
    }

    pub fn get(&self) -> (u64, u64) {
        (self.packets.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    pub fn set(&self, packets: u64, bytes: u64) {
        self.packets.store(packets, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }
}

#[derive(Debug)]
enum Finder {
    Exact(Box<Index>),
    Tuples(Box<Tuples>),
}

/// What each entry has of its own besides its row; cell 0 is the default action's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    pub counter: bool,
    pub meter: bool,
    pub idle: bool,
}

#[derive(Debug)]
pub struct Table {
    shape: Shape,
    rows: Rows,
    default: AtomicU64,
    finder: Finder,
    counters: Option<DirectCounters>,
    meters: Option<Segmented<MeterCell>>,
    hits: Option<Segmented<AtomicU64>>,
}

/// The cell of an entry id.
fn cell_of(entry: u64) -> u32 {
    entry as u32
}

impl Table {
    pub fn new(shape: Shape, extras: Extras) -> Table {
        let finder = match shape.mode {
            Mode::Exact => Finder::Exact(Box::new(Index::new(false))),
            Mode::Lpm | Mode::Ternary => Finder::Tuples(Box::new(Tuples::new(&shape))),
        };
        Table {
            rows: Rows::new(shape.stride),
            default: AtomicU64::new(0),
            finder,
            counters: extras.counter.then(DirectCounters::default),
            meters: extras.meter.then(|| Segmented::new(1)),
            hits: extras.idle.then(|| Segmented::new(1)),
            shape,
        }
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Different masks among the entries: the bound of what a lookup visits.
    pub fn masks(&self) -> usize {
        match &self.finder {
            Finder::Exact(_) => 1,
            Finder::Tuples(tuples) => tuples.all().count(),
        }
    }

    /// Whether something is kept of each hit: what is counted, metered, or its time.
    pub fn keeps(&self) -> bool {
        self.counters.is_some() || self.meters.is_some() || self.hits.is_some()
    }

    /// For a worker that counts alone.
    pub fn shard(&self) -> Option<DirectShard> {
        self.counters.as_ref().map(DirectCounters::shard)
    }

    /// Packets and bytes of an entry.
    pub fn counted(&self, entry: u64) -> Option<(u64, u64)> {
        Some(self.counters.as_ref()?.get(cell_of(entry).into()))
    }

    pub fn set_counted(&self, entry: u64, packets: u64, bytes: u64) {
        if let Some(counters) = &self.counters {
            counters.set(cell_of(entry).into(), packets, bytes);
        }
    }

    /// Before the first packet of an entry.
    fn clear_counted(&self, entry: u64) {
        if let Some(counters) = &self.counters {
            counters.make(cell_of(entry).into());
            counters.set(cell_of(entry).into(), 0, 0);
        }
    }

    pub fn meter(&self, entry: u64) -> Option<&MeterCell> {
        self.meters.as_ref()?.make_cell(cell_of(entry))
    }

    /// When the entry was hit last, in nanoseconds.
    pub fn last_hit(&self, entry: u64) -> Option<&AtomicU64> {
        self.hits.as_ref()?.make_cell(cell_of(entry))
    }

    /// Where a packet is counted that nobody counts alone; for the default action of a table without keys.
    pub fn shared_counter(&self, entry: u64) -> Option<&CounterCell> {
        self.counters.as_ref()?.shared(cell_of(entry).into())
    }

    /// Brings what is kept of an entry into the cache.
    #[inline]
    pub fn touch(&self, own: Option<&DirectShard>, entry: u64) {
        let cell = cell_of(entry);
        if let Some(counter) = own.and_then(|own| own.cell(cell)) {
            fib::prefetch(counter);
        }
        if let Some(meter) = self.meters.as_ref().and_then(|meters| meters.cell(cell)) {
            meter.touch();
        }
        if let Some(hit) = self.hits.as_ref().and_then(|hits| hits.cell(cell)) {
            fib::prefetch(hit);
        }
    }

    /// Counts a packet directly, in a worker's own cells where it has such, and remembers the time of the hit.
    #[inline]
    pub fn note(&self, own: Option<&DirectShard>, entry: u64, bytes: u64, now: u64) {
        let cell = cell_of(entry);
        match (own.and_then(|own| own.cell(cell)), &self.counters) {
            (Some(counter), _) => counter.add_alone(bytes),
            (None, Some(counters)) => counters.add(cell.into(), bytes),
            (None, None) => {}
        }
        if let (true, Some(hit)) = (cell != 0, self.last_hit(entry)) {
            hit.store(now, Ordering::Relaxed);
        }
    }
}
