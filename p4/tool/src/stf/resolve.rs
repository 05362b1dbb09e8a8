//! What lines say about tables, in the terms of the device.

use super::script::{ActionCall, Add};
use front::ir::{self, KeyMatch, TableId};
pub use host::entry::fit;
use host::entry::{self, Misfit, Unmentioned};
use rt::{NameError, Names};
use thiserror::Error;

/// Why a line of a test does not fit the program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mismatch {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Refused(#[from] rt::ControlError),
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error("no entry was added as '{0}'; add one with `add ... = {0}`")]
    NoSuchEntry(String),
    #[error("table '{table}' has {count} entries, none is number {index}")]
    NoEntryAt { table: String, index: u64, count: usize },
    #[error("nothing with counters is called '{0}'")]
    NoCounter(String),
    #[error("direct counter or meter '{0}' belongs to no table")]
    NoTable(String),
    #[error("value set '{0}' has no entry with these keys")]
    NoSuchValue(String),
    #[error("no table uses action profile '{0}', so that its members have no actions")]
    ProfileWithoutTable(String),
    #[error("there is no group {group}: {count} were created, and groups count from 0")]
    NoSuchGroup { group: u32, count: usize },
    #[error("there is no multicast node {0}; nodes count from 0")]
    NoSuchNode(u32),
    #[error("there is no clone session {0}")]
    NoSuchSession(u32),
}

/// An action of a table with all of its arguments.
pub(super) fn call(names: &Names, table: TableId, given: &ActionCall) -> Result<ir::ActionCall, Mismatch> {
    let action = names.table_action(table, &given.name)?;
    let program = names.program();
    let declared = &program.actions[program.tables[table.index()].actions[action as usize].action.index()];
    let named = given.args.iter().enumerate().map(|(at, argument)| {
        let name = match (&argument.name, declared.params.get(at)) {
            (Some(name), _) => name.clone(),
            (None, Some(param)) => param.name.clone(),
            (None, None) => format!("number {}", at + 1),
        };
        (name, argument.number.clone())
    });
    let named: Vec<_> = named.collect();
    Ok(ir::ActionCall { action, args: entry::arguments(declared, &named)? })
}

/// Table and keys of an `add`.
pub(super) fn entry(names: &Names, add: &Add) -> Result<(TableId, Vec<KeyMatch>), Mismatch> {
    let table = names.table(&add.table)?;
    let keys = entry::keys(names, table, &add.keys, Unmentioned::Zero)?;
    Ok((table, keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stf::parse;
    use crate::stf::script::Command;
    use front::ir::MatchKind;
    use host::entry::key_match;

    fn key(kind: MatchKind, width: u32) -> ir::TableKey {
        let ty = ir::ScalarType {
            width,
            signed: false,
            name: None,
            members: vec![],
            annotations: vec![],
            is_bool: false,
        };
        ir::TableKey { name: "k".into(), kind, slot: ir::SlotId(0), ty, annotations: vec![] }
    }

    /// The key of an entry as written, matched as `kind`.
    fn matched(kind: MatchKind, width: u32, value: &str) -> Result<String, String> {
        let script = parse(&format!("add t k:{value} a()")).expect("a line");
        let Command::Add(add) = &script.lines[0].command else { unreachable!("it adds") };
        match key_match(&key(kind, width), &add.keys[0].1) {
            Ok(KeyMatch::Exact(v)) => Ok(format!("{:#x}", v.value)),
            Ok(KeyMatch::Lpm { value, length }) => Ok(format!("{:#x}/{length}", value.value)),
            Ok(KeyMatch::Ternary { value, mask }) => Ok(format!("{:#x}&&&{:#x}", value.value, mask.value)),
            Ok(KeyMatch::Range { lo, hi }) => Ok(format!("{:#x}..{:#x}", lo.value, hi.value)),
            Ok(KeyMatch::Optional(v)) => Ok(format!("?{:#x}", v.value)),
            Ok(KeyMatch::Any) => Ok("any".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_value_means_what_its_key_takes() {
        use MatchKind::*;
        let good = [
            (Exact, "0x12", "0x12"),
            (Exact, "-1", "0xffff"),
            (Lpm, "0x1234", "0x1234/16"),
            (Lpm, "0x12ff/8", "0x1200/8"),
            (Lpm, "0x12**", "0x1200/8"),
            (Lpm, "0b0001001*", "0x12/15"),
            (Lpm, "0x1200&&&0xff00", "0x1200/8"),
            (Lpm, "0x****", "any"),
            (Lpm, "*", "any"),
            (Ternary, "5", "0x5&&&0xffff"),
            (Ternary, "0x1*3*", "0x1030&&&0xf0f0"),
            (Ternary, "0xffff&&&0x0ff0", "0xff0&&&0xff0"),
            (Ternary, "0xf*&&&0x0fff", "0xf0&&&0xff0"),
            (Ternary, "0x1200/8", "0x1200&&&0xff00"),
            (Range, "3", "0x3..0x3"),
            (Range, "3..9", "0x3..0x9"),
            (Range, "3->9", "0x3..0x9"),
            (Range, "0x1*", "0x10..0x1f"),
            (Optional, "7", "?0x7"),
            (Optional, "0x****", "any"),
            (Selector, "7", "any"),
        ];
        for (kind, written, meant) in good {
            assert_eq!(matched(kind, 16, written).as_deref(), Ok(meant), "{written} as {kind:?}");
        }
    }

    #[test]
    fn a_value_that_its_key_does_not_take_says_what_would_be_right() {
        use MatchKind::*;
        let bad = [
            (Exact, "0x1*"),
            (Exact, "*"),
            (Exact, "1/3"),
            (Exact, "1..2"),
            (Lpm, "0x*1"),
            (Lpm, "0/17"),
            (Lpm, "0&&&0x00ff"),
            (Range, "0x*1"),
            (Range, "1/4"),
            (Optional, "0x1*"),
            (Ternary, "1..2"),
            (Ternary, "0x10000"),
            (Exact, "-32769"),
            (Exact, "65536"),
        ];
        let said: Vec<_> = bad
            .iter()
            .map(|(kind, written)| {
                format!("{written}: {}", matched(*kind, 16, written).expect_err("does not fit"))
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"));
    }
}
