//! Entries that a program has for its tables (P4-16 14.2.1.4).

use super::value::{Value, bits_of};
use super::{Lowerer, Res};
use crate::ast::Direction;
use crate::hir::{self, Arg, Expr, Key};
use crate::ir::{self, Bits, KeyMatch, MatchKind, TableId};
use crate::ir_fold::all_ones;
use crate::source::Span;
use num_traits::{ToPrimitive, Zero};

impl<'a> Lowerer<'a> {
    pub(super) fn entries(&mut self, table: &'a hir::Table, id: TableId) -> Res<Vec<ir::Entry>> {
        let priorities = priorities(table);
        let mut entries = vec![];
        for (entry, priority) in table.entries.iter().zip(priorities) {
            self.code.span = entry.span;
            let Some(priority) = priority else {
                return self.fail(entry.span, "the priority is out of range");
            };
            let keys = self.entry_keys(entry, id)?;
            let action = table.actions.get(entry.action).map(|listed| listed.action);
            let Some(action) = action.and_then(|action| self.hir.actions.get(action.index())) else {
                return self.fail(entry.span, "the action is not in the table's list of actions");
            };
            let args = self.action_args(action, &entry.args, entry.span)?;
            let call = ir::ActionCall { action: entry.action as u32, args };
            let is_const = entry.is_const || table.const_entries;
            // 8.15.4: a range from above to below has no value, so there is nothing to install.
            let declared = &self.out.tables[id.index()].keys;
            if keys.iter().zip(declared).any(|(key, of)| is_empty(key, of.ty.signed)) {
                continue;
            }
            entries.push(ir::Entry { is_const, priority, keys, call, span: entry.span });
        }
        Ok(entries)
    }

    fn entry_keys(&mut self, entry: &'a hir::Entry, id: TableId) -> Res<Vec<KeyMatch>> {
        let count = self.out.tables[id.index()].keys.len();
        // One `_` stands for all keys.
        if matches!(entry.keys.as_slice(), [Key::Any]) && count != 1 {
            return (0..count).map(|at| self.entry_key(&Key::Any, id, at, entry.span)).collect();
        }
        if entry.keys.len() != count {
            let message = format!("{} keys for a table that has {count}", entry.keys.len());
            return self.fail(entry.span, message);
        }
        let keys = entry.keys.iter().enumerate();
        keys.map(|(at, key)| self.entry_key(key, id, at, entry.span)).collect()
    }

    fn entry_key(&mut self, key: &Key, id: TableId, at: usize, span: Span) -> Res<KeyMatch> {
        let declared = &self.out.tables[id.index()].keys[at];
        let (kind, width, name) = (declared.kind, declared.ty.width, declared.name.clone());
        match key {
            Key::Any if kind == MatchKind::Exact => {
                self.fail(span, format!("the key {name} is exact: it needs a value"))
            }
            Key::Any => Ok(KeyMatch::Any),
            Key::Value(value) => {
                let bits = self.known_bits(value, width)?;
                Ok(match kind {
                    MatchKind::Exact => KeyMatch::Exact(bits),
                    MatchKind::Lpm => KeyMatch::Lpm { value: bits, length: width },
                    MatchKind::Ternary => {
                        let mask = Bits { width, value: all_ones(width) };
                        KeyMatch::Ternary { value: bits, mask }
                    }
                    MatchKind::Range => KeyMatch::Range { lo: bits.clone(), hi: bits },
                    MatchKind::Optional => KeyMatch::Optional(bits),
                    MatchKind::Selector => KeyMatch::Any,
                })
            }
            Key::Mask(value, mask) => {
                let (value, mask) = (self.known_bits(value, width)?, self.known_bits(mask, width)?);
                self.masked_key(kind, value, mask, &name, span)
            }
            Key::Range(lo, hi) => {
                let (lo, hi) = (self.known_bits(lo, width)?, self.known_bits(hi, width)?);
                match kind {
                    MatchKind::Range => Ok(KeyMatch::Range { lo, hi }),
                    _ => self.fail(span, format!("the key {name} does not match ranges")),
                }
            }
            Key::ValueSet(_) => self.fail(span, "a value set cannot be a table's key"),
        }
    }

