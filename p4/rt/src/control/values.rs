//! Parser value sets.

use super::{Control, EntryId, no_object};
use crate::error::ControlError;
use crate::table::{Refusal, RowTarget};
use front::ir::{KeyMatch, ValueSetId};

impl Control {
    /// Adds an entry to a parser value set; keys parallel to those of the set.
    pub fn insert_value(&mut self, set: ValueSetId, keys: &[KeyMatch]) -> Result<EntryId, ControlError> {
        let Some(writer) = self.value_sets.get_mut(set.index()) else {
            return no_object("value set", set.index());
        };
        let name = self.state.program.value_sets[set.index()].name.clone();
        let table = &self.state.value_sets[set.index()];
        let key = table.shape().encode(&name, keys, 0)?;
        match writer.insert(table, &key, RowTarget::Action(0), &[], false) {
            Ok(id) => Ok(EntryId(id)),
            Err(Refusal::Exists(id)) => Err(ControlError::EntryExists { table: name, id: EntryId(id) }),
            Err(Refusal::Full) => Err(ControlError::TableFull { table: name, limit: writer.limit() }),
        }
    }

    /// The entry with exactly these keys.
    pub fn find_value(&self, set: ValueSetId, keys: &[KeyMatch]) -> Result<Option<EntryId>, ControlError> {
        let Some(writer) = self.value_sets.get(set.index()) else {
            return no_object("value set", set.index());
        };
        let table = &self.state.value_sets[set.index()];
        let key = table.shape().encode(&self.state.program.value_sets[set.index()].name, keys, 0)?;
        Ok(writer.find(table, &key).map(EntryId))
    }

    pub fn delete_value(&mut self, set: ValueSetId, id: EntryId) -> Result<(), ControlError> {
        let Some(writer) = self.value_sets.get_mut(set.index()) else {
            return no_object("value set", set.index());
        };
        match writer.remove(&self.state.value_sets[set.index()], id.0) {
            Some(_) => Ok(()),
            None => {
                let table = self.state.program.value_sets[set.index()].name.clone();
                Err(ControlError::NoSuchEntry { table, id })
            }
        }
    }

    pub fn values(&self, set: ValueSetId) -> Result<Vec<(EntryId, Vec<KeyMatch>)>, ControlError> {
        let Some(writer) = self.value_sets.get(set.index()) else {
            return no_object("value set", set.index());
        };
        let table = &self.state.value_sets[set.index()];
        let value = |id| Some((EntryId(id), table.shape().decode(&writer.view(table, id)?.key)));
        Ok(writer.ids().filter_map(value).collect())
    }
}
