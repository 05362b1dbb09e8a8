//! What survives from one program to the next: whatever has the same name and the same types in both.

use super::loaded::{Giver, Loaded};
use front::ir::{self, ActionCall, ActionId, ProfileId, TableId, ValueSetId};
use rt::{CounterValue, EntryView, Member, NewEntry, Target};

fn same_key(a: &ir::TableKey, b: &ir::TableKey) -> bool {
    (&a.name, a.kind, a.ty.width) == (&b.name, b.kind, b.ty.width)
}

fn same_action(a: &ir::Action, b: &ir::Action) -> bool {
    let same = |(a, b): (&ir::ActionParam, &ir::ActionParam)| (&a.name, a.ty.width) == (&b.name, b.ty.width);
    a.name == b.name && a.params.len() == b.params.len() && a.params.iter().zip(&b.params).all(same)
}

fn position<T>(all: &[T], fits: impl Fn(&T) -> bool) -> Option<u32> {
    all.iter().position(fits).map(|at| at as u32)
}

/// Says what is left behind: nothing of its name is `there`, or nothing to go `to`, or the place is too small.
fn left(
    lost: &mut Vec<String>,
    what: &str,
    gone: u64,
    things: &str,
    (there, to): (Option<u32>, Option<u32>),
    other: &str,
) {
    if gone == 0 {
        return;
    }
    let why = match (there, to) {
        (None, _) => "there is none of that name now",
        (Some(_), None) => other,
        (Some(_), Some(_)) => "it is smaller now",
    };
    lost.push(format!("{what}: {gone} of its {things}; {why}"));
}

impl Loaded {
    /// Takes over what `old` has, before any packet sees this program. `keep_file` also keeps the entries that the
    /// configuration gave; else it has said anew what it gives. A line for each thing that has no place here.
    pub fn take_over(&mut self, old: &Loaded, keep_file: bool) -> Vec<String> {
        let mut lost = Vec::new();
        self.take_traffic(old, keep_file);
        for at in 0..old.state.program.profiles.len() {
            self.take_profile(old, ProfileId(at as u32), &mut lost);
        }
        for at in 0..old.state.program.value_sets.len() {
            self.take_value_set(old, ValueSetId(at as u32), &mut lost);
        }
        for at in 0..old.state.program.tables.len() {
            self.take_table(old, TableId(at as u32), keep_file, &mut lost);
        }
        // Last, as packets go on changing them.
        self.take_cells(old, &mut lost);
        lost
    }

    fn take_cells(&mut self, old: &Loaded, lost: &mut Vec<String>) {
        let (new, was) = (&self.state, &old.state);
        for (of, from) in was.program.counters.iter().zip(was.counters.iter()) {
            let at = position(&new.program.counters, |c| c.name == of.name);
            let to = at.filter(|at| new.program.counters[*at as usize].kind == of.kind);
            let mut gone = 0;
            for index in from.written() {
                let (packets, bytes) = from.get(index);
                let kept = |to: u32| new.counters[to as usize].set(index, packets, bytes);
                gone += u64::from((packets, bytes) != (0, 0) && !to.is_some_and(kept));
            }
            left(
                lost,
                &format!("counter {}", of.name),
                gone,
                "cells",
                (at, to),
                "it counts something else now",
            );
        }
        for (of, from) in was.program.registers.iter().zip(was.registers.iter()) {
            let at = position(&new.program.registers, |r| r.name == of.name);
            let to = at.filter(|at| new.program.registers[*at as usize].width == of.width);
            let mut limbs = vec![0; rt::bits::words(of.width)];
            let mut gone = 0;
            for index in from.written() {
                from.read(index, &mut limbs);
                let kept = |to: u32| new.registers[to as usize].write(index, &limbs);
                gone += u64::from(limbs.iter().any(|limb| *limb != 0) && !to.is_some_and(kept));
            }
            left(lost, &format!("register {}", of.name), gone, "cells", (at, to), "its width is another now");
        }
        for (of, from) in was.program.meters.iter().zip(was.meters.iter()) {
            let at = position(&new.program.meters, |m| m.name == of.name);
            let to = at.filter(|at| new.program.meters[*at as usize].bytes == of.bytes);
            let mut gone = 0;
            for index in from.written() {
                let Some(rates) = from.rates(index) else { continue };
                let mut kept = |to| self.control.set_meter(ir::MeterId(to), index, Some(rates)).is_ok();
                gone += u64::from(!to.is_some_and(&mut kept));
            }
            left(
                lost,
                &format!("meter {}", of.name),
                gone,
                "cells",
                (at, to),
                "it counts something else now",
            );
        }
    }

