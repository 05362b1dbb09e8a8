//! Matches as a controller writes them, and as rows hold them.

use super::shape::{KeyField, Mode, Shape};
use crate::bits;
use crate::error::ControlError;
use front::ir::{Bits, KeyMatch, MatchKind};
use num_bigint::BigUint;
use num_traits::Zero;

/// The key of an entry in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Encoded {
    /// Nothing outside of the mask. Of a range over two blocks the lower one; [`Shape::pieces`] has the other.
    pub value: Vec<u64>,
    /// For a range: the bits that all of a block has in common.
    pub mask: Vec<u64>,
    /// Lowest and highest value of each range key; the lowest is larger, as bits are, where a signed range goes over zero.
    pub bounds: Vec<u64>,
    pub priority: i64,
}

/// One key: value, mask, bounds.
struct Part {
    value: BigUint,
    mask: BigUint,
    bounds: Option<(BigUint, BigUint)>,
}

/// Ranges of an entry that may lie over two blocks: there is a row for each of two times two.
const MOST_SPLIT: usize = 2;

/// A range that smaller blocks hold, when there may be two of them.
struct Split<'s> {
    field: &'s KeyField,
    lo: BigUint,
    /// Bits that vary within a block, and how many more do within the one block that holds it all.
    open: u32,
    spared: u32,
}

fn ones(width: u32) -> BigUint {
    (BigUint::from(1u8) << width) - 1u8
}

fn prefix(length: u32, width: u32) -> BigUint {
    ones(length) << (width - length)
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

fn match_word(key: &KeyMatch) -> &'static str {
    match key {
        KeyMatch::Exact(_) => "exact",
        KeyMatch::Lpm { .. } => "lpm",
        KeyMatch::Ternary { .. } => "ternary",
        KeyMatch::Range { .. } => "range",
        KeyMatch::Optional(_) => "optional",
        KeyMatch::Any => "any",
    }
}

impl KeyField {
    /// Grows as the number does that the bits stand for.
    fn order(&self, bits: &BigUint) -> BigUint {
        if self.signed { bits ^ (BigUint::from(1u8) << (self.width - 1)) } else { bits.clone() }
    }

    /// The smallest blocks of which two hold a range; `None` where one of them does. Where a signed range goes over zero, the two
    /// are the last and the first.
    fn split(&self, lo: BigUint, hi: &BigUint) -> Option<Split<'_>> {
        let all = BigUint::from(1u8) << self.width;
        let bits = |of: BigUint| u32::try_from(of.bits()).unwrap_or(self.width);
        let open = bits((hi + &all - &lo) % all);
        let spared = bits(&lo ^ hi) - open;
        (spared > 0).then_some(Split { field: self, lo, open, spared })
    }

    /// The number, for messages.
    fn text(&self, bits: &BigUint) -> String {
        match self.signed && bits.bit(u64::from(self.width) - 1) {
            true => format!("-{}", (BigUint::from(1u8) << self.width) - bits),
            false => bits.to_string(),
        }
    }
}

impl Shape {
    /// Checks and encodes. `table` is for messages.
    pub fn encode(&self, table: &str, keys: &[KeyMatch], priority: i64) -> Result<Encoded, ControlError> {
        if keys.len() != self.keys.len() {
            return Err(ControlError::KeyCount {
                table: table.to_owned(),
                expected: self.keys.len(),
                got: keys.len(),
            });
        }
        let mut out = Encoded {
            value: vec![0; self.key_words],
            mask: vec![0; self.key_words],
            bounds: vec![0; self.bound_words],
            priority: if self.mode == Mode::Ternary { priority } else { 0 },
        };
        let mut splits = Vec::new();
        for (field, key) in self.keys.iter().zip(keys) {
            let Some(part) = part(table, field, key)? else { continue };
            field.put(&part.value.to_u64_digits(), &mut out.value);
            field.put(&part.mask.to_u64_digits(), &mut out.mask);
            if let Some((lo, hi)) = part.bounds {
                let bounds = &mut out.bounds[field.bounds..field.bounds + 2 * field.words];
                bits::put_big(&lo, &mut bounds[..field.words]);
                bits::put_big(&hi, &mut bounds[field.words..]);
                splits.extend(field.split(lo, &hi));
            }
            if field.kind == MatchKind::Lpm && self.mode == Mode::Lpm {
                out.priority += i64::try_from(part.mask.count_ones()).unwrap_or(0);
            }
        }
        splits.sort_by_key(|split| std::cmp::Reverse(split.spared));
        for Split { field, lo, open, .. } in splits.into_iter().take(MOST_SPLIT) {
            let mask = prefix(field.width - open, field.width);
            bits::put_big(&(lo & &mask), &mut out.value[field.at..field.at + field.words]);
            bits::put_big(&mask, &mut out.mask[field.at..field.at + field.words]);
        }
        Ok(out)
    }

