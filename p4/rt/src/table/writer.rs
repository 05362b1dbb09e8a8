//! The writing side of a table: one writer, next to any number of readers.

use super::chain::{Before, chain_in, each_chain, each_value, head, predecessor, row_hash, row_of_entry};
use super::encode::Encoded;
use super::index::{Index, hash, link, row_of};
use super::shape::{ENTRY, GENERATION, Mode, NEXT, PRIORITY, TARGET};
use super::tuples::Directory;
use super::{Finder, RowTarget, Table, cell_of};
use std::collections::VecDeque;
use std::sync::atomic::{Ordering, fence};

/// Why an entry was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// With its id.
    Exists(u64),
    Full,
}

/// An entry that is in its place, and that no reader finds yet.
#[derive(Debug)]
pub struct Reserved {
    pub id: u64,
    age: u64,
    is_const: bool,
    /// Of its key, which is the first, with their rows.
    pieces: Vec<(Encoded, u32)>,
}

impl Reserved {
    pub fn key(&self) -> &Encoded {
        &self.pieces[0].0
    }
}

/// A row as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowView {
    pub key: Encoded,
    pub target: RowTarget,
    pub args: Vec<u64>,
    pub is_const: bool,
    pub idle_timeout: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct EntryInfo {
    /// Grows when the place is used again.
    generation: u32,
    /// That of its first piece + 1; 0 is free.
    row: u32,
    is_const: bool,
    idle_timeout: u64,
    /// The last hit for which the entry was reported idle, plus one.
    reported: u64,
    /// Older entries have smaller numbers; kept after the end for [`Writer::restore`].
    age: u64,
}

/// What the writer of a table knows. Every method takes the table that it belongs to.
#[derive(Debug)]
pub struct Writer {
    limit: u64,
    count: u64,
    /// Places that are taken for entries to come.
    reserved: u64,
    /// Place 0 is the default action's.
    entries: Vec<EntryInfo>,
    free_entries: VecDeque<u32>,
    /// In a batch: how many of the free places were free before it. Those that it freed keep their counters until its end.
    reusable: Option<usize>,
    rows: u32,
    /// The one freed first is used first: readers of it are long gone.
    free_rows: VecDeque<u32>,
    directory: Directory,
    age: u64,
}

/// Signed priorities in the order of unsigned numbers.
fn ordered(priority: i64) -> u64 {
    priority as u64 ^ 1 << 63
}

/// What a new row says besides its key.
struct Content<'a> {
    target: RowTarget,
    args: &'a [u64],
    entry: u64,
    age: u64,
}

impl Writer {
    pub fn new(limit: u64) -> Writer {
        Writer {
            limit,
            count: 0,
            reserved: 0,
            entries: vec![EntryInfo::default()],
            free_entries: VecDeque::new(),
            reusable: None,
            rows: 0,
            free_rows: VecDeque::new(),
            directory: Directory::default(),
            age: 0,
        }
    }

    pub fn len(&self) -> u64 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The ids of all entries.
    pub fn ids(&self) -> impl Iterator<Item = u64> {
        let id = |(at, info): (usize, &EntryInfo)| u64::from(info.generation) << 32 | at as u64;
        self.entries.iter().enumerate().filter(|(_, info)| info.row != 0).map(id)
    }

    fn info(&self, id: u64) -> Option<&EntryInfo> {
        let info = self.entries.get(cell_of(id) as usize)?;
        (info.row != 0 && info.generation == (id >> 32) as u32).then_some(info)
    }

    fn info_mut(&mut self, id: u64) -> Option<&mut EntryInfo> {
        let info = self.entries.get_mut(cell_of(id) as usize)?;
        (info.row != 0 && info.generation == (id >> 32) as u32).then_some(info)
    }

    pub fn contains(&self, id: u64) -> bool {
        self.info(id).is_some()
    }

    pub fn is_const(&self, id: u64) -> bool {
        self.info(id).is_some_and(|info| info.is_const)
    }

