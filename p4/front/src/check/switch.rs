//! `switch`. P4-16 section 12.7.

use super::scope::Entity;
use super::value::is_literal;
use super::{Checker, Place};
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_bigint::BigInt;
use std::collections::HashMap;

/// Labels that share a body, in order of the source; the labels are indices of the cases as written.
struct Arm {
    labels: Vec<usize>,
    default: bool,
    body: Vec<Stmt>,
}

/// What a label is equal by to others of its `switch`, which are of its type.
#[derive(PartialEq, Eq, Hash)]
enum Label {
    Number(BigInt),
    /// Of a plain enum or `error`.
    Member(u32),
}

impl Checker<'_> {
    pub(super) fn switch(&mut self, on: &ast::Expr, cases: &[ast::SwitchCase], span: Span) -> Option<Stmt> {
        self.default_is_last(cases);
        if let ast::ExprKind::Member(of, name) = &on.kind {
            let action_run = self.session.names.text(name.name) == "action_run";
            if let (true, Some(table)) = (action_run, self.applied_table(of)) {
                return Some(self.switch_action(table, cases, on.span, span));
            }
        }
        self.switch_value(on, cases)
    }

    fn default_is_last(&mut self, cases: &[ast::SwitchCase]) {
        let defaults: Vec<usize> = (0..cases.len()).filter(|at| cases[*at].label.is_none()).collect();
        if let [first, second, ..] = defaults[..] {
            let diagnostic = Diagnostic::error(cases[second].span, "`default` is given twice")
                .related(cases[first].span, "first given here");
            self.report(diagnostic);
        } else if let [at] = defaults[..]
            && at + 1 != cases.len()
        {
            self.error(cases[at].span, "`default` must be the last label of a `switch`");
        }
    }

    /// Fall-through resolved: a label without a body has that of the next one.
    fn arms(&mut self, cases: &[ast::SwitchCase]) -> Vec<Arm> {
        let mut arms: Vec<Arm> = vec![];
        let mut open = Arm { labels: vec![], default: false, body: vec![] };
        for (at, case) in cases.iter().enumerate() {
            match case.label {
                Some(_) => open.labels.push(at),
                None => open.default = true,
            }
            if let Some(body) = &case.body {
                open.body = self.block(body);
                arms.push(std::mem::replace(&mut open, Arm { labels: vec![], default: false, body: vec![] }));
            }
        }
        if !open.labels.is_empty() || open.default {
            arms.push(open);
        }
        arms
    }

    fn switch_action(&mut self, table: TableId, cases: &[ast::SwitchCase], at: Span, span: Span) -> Stmt {
        if self.cx.place != Place::Apply {
            self.may_apply_table(at);
        }
        let mut labels: Vec<Option<usize>> = vec![];
        for (at, case) in cases.iter().enumerate() {
            let label = case.label.as_ref().and_then(|label| self.action_label(table, label));
            let twice = label.is_some() && labels.contains(&label);
            if twice {
                let first = labels.iter().position(|other| *other == label).unwrap_or(at);
                let diagnostic = Diagnostic::error(case.span, "this label is given twice")
                    .related(cases[first].span, "first given here");
                self.report(diagnostic);
            }
            labels.push(label);
        }
        let mut done = vec![];
        let mut default = None;
        for arm in self.arms(cases) {
            let actions: Vec<usize> = arm.labels.iter().filter_map(|at| labels[*at]).collect();
            if arm.default {
                default = Some(arm.body.clone());
            }
            if !actions.is_empty() {
                done.push((actions, arm.body));
            }
        }
        Stmt::SwitchAction { table, span, cases: done, default }
    }

    /// The index of the action among those of the table.
    fn action_label(&mut self, table: TableId, label: &ast::Expr) -> Option<usize> {
        let ast::ExprKind::Name(name) = &label.kind else {
            self.error(label.span, "labels of this `switch` are names of actions");
            return None;
        };
        let entity = self.lookup(*name)?;
        let actions = &self.hir.tables[table.index()].actions;
        let found = match entity {
            Entity::Action(id) => actions.iter().position(|action| action.action == id),
            _ => None,
        };
        if let (None, Entity::Action(id)) = (found, &entity)
            && let Some(at) = self.implied_no_action(table, *id)
        {
            return Some(at);
        }
        if found.is_none() {
            let table = &self.hir.tables[table.index()];
            let known: Vec<String> = table
                .actions
                .iter()
                .map(|action| format!("`{}`", self.text(self.hir.actions[action.action.index()].name)))
                .collect();
            let message = format!(
                "`{}` is not an action of table `{}`",
                self.text(name.ident.name),
                self.text(table.name)
            );
            let diagnostic = Diagnostic::error(label.span, message)
                .help(format!("its actions are {}", known.join(", ")))
                .related(table.span, "the table is declared here");
            self.report(diagnostic);
        }
        found
    }

    /// 14.2: without a default action, NoAction is the default and one of the actions.
    fn implied_no_action(&mut self, table: TableId, action: ActionId) -> Option<usize> {
        let is_no_action = self.text(self.hir.actions[action.index()].name) == "NoAction"
            && self.hir.actions[action.index()].owner == Owner::Program;
        let of = &mut self.hir.tables[table.index()];
        if !is_no_action || of.default_action.is_some() {
            return None;
        }
        let annotation = Annotation {
            name: "defaultonly".into(),
            span: of.span,
            body: AnnotationBody::None,
            structured: false,
        };
        of.actions.push(TableAction { action, annotations: vec![annotation], args: vec![], span: of.span });
        of.default_action = Some((of.actions.len() - 1, vec![]));
        Some(of.actions.len() - 1)
    }

    fn switch_value(&mut self, on: &ast::Expr, cases: &[ast::SwitchCase]) -> Option<Stmt> {
        let on = self.expr(on, None);
        let fine = matches!(on.ty, Ty::Bit(_) | Ty::Int(_) | Ty::Enum(_) | Ty::Error);
        if !fine && on.ty != Ty::Unknown {
            let message = format!("a `switch` cannot be on {}", self.quote(&on.ty));
            let help = match on.ty {
                Ty::Bool => "use `if`",
                Ty::NewType(_) => "cast it to the type it was made of",
                _ => "it is on `bit<N>`, `int<N>`, an enum, `error`, or `t.apply().action_run`",
            };
            self.error_help(on.span, message, help);
        }
        let ty = if fine { on.ty.clone() } else { Ty::Unknown };
        let mut labels: Vec<Option<Expr>> = vec![];
        let mut first_with: HashMap<Label, usize> = HashMap::new();
        for (at, case) in cases.iter().enumerate() {
            let label = match &case.label {
                Some(label) if ty != Ty::Unknown => self.value_label(label, &ty),
                _ => None,
            };
            if let Some(value) = label.as_ref().and_then(|label| self.label_value(label)) {
                let first = *first_with.entry(value).or_insert(at);
                if first != at {
                    let diagnostic = Diagnostic::error(case.span, "this label is given twice")
                        .related(cases[first].span, "first given here");
                    self.report(diagnostic);
                }
            }
            labels.push(label);
        }
        let mut done = vec![];
        let mut default = None;
        for arm in self.arms(cases) {
            let values: Vec<Expr> = arm.labels.iter().filter_map(|at| labels[*at].clone()).collect();
            if arm.default {
                default = Some(arm.body.clone());
            }
            if !values.is_empty() {
                done.push((values, arm.body));
            }
        }
        Some(Stmt::Switch { on, cases: done, default })
    }

    fn label_value(&self, label: &Expr) -> Option<Label> {
        // Before the name of a member: those of a serializable enum may have one value.
        match (&label.kind, self.int_of(label)) {
            (_, Some(value)) => Some(Label::Number(value)),
            (ExprKind::EnumMember(member), None) => Some(Label::Member(*member)),
            (ExprKind::Error(error), None) => Some(Label::Member(*error)),
            _ => None,
        }
    }

    fn value_label(&mut self, label: &ast::Expr, ty: &Ty) -> Option<Expr> {
        let value = self.expr_as(label, ty);
        if value.ty == Ty::Unknown {
            return None;
        }
        if !is_literal(&value) && !self.is_known(&value) {
            self.error(label.span, "a label must be known at compile time");
            return None;
        }
        Some(value)
    }
}
