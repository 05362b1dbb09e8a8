//! Tables: what the control plane sees of them, and their application (P4-16 14.2).

use super::names::{annotated_text, qualified};
use super::objects::Object;
use super::place::{Place, Storage, headers_of};
use super::value::Value;
use super::{Lowerer, Phase, Res, What};
use crate::ast::Direction;
use crate::diag::Diagnostic;
use crate::hir::{self, Annotation, AnnotationBody, Key, Owner};
use crate::ir::{
    self, ActionId, BlockId, MOST_ENTRIES, MatchKind, Operand, SlotId, SlotKind, TableId, Terminator,
};
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

impl<'a> Lowerer<'a> {
    pub(super) fn match_kind(&mut self, name: &str, span: Span) -> Res<MatchKind> {
        Ok(match name {
            "exact" => MatchKind::Exact,
            "lpm" => MatchKind::Lpm,
            "ternary" => MatchKind::Ternary,
            "range" => MatchKind::Range,
            "optional" => MatchKind::Optional,
            "selector" => MatchKind::Selector,
            // It is written by its name where objects are all that is asked for.
            _ if self.what != What::Code => MatchKind::Exact,
            _ => return self.limit(span, format!("v1model has no match kind {name}")),
        })
    }

    fn owner_path(&self) -> String {
        self.owner().and_then(|owner| self.body(owner)).map_or(String::new(), |body| body.path.clone())
    }

    /// The control of the innermost scope gets this table.
    pub(super) fn declare_table(&mut self, id: hir::TableId) -> Res<TableId> {
        let Some(table) = self.hir.tables.get(id.index()) else {
            return self.fail(self.code.span, "a table that is not declared");
        };
        self.code.span = table.span;
        let name = qualified(&self.owner_path(), &self.text(table.name), &table.annotations);
        let name = self.claim("table", name, &table.annotations, table.span)?;
        if matches!(self.what, What::Names { .. }) {
            // There is nothing to run it for.
            return Ok(TableId(0));
        }
        let mut keys = table.keys.iter().map(|key| self.table_key(key, &name)).collect::<Res<Vec<_>>>()?;
        self.one_prefix_at_most(table, &keys)?;
        any_value_needs_a_mask(table, &mut keys);
        let table_id = TableId(self.out.tables.len() as u32);
        self.out.tables.push(ir::Table {
            name: name.clone(),
            span: table.span,
            annotations: table.annotations.clone(),
            keys,
            actions: vec![],
            default_action: ir::ActionCall { action: 0, args: vec![] },
            const_default: table.const_default,
            entries: vec![],
            const_entries: table.const_entries,
            size: None,
            counter: None,
            meter: None,
            profile: None,
            protection: None,
            idle_timeout: false,
            role: None,
        });
        for listed in &table.actions {
            let Some(action) = self.hir.actions.get(listed.action.index()) else {
                return self.fail(listed.span, "an action that is not declared");
            };
            self.table_action(table_id, action, &listed.annotations)?;
        }
        if let Some((size, span)) = &table.size {
            self.size(size, *span, table_id)?;
        }
        let default = self.default_action(table, table_id)?;
        self.out.tables[table_id.index()].default_action = default;
        let entries = self.entries(table, table_id)?;
        self.out.tables[table_id.index()].entries = entries;
        let properties =
            if self.what == What::Code || self.is_v1model() { &table.properties[..] } else { &[] };
        for property in properties {
            self.property(property, table_id)?;
        }
        self.role(table_id)?;
        self.selector_keys_choose(table, table_id)?;
        Ok(table_id)
    }

    /// A key of the kind `selector` takes no part in the match: without groups to choose from it would do nothing.
    fn selector_keys_choose(&mut self, table: &hir::Table, id: TableId) -> Res<()> {
        let made = &self.out.tables[id.index()];
        let profile = made.profile.map(|profile| &self.out.profiles[profile.index()]);
        let has_groups = made.role.is_some()
            || made.protection.is_some()
            || profile.is_some_and(|of| of.selector.is_some());
        let key = made.keys.iter().position(|key| key.kind == MatchKind::Selector);
        let Some(at) = key.filter(|_| self.what == What::Code && !has_groups) else { return Ok(()) };
        let diagnostic = Diagnostic::error(table.keys[at].span, "a `selector` key in a table without groups")
            .help("give the table `implementation = action_selector(...)`, or match the key in another way");
        self.fail_with(diagnostic)
    }

