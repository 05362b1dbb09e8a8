//! Rows of the program for operators.

use super::loaded::{Loaded, ProgramError};
use super::objects::Counted;
use api::program::{self, Call, EntryRow, Key, MAX_ROWS, Query, Reply, RowTarget, Signature};
use front::ir::{self, ActionCall, TableId};
use host::entry::kind_word;
use host::value::Field;
use num_bigint::BigUint;
use rt::{EntryId, EntryView, Target};
use std::sync::atomic::Ordering;

/// Bytes of text in one answer, about: with their frames they must fit a message.
const MOST_TEXT: usize = 2 << 20;

impl Loaded {
    pub fn show(&self, generation: u64, query: &Query) -> Result<Reply, ProgramError> {
        Ok(match query {
            Query::Program => Reply::Program(Some(self.program_row(generation))),
            Query::Tables => {
                let all = 0..self.state.program.tables.len();
                Reply::Tables(all.map(|at| self.table_row(TableId(at as u32))).collect())
            }
            Query::Entries { table, after, limit } => {
                let table = self.control.names().table(table)?;
                Reply::Entries(self.entries_rows(table, *after, *limit)?)
            }
            Query::Counter { name, index, from, limit } => self.counter_rows(name, *index, *from, *limit)?,
            Query::Register { name, index, from, limit } => {
                self.register_rows(name, *index, *from, *limit)?
            }
            Query::Meter { name, index, from, limit } => self.meter_rows(name, *index, *from, *limit)?,
            Query::ValueSet { name } => Reply::ValueSet(self.value_set(name)?),
            Query::Groups => Reply::Groups(self.groups()?),
        })
    }

    fn program_row(&self, generation: u64) -> program::Program {
        let of = &self.state.program;
        let tables = (0..of.tables.len()).map(|at| TableId(at as u32));
        let counters = of.counters.iter().map(|c| &c.name).chain(of.direct_counters.iter().map(|c| &c.name));
        let meters = of.meters.iter().map(|m| &m.name).chain(of.direct_meters.iter().map(|m| &m.name));
        program::Program {
            file: self.file.clone(),
            generation,
            loaded_s: self.since.elapsed().as_secs_f64(),
            compile_ms: self.took.as_secs_f64() * 1e3,
            entries: tables.map(|table| self.control.entry_count(table).unwrap_or(0)).sum(),
            tables: of.tables.iter().map(|t| t.name.clone()).collect(),
            counters: counters.cloned().collect(),
            registers: of.registers.iter().map(|r| r.name.clone()).collect(),
            meters: meters.cloned().collect(),
            profiles: of.profiles.iter().map(|p| p.name.clone()).collect(),
            value_sets: of.value_sets.iter().map(|set| set.name.clone()).collect(),
            digests: of.digests.iter().map(|digest| digest.name.clone()).collect(),
        }
    }

    fn table_row(&self, id: TableId) -> program::Table {
        let of = self.table(id);
        let key = |key: &ir::TableKey| Key {
            name: key.name.clone(),
            kind: kind_word(key.kind).to_owned(),
            bits: key.ty.width,
        };
        let action = |action: &ir::TableAction| {
            let action = &self.state.program.actions[action.action.index()];
            let parameters = action.params.iter().map(|param| (param.name.clone(), param.ty.width)).collect();
            Signature { name: action.name.clone(), parameters }
        };
        let default = self.control.default_action(id).unwrap_or_else(|_| of.default_action.clone());
        program::Table {
            name: of.name.clone(),
            keys: of.keys.iter().map(key).collect(),
            actions: of.actions.iter().map(action).collect(),
            default_action: self.call_row(id, &default),
            default_constant: of.const_default,
            entries: self.control.entry_count(id).unwrap_or(0),
            capacity: self.control.capacity(id).unwrap_or(0),
            constant: of.const_entries,
            profile: of.profile.map(|profile| self.state.program.profiles[profile.index()].name.clone()),
            direct_counter: of.counter.is_some(),
            idle_timeouts: of.idle_timeout,
        }
    }

