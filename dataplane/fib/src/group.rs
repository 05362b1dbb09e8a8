//! Groups as workers read them: one word per group, rows of candidate paths, and the selection.

use crate::arena::Arena;
use crate::path::{PATH_SLOTS, PathSlot, Paths};
use crate::types::{GroupId, PathId};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

/// Where a packet of a group goes now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// The path that this flow prefers.
    Path(PathId),
    /// A repair: the preferred path is dead. A path that only waits to be restored is taken when none is live.
    Repair { path: PathId, dead: PathId },
    /// The caller's own verdict.
    Special(u32),
    /// Every candidate is dead, and none is only held back by wait-to-restore; the first of them.
    NoLivePath { dead: PathId },
    /// No prefix covers the address.
    NoRoute,
}

/// A group in one word, so that a change is one store:
/// `first candidate or special code (low 32) | width - 1 | log2 of buckets | kind`, and for rows whose
/// bucket is not the only one the low half is the offset of the first cell.
///
/// bits 0..32 cell offset or special code, 32..48 the preferred path of a one-bucket group,
/// 48..54 width - 1, 54..58 log2(buckets), 62..64 kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupWord(pub(crate) u64);

const KIND_ONE_BUCKET: u64 = 1;
const KIND_BUCKETS: u64 = 2;
const KIND_SPECIAL: u64 = 3;

impl GroupWord {
    pub(crate) fn special(code: u32) -> Self {
        Self(u64::from(code) | KIND_SPECIAL << 62)
    }

    pub(crate) fn rows(offset: u32, first: PathId, width: usize, buckets: usize) -> Self {
        let kind = if buckets == 1 { KIND_ONE_BUCKET } else { KIND_BUCKETS };
        let shape = (width as u64 - 1) << 48 | u64::from(buckets.trailing_zeros()) << 54;
        Self(u64::from(offset) | u64::from(first.0) << 32 | shape | kind << 62)
    }

    #[inline]
    fn kind(self) -> u64 {
        self.0 >> 62
    }

    #[inline]
    fn low(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    fn first(self) -> PathId {
        PathId((self.0 >> 32) as u16)
    }

    #[inline]
    fn width(self) -> usize {
        (self.0 >> 48 & 63) as usize + 1
    }

    #[inline]
    fn bucket_bits(self) -> u32 {
        (self.0 >> 54 & 15) as u32
    }

    /// The cells of the bucket of `hash`.
    #[inline]
    fn row(self, hash: u32) -> std::ops::Range<usize> {
        let mask = (1u32 << self.bucket_bits()) - 1;
        let start = self.low() as usize + (hash & mask) as usize * self.width();
        start..start + self.width()
    }
}

/// Groups and paths for a pass over many packets, of which most go to groups that have one preferred path.
#[derive(Debug, Clone, Copy)]
pub struct Preferred<'t> {
    words: &'t [AtomicU64],
    cells: &'t [AtomicU16],
    slots: &'t [PathSlot; PATH_SLOTS],
}

impl<'t> Preferred<'t> {
    pub(crate) fn new(groups: &'t Groups, paths: &'t Paths) -> Preferred<'t> {
        Preferred { words: &groups.words, cells: &groups.cells, slots: paths.slots() }
    }

    /// What [`crate::Tables::select`] says of a group that has the same candidates in the same order for all flows, if it says
    /// [`Selection::Path`] or [`Selection::Repair`] by a path that is live. Of others nothing is said here.
    ///
    /// Repairs are chosen here, beside what every packet runs: the first packets after a failover are not to wait for code that
    /// nobody has run since the last one.
    #[inline(always)]
    pub fn select(&self, group: GroupId) -> Option<Selection> {
        let word = GroupWord(self.words.get(group.0 as usize)?.load(Ordering::Acquire));
        if word.kind() != KIND_ONE_BUCKET {
            return None;
        }
        let live = |path: PathId| self.slots[usize::from(path.0)].is_live();
        let preferred = word.first();
        if live(preferred) {
            return Some(Selection::Path(preferred));
        }
        let others = self.cells.get(word.row(0))?.get(1..)?;
        let mut others = others.iter().map(|cell| PathId(cell.load(Ordering::Relaxed)));
        others.find(|path| live(*path)).map(|path| Selection::Repair { path, dead: preferred })
    }
}

#[derive(Debug)]
pub(crate) struct Groups {
    words: Arena<AtomicU64>,
    cells: Arena<AtomicU16>,
}

