//! Entries of which packets find all or none that are refused: each gets its place first, and is found at the end.

use super::tables::Planned;
use super::{Control, EntryId, NewEntry};
use crate::error::{BatchError, ControlError};
use crate::table::{Encoded, Mode};
use front::ir::TableId;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Entries that have their places in tables, and that packets do not find yet. Belongs to one [`Control`], which either puts
/// or drops it.
#[derive(Debug, Default)]
pub struct Staged {
    /// With the one before it whose key hashes to the same.
    entries: Vec<(Planned, Option<u32>)>,
    last: HashMap<u64, u32>,
    hasher: RandomState,
}

impl Staged {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number, from 1, of the entry with this key.
    fn find(&self, table: TableId, exact: bool, hash: u64, key: &Encoded) -> Option<usize> {
        let mut at = self.last.get(&hash).map(|at| *at as usize);
        while let Some(index) = at {
            let (planned, before) = self.entries.get(index)?;
            let other = planned.reserved.key();
            if planned.table == table && if exact { other.value == key.value } else { other == key } {
                return Some(index + 1);
            }
            at = before.map(|before| before as usize);
        }
        None
    }
}

impl Control {
    /// Adds an entry to those that shall come together. Nothing was done where it is refused.
    ///
    /// # Errors
    /// As for [`Control::insert`]; one that is there already may also be among those that shall come.
    pub fn stage(
        &mut self,
        staged: &mut Staged,
        table: TableId,
        entry: &NewEntry,
    ) -> Result<(), ControlError> {
        let exact =
            self.state.tables.get(table.index()).is_some_and(|table| table.shape().mode == Mode::Exact);
        let mut hash = 0;
        let planned = self.plan(table, entry, |key| {
            hash = match exact {
                true => staged.hasher.hash_one((table.0, &key.value)),
                false => staged.hasher.hash_one((table.0, key)),
            };
            staged.find(table, exact, hash, key)
        })?;
        let before = staged.last.insert(hash, staged.entries.len() as u32);
        staged.entries.push((planned, before));
        Ok(())
    }

    /// Has packets find the entries: one after the other, but all of them.
    ///
    /// # Errors
    /// Names the first whose key another one has got meanwhile. Then no packet finds any, and all places are free again.
    pub fn put_staged(&mut self, staged: Staged) -> Result<Vec<EntryId>, BatchError> {
        for (index, (planned, _)) in staged.entries.iter().enumerate() {
            let at = planned.table.index();
            let found = self.tables[at].find(&self.state.tables[at], planned.reserved.key());
            if let Some(id) = found {
                let table = self.state.program.tables[at].name.clone();
                let error = ControlError::EntryExists { table, id: EntryId(id) };
                self.drop_staged(staged);
                return Err(BatchError { index, error });
            }
        }
        Ok(staged.entries.into_iter().map(|(planned, _)| self.put(planned)).collect())
    }

    /// Frees the places, the last taken first.
    pub fn drop_staged(&mut self, staged: Staged) {
        staged.entries.into_iter().rev().for_each(|(planned, _)| self.release(planned));
    }
}