    fn table_key(&mut self, key: &hir::TableKey, table: &str) -> Res<ir::TableKey> {
        let name = annotated_text(&key.annotations, "name").unwrap_or_else(|| key.text.clone());
        let kind = self.text(key.match_kind);
        let kind = self.match_kind(&kind, key.span)?;
        let ty = self.ty(&key.expr.ty);
        let Some(scalar) = self.scalar_of(&ty).filter(|scalar| scalar.width > 0) else {
            return self.limit(key.span, format!("a key cannot have the type {}", self.type_name(&ty)));
        };
        let described = self.describe(&ty, key.span)?;
        let slot = self.slot(&format!("{table}.{name}"), scalar, SlotKind::Key);
        Ok(ir::TableKey { name, kind, slot, ty: described, annotations: key.annotations.clone() })
    }

    /// Of two prefixes neither is the longer.
    fn one_prefix_at_most(&mut self, table: &hir::Table, keys: &[ir::TableKey]) -> Res<()> {
        if self.what != What::Code {
            return Ok(());
        }
        let mut prefixes = (0..keys.len()).filter(|at| keys[*at].kind == MatchKind::Lpm);
        let (Some(first), Some(second)) = (prefixes.next(), prefixes.next()) else { return Ok(()) };
        let diagnostic = Diagnostic::error(table.keys[second].span, "a second lpm key in one table")
            .related(table.keys[first].span, "the first is here")
            .help("make one of them `ternary`, or split the table");
        self.fail_with(diagnostic)
    }

    /// The action as the control plane sees it, once for each control instance.
    fn declare_action(&mut self, action: &'a hir::Action) -> Res<ActionId> {
        let parent = match action.owner {
            Owner::Program => String::new(),
            Owner::Control(_) => self.owner_path(),
        };
        let name = qualified(&parent, &self.text(action.name), &action.annotations);
        if let Some(known) = self.actions.get(&(name.clone(), action.span)) {
            return Ok(*known);
        }
        let mut params = vec![];
        for param in action.params.iter().filter(|param| param.direction == Direction::None) {
            let ty = self.ty(&param.ty);
            let base = annotated_text(&param.annotations, "name").unwrap_or_else(|| self.text(param.name));
            for leaf in self.leaves(&ty, param.span)? {
                let described = self.describe(&leaf.ty, param.span)?;
                if described.width == 0 {
                    continue;
                }
                let name = if leaf.name.is_empty() { base.clone() } else { format!("{base}.{}", leaf.name) };
                let annotations = param.annotations.clone();
                params.push(ir::ActionParam { name, ty: described, annotations });
            }
        }
        self.warn_of_shared_name(&name, action);
        let id = ActionId(self.out.actions.len() as u32);
        self.actions.insert((name.clone(), action.span), id);
        let annotations = action.annotations.clone();
        self.out.actions.push(ir::Action { name, span: action.span, params, annotations });
        Ok(id)
    }

    /// What translates P4-14 makes copies of an action under one name; each table has one of them.
    fn warn_of_shared_name(&mut self, name: &str, action: &hir::Action) {
        let shown = |annotations: &[Annotation]| !annotations.iter().any(|of| of.name == "hidden");
        let first = self.out.actions.iter().find(|other| other.name == name && shown(&other.annotations));
        if let (Some(first), true) = (first, shown(&action.annotations)) {
            let message = format!("two actions have the name {name} for the control plane");
            let warning = Diagnostic::warning(action.span, message)
                .related(first.span, "the first is here")
                .help("give one of them another name with @name(\"...\")");
            self.session.diags.push(warning);
        }
    }

    fn table_action(
        &mut self,
        table: TableId,
        action: &'a hir::Action,
        annotations: &[Annotation],
    ) -> Res<()> {
        let id = self.declare_action(action)?;
        let at = self.out.tables[table.index()].actions.len();
        let prefix = format!("{}.{}", self.out.tables[table.index()].name, self.text(action.name));
        let mut places = vec![];
        let mut params = vec![];
        for param in action.params.iter().filter(|param| param.direction == Direction::None) {
            let ty = self.ty(&param.ty);
            let name = format!("{prefix}.{}", self.text(param.name));
            let from = self.out.slots.len();
            let place = self.allocate(&ty, &name, Storage::Local, param.span)?;
            if !headers_of(&place).is_empty() {
                return self.limit(param.span, "a table cannot supply a header");
            }
            for slot in from..self.out.slots.len() {
                self.out.slots[slot].kind = SlotKind::Param;
                params.push(SlotId(slot as u32));
            }
            places.push(place);
        }
        self.action_data.insert((table, at), places);
        let listed = ir::TableAction { action: id, params, annotations: annotations.to_vec() };
        self.out.tables[table.index()].actions.push(listed);
        Ok(())
    }

