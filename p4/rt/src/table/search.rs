//! The reading side of a table.

use super::index::{Index, Probe, View, hash, row_of};
use super::rows::Row;
use super::shape::{AGE, ENTRY, GENERATION, NEXT, PRIORITY, Shape, TARGET};
use super::sieve::BLOCK;
use super::tuples::{Tuple, Tuples};
use super::{Finder, Match, RowTarget, Table};
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// A row was used anew while it was read: begin again.
#[derive(Debug)]
struct Changed;

/// A reader begins again only when the writer got something done meanwhile; this many times in one lookup do not happen.
const ATTEMPTS: usize = 1 << 16;
/// Keys of a bulk lookup whose memory accesses overlap.
const BULK: usize = 32;

/// The lookup of an exact key in three steps, so that what each reads can be on its way to the cache while others are worked on.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    table: &'a Table,
    index: &'a Index,
    view: View<'a>,
}

/// A key on its way through [`Steps`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Way<'a> {
    hash: u64,
    candidate: Option<Candidate<'a>>,
}

/// The row that a key will be in, if the table does not change and no other key has the same tag.
#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    slot: &'a AtomicU64,
    /// What led there.
    link: u64,
    row: Row<'a>,
}

impl<'a> Steps<'a> {
    /// Asks for the bucket.
    #[inline]
    pub fn begin(&self, key: &[u64]) -> Way<'a> {
        let hash = hash(key.iter().copied());
        self.view.touch(hash);
        Way { hash, candidate: None }
    }

    /// Reads the bucket and asks for the row.
    #[inline]
    pub fn approach(&self, way: &mut Way<'a>) {
        if let Some((slot, link)) = self.view.first(way.hash)
            && let Some(row) = row_of(link).and_then(|row| self.table.rows.row(row))
        {
            row.touch();
            way.candidate = Some(Candidate { slot, link, row });
        }
    }

    /// The row, where it is the key's.
    #[inline]
    fn open(&self, key: &[u64], way: &Way<'a>) -> Option<Open<'a>> {
        // As a probe would, whose first link this is.
        let Candidate { slot, link, row } = way.candidate?;
        let open = Open { row, generation: row.word(GENERATION)?.load(Ordering::Acquire) };
        let stands = slot.load(Ordering::Acquire) == link && self.index.is_current(self.view.number);
        (stands && self.table.has_key(&open, key)).then_some(open)
    }

    /// Whether there was nothing with the key's tag.
    #[inline]
    fn is_missing(&self, way: &Way<'a>) -> bool {
        way.candidate.is_none() && self.view.ends(way.hash) && self.index.is_current(self.view.number)
    }

    /// Reads the row: the action of a hit, its arguments, and the entry's id. The rest is for [`Steps::conclude`].
    #[inline]
    pub fn action(&self, key: &[u64], way: &Way<'a>, args: &mut [u64]) -> Option<(u32, u64)> {
        let open = self.open(key, way)?;
        let RowTarget::Action(action) = RowTarget::of(open.row.get(TARGET)) else { return None };
        for (arg, word) in args.iter_mut().zip(self.table.shape.args..self.table.shape.stride) {
            *arg = open.row.get(word);
        }
        let entry = open.row.get(ENTRY);
        open.check().ok().map(|()| (action, entry))
    }

    /// Reads the row: what [`Table::lookup`] finds.
    #[inline]
    pub fn conclude(&self, key: &[u64], way: &Way<'a>, out: &mut Match) {
        if self.open(key, way).is_some_and(|open| self.table.take(&open, true, out).is_ok()) {
            return;
        }
        if self.is_missing(way) && self.table.miss(out).is_ok() {
            return;
        }
        match self.table.exact(self.index, way.hash, key, out) {
            Ok(true) => {}
            Ok(false) if self.table.miss(out).is_ok() => {}
            _ => self.table.lookup(key, out),
        }
    }
}

/// A row and the generation it is read in.
#[derive(Clone, Copy)]
struct Open<'a> {
    row: Row<'a>,
    generation: u64,
}