    /// A key for each row of an entry, alike but for their values: no value of a lookup is under two of them. The first is
    /// that of the entry.
    pub fn pieces(&self, key: &Encoded) -> Vec<Encoded> {
        let mut pieces = vec![key.clone()];
        for field in self.keys.iter().filter(|field| field.kind == MatchKind::Range) {
            let words = field.at..field.at + field.words;
            let hi = &key.bounds[field.bounds + field.words..field.bounds + 2 * field.words];
            let upper: Vec<u64> =
                hi.iter().zip(&key.mask[words.clone()]).map(|(hi, mask)| hi & mask).collect();
            if upper == key.value[words.clone()] {
                continue;
            }
            for at in 0..pieces.len() {
                let mut piece = pieces[at].clone();
                piece.value[words.clone()].copy_from_slice(&upper);
                pieces.push(piece);
            }
        }
        pieces
    }

    /// What [`Shape::encode`] was given, in its simplest form.
    pub fn decode(&self, key: &Encoded) -> Vec<KeyMatch> {
        self.keys.iter().map(|field| decode(field, key)).collect()
    }
}

/// `None` for a selector key, which takes no part in the match.
fn part(table: &str, field: &KeyField, key: &KeyMatch) -> Result<Option<Part>, ControlError> {
    let width = field.width;
    let fit = |bits: &Bits| -> Result<BigUint, ControlError> {
        if bits.value.bits() <= u64::from(width) {
            return Ok(bits.value.clone());
        }
        let (table, key) = (table.to_owned(), field.name.clone());
        Err(ControlError::KeyValue { table, key, value: format!("{:#x}", bits.value), width })
    };
    let range = |lo: BigUint, hi: BigUint| {
        let differ = u32::try_from((&lo ^ &hi).bits()).unwrap_or(width);
        let mask = prefix(width - differ, width);
        Part { value: &lo & &mask, mask, bounds: Some((lo, hi)) }
    };
    let masked = |value: BigUint, mask: BigUint| Part { value: value & &mask, mask, bounds: None };
    let part = match (field.kind, key) {
        (MatchKind::Selector, KeyMatch::Any) => return Ok(None),
        (MatchKind::Range, KeyMatch::Any) => range(BigUint::zero(), ones(width)),
        (MatchKind::Range, KeyMatch::Exact(value)) => range(fit(value)?, fit(value)?),
        (MatchKind::Range, KeyMatch::Range { lo, hi }) => {
            let (lo, hi) = (fit(lo)?, fit(hi)?);
            if field.order(&lo) > field.order(&hi) {
                let (table, key) = (table.to_owned(), field.name.clone());
                let (lo, hi) = (field.text(&lo), field.text(&hi));
                return Err(ControlError::EmptyRange { table, key, lo, hi });
            }
            if field.order(&lo).is_zero() && field.order(&hi) == ones(width) {
                range(BigUint::zero(), ones(width))
            } else {
                range(lo, hi)
            }
        }
        (
            MatchKind::Exact | MatchKind::Lpm | MatchKind::Ternary | MatchKind::Optional,
            KeyMatch::Exact(value),
        )
        | (MatchKind::Optional, KeyMatch::Optional(value)) => masked(fit(value)?, ones(width)),
        (MatchKind::Lpm | MatchKind::Ternary | MatchKind::Optional, KeyMatch::Any) => {
            masked(BigUint::zero(), BigUint::zero())
        }
        (MatchKind::Lpm | MatchKind::Ternary, KeyMatch::Lpm { value, length }) => {
            if *length > width {
                let (table, key) = (table.to_owned(), field.name.clone());
                return Err(ControlError::PrefixLength { table, key, length: *length, width });
            }
            masked(fit(value)?, prefix(*length, width))
        }
        (MatchKind::Lpm, KeyMatch::Ternary { value, mask }) if is_prefix(&mask.value, width) => {
            masked(fit(value)?, fit(mask)?)
        }
        (MatchKind::Ternary, KeyMatch::Ternary { value, mask }) => masked(fit(value)?, fit(mask)?),
        _ => {
            return Err(ControlError::KeyKind {
                table: table.to_owned(),
                key: field.name.clone(),
                expected: kind_word(field.kind),
                got: match_word(key),
            });
        }
    };
    Ok(Some(part))
}

fn is_prefix(mask: &BigUint, width: u32) -> bool {
    u32::try_from(mask.count_ones()).is_ok_and(|length| length <= width && *mask == prefix(length, width))
}

fn decode(field: &KeyField, key: &Encoded) -> KeyMatch {
    let width = field.width;
    let wrap = |value| Bits { width, value };
    let (value, mask) = (field.get(&key.value), field.get(&key.mask));
    match field.kind {
        MatchKind::Selector => KeyMatch::Any,
        MatchKind::Exact => KeyMatch::Exact(wrap(value)),
        MatchKind::Range => {
            let bounds = key.bounds.get(field.bounds..field.bounds + 2 * field.words).unwrap_or(&[]);
            let (lo, hi) = bounds.split_at(bounds.len() / 2);
            let (lo, hi) = (bits::big(lo), bits::big(hi));
            if lo.is_zero() && hi == ones(width) {
                return KeyMatch::Any;
            }
            KeyMatch::Range { lo: wrap(lo), hi: wrap(hi) }
        }
        _ if mask.is_zero() => KeyMatch::Any,
        MatchKind::Lpm => {
            KeyMatch::Lpm { value: wrap(value), length: u32::try_from(mask.count_ones()).unwrap_or(width) }
        }
        MatchKind::Ternary => KeyMatch::Ternary { value: wrap(value), mask: wrap(mask) },
        MatchKind::Optional => KeyMatch::Optional(wrap(value)),
    }
}
