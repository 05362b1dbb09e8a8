//! Entries of tables in the program, and their priorities. P4-16 sections 14.2.1.4 and 14.2.1.5.

use super::{Checker, annot};
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::Signed;

impl Checker<'_> {
    pub(super) fn entries(&mut self, id: TableId, entries: &[ast::Entry], is_const: bool, span: Span) {
        self.hir.tables[id.index()].const_entries = is_const;
        if self.hir.tables[id.index()].keys.is_empty() {
            if !entries.is_empty() {
                self.error(span, "a table without keys has no entries");
            }
            return;
        }
        let mut done: Vec<Entry> = vec![];
        for entry in entries {
            done.extend(self.entry(id, entry, is_const));
        }
        if done.len() == entries.len() {
            self.priorities(id, &mut done, is_const);
            self.no_equal_keys(id, &done);
        }
        self.hir.tables[id.index()].entries = done;
    }

    fn entry(&mut self, id: TableId, entry: &ast::Entry, is_const: bool) -> Option<Entry> {
        let types: Vec<Ty> = self.hir.tables[id.index()].keys.iter().map(|key| key.expr.ty.clone()).collect();
        let keys = self.keyset(&entry.keys, &types, false);
        let args = entry.action.args.as_deref().unwrap_or_default();
        let action = self.complete_action(id, entry.action.name, args, entry.action.span, false);
        let mut annotations = self.annotations(&entry.annotations);
        annotations.extend(self.annotations(&entry.action.annotations));
        let priority = match &entry.priority {
            None => None,
            Some(priority) => {
                let value = self.constant_int(priority, "a priority")?;
                if value.is_negative() {
                    self.error(priority.span, "a priority cannot be negative");
                }
                Some(value)
            }
        };
        let (keys, (action, args)) = (keys?, action?);
        for key in keys.iter().zip(&entry.keys.keys) {
            if !self.key_is_known(key.0) {
                self.error(key.1.span, "the keys of an entry must be known at compile time");
            }
        }
        let listed = self.hir.tables[id.index()].actions[action].annotations.clone();
        if annot::has(&listed, "defaultonly") {
            self.error(entry.action.span, "this action is `@defaultonly`: it cannot be in an entry");
        }
        self.keys_suit_match_kinds(id, &keys, entry);
        Some(Entry {
            is_const: is_const || entry.is_const,
            priority,
            keys,
            action,
            args,
            annotations,
            span: entry.span,
        })
    }

    /// What the match kinds of core.p4 mean (14.2.1.1) is about what a control plane may write: here it is only said.
    fn keys_suit_match_kinds(&mut self, id: TableId, keys: &[Key], entry: &ast::Entry) {
        let kinds: Vec<String> =
            self.hir.tables[id.index()].keys.iter().map(|key| self.text(key.match_kind)).collect();
        let mut complaints = vec![];
        for (at, (key, kind)) in keys.iter().zip(&kinds).enumerate() {
            let complaint = match (kind.as_str(), key) {
                ("exact", Key::Mask(..)) => "a mask for a key that matches exactly",
                ("exact" | "lpm" | "ternary", Key::Range(..)) => {
                    "a range for a key that is not matched by ranges"
                }
                ("lpm", Key::Mask(_, mask))
                    if self.int_of(mask).is_some_and(|mask| !is_prefix(&mask, &entry_ty(key))) =>
                {
                    "the mask of a longest prefix match must be ones followed by zeros"
                }
                _ => continue,
            };
            let span = entry.keys.keys.get(at).map_or(entry.span, |key| key.span);
            complaints.push((span, complaint));
        }
        for (span, complaint) in complaints {
            self.warn("match_kind", Diagnostic::warning(span, complaint));
        }
    }

    fn priorities(&mut self, id: TableId, entries: &mut [Entry], is_const: bool) {
        let table = &self.hir.tables[id.index()];
        let wins = table.largest_priority_wins;
        let delta = self.priority_delta.clone();
        let explicit = entries.iter().any(|entry| entry.priority.is_some());
        let plain =
            table.keys.iter().all(|key| matches!(self.session.names.text(key.match_kind), "exact" | "lpm"));
        if is_const && explicit {
            let message = "`const` entries cannot have priorities";
            let help = "they are matched in the order in which they are written; or leave out `const`";
            self.error_help(entries[0].span, message, help);
            return;
        }
        if !explicit && (plain || is_const) {
            if !plain {
                annotated_priorities(entries, wins);
            }
            return;
        }
        if !explicit {
            let mut next = BigInt::from(1);
            let order: Vec<usize> =
                if wins { (0..entries.len()).rev().collect() } else { (0..entries.len()).collect() };
            for at in order {
                entries[at].priority = Some(next.clone());
                next += &delta;
            }
            return;
        }
        if entries[0].priority.is_none() {
            self.error(entries[0].span, "the first entry needs a priority, because another one has one");
            return;
        }
        let mut last = BigInt::default();
        for entry in entries.iter_mut() {
            last = match &entry.priority {
                Some(given) => given.clone(),
                None if wins => last - &delta,
                None => last + &delta,
            };
            if last.is_negative() {
                self.error(entry.span, format!("the priority of this entry would be {last}"));
            }
            entry.priority = Some(last.clone());
        }
        self.warn_of_priorities(entries, wins);
    }

    fn warn_of_priorities(&mut self, entries: &[Entry], wins: bool) {
        let mut seen: std::collections::HashMap<&BigInt, Span> = std::collections::HashMap::new();
        for entry in entries {
            let Some(priority) = &entry.priority else { continue };
            if let Some(before) = seen.insert(priority, entry.span) {
                let message = format!("two entries of priority {priority}");
                let warning =
                    Diagnostic::warning(entry.span, message).related(before, "the other one is here");
                self.warn("duplicate_priorities", warning);
            }
        }
        for pair in entries.windows(2) {
            let (Some(a), Some(b)) = (&pair[0].priority, &pair[1].priority) else { continue };
            if (wins && a < b) || (!wins && a > b) {
                let message = format!("priority {b} stands after priority {a}");
                self.warn("entries_out_of_priority_order", Diagnostic::warning(pair[1].span, message));
            }
        }
    }

    fn no_equal_keys(&mut self, id: TableId, entries: &[Entry]) {
        let exact = self.hir.tables[id.index()]
            .keys
            .iter()
            .all(|key| self.session.names.text(key.match_kind) == "exact");
        if !exact {
            return;
        }
        let mut seen: std::collections::HashMap<Vec<BigInt>, Span> = std::collections::HashMap::new();
        for entry in entries {
            let values: Option<Vec<BigInt>> = entry
                .keys
                .iter()
                .map(|key| match key {
                    Key::Value(value) => self.int_of(value),
                    _ => None,
                })
                .collect();
            let Some(values) = values else { continue };
            if let Some(before) = seen.insert(values, entry.span) {
                let diagnostic =
                    Diagnostic::error(entry.span, "an entry with the same keys is there already")
                        .related(before, "the first one is here")
                        .help("where all keys are matched exactly, one entry matches");
                self.report(diagnostic);
            }
        }
    }
}