    fn masked_key(
        &mut self,
        kind: MatchKind,
        value: Bits,
        mask: Bits,
        name: &str,
        span: Span,
    ) -> Res<KeyMatch> {
        let width = mask.width;
        let is_whole = mask.value == all_ones(width);
        let value = Bits { width, value: value.value & &mask.value };
        match kind {
            MatchKind::Ternary => Ok(KeyMatch::Ternary { value, mask }),
            MatchKind::Lpm => match prefix_length(&mask) {
                Some(length) => Ok(KeyMatch::Lpm { value, length }),
                None => self.fail(span, format!("the key {name} is lpm: the mask must be a prefix")),
            },
            MatchKind::Exact if is_whole => Ok(KeyMatch::Exact(value)),
            MatchKind::Optional if is_whole => Ok(KeyMatch::Optional(value)),
            MatchKind::Optional if mask.value.is_zero() => Ok(KeyMatch::Any),
            _ => self.fail(span, format!("the key {name} does not match with a mask")),
        }
    }

    fn known_bits(&mut self, expr: &Expr, width: u32) -> Res<Bits> {
        match self.expr(expr)? {
            Value::Int(number) => Ok(Bits { width, value: bits_of(&number, width) }),
            Value::Scalar(operand) => match self.known(operand) {
                Some(bits) if bits.width == width => Ok(bits.clone()),
                Some(_) => {
                    self.fail(expr.span, format!("this has another width than the key's {width} bits"))
                }
                None => self.fail(expr.span, "this must be known at compile time"),
            },
            _ => self.fail(expr.span, "this must be a number, bool, enum or error"),
        }
    }

    /// Values of the parameters without a direction.
    pub(super) fn action_args(&mut self, action: &hir::Action, args: &[Arg], span: Span) -> Res<Vec<Bits>> {
        let params = action.params.iter().filter(|param| param.direction == Direction::None);
        let params: Vec<&hir::Param> = params.collect();
        if params.len() != args.len() {
            let message = format!("{} arguments for {} parameters", args.len(), params.len());
            return self.fail(span, message);
        }
        let mut values = vec![];
        for (param, arg) in params.into_iter().zip(args) {
            let Arg::Value(expr) = arg else {
                return self.fail(span, "this argument must be a value");
            };
            let ty = self.ty(&param.ty);
            let value = self.expr(expr)?;
            let value = self.convert(value, &self.ty(&expr.ty), &ty, expr.span)?;
            for operand in self.scalars(&value, expr.span)? {
                match self.known(operand).cloned() {
                    Some(bits) if bits.width > 0 => values.push(bits),
                    Some(_) => {}
                    None => return self.fail(expr.span, "this must be known at compile time"),
                }
            }
        }
        Ok(values)
    }
}

fn is_empty(key: &KeyMatch, signed: bool) -> bool {
    let KeyMatch::Range { lo, hi } = key else { return false };
    // Signed numbers are in the order of unsigned ones once their sign is turned round.
    let order = |bits: &Bits| match signed && bits.width > 0 {
        true => bits.value.clone() ^ (num_bigint::BigUint::from(1u8) << (bits.width - 1)),
        false => bits.value.clone(),
    };
    order(hi) < order(lo)
}

/// The length of the prefix that a mask is.
fn prefix_length(mask: &Bits) -> Option<u32> {
    let ones = u32::try_from(mask.value.count_ones()).ok()?;
    let prefix = all_ones(ones) << (mask.width - ones);
    (prefix == mask.value).then_some(ones)
}

/// The larger wins, turned round where the smaller does; by position where nothing was said. None: out of range.
fn priorities(table: &hir::Table) -> Vec<Option<i64>> {
    let count = table.entries.len() as i64;
    let written: Option<Vec<&num_bigint::BigInt>> =
        table.entries.iter().map(|entry| entry.priority.as_ref()).collect();
    let Some(written) = written else {
        return (0..count).map(|at| Some(count - at)).collect();
    };
    if table.largest_priority_wins {
        return written.into_iter().map(|priority| priority.to_i64()).collect();
    }
    let most = written.iter().max().map(|most| (*most).clone()).unwrap_or_default() + 1u32;
    written.into_iter().map(|priority| (&most - priority).to_i64()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    #[test]
    fn only_masks_of_leading_ones_are_prefixes() {
        let length = |value: u32| prefix_length(&Bits { width: 8, value: BigUint::from(value) });
        assert_eq!(length(0), Some(0));
        assert_eq!(length(0xff), Some(8));
        assert_eq!(length(0xe0), Some(3));
        assert_eq!(length(0x70), None);
        assert_eq!(length(0xf1), None);
    }
}
