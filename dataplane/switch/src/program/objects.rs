//! Counters, registers, clone sessions and multicast groups, as operators change them.

use super::loaded::{Loaded, ProgramError};
use api::program::{CloneSession, MulticastNode};
use front::ir::{CounterId, TableId};
use host::value::Field;
use rt::{ControlError, CounterValue, EntryId};

/// A counter by name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counted {
    Cells(CounterId),
    /// Of the entries of a table.
    Entries(TableId),
}

impl Loaded {
    /// An indexed counter, a direct counter, or a table that has one.
    pub(super) fn counted(&self, name: &str) -> Result<Counted, ProgramError> {
        let (names, program) = (self.control.names(), &self.state.program);
        if let Ok(counter) = names.counter(name) {
            return Ok(Counted::Cells(counter));
        }
        let direct = names.direct_counter(name).ok();
        let table = direct.and_then(|direct| program.direct_counters[direct.index()].table);
        let by_table = || names.table(name).ok().filter(|table| self.table(*table).counter.is_some());
        if let Some(table) = table.or_else(by_table) {
            return Ok(Counted::Entries(table));
        }
        let all =
            program.counters.iter().map(|c| &c.name).chain(program.direct_counters.iter().map(|c| &c.name));
        let all: Vec<&str> = all.map(String::as_str).collect();
        let known =
            if all.is_empty() { "there is none".to_owned() } else { format!("there is {}", all.join(", ")) };
        Err(ProgramError::NoCounter { name: name.to_owned(), known })
    }

    pub fn counter_reset(&mut self, name: &str, index: Option<u64>) -> Result<(), ProgramError> {
        let zero = CounterValue::default();
        match (self.counted(name)?, index) {
            (Counted::Cells(counter), Some(index)) => self.control.set_counter(counter, index, zero)?,
            (Counted::Cells(counter), None) => {
                let cells = &self.state.counters[counter.index()];
                cells.written().for_each(|index| {
                    cells.set(index, 0, 0);
                });
            }
            (Counted::Entries(table), Some(index)) => {
                self.control.set_direct_counter(table, EntryId(index), zero)?;
            }
            (Counted::Entries(table), None) => {
                for entry in self.control.entries(table)? {
                    self.control.set_direct_counter(table, entry.id, zero)?;
                }
                self.control.set_default_counter(table, zero)?;
            }
        }
        Ok(())
    }

    pub fn register_write(&mut self, name: &str, index: u64, text: &str) -> Result<(), ProgramError> {
        let register = self.control.names().register(name)?;
        let declared = &self.state.program.registers[register.index()];
        let value = match &declared.fields[..] {
            [(_, ty)] => Field { name: &declared.name, ty }.bits("register", text)?,
            _ => {
                let whole = front::ir::ScalarType {
                    width: declared.width,
                    signed: false,
                    name: None,
                    members: vec![],
                    annotations: vec![],
                    is_bool: false,
                };
                Field { name: &declared.name, ty: &whole }.bits("register", text)?
            }
        };
        Ok(self.control.set_register(register, index, &value.value)?)
    }

    pub fn clone_session(&mut self, id: u32, to: Option<CloneSession>) -> Result<(), ControlError> {
        match to {
            None => self.control.delete_session(id),
            Some(CloneSession { port, multicast_group, replica, truncate_bytes }) => {
                let to =
                    rt::CloneSession { port, group: multicast_group, rid: replica, truncate: truncate_bytes };
                self.control.set_session(id, to)
            }
        }
    }

    pub fn multicast_group(
        &mut self,
        id: u16,
        nodes: Option<Vec<MulticastNode>>,
    ) -> Result<(), ControlError> {
        match nodes {
            None => self.control.delete_group(id),
            Some(nodes) => {
                let node = |node: MulticastNode| rt::MulticastNode { rid: node.replica, ports: node.ports };
                self.control.set_group(id, &nodes.into_iter().map(node).collect::<Vec<_>>())
            }
        }
    }
}