    fn call_row(&self, table: TableId, call: &ActionCall) -> Call {
        let action =
            &self.state.program.actions[self.table(table).actions[call.action as usize].action.index()];
        args_row(action, &call.args)
    }

    fn entries_rows(
        &self,
        table: TableId,
        after: Option<u64>,
        limit: u32,
    ) -> Result<program::Entries, ProgramError> {
        let mut entries = self.control.entries(table)?;
        entries.retain(|entry| after.is_none_or(|after| entry.id.0 > after));
        entries.sort_unstable_by_key(|entry| entry.id);
        let (count, mut text, mut rows) = (entries.len(), 0, Vec::new());
        for entry in entries.iter().take(limit.min(MAX_ROWS) as usize) {
            let row = self.entry_row(table, entry);
            text += size_of::<EntryRow>()
                + row.keys.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
            if let RowTarget::Action(call) = &row.target {
                text += call.args.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
            }
            if text > MOST_TEXT && !rows.is_empty() {
                break;
            }
            rows.push(row);
        }
        Ok(program::Entries { table: self.table_row(table), more: rows.len() < count, rows })
    }

    fn entry_row(&self, table: TableId, entry: &EntryView) -> EntryRow {
        let keys = self.table(table).keys.iter().zip(&entry.keys);
        let key = |(key, value): (&ir::TableKey, &ir::KeyMatch)| {
            (key.name.clone(), Field { name: &key.name, ty: &key.ty }.show_match(value))
        };
        let now = self.state.clock.load(Ordering::Relaxed);
        let idle_ms = |hit: u64| now.saturating_sub(hit) / 1_000_000;
        EntryRow {
            id: entry.id.0,
            keys: keys.map(key).collect(),
            priority: entry.priority,
            target: match &entry.target {
                Target::Action(call) => RowTarget::Action(self.call_row(table, call)),
                Target::Member(member) => RowTarget::Member(*member),
                Target::Group(group) => match self.ways_row(table, *group) {
                    Some(call) => RowTarget::Action(call),
                    None => RowTarget::Group(*group),
                },
            },
            source: self.giver(table, entry.id).word().to_owned(),
            constant: entry.is_const,
            idle_timeout_ms: (entry.idle_timeout > 0).then_some(entry.idle_timeout / 1_000_000),
            idle_ms: entry.last_hit.filter(|_| entry.idle_timeout > 0).map(idle_ms),
            packets: entry.counter.map(|counter| counter.packets),
            bytes: entry.counter.map(|counter| counter.bytes),
        }
    }

    fn counter_rows(
        &self,
        name: &str,
        index: Option<u64>,
        from: u64,
        limit: u32,
    ) -> Result<Reply, ProgramError> {
        let limit = limit.min(MAX_ROWS) as usize;
        let row = |index: u64, value: rt::CounterValue| program::Counter {
            index,
            packets: value.packets,
            bytes: value.bytes,
        };
        let (rows, more) = match (self.counted(name)?, index) {
            (Counted::Cells(counter), Some(at)) => (vec![row(at, self.control.counter(counter, at)?)], false),
            (Counted::Entries(table), Some(at)) => {
                (vec![row(at, self.control.direct_counter(table, EntryId(at))?)], false)
            }
            (Counted::Cells(counter), None) => {
                let size = self.state.counters[counter.index()].size();
                let end = size.min(from.saturating_add(limit as u64));
                let cell = |at| Ok(row(at, self.control.counter(counter, at)?));
                ((from..end).map(cell).collect::<Result<_, ProgramError>>()?, end < size)
            }
            (Counted::Entries(table), None) => {
                let mut entries = self.control.entries(table)?;
                entries.retain(|entry| entry.id.0 >= from);
                entries.sort_unstable_by_key(|entry| entry.id);
                let rows = entries.iter().take(limit).map(|e| row(e.id.0, e.counter.unwrap_or_default()));
                (rows.collect(), entries.len() > limit)
            }
        };
        Ok(Reply::Counter { rows, more })
    }

