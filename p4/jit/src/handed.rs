//! What packets and the lookups of a program's own tables hand to each other at a cut.

use crate::plan::Plan;
use front::ir::{SlotId, TableId};

/// For each packet: the lookup key at a site, then the arguments of the action that was found; in words. Of tables without roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Handed {
    /// Of the longest key: where the arguments begin.
    pub key: usize,
    /// Of a packet.
    pub all: usize,
}

impl Handed {
    pub fn of(plan: &Plan<'_>) -> Handed {
        let tables = plan.sites.iter().map(|site| site.table).filter(|table| plan.role(*table).is_none());
        tables.fold(Handed::default(), |all, table| {
            let shape = plan.table_shape(table);
            let (key, args) = (all.key.max(shape.key_words), (all.all - all.key).max(plan.arg_words(table)));
            Handed { key, all: key + args }
        })
    }
}

impl Plan<'_> {
    /// How the lookup keys of a table are made.
    pub fn table_shape(&self, table: TableId) -> rt::table::Shape {
        rt::table::Shape::of(self.program, &self.program.tables[table.index()])
    }

    /// Whether what an entry of a table leads to may be chosen by fields of the packet; those of the switch's own tables are.
    pub fn is_indirect(&self, table: TableId) -> bool {
        let of = &self.program.tables[table.index()];
        self.role(table).is_some() || of.profile.is_some() || of.protection.is_some()
    }

    /// Words of the arguments that an action of a table may have.
    pub fn arg_words(&self, table: TableId) -> usize {
        let words = |slot: &SlotId| self.program.slot(*slot).width.div_ceil(64) as usize;
        let actions = &self.program.tables[table.index()].actions;
        actions.iter().map(|action| action.params.iter().map(words).sum()).max().unwrap_or(0)
    }
}