    pub fn set_idle_timeout(&mut self, id: u64, timeout: u64) {
        if let Some(info) = self.info_mut(id) {
            info.idle_timeout = timeout;
            info.reported = 0;
        }
    }

    /// Of the places from `from` on, at most `count`, the entries whose timeout has passed, with the time since their
    /// last hit; where to go on, unless that was all.
    pub fn idle(
        &mut self,
        table: &Table,
        now: u64,
        (from, count): (usize, usize),
        mut each: impl FnMut(u64, u64),
    ) -> Option<usize> {
        for (at, info) in self.entries.iter_mut().enumerate().skip(from).take(count) {
            if info.row == 0 || info.idle_timeout == 0 {
                continue;
            }
            let id = u64::from(info.generation) << 32 | at as u64;
            let last = table.last_hit(id).map_or(0, |hit| hit.load(Ordering::Relaxed));
            let idle = now.saturating_sub(last);
            if idle >= info.idle_timeout && info.reported != last + 1 {
                info.reported = last + 1;
                each(id, idle);
            }
        }
        Some(from.saturating_add(count)).filter(|next| *next < self.entries.len())
    }

    /// Entries that were said to be idle are so anew.
    pub fn forget_reports(&mut self) {
        self.entries.iter_mut().for_each(|info| info.reported = 0);
    }

    pub fn view(&self, table: &Table, id: u64) -> Option<RowView> {
        let info = self.info(id)?;
        let row = table.rows.row(info.row - 1)?;
        let part = |from: usize, to: usize| row.words(from..to).collect::<Vec<_>>();
        let shape = &table.shape;
        let priority = (row.get(PRIORITY) ^ 1 << 63) as i64;
        let mask = if shape.mode == Mode::Exact { Vec::new() } else { part(shape.mask, shape.bounds) };
        Some(RowView {
            key: Encoded {
                value: part(shape.value, shape.value + shape.key_words),
                mask,
                bounds: part(shape.bounds, shape.args),
                priority: if shape.mode == Mode::Ternary { priority } else { 0 },
            },
            target: RowTarget::of(row.get(TARGET)),
            args: part(shape.args, shape.stride),
            is_const: info.is_const,
            idle_timeout: info.idle_timeout,
        })
    }

    /// The entry with this key.
    pub fn find(&self, table: &Table, key: &Encoded) -> Option<u64> {
        let (index, _) = self.index(table, key)?;
        let mut at = head(table, index, key)?.1;
        let shape = &table.shape;
        loop {
            let row = table.rows.row(at)?;
            let same_bounds =
                row.words(shape.bounds..shape.args).zip(&key.bounds).all(|(word, bound)| word == *bound);
            if shape.mode == Mode::Exact || same_bounds && row.get(PRIORITY) == ordered(key.priority) {
                return Some(row.get(ENTRY));
            }
            at = row_of(row.get(NEXT))?;
        }
    }

