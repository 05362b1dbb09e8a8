//! Where the parts of a table's rows are.

use crate::bits::words;
use front::ir::{MatchKind, Program, Table};

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
    /// Word of the lookup key; selector keys have no words.
    pub at: usize,
    pub words: usize,
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
        let keys = table.keys.iter().map(|key| (key.name.clone(), key.kind, key.ty.width));
        let args = |action: &front::ir::TableAction| {
            let params = program.actions.get(action.action.index()).map_or(&[][..], |action| &action.params);
            params.iter().map(|param| words(param.ty.width)).sum()
        };
        Shape::new(keys, table.actions.iter().map(args).max().unwrap_or(0))
    }

    pub fn new(keys: impl Iterator<Item = (String, MatchKind, u32)>, arg_words: usize) -> Shape {
        let (mut key_words, mut bound_words) = (0, 0);
        let keys: Vec<KeyField> = keys
            .map(|(name, kind, width)| {
                let words = if kind == MatchKind::Selector { 0 } else { words(width) };
                let field = KeyField { name, kind, width, at: key_words, words, bounds: bound_words };
                key_words += words;
                bound_words += if kind == MatchKind::Range { 2 * words } else { 0 };
                field
            })
            .collect();
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