    fn register_rows(
        &self,
        name: &str,
        index: Option<u64>,
        from: u64,
        limit: u32,
    ) -> Result<Reply, ProgramError> {
        let register = self.control.names().register(name)?;
        let declared = &self.state.program.registers[register.index()];
        let cells = match index {
            Some(index) => index..index.saturating_add(1),
            None => from..declared.size.min(from.saturating_add(u64::from(limit.min(MAX_ROWS)))),
        };
        let (mut rows, mut text, end) = (Vec::new(), 0, cells.end);
        for index in cells {
            let value = register_text(declared, &self.control.register(register, index)?);
            text += value.len() + 16;
            if text > MOST_TEXT && !rows.is_empty() {
                return Ok(Reply::Register { rows, more: true });
            }
            rows.push(program::Register { index, value });
        }
        Ok(Reply::Register { rows, more: index.is_none() && end < declared.size })
    }

    fn groups(&self) -> Result<program::Groups, ProgramError> {
        let mut groups = program::Groups::default();
        let mut room = MAX_ROWS as usize;
        let mut take = |count: usize| {
            let taken = count.min(room);
            room -= taken;
            taken
        };
        let sessions = self.control.sessions();
        let kept = take(sessions.len());
        groups.more |= kept < sessions.len();
        let session = |(id, to): &(u32, rt::CloneSession)| {
            let (port, multicast_group, replica) = (to.port, to.group, to.rid);
            (*id, program::CloneSession { port, multicast_group, replica, truncate_bytes: to.truncate })
        };
        groups.clone_sessions = sessions.iter().take(kept).map(session).collect();
        for id in self.control.groups() {
            let nodes = self.control.group(id).unwrap_or_default();
            let size = 1 + nodes.iter().map(|node| 1 + node.ports.len() / 16).sum::<usize>();
            if take(size) < size {
                groups.more = true;
                break;
            }
            let node =
                |node: rt::MulticastNode| program::MulticastNode { replica: node.rid, ports: node.ports };
            groups.multicast_groups.push((id, nodes.into_iter().map(node).collect()));
        }
        for (at, of) in self.state.program.profiles.iter().enumerate() {
            let id = ir::ProfileId(at as u32);
            let (mut members, mut parts) = (self.control.members(id)?, self.control.selector_groups(id)?);
            members.sort_unstable_by_key(|(id, _)| *id);
            parts.sort_unstable_by_key(|(id, _)| *id);
            let (kept, kept_parts) = (take(members.len()), take(parts.len()));
            groups.more |= kept < members.len() || kept_parts < parts.len();
            let member = |(id, member): &(u32, rt::Member)| {
                (*id, args_row(&self.state.program.actions[member.action.index()], &member.args))
            };
            let part = |(id, parts): &(u32, Vec<rt::GroupMember>)| {
                (*id, parts.iter().map(|part| (part.member, part.weight)).collect())
            };
            groups.profiles.push(program::Profile {
                name: of.name.clone(),
                tables: of.tables.iter().map(|table| self.table(*table).name.clone()).collect(),
                selector: of.selector.is_some(),
                members: members.iter().take(kept).map(member).collect(),
                groups: parts.iter().take(kept_parts).map(part).collect(),
            });
        }
        Ok(groups)
    }
}

fn args_row(action: &ir::Action, args: &[ir::Bits]) -> Call {
    let arg = |(param, bits): (&ir::ActionParam, &ir::Bits)| {
        (param.name.clone(), Field { name: &param.name, ty: &param.ty }.show(&bits.value))
    };
    Call { action: action.name.clone(), args: action.params.iter().zip(args).map(arg).collect() }
}

/// A scalar as it deserves; of a struct each field by name.
pub(super) fn register_text(declared: &ir::Register, value: &BigUint) -> String {
    if let [(_, ty)] = &declared.fields[..] {
        return Field { name: &declared.name, ty }.show(value);
    }
    let mut low = declared.width;
    let field = |(name, ty): &(String, ir::ScalarType)| {
        low = low.saturating_sub(ty.width);
        let bits = (value >> low) & ((BigUint::from(1u8) << ty.width) - 1u32);
        format!("{name}={}", Field { name, ty }.show(&bits))
    };
    declared.fields.iter().map(field).collect::<Vec<_>>().join(" ")
}