impl Open<'_> {
    /// Whether all that was read of the row belongs to one entry.
    fn check(&self) -> Result<(), Changed> {
        fence(Ordering::Acquire);
        if self.row.get(GENERATION) == self.generation { Ok(()) } else { Err(Changed) }
    }
}

/// The best row so far, with its priority and age.
#[derive(Clone, Copy, Default)]
struct Best<'a> {
    open: Option<Open<'a>>,
    priority: u64,
    age: u64,
}

impl<'a> Best<'a> {
    fn offer(&mut self, open: Open<'a>) {
        let (priority, age) = (open.row.get(PRIORITY), open.row.get(AGE));
        if self.open.is_none() || priority > self.priority || priority == self.priority && age < self.age {
            *self = Best { open: Some(open), priority, age };
        }
    }

    /// Whether no entry of a tuple can be better.
    fn beats(&self, tuple: &Tuple) -> bool {
        self.open.is_some() && self.priority > tuple.best.load(Ordering::Acquire)
    }
}

impl Tuples {
    /// The next of the tuples of a block that are left for a key in which an entry better than the best may be, with the hash of
    /// the key there.
    #[inline]
    fn next_of(&self, block: u32, left: &mut u64, key: &[u64], best: &Best<'_>) -> Option<(&Tuple, u64)> {
        while *left != 0 {
            let bit = left.trailing_zeros();
            *left &= *left - 1;
            let Some(tuple) = self.get(block * BLOCK + bit) else { continue };
            if best.beats(tuple) {
                // Those behind it have shorter prefixes.
                if self.prefixes.is_some() {
                    *left = 0;
                }
                continue;
            }
            let hash = masked_hash(tuple, key);
            if tuple.index.may_hold(hash) {
                return Some((tuple, hash));
            }
        }
        None
    }
}

impl Table {
    /// Finds the entry for `key`: the key fields one after the other, each in whole words, without the selector keys.
    pub fn lookup(&self, key: &[u64], out: &mut Match) {
        for _ in 0..ATTEMPTS {
            let found = match &self.finder {
                Finder::Exact(index) => self.exact(index, hash(key.iter().copied()), key, out),
                Finder::Tuples(tuples) => self.tuples(tuples, key, out),
            };
            match found {
                Ok(true) => return,
                Ok(false) if self.miss(out).is_ok() => return,
                _ => std::hint::spin_loop(),
            }
        }
    }

