//! Warnings about variables that are read before anything was written to them. P4-16 section 8.25.

use super::Checker;
use super::annot::silences;
use super::facts::Facts;
use crate::ast::Direction;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use std::collections::HashSet;

/// What `@noWarn` silences it by.
const TOPIC: &str = "uninitialized_use";

/// Variables that certainly have no value yet, on the way through a body.
struct Walk<'a> {
    locals: &'a [Local],
    unset: HashSet<LocalId>,
    found: Vec<(LocalId, Span)>,
}

/// Types whose values begin as something: headers begin as invalid.
fn begins_unset(ty: &Ty) -> bool {
    matches!(ty, Ty::Bit(_) | Ty::Int(_) | Ty::Bool | Ty::Enum(_) | Ty::NewType(_) | Ty::Error)
}

impl Checker<'_> {
    pub(super) fn warn_of_uninitialised(&mut self) {
        if !self.silenced.is_empty() || self.session.diags.has_errors() {
            return;
        }
        let mut found = vec![];
        let loud = |annotations: &[Annotation]| !silences(annotations, TOPIC);
        let functions = self.hir.functions.iter().filter(|function| loud(&function.annotations));
        for function in functions.filter(|function| !function.locals.is_empty()) {
            found.extend(reads(&function.locals, &function.proto.params, &[&function.body]));
        }
        for action in self.hir.actions.iter().filter(|action| loud(&action.annotations)) {
            let locals = match action.owner {
                Owner::Program => &action.locals,
                Owner::Control(id) => &self.hir.controls[id.index()].locals,
            };
            found.extend(reads(locals, &action.params, &[&action.body]));
        }
        for control in self.hir.controls.iter().filter(|control| loud(&control.annotations)) {
            // Actions may write to what the control declares: only what stands in `apply` is followed.
            found.extend(reads(&control.locals, &[], &[&control.body]));
        }
        for (name, span) in found {
            let message = format!("`{}` is read before it has a value", self.text(name));
            self.warn(TOPIC, Diagnostic::warning(span, message));
        }
    }
}

fn reads(locals: &[Local], params: &[Param], bodies: &[&[Stmt]]) -> Vec<(crate::Name, Span)> {
    let outs = params.iter().filter(|param| param.direction == Direction::Out && begins_unset(&param.ty));
    let unset = outs.filter_map(|param| param.local).collect();
    let mut walk = Walk { locals, unset, found: vec![] };
    bodies.iter().for_each(|body| walk.body(body));
    walk.found.iter().map(|(id, span)| (locals[id.index()].name, *span)).collect()
}

impl Facts for Walk<'_> {
    type Fact = LocalId;

    fn facts(&mut self) -> &mut HashSet<LocalId> {
        &mut self.unset
    }

    fn declare(&mut self, local: LocalId) {
        if self.locals.get(local.index()).is_some_and(|local| begins_unset(&local.ty)) {
            self.unset.insert(local);
        }
    }

    fn assign(&mut self, left: &Expr, right: &Expr) {
        self.read(right);
        self.write(left);
    }

    fn read(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Local(id) if self.unset.remove(id) => self.found.push((*id, expr.span)),
            ExprKind::Call(call) => self.call(call),
            // The table's actions may write to anything around.
            ExprKind::ApplyHit { .. } => self.unset.clear(),
            _ => self.parts(expr),
        }
    }
}

impl Walk<'_> {
    fn write(&mut self, place: &Expr) {
        match &place.kind {
            ExprKind::Local(id) => {
                self.unset.remove(id);
            }
            ExprKind::Field(of, _) | ExprKind::Slice { of, .. } | ExprKind::Stack(of, _) => self.write(of),
            ExprKind::PlusSlice { of, lo, .. } => {
                self.read(lo);
                self.write(of);
            }
            ExprKind::Index(of, at) => {
                self.read(at);
                self.write(of);
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &Call) {
        for arg in &call.args {
            match arg {
                Arg::Value(value) => self.read(value),
                Arg::LValue(place) => self.write(place),
                Arg::Ignored => {}
            }
        }
        if matches!(call.callee, Callee::Table(_) | Callee::Action(_)) {
            self.unset.clear();
        }
    }
}