/// `@priority(N)` is how programs older than the language's priorities reorder `const` entries: of several
/// that match, the one with the smaller number is taken; an entry without has its place, from 1.
fn annotated_priorities(entries: &mut [Entry], wins: bool) {
    let given = |entry: &Entry| {
        let named = entry.annotations.iter().filter(|annotation| annotation.name == "priority");
        let mut numbers = named.filter_map(|annotation| match &annotation.body {
            AnnotationBody::Values(values) => match values.as_slice() {
                [AnnotationValue::Int(number)] => Some(number.clone()),
                _ => None,
            },
            _ => None,
        });
        numbers.next_back()
    };
    let given: Vec<Option<BigInt>> = entries.iter().map(given).collect();
    if given.iter().all(Option::is_none) {
        return;
    }
    for (at, (entry, given)) in entries.iter_mut().zip(given).enumerate() {
        let number = given.unwrap_or_else(|| BigInt::from(at + 1));
        entry.priority = Some(if wins { -number } else { number });
    }
}

fn entry_ty(key: &Key) -> Ty {
    match key {
        Key::Mask(_, mask) => mask.ty.clone(),
        _ => Ty::Unknown,
    }
}

/// Ones followed by zeros, in the width of the type.
fn is_prefix(mask: &BigInt, ty: &Ty) -> bool {
    let Ty::Bit(width) = ty else { return true };
    let size = BigInt::from(1) << *width;
    let inverted: BigInt = &size - 1 - mask;
    (&inverted & (&inverted + 1)) == BigInt::default()
}
