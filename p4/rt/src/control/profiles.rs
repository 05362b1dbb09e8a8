//! Members and groups of action profiles and selectors.

use super::{Control, GroupMember, Member, no_object};
use crate::error::ControlError;
use crate::state::{GroupData, MemberData, ProfileData};
use crate::table::RowTarget;
use front::ir::{self, ProfileId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sum of the weights of a group.
const WEIGHT_LIMIT: u64 = 1 << 32;

#[derive(Debug)]
struct MemberInfo {
    place: u32,
    member: Member,
    /// Entries and groups that lead here.
    users: u64,
}

#[derive(Debug)]
struct GroupInfo {
    place: u32,
    members: Vec<GroupMember>,
    users: u64,
}

/// The writer's side of one profile.
#[derive(Debug, Default)]
pub(super) struct ProfileWriter {
    members: BTreeMap<u32, MemberInfo>,
    groups: BTreeMap<u32, GroupInfo>,
    /// Ids by places.
    member_ids: Vec<Option<u32>>,
    group_ids: Vec<Option<u32>>,
    data: ProfileData,
}

/// The first free place, taken.
fn take_place(ids: &mut Vec<Option<u32>>, id: u32) -> u32 {
    let place = ids.iter().position(Option::is_none).unwrap_or(ids.len());
    if place == ids.len() {
        ids.push(None);
    }
    ids[place] = Some(id);
    place as u32
}

impl ProfileWriter {
    pub(super) fn member_place(&self, id: u32) -> Option<u32> {
        self.members.get(&id).map(|member| member.place)
    }

    pub(super) fn group_place(&self, id: u32) -> Option<u32> {
        self.groups.get(&id).map(|group| group.place)
    }

    pub(super) fn member_at(&self, place: u32) -> Option<u32> {
        *self.member_ids.get(place as usize)?
    }

    pub(super) fn group_at(&self, place: u32) -> Option<u32> {
        *self.group_ids.get(place as usize)?
    }

    pub(super) fn count_use(&mut self, target: RowTarget, more: bool) {
        let users = match target {
            RowTarget::Action(_) => None,
            RowTarget::Member(place) => {
                let id = self.member_at(place);
                id.and_then(|id| self.members.get_mut(&id)).map(|member| &mut member.users)
            }
            RowTarget::Group(place) => {
                let id = self.group_at(place);
                id.and_then(|id| self.groups.get_mut(&id)).map(|group| &mut group.users)
            }
        };
        if let Some(users) = users {
            *users = if more { *users + 1 } else { users.saturating_sub(1) };
        }
    }

    fn count_members(&mut self, members: &[GroupMember], more: bool) {
        for part in members {
            if let Some(place) = self.member_place(part.member) {
                self.count_use(RowTarget::Member(place), more);
            }
        }
    }

    fn group_data(&self, members: &[GroupMember]) -> GroupData {
        let mut sum = 0;
        let weighted = members.iter().filter(|part| part.weight > 0);
        let members = weighted.filter_map(|part| {
            sum += u64::from(part.weight);
            Some((sum, self.member_place(part.member)?))
        });
        GroupData { members: members.collect() }
    }
}

impl Control {
    fn profile(&self, id: ProfileId) -> Result<(&ir::Profile, &ProfileWriter), ControlError> {
        match self.profiles.get(id.index()) {
            Some(writer) => Ok((&self.state.program.profiles[id.index()], writer)),
            None => no_object("action profile", id.index()),
        }
    }

    fn publish(&self, profile: ProfileId) {
        self.state.profiles[profile.index()].publish(self.profiles[profile.index()].data.clone());
    }

    fn member_data(&self, profile: ProfileId, member: &Member) -> Result<MemberData, ControlError> {
        let (of, _) = self.profile(profile)?;
        let Some(action) = self.state.program.actions.get(member.action.index()) else {
            return no_object("action", member.action.index());
        };
        for table in &of.tables {
            if self.state.action_of(table.index(), member.action).is_none() {
                let table =
                    self.state.program.tables.get(table.index()).map_or(String::new(), |t| t.name.clone());
                let (profile, action) = (of.name.clone(), action.name.clone());
                return Err(ControlError::ProfileAction { profile, table, action });
            }
        }
        Ok(MemberData { action: member.action, args: self.args(action, &member.args)? })
    }

    fn no_part(&self, profile: ProfileId, kind: &'static str, id: u32) -> ControlError {
        ControlError::NoSuchPart {
            profile: self.state.program.profiles[profile.index()].name.clone(),
            kind,
            id,
        }
    }

    pub fn add_member(&mut self, profile: ProfileId, id: u32, member: &Member) -> Result<(), ControlError> {
        let (of, writer) = self.profile(profile)?;
        let name = of.name.clone();
        if writer.members.contains_key(&id) {
            return Err(ControlError::PartExists { profile: name, kind: "member", id });
        }
        if writer.members.len() as u64 >= of.size {
            return Err(ControlError::ProfileFull { profile: name, limit: of.size });
        }
        let data = self.member_data(profile, member)?;
        let writer = &mut self.profiles[profile.index()];
        let place = take_place(&mut writer.member_ids, id);
        writer.members.insert(id, MemberInfo { place, member: member.clone(), users: 0 });
        writer.data.members.set(place, Some(Arc::new(data)));
        self.publish(profile);
        Ok(())
    }

    pub fn modify_member(
        &mut self,
        profile: ProfileId,
        id: u32,
        member: &Member,
    ) -> Result<(), ControlError> {
        let data = self.member_data(profile, member)?;
        match self.profiles[profile.index()].members.get_mut(&id) {
            Some(info) => {
                info.member = member.clone();
                let place = info.place;
                self.profiles[profile.index()].data.members.set(place, Some(Arc::new(data)));
                self.publish(profile);
                Ok(())
            }
            None => Err(self.no_part(profile, "member", id)),
        }
    }

    pub fn delete_member(&mut self, profile: ProfileId, id: u32) -> Result<(), ControlError> {
        let (of, writer) = self.profile(profile)?;
        let Some(info) = writer.members.get(&id) else { return Err(self.no_part(profile, "member", id)) };
        if info.users > 0 {
            let profile = of.name.clone();
            let by = "entries and groups";
            return Err(ControlError::PartInUse { profile, kind: "member", id, users: info.users, by });
        }
        let place = info.place;
        let writer = &mut self.profiles[profile.index()];
        writer.members.remove(&id);
        writer.member_ids[place as usize] = None;
        writer.data.members.set(place, None);
        self.publish(profile);
        Ok(())
    }

    pub fn members(&self, profile: ProfileId) -> Result<Vec<(u32, Member)>, ControlError> {
        let (_, writer) = self.profile(profile)?;
        Ok(writer.members.iter().map(|(id, info)| (*id, info.member.clone())).collect())
    }

    fn check_group(&self, profile: ProfileId, id: u32, members: &[GroupMember]) -> Result<(), ControlError> {
        let (of, writer) = self.profile(profile)?;
        if of.selector.is_none() {
            return Err(ControlError::NoSelector { profile: of.name.clone() });
        }
        if let Some(part) = members.iter().find(|part| !writer.members.contains_key(&part.member)) {
            return Err(self.no_part(profile, "member", part.member));
        }
        let sum: u64 = members.iter().map(|part| u64::from(part.weight)).sum();
        if sum > WEIGHT_LIMIT {
            return Err(ControlError::GroupWeight {
                profile: of.name.clone(),
                group: id,
                sum,
                limit: WEIGHT_LIMIT,
            });
        }
        Ok(())
    }

    pub fn add_selector_group(
        &mut self,
        profile: ProfileId,
        id: u32,
        members: &[GroupMember],
    ) -> Result<(), ControlError> {
        self.check_group(profile, id, members)?;
        if self.profiles[profile.index()].groups.contains_key(&id) {
            let profile = self.state.program.profiles[profile.index()].name.clone();
            return Err(ControlError::PartExists { profile, kind: "group", id });
        }
        let writer = &mut self.profiles[profile.index()];
        let place = take_place(&mut writer.group_ids, id);
        writer.count_members(members, true);
        writer.groups.insert(id, GroupInfo { place, members: members.to_vec(), users: 0 });
        let data = writer.group_data(members);
        writer.data.groups.set(place, Some(Arc::new(data)));
        self.publish(profile);
        Ok(())
    }

    pub fn modify_selector_group(
        &mut self,
        profile: ProfileId,
        id: u32,
        members: &[GroupMember],
    ) -> Result<(), ControlError> {
        self.check_group(profile, id, members)?;
        let writer = &mut self.profiles[profile.index()];
        let Some(info) = writer.groups.get_mut(&id) else { return Err(self.no_part(profile, "group", id)) };
        let (place, old) = (info.place, std::mem::replace(&mut info.members, members.to_vec()));
        writer.count_members(members, true);
        writer.count_members(&old, false);
        let data = writer.group_data(members);
        writer.data.groups.set(place, Some(Arc::new(data)));
        self.publish(profile);
        Ok(())
    }

    pub fn delete_selector_group(&mut self, profile: ProfileId, id: u32) -> Result<(), ControlError> {
        let (of, writer) = self.profile(profile)?;
        let Some(info) = writer.groups.get(&id) else { return Err(self.no_part(profile, "group", id)) };
        if info.users > 0 {
            let profile = of.name.clone();
            return Err(ControlError::PartInUse {
                profile,
                kind: "group",
                id,
                users: info.users,
                by: "entries",
            });
        }
        let place = info.place;
        let writer = &mut self.profiles[profile.index()];
        if let Some(info) = writer.groups.remove(&id) {
            writer.count_members(&info.members, false);
        }
        writer.group_ids[place as usize] = None;
        writer.data.groups.set(place, None);
        self.publish(profile);
        Ok(())
    }

    pub fn selector_groups(&self, profile: ProfileId) -> Result<Vec<(u32, Vec<GroupMember>)>, ControlError> {
        let (_, writer) = self.profile(profile)?;
        Ok(writer.groups.iter().map(|(id, info)| (*id, info.members.clone())).collect())
    }

    /// A member as it stands.
    pub(super) fn member(&self, profile: ProfileId, id: u32) -> Option<Member> {
        Some(self.profiles.get(profile.index())?.members.get(&id)?.member.clone())
    }

    /// The members of a group as they stand.
    pub(super) fn selector_group(&self, profile: ProfileId, id: u32) -> Option<Vec<GroupMember>> {
        Some(self.profiles.get(profile.index())?.groups.get(&id)?.members.clone())
    }
}
