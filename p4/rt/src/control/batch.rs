//! Many changes, all or none. Workers may see some of them before the others. Of insertions that are refused they see nothing; of
//! other changes they may see those before the one that is refused.

use super::{Change, Control, EntryId, EntryView, GroupMember, Member, Staged, Target};
use crate::error::{BatchError, ControlError};
use crate::table::Writer;
use front::ir::{ActionCall, ProfileId, TableId};

/// What takes a change back.
enum Undo {
    Delete { table: TableId, id: EntryId },
    Modify { table: TableId, id: EntryId, target: Target },
    Restore { table: TableId, entry: Box<EntryView> },
    Default { table: TableId, call: ActionCall },
    DeleteMember { profile: ProfileId, id: u32 },
    ModifyMember { profile: ProfileId, id: u32, member: Member },
    AddMember { profile: ProfileId, id: u32, member: Member },
    DeleteGroup { profile: ProfileId, id: u32 },
    ModifyGroup { profile: ProfileId, id: u32, members: Vec<GroupMember> },
    AddGroup { profile: ProfileId, id: u32, members: Vec<GroupMember> },
}

impl Control {
    /// All or nothing: the ids of inserted entries, `None` for other changes.
    pub fn batch(&mut self, changes: &[Change]) -> Result<Vec<Option<EntryId>>, BatchError> {
        if changes.iter().all(|change| matches!(change, Change::Insert { .. })) {
            return self.insert_all(changes);
        }
        self.tables.iter_mut().for_each(Writer::begin_batch);
        let done = self.all_or_none(changes);
        self.tables.iter_mut().for_each(Writer::end_batch);
        done
    }

    fn insert_all(&mut self, changes: &[Change]) -> Result<Vec<Option<EntryId>>, BatchError> {
        let mut staged = Staged::default();
        for (index, change) in changes.iter().enumerate() {
            let Change::Insert { table, entry } = change else { continue };
            if let Err(error) = self.stage(&mut staged, *table, entry) {
                self.drop_staged(staged);
                return Err(BatchError { index, error });
            }
        }
        Ok(self.put_staged(staged)?.into_iter().map(Some).collect())
    }

    fn all_or_none(&mut self, changes: &[Change]) -> Result<Vec<Option<EntryId>>, BatchError> {
        let mut undo = Vec::with_capacity(changes.len());
        let mut ids = Vec::with_capacity(changes.len());
        for (index, change) in changes.iter().enumerate() {
            match self.change(change, &mut undo) {
                Ok(id) => ids.push(id),
                Err(error) => {
                    undo.into_iter().rev().for_each(|undo| self.undo(undo));
                    return Err(BatchError { index, error });
                }
            }
        }
        Ok(ids)
    }

    fn change(&mut self, change: &Change, undo: &mut Vec<Undo>) -> Result<Option<EntryId>, ControlError> {
        match change {
            Change::Insert { table, entry } => {
                let id = self.insert(*table, entry)?;
                undo.push(Undo::Delete { table: *table, id });
                return Ok(Some(id));
            }
            Change::Modify { table, id, target } => {
                let old = self.entry(*table, *id)?.target;
                self.modify(*table, *id, target)?;
                undo.push(Undo::Modify { table: *table, id: *id, target: old });
            }
            Change::Delete { table, id } => {
                let entry = Box::new(self.entry(*table, *id)?);
                self.delete(*table, *id)?;
                undo.push(Undo::Restore { table: *table, entry });
            }
            Change::SetDefault { table, call } => {
                let old = self.default_action(*table)?;
                self.set_default(*table, call)?;
                undo.push(Undo::Default { table: *table, call: old });
            }
            Change::ResetDefault { table } => {
                let old = self.default_action(*table)?;
                self.reset_default(*table)?;
                undo.push(Undo::Default { table: *table, call: old });
            }
            _ => self.change_profile(change, undo)?,
        }
        Ok(None)
    }

    fn change_profile(&mut self, change: &Change, undo: &mut Vec<Undo>) -> Result<(), ControlError> {
        match change {
            Change::AddMember { profile, id, member } => {
                self.add_member(*profile, *id, member)?;
                undo.push(Undo::DeleteMember { profile: *profile, id: *id });
            }
            Change::ModifyMember { profile, id, member } => {
                let old = self.member(*profile, *id);
                self.modify_member(*profile, *id, member)?;
                undo.extend(old.map(|member| Undo::ModifyMember { profile: *profile, id: *id, member }));
            }
            Change::DeleteMember { profile, id } => {
                let old = self.member(*profile, *id);
                self.delete_member(*profile, *id)?;
                undo.extend(old.map(|member| Undo::AddMember { profile: *profile, id: *id, member }));
            }
            Change::AddGroup { profile, id, members } => {
                self.add_selector_group(*profile, *id, members)?;
                undo.push(Undo::DeleteGroup { profile: *profile, id: *id });
            }
            Change::ModifyGroup { profile, id, members } => {
                let old = self.selector_group(*profile, *id);
                self.modify_selector_group(*profile, *id, members)?;
                undo.extend(old.map(|members| Undo::ModifyGroup { profile: *profile, id: *id, members }));
            }
            Change::DeleteGroup { profile, id } => {
                let old = self.selector_group(*profile, *id);
                self.delete_selector_group(*profile, *id)?;
                undo.extend(old.map(|members| Undo::AddGroup { profile: *profile, id: *id, members }));
            }
            _ => {}
        }
        Ok(())
    }

    /// Taking changes back in the reverse order finds everything as it was, so that none of this can fail.
    fn undo(&mut self, undo: Undo) {
        let done = match undo {
            Undo::Delete { table, id } => self.delete(table, id),
            Undo::Modify { table, id, target } => self.modify(table, id, &target),
            Undo::Restore { table, entry } => self.restore(table, &entry),
            Undo::Default { table, call } => self.put_default(table, &call),
            Undo::DeleteMember { profile, id } => self.delete_member(profile, id),
            Undo::ModifyMember { profile, id, member } => self.modify_member(profile, id, &member),
            Undo::AddMember { profile, id, member } => self.add_member(profile, id, &member),
            Undo::DeleteGroup { profile, id } => self.delete_selector_group(profile, id),
            Undo::ModifyGroup { profile, id, members } => self.modify_selector_group(profile, id, &members),
            Undo::AddGroup { profile, id, members } => self.add_selector_group(profile, id, &members),
        };
        debug_assert!(done.is_ok(), "{done:?}");
    }

    /// A deleted entry with its id, age, counter and meter.
    fn restore(&mut self, table: TableId, entry: &EntryView) -> Result<(), ControlError> {
        let key = self.encoded(table, entry)?;
        let (target, args) = self.target(table, &entry.target)?;
        let at = table.index();
        if self.tables[at].restore(&self.state.tables[at], &key, target, &args, entry.id.0) {
            self.tables[at].set_idle_timeout(entry.id.0, entry.idle_timeout);
            self.use_part(table, target, true);
        }
        Ok(())
    }
}
