//! Controls and actions. P4-16 section 14.

use super::rules::CallKind as Kind;
use super::scope::Entity;
use super::{Checker, Context, Place};
use crate::ast::{self, DeclKind};
use crate::hir::*;

impl Checker<'_> {
    pub(super) fn control(&mut self, decl: &ast::Decl, control: &ast::Control) {
        let annotations = self.annotations(&decl.annotations);
        let name = control.ty.name;
        let id = ControlId(self.hir.controls.len() as u32);
        self.hir.controls.push(Control {
            name: name.name,
            span: name.span,
            annotations: annotations.clone(),
            type_params: vec![],
            params: vec![],
            constructor: vec![],
            locals: vec![],
            init: vec![],
            instances: vec![],
            actions: vec![],
            tables: vec![],
            body: vec![],
        });
        let outer = (std::mem::take(&mut self.locals), std::mem::take(&mut self.instances));
        let context = Context { place: Place::ControlTop, within: Some(name.name), ..Context::top() };
        self.within(context, |this| {
            this.silencing(&annotations, |this| this.scoped(|this| this.control_body(id, control)));
        });
        let of = &mut self.hir.controls[id.index()];
        of.locals = std::mem::replace(&mut self.locals, outer.0);
        of.instances = std::mem::replace(&mut self.instances, outer.1);
        self.declare(name, Entity::Control(id));
        self.deprecate(name.span, decl);
    }

    fn control_body(&mut self, id: ControlId, control: &ast::Control) {
        let kinds = (Kind::Control, Kind::ControlConstructor);
        let (type_params, params, constructor) = self.block_header(&control.ty, &control.constructor, kinds);
        let of = &mut self.hir.controls[id.index()];
        (of.type_params, of.params, of.constructor) = (type_params, params, constructor);
        self.scoped(|this| {
            let mut init = vec![];
            for decl in &control.locals {
                match &decl.kind {
                    DeclKind::Const(constant) => drop(this.constant(decl, constant)),
                    DeclKind::Variable(variable) => init.extend(this.variable(decl, variable)),
                    DeclKind::Instance(instance) => this.instance(decl, instance),
                    DeclKind::Action(action) => this.action(decl, action, Owner::Control(id)),
                    DeclKind::Table(table) => this.table(decl, table, id),
                    _ => {
                        let help = "a control declares constants, variables, instances, actions and tables";
                        this.error_help(decl.span, "this cannot be declared in a control", help);
                    }
                }
            }
            this.hir.controls[id.index()].init = init;
            let body = this.at(Place::Apply, |this| this.block(&control.body));
            this.hir.controls[id.index()].body = body;
            this.tables_have_names_of_their_own(id);
        });
    }

    /// 18.3.3: no two tables of one name for the control plane. Actions may share one: what tools write relies on it.
    fn tables_have_names_of_their_own(&mut self, id: ControlId) {
        let mut seen: Vec<(String, crate::Span)> = vec![];
        for table in self.hir.controls[id.index()].tables.clone() {
            let table = &self.hir.tables[table.index()];
            if super::annot::has(&table.annotations, "hidden") {
                continue;
            }
            let own = self.text(table.name);
            let name = super::annot::string_of(&table.annotations, "name").map_or(own, str::to_owned);
            let span = table.span;
            match seen.iter().find(|(other, _)| *other == name) {
                Some((_, before)) => {
                    let message = format!("two tables are named `{name}` for the control plane");
                    self.report(
                        crate::Diagnostic::error(span, message).related(*before, "the other one is here"),
                    );
                }
                None => seen.push((name, span)),
            }
        }
    }

    pub(super) fn action(&mut self, decl: &ast::Decl, action: &ast::Action, owner: Owner) {
        let annotations = self.annotations(&decl.annotations);
        let own = owner == Owner::Program;
        let outer = if own { std::mem::take(&mut self.locals) } else { vec![] };
        let context = Context {
            place: Place::Action,
            within: Some(action.name.name),
            returns: None,
            ..if own { Context::top() } else { self.cx.clone() }
        };
        let (params, body) = self.within(context, |this| {
            this.scoped(|this| {
                let mut params = this.params(&action.params, Kind::Action);
                this.enter_params(&mut params, Kind::Action);
                let body = this.silencing(&annotations, |this| this.block(&action.body));
                (params, body)
            })
        });
        let locals = if own { std::mem::replace(&mut self.locals, outer) } else { vec![] };
        let id = ActionId(self.hir.actions.len() as u32);
        let (name, span) = (action.name.name, action.name.span);
        self.hir.actions.push(Action { name, span, annotations, owner, params, locals, body });
        if let Owner::Control(control) = owner {
            self.hir.controls[control.index()].actions.push(id);
        }
        self.declare(action.name, Entity::Action(id));
        self.deprecate(action.name.span, decl);
    }
}
