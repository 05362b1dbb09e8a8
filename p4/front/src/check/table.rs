//! Tables: keys, actions, properties. P4-16 section 14.2.

use super::scope::Entity;
use super::show::count;
use super::{Checker, Place, annot};
use crate::ast::{self, Direction, PropertyKind};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_traits::Signed;

impl Checker<'_> {
    pub(super) fn table(&mut self, decl: &ast::Decl, table: &ast::Table, control: ControlId) {
        let annotations = self.annotations(&decl.annotations);
        let id = TableId(self.hir.tables.len() as u32);
        self.hir.tables.push(Table {
            name: table.name.name,
            span: table.name.span,
            annotations: annotations.clone(),
            control,
            keys: vec![],
            actions: vec![],
            default_action: None,
            const_default: false,
            entries: vec![],
            const_entries: false,
            size: None,
            largest_priority_wins: true,
            properties: vec![],
        });
        self.hir.controls[control.index()].tables.push(id);
        self.priority_delta = 1.into();
        self.silencing(&annotations, |this| this.table_properties(id, table));
        self.declare(table.name, Entity::Table(id));
        self.deprecate(table.name.span, decl);
    }

    fn table_properties(&mut self, id: TableId, table: &ast::Table) {
        self.no_property_twice(table);
        // Entries and the default action need the keys and the actions, wherever those are written.
        for property in &table.properties {
            self.annotations(&property.annotations);
            match &property.kind {
                PropertyKind::Key(keys) => self.table_keys(id, keys),
                PropertyKind::Actions(actions) => self.table_actions(id, actions),
                PropertyKind::Other { name, value } if self.is_plain_property(name.name) => {
                    self.table_property(id, property, *name, value);
                }
                _ => {}
            }
        }
        if !table.properties.iter().any(|property| matches!(property.kind, PropertyKind::Actions(_))) {
            let message = format!("table `{}` has no actions", self.text(table.name.name));
            self.error_help(table.name.span, message, "list them: `actions = { a; b; }`");
        }
        let mut actions_seen = false;
        for property in &table.properties {
            match &property.kind {
                PropertyKind::Actions(_) => actions_seen = true,
                PropertyKind::Other { name, value } if !self.is_plain_property(name.name) => {
                    if !actions_seen {
                        self.error(property.span, "`default_action` must come after `actions`");
                    }
                    self.default_action(id, property.is_const, value);
                }
                _ => {}
            }
        }
        for property in &table.properties {
            if let PropertyKind::Entries(entries) = &property.kind {
                let annotations = self.annotations(&property.annotations);
                self.silencing(&annotations, |this| {
                    this.entries(id, entries, property.is_const, property.span)
                });
            }
        }
        self.warn_of_more_than_size(id);
    }

    /// 14.2.1.4: a warning or an error; the entries are in the table all the same.
    fn warn_of_more_than_size(&mut self, id: TableId) {
        let table = &self.hir.tables[id.index()];
        let (count, Some((size, _))) = (table.entries.len(), &table.size) else { return };
        if size < &count.into() {
            let message = format!("{count} entries in a table of size {size}");
            let warning = Diagnostic::warning(table.span, message).help("make `size` larger");
            self.warn("size", warning);
        }
    }

    fn is_plain_property(&self, name: crate::Name) -> bool {
        self.session.names.text(name) != "default_action"
    }

    fn no_property_twice(&mut self, table: &ast::Table) {
        let mut seen: Vec<(String, Span)> = vec![];
        for property in &table.properties {
            let name = match &property.kind {
                PropertyKind::Key(_) => "key".to_owned(),
                PropertyKind::Actions(_) => "actions".to_owned(),
                PropertyKind::Entries(_) => "entries".to_owned(),
                PropertyKind::Other { name, .. } => self.text(name.name),
            };
            match seen.iter().find(|(before, _)| *before == name) {
                Some((_, before)) => {
                    let message = format!("table property `{name}` is given twice");
                    self.report(
                        Diagnostic::error(property.span, message).related(*before, "first given here"),
                    );
                }
                None => seen.push((name, property.span)),
            }
        }
    }

    fn table_keys(&mut self, id: TableId, keys: &[ast::KeyElement]) {
        let mut done = vec![];
        for key in self.not_too_many(keys, "keys", |key| key.span) {
            let expr = self.at(Place::TableKey, |this| this.expr(&key.expr, None));
            self.may_be_a_key(&expr);
            let annotations = self.annotations(&key.annotations);
            // 18.3.2: the control plane does not see it.
            let hidden = annot::has(&annotations, "hidden")
                || annot::has(&self.hir.tables[id.index()].annotations, "hidden");
            if !annot::has(&annotations, "name") && !hidden && !is_nameable(&expr) {
                let help = "write `: match_kind @name(\"...\")`";
                self.error_help(
                    expr.span,
                    "this key needs a name: it is more than a field, a slice or a mask",
                    help,
                );
            }
            if !self.hir.match_kinds.contains(&key.match_kind.name) {
                let message = format!("`{}` is not a match kind", self.text(key.match_kind.name));
                let known: Vec<String> =
                    self.hir.match_kinds.iter().map(|kind| format!("`{}`", self.text(*kind))).collect();
                let help = match known.is_empty() {
                    true => "match kinds are declared by `match_kind { ... }`, as core.p4 does".to_owned(),
                    false => format!("there are {}", known.join(", ")),
                };
                self.error_help(key.match_kind.span, message, help);
            }
            let text = self.key_text(&key.expr);
            let key = TableKey { expr, match_kind: key.match_kind.name, annotations, text, span: key.span };
            self.key_has_its_own_name(&key, &done);
            done.push(key);
        }
        self.hir.tables[id.index()].keys = done;
    }

    /// As written, blanks removed; where macros stand in it, as they expand.
    fn key_text(&self, expr: &ast::Expr) -> String {
        let without_blanks = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let written = self.session.sources.snippet(expr.span);
        let written = without_parentheses(written);
        let expanded = crate::ast_print::expr(expr, &self.session.names);
        match words(written).eq(words(&expanded)) {
            true => without_blanks(written),
            false => without_blanks(&expanded),
        }
    }

    /// 18.3: controllers call a key by its name.
    fn key_has_its_own_name(&mut self, key: &TableKey, before: &[TableKey]) {
        let annotated = |key: &TableKey| annot::string_of(&key.annotations, "name").map(str::to_owned);
        let name_of = |key: &TableKey| annotated(key).unwrap_or_else(|| key.text.clone());
        let name = name_of(key);
        let Some(first) = before.iter().find(|other| name_of(other) == name) else { return };
        let message = format!("two keys of this table have the name {name} for the control plane");
        let severe = annotated(key).is_some() || annotated(first).is_some();
        let diagnostic = match severe {
            true => Diagnostic::error(key.span, message),
            false => Diagnostic::warning(key.span, message),
        };
        let diagnostic = diagnostic
            .related(first.span, "the first is here")
            .help("give one of them another name with @name(\"...\")");
        match severe {
            true => self.report(diagnostic),
            false => self.warn("duplicate_keys", diagnostic),
        }
    }

    fn may_be_a_key(&mut self, expr: &Expr) {
        let fine = matches!(
            expr.ty,
            Ty::Bit(_) | Ty::Int(_) | Ty::Bool | Ty::Enum(_) | Ty::Error | Ty::NewType(_) | Ty::Varbit(_)
        ) || matches!(expr.ty, Ty::Unknown | Ty::Var(_));
        if !fine {
            let message = format!("{} cannot be the key of a table", self.quote(&expr.ty));
            let help = match expr.ty {
                Ty::Integer => "give the number a width, such as `8w1`",
                _ => "keys are integers of fixed width, `bool`, enums and `error`",
            };
            self.error_help(expr.span, message, help);
        }
    }

    fn table_actions(&mut self, id: TableId, actions: &[ast::ActionRef]) {
        for action in self.not_too_many(actions, "actions", |action| action.span) {
            let annotations = self.annotations(&action.annotations);
            let Some(found) = self.action_named(action.name) else { continue };
            let name = self.hir.actions[found.index()].name;
            let before = self.hir.tables[id.index()]
                .actions
                .iter()
                .find(|other| self.hir.actions[other.action.index()].name == name)
                .map(|other| other.span);
            if let Some(before) = before {
                let message = format!("action `{}` is listed twice", self.text(name));
                self.report(Diagnostic::error(action.span, message).related(before, "first listed here"));
                continue;
            }
            let args = self.bound_args(found, action);
            let action = TableAction { action: found, annotations, args, span: action.span };
            self.hir.tables[id.index()].actions.push(action);
        }
    }

    pub(super) fn action_named(&mut self, name: ast::NameRef) -> Option<ActionId> {
        match self.lookup(name)? {
            Entity::Action(id) => Some(id),
            Entity::Poison => None,
            other => {
                let message = format!("`{}` is {}, not an action", self.text(name.ident.name), other.noun());
                self.error(name.ident.span, message);
                None
            }
        }
    }

    /// Arguments in the list of actions: for the parameters with a direction, and for no others (14.2.1.2).
    fn bound_args(&mut self, id: ActionId, action: &ast::ActionRef) -> Vec<Arg> {
        let mut signature = self.action_signature(id);
        let total = signature.params.len();
        signature.params.retain(|param| param.direction != Direction::None);
        let directed = signature.params.len();
        let given = action.args.as_deref().unwrap_or_default();
        if given.len() > directed {
            let message = match total == directed {
                true => format!(
                    "`{}` takes {}, {} given",
                    self.text(signature.name),
                    count(directed, "argument"),
                    count(given.len(), "argument")
                ),
                false => format!("`{}` gets action data here", self.text(signature.name)),
            };
            let diagnostic = Diagnostic::error(action.span, message)
                .help("only parameters with a direction are bound in the list of actions; the control plane gives the others")
                .related(signature.declared, "the action is declared here");
            self.report(diagnostic);
            return vec![];
        }
        let checked = self.at(Place::ActionArgs, |this| this.arguments(&signature, &[], given, action.span));
        checked.map(|checked| checked.args).unwrap_or_default()
    }

    fn default_action(&mut self, id: TableId, is_const: bool, value: &ast::Expr) {
        let Some((name, args)) = name_and_arguments(value) else {
            return self.error(value.span, "the default action must be an action");
        };
        let Some((action, args)) = self.complete_action(id, name, args, value.span, true) else { return };
        let table = &mut self.hir.tables[id.index()];
        (table.default_action, table.const_default) = (Some((action, args)), is_const);
        let annotations = table.actions[action].annotations.clone();
        if annot::has(&annotations, "tableonly") {
            self.error(value.span, "this action is `@tableonly`: it cannot be the default action");
        }
    }

    /// An action of a table with all of its arguments, as in `default_action` and in entries. The arguments for action data.
    pub(super) fn complete_action(
        &mut self,
        id: TableId,
        name: ast::NameRef,
        args: &[ast::Arg],
        span: Span,
        default: bool,
    ) -> Option<(usize, Vec<Arg>)> {
        let action = self.action_named(name)?;
        let listed = self.hir.tables[id.index()].actions.iter().position(|listed| listed.action == action);
        let listed = match listed {
            Some(listed) => listed,
            None => {
                self.not_listed(id, name, span);
                return None;
            }
        };
        let signature = self.action_signature(action);
        let directed = signature.params.iter().filter(|param| param.direction != Direction::None).count();
        let errors = self.session.diags.errors();
        // Where no more is written than the action data, the bound arguments are those of the list. Not so in
        // `default_action`, which repeats them (14.2.1.3).
        let data = signature.params.len() - directed;
        let data_only = directed > 0 && args.len() == data && !default;
        let mut wanted = super::args::Signature { params: signature.params.clone(), ..signature };
        if data_only {
            wanted.params.retain(|param| param.direction == Direction::None);
        }
        let all = wanted.params.clone();
        let checked = self.at(Place::ActionArgs, |this| this.arguments(&wanted, &[], args, span))?;
        let mut data = vec![];
        for (param, arg) in all.iter().zip(checked.args) {
            if param.direction != Direction::None {
                continue;
            }
            if let Arg::Value(value) = &arg
                && !self.is_known(value)
            {
                let message =
                    format!("the argument for `{}` must be known at compile time", self.text(param.name));
                self.report(Diagnostic::error(value.span, message).related(param.span, "it is action data"));
            }
            data.push(arg);
        }
        if !data_only && directed > 0 && self.session.diags.errors() == errors {
            self.same_bound_args(id, listed, args, &signature.params[..directed]);
        }
        Some((listed, data))
    }

    fn not_listed(&mut self, id: TableId, name: ast::NameRef, span: Span) {
        let table = &self.hir.tables[id.index()];
        let message =
            format!("`{}` is not an action of table `{}`", self.text(name.ident.name), self.text(table.name));
        let diagnostic = Diagnostic::error(span, message)
            .help("add it to the list of `actions`")
            .related(table.span, "the table is declared here");
        self.report(diagnostic);
    }

    /// 14.2.1.3: arguments with a direction must be written as in the list of actions.
    fn same_bound_args(&mut self, id: TableId, listed: usize, args: &[ast::Arg], bound: &[Param]) {
        let listed = &self.hir.tables[id.index()].actions[listed];
        let compact = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let before: Vec<(Span, String)> = listed
            .args
            .iter()
            .map(|arg| match arg {
                Arg::Value(value) | Arg::LValue(value) => {
                    (value.span, compact(self.session.sources.snippet(value.span)))
                }
                Arg::Ignored => (listed.span, "_".to_owned()),
            })
            .collect();
        for (at, (param, (span, text))) in bound.iter().zip(before).enumerate() {
            let named = args.iter().find(|arg| arg.name.is_some_and(|name| name.name == param.name));
            let Some(value) = named.or(args.get(at)).and_then(|arg| arg.value.as_ref()) else { continue };
            let given = compact(self.session.sources.snippet(value.span));
            if given != text && !text.is_empty() {
                let diagnostic = Diagnostic::error(
                    value.span,
                    format!("`{given}` is not what the action is bound to: `{text}`"),
                )
                .help("write the same argument as in the list of actions")
                .related(span, "bound here");
                self.report(diagnostic);
            }
        }
    }

    /// What other architectures have: a property whose value is an action, with its arguments or without.
    fn action_of(&mut self, value: &ast::Expr) -> Option<ActionId> {
        let (name, _) = name_and_arguments(value)?;
        match self.find(name)?.entity {
            Entity::Action(action) => Some(action),
            _ => None,
        }
    }

    fn table_property(&mut self, id: TableId, property: &ast::Property, name: ast::Ident, value: &ast::Expr) {
        let text = self.text(name.name);
        let ours =
            ["size", "priority_delta", "largest_priority_wins", "implementation", "counters", "meters"];
        if !ours.contains(&text.as_str())
            && let Some(action) = self.action_of(value)
        {
            // Whether it must be one of the table's, the architecture knows.
            let listed = self.hir.tables[id.index()].actions.iter().any(|listed| listed.action == action);
            if let (ast::ExprKind::Call { .. }, Some((name, args)), true) =
                (&value.kind, name_and_arguments(value), listed)
            {
                self.complete_action(id, name, args, value.span, true);
            }
            return;
        }
        let checked = self.constructing(|this| this.expr(value, None));
        if let ExprKind::Instance(instance) = &checked.kind {
            let annotations = self.annotations(&property.annotations);
            let instance = &mut self.hir.instances[instance.index()];
            if instance.anonymous {
                instance.name = name.name;
                instance.annotations = annotations;
            }
        }
        let int = |this: &mut Self| this.known_int(&checked, &format!("`{text}`"));
        match text.as_str() {
            "size"
                if self.is_known(&checked)
                    && self.int_of(&checked).is_none()
                    && matches!(checked.ty, Ty::Integer | Ty::Bit(_) | Ty::Int(_)) =>
            {
                // Known when the control is instantiated.
                self.other_property(id, property, name, checked);
            }
            "size" => {
                let Some(size) = int(self) else { return };
                if size.is_negative() {
                    return self.error(value.span, "the size of a table cannot be negative");
                }
                self.hir.tables[id.index()].size = Some((size, value.span));
            }
            "priority_delta" => {
                let Some(delta) = int(self) else { return };
                if !delta.is_positive() {
                    self.error(value.span, "`priority_delta` must be positive");
                }
                self.priority_delta = delta;
            }
            "largest_priority_wins" => match checked.kind {
                ExprKind::Bool(wins) => self.hir.tables[id.index()].largest_priority_wins = wins,
                _ if checked.ty == Ty::Unknown => {}
                _ => self.error(value.span, "`largest_priority_wins` must be `true` or `false`"),
            },
            _ => self.other_property(id, property, name, checked),
        }
    }

    fn other_property(&mut self, id: TableId, property: &ast::Property, name: ast::Ident, value: Expr) {
        let property =
            TableProperty { name: name.name, span: property.span, is_const: property.is_const, value };
        self.hir.tables[id.index()].properties.push(property);
    }
}

