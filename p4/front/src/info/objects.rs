//! The P4Info message, fields in the order of their numbers.

use super::annotations::{self, find, has};
use super::names::{Names, Preamble};
use super::text::Text;
use super::types::{Types, controller_width};
use crate::hir::{self, Annotation, AnnotationBody};
use crate::{Session, ir};

/// The size of a table that says nothing.
const DEFAULT_SIZE: u64 = 1024;

pub(super) struct Writer<'a> {
    session: &'a Session,
    hir: &'a hir::Program,
    ir: &'a ir::Program,
    names: &'a Names,
    types: Types<'a>,
}

/// The annotations of action profiles that have fields of their own.
const OF_PROFILES: [&str; 3] = ["max_group_size", "selector_size_semantics", "max_member_weight"];

impl<'a> Writer<'a> {
    pub(super) fn new(
        session: &'a Session,
        hir: &'a hir::Program,
        ir: &'a ir::Program,
        names: &'a Names,
    ) -> Writer<'a> {
        Writer { session, hir, ir, names, types: Types::new(session, hir) }
    }

    pub(super) fn write(mut self) -> String {
        let mut text = Text::default();
        super::package::write(&mut text, self.session, self.hir);
        self.tables(&mut text);
        self.actions(&mut text);
        self.profiles(&mut text);
        self.counters(&mut text);
        self.meters(&mut text);
        self.controller_headers(&mut text);
        self.value_sets(&mut text);
        self.registers(&mut text);
        self.digests(&mut text);
        self.types.write(&mut text);
        text.finish()
    }

    /// The name of a key's match kind, where P4Runtime has none for it.
    fn other_kind(&self, table: &ir::Table, at: usize) -> Option<&'a str> {
        let declared = self.hir.tables.iter().find(|declared| declared.span == table.span)?;
        let kind = self.session.text(declared.keys.get(at)?.match_kind);
        let known = ["exact", "lpm", "ternary", "range", "optional", "selector"].contains(&kind);
        (!known).then_some(kind)
    }

    fn tables(&mut self, text: &mut Text) {
        for (at, table) in self.ir.tables.iter().enumerate() {
            let Some(name) = &self.names.tables[at] else { continue };
            text.message("tables", |text| {
                preamble(text, name, &table.annotations, &[]);
                for (place, (key, id)) in table.keys.iter().zip(&self.names.key_ids[at]).enumerate() {
                    if key.kind != ir::MatchKind::Selector {
                        let field = MatchField { other: self.other_kind(table, place), ..key.into() };
                        self.match_field(text, "match_fields", *id, field);
                    }
                }
                for action in &table.actions {
                    self.action_ref(text, action);
                }
                self.table_rest(text, table);
            });
        }
    }

    fn table_rest(&self, text: &mut Text, table: &ir::Table) {
        if table.const_default {
            let default = table.actions.get(table.default_action.action as usize);
            text.number("const_default_action_id", default.map_or(0, |action| self.action_id(action.action)));
        }
        self.default_action(text, table);
        let id = |name: Option<&Option<Preamble>>| name.and_then(Option::as_ref).map_or(0, |name| name.id);
        text.number("implementation_id", table.profile.map_or(0, |p| id(self.names.profiles.get(p.index()))));
        if let Some(counter) = table.counter {
            text.number("direct_resource_ids", id(self.names.direct_counters.get(counter.index())));
        }
        if let Some(meter) = table.meter {
            text.number("direct_resource_ids", id(self.names.direct_meters.get(meter.index())));
        }
        text.number("size", table.size.unwrap_or(DEFAULT_SIZE));
        if table.idle_timeout {
            text.word("idle_timeout_behavior", "NOTIFY_CONTROL");
        }
        text.flag("is_const_table", table.const_entries);
        text.flag("has_initial_entries", !table.entries.is_empty());
    }

    /// What runs where no entry matches, until a controller says otherwise.
    fn default_action(&self, text: &mut Text, table: &ir::Table) {
        let call = &table.default_action;
        let Some(called) = table.actions.get(call.action as usize) else { return };
        let id = self.action_id(called.action);
        if id == 0 {
            return;
        }
        text.message("initial_default_action", |text| {
            text.number("action_id", id);
            for (arg, id) in call.args.iter().zip(&self.names.param_ids[called.action.index()]) {
                text.message("arguments", |text| {
                    text.number("param_id", *id);
                    text.value("value", &arg.value);
                });
            }
        });
    }

    fn action_id(&self, action: ir::ActionId) -> u32 {
        self.names.actions.get(action.index()).and_then(Option::as_ref).map_or(0, |name| name.id)
    }

    fn action_ref(&self, text: &mut Text, action: &ir::TableAction) {
        let id = self.action_id(action.action);
        if id == 0 {
            return;
        }
        text.message("action_refs", |text| {
            text.number("id", id);
            annotations::write(text, &action.annotations, &[]);
            if has(&action.annotations, "tableonly") {
                text.word("scope", "TABLE_ONLY");
            } else if has(&action.annotations, "defaultonly") {
                text.word("scope", "DEFAULT_ONLY");
            }
            annotations::write_structured(text, &action.annotations, &[]);
        });
    }

    fn match_field(&mut self, text: &mut Text, field: &str, id: u32, key: MatchField) {
        text.message(field, |text| {
            text.number("id", id);
            text.string("name", key.name);
            annotations::write(text, key.annotations, &["match"]);
            text.number("bitwidth", controller_width(key.ty));
            if key.other.is_none() {
                text.word("match_type", match_type(key.kind));
            }
            text.string("other_match_type", key.other.unwrap_or_default());
            annotations::write_doc(text, key.annotations);
            self.types.type_name(text, "type_name", key.ty);
            annotations::write_structured(text, key.annotations, &[]);
        });
    }

    fn actions(&mut self, text: &mut Text) {
        for (at, action) in self.ir.actions.iter().enumerate() {
            let Some(name) = &self.names.actions[at] else { continue };
            text.message("actions", |text| {
                preamble(text, name, &action.annotations, &[]);
                for (param, id) in action.params.iter().zip(&self.names.param_ids[at]) {
                    text.message("params", |text| {
                        text.number("id", *id);
                        text.string("name", &param.name);
                        annotations::write(text, &param.annotations, &[]);
                        text.number("bitwidth", controller_width(&param.ty));
                        annotations::write_doc(text, &param.annotations);
                        self.types.type_name(text, "type_name", &param.ty);
                        annotations::write_structured(text, &param.annotations, &[]);
                    });
                }
            });
        }
    }

    fn profiles(&self, text: &mut Text) {
        for (profile, name) in self.ir.profiles.iter().zip(&self.names.profiles) {
            let Some(name) = name else { continue };
            text.message("action_profiles", |text| {
                preamble(text, name, &profile.annotations, &OF_PROFILES);
                for table in &profile.tables {
                    let table = self.names.tables.get(table.index()).and_then(Option::as_ref);
                    text.number("table_ids", table.map_or(0, |table| table.id));
                }
                text.flag("with_selector", profile.selector.is_some());
                text.number("size", profile.size);
                let most = find(&profile.annotations, "max_group_size").and_then(annotations::int);
                text.number("max_group_size", most.and_then(|most| i32::try_from(most).ok()).unwrap_or(0));
                match word(&profile.annotations, "selector_size_semantics") {
                    Some("sum_of_weights") => text.message("sum_of_weights", |_| {}),
                    Some("sum_of_members") => text.message("sum_of_members", |text| {
                        let most = find(&profile.annotations, "max_member_weight").and_then(annotations::int);
                        let most = most.and_then(|most| i32::try_from(most).ok());
                        text.number("max_member_weight", most.unwrap_or(0));
                    }),
                    _ => {}
                }
            });
        }
    }

    fn table_id(&self, table: Option<ir::TableId>) -> u32 {
        let name = table.and_then(|table| self.names.tables.get(table.index()));
        name.and_then(Option::as_ref).map_or(0, |name| name.id)
    }

    fn counters(&mut self, text: &mut Text) {
        for (counter, name) in self.ir.counters.iter().zip(&self.names.counters) {
            let Some(name) = name else { continue };
            text.message("counters", |text| {
                preamble(text, name, &counter.annotations, &[]);
                text.message("spec", |text| text.word("unit", counter_unit(counter.kind)));
                text.number("size", counter.size);
                if let Some(index) = &counter.index {
                    self.types.type_name(text, "index_type_name", index);
                }
            });
        }
        for (counter, name) in self.ir.direct_counters.iter().zip(&self.names.direct_counters) {
            let Some(name) = name else { continue };
            text.message("direct_counters", |text| {
                preamble(text, name, &counter.annotations, &[]);
                text.message("spec", |text| text.word("unit", counter_unit(counter.kind)));
                text.number("direct_table_id", self.table_id(counter.table));
            });
        }
    }

    fn meters(&mut self, text: &mut Text) {
        for (meter, name) in self.ir.meters.iter().zip(&self.names.meters) {
            let Some(name) = name else { continue };
            text.message("meters", |text| {
                preamble(text, name, &meter.annotations, &[]);
                meter_spec(text, meter.bytes, &meter.annotations);
                text.number("size", meter.size);
                if let Some(index) = &meter.index {
                    self.types.type_name(text, "index_type_name", index);
                }
            });
        }
        for (meter, name) in self.ir.direct_meters.iter().zip(&self.names.direct_meters) {
            let Some(name) = name else { continue };
            text.message("direct_meters", |text| {
                preamble(text, name, &meter.annotations, &[]);
                meter_spec(text, meter.bytes, &meter.annotations);
                text.number("direct_table_id", self.table_id(meter.table));
            });
        }
    }

    fn controller_headers(&mut self, text: &mut Text) {
        for ((composite, name), ids) in self.names.controller_headers.iter().zip(&self.names.metadata_ids) {
            let declared = &self.hir.composites[composite.index()];
            text.message("controller_packet_metadata", |text| {
                preamble(text, name, &declared.annotations, &[]);
                for (field, id) in declared.fields.iter().zip(ids) {
                    let Some(ty) = self.types.scalar(&field.ty) else { continue };
                    text.message("metadata", |text| {
                        text.number("id", *id);
                        text.string("name", self.session.text(field.name));
                        annotations::write(text, &field.annotations, &[]);
                        text.number("bitwidth", controller_width(&ty));
                        self.types.type_name(text, "type_name", &ty);
                    });
                }
            });
        }
    }

    fn value_sets(&mut self, text: &mut Text) {
        let sets = self.ir.value_sets.iter().zip(&self.names.value_sets).zip(&self.names.value_ids);
        for ((set, name), ids) in sets {
            let Some(name) = name else { continue };
            text.message("value_sets", |text| {
                preamble(text, name, &set.annotations, &[]);
                for (key, id) in set.keys.iter().zip(ids) {
                    let (name, kind) = (key.name.as_str(), key.kind);
                    let field =
                        MatchField { name, kind, other: None, ty: &key.ty, annotations: &key.annotations };
                    self.match_field(text, "match", *id, field);
                }
                text.number("size", set.size);
            });
        }
    }

    fn registers(&mut self, text: &mut Text) {
        for (register, name) in self.ir.registers.iter().zip(&self.names.registers) {
            let Some(name) = name else { continue };
            let ty = register.composite.as_deref().and_then(|name| self.types.composite(name));
            text.message("registers", |text| {
                preamble(text, name, &register.annotations, &[]);
                match &ty {
                    Some(ty) => self.types.spec(text, "type_spec", ty),
                    None => self.types.tuple(text, "type_spec", &register.fields),
                }
                text.number("size", register.size);
                if let Some(index) = &register.index {
                    self.types.type_name(text, "index_type_name", index);
                }
            });
        }
    }

    fn digests(&mut self, text: &mut Text) {
        for (digest, name) in self.ir.digests.iter().zip(&self.names.digests) {
            let Some(name) = name else { continue };
            text.message("digests", |text| {
                preamble(text, name, &[], &[]);
                match self.types.composite(&digest.name) {
                    Some(ty) => self.types.spec(text, "type_spec", &ty),
                    None => self.types.tuple(text, "type_spec", &digest.fields),
                }
            });
        }
    }
}

