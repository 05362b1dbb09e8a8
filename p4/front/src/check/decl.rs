//! Declarations at the top level: types, constants, functions, blocks. P4-16 sections 6.6, 7.2, 11.1.

use super::Checker;
use super::rules::CallKind as Kind;
use super::scope::Entity;
use super::value::{fits, is_literal};
use crate::ast::{self, DeclKind};
use crate::diag::Diagnostic;
use crate::hir::*;
use num_bigint::BigInt;
use std::rc::Rc;

/// Fields of the largest type, counted all the way down.
const MOST_LEAVES: u32 = 1 << 18;

/// Fields of one type, members of one enum, parameters, actions of one table and what else is searched by its name.
pub(super) const MOST_NAMES: usize = 10_000;

impl Checker<'_> {
    pub(super) fn top_level(&mut self, decl: &ast::Decl) {
        match &decl.kind {
            DeclKind::Const(constant) => drop(self.constant(decl, constant)),
            DeclKind::Extern(external) => self.extern_object(decl, external),
            DeclKind::ExternFunction(proto) => self.extern_function(decl, proto),
            DeclKind::Function(function) => self.function(decl, function),
            DeclKind::Action(action) => self.action(decl, action, Owner::Program),
            DeclKind::Parser(parser) => self.parser(decl, parser),
            DeclKind::Control(control) => self.control(decl, control),
            DeclKind::ParserType(apply) => self.apply_type(decl, apply, ApplyKind::Parser),
            DeclKind::ControlType(apply) => self.apply_type(decl, apply, ApplyKind::Control),
            DeclKind::Package(apply) => self.apply_type(decl, apply, ApplyKind::Package),
            DeclKind::Header(_) | DeclKind::HeaderUnion(_) | DeclKind::Struct(_) | DeclKind::Enum(_) => {
                self.derived_type(decl);
            }
            DeclKind::Typedef { ty, name } => self.typedef(decl, ty, *name),
            DeclKind::NewType { ty, name } => self.new_type(decl, ty, *name),
            DeclKind::Error(names) => self.errors(names),
            DeclKind::MatchKind(names) => self.match_kinds(names),
            DeclKind::Instance(instance) => self.instance(decl, instance),
            // The parser has said that these cannot stand here.
            DeclKind::Variable(variable) => self.declare(variable.name, Entity::Poison),
            DeclKind::Table(table) => self.declare(table.name, Entity::Poison),
            DeclKind::ValueSet(set) => {
                self.value_set(decl, set);
            }
        }
    }

    /// A struct, header, union or enum; the type where it could be made.
    fn derived_type(&mut self, decl: &ast::Decl) -> Option<Ty> {
        let ty = match &decl.kind {
            DeclKind::Header(of) => self.composite(decl, of, CompositeKind::Header),
            DeclKind::HeaderUnion(of) => self.composite(decl, of, CompositeKind::Union),
            DeclKind::Struct(of) => self.composite(decl, of, CompositeKind::Struct),
            DeclKind::Enum(of) => self.enumeration(decl, of),
            _ => {
                self.error(decl.span, "a `typedef` of this is not possible");
                return None;
            }
        };
        Some(ty)
    }

    fn composite(&mut self, decl: &ast::Decl, of: &ast::Composite, kind: CompositeKind) -> Ty {
        let annotations = self.annotations(&decl.annotations);
        let (type_params, fields) = self.scoped(|this| {
            let type_params = this.declare_type_params(&of.type_params);
            (type_params, this.composite_fields(&of.fields, kind))
        });
        let id = CompositeId(self.hir.composites.len() as u32);
        self.hir.composites.push(Composite {
            kind,
            name: of.name.name,
            span: of.name.span,
            annotations,
            type_params,
            fields,
        });
        self.not_too_large(id);
        self.declare(of.name, Entity::Composite(id));
        self.deprecate(of.name.span, decl);
        Ty::Composite(id, [].into())
    }

    /// As many names as there may be in one list; says so where there are more.
    pub(super) fn not_too_many<'n, T>(
        &mut self,
        names: &'n [T],
        what: &str,
        place: impl Fn(&T) -> crate::Span,
    ) -> &'n [T] {
        let Some(first) = names.get(MOST_NAMES) else { return names };
        self.error(place(first), format!("more than the limit of {MOST_NAMES} {what} in one list"));
        &names[..MOST_NAMES]
    }

    fn composite_fields(&mut self, fields: &[ast::Field], kind: CompositeKind) -> Vec<Field> {
        let mut done: Vec<Field> = vec![];
        for field in self.not_too_many(fields, "fields", |field| field.name.span) {
            let mut ty = self.ty(&field.ty);
            if !self.may_be_a_field(kind, &ty, field.ty.span) {
                ty = Ty::Unknown;
            }
            let annotations = self.annotations(&field.annotations);
            let before = done.iter().find(|before| before.name == field.name.name).map(|before| before.span);
            if let Some(before) = before {
                let message = format!("field `{}` is declared twice", self.text(field.name.name));
                self.report(
                    Diagnostic::error(field.name.span, message).related(before, "first declared here"),
                );
                continue;
            }
            done.push(Field { name: field.name.name, ty, annotations, span: field.name.span });
        }
        done
    }

    /// Bounds the leaves of a type, so that walking one is always possible.
    fn not_too_large(&mut self, id: CompositeId) {
        let mut left = MOST_LEAVES;
        let composite = &self.hir.composites[id.index()];
        let fits = composite.fields.iter().all(|field| self.leaves(&field.ty, &mut left));
        if !fits {
            let span = composite.span;
            self.too_large_a_type(span);
            for field in &mut self.hir.composites[id.index()].fields {
                field.ty = Ty::Unknown;
            }
        }
    }

    fn too_large_a_type(&mut self, span: crate::Span) {
        self.error(span, format!("this type has more than the limit of {MOST_LEAVES} fields in all"));
    }

    /// The type, or nothing where it has too many leaves: types by `typedef` double with each line.
    pub(super) fn bounded(&mut self, ty: Ty, span: crate::Span) -> Ty {
        let mut left = MOST_LEAVES;
        if self.leaves(&ty, &mut left) {
            return ty;
        }
        self.too_large_a_type(span);
        Ty::Unknown
    }

    fn leaves(&self, ty: &Ty, left: &mut u32) -> bool {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        match ty {
            Ty::Composite(id, args) => self.fields(*id, args).iter().all(|(_, ty)| self.leaves(ty, left)),
            Ty::Tuple(of) => of.iter().all(|ty| self.leaves(ty, left)),
            Ty::Stack(of, size) => {
                let before = *left;
                let fits = self.leaves(of, left);
                let one = before - *left;
                *left = before.saturating_sub(one.saturating_mul((*size).max(1)));
                fits && *left > 0
            }
            _ => true,
        }
    }

    fn enumeration(&mut self, decl: &ast::Decl, of: &ast::Enum) -> Ty {
        let annotations = self.annotations(&decl.annotations);
        let behind = of.ty.as_ref().map(|ty| {
            let behind = self.ty(ty);
            if !matches!(behind, Ty::Bit(_) | Ty::Int(_) | Ty::Unknown) {
                let message = format!("{} cannot be behind an enum", self.quote(&behind));
                self.error_help(ty.span, message, "it is `bit<N>` or `int<N>`");
                return Ty::Unknown;
            }
            behind
        });
        let mut members: Vec<EnumMember> = vec![];
        let mut seen: Vec<ast::Ident> = vec![];
        for (name, value) in self.not_too_many(&of.members, "members", |(name, _)| name.span) {
            if let Some(before) = seen.iter().find(|before| before.name == name.name).copied() {
                let message = format!("enum member `{}` is declared twice", self.text(name.name));
                self.report(
                    Diagnostic::error(name.span, message).related(before.span, "first declared here"),
                );
                continue;
            }
            seen.push(*name);
            let value = self.enum_value(value.as_ref(), behind.as_ref());
            members.push(EnumMember { name: name.name, value });
        }
        let id = EnumId(self.hir.enums.len() as u32);
        let (name, span) = (of.name.name, of.name.span);
        self.hir.enums.push(Enum { name, span, annotations, ty: behind, members });
        self.declare(of.name, Entity::Enum(id));
        self.deprecate(of.name.span, decl);
        Ty::Enum(id)
    }

    fn enum_value(&mut self, value: Option<&ast::Expr>, behind: Option<&Ty>) -> Option<BigInt> {
        match (value, behind) {
            // The parser has said that type and values come together.
            (_, None) | (None, _) => None,
            (Some(value), Some(behind)) => {
                let checked = self.expr(value, None);
                let number = self.known_int(&checked, "the value of an enum member")?;
                let same = checked.ty == Ty::Integer
                    || checked.ty == *behind
                    || self.underlying(&checked.ty).is_some();
                if !same && *behind != Ty::Unknown && checked.ty != Ty::Unknown {
                    self.mismatch(&checked, behind);
                } else if !fits(&number, behind) {
                    let message =
                        format!("{} does not fit into {}", super::value::brief(&number), self.quote(behind));
                    self.error(value.span, message);
                }
                Some(number)
            }
        }
    }

    fn typedef(&mut self, decl: &ast::Decl, of: &ast::TypedefOf, name: ast::Ident) {
        self.annotations(&decl.annotations);
        let (ty, span) = match of {
            ast::TypedefOf::Type(ty) => (self.ty(ty), ty.span),
            ast::TypedefOf::Derived(derived) => {
                (self.derived_type(derived).unwrap_or(Ty::Unknown), derived.span)
            }
        };
        if matches!(ty, Ty::Void | Ty::String | Ty::MatchKind) {
            let message = format!("a `typedef` of {} is not possible", self.quote(&ty));
            self.error(span, message);
        }
        self.declare(name, Entity::Alias(ty));
        self.deprecate(name.span, decl);
    }

    fn new_type(&mut self, decl: &ast::Decl, of: &ast::Type, name: ast::Ident) {
        let annotations = self.annotations(&decl.annotations);
        let mut ty = self.ty(of);
        if !matches!(ty, Ty::Bit(_) | Ty::Int(_) | Ty::Bool | Ty::NewType(_) | Ty::Unknown) {
            let message = format!("a `type` of {} is not possible", self.quote(&ty));
            self.error_help(
                of.span,
                message,
                "`type` is for `bit<N>`, `int<N>`, `bool` and other such types; else use `typedef`",
            );
            ty = Ty::Unknown;
        }
        let id = NewTypeId(self.hir.new_types.len() as u32);
        self.hir.new_types.push(NewType { name: name.name, span: name.span, annotations, ty });
        self.declare(name, Entity::NewType(id));
        self.deprecate(name.span, decl);
    }

    fn errors(&mut self, names: &[ast::Ident]) {
        for name in self.not_too_many(names, "errors", |name| name.span) {
            if self.hir.errors.contains(&name.name) {
                let message = format!("error `{}` is declared twice", self.text(name.name));
                self.error(name.span, message);
                continue;
            }
            self.hir.errors.push(name.name);
        }
    }

    fn match_kinds(&mut self, names: &[ast::Ident]) {
        for name in self.not_too_many(names, "match kinds", |name| name.span) {
            if self.hir.match_kinds.contains(&name.name) {
                let message = format!("match kind `{}` is declared twice", self.text(name.name));
                self.error(name.span, message);
                continue;
            }
            self.hir.match_kinds.push(name.name);
            let at = self.hir.match_kinds.len() as u32 - 1;
            let free = self.find(ast::NameRef { dot: true, ident: *name }).is_none();
            if free {
                self.declare(*name, Entity::MatchKind(at));
            }
        }
    }

    fn apply_type(&mut self, decl: &ast::Decl, of: &ast::ApplyType, kind: ApplyKind) {
        let annotations = self.annotations(&decl.annotations);
        let callee = match kind {
            ApplyKind::Parser => Kind::ParserType,
            ApplyKind::Control => Kind::ControlType,
            ApplyKind::Package => Kind::Package,
        };
        let (type_params, params) = self.scoped(|this| {
            let type_params = this.declare_type_params(&of.type_params);
            (type_params, this.params(&of.params, callee))
        });
        self.distinct_from_type_params(&of.type_params, &params);
        let id = ApplyTypeId(self.hir.apply_types.len() as u32);
        let (name, span) = (of.name.name, of.name.span);
        self.hir.apply_types.push(ApplyType { kind, name, span, annotations, type_params, params });
        self.declare(of.name, Entity::Apply(id));
        self.deprecate(of.name.span, decl);
    }

    /// `const T name = value;` at any place. At the top level the value is known here; in a block it may depend on
    /// constructor parameters.
    pub(super) fn constant(&mut self, decl: &ast::Decl, constant: &ast::Const) -> Option<Stmt> {
        self.annotations(&decl.annotations);
        let ty = self.ty(&constant.ty);
        if matches!(ty, Ty::Void | Ty::Extern(..) | Ty::Parser(_) | Ty::Control(_) | Ty::Apply(..)) {
            let message = format!("a constant cannot have type {}", self.quote(&ty));
            self.error(constant.ty.span, message);
            self.declare(constant.name, Entity::Poison);
            return None;
        }
        let errors = self.session.diags.errors();
        let value = self.expr_as(&constant.value, &ty);
        if is_literal(&value) || value.ty == Ty::Unknown {
            if self.scopes.len() == 1 {
                self.hir.consts.push((constant.name.name, value.clone()));
            }
            self.declare(constant.name, Entity::Const(Rc::new(value)));
            self.deprecate(constant.name.span, decl);
            return None;
        }
        if self.session.diags.errors() > errors {
            self.declare(constant.name, Entity::Poison);
            return None;
        }
        let name = self.text(constant.name.name);
        // 11.1: constructor parameters are known at compile time, but not here.
        let (message, help) = match self.is_known(&value) && self.scopes.len() > 1 {
            true => (
                format!("the value of `{name}` must be known where it is declared"),
                "it depends on parameters: declare a variable, or write the expression where it is used",
            ),
            false => (
                format!("the value of `{name}` must be known at compile time"),
                "a constant is made of literals and other constants",
            ),
        };
        self.error_help(constant.value.span, message, help);
        self.declare(constant.name, Entity::Poison);
        None
    }
}
