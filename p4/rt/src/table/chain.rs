//! Rows with the same value and mask, the best first: for the writer.

use super::Table;
use super::encode::Encoded;
use super::index::{Index, hash, link, row_of};
use super::shape::{AGE, ENTRY, NEXT, PRIORITY};
use std::sync::atomic::{AtomicU64, Ordering};

/// What leads to a row.
pub enum Before<'a> {
    Slot(&'a AtomicU64),
    Row(&'a AtomicU64),
}

pub fn row_hash(table: &Table, at: u32) -> u64 {
    let (from, words) = (table.shape.value, table.shape.key_words);
    hash((0..words).map(|word| table.rows.row(at).map_or(0, |row| row.get(from + word))))
}

/// The slot of the chain of a value and its first row.
pub fn head<'a>(table: &'a Table, index: &'a Index, key: &Encoded) -> Option<(&'a AtomicU64, u32)> {
    let mut probe = index.probe(hash(key.value.iter().copied()));
    while let Some((slot, link)) = probe.next() {
        let Some(at) = row_of(link) else { continue };
        let Some(row) = table.rows.row(at) else { continue };
        if key.value.iter().enumerate().all(|(word, value)| row.get(table.shape.value + word) == *value) {
            return Some((slot, at));
        }
    }
    None
}

/// The row of an entry in the chain of a value.
pub fn row_of_entry(table: &Table, index: &Index, key: &Encoded, entry: u64) -> Option<u32> {
    let (_, mut at) = head(table, index, key)?;
    loop {
        let row = table.rows.row(at)?;
        if row.get(ENTRY) == entry {
            return Some(at);
        }
        at = row_of(row.get(NEXT))?;
    }
}

pub fn predecessor<'a>(table: &'a Table, index: &'a Index, key: &Encoded, row: u32) -> Option<Before<'a>> {
    let (slot, mut at) = head(table, index, key)?;
    if at == row {
        return Some(Before::Slot(slot));
    }
    loop {
        let next = table.rows.row(at)?.word(NEXT)?;
        at = row_of(next.load(Ordering::Relaxed))?;
        if at == row {
            return Some(Before::Row(next));
        }
    }
}

fn rank(table: &Table, at: u32) -> (u64, u64) {
    table.rows.row(at).map_or((0, 0), |row| (row.get(PRIORITY), !row.get(AGE)))
}

/// Puts a row into the chain that begins with `first`, by falling rank.
pub fn chain_in(table: &Table, slot: &AtomicU64, first: u32, row: u32, hash: u64) {
    let Some(own) = table.rows.row(row).and_then(|row| row.word(NEXT)) else { return };
    let rank_of_row = rank(table, row);
    if rank(table, first) < rank_of_row {
        own.store(u64::from(first) + 1, Ordering::Relaxed);
        return slot.store(link(hash, row), Ordering::Release);
    }
    let mut at = first;
    while let Some(before) = table.rows.row(at).and_then(|row| row.word(NEXT)) {
        let next = before.load(Ordering::Relaxed);
        match row_of(next) {
            Some(follower) if rank(table, follower) > rank_of_row => at = follower,
            _ => {
                own.store(next, Ordering::Relaxed);
                return before.store(u64::from(row) + 1, Ordering::Release);
            }
        }
    }
}

/// The first rows of all chains of an index with their hashes.
pub fn each_chain(table: &Table, index: &Index, each: &mut dyn FnMut(u64, u32)) {
    index.links(|link| {
        if let Some(at) = row_of(link) {
            each(row_hash(table, at), at);
        }
    });
}

/// The values of all chains of an index.
pub fn each_value(table: &Table, index: &Index, each: &mut dyn FnMut(&[u64])) {
    let mut value = Vec::with_capacity(table.shape.key_words);
    index.links(|link| {
        if let Some(row) = row_of(link).and_then(|at| table.rows.row(at)) {
            value.clear();
            value.extend(row.words(table.shape.value..table.shape.mask));
            each(&value);
        }
    });
}
