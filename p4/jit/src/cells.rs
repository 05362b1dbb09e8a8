//! Where the cells of counters and registers are, for compiled code: pages that the run time makes and never moves.

use front::ir::TableId;
use rt::externs::counter::{CounterArray, CounterShard, DirectShard};
use rt::externs::register::RegisterArray;
use rt::state::State;
use rt::table::segmented::PAGE;
use rt::table::{CounterCell, Table};
use std::sync::Arc;

/// What compiled code may touch by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Array {
    Counter(usize),
    Register(usize),
}

impl Array {
    /// Counters come first.
    pub fn number(self, counters: usize) -> usize {
        match self {
            Array::Counter(at) => at,
            Array::Register(at) => counters + at,
        }
    }

    fn of(number: usize, counters: usize) -> Array {
        match number.checked_sub(counters) {
            Some(at) => Array::Register(at),
            None => Array::Counter(number),
        }
    }

    pub fn cell_bytes(self) -> usize {
        match self {
            Array::Counter(_) => size_of::<CounterCell>(),
            Array::Register(_) => size_of::<u64>(),
        }
    }
}

/// One worker's way to the pages: null until it has been there.
#[derive(Debug, Default)]
pub struct Directory {
    /// Of the state that the pages belong to. While it is held no other state can have the same.
    identity: Option<Arc<()>>,
    /// Where this worker alone counts.
    counters: Vec<CounterShard>,
    /// The same for the entries of tables; empty until [`Directory::count_alone`].
    direct: Vec<Option<DirectShard>>,
    pages: Vec<Box<[*mut u8]>>,
    /// The first entry of each of `pages`.
    begins: Vec<*mut *mut u8>,
}

impl Directory {
    /// For a state: pages of another are forgotten.
    pub fn of(&mut self, state: &State) -> *const *mut *mut u8 {
        if self.identity.as_ref().is_none_or(|identity| !Arc::ptr_eq(identity, &state.identity)) {
            self.begin(state);
        }
        self.begins.as_ptr()
    }

    /// For a worker that has many packets of a state: cells of its own for every entry that there is.
    pub fn count_alone(&mut self, state: &State) {
        self.of(state);
        self.direct = state.tables.iter().map(Table::shard).collect();
    }

    /// Where this worker alone counts what entries of a table hit.
    pub fn direct(&self, table: TableId) -> Option<&DirectShard> {
        self.direct.get(table.index())?.as_ref()
    }

    fn begin(&mut self, state: &State) {
        self.identity = Some(Arc::clone(&state.identity));
        self.direct.clear();
        self.counters = state.counters.iter().map(CounterArray::shard).collect();
        let counters = state.counters.iter().map(CounterArray::size);
        // Wide registers are the host's.
        let narrow = |register: &RegisterArray| register.width() <= 64;
        let registers = state.registers.iter().map(|of| if narrow(of) { of.size() } else { 0 });
        let table = |size: u64| vec![std::ptr::null_mut(); size.div_ceil(PAGE) as usize].into_boxed_slice();
        self.pages = counters.chain(registers).map(table).collect();
        self.begins = self.pages.iter_mut().map(|table| table.as_mut_ptr()).collect();
    }

    /// A page that compiled code has not been to: its first cell.
    pub fn make(&mut self, state: &State, number: usize, page: u64) -> *mut u8 {
        let made = match Array::of(number, state.counters.len()) {
            Array::Counter(at) => self.counters[at].page(page).map(|cells| cells.as_ptr().cast()),
            Array::Register(at) => state.registers[at].page(page).map(|cells| cells.as_ptr().cast()),
        };
        let Some(made) = made else { unreachable!("compiled code compares an index with the size") };
        // Cells are atomic: they may be written through what came of a shared reference. On this machine so they are by plain
        // loads and stores of whole words; that nobody else adds to a counter's cells is what its shard is for.
        let first: *mut u8 = <*const u8>::cast_mut(made);
        self.pages[number][page as usize] = first;
        first
    }
}