    /// Clone sessions and multicast groups are of no program.
    fn take_traffic(&mut self, old: &Loaded, keep_file: bool) {
        for (session, to) in old.control.sessions() {
            let from_file = old.sessions_from_file.contains(&session);
            if self.sessions_from_file.contains(&session) || from_file && !keep_file {
                continue;
            }
            let _ = self.control.set_session(session, to);
            if from_file {
                self.sessions_from_file.insert(session);
            }
        }
        for group in old.control.groups() {
            let from_file = old.groups_from_file.contains(&group);
            if self.groups_from_file.contains(&group) || from_file && !keep_file {
                continue;
            }
            let _ = self.control.set_group(group, &old.control.group(group).unwrap_or_default());
            if from_file {
                self.groups_from_file.insert(group);
            }
        }
    }

    fn take_profile(&mut self, old: &Loaded, from: ProfileId, lost: &mut Vec<String>) {
        let of = &old.state.program.profiles[from.index()];
        let members = old.control.members(from).unwrap_or_default();
        let groups = old.control.selector_groups(from).unwrap_or_default();
        let same = |p: &ir::Profile| p.name == of.name && p.selector.is_some() == of.selector.is_some();
        let Some(to) = position(&self.state.program.profiles, same).map(ProfileId) else {
            if !members.is_empty() {
                lost.push(format!("profile {}: its {} members", of.name, members.len()));
            }
            return;
        };
        let (mut kept, mut kept_groups) = (0, 0);
        for (id, member) in &members {
            let was = &old.state.program.actions[member.action.index()];
            let action = position(&self.state.program.actions, |a| same_action(a, was)).map(ActionId);
            let member = action.map(|action| Member { action, args: member.args.clone() });
            kept +=
                usize::from(member.is_some_and(|member| self.control.add_member(to, *id, &member).is_ok()));
        }
        for (id, parts) in &groups {
            kept_groups += usize::from(self.control.add_selector_group(to, *id, parts).is_ok());
        }
        if kept < members.len() || kept_groups < groups.len() {
            let (m, g) = (members.len() - kept, groups.len() - kept_groups);
            lost.push(format!(
                "profile {}: {m} of {} members, {g} of {} groups",
                of.name,
                members.len(),
                groups.len()
            ));
        }
    }

    fn take_value_set(&mut self, old: &Loaded, from: ValueSetId, lost: &mut Vec<String>) {
        let of = &old.state.program.value_sets[from.index()];
        let at = position(&self.state.program.value_sets, |set| set.name == of.name);
        let to = at.filter(|at| {
            let keys = &self.state.program.value_sets[*at as usize].keys;
            keys.len() == of.keys.len()
                && keys.iter().zip(&of.keys).all(|(a, b)| (a.kind, a.ty.width) == (b.kind, b.ty.width))
        });
        let mut gone = 0;
        for (_, keys) in old.control.values(from).unwrap_or_default() {
            let mut kept = |to| self.control.insert_value(ValueSetId(to), &keys).is_ok();
            gone += u64::from(!to.is_some_and(&mut kept));
        }
        left(lost, &format!("value set {}", of.name), gone, "entries", (at, to), "its keys are others now");
    }

    fn take_table(&mut self, old: &Loaded, from: TableId, keep_file: bool, lost: &mut Vec<String>) {
        let of = &old.state.program.tables[from.index()];
        let mut entries = old.control.entries(from).unwrap_or_default();
        entries.sort_by_key(|entry| entry.id);
        let given = |entry: &&EntryView| old.giver(from, entry.id) == Giver::Operator;
        let Some(to) = position(&self.state.program.tables, |t| t.name == of.name).map(TableId) else {
            let count = entries.iter().filter(given).count();
            if count > 0 {
                lost.push(format!("table {}: its {count} entries; there is no such table now", of.name));
            }
            return;
        };
        let keys = &self.state.program.tables[to.index()].keys;
        if keys.len() != of.keys.len() || !keys.iter().zip(&of.keys).all(|(a, b)| same_key(a, b)) {
            let count = entries.iter().filter(given).count();
            if count > 0 {
                lost.push(format!("table {}: its {count} entries; its keys are others now", of.name));
            }
            return;
        }
        let (mut gone, mut why) = (0, String::new());
        for entry in &entries {
            if let Err(error) = self.take_entry(old, from, to, entry, keep_file) {
                gone += 1;
                why = error;
            }
        }
        if gone > 0 {
            lost.push(format!(
                "table {}: {gone} of {} entries; the last because {why}",
                of.name,
                entries.len()
            ));
        }
        let counted =
            |entry: &&EntryView| entry.counter.is_some_and(|value| value != CounterValue::default());
        let counted = entries.iter().filter(counted).count();
        if counted > 0 && self.table(to).counter.is_none() {
            lost.push(format!("table {}: what {counted} entries counted; it has no counter now", of.name));
        }
        let metered = entries.iter().filter(|entry| entry.rates.is_some()).count();
        if metered > 0 && !self.meters_like(old, from, to) {
            lost.push(format!("table {}: the rates of {metered} entries; its meter is another now", of.name));
        }
        self.take_default(old, from, to, keep_file, lost);
    }

