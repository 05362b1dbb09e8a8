//! Warnings about fields of headers that cannot be valid. P4-16 section 8.27.

use super::Checker;
use super::annot::silences;
use super::facts::Facts;
use crate::ast::Direction;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use std::collections::HashSet;

/// Headers of one parameter that are followed; a type may have very many.
const MOST_HEADERS: usize = 256;

/// What `@noWarn` silences it by.
const TOPIC: &str = "invalid_header";

/// A variable and the fields on the way to one of its headers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Path(LocalId, Vec<u32>);

impl Path {
    /// One is part of the other.
    fn overlaps(&self, other: &Path) -> bool {
        self.0 == other.0 && self.1.iter().zip(&other.1).all(|(a, b)| a == b)
    }
}

/// Headers that are certainly invalid, on the way through a body.
struct Walk<'a> {
    program: &'a Program,
    locals: &'a [Local],
    invalid: HashSet<Path>,
    /// The header, and whether its field is written.
    found: Vec<(Span, bool)>,
}

impl Checker<'_> {
    pub(super) fn warn_of_invalid_headers(&mut self) {
        if !self.silenced.is_empty() || self.session.diags.has_errors() {
            return;
        }
        let mut walk = Walk { program: &self.hir, locals: &[], invalid: HashSet::new(), found: vec![] };
        let loud = |annotations: &[Annotation]| !silences(annotations, TOPIC);
        for function in self.hir.functions.iter().filter(|function| loud(&function.annotations)) {
            // Bodies of abstract methods have their locals elsewhere.
            if !function.locals.is_empty() {
                walk.whole(&function.locals, &function.proto.params, &[], &function.body);
            }
        }
        for action in self.hir.actions.iter().filter(|action| loud(&action.annotations)) {
            let locals = match action.owner {
                Owner::Program => &action.locals,
                Owner::Control(id) => &self.hir.controls[id.index()].locals,
            };
            walk.whole(locals, &action.params, &[], &action.body);
        }
        for control in self.hir.controls.iter().filter(|control| loud(&control.annotations)) {
            walk.whole(&control.locals, &control.params, &control.init, &control.body);
        }
        for parser in self.hir.parsers.iter().filter(|parser| loud(&parser.annotations)) {
            walk.parser(parser);
        }
        for (span, written) in std::mem::take(&mut walk.found) {
            let header = self.session.sources.snippet(span).to_owned();
            let what = if written { "writing its fields has no effect" } else { "its fields have no value" };
            let message = format!("`{header}` is not valid here: {what}");
            self.warn(TOPIC, Diagnostic::warning(span, message));
        }
    }
}

fn is_target(parser: &Parser, state: StateId) -> bool {
    let to = |target: &Target| *target == Target::State(state);
    parser.states.iter().any(|from| match &from.transition {
        Transition::Direct(target) => to(target),
        Transition::Select { cases, .. } => cases.iter().any(|(_, target)| to(target)),
    })
}

impl<'a> Walk<'a> {
    fn parser(&mut self, parser: &'a Parser) {
        for (at, state) in parser.states.iter().enumerate() {
            // Which states came before is not followed.
            let first = at == parser.start.index() && !is_target(parser, parser.start);
            let (params, init) =
                if first { (&parser.params[..], &parser.init[..]) } else { (&[][..], &[][..]) };
            self.whole(&parser.locals, params, init, &state.body);
            if let Transition::Select { on, .. } = &state.transition {
                on.iter().for_each(|on| self.read(on));
            }
        }
    }

    fn is_header(&self, ty: &Ty) -> bool {
        self.kind(ty) == Some(CompositeKind::Header)
    }

    fn kind(&self, ty: &Ty) -> Option<CompositeKind> {
        match ty {
            Ty::Composite(id, _) => self.program.composites.get(id.index()).map(|composite| composite.kind),
            _ => None,
        }
    }

    /// Through structs; elements of stacks and members of unions are not followed.
    fn path(&self, place: &Expr) -> Option<Path> {
        match &place.kind {
            ExprKind::Local(id) => Some(Path(*id, vec![])),
            ExprKind::Field(of, at) if self.kind(&of.ty) == Some(CompositeKind::Struct) => {
                let mut path = self.path(of)?;
                path.1.push(*at);
                Some(path)
            }
            _ => None,
        }
    }