/// `a` and `a(...)`.
fn name_and_arguments(value: &ast::Expr) -> Option<(ast::NameRef, &[ast::Arg])> {
    match &value.kind {
        ast::ExprKind::Name(name) => Some((*name, &[])),
        ast::ExprKind::Call { callee, args, .. } => match &callee.kind {
            ast::ExprKind::Name(name) => Some((*name, args)),
            _ => None,
        },
        _ => None,
    }
}

/// `(e)` and `e` have one name.
fn without_parentheses(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text };
    let mut depth = 0i32;
    let closes_within = inner.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    if closes_within { text } else { without_parentheses(inner) }
}

/// The names and keywords of a text, in order.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// 18.3.1.3: keys whose names are those of what they are.
fn is_nameable(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Field(of, _) | ExprKind::Slice { of, .. } | ExprKind::Cast(of) => is_nameable(of),
        ExprKind::Index(of, at) => is_nameable(of) && is_nameable(at),
        ExprKind::IsValid(of) | ExprKind::Stack(of, _) => is_nameable(of),
        ExprKind::Binary(ast::BinaryOp::BitAnd, a, b) => is_nameable(a) && is_nameable(b),
        ExprKind::Binary(..) | ExprKind::Unary(..) | ExprKind::Ternary(..) => false,
        ExprKind::Call(_) | ExprKind::PlusSlice { .. } => false,
        _ => true,
    }
}
