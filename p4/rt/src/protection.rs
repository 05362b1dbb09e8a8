//! Protection groups of a program's own tables: an entry leads to a set of the switch's paths, of which one that is live is
//! chosen for each packet.

use crate::around::Around;
use crate::packet::NO_PATH;
use crate::role::{self, Decided};
use fib::{GroupId, Selection};
use front::ir::{PROTECTED, Program, ProtectionId, Table};
use std::sync::atomic::{AtomicU32, Ordering};

/// The switch's group behind each set of paths of a protection group. Entries name sets, so that paths may come and go
/// without a change of entries.
#[derive(Debug)]
pub struct Sets {
    /// One more than the group; 0 while no path of the set exists.
    groups: Box<[AtomicU32]>,
}

impl Sets {
    pub fn new(size: u64) -> Sets {
        Sets { groups: (0..size).map(|_| AtomicU32::new(0)).collect() }
    }

    pub fn size(&self) -> u32 {
        self.groups.len() as u32
    }

    pub fn get(&self, set: u32) -> Option<GroupId> {
        let group = self.groups.get(set as usize)?.load(Ordering::Acquire);
        group.checked_sub(1).map(GroupId)
    }

    /// What the set leads to from now on.
    pub fn put(&self, set: u32, group: Option<GroupId>) {
        if let Some(cell) = self.groups.get(set as usize) {
            cell.store(group.map_or(0, |group| group.0 + 1), Ordering::Release);
        }
    }
}

/// What a table has to do with its protection group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protected {
    pub group: ProtectionId,
    /// Index among the table's actions.
    pub forward: u32,
    pub no_live_path: Option<u32>,
}

impl Protected {
    pub fn of(program: &Program, table: &Table) -> Option<Protected> {
        let group = table.protection?;
        let find = |(name, _): (&str, _)| {
            let place = table.actions.iter().position(|listed| {
                program.actions[listed.action.index()].name.rsplit('.').next() == Some(name)
            });
            place.map(|at| at as u32)
        };
        let [forward, no_live_path] = PROTECTED.map(find);
        Some(Protected { group, forward: forward?, no_live_path })
    }

    /// The action and the path for a packet; `None` where the table's default action is left.
    pub fn choose(
        &self,
        sets: &Sets,
        set: u32,
        around: &Around<'_>,
        hash: impl FnOnce() -> u32,
    ) -> Option<(u32, u16)> {
        let selection = match (sets.get(set), around.fib) {
            (Some(group), Some(fib)) => fib.select_with(group, hash),
            _ => Selection::NoRoute,
        };
        match role::decide(selection, around) {
            Decided { action: Some(role::FORWARD), argument } => Some((self.forward, argument)),
            Decided { action: Some(_), argument } => Some((self.no_live_path?, argument)),
            Decided { action: None, .. } => Some((self.no_live_path?, NO_PATH)),
        }
    }
}
