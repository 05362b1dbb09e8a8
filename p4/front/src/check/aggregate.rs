//! Tuple expressions, structure-valued expressions, default and invalid values. P4-16 sections 8.12 to 8.14, 8.27.

use super::Checker;
use super::show::count;
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::intern::Name;
use crate::source::Span;
use crate::text::nearest;

/// The types of the members that an aggregate of a type has: exactly those, or any number of one.
enum Members {
    Exactly(Vec<(Option<Name>, Ty)>),
    Any(Ty),
}

impl Checker<'_> {
    fn members(&self, ty: &Ty) -> Option<Members> {
        Some(match ty {
            Ty::Composite(id, args) if !self.is_union(ty) => Members::Exactly(
                self.fields(*id, args).into_iter().map(|(name, ty)| (Some(name), ty)).collect(),
            ),
            Ty::Tuple(of) => Members::Exactly(of.iter().map(|ty| (None, ty.clone())).collect()),
            Ty::Stack(of, size) => Members::Exactly(vec![(None, (**of).clone()); *size as usize]),
            Ty::List(of) => Members::Any((**of).clone()),
            _ => return None,
        })
    }

    /// `{a, b, ...}` where a type is expected, or by itself a tuple.
    pub(super) fn list(&mut self, items: &[ast::Expr], expected: Option<&Ty>, span: Span) -> Expr {
        let (items, dots) = match items.split_last() {
            Some((last, rest)) if matches!(last.kind, ast::ExprKind::Dots) => (rest, true),
            _ => (items, false),
        };
        if let Some(early) = items.iter().find(|item| matches!(item.kind, ast::ExprKind::Dots)) {
            self.error(early.span, "`...` must come last");
            return self.unknown(span);
        }
        match expected.and_then(|ty| self.members(ty)) {
            Some(Members::Exactly(members)) => self.exact_list(items, dots, &members, expected, span),
            Some(Members::Any(of)) => {
                let of: Vec<Expr> = items.iter().map(|item| self.expr_as(item, &of)).collect();
                Expr { ty: expected.cloned().unwrap_or(Ty::Unknown), span, kind: ExprKind::Aggregate(of) }
            }
            None if dots => {
                self.error_help(span, "the type of this value is not known", "write it: `(T) {...}`");
                self.unknown(span)
            }
            None => {
                let of: Vec<Expr> = items.iter().map(|item| self.expr(item, None)).collect();
                let types: Vec<Ty> = of.iter().map(|item| item.ty.clone()).collect();
                Expr { ty: Ty::Tuple(types.into()), span, kind: ExprKind::Aggregate(of) }
            }
        }
    }

    fn exact_list(
        &mut self,
        items: &[ast::Expr],
        dots: bool,
        members: &[(Option<Name>, Ty)],
        expected: Option<&Ty>,
        span: Span,
    ) -> Expr {
        let ty = expected.cloned().unwrap_or(Ty::Unknown);
        if items.len() > members.len() || (!dots && items.len() < members.len()) {
            let message = format!(
                "{} needs {}, here are {}",
                self.quote(&ty),
                count(members.len(), "value"),
                items.len()
            );
            self.error_help(span, message, "a last `...` gives the others their default values");
            items.iter().for_each(|item| drop(self.expr(item, None)));
            return Expr { ty, ..self.unknown(span) };
        }
        let mut values: Vec<Expr> = Vec::with_capacity(members.len());
        for (item, (_, member)) in items.iter().zip(members) {
            values.push(self.expr_as(item, member));
        }
        for (_, member) in members.iter().skip(items.len()) {
            values.push(self.default_node(member, span));
        }
        Expr { ty, span, kind: ExprKind::Aggregate(values) }
    }

    /// `{k = a, ...}`
    pub(super) fn record(
        &mut self,
        fields: &[(ast::Ident, ast::Expr)],
        dots: bool,
        expected: Option<&Ty>,
        span: Span,
    ) -> Expr {
        let twice = fields
            .iter()
            .enumerate()
            .find(|(at, (name, _))| fields[..*at].iter().any(|(before, _)| before.name == name.name));
        if let Some((_, (name, _))) = twice {
            let message = format!("field `{}` is given twice", self.text(name.name));
            self.error(name.span, message);
            return self.unknown(span);
        }
        match expected {
            Some(ty @ Ty::Composite(id, args)) if !self.is_union(ty) => {
                let members = self.fields(*id, args);
                self.typed_record(fields, dots, ty, &members, span)
            }
            Some(ty) if !matches!(ty, Ty::Unknown | Ty::Var(_)) => {
                let message =
                    format!("a structure-valued expression is not a value of type {}", self.quote(ty));
                self.error_help(span, message, "named fields are for structs and headers");
                self.unknown(span)
            }
            _ => self.untyped_record(fields, dots, span),
        }
    }

    fn typed_record(
        &mut self,
        fields: &[(ast::Ident, ast::Expr)],
        dots: bool,
        ty: &Ty,
        members: &[(Name, Ty)],
        span: Span,
    ) -> Expr {
        for (name, value) in fields {
            if !members.iter().any(|(member, _)| *member == name.name) {
                self.no_such_member(ty, *name);
                self.expr(value, None);
            }
        }
        let mut values = Vec::with_capacity(members.len());
        // Where each value is written.
        let mut written = Vec::with_capacity(members.len());
        let mut missing = vec![];
        for (member, member_ty) in members {
            match fields.iter().position(|(name, _)| name.name == *member) {
                Some(at) => {
                    values.push(self.expr_as(&fields[at].1, member_ty));
                    written.push(at);
                }
                None if dots => {
                    values.push(self.default_node(member_ty, span));
                    written.push(fields.len());
                }
                None => missing.push(format!("`{}`", self.text(*member))),
            }
        }
        if !missing.is_empty() {
            let message = format!("no value for {} of {}", missing.join(", "), self.quote(ty));
            self.error_help(span, message, "a last `...` gives the others their default values");
            return Expr { ty: ty.clone(), ..self.unknown(span) };
        }
        in_order(ty.clone(), span, values, &written)
    }

    /// Without an expected type: a struct of its own.
    fn untyped_record(&mut self, fields: &[(ast::Ident, ast::Expr)], dots: bool, span: Span) -> Expr {
        if dots {
            self.error_help(span, "the type of this value is not known", "write it: `(T) {...}`");
            return self.unknown(span);
        }
        let values: Vec<Expr> = fields.iter().map(|(_, value)| self.expr(value, None)).collect();
        let fields = fields.iter().zip(&values).map(|((name, _), value)| Field {
            name: name.name,
            ty: value.ty.clone(),
            annotations: vec![],
            span: name.span,
        });
        let fields: Vec<Field> = fields.collect();
        let name = self.intern("struct {...}");
        let id = CompositeId(self.hir.composites.len() as u32);
        let kind = CompositeKind::Struct;
        self.hir.composites.push(Composite {
            kind,
            name,
            span,
            annotations: vec![],
            type_params: vec![],
            fields,
        });
        self.anonymous.insert(id);
        Expr { ty: Ty::Composite(id, [].into()), span, kind: ExprKind::Aggregate(values) }
    }

    /// `{#}`
    pub(super) fn invalid(&mut self, expected: Option<&Ty>, span: Span) -> Expr {
        match expected {
            Some(ty) if self.is_header(ty) || self.is_union(ty) => {
                Expr { ty: ty.clone(), span, kind: ExprKind::Invalid }
            }
            Some(Ty::Unknown) => self.unknown(span),
            Some(ty) if !matches!(ty, Ty::Var(_)) => {
                let message = format!("`{{#}}` is a header or a header union, not {}", self.quote(ty));
                self.error(span, message);
                self.unknown(span)
            }
            _ => {
                self.error_help(span, "the type of `{#}` is not known", "write it: `(H) {#}`");
                self.unknown(span)
            }
        }
    }

    /// `...` alone: the default value (7.3).
    pub(super) fn dots(&mut self, expected: Option<&Ty>, span: Span) -> Expr {
        match expected {
            Some(Ty::Unknown) => self.unknown(span),
            Some(ty) if self.has_default(ty, 0) => self.default_node(ty, span),
            Some(ty) => {
                let message = format!("{} has no default value", self.quote(ty));
                self.error(span, message);
                self.unknown(span)
            }
            None => {
                self.error_help(span, "the type of `...` is not known", "write it: `(T) ...`");
                self.unknown(span)
            }
        }
    }

    /// The default value of a type: the literal where the type is a simple one.
    pub(super) fn default_node(&self, ty: &Ty, span: Span) -> Expr {
        let kind = match ty {
            Ty::Bit(_) | Ty::Int(_) | Ty::Integer => ExprKind::Int(0.into()),
            Ty::Bool => ExprKind::Bool(false),
            Ty::String => ExprKind::Str("".into()),
            Ty::Enum(_) => match self.underlying(ty) {
                Some(behind) => ExprKind::Cast(Box::new(self.default_node(&behind, span))),
                None => ExprKind::EnumMember(0),
            },
            Ty::NewType(id) => {
                let behind = self.hir.new_types[id.index()].ty.clone();
                ExprKind::Cast(Box::new(self.default_node(&behind, span)))
            }
            Ty::Error => self.no_error().map_or(ExprKind::Default, ExprKind::Error),
            _ => ExprKind::Default,
        };
        Expr { ty: ty.clone(), span, kind }
    }

    fn no_error(&self) -> Option<u32> {
        let at = self.hir.errors.iter().position(|error| self.text(*error) == "NoError")?;
        u32::try_from(at).ok()
    }

    fn has_default(&self, ty: &Ty, depth: u32) -> bool {
        match ty {
            Ty::Tuple(of) => depth < 64 && of.iter().all(|ty| self.has_default(ty, depth + 1)),
            Ty::String | Ty::Integer => true,
            ty => self.is_value_type(ty),
        }
    }

    /// A tuple expression or a structure-valued one, already checked, as a value of another type.
    pub(super) fn coerce_members(&mut self, expr: Expr, to: &Ty) -> Result<Expr, Expr> {
        let members = match self.members(to) {
            Some(members) => members,
            None => return Err(expr),
        };
        let Some(given) = self.given_members(&expr) else { return Err(expr) };
        let wanted = match members {
            Members::Any(of) => given.iter().map(|_| (None, of.clone())).collect(),
            Members::Exactly(members) => members,
        };
        let named = matches!(&expr.ty, Ty::Composite(..));
        if wanted.len() != given.len() {
            return Err(expr);
        }
        let (mut values, mut written) = (vec![], vec![]);
        for (at, (name, ty)) in wanted.iter().enumerate() {
            let found = match (named, name) {
                (true, Some(name)) => given.iter().position(|(given, _)| *given == Some(*name)),
                (true, None) => None,
                (false, _) => Some(at),
            };
            let Some(found) = found else { return Err(expr) };
            match self.try_coerce(given[found].1.clone(), ty) {
                Ok(value) => values.push(value),
                Err(_) => return Err(expr),
            }
            written.push(found);
        }
        Ok(in_order(to.clone(), expr.span, values, &written))
    }

    /// The members of what may be converted member by member: a list, a structure without a type, or a tuple in a variable.
    fn given_members(&self, expr: &Expr) -> Option<Vec<(Option<Name>, Expr)>> {
        match (&expr.ty, &expr.kind) {
            (Ty::Tuple(_), ExprKind::Aggregate(of)) => Some(of.iter().map(|of| (None, of.clone())).collect()),
            (Ty::Tuple(of), _) if self.is_path(expr) => {
                let member = |(at, ty): (usize, &Ty)| {
                    let kind = ExprKind::Field(Box::new(expr.clone()), at as u32);
                    (None, Expr { ty: ty.clone(), span: expr.span, kind })
                };
                Some(of.iter().enumerate().map(member).collect())
            }
            (Ty::Composite(id, _), ExprKind::Aggregate(of)) if self.anonymous.contains(id) => {
                let fields = &self.hir.composites[id.index()].fields;
                Some(fields.iter().zip(of).map(|(field, of)| (Some(field.name), of.clone())).collect())
            }
            _ => None,
        }
    }

    /// A variable or a part of one: reading it twice is reading it once.
    pub(super) fn is_path(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Local(_) => true,
            ExprKind::Field(of, _) => self.is_path(of),
            ExprKind::Index(of, at) => self.is_path(of) && super::value::is_literal(at),
            _ => false,
        }
    }

    pub(super) fn no_such_member(&mut self, ty: &Ty, name: ast::Ident) {
        let message = format!("{} has no member `{}`", self.quote(ty), self.text(name.name));
        let mut diagnostic = Diagnostic::error(name.span, message);
        if let Ty::Composite(id, _) = ty {
            let composite = &self.hir.composites[id.index()];
            let names: Vec<String> = composite
                .fields
                .iter()
                .take(12)
                .map(|field| format!("`{}`", self.text(field.name)))
                .collect();
            let span = composite.span;
            let all = composite.fields.iter().map(|field| self.session.names.text(field.name));
            let methods: &[&str] = match composite.kind {
                CompositeKind::Header => &["isValid", "setValid", "setInvalid"],
                CompositeKind::Union => &["isValid"],
                CompositeKind::Struct => &[],
            };
            if let Some(method) = methods.iter().find(|method| **method == self.text(name.name)) {
                diagnostic = diagnostic.help(format!("call it: `{method}()`"));
            } else if let Some(near) = nearest(&self.text(name.name), all) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            } else if !names.is_empty() {
                diagnostic = diagnostic.help(format!("it has {}", names.join(", ")));
            }
            diagnostic = diagnostic.related(span, "declared here");
        }
        self.report(diagnostic);
    }
}

/// 8.1: evaluated as written, where that can be told.
fn in_order(ty: Ty, span: Span, values: Vec<Expr>, written: &[usize]) -> Expr {
    let told = !written.is_sorted() && values.iter().any(Expr::has_effect);
    let plain = Expr { ty: ty.clone(), span, kind: ExprKind::Aggregate(values) };
    if !told {
        return plain;
    }
    let mut order: Vec<u32> = (0..written.len() as u32).collect();
    order.sort_by_key(|at| written[*at as usize]);
    Expr { ty, span, kind: ExprKind::Ordered(Box::new(plain), order) }
}
