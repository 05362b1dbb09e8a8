//! What people say about entries, in the terms of the run time: names to numbers, values to widths.

use crate::number::{KeyValue, Number};
use front::ir::{self, Bits, KeyMatch, MatchKind, TableId};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use rt::{NameError, Names};
use thiserror::Error;

/// Why something said does not fit the program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misfit {
    #[error(transparent)]
    Name(#[from] NameError),
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
    #[error("key '{key}' is not given; an exact key needs a value")]
    MissingKey { key: String },
    #[error("value set '{set}' has {count} keys: write each with its name; there is {known}")]
    Unnamed { set: String, count: usize, known: String },
}

pub(crate) fn all_ones(width: u32) -> BigUint {
    (BigUint::one() << width) - 1u32
}

/// What becomes of an exact key that is not mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmentioned {
    /// It is 0, as packet tests have it.
    Zero,
    Refused,
}

/// The keys of an entry, parallel to those of the table. A key that is not mentioned and not exact matches anything.
pub fn keys(
    names: &Names,
    table: TableId,
    given: &[(String, KeyValue)],
    unmentioned: Unmentioned,
) -> Result<Vec<KeyMatch>, Misfit> {
    let declared = &names.program().tables[table.index()].keys;
    let mut keys: Vec<Option<KeyMatch>> = vec![None; declared.len()];
    for (name, value) in given {
        let at = names.key(table, name)?;
        if keys[at].is_some() {
            return Err(Misfit::KeyTwice { key: name.clone() });
        }
        keys[at] = Some(key_match(&declared[at], value)?);
    }
    let all = keys.into_iter().zip(declared);
    all.map(|(key, declared)| key.map_or_else(|| not_mentioned(declared, unmentioned), Ok)).collect()
}

/// The keys of an entry of a value set, parallel to those of the set. The only one needs no name; one that is not mentioned
/// and not exact matches anything.
pub fn value_set_keys(of: &ir::ValueSet, given: &[(String, KeyValue)]) -> Result<Vec<KeyMatch>, Misfit> {
    let mut keys: Vec<Option<KeyMatch>> = vec![None; of.keys.len()];
    for (name, value) in given {
        let at = value_set_key(of, name)?;
        let key = &of.keys[at];
        if keys[at].is_some() {
            return Err(Misfit::KeyTwice { key: key.name.clone() });
        }
        // Matched as the key of a table is.
        let as_table = ir::TableKey {
            name: key.name.clone(),
            kind: key.kind,
            slot: ir::SlotId(0),
            ty: key.ty.clone(),
            annotations: vec![],
        };
        keys[at] = Some(key_match(&as_table, value)?);
    }
    let whole = keys.into_iter().zip(&of.keys).map(|(given, key)| match (given, key.kind) {
        (Some(given), _) => Ok(given),
        (None, MatchKind::Exact) => Err(Misfit::MissingKey { key: key.name.clone() }),
        (None, _) => Ok(KeyMatch::Any),
    });
    whole.collect()
}

/// The key of a value set with that name, or that end of a name.
pub fn value_set_key(of: &ir::ValueSet, name: &str) -> Result<usize, Misfit> {
    let known = || of.keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
    if name.is_empty() {
        let (set, count) = (of.name.clone(), of.keys.len());
        return match count {
            1 => Ok(0),
            _ => Err(Misfit::Unnamed { set, count, known: known().join(", ") }),
        };
    }
    let ends = |of: &str| of.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let found = of.keys.iter().position(|key| ends(&key.name));
    found.ok_or_else(|| NameError::Unknown { kind: "key", name: name.to_owned(), known: known() }.into())
}

fn not_mentioned(key: &ir::TableKey, unmentioned: Unmentioned) -> Result<KeyMatch, Misfit> {
    match (key.kind, unmentioned) {
        (MatchKind::Exact, Unmentioned::Refused) => Err(Misfit::MissingKey { key: key.name.clone() }),
        (MatchKind::Exact, Unmentioned::Zero) => {
            Ok(KeyMatch::Exact(Bits { width: key.ty.width, value: BigUint::zero() }))
        }
        _ => Ok(KeyMatch::Any),
    }
}

/// What P4 calls the kind.
pub fn kind_word(kind: MatchKind) -> &'static str {
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
    fn misfit(&self, what: &'static str) -> Misfit {
        let right = match self.kind {
            MatchKind::Exact => "one value, every digit of it",
            MatchKind::Lpm => "VALUE/LENGTH",
            MatchKind::Ternary => "VALUE&&&MASK",
            MatchKind::Range => "LO..HI",
            MatchKind::Optional => "one value, or * for any",
            MatchKind::Selector => "nothing for it",
        };
        Misfit::Form { key: self.name.to_owned(), kind: kind_word(self.kind), what, right }
    }

    fn bits(&self, number: &Number) -> Result<Bits, Misfit> {
        fit("key", self.name, number, self.width)
    }

    fn mask_bits(&self, number: &Number) -> Result<Bits, Misfit> {
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

    fn prefix(&self, value: Bits, length: u32) -> Result<KeyMatch, Misfit> {
        if length > self.width {
            return Err(Misfit::PrefixLength { key: self.name.to_owned(), length, width: self.width });
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
    fn wild(&self, number: &Number) -> Result<KeyMatch, Misfit> {
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

/// A value as its key takes it.
pub fn key_match(declared: &ir::TableKey, given: &KeyValue) -> Result<KeyMatch, Misfit> {
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

/// A number in so many bits.
pub fn fit(what: &'static str, name: &str, number: &Number, width: u32) -> Result<Bits, Misfit> {
    match number.bits(width) {
        Some(value) => Ok(Bits { width, value }),
        None => {
            let sign = if number.negative { "-" } else { "" };
            let value = format!("{sign}{:#x}", number.value);
            Err(Misfit::Width { what, name: name.to_owned(), value, width })
        }
    }
}

/// An action of a table with all of its arguments.
pub fn call(
    names: &Names,
    table: TableId,
    name: &str,
    given: &[(String, Number)],
) -> Result<ir::ActionCall, Misfit> {
    let action = names.table_action(table, name)?;
    let program = names.program();
    let declared = &program.actions[program.tables[table.index()].actions[action as usize].action.index()];
    Ok(ir::ActionCall { action, args: arguments(declared, given)? })
}

/// All arguments of an action, in the order of its parameters.
pub fn arguments(declared: &ir::Action, given: &[(String, Number)]) -> Result<Vec<Bits>, Misfit> {
    let mut args: Vec<Option<Bits>> = vec![None; declared.params.len()];
    for (name, number) in given {
        let Some(at) = declared.params.iter().position(|param| param.name == *name) else {
            return Err(no_such_param(declared, name));
        };
        if args[at].is_some() {
            return Err(Misfit::ArgTwice { action: declared.name.clone(), arg: name.clone() });
        }
        args[at] = Some(fit("argument", name, number, declared.params[at].ty.width)?);
    }
    let missing = |param: &ir::ActionParam| {
        let (action, param) = (declared.name.clone(), param.name.clone());
        Misfit::MissingArg { action, param }
    };
    let args = args.into_iter().zip(&declared.params);
    args.map(|(arg, param)| arg.ok_or_else(|| missing(param))).collect()
}

/// The error for an argument that `declared` does not have.
pub fn no_such_param(declared: &ir::Action, name: &str) -> Misfit {
    let known: Vec<_> = declared.params.iter().map(|param| param.name.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Misfit::NoSuchParam { action: declared.name.clone(), arg: name.to_owned(), known }
}
