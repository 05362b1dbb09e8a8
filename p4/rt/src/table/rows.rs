//! Rows of words, each in cache lines of its own.

use super::segmented::Segmented;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

const WORDS: usize = 8;

#[derive(Debug, Default)]
#[repr(align(64))]
struct Line([AtomicU64; WORDS]);

#[derive(Debug)]
pub struct Rows {
    lines: Segmented<Line>,
}

impl Rows {
    pub fn new(words: usize) -> Rows {
        Rows { lines: Segmented::new(words.div_ceil(WORDS)) }
    }

    /// A row that was made before.
    pub fn row(&self, at: u32) -> Option<Row<'_>> {
        self.lines.row(at).map(Row)
    }

    pub fn make(&self, at: u32) -> Option<Row<'_>> {
        self.lines.make(at).map(Row)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Row<'a>(&'a [Line]);

impl<'a> Row<'a> {
    pub fn word(self, at: usize) -> Option<&'a AtomicU64> {
        self.0.get(at / WORDS).map(|line| &line.0[at % WORDS])
    }

    /// Zero beyond the end.
    pub fn get(self, at: usize) -> u64 {
        self.word(at).map_or(0, |word| word.load(Ordering::Relaxed))
    }

    pub fn set(self, at: usize, value: u64) {
        if let Some(word) = self.word(at) {
            word.store(value, Ordering::Relaxed);
        }
    }

    pub fn words(self, range: Range<usize>) -> impl Iterator<Item = u64> + 'a {
        range.map(move |at| self.get(at))
    }

    pub fn put(self, from: usize, words: &[u64]) {
        words.iter().enumerate().for_each(|(at, word)| self.set(from + at, *word));
    }

    /// Brings the row into the cache.
    pub fn touch(self) {
        self.0.iter().for_each(fib::prefetch);
    }
}
