//! The `counter` extern.

use crate::table::CounterCell;
use crate::table::segmented::Cells;

#[derive(Debug)]
pub struct CounterArray {
    cells: Cells<CounterCell>,
}

impl CounterArray {
    pub fn new(size: u64) -> CounterArray {
        CounterArray { cells: Cells::new(size) }
    }

    pub fn size(&self) -> u64 {
        self.cells.size()
    }

    /// The cells of a page; `None` beyond the size.
    pub fn page(&self, page: u64) -> Option<&[CounterCell]> {
        self.cells.page(page)
    }

    /// Nothing beyond the size.
    pub fn add(&self, index: u64, bytes: u64) {
        if let Some(cell) = self.cells.make(index) {
            cell.add(bytes);
        }
    }

    /// Packets and bytes.
    pub fn get(&self, index: u64) -> (u64, u64) {
        self.cells.get(index).map_or((0, 0), CounterCell::get)
    }

    /// False beyond the size.
    pub fn set(&self, index: u64, packets: u64, bytes: u64) -> bool {
        let cell = self.cells.make(index);
        if let Some(cell) = cell {
            cell.set(packets, bytes);
        }
        cell.is_some()
    }
}