    fn index<'a>(&self, table: &'a Table, key: &Encoded) -> Option<(&'a Index, Option<u32>)> {
        match &table.finder {
            Finder::Exact(index) => Some((index, None)),
            Finder::Tuples(tuples) => {
                self.directory.find(tuples, &key.mask).map(|(place, tuple)| (&tuple.index, Some(place)))
            }
        }
    }

    /// What a miss does. Replaces what was set before.
    pub fn set_default(&mut self, table: &Table, target: RowTarget, args: &[u64]) {
        let key = Encoded {
            value: vec![0; table.shape.key_words],
            mask: vec![0; table.shape.key_words],
            bounds: vec![0; table.shape.bound_words],
            priority: 0,
        };
        let Some(row) = self.fill(table, &key, &Content { target, args, entry: 0, age: 0 }) else { return };
        let old = table.default.swap(u64::from(row) + 1, Ordering::AcqRel);
        if let Some(old) = row_of(old) {
            self.free_row(table, old);
        }
    }

    pub fn default(&self, table: &Table) -> Option<(RowTarget, Vec<u64>)> {
        let row = table.rows.row(row_of(table.default.load(Ordering::Relaxed))?)?;
        let args = row.words(table.shape.args..table.shape.stride).collect();
        Some((RowTarget::of(row.get(TARGET)), args))
    }

    pub fn insert(
        &mut self,
        table: &Table,
        key: &Encoded,
        target: RowTarget,
        args: &[u64],
        is_const: bool,
    ) -> Result<u64, Refusal> {
        let reserved = self.reserve(table, key, target, args, is_const)?;
        let id = reserved.id;
        self.put(table, reserved);
        Ok(id)
    }

    /// All of [`Writer::insert`] that can be refused: the rest is [`Writer::put`], or [`Writer::release`] instead.
    pub fn reserve(
        &mut self,
        table: &Table,
        key: &Encoded,
        target: RowTarget,
        args: &[u64],
        is_const: bool,
    ) -> Result<Reserved, Refusal> {
        if let Some(id) = self.find(table, key) {
            return Err(Refusal::Exists(id));
        }
        if self.count + self.reserved >= self.limit {
            return Err(Refusal::Full);
        }
        let cell = self.take_cell();
        let generation = self.entries[cell as usize].generation;
        let entry = u64::from(generation) << 32 | u64::from(cell);
        let age = self.age;
        let Some((_, pieces)) = self.fill_all(table, key, &Content { target, args, entry, age }) else {
            self.free_entries.push_front(cell);
            return Err(Refusal::Full);
        };
        self.age += 1;
        self.reserved += 1;
        self.reset_extras(table, entry);
        Ok(Reserved { id: entry, age, is_const, pieces })
    }

    /// Has readers find an entry. Its key is in no other one, which may have come meanwhile.
    pub fn put(&mut self, table: &Table, reserved: Reserved) {
        let Reserved { id, age, is_const, pieces } = reserved;
        let (generation, row) = ((id >> 32) as u32, pieces[0].1 + 1);
        self.reserved -= 1;
        self.count += 1;
        self.entries[cell_of(id) as usize] =
            EntryInfo { generation, row, is_const, age, ..EntryInfo::default() };
        pieces.iter().for_each(|(piece, row)| self.link(table, piece, *row));
    }

    pub fn release(&mut self, table: &Table, reserved: Reserved) {
        reserved.pieces.iter().for_each(|(_, row)| self.free_row(table, *row));
        self.free_entries.push_front(cell_of(reserved.id));
        self.reserved -= 1;
    }

    /// Puts an entry back that was removed in this batch, or last, with its counter and meter; false where that cannot be.
    pub fn restore(
        &mut self,
        table: &Table,
        key: &Encoded,
        target: RowTarget,
        args: &[u64],
        id: u64,
    ) -> bool {
        let cell = cell_of(id);
        let Some(free) = self.free_entries.iter().rposition(|free| *free == cell) else { return false };
        if self.find(table, key).is_some() {
            return false;
        }
        let age = self.entries[cell as usize].age;
        let Some((row, pieces)) = self.fill_all(table, key, &Content { target, args, entry: id, age }) else {
            return false;
        };
        self.free_entries.remove(free);
        self.count += 1;
        let generation = (id >> 32) as u32;
        self.entries[cell as usize] = EntryInfo { generation, row: row + 1, age, ..EntryInfo::default() };
        pieces.iter().for_each(|(piece, row)| self.link(table, piece, *row));
        true
    }

    fn take_cell(&mut self) -> u32 {
        let free = match &mut self.reusable {
            None => self.free_entries.pop_front(),
            Some(0) => None,
            Some(many) => {
                *many -= 1;
                self.free_entries.pop_front()
            }
        };
        free.unwrap_or_else(|| {
            self.entries.push(EntryInfo::default());
            self.entries.len() as u32 - 1
        })
    }

    /// Until [`Writer::end_batch`] every removed entry can be restored.
    pub fn begin_batch(&mut self) {
        self.reusable = Some(self.free_entries.len());
    }

    pub fn end_batch(&mut self) {
        self.reusable = None;
    }

    /// A new entry begins without counts, rates and hits.
    fn reset_extras(&self, table: &Table, entry: u64) {
        table.clear_counted(entry);
        if let Some(meter) = table.meter(entry) {
            meter.set(None, 0);
        }
        if let Some(hit) = table.last_hit(entry) {
            hit.store(0, Ordering::Relaxed);
        }
    }

    /// Another target for an entry; false where there is no such entry.
    pub fn replace(&mut self, table: &Table, id: u64, target: RowTarget, args: &[u64]) -> bool {
        let (Some(view), Some(info)) = (self.view(table, id), self.info(id).copied()) else { return false };
        let first = info.row - 1;
        let key = self.key_of(table, first, view.key);
        let content = Content { target, args, entry: id, age: info.age };
        let Some((row, pieces)) = self.fill_all(table, &key, &content) else { return false };
        for (piece, new) in pieces {
            let Some(old) = self.row_of_piece(table, &piece, (id, first), new == row) else { continue };
            self.swing(table, &piece, old, new);
            self.free_row(table, old);
        }
        if let Some(info) = self.info_mut(id) {
            info.row = row + 1;
        }
        true
    }

    /// Takes an entry out and says where it led.
    pub fn remove(&mut self, table: &Table, id: u64) -> Option<RowTarget> {
        let view = self.view(table, id)?;
        let first = self.info(id)?.row - 1;
        let key = self.key_of(table, first, view.key);
        for (at, piece) in table.shape.pieces(&key).iter().enumerate() {
            let Some(row) = self.row_of_piece(table, piece, (id, first), at == 0) else { continue };
            self.unlink(table, piece, row);
            self.free_row(table, row);
        }
        let cell = cell_of(id);
        let info = &mut self.entries[cell as usize];
        *info =
            EntryInfo { generation: info.generation.wrapping_add(1), age: info.age, ..EntryInfo::default() };
        self.free_entries.push_back(cell);
        self.count -= 1;
        Some(view.target)
    }

    /// With the priority as the row has it (the prefix length in an lpm table).
    fn key_of(&self, table: &Table, row: u32, key: Encoded) -> Encoded {
        match table.rows.row(row) {
            Some(row) if table.shape.mode != Mode::Exact => {
                Encoded { priority: (row.get(PRIORITY) ^ 1 << 63) as i64, ..key }
            }
            _ => key,
        }
    }

    /// A new row for each piece of a key, that no link leads to yet, and the first of them; `None` when there are no more.
    fn fill_all(
        &mut self,
        table: &Table,
        key: &Encoded,
        content: &Content<'_>,
    ) -> Option<(u32, Vec<(Encoded, u32)>)> {
        let mut rows = Vec::new();
        for piece in table.shape.pieces(key) {
            let Some(row) = self.fill(table, &piece, content) else {
                rows.iter().for_each(|(_, row)| self.free_row(table, *row));
                return None;
            };
            rows.push((piece, row));
        }
        Some((rows.first()?.1, rows))
    }

    /// The row of a piece of an entry that is linked; that of the first piece is known.
    fn row_of_piece(
        &self,
        table: &Table,
        piece: &Encoded,
        (id, first): (u64, u32),
        is_first: bool,
    ) -> Option<u32> {
        if is_first {
            return Some(first);
        }
        row_of_entry(table, self.index(table, piece)?.0, piece, id)
    }

    /// A new row that no link leads to yet.
    fn fill(&mut self, table: &Table, key: &Encoded, content: &Content<'_>) -> Option<u32> {
        let at = self.free_rows.pop_front().unwrap_or(self.rows);
        let row = table.rows.make(at)?;
        if at == self.rows {
            self.rows += 1;
        }
        let shape = &table.shape;
        // Who sees a word of the new content sees the generation that the row got when it was freed.
        fence(Ordering::Release);
        row.set(TARGET, content.target.word());
        row.set(ENTRY, content.entry);
        row.put(shape.value, &key.value);
        if shape.mode != Mode::Exact {
            row.put(NEXT, &[0, ordered(key.priority), content.age]);
            row.put(shape.mask, &key.mask);
        }
        row.put(shape.bounds, &key.bounds);
        for at in 0..shape.arg_words {
            row.set(shape.args + at, content.args.get(at).copied().unwrap_or(0));
        }
        Some(at)
    }

    fn free_row(&mut self, table: &Table, row: u32) {
        if let Some(generation) = table.rows.row(row).and_then(|row| row.word(GENERATION)) {
            generation.fetch_add(1, Ordering::AcqRel);
        }
        self.free_rows.push_back(row);
    }

    fn link(&mut self, table: &Table, key: &Encoded, row: u32) {
        let hash = hash(key.value.iter().copied());
        let tuples = match &table.finder {
            Finder::Exact(index) => {
                let others = self.count as usize - 1;
                return index.insert(hash, row, others, |each| self.each_row(table, row, each));
            }
            Finder::Tuples(tuples) => tuples,
        };
        let Some((place, tuple)) = self.directory.find_or_make(tuples, key) else { return };
        match head(table, &tuple.index, key) {
            Some((slot, first)) => chain_in(table, slot, first, row, hash),
            None => {
                let chains = self.directory.chains(place).map_or(0, |chains| {
                    *chains += 1;
                    *chains - 1
                });
                tuple.index.insert(hash, row, chains, |each| each_chain(table, &tuple.index, each));
            }
        }
        self.directory.add(tuples, place, ordered(key.priority), key);
    }

    /// The rows of an exact table with their hashes, but one.
    fn each_row(&self, table: &Table, but: u32, each: &mut dyn FnMut(u64, u32)) {
        for at in self.entries.iter().filter_map(|info| info.row.checked_sub(1)).filter(|at| *at != but) {
            each(row_hash(table, at), at);
        }
    }

    fn unlink(&mut self, table: &Table, key: &Encoded, row: u32) {
        let hash = hash(key.value.iter().copied());
        let tuples = match &table.finder {
            Finder::Exact(index) => return index.remove(hash, row),
            Finder::Tuples(tuples) => tuples,
        };
        let Some((place, tuple)) = self.directory.find(tuples, &key.mask) else { return };
        let next = table.rows.row(row).and_then(|row| row_of(row.get(NEXT)));
        match (predecessor(table, &tuple.index, key, row), next) {
            (Some(Before::Slot(slot)), Some(next)) => slot.store(link(hash, next), Ordering::Release),
            (Some(Before::Slot(_)), None) => {
                tuple.index.remove(hash, row);
                if let Some(chains) = self.directory.chains(place) {
                    *chains -= 1;
                }
            }
            (Some(Before::Row(before)), next) => {
                before.store(next.map_or(0, |next| u64::from(next) + 1), Ordering::Release);
            }
            (None, _) => {}
        }
        self.directory.remove(tuples, place, ordered(key.priority), &key.mask, |each| {
            each_value(table, &tuple.index, each);
        });
    }

    /// `new` in place of `old`.
    fn swing(&self, table: &Table, key: &Encoded, old: u32, new: u32) {
        let hash = hash(key.value.iter().copied());
        if let (Finder::Tuples(_), Some(old), Some(new)) =
            (&table.finder, table.rows.row(old), table.rows.row(new))
        {
            new.set(NEXT, old.get(NEXT));
        }
        let Some((index, _)) = self.index(table, key) else { return };
        match predecessor(table, index, key, old) {
            Some(Before::Slot(slot)) => slot.store(link(hash, new), Ordering::Release),
            Some(Before::Row(before)) => before.store(u64::from(new) + 1, Ordering::Release),
            None => {}
        }
    }
}