    /// NoAction where the program names none, listed for nothing but that where the table does not list it.
    fn default_action(&mut self, table: &'a hir::Table, id: TableId) -> Res<ir::ActionCall> {
        if let Some((index, args)) = &table.default_action {
            let data = self.out.tables[id.index()].actions.get(*index).map(|action| action.params.len());
            let hir_action = table.actions.get(*index).and_then(|a| self.hir.actions.get(a.action.index()));
            let (Some(_), Some(action)) = (data, hir_action) else {
                return self.fail(table.span, "the default action is not in the list of actions");
            };
            // Those with a direction come first; the list of actions has their arguments.
            let first = action.params.iter().filter(|param| param.direction != Direction::None).count();
            let skipped = if args.len() == action.params.len() { first } else { 0 };
            let args = self.action_args(action, &args[skipped.min(args.len())..], table.span)?;
            return Ok(ir::ActionCall { action: *index as u32, args });
        }
        let is_no_action = |action: &hir::Action| {
            action.owner == Owner::Program
                && self.session.text(action.name) == "NoAction"
                && action.params.is_empty()
        };
        let listed = table
            .actions
            .iter()
            .position(|listed| self.hir.actions.get(listed.action.index()).is_some_and(is_no_action));
        if let Some(index) = listed {
            return Ok(ir::ActionCall { action: index as u32, args: vec![] });
        }
        let Some(no_action) = self.hir.actions.iter().find(|action| is_no_action(action)) else {
            return self.fail(table.span, "NoAction is not declared; include core.p4");
        };
        let default_only = Annotation {
            name: "defaultonly".into(),
            span: table.span,
            body: AnnotationBody::None,
            structured: false,
        };
        self.table_action(id, no_action, &[default_only])?;
        Ok(ir::ActionCall { action: table.actions.len() as u32, args: vec![] })
    }

    /// The action behind an index of the table's actions.
    fn hir_action(&self, table: &hir::Table, at: usize) -> Option<(&'a hir::Action, &'a [hir::Arg])> {
        let hir: &'a hir::Program = self.hir;
        let table: &'a hir::Table = hir.tables.iter().find(|known| std::ptr::eq(*known, table))?;
        match table.actions.get(at) {
            Some(listed) => Some((hir.actions.get(listed.action.index())?, &listed.args)),
            None => {
                let no_action = hir.actions.iter().find(|action| {
                    action.owner == Owner::Program && self.session.text(action.name) == "NoAction"
                });
                Some((no_action?, &[]))
            }
        }
    }

    fn property(&mut self, property: &hir::TableProperty, table: TableId) -> Res<()> {
        let name = self.text(property.name);
        match name.as_str() {
            "implementation" | "counters" | "meters" => {
                let Value::Object(object) = self.expr(&property.value)? else {
                    return self.fail(property.span, format!("{name} must be an object"));
                };
                let object = self.object(object).clone();
                let fits = match object {
                    Object::DirectCounter(_) => name == "counters",
                    Object::DirectMeter(_) => name == "meters",
                    Object::Foreign(_) => true,
                    _ => name == "implementation",
                };
                match fits {
                    true => self.attach(&object, table, property.span),
                    false => self
                        .fail(property.span, format!("a table has no use for this object as its `{name}`")),
                }
            }
            "support_timeout" => {
                let value = self.operand(&property.value)?;
                let Some(value) = self.known_bit(value) else {
                    return self.fail(property.span, "support_timeout must be known at compile time");
                };
                self.out.tables[table.index()].idle_timeout = value;
                Ok(())
            }
            // Of a control whose parameter it is.
            "size" => {
                let size = self.known_integer(&property.value)?;
                self.size(&size, property.value.span, table)
            }
            _ => Ok(()),
        }
    }

    /// What other architectures have room for is theirs to say.
    fn size(&mut self, size: &BigInt, span: Span, table: TableId) -> Res<()> {
        self.out.tables[table.index()].size = size.to_u64();
        let wrong = if size.is_negative() {
            "cannot be negative".to_owned()
        } else if *size > MOST_ENTRIES.into() && (self.what == What::Code || self.is_v1model()) {
            format!("is {size}; there is room for {MOST_ENTRIES} entries")
        } else {
            return Ok(());
        };
        let message = format!("the size of table '{}' {wrong}", self.out.tables[table.index()].name);
        self.fail(span, message)
    }

