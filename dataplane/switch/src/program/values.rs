//! Parser value sets, as operators read and change them.

use super::loaded::{Loaded, ProgramError};
use api::program::{Key, MAX_ROWS, Named, ValueSet, Which};
use front::ir::{self, KeyMatch, ValueSetId};
use host::entry::{kind_word, value_set_key, value_set_keys};
use host::value::Field;
use rt::EntryId;

impl Loaded {
    fn set(&self, name: &str) -> Result<(ValueSetId, &ir::ValueSet), ProgramError> {
        let id = self.control.names().value_set(name)?;
        Ok((id, &self.state.program.value_sets[id.index()]))
    }

    /// Keys parallel to those of the set; one that is not named matches anything, unless it is exact.
    fn set_keys(of: &ir::ValueSet, given: &[Named]) -> Result<Vec<KeyMatch>, ProgramError> {
        let mut values = Vec::with_capacity(given.len());
        for (name, text) in given {
            let key = &of.keys[value_set_key(of, name)?];
            values.push((name.clone(), Field { name: &key.name, ty: &key.ty }.key(text)?));
        }
        Ok(value_set_keys(of, &values)?)
    }

    /// The number of the new entry.
    pub fn value_add(&mut self, name: &str, given: &[Named]) -> Result<u64, ProgramError> {
        let (id, of) = self.set(name)?;
        let keys = Loaded::set_keys(of, given)?;
        Ok(self.control.insert_value(id, &keys)?.0)
    }

    pub fn value_delete(&mut self, name: &str, which: &Which) -> Result<(), ProgramError> {
        let (set, of) = self.set(name)?;
        let id = match which {
            Which::Id(id) => EntryId(*id),
            Which::Keys { keys, .. } => {
                let found = self.control.find_value(set, &Loaded::set_keys(of, keys)?)?;
                found.ok_or_else(|| ProgramError::NoSuchValue { set: of.name.clone() })?
            }
        };
        Ok(self.control.delete_value(set, id)?)
    }

    pub(super) fn value_set(&self, name: &str) -> Result<ValueSet, ProgramError> {
        let (id, of) = self.set(name)?;
        let mut all = self.control.values(id)?;
        all.sort_unstable_by_key(|(id, _)| *id);
        let more = all.len() > MAX_ROWS as usize;
        let row = |(id, keys): &(EntryId, Vec<KeyMatch>)| (id.0, shown(of, keys));
        let key = |key: &ir::ValueSetKey| Key {
            name: key.name.clone(),
            kind: kind_word(key.kind).to_owned(),
            bits: key.ty.width,
        };
        Ok(ValueSet {
            name: of.name.clone(),
            keys: of.keys.iter().map(key).collect(),
            capacity: of.size,
            rows: all.iter().take(MAX_ROWS as usize).map(row).collect(),
            more,
        })
    }
}

fn shown(of: &ir::ValueSet, keys: &[KeyMatch]) -> Vec<Named> {
    let named = |(key, value): (&ir::ValueSetKey, &KeyMatch)| {
        (key.name.clone(), Field { name: &key.name, ty: &key.ty }.show_match(value))
    };
    of.keys.iter().zip(keys).map(named).collect()
}