    /// Lookups in steps, of a table whose keys are all exact.
    pub fn steps(&self) -> Option<Steps<'_>> {
        match &self.finder {
            Finder::Exact(index) => Some(self.steps_of(index)),
            Finder::Tuples(_) => None,
        }
    }

    fn steps_of<'a>(&'a self, index: &'a Index) -> Steps<'a> {
        Steps { table: self, index, view: index.view() }
    }

    /// Looks up as many keys as `out` has places; keys follow each other. Memory is touched a step at a time for all keys, so
    /// that the cache misses of one key are hidden by those of the others.
    pub fn lookup_bulk(&self, keys: &[u64], out: &mut [Match]) {
        let words = self.shape.key_words;
        let mut first = 0;
        for group in out.chunks_mut(BULK) {
            let keys = keys.get(first * words..).unwrap_or(&[]);
            match &self.finder {
                Finder::Exact(index) => self.exact_bulk(index, keys, group),
                Finder::Tuples(tuples) => self.tuples_bulk(tuples, keys, group),
            }
            first += group.len();
        }
    }

    fn key_at<'k>(&self, keys: &'k [u64], at: usize) -> &'k [u64] {
        let words = self.shape.key_words;
        keys.get(at * words..(at + 1) * words).unwrap_or(&[])
    }

    fn exact_bulk(&self, index: &Index, keys: &[u64], group: &mut [Match]) {
        let steps = self.steps_of(index);
        let mut ways = [Way::default(); BULK];
        for (at, way) in ways.iter_mut().enumerate().take(group.len()) {
            *way = steps.begin(self.key_at(keys, at));
        }
        ways.iter_mut().take(group.len()).for_each(|way| steps.approach(way));
        for (at, (found, way)) in group.iter_mut().zip(&ways).enumerate() {
            steps.conclude(self.key_at(keys, at), way, found);
        }
    }

    /// Tuple by tuple over all keys; key by key where something changed meanwhile.
    fn tuples_bulk(&self, tuples: &Tuples, keys: &[u64], group: &mut [Match]) {
        if self.tuples_together(tuples, keys, group).is_err() {
            for (at, found) in group.iter_mut().enumerate() {
                self.lookup(self.key_at(keys, at), found);
            }
        }
    }

    fn tuples_together(&self, tuples: &Tuples, keys: &[u64], group: &mut [Match]) -> Result<(), Changed> {
        let version = tuples.version.load(Ordering::Acquire);
        let mut best = [Best::default(); BULK];
        for block in 0..tuples.places().div_ceil(BLOCK) {
            let mut left = [0; BULK];
            for (at, left) in left.iter_mut().enumerate().take(group.len()) {
                *left = tuples.sieve.candidates(block, self.key_at(keys, at));
            }
            self.probe_block(tuples, block, keys, &mut left[..group.len()], &mut best)?;
        }
        for (found, best) in group.iter_mut().zip(best) {
            match &best.open {
                Some(open) => self.take(open, true, found)?,
                None => self.miss(found)?,
            }
        }
        fence(Ordering::Acquire);
        if tuples.version.load(Ordering::Relaxed) == version { Ok(()) } else { Err(Changed) }
    }

    /// One tuple of those that are left for each key after the other, so that what one key reads is on its way while others are
    /// worked on.
    fn probe_block<'a>(
        &'a self,
        tuples: &'a Tuples,
        block: u32,
        keys: &[u64],
        left: &mut [u64],
        best: &mut [Best<'a>; BULK],
    ) -> Result<(), Changed> {
        let mut held: [Option<(usize, u64, &Tuple)>; BULK] = [None; BULK];
        loop {
            let mut many = 0;
            for (at, left) in left.iter_mut().enumerate() {
                let key = self.key_at(keys, at);
                if let Some((tuple, hash)) = tuples.next_of(block, left, key, &best[at]) {
                    tuple.index.touch(hash);
                    held[many] = Some((at, hash, tuple));
                    many += 1;
                }
            }
            if many == 0 {
                return Ok(());
            }
            for (at, hash, tuple) in held.iter().take(many).flatten() {
                self.probe_tuple(tuple, *hash, self.key_at(keys, *at), &mut best[*at])?;
            }
        }
    }

    /// The default action, without a lookup.
    pub fn default_into(&self, out: &mut Match) {
        for _ in 0..ATTEMPTS {
            if self.miss(out).is_ok() {
                return;
            }
        }
    }

    fn miss(&self, out: &mut Match) -> Result<(), Changed> {
        match self.follow(&self.default)? {
            Some(open) => self.take(&open, false, out),
            None => {
                *out = Match { args: std::mem::take(&mut out.args), ..Match::default() };
                out.args.clear();
                Ok(())
            }
        }
    }

    /// The row that a link leads to, if it does so still when the row's generation is known.
    #[inline]
    fn follow(&self, link: &AtomicU64) -> Result<Option<Open<'_>>, Changed> {
        let to = link.load(Ordering::Acquire);
        let Some(row) = row_of(to) else { return Ok(None) };
        let row = self.rows.row(row).ok_or(Changed)?;
        let generation = row.word(GENERATION).map_or(0, |word| word.load(Ordering::Acquire));
        if link.load(Ordering::Acquire) == to { Ok(Some(Open { row, generation })) } else { Err(Changed) }
    }

    /// The next row of a probe.
    fn next<'a>(&'a self, probe: &mut Probe<'a>) -> Result<Option<Open<'a>>, Changed> {
        while let Some((slot, _)) = probe.next() {
            let open = self.follow(slot)?;
            if probe.moved() {
                return Err(Changed);
            }
            if open.is_some() {
                return Ok(open);
            }
        }
        Ok(None)
    }

    #[inline]
    fn take(&self, open: &Open<'_>, hit: bool, out: &mut Match) -> Result<(), Changed> {
        out.hit = hit;
        out.target = RowTarget::of(open.row.get(TARGET));
        out.entry = open.row.get(ENTRY);
        out.args.clear();
        out.args.extend(open.row.words(self.shape.args..self.shape.stride));
        open.check()
    }

    #[inline]
    fn has_key(&self, open: &Open<'_>, key: &[u64]) -> bool {
        key.iter().enumerate().all(|(at, word)| open.row.get(self.shape.value + at) == *word)
    }

    fn exact(&self, index: &Index, hash: u64, key: &[u64], out: &mut Match) -> Result<bool, Changed> {
        let mut probe = index.probe(hash);
        while let Some(open) = self.next(&mut probe)? {
            if self.has_key(&open, key) {
                return self.take(&open, true, out).map(|()| true);
            }
            open.check()?;
        }
        Ok(false)
    }

    fn tuples(&self, tuples: &Tuples, key: &[u64], out: &mut Match) -> Result<bool, Changed> {
        let version = tuples.version.load(Ordering::Acquire);
        let mut best = Best::default();
        for block in 0..tuples.places().div_ceil(BLOCK) {
            let mut left = tuples.sieve.candidates(block, key);
            while let Some((tuple, hash)) = tuples.next_of(block, &mut left, key, &best) {
                self.probe_tuple(tuple, hash, key, &mut best)?;
            }
        }
        if let Some(open) = &best.open {
            self.take(open, true, out)?;
        }
        fence(Ordering::Acquire);
        // A writer that went on meanwhile may have moved what is looked for from a tuple that was not seen yet to one that was.
        if tuples.version.load(Ordering::Relaxed) != version {
            return Err(Changed);
        }
        Ok(best.open.is_some())
    }

    fn probe_tuple<'a>(
        &'a self,
        tuple: &'a Tuple,
        hash: u64,
        key: &[u64],
        best: &mut Best<'a>,
    ) -> Result<(), Changed> {
        let mut probe = tuple.index.probe(hash);
        while let Some(head) = self.next(&mut probe)? {
            if self.in_chain(&head, key) {
                return self.chain(head, key, best);
            }
            head.check()?;
        }
        Ok(())
    }

    /// The first row of a chain that matches is its best.
    fn chain<'a>(&'a self, head: Open<'a>, key: &[u64], best: &mut Best<'a>) -> Result<(), Changed> {
        let mut open = head;
        loop {
            if self.in_bounds(&open, key) {
                best.offer(open);
                return open.check();
            }
            let Some(link) = open.row.word(NEXT) else { return Ok(()) };
            let next = self.follow(link)?;
            open.check()?;
            match next {
                Some(next) => open = next,
                None => return Ok(()),
            }
        }
    }

    fn in_chain(&self, open: &Open<'_>, key: &[u64]) -> bool {
        let (value, mask) = (self.shape.value, self.shape.mask);
        key.iter().enumerate().all(|(at, word)| word & open.row.get(mask + at) == open.row.get(value + at))
    }

    fn in_bounds(&self, open: &Open<'_>, key: &[u64]) -> bool {
        self.shape.bound_words == 0 || within(&self.shape, key, |at| open.row.get(self.shape.bounds + at))
    }
}

fn masked_hash(tuple: &Tuple, key: &[u64]) -> u64 {
    hash(key.iter().zip(&tuple.mask).map(|(word, mask)| word & mask.load(Ordering::Relaxed)))
}

/// Whether each range key of `key` is between its bounds.
fn within(shape: &Shape, key: &[u64], bound: impl Fn(usize) -> u64) -> bool {
    shape.keys.iter().filter(|field| field.kind == front::ir::MatchKind::Range).all(|field| {
        let not_over = |low: &dyn Fn(usize) -> u64, high: &dyn Fn(usize) -> u64| {
            let differ = (0..field.words).rev().find(|at| low(*at) != high(*at));
            differ.is_none_or(|at| low(at) < high(at))
        };
        let value = |at: usize| key.get(field.at + at).copied().unwrap_or(0);
        let lo = |at: usize| bound(field.bounds + at);
        let hi = |at: usize| bound(field.bounds + field.words + at);
        match (not_over(&lo, &value), not_over(&value, &hi)) {
            (true, true) => true,
            (false, false) => false,
            // Only what wraps round has values that are over one end and not beyond the other.
            _ => field.signed && !not_over(&lo, &hi),
        }
    })
}
