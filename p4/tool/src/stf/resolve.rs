//! What lines say about tables, in the terms of the device: names to numbers, values to widths.

use super::script::{ActionCall, Add, KeyValue, Number};
use front::ir::{self, Bits, KeyMatch, MatchKind, TableId};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use rt::{NameError, Names};
use thiserror::Error;

/// Why a line of a test does not fit the program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mismatch {
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Refused(#[from] rt::ControlError),
    #[error("key '{key}' is given twice")]
    KeyTwice { key: String },
    #[error("argument '{arg}' of '{action}' is given twice")]
    ArgTwice { action: String, arg: String },
    #[error("key '{key}' is matched as {kind}: {what} does not fit it; write {right}")]
    Form { key: String, kind: &'static str, what: &'static str, right: &'static str },
    #[error("{what} '{name}': {value} does not fit into {width} bits")]
    Width { what: &'static str, name: String, value: String, width: u32 },
    #[error("key '{key}': a prefix of {length} bits is longer than its {width} bits")]
    PrefixLength { key: String, length: u32, width: u32 },
    #[error("action '{action}' has no parameter '{arg}'; it has {known}")]
    NoSuchParam { action: String, arg: String, known: String },
    #[error("action '{action}' is not given its argument '{param}'")]
    MissingArg { action: String, param: String },
    #[error("no entry was added as '{0}'; add one with `add ... = {0}`")]
    NoSuchEntry(String),
    #[error("table '{table}' has {count} entries, none is number {index}")]
    NoEntryAt { table: String, index: u64, count: usize },
    #[error("nothing with counters is called '{0}'")]
    NoCounter(String),
    #[error("direct counter or meter '{0}' belongs to no table")]
    NoTable(String),
    #[error("there is no multicast node {0}; nodes count from 0")]
    NoSuchNode(u32),
    #[error("there is no clone session {0}")]
    NoSuchSession(u32),
}

fn all_ones(width: u32) -> BigUint {
    (BigUint::one() << width) - 1u32
}

/// The keys of an entry, parallel to those of the table: what is not mentioned matches anything, an exact key is 0.
pub(super) fn keys(
    names: &Names,
    table: TableId,
    given: &[(String, KeyValue)],
) -> Result<Vec<KeyMatch>, Mismatch> {
    let declared = &names.program().tables[table.index()].keys;
    let unmentioned = |key: &ir::TableKey| match key.kind {
        MatchKind::Exact => KeyMatch::Exact(Bits { width: key.ty.width, value: BigUint::zero() }),
        _ => KeyMatch::Any,
    };
    let mut keys: Vec<Option<KeyMatch>> = vec![None; declared.len()];
    for (name, value) in given {
        let at = names.key(table, name)?;
        if keys[at].is_some() {
            return Err(Mismatch::KeyTwice { key: name.clone() });
        }
        keys[at] = Some(key_match(&declared[at], value)?);
    }
    Ok(keys
        .into_iter()
        .zip(declared)
        .map(|(key, declared)| key.unwrap_or_else(|| unmentioned(declared)))
        .collect())
}

fn kind_word(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Exact => "exact",
        MatchKind::Lpm => "lpm",
        MatchKind::Ternary => "ternary",
        MatchKind::Range => "range",
        MatchKind::Optional => "optional",
        MatchKind::Selector => "selector",
    }
}

struct Key<'a> {
    name: &'a str,
    kind: MatchKind,
    width: u32,
}

impl Key<'_> {
    fn misfit(&self, what: &'static str) -> Mismatch {
        let right = match self.kind {
            MatchKind::Exact => "one value, every digit of it",
            MatchKind::Lpm => "VALUE/LENGTH",
            MatchKind::Ternary => "VALUE&&&MASK",
            MatchKind::Range => "LO..HI",
            MatchKind::Optional => "one value, or * for any",
            MatchKind::Selector => "nothing for it",
        };
        Mismatch::Form { key: self.name.to_owned(), kind: kind_word(self.kind), what, right }
    }

    fn bits(&self, number: &Number) -> Result<Bits, Mismatch> {
        fit("key", self.name, number, self.width)
    }

    fn mask_bits(&self, number: &Number) -> Result<Bits, Mismatch> {
        fit("mask of key", self.name, number, self.width)
    }

    fn masked(&self, value: Bits, mask: BigUint) -> KeyMatch {
        let value = Bits { width: self.width, value: value.value & &mask };
        KeyMatch::Ternary { value, mask: Bits { width: self.width, value: mask } }
    }

    /// How many of the low bits are free, where all others are not.
    fn prefix_of(&self, mask: &BigUint) -> Option<u32> {
        let free = all_ones(self.width) ^ mask;
        (&free & (&free + 1u32)).is_zero().then(|| self.width - free.bits() as u32)
    }

    fn prefix(&self, value: Bits, length: u32) -> Result<KeyMatch, Mismatch> {
        if length > self.width {
            return Err(Mismatch::PrefixLength { key: self.name.to_owned(), length, width: self.width });
        }
        let mask = all_ones(self.width) ^ all_ones(self.width - length);
        let cut = Bits { width: self.width, value: &value.value & &mask };
        match self.kind {
            MatchKind::Lpm => Ok(KeyMatch::Lpm { value: cut, length }),
            MatchKind::Ternary => Ok(self.masked(value, mask)),
            MatchKind::Exact if length == self.width => Ok(KeyMatch::Exact(value)),
            _ => Err(self.misfit("a prefix")),
        }
    }

    /// A number of which some digits are `*`.
    fn wild(&self, number: &Number) -> Result<KeyMatch, Mismatch> {
        let value = self.bits(number)?;
        let mask = all_ones(self.width) ^ (&number.wild & all_ones(self.width));
        if mask.is_zero() && self.kind != MatchKind::Exact {
            return Ok(KeyMatch::Any);
        }
        let what = "a value with *";
        match self.kind {
            MatchKind::Ternary => Ok(self.masked(value, mask)),
            MatchKind::Lpm => match self.prefix_of(&mask) {
                Some(length) => self.prefix(value, length),
                None => Err(self.misfit("a * in front of a digit")),
            },
            MatchKind::Range if self.prefix_of(&mask).is_some() => {
                let hi = Bits { width: self.width, value: &value.value | (all_ones(self.width) ^ mask) };
                Ok(KeyMatch::Range { lo: value, hi })
            }
            MatchKind::Exact | MatchKind::Range | MatchKind::Optional | MatchKind::Selector => {
                Err(self.misfit(what))
            }
        }
    }
}

