//! Entries and default actions.

use super::{
    Control, CounterValue, EntryId, EntryView, Idle, IdleRound, MeterRates, NewEntry, Target, no_object,
    words_of,
};
use crate::bits;
use crate::error::ControlError;
use crate::table::{Encoded, Refusal, Reserved, RowTarget, RowView, Writer};
use front::ir::{self, ActionCall, Bits, KeyMatch, TableId};
use std::sync::atomic::Ordering;

/// A target in the words of a row.
pub(super) type Words = (RowTarget, Vec<u64>);

/// An entry that has its place, and that packets do not find yet.
#[derive(Debug)]
pub(super) struct Planned {
    pub table: TableId,
    target: RowTarget,
    idle_timeout: u64,
    pub reserved: Reserved,
}

impl Control {
    pub(super) fn table(
        &self,
        id: TableId,
    ) -> Result<(&ir::Table, &crate::table::Table, &Writer), ControlError> {
        match self.tables.get(id.index()) {
            Some(writer) => {
                Ok((&self.state.program.tables[id.index()], &self.state.tables[id.index()], writer))
            }
            None => no_object("table", id.index()),
        }
    }

    /// The default action and the entries of the program.
    pub(super) fn load(&mut self, id: TableId) -> Result<(), ControlError> {
        let state = std::sync::Arc::clone(&self.state);
        let (program, table) = (&state.program.tables[id.index()], &state.tables[id.index()]);
        let (target, args) = self.call(id, &program.default_action)?;
        self.tables[id.index()].set_default(table, target, &args);
        for entry in &program.entries {
            let key = table.shape().encode(&program.name, &entry.keys, entry.priority)?;
            let (target, args) = self.call(id, &entry.call)?;
            let is_const = entry.is_const || program.const_entries;
            match self.tables[id.index()].insert(table, &key, target, &args, is_const) {
                Ok(_) => {}
                // The first written wins.
                Err(Refusal::Exists(_)) => {}
                Err(Refusal::Full) => return Err(self.full(id)),
            }
        }
        Ok(())
    }

    fn full(&self, id: TableId) -> ControlError {
        let table = self.state.program.tables[id.index()].name.clone();
        ControlError::TableFull { table, limit: self.tables[id.index()].limit() }
    }

    /// The arguments of an action, each in whole words.
    pub(super) fn args(&self, action: &ir::Action, args: &[Bits]) -> Result<Vec<u64>, ControlError> {
        if args.len() != action.params.len() {
            let (action, expected) = (action.name.clone(), action.params.len());
            return Err(ControlError::ArgCount { action, expected, got: args.len() });
        }
        let mut words = Vec::new();
        for (param, arg) in action.params.iter().zip(args) {
            let width = param.ty.width;
            words.extend(words_of(arg, width).ok_or_else(|| ControlError::ArgValue {
                action: action.name.clone(),
                param: param.name.clone(),
                value: format!("{:#x}", arg.value),
                width,
            })?);
        }
        Ok(words)
    }

    fn call(&self, id: TableId, call: &ActionCall) -> Result<Words, ControlError> {
        let (program, ..) = self.table(id)?;
        let Some(of) = program.actions.get(call.action as usize) else {
            return Err(ControlError::NoSuchAction { table: program.name.clone(), action: call.action });
        };
        let args = self.args(&self.state.program.actions[of.action.index()], &call.args)?;
        Ok((RowTarget::Action(call.action), args))
    }