    fn begin(&mut self, path: Path, ty: &Ty) {
        if self.invalid.len() >= MOST_HEADERS {
            return;
        }
        let Ty::Composite(id, _) = ty else { return };
        let program = self.program;
        match program.composites.get(id.index()) {
            Some(of) if of.kind == CompositeKind::Header => {
                self.invalid.insert(path);
            }
            Some(of) if of.kind == CompositeKind::Struct => {
                for (at, field) in of.fields.iter().enumerate() {
                    let mut inner = path.clone();
                    inner.1.push(at as u32);
                    self.begin(inner, &field.ty);
                }
            }
            _ => {}
        }
    }

    /// A body from its beginning: headers of `out` parameters are invalid (6.8).
    fn whole(&mut self, locals: &'a [Local], params: &[Param], init: &[Stmt], body: &[Stmt]) {
        self.locals = locals;
        self.invalid.clear();
        for param in params.iter().filter(|param| param.direction == Direction::Out) {
            if let Some(local) = param.local {
                self.begin(Path(local, vec![]), &param.ty);
            }
        }
        self.body(init);
        self.body(body);
    }

    fn write(&mut self, place: &Expr) {
        match &place.kind {
            ExprKind::Field(of, _) if self.is_header(&of.ty) => self.field_of(of, true),
            ExprKind::Slice { of, .. } => self.write(of),
            ExprKind::PlusSlice { of, lo, .. } => {
                self.read(lo);
                self.write(of);
            }
            ExprKind::Index(of, at) => {
                self.read(at);
                self.write(of);
            }
            _ => self.forget(place),
        }
    }

    fn forget(&mut self, place: &Expr) {
        if let Some(path) = self.path(place) {
            self.invalid.retain(|other| !other.overlaps(&path));
        }
    }

    fn field_of(&mut self, header: &Expr, written: bool) {
        if let Some(path) = self.path(header)
            && self.invalid.remove(&path)
        {
            self.found.push((header.span, written));
        }
    }

    fn call(&mut self, call: &Call) {
        // Checksums leave out the fields of invalid headers: some programs rely on it.
        let is_extern = matches!(call.callee, Callee::ExternFunction(_));
        for arg in &call.args {
            match arg {
                Arg::Value(Expr { kind: ExprKind::Aggregate(_), .. }) if is_extern => {}
                Arg::Value(value) => self.read(value),
                // An `inout` header is read by who is called; fields of it are not followed there.
                Arg::LValue(place) => self.forget_around(place),
                Arg::Ignored => {}
            }
        }
        match &call.callee {
            Callee::SetValid(header) => self.forget(header),
            Callee::SetInvalid(header) => {
                if let Some(path) = self.path(header).filter(|_| self.is_header(&header.ty)) {
                    self.invalid.insert(path);
                }
            }
            Callee::Table(_) | Callee::Action(_) => self.invalid.clear(),
            _ => {}
        }
    }

    /// Arguments that are written: the place, or the header that it is a field of.
    fn forget_around(&mut self, place: &Expr) {
        match &place.kind {
            ExprKind::Field(of, _) if self.is_header(&of.ty) => self.forget(of),
            ExprKind::Slice { of, .. } | ExprKind::PlusSlice { of, .. } => self.forget_around(of),
            _ => self.forget(place),
        }
    }
}

impl Facts for Walk<'_> {
    type Fact = Path;

    fn facts(&mut self) -> &mut HashSet<Path> {
        &mut self.invalid
    }

    fn declare(&mut self, local: LocalId) {
        if let Some(of) = self.locals.get(local.index()) {
            self.begin(Path(local, vec![]), &of.ty);
        }
    }

    /// Who asks for validity knows what he does.
    fn ask(&mut self, condition: &Expr) {
        if asks_validity(condition) {
            self.invalid.clear();
        }
    }

    fn assign(&mut self, left: &Expr, right: &Expr) {
        self.read(right);
        let path = self.path(left);
        let invalid = match &right.kind {
            ExprKind::Invalid => true,
            ExprKind::Default => self.is_header(&left.ty),
            _ => self.path(right).is_some_and(|from| self.invalid.contains(&from)),
        };
        self.write(left);
        if let (Some(path), true) = (path, invalid && self.is_header(&left.ty)) {
            self.invalid.insert(path);
        }
    }

    fn read(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Field(of, _) if self.is_header(&of.ty) => {
                self.field_of(of, false);
                self.read(of);
            }
            ExprKind::Call(call) => self.call(call),
            // The table's actions may write to anything around.
            ExprKind::ApplyHit { .. } => self.invalid.clear(),
            _ => self.parts(expr),
        }
    }
}

fn asks_validity(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::IsValid(_) => true,
        ExprKind::Unary(_, of) => asks_validity(of),
        ExprKind::Binary(_, a, b) => asks_validity(a) || asks_validity(b),
        _ => false,
    }
}