fn key_match(declared: &ir::TableKey, given: &KeyValue) -> Result<KeyMatch, Mismatch> {
    let key = Key { name: &declared.name, kind: declared.kind, width: declared.ty.width };
    if key.kind == MatchKind::Selector {
        return Ok(KeyMatch::Any);
    }
    match given {
        KeyValue::Any if key.kind == MatchKind::Exact => Err(key.misfit("*")),
        KeyValue::Any => Ok(KeyMatch::Any),
        KeyValue::Value(number) if !number.is_exact() => key.wild(number),
        KeyValue::Value(number) => {
            let value = key.bits(number)?;
            Ok(match key.kind {
                MatchKind::Exact | MatchKind::Selector => KeyMatch::Exact(value),
                MatchKind::Lpm => KeyMatch::Lpm { value, length: key.width },
                MatchKind::Ternary => key.masked(value, all_ones(key.width)),
                MatchKind::Range => KeyMatch::Range { lo: value.clone(), hi: value },
                MatchKind::Optional => KeyMatch::Optional(value),
            })
        }
        KeyValue::Prefix(number, length) => key.prefix(key.bits(number)?, *length),
        KeyValue::Mask(number, mask) => {
            let value = key.bits(number)?;
            let mask =
                key.mask_bits(mask)?.value & (all_ones(key.width) ^ (&number.wild & all_ones(key.width)));
            match key.kind {
                MatchKind::Ternary => Ok(key.masked(value, mask)),
                MatchKind::Lpm => match key.prefix_of(&mask) {
                    Some(length) => key.prefix(value, length),
                    None => Err(key.misfit("a mask that is no prefix")),
                },
                _ if mask.is_zero() && key.kind != MatchKind::Exact => Ok(KeyMatch::Any),
                MatchKind::Optional if mask == all_ones(key.width) => Ok(KeyMatch::Optional(value)),
                MatchKind::Exact if mask == all_ones(key.width) => Ok(KeyMatch::Exact(value)),
                _ => Err(key.misfit("a mask")),
            }
        }
        KeyValue::Range(lo, hi) => match key.kind {
            MatchKind::Range => Ok(KeyMatch::Range { lo: key.bits(lo)?, hi: key.bits(hi)? }),
            _ => Err(key.misfit("a range")),
        },
    }
}

pub(super) fn fit(what: &'static str, name: &str, number: &Number, width: u32) -> Result<Bits, Mismatch> {
    match number.bits(width) {
        Some(value) => Ok(Bits { width, value }),
        None => {
            let sign = if number.negative { "-" } else { "" };
            let value = format!("{sign}{:#x}", number.value);
            Err(Mismatch::Width { what, name: name.to_owned(), value, width })
        }
    }
}

/// An action of a table with all of its arguments.
pub(super) fn call(names: &Names, table: TableId, given: &ActionCall) -> Result<ir::ActionCall, Mismatch> {
    let action = names.table_action(table, &given.name)?;
    let program = names.program();
    let declared = &program.actions[program.tables[table.index()].actions[action as usize].action.index()];
    let mut args: Vec<Option<Bits>> = vec![None; declared.params.len()];
    for (name, number) in &given.args {
        let Some(at) = declared.params.iter().position(|param| param.name == *name) else {
            return Err(no_such_param(declared, name));
        };
        if args[at].is_some() {
            return Err(Mismatch::ArgTwice { action: declared.name.clone(), arg: name.clone() });
        }
        args[at] = Some(fit("argument", name, number, declared.params[at].ty.width)?);
    }
    let missing = |param: &ir::ActionParam| {
        let (action, param) = (declared.name.clone(), param.name.clone());
        Mismatch::MissingArg { action, param }
    };
    let args: Result<Vec<_>, _> = args
        .into_iter()
        .zip(&declared.params)
        .map(|(arg, param)| arg.ok_or_else(|| missing(param)))
        .collect();
    Ok(ir::ActionCall { action, args: args? })
}

fn no_such_param(declared: &ir::Action, name: &str) -> Mismatch {
    let known: Vec<_> = declared.params.iter().map(|param| param.name.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Mismatch::NoSuchParam { action: declared.name.clone(), arg: name.to_owned(), known }
}

/// Table, keys and action of an `add`.
pub(super) fn entry(names: &Names, add: &Add) -> Result<(TableId, Vec<KeyMatch>, ir::ActionCall), Mismatch> {
    let table = names.table(&add.table)?;
    Ok((table, keys(names, table, &add.keys)?, call(names, table, &add.action)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stf::parse;
    use crate::stf::script::Command;

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
