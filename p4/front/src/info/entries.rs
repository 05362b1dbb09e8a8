//! The entries of a program as a P4Runtime WriteRequest.

use super::names::Names;
use super::text::Text;
use crate::ir::{self, Entry, KeyMatch, MatchKind, Table};

pub(super) fn write(ir: &ir::Program, names: &Names) -> String {
    let mut text = Text::default();
    for (at, table) in ir.tables.iter().enumerate() {
        let least = table.entries.iter().map(|entry| entry.priority).min().unwrap_or(1);
        // Priorities are more than zero there.
        let lift = if least < 1 { 1i64.saturating_sub(least) } else { 0 };
        let lift = has_priorities(table).then_some(lift);
        for entry in &table.entries {
            update(&mut text, names, at, table, entry, lift);
        }
    }
    text.finish()
}

fn has_priorities(table: &Table) -> bool {
    let needs = |kind| matches!(kind, MatchKind::Ternary | MatchKind::Range | MatchKind::Optional);
    table.keys.iter().any(|key| needs(key.kind))
}

fn update(text: &mut Text, names: &Names, at: usize, table: &Table, entry: &Entry, lift: Option<i64>) {
    let Some(name) = &names.tables[at] else { return };
    text.message("updates", |text| {
        text.word("type", "INSERT");
        text.message("entity", |text| {
            text.message("table_entry", |text| {
                text.number("table_id", name.id);
                for (key, id) in entry.keys.iter().zip(&names.key_ids[at]) {
                    field_match(text, *id, key);
                }
                action(text, names, table, entry);
                if let Some(lift) = lift {
                    text.number("priority", entry.priority.saturating_add(lift));
                }
                text.flag("is_const", entry.is_const);
            });
        });
    });
}

fn field_match(text: &mut Text, id: u32, key: &KeyMatch) {
    // What matches everything is left out.
    if id == 0 || matches!(key, KeyMatch::Any | KeyMatch::Lpm { length: 0, .. }) {
        return;
    }
    text.message("match", |text| {
        text.number("field_id", id);
        match key {
            KeyMatch::Exact(value) => text.message("exact", |text| text.value("value", &value.value)),
            KeyMatch::Lpm { value, length } => text.message("lpm", |text| {
                text.value("value", &value.value);
                text.number("prefix_len", *length);
            }),
            KeyMatch::Ternary { value, mask } => text.message("ternary", |text| {
                text.value("value", &value.value);
                text.value("mask", &mask.value);
            }),
            KeyMatch::Range { lo, hi } => text.message("range", |text| {
                text.value("low", &lo.value);
                text.value("high", &hi.value);
            }),
            KeyMatch::Optional(value) => text.message("optional", |text| text.value("value", &value.value)),
            KeyMatch::Any => {}
        }
    });
}

fn action(text: &mut Text, names: &Names, table: &Table, entry: &Entry) {
    let Some(called) = table.actions.get(entry.call.action as usize) else { return };
    let at = called.action.index();
    let Some(name) = names.actions.get(at).and_then(Option::as_ref) else { return };
    text.message("action", |text| {
        text.message("action", |text| {
            text.number("action_id", name.id);
            for (arg, id) in entry.call.args.iter().zip(&names.param_ids[at]) {
                text.message("params", |text| {
                    text.number("param_id", *id);
                    text.value("value", &arg.value);
                });
            }
        });
    });
}