    /// P4-16 section 14.2.1.2: `@defaultonly` and `@tableonly`.
    fn allowed(&self, id: TableId, action: u32, barred: &'static str) -> Result<(), ControlError> {
        let (program, ..) = self.table(id)?;
        let of = program.actions.get(action as usize);
        let annotated = of.is_some_and(|of| of.annotations.iter().any(|a| a.name == barred));
        match of {
            Some(of) if annotated => Err(ControlError::ActionScope {
                table: program.name.clone(),
                action: self.state.program.actions[of.action.index()].name.clone(),
                annotation: if barred == "defaultonly" { "@defaultonly" } else { "@tableonly" },
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn target(&self, id: TableId, target: &Target) -> Result<Words, ControlError> {
        match target {
            Target::Action(call) => {
                let words = self.call(id, call)?;
                self.allowed(id, call.action, "defaultonly")?;
                Ok(words)
            }
            Target::Member(member) => {
                Ok((RowTarget::Member(self.profile_place(id, "member", *member)?), Vec::new()))
            }
            Target::Group(set) if self.table(id)?.0.protection.is_some() => {
                let (program, ..) = self.table(id)?;
                let sets = program.protection.and_then(|group| self.state.protections.get(group.index()));
                match sets.is_some_and(|sets| *set < sets.size()) {
                    true => Ok((RowTarget::Group(*set), Vec::new())),
                    false => Err(ControlError::NoProfile { table: program.name.clone() }),
                }
            }
            Target::Group(group) => {
                Ok((RowTarget::Group(self.profile_place(id, "group", *group)?), Vec::new()))
            }
        }
    }

    fn profile_place(&self, id: TableId, kind: &'static str, part: u32) -> Result<u32, ControlError> {
        let (program, ..) = self.table(id)?;
        let Some(profile) = program.profile else {
            return Err(ControlError::NoProfile { table: program.name.clone() });
        };
        let writer = &self.profiles[profile.index()];
        let place = if kind == "member" { writer.member_place(part) } else { writer.group_place(part) };
        let name = || self.state.program.profiles[profile.index()].name.clone();
        place.ok_or_else(|| ControlError::NoSuchPart { profile: name(), kind, id: part })
    }

    /// Counts an entry that leads to a member or a group.
    pub(super) fn use_part(&mut self, id: TableId, target: RowTarget, more: bool) {
        let of = &self.state.program.tables[id.index()];
        if let Some(profile) = of.profile {
            self.profiles[profile.index()].count_use(target, more);
        }
        if let (Some(group), RowTarget::Group(set)) = (of.protection, target) {
            let users = self.set_users[group.index()].entry(set).or_default();
            *users = if more { *users + 1 } else { users.saturating_sub(1) };
            if *users == 0 {
                self.set_users[group.index()].remove(&set);
            }
        }
    }

    /// Whether an entry leads to a set of paths.
    pub fn uses_set(&self, group: ir::ProtectionId, set: u32) -> bool {
        self.set_users.get(group.index()).is_some_and(|users| users.contains_key(&set))
    }

    fn changeable(&self, id: TableId) -> Result<&ir::Table, ControlError> {
        let (program, ..) = self.table(id)?;
        if program.const_entries {
            return Err(ControlError::ConstTable { table: program.name.clone() });
        }
        Ok(program)
    }

    fn existing(&self, table: TableId, id: EntryId) -> Result<(), ControlError> {
        let (program, _, writer) = self.table(table)?;
        if writer.contains(id.0) {
            return Ok(());
        }
        Err(ControlError::NoSuchEntry { table: program.name.clone(), id })
    }

    fn changeable_entry(&self, table: TableId, id: EntryId) -> Result<(), ControlError> {
        let name = self.changeable(table)?.name.clone();
        self.existing(table, id)?;
        if self.tables[table.index()].is_const(id.0) {
            return Err(ControlError::ConstEntry { table: name, id });
        }
        Ok(())
    }

    /// The id of the new entry.
    pub fn insert(&mut self, table: TableId, entry: &NewEntry) -> Result<EntryId, ControlError> {
        let planned = self.plan(table, entry, |_| None)?;
        Ok(self.put(planned))
    }

    /// All of an insertion that can be refused; `taken` is the number of the entry to come that has a key.
    pub(super) fn plan(
        &mut self,
        table: TableId,
        entry: &NewEntry,
        taken: impl FnOnce(&Encoded) -> Option<usize>,
    ) -> Result<Planned, ControlError> {
        let program = self.changeable(table)?;
        let name = program.name.clone();
        if entry.idle_timeout > 0 && !program.idle_timeout {
            return Err(ControlError::NoIdleTimeout { table: name });
        }
        let of = &self.state.tables[table.index()];
        let key = of.shape().encode(&name, &entry.keys, entry.priority)?;
        let (target, args) = self.target(table, &entry.target)?;
        if let Some(number) = taken(&key) {
            return Err(ControlError::EntryTwice { table: name, number });
        }
        let reserved = match self.tables[table.index()].reserve(of, &key, target, &args, false) {
            Ok(reserved) => reserved,
            Err(Refusal::Exists(id)) => {
                return Err(ControlError::EntryExists { table: name, id: EntryId(id) });
            }
            Err(Refusal::Full) => return Err(self.full(table)),
        };
        self.use_part(table, target, true);
        Ok(Planned { table, target, idle_timeout: entry.idle_timeout, reserved })
    }

    /// What was planned, while nothing else has its key.
    pub(super) fn put(&mut self, planned: Planned) -> EntryId {
        let Planned { table, idle_timeout, reserved, .. } = planned;
        let (id, of) = (reserved.id, &self.state.tables[table.index()]);
        if let Some(hit) = of.last_hit(id) {
            hit.store(self.now(), Ordering::Relaxed);
        }
        self.tables[table.index()].put(of, reserved);
        self.tables[table.index()].set_idle_timeout(id, idle_timeout);
        EntryId(id)
    }

    pub(super) fn release(&mut self, planned: Planned) {
        let Planned { table, target, reserved, .. } = planned;
        self.tables[table.index()].release(&self.state.tables[table.index()], reserved);
        self.use_part(table, target, false);
    }

    /// Another target for an entry; its counter, meter and timeout stay.
    pub fn modify(&mut self, table: TableId, id: EntryId, target: &Target) -> Result<(), ControlError> {
        self.changeable_entry(table, id)?;
        let (target, args) = self.target(table, target)?;
        self.replace(table, id, target, &args);
        Ok(())
    }

    /// Of an entry that exists.
    pub(super) fn replace(&mut self, table: TableId, id: EntryId, target: RowTarget, args: &[u64]) {
        let old = self.row(table, id).map(|view| view.target);
        if self.tables[table.index()].replace(&self.state.tables[table.index()], id.0, target, args) {
            self.use_part(table, target, true);
            if let Some(old) = old {
                self.use_part(table, old, false);
            }
        }
    }

    pub fn delete(&mut self, table: TableId, id: EntryId) -> Result<(), ControlError> {
        self.changeable_entry(table, id)?;
        if let Some(target) = self.tables[table.index()].remove(&self.state.tables[table.index()], id.0) {
            self.use_part(table, target, false);
        }
        Ok(())
    }

    /// The entry with exactly these keys (and this priority, where priorities count).
    pub fn find(
        &self,
        table: TableId,
        keys: &[KeyMatch],
        priority: i64,
    ) -> Result<Option<EntryId>, ControlError> {
        let (program, of, writer) = self.table(table)?;
        let key = of.shape().encode(&program.name, keys, priority)?;
        Ok(writer.find(of, &key).map(EntryId))
    }

    pub(super) fn row(&self, table: TableId, id: EntryId) -> Option<RowView> {
        self.tables[table.index()].view(&self.state.tables[table.index()], id.0)
    }

    pub fn entry(&self, table: TableId, id: EntryId) -> Result<EntryView, ControlError> {
        self.existing(table, id)?;
        match self.row(table, id) {
            Some(row) => Ok(self.entry_view(table, id, row)),
            None => no_object("entry", id.0 as usize),
        }
    }

    fn entry_view(&self, table: TableId, id: EntryId, row: RowView) -> EntryView {
        let of = &self.state.tables[table.index()];
        let idle = self.state.program.tables[table.index()].idle_timeout;
        EntryView {
            id,
            keys: of.shape().decode(&row.key),
            priority: row.key.priority,
            target: self.target_view(table, row.target, &row.args),
            is_const: row.is_const,
            counter: of.counted(id.0).map(Into::into),
            rates: of.meter(id.0).and_then(|cell| cell.rates()),
            last_hit: of.last_hit(id.0).filter(|_| idle).map(|hit| hit.load(Ordering::Relaxed)),
            idle_timeout: row.idle_timeout,
        }
    }

    fn target_view(&self, table: TableId, target: RowTarget, args: &[u64]) -> Target {
        let program = &self.state.program.tables[table.index()];
        let writer = program.profile.map(|profile| &self.profiles[profile.index()]);
        match target {
            RowTarget::Action(action) => Target::Action(self.call_view(table, action, args)),
            RowTarget::Member(place) => Target::Member(writer.and_then(|w| w.member_at(place)).unwrap_or(0)),
            RowTarget::Group(set) if program.protection.is_some() => Target::Group(set),
            RowTarget::Group(place) => Target::Group(writer.and_then(|w| w.group_at(place)).unwrap_or(0)),
        }
    }

    fn call_view(&self, table: TableId, action: u32, args: &[u64]) -> ActionCall {
        let program = &self.state.program;
        let of = program.tables[table.index()].actions.get(action as usize);
        let mut from = 0;
        let params = of.map_or(&[][..], |of| &program.actions[of.action.index()].params);
        let arg = |param: &ir::ActionParam| {
            let words = bits::words(param.ty.width);
            let value = bits::big(args.get(from..from + words).unwrap_or(&[]));
            from += words;
            Bits { width: param.ty.width, value }
        };
        ActionCall { action, args: params.iter().map(arg).collect() }
    }

    /// In no particular order.
    pub fn entries(&self, table: TableId) -> Result<Vec<EntryView>, ControlError> {
        let (.., writer) = self.table(table)?;
        let view = |id| Some(self.entry_view(table, EntryId(id), self.row(table, EntryId(id))?));
        Ok(writer.ids().filter_map(view).collect())
    }

    /// How many entries a table has.
    pub fn entry_count(&self, table: TableId) -> Result<u64, ControlError> {
        Ok(self.table(table)?.2.len())
    }

    /// How many entries a table may have.
    pub fn capacity(&self, table: TableId) -> Result<u64, ControlError> {
        Ok(self.table(table)?.2.limit())
    }

    /// Deletes the entries that are not constant; how many these were.
    pub fn clear(&mut self, table: TableId) -> Result<usize, ControlError> {
        self.changeable(table)?;
        let writer = &self.tables[table.index()];
        let ids: Vec<u64> = writer.ids().filter(|id| !writer.is_const(*id)).collect();
        for id in &ids {
            self.delete(table, EntryId(*id))?;
        }
        Ok(ids.len())
    }

    pub fn set_default(&mut self, table: TableId, call: &ActionCall) -> Result<(), ControlError> {
        self.check_default(table, call)?;
        self.put_default(table, call)
    }

    /// Whether it may be the default action.
    pub fn check_default(&self, table: TableId, call: &ActionCall) -> Result<(), ControlError> {
        let (program, ..) = self.table(table)?;
        if program.const_default {
            return Err(ControlError::ConstDefault { table: program.name.clone() });
        }
        self.allowed(table, call.action, "tableonly")
    }

    /// To what the program says.
    pub fn reset_default(&mut self, table: TableId) -> Result<(), ControlError> {
        let call = self.table(table)?.0.default_action.clone();
        self.put_default(table, &call)
    }

    pub(super) fn put_default(&mut self, table: TableId, call: &ActionCall) -> Result<(), ControlError> {
        let (target, args) = self.call(table, call)?;
        self.tables[table.index()].set_default(&self.state.tables[table.index()], target, &args);
        Ok(())
    }

    pub fn default_action(&self, table: TableId) -> Result<ActionCall, ControlError> {
        let (program, of, writer) = self.table(table)?;
        match writer.default(of) {
            Some((RowTarget::Action(action), args)) => Ok(self.call_view(table, action, &args)),
            _ => Ok(program.default_action.clone()),
        }
    }

    /// Sets the idle timeout of an entry, in nanoseconds; 0 is never.
    pub fn set_idle_timeout(
        &mut self,
        table: TableId,
        id: EntryId,
        timeout: u64,
    ) -> Result<(), ControlError> {
        self.existing(table, id)?;
        let program = &self.state.program.tables[table.index()];
        if timeout > 0 && !program.idle_timeout {
            return Err(ControlError::NoIdleTimeout { table: program.name.clone() });
        }
        self.tables[table.index()].set_idle_timeout(id.0, timeout);
        Ok(())
    }

    /// The entries whose idle timeout has passed. Each is reported again only after another hit.
    pub fn idle(&mut self, now: u64) -> Vec<Idle> {
        let (mut all, mut round) = (Vec::new(), IdleRound::default());
        while !self.idle_part(now, &mut round, usize::MAX, &mut all) {}
        all
    }

    /// Likewise by and by, `count` places of one table at a time. True when a round through all tables ends; the next call
    /// begins another.
    pub fn idle_part(&mut self, now: u64, round: &mut IdleRound, count: usize, all: &mut Vec<Idle>) -> bool {
        let with_timeout = |table: &ir::Table| table.idle_timeout;
        let next = self.state.program.tables.iter().skip(round.table).position(with_timeout);
        let Some(skipped) = next else {
            *round = IdleRound::default();
            return true;
        };
        if skipped > 0 {
            *round = IdleRound { table: round.table + skipped, place: 0 };
        }
        let (at, table) = (round.table, TableId(round.table as u32));
        let part = (round.place, count);
        let next = self.tables[at].idle(&self.state.tables[at], now, part, |id, idle| {
            all.push(Idle { table, id: EntryId(id), idle });
        });
        *round = match next {
            Some(place) => IdleRound { table: at, place },
            None => IdleRound { table: at + 1, place: 0 },
        };
        false
    }

    /// Who listens from now on has not heard which entries are idle already.
    pub fn forget_idle_reports(&mut self) {
        self.tables.iter_mut().for_each(Writer::forget_reports);
    }

    /// What time it is, for the age of new entries: packets alone say so to the device only while they pass.
    pub fn set_time(&self, now: u64) {
        self.state.clock.fetch_max(now, Ordering::Relaxed);
    }

    pub(super) fn direct<'a, T>(
        &'a self,
        table: TableId,
        kind: &'static str,
        cell: impl FnOnce(&'a crate::table::Table) -> Option<T>,
    ) -> Result<T, ControlError> {
        let (program, of, _) = self.table(table)?;
        cell(of).ok_or_else(|| ControlError::NotDirect { table: program.name.clone(), kind })
    }

    pub fn direct_counter(&self, table: TableId, id: EntryId) -> Result<CounterValue, ControlError> {
        let counted = self.direct(table, "counter", |of| of.counted(id.0))?;
        self.existing(table, id)?;
        Ok(counted.into())
    }

    pub fn set_direct_counter(
        &mut self,
        table: TableId,
        id: EntryId,
        value: CounterValue,
    ) -> Result<(), ControlError> {
        self.direct(table, "counter", |of| of.counted(id.0))?;
        self.existing(table, id)?;
        self.state.tables[table.index()].set_counted(id.0, value.packets, value.bytes);
        Ok(())
    }

    /// Of the default action.
    pub fn default_counter(&self, table: TableId) -> Result<CounterValue, ControlError> {
        Ok(self.direct(table, "counter", |of| of.counted(0))?.into())
    }

    pub fn set_default_counter(&mut self, table: TableId, value: CounterValue) -> Result<(), ControlError> {
        self.direct(table, "counter", |of| of.counted(0))?;
        self.state.tables[table.index()].set_counted(0, value.packets, value.bytes);
        Ok(())
    }

    pub fn direct_meter(&self, table: TableId, id: EntryId) -> Result<Option<MeterRates>, ControlError> {
        let cell = self.direct(table, "meter", |of| of.meter(id.0))?;
        self.existing(table, id)?;
        Ok(cell.rates())
    }

    pub fn set_direct_meter(
        &mut self,
        table: TableId,
        id: EntryId,
        rates: Option<MeterRates>,
    ) -> Result<(), ControlError> {
        super::objects::check_rates(rates)?;
        let cell = self.direct(table, "meter", |of| of.meter(id.0))?;
        self.existing(table, id)?;
        cell.set(rates, self.now());
        Ok(())
    }

    /// Of the default action.
    pub fn default_meter(&self, table: TableId) -> Result<Option<MeterRates>, ControlError> {
        Ok(self.direct(table, "meter", |of| of.meter(0))?.rates())
    }

    pub fn set_default_meter(
        &mut self,
        table: TableId,
        rates: Option<MeterRates>,
    ) -> Result<(), ControlError> {
        super::objects::check_rates(rates)?;
        self.direct(table, "meter", |of| of.meter(0))?.set(rates, self.now());
        Ok(())
    }

    /// The key of an entry, as rows hold it.
    pub(super) fn encoded(&self, table: TableId, entry: &EntryView) -> Result<Encoded, ControlError> {
        let (program, of, _) = self.table(table)?;
        of.shape().encode(&program.name, &entry.keys, entry.priority)
    }
}