    /// Whether the tables' direct meters count the same.
    fn meters_like(&self, old: &Loaded, from: TableId, to: TableId) -> bool {
        let bytes = |of: &Loaded, table: TableId| {
            of.table(table).meter.map(|meter| of.state.program.direct_meters[meter.index()].bytes)
        };
        bytes(self, to) == bytes(old, from)
    }

    /// An entry with its counter, meter and time-out; of one that is there already, counter and meter.
    fn take_entry(
        &mut self,
        old: &Loaded,
        from: TableId,
        to: TableId,
        entry: &EntryView,
        keep_file: bool,
    ) -> Result<(), String> {
        let text = |error: rt::ControlError| error.to_string();
        let giver = old.giver(from, entry.id);
        let id = match self.control.find(to, &entry.keys, entry.priority).map_err(text)? {
            Some(id) => id,
            None if giver == Giver::Program || entry.is_const => return Ok(()),
            None if giver == Giver::File && !keep_file => return Ok(()),
            None => {
                let target = self.target_of(old, from, to, &entry.target)?;
                let (keys, priority, idle_timeout) = (entry.keys.clone(), entry.priority, 0);
                let new = NewEntry { keys, priority, target, idle_timeout };
                let id = self.control.insert(to, &new).map_err(text)?;
                // Only a table with time-outs takes one.
                let _ = self.control.set_idle_timeout(to, id, entry.idle_timeout);
                match giver {
                    Giver::File => drop(self.from_file.insert((to, id))),
                    Giver::Learned => drop(self.learned.insert((to, id))),
                    Giver::Program | Giver::Operator => {}
                }
                id
            }
        };
        // Of a table that has no direct counter or meter any more, the caller says so.
        if let Some(value) = entry.counter {
            let _ = self.control.set_direct_counter(to, id, value);
        }
        if entry.rates.is_some() && self.meters_like(old, from, to) {
            let _ = self.control.set_direct_meter(to, id, entry.rates);
        }
        Ok(())
    }

    fn target_of(&self, old: &Loaded, from: TableId, to: TableId, target: &Target) -> Result<Target, String> {
        match target {
            Target::Action(call) => {
                let mapped = self.call_of(old, from, to, call);
                mapped
                    .map(Target::Action)
                    .ok_or_else(|| "its action is not there with the same parameters".into())
            }
            Target::Group(set) if old.table(from).protection.is_some() => {
                if self.table(to).protection.is_none() {
                    return Err("it leads to paths, and the table has no protection group now".into());
                }
                let ways = old.ways_at(from, *set).ok_or("its paths are not known")?;
                self.set_of(to, &ways).map(Target::Group).map_err(|error| error.to_string())
            }
            _ if self.table(to).protection.is_some() => Err("the table has a protection group now".into()),
            part => Ok(part.clone()),
        }
    }

    fn call_of(&self, old: &Loaded, from: TableId, to: TableId, call: &ActionCall) -> Option<ActionCall> {
        let of = |loaded: &Loaded, table: TableId| loaded.state.program.tables[table.index()].actions.clone();
        let was = &old.state.program.actions[of(old, from).get(call.action as usize)?.action.index()];
        let actions = &self.state.program.tables[to.index()].actions;
        let action = position(actions, |a| same_action(&self.state.program.actions[a.action.index()], was))?;
        Some(ActionCall { action, args: call.args.clone() })
    }

    /// The default action, where it is not the one that the old program said itself.
    fn take_default(
        &mut self,
        old: &Loaded,
        from: TableId,
        to: TableId,
        keep_file: bool,
        lost: &mut Vec<String>,
    ) {
        let from_file = old.defaults_from_file.contains(&from);
        let wanted = !self.defaults_from_file.contains(&to) && (keep_file || !from_file);
        if wanted
            && let Ok(call) = old.control.default_action(from)
            && call != old.state.program.tables[from.index()].default_action
        {
            let call = self.call_of(old, from, to, &call);
            // A default that is constant now stays what the program says.
            let taken = call.is_some_and(|call| self.control.set_default(to, &call).is_ok());
            if taken && from_file {
                self.defaults_from_file.insert(to);
            }
            if !taken {
                lost.push(format!("table {}: its default action", old.table(from).name));
            }
        }
        if let Ok(value) = old.control.default_counter(from) {
            let _ = self.control.set_default_counter(to, value);
        }
        if let Ok(Some(rates)) = old.control.default_meter(from)
            && self.meters_like(old, from, to)
        {
            let _ = self.control.set_default_meter(to, Some(rates));
        }
    }
}
