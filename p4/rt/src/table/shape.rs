//! Where the parts of a table's rows are.

use crate::bits::{self, words};
use front::ir::{MatchKind, Program, Table};
use num_bigint::BigUint;
use std::ops::Range;

/// How entries are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All keys exact.
    Exact,
    /// The longest prefix wins.
    Lpm,
    /// The largest priority wins.
    Ternary,
}

/// A key within a lookup key.
#[derive(Debug, Clone)]
pub struct KeyField {
    pub name: String,
    pub kind: MatchKind,
    pub width: u32,
    /// Whether the ends of a range are numbers of two's complement: one that goes over zero wraps round.
    pub signed: bool,
    /// Word of the lookup key; selector keys have no words. What has at most 64 bits and is no range shares a word with its
    /// neighbors where it fits, so that hashes and comparisons have few words to go over and rows are short.
    pub at: usize,
    pub words: usize,
    /// The lowest bit in its word; 0 for what has words of its own.
    pub shift: u32,
    /// Of a range key: the first word of its two bounds among the bounds of a row.
    pub bounds: usize,
}

/// A row: header, value, mask (not of exact tables), bounds of range keys, arguments.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Parallel to the table's keys.
    pub keys: Vec<KeyField>,
    pub mode: Mode,
    pub key_words: usize,
    pub bound_words: usize,
    pub arg_words: usize,
    /// First words of the parts.
    pub value: usize,
    pub mask: usize,
    pub bounds: usize,
    pub args: usize,
    pub stride: usize,
}

/// Grows each time that the row becomes another entry.
pub const GENERATION: usize = 0;
pub const TARGET: usize = 1;
pub const ENTRY: usize = 2;
const EXACT_HEADER: usize = 3;

// Not of exact tables, so that their rows are short:

/// The next row with the same value and mask, of lower rank.
pub const NEXT: usize = 3;
/// Ordered as an unsigned number.
pub const PRIORITY: usize = 4;
/// Of equal priorities the older entry wins.
pub const AGE: usize = 5;
const HEADER: usize = 6;

impl Shape {
    pub fn of(program: &Program, table: &Table) -> Shape {
        let keys = table.keys.iter().map(|key| (key.name.clone(), key.kind, key.ty.width, key.ty.signed));
        let args = |action: &front::ir::TableAction| {
            let params = program.actions.get(action.action.index()).map_or(&[][..], |action| &action.params);
            params.iter().map(|param| words(param.ty.width)).sum()
        };
        Shape::new(keys, table.actions.iter().map(args).max().unwrap_or(0))
    }

    /// Of keys with their names, kinds and widths, and whether they are signed.
    pub fn new(keys: impl Iterator<Item = (String, MatchKind, u32, bool)>, arg_words: usize) -> Shape {
        let mut places = Places::default();
        let mut bound_words = 0;
        let keys: Vec<KeyField> = keys
            .map(|(name, kind, width, signed)| {
                let (at, words, shift) = places.take(kind, width);
                let field = KeyField { name, kind, width, signed, at, words, shift, bounds: bound_words };
                bound_words += if kind == MatchKind::Range { 2 * words } else { 0 };
                field
            })
            .collect();
        let key_words = places.next;
        let mode = mode(&keys);
        let value = if mode == Mode::Exact { EXACT_HEADER } else { HEADER };
        let mask = value + key_words;
        let bounds = if mode == Mode::Exact { mask } else { mask + key_words };
        let args = bounds + bound_words;
        Shape {
            keys,
            mode,
            key_words,
            bound_words,
            arg_words,
            value,
            mask,
            bounds,
            args,
            stride: args + arg_words,
        }
    }
}

impl Shape {
    /// The bits of a lookup key that fields have.
    pub fn used_bits(&self) -> Vec<u64> {
        let mut used = vec![0; self.key_words];
        for field in self.keys.iter().filter(|field| field.words > 0) {
            let ones = (BigUint::from(1u8) << field.width) - 1u8;
            field.put(&ones.to_u64_digits(), &mut used);
        }
        used
    }

    /// Where the longest prefix of one key wins: the bits of that key.
    pub fn prefixes(&self) -> Option<u32> {
        let mut all = self.keys.iter().filter(|field| field.kind == MatchKind::Lpm);
        match (self.mode, all.next(), all.next()) {
            (Mode::Lpm, Some(field), None) => Some(field.width),
            _ => None,
        }
    }
}

/// Gives fields their places in a lookup key.
#[derive(Default)]
struct Places {
    next: usize,
    /// A word that has room yet, and how many of its bits are taken.
    open: Option<(usize, u32)>,
}

impl Places {
    /// First word, words, lowest bit.
    fn take(&mut self, kind: MatchKind, width: u32) -> (usize, usize, u32) {
        let words = if kind == MatchKind::Selector { 0 } else { words(width) };
        if words != 1 || kind == MatchKind::Range {
            self.next += words;
            return (self.next - words, words, 0);
        }
        let (at, shift) = match self.open {
            Some((at, taken)) if taken + width <= u64::BITS => (at, taken),
            _ => {
                self.next += 1;
                (self.next - 1, 0)
            }
        };
        self.open = Some((at, shift + width));
        (at, words, shift)
    }
}

impl KeyField {
    /// Puts a value into a lookup key that has zeros there.
    #[inline]
    pub fn put(&self, value: &[u64], key: &mut [u64]) {
        match (value, key.get_mut(self.at..self.at + self.words)) {
            ([word, ..], Some([to])) => *to |= word << self.shift,
            (value, Some(to)) => to.iter_mut().zip(value).for_each(|(to, word)| *to = *word),
            (_, None) => {}
        }
    }

    /// What was put there.
    pub fn get(&self, key: &[u64]) -> BigUint {
        let words = bits::big(key.get(self.at..self.at + self.words).unwrap_or(&[]));
        (words >> self.shift) & ((BigUint::from(1u8) << self.width) - 1u8)
    }
}

/// A word of a frame that goes into a lookup key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPart {
    /// Word of the frame.
    pub from: u32,
    /// Word of the lookup key, and the lowest bit there.
    pub to: u32,
    pub shift: u32,
}

impl Shape {
    /// Appends a lookup key of the values of all fields but selectors.
    pub fn gather<'v>(&self, values: impl Iterator<Item = &'v [u64]>, key: &mut Vec<u64>) {
        let first = key.len();
        key.resize(first + self.key_words, 0);
        let fields = self.keys.iter().filter(|field| field.kind != MatchKind::Selector);
        fields.zip(values).for_each(|(field, value)| field.put(value, &mut key[first..]));
    }

    /// How a lookup key is made of a frame that has the values of all fields but selectors there.
    pub fn parts(&self, values: impl Iterator<Item = Range<usize>>) -> Vec<KeyPart> {
        let fields = self.keys.iter().filter(|field| field.kind != MatchKind::Selector);
        let parts = fields.zip(values).flat_map(|(field, words)| {
            words.take(field.words).enumerate().map(|(at, from)| KeyPart {
                from: from as u32,
                to: (field.at + at) as u32,
                shift: field.shift,
            })
        });
        parts.collect()
    }
}

fn mode(keys: &[KeyField]) -> Mode {
    let any = |kinds: &[MatchKind]| keys.iter().any(|key| kinds.contains(&key.kind));
    if any(&[MatchKind::Ternary, MatchKind::Range, MatchKind::Optional]) {
        Mode::Ternary
    } else if any(&[MatchKind::Lpm]) {
        Mode::Lpm
    } else {
        Mode::Exact
    }
}
