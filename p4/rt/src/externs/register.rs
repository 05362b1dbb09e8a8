//! The `register` extern: cells of any width, each access atomic.

use crate::bits::{mask64, words};
use crate::table::segmented::{Cells, indices};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
enum Storage {
    /// Up to 64 bits.
    Narrow(Cells<AtomicU64>),
    /// Limbs; none are zero.
    Wide(Cells<Mutex<Box<[u64]>>>),
}

#[derive(Debug)]
pub struct RegisterArray {
    width: u32,
    storage: Storage,
}

impl RegisterArray {
    pub fn new(size: u64, width: u32) -> RegisterArray {
        let storage =
            if width <= 64 { Storage::Narrow(Cells::new(size)) } else { Storage::Wide(Cells::new(size)) };
        RegisterArray { width, storage }
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn size(&self) -> u64 {
        match &self.storage {
            Storage::Narrow(cells) => cells.size(),
            Storage::Wide(cells) => cells.size(),
        }
    }

    /// The indices of all cells that may be other than zero, in order.
    pub fn written(&self) -> impl Iterator<Item = u64> {
        let pages: Vec<u64> = match &self.storage {
            Storage::Narrow(cells) => cells.pages().collect(),
            Storage::Wide(cells) => cells.pages().collect(),
        };
        let size = self.size();
        pages.into_iter().flat_map(move |page| indices(page, size))
    }

    /// The cells of a page, of registers of up to 64 bits; `None` beyond the size.
    pub fn page(&self, page: u64) -> Option<&[AtomicU64]> {
        match &self.storage {
            Storage::Narrow(cells) => cells.page(page),
            Storage::Wide(_) => None,
        }
    }

    /// The cell's limbs; zero beyond the size.
    pub fn read(&self, index: u64, out: &mut [u64]) {
        out.fill(0);
        match &self.storage {
            Storage::Narrow(cells) => {
                let value = cells.get(index).map_or(0, |cell| cell.load(Ordering::Relaxed));
                out.iter_mut().take(1).for_each(|out| *out = value);
            }
            Storage::Wide(cells) => {
                if let Some(cell) = cells.get(index) {
                    let value = cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    out.iter_mut().zip(value.iter()).for_each(|(out, limb)| *out = *limb);
                }
            }
        }
    }

    /// False, and nothing written, beyond the size.
    pub fn write(&self, index: u64, value: &[u64]) -> bool {
        match &self.storage {
            Storage::Narrow(cells) => {
                let Some(cell) = cells.make(index) else { return false };
                cell.store(value.first().copied().unwrap_or(0) & mask64(self.width), Ordering::Relaxed);
            }
            Storage::Wide(cells) => {
                let Some(cell) = cells.make(index) else { return false };
                let mut limbs = vec![0; words(self.width)];
                crate::bits::copy(value, &mut limbs, self.width);
                *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = limbs.into();
            }
        }
        true
    }

    /// All cells to zero.
    pub fn reset(&self) {
        match &self.storage {
            Storage::Narrow(cells) => cells.made().for_each(|cell| cell.store(0, Ordering::Relaxed)),
            Storage::Wide(cells) => cells.made().for_each(|cell| {
                *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Box::default();
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_of_any_width_keep_what_fits_them() {
        for width in [1u32, 13, 64, 65, 200] {
            let register = RegisterArray::new(3, width);
            let mut value = vec![u64::MAX; words(width)];
            assert!(register.write(2, &value) && !register.write(3, &value));
            crate::bits::mask(&mut value, width);
            let mut got = vec![7; words(width)];
            register.read(2, &mut got);
            assert_eq!(got, value);
            register.read(3, &mut got);
            assert!(crate::bits::is_zero(&got));
            register.reset();
            register.read(2, &mut got);
            assert!(crate::bits::is_zero(&got));
        }
    }
}