struct MatchField<'a> {
    name: &'a str,
    kind: ir::MatchKind,
    /// The name of a kind that P4Runtime does not know.
    other: Option<&'a str>,
    ty: &'a ir::ScalarType,
    annotations: &'a [Annotation],
}

impl<'a> From<&'a ir::TableKey> for MatchField<'a> {
    fn from(key: &'a ir::TableKey) -> MatchField<'a> {
        MatchField {
            name: &key.name,
            kind: key.kind,
            other: None,
            ty: &key.ty,
            annotations: &key.annotations,
        }
    }
}

fn preamble(text: &mut Text, name: &Preamble, annotations: &[Annotation], without: &[&str]) {
    text.message("preamble", |text| {
        text.number("id", name.id);
        text.string("name", &name.name);
        text.string("alias", &name.alias);
        annotations::write(text, annotations, without);
        annotations::write_doc(text, annotations);
        annotations::write_structured(text, annotations, without);
    });
}

/// The word of `@name("x")`, and of `@name(x)`.
fn word<'a>(annotations: &'a [Annotation], name: &str) -> Option<&'a str> {
    match &find(annotations, name)?.body {
        AnnotationBody::Text(text) => Some(text.trim()),
        _ => annotations::string(annotations, name),
    }
}

fn match_type(kind: ir::MatchKind) -> &'static str {
    match kind {
        ir::MatchKind::Exact | ir::MatchKind::Selector => "EXACT",
        ir::MatchKind::Lpm => "LPM",
        ir::MatchKind::Ternary => "TERNARY",
        ir::MatchKind::Range => "RANGE",
        ir::MatchKind::Optional => "OPTIONAL",
    }
}

fn counter_unit(kind: ir::CounterKind) -> &'static str {
    match kind {
        ir::CounterKind::Packets => "PACKETS",
        ir::CounterKind::Bytes => "BYTES",
        ir::CounterKind::Both => "BOTH",
    }
}

fn meter_spec(text: &mut Text, bytes: bool, annotations: &[Annotation]) {
    text.message("spec", |text| {
        text.word("unit", if bytes { "BYTES" } else { "PACKETS" });
        let kinds = ["single_rate_three_color", "single_rate_two_color"];
        if let Some(kind) = kinds.iter().find(|kind| has(annotations, kind)) {
            text.word("type", &kind.to_uppercase());
        }
    });
}
