//! Storage that grows while it is read and never moves: chunks of doubling size, each made once.

use std::sync::OnceLock;

/// Cells of the first chunk; chunk `k` has `FIRST << k`.
const FIRST: u32 = 64;
const CHUNKS: usize = 26;

/// Chunk and place in it.
const fn locate(at: u32) -> (usize, usize) {
    let from = at as u64 + FIRST as u64;
    let log = 63 - from.leading_zeros();
    ((log - FIRST.trailing_zeros()) as usize, (from - (1 << log)) as usize)
}

/// Cells of type `T`, `stride` to a row.
#[derive(Debug)]
pub struct Segmented<T> {
    chunks: [OnceLock<Box<[T]>>; CHUNKS],
    stride: usize,
}

impl<T: Default> Segmented<T> {
    pub fn new(stride: usize) -> Segmented<T> {
        Segmented { chunks: [const { OnceLock::new() }; CHUNKS], stride }
    }

    /// With as many rows.
    pub fn as_large(&self) -> Segmented<T> {
        let new = Segmented::new(self.stride);
        for (chunk, _) in self.chunks.iter().enumerate().filter(|(_, cells)| cells.get().is_some()) {
            new.make((FIRST << chunk) - FIRST);
        }
        new
    }

    /// A row that was made before.
    pub fn row(&self, at: u32) -> Option<&[T]> {
        let (chunk, place) = locate(at);
        let cells = self.chunks.get(chunk)?.get()?;
        cells.get(place * self.stride..(place + 1) * self.stride)
    }

    /// `None` beyond four billion rows.
    pub fn make(&self, at: u32) -> Option<&[T]> {
        let (chunk, place) = locate(at);
        let cells = self.chunks.get(chunk)?.get_or_init(|| {
            let many = (FIRST as usize) << chunk;
            let mut cells = fib::room(many * self.stride);
            cells.extend(std::iter::repeat_with(T::default).take(many * self.stride));
            cells.into_boxed_slice()
        });
        cells.get(place * self.stride..(place + 1) * self.stride)
    }

    /// The first cell of a row that was made before.
    pub fn cell(&self, at: u32) -> Option<&T> {
        self.row(at)?.first()
    }

    pub fn make_cell(&self, at: u32) -> Option<&T> {
        self.make(at)?.first()
    }
}

/// Cells of an array of known size, made page by page when they are first written.
#[derive(Debug)]
pub struct Cells<T> {
    pages: Box<[OnceLock<Box<[T]>>]>,
    size: u64,
}

/// Cells of a page.
pub const PAGE: u64 = 1024;

/// Of a page, within the size.
pub fn indices(page: u64, size: u64) -> std::ops::Range<u64> {
    page * PAGE..((page + 1) * PAGE).min(size)
}

impl<T: Default> Cells<T> {
    pub fn new(size: u64) -> Cells<T> {
        let pages = (0..size.div_ceil(PAGE)).map(|_| OnceLock::new()).collect();
        Cells { pages, size }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// `None` beyond the size and where nothing was written yet.
    pub fn get(&self, at: u64) -> Option<&T> {
        if at >= self.size {
            return None;
        }
        self.pages.get((at / PAGE) as usize)?.get()?.get((at % PAGE) as usize)
    }

    /// `None` beyond the size.
    pub fn make(&self, at: u64) -> Option<&T> {
        if at >= self.size {
            return None;
        }
        self.page(at / PAGE)?.get((at % PAGE) as usize)
    }

    /// All cells of a page, the last one's beyond the size too. They stay where they are.
    pub fn page(&self, page: u64) -> Option<&[T]> {
        let page = self.pages.get(page as usize)?;
        Some(page.get_or_init(|| std::iter::repeat_with(T::default).take(PAGE as usize).collect()))
    }

    /// The pages that were made, by number.
    pub fn pages(&self) -> impl Iterator<Item = u64> {
        (0..).zip(&self.pages).filter(|(_, page)| page.get().is_some()).map(|(at, _)| at)
    }

    /// The indices in such pages: no other cell was ever written.
    pub fn written(&self) -> impl Iterator<Item = u64> {
        self.pages().flat_map(|page| indices(page, self.size))
    }

    /// Of the pages that were made.
    pub fn made(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().filter_map(OnceLock::get).flat_map(|page| page.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_each_other_through_the_chunks() {
        assert_eq!(locate(0), (0, 0));
        assert_eq!(locate(63), (0, 63));
        assert_eq!(locate(64), (1, 0));
        assert_eq!(locate(191), (1, 127));
        assert_eq!(locate(192), (2, 0));
        assert!(Segmented::<u8>::new(1).make(u32::MAX).is_none());
        let cells = Segmented::<u8>::new(1);
        cells.make(0);
        cells.make(200);
        let other = cells.as_large();
        assert!(other.row(63).is_some() && other.row(64).is_none() && other.row(447).is_some());
    }

    #[test]
    fn cells_beyond_the_size_do_not_exist() {
        let cells = Cells::<u8>::new(1500);
        assert!(cells.make(1500).is_none() && cells.make(1499).is_some());
        assert!(cells.get(0).is_none() && cells.get(1024).is_some());
        assert!(cells.written().eq(1024..1500));
    }
}
