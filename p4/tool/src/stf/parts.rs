//! Lines about value sets and the members and groups of action profiles.

use super::resolve::{self, Mismatch};
use super::run::{Done, Runner};
use super::script::*;
use front::ir::{self, KeyMatch, ProfileId, TableId, ValueSetId};
use host::entry::value_set_keys;
use rt::{ControlError, GroupMember, Member, Target};

/// Members that entries have for themselves are far from those with handles.
const OWN_MEMBERS: u32 = 1 << 31;

/// How many there are of what lines count from 0.
#[derive(Debug, Default)]
pub(super) struct Handles {
    pub(super) members: u32,
    /// Of each group its members.
    pub(super) groups: Vec<Vec<u32>>,
}

impl Runner<'_> {
    pub(super) fn value_sets(&mut self, command: &Command) -> Done {
        match command {
            Command::ValueSetAdd { set, keys } => {
                let (id, keys) = self.value(set, keys)?;
                self.device.control().insert_value(id, &keys)?;
            }
            Command::ValueSetRemove { set, keys } => {
                let (id, keys) = self.value(set, keys)?;
                let found = self.device.control().find_value(id, &keys)?;
                let entry = found.ok_or_else(|| Mismatch::NoSuchValue(set.clone()))?;
                self.device.control().delete_value(id, entry)?;
            }
            Command::ValueSetClear { set } => {
                let id = self.device.control().names().value_set(set)?;
                for (entry, _) in self.device.control().values(id)? {
                    self.device.control().delete_value(id, entry)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn value(
        &mut self,
        set: &str,
        keys: &[(String, KeyValue)],
    ) -> Result<(ValueSetId, Vec<KeyMatch>), Mismatch> {
        let control = self.device.control();
        let id = control.names().value_set(set)?;
        Ok((id, value_set_keys(&control.program().value_sets[id.index()], keys)?))
    }

    fn profile(&mut self, name: &str) -> Result<(ProfileId, &mut Handles), Mismatch> {
        let id = self.device.control().names().profile(name)?;
        Ok((id, self.handles.entry(id.0).or_default()))
    }

    pub(super) fn profiles(&mut self, command: &Command) -> Done {
        match command {
            Command::ProfileMember { profile, action } => {
                let (id, handles) = self.profile(profile)?;
                let number = handles.members;
                handles.members += 1;
                let control = self.device.control();
                let table = control.program().profiles[id.index()].tables.first().copied();
                let table = table.ok_or_else(|| Mismatch::ProfileWithoutTable(profile.clone()))?;
                let call = resolve::call(control.names(), table, action)?;
                let action = control.program().tables[table.index()].actions[call.action as usize].action;
                control.add_member(id, number, &Member { action, args: call.args })?;
            }
            Command::ProfileGroup { profile } => {
                let (id, handles) = self.profile(profile)?;
                let number = handles.groups.len() as u32;
                handles.groups.push(vec![]);
                self.device.control().add_selector_group(id, number, &[])?;
            }
            Command::ProfileAssociate { profile, member, group } => {
                let (id, handles) = self.profile(profile)?;
                let (group, member, count) = (*group, *member, handles.groups.len());
                let members = handles.groups.get_mut(group as usize);
                let members = members.ok_or(Mismatch::NoSuchGroup { group, count })?;
                members.push(member);
                let parts: Vec<_> =
                    members.iter().map(|member| GroupMember { member: *member, weight: 1 }).collect();
                self.device.control().modify_selector_group(id, group, &parts)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What an entry of a table with a profile leads to: a member or group by its handle, or a member of its own.
    pub(super) fn part(
        &mut self,
        table: TableId,
        profile: ProfileId,
        action: &ActionCall,
    ) -> Result<Target, Mismatch> {
        let control = self.device.control();
        if let [Argument { name: None, number }] = &action.args[..]
            && control.names().table_action(table, &action.name).is_err()
        {
            let handle = number.to_u64().and_then(|handle| u32::try_from(handle).ok());
            match (action.name.as_str(), handle) {
                ("member", Some(member)) => return Ok(Target::Member(member)),
                ("group", Some(group)) => return Ok(Target::Group(group)),
                _ => {}
            }
        }
        let call: ir::ActionCall = resolve::call(control.names(), table, action)?;
        let action = control.program().tables[table.index()].actions[call.action as usize].action;
        let id = OWN_MEMBERS + self.next_member;
        self.next_member += 1;
        self.device.control().add_member(profile, id, &Member { action, args: call.args })?;
        Ok(Target::Member(id))
    }

    /// Members that entries had for themselves go with them: they would fill the profile.
    pub(super) fn drop_own_members(&mut self) -> Done {
        let control = self.device.control();
        for profile in (0..control.program().profiles.len()).map(|at| ProfileId(at as u32)) {
            for (id, _) in control.members(profile)?.into_iter().filter(|(id, _)| *id >= OWN_MEMBERS) {
                match control.delete_member(profile, id) {
                    Ok(()) | Err(ControlError::PartInUse { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}