    fn attach(&mut self, object: &Object, id: TableId, span: Span) -> Res<()> {
        let twice = "a direct counter or meter belongs to one table";
        let table = &mut self.out.tables[id.index()];
        match object {
            Object::DirectCounter(counter) => {
                table.counter = Some(*counter);
                if self.out.direct_counters[counter.index()].table.replace(id).is_some() {
                    return self.fail(span, twice);
                }
            }
            Object::DirectMeter(meter) => {
                table.meter = Some(*meter);
                if self.out.direct_meters[meter.index()].table.replace(id).is_some() {
                    return self.fail(span, twice);
                }
            }
            Object::ProtectionGroup(group) => return self.protect(*group, id, span),
            Object::Profile(profile) => {
                table.profile = Some(*profile);
                self.out.profiles[profile.index()].tables.push(id);
            }
            Object::Foreign(_) if self.what != What::Code => {}
            Object::Foreign(foreign) => {
                let message = format!("extern {} is not part of v1model", foreign.name);
                return self.fail(span, message);
            }
            _ => return self.fail(span, "a table has no use for this object"),
        }
        Ok(())
    }

    /// Looks up and runs the action found; `after` says where each action goes on.
    pub(super) fn apply_table(
        &mut self,
        id: hir::TableId,
        hit: Option<SlotId>,
        after: &dyn Fn(usize) -> BlockId,
        span: Span,
    ) -> Res<()> {
        let Some(table) = self.hir.tables.get(id.index()) else {
            return self.fail(span, "a table that is not declared");
        };
        if !matches!(self.phase, Phase::Control | Phase::Deparser) {
            return self.fail(span, "a table can be applied in a control only");
        }
        let known = self.owner().and_then(|owner| self.body(owner)).and_then(|body| body.tables.get(&id));
        let Some(table_id) = known.copied() else {
            return self.fail(span, "a table of another control");
        };
        for (at, key) in table.keys.iter().enumerate() {
            let value = self.operand(&key.expr)?;
            self.code.span = key.span;
            let slot = self.out.tables[table_id.index()].keys[at].slot;
            self.set(slot, value);
        }
        self.code.span = span;
        let count = self.out.tables[table_id.index()].actions.len();
        let blocks: Vec<BlockId> = (0..count).map(|_| self.new_block()).collect();
        let was_live = self.is_live();
        self.terminate(Terminator::Apply { table: table_id, hit, actions: blocks.clone() });
        if !was_live {
            return Ok(());
        }
        let mut result = Ok(());
        for (at, block) in blocks.iter().enumerate() {
            self.switch_to(*block);
            let Some((action, args)) = self.hir_action(table, at) else { continue };
            let action_id = self.out.tables[table_id.index()].actions[at].action;
            let label = format!("action {}", self.out.actions[action_id.index()].name);
            self.label(*block, label);
            self.code.span = action.span;
            let data = self.action_data.get(&(table_id, at)).cloned().unwrap_or_default();
            result = result.and(self.run_table_action(action, args, &data));
            self.code.span = span;
            let next = after(at);
            self.goto(next);
        }
        result
    }

    fn run_table_action(&mut self, action: &'a hir::Action, args: &[hir::Arg], data: &[Place]) -> Res<()> {
        let order: Vec<usize> = (0..args.len()).collect();
        let passed = self.evaluate(args, &action.params, &order)?;
        self.inline_action(action, passed, data)
    }

    /// `t.apply().hit`
    pub(super) fn apply_for_hit(&mut self, table: hir::TableId, span: Span) -> Res<Operand> {
        let hit = self.slot("$hit$", super::emit::BIT, SlotKind::Local);
        let done = self.new_block();
        self.apply_table(table, Some(hit), &|_| done, span)?;
        self.switch_to(done);
        Ok(Operand::Slot(hit))
    }
}

/// 14.2.1.4 has an entry with `_` for a key that is matched exactly: such a key is matched like a ternary one.
fn any_value_needs_a_mask(table: &hir::Table, keys: &mut [ir::TableKey]) {
    for (at, key) in keys.iter_mut().enumerate().filter(|(_, key)| key.kind == MatchKind::Exact) {
        let open = |entry: &hir::Entry| matches!(entry.keys.get(at).or(entry.keys.first()), Some(Key::Any));
        if table.entries.iter().any(open) {
            key.kind = MatchKind::Ternary;
        }
    }
}