impl Groups {
    pub(crate) fn new(groups: usize, cells: usize) -> Option<Self> {
        Some(Self { words: Arena::new(groups)?, cells: Arena::new(cells)? })
    }

    /// Writes cells that no published word refers to.
    pub(crate) fn fill(&self, offset: u32, cells: &[PathId]) {
        for (cell, path) in self.cells[offset as usize..].iter().zip(cells) {
            cell.store(path.0, Ordering::Relaxed);
        }
    }

    pub(crate) fn publish(&self, group: GroupId, word: GroupWord) {
        self.words[group.0 as usize].store(word.0, Ordering::Release);
    }

    /// The preferred path of each bucket; empty for what is no group of paths.
    pub(crate) fn preferred(&self, group: GroupId) -> Vec<PathId> {
        let word = GroupWord(self.words[group.0 as usize].load(Ordering::Relaxed));
        if !matches!(word.kind(), KIND_ONE_BUCKET | KIND_BUCKETS) {
            return Vec::new();
        }
        let first = |bucket| PathId(self.cells[word.row(bucket).start].load(Ordering::Relaxed));
        (0..1 << word.bucket_bits()).map(first).collect()
    }

    #[inline]
    pub(crate) fn select(&self, group: GroupId, hash: impl FnOnce() -> u32, paths: &Paths) -> Selection {
        let Some(word) = self.words.get(group.0 as usize) else { return Selection::NoRoute };
        let word = GroupWord(word.load(Ordering::Acquire));
        match word.kind() {
            KIND_ONE_BUCKET if paths.is_live(word.first()) => Selection::Path(word.first()),
            KIND_ONE_BUCKET => self.select_row(word.row(0), paths),
            KIND_BUCKETS => self.select_row(word.row(hash()), paths),
            KIND_SPECIAL => Selection::Special(word.low()),
            _ => Selection::NoRoute,
        }
    }

    /// Whether `wanted` holds for a path that flows of a group take now.
    pub(crate) fn any_chosen(&self, group: GroupId, paths: &Paths, wanted: impl Fn(PathId) -> bool) -> bool {
        self.any_row(group, |row| match self.select_row(row, paths) {
            Selection::Path(path) | Selection::Repair { path, .. } => wanted(path),
            _ => false,
        })
    }

    /// Whether `wanted` holds for a path of a group, backups included.
    pub(crate) fn any_candidate(&self, group: GroupId, wanted: impl Fn(PathId) -> bool) -> bool {
        let cell = |cell: &AtomicU16| wanted(PathId(cell.load(Ordering::Relaxed)));
        // Each row has them all.
        self.any_row(group, |row| self.cells.get(row).is_some_and(|row| row.iter().any(cell)))
    }

    /// At most 4096 rows: 64 candidates, 32 buckets each, rounded up.
    fn any_row(&self, group: GroupId, wanted: impl FnMut(std::ops::Range<usize>) -> bool) -> bool {
        let Some(word) = self.words.get(group.0 as usize) else { return false };
        let word = GroupWord(word.load(Ordering::Acquire));
        matches!(word.kind(), KIND_ONE_BUCKET | KIND_BUCKETS)
            && (0..1 << word.bucket_bits()).map(|bucket| word.row(bucket)).any(wanted)
    }

    /// At most 64 candidates long.
    #[inline]
    fn select_row(&self, row: std::ops::Range<usize>, paths: &Paths) -> Selection {
        let Some((first, others)) = self.cells.get(row).and_then(|row| row.split_first()) else {
            return Selection::NoRoute;
        };
        let preferred = PathId(first.load(Ordering::Relaxed));
        if paths.is_live(preferred) {
            return Selection::Path(preferred);
        }
        for cell in others {
            let path = PathId(cell.load(Ordering::Relaxed));
            if paths.is_live(path) {
                return Selection::Repair { path, dead: preferred };
            }
        }
        self.select_held_back(first, others, paths)
    }

    /// Nothing is live, but what only waits to be restored works: rather that than a drop.
    #[cold]
    fn select_held_back(&self, first: &AtomicU16, others: &[AtomicU16], paths: &Paths) -> Selection {
        let preferred = PathId(first.load(Ordering::Relaxed));
        if paths.is_held_back(preferred) {
            return Selection::Path(preferred);
        }
        let mut others = others.iter().map(|cell| PathId(cell.load(Ordering::Relaxed)));
        match others.find(|path| paths.is_held_back(*path)) {
            Some(path) => Selection::Repair { path, dead: preferred },
            None => Selection::NoLivePath { dead: preferred },
        }
    }
}
