//! Types as written, resolved. P4-16 section 7.

use super::scope::Entity;
use super::show::count;
use super::{Checker, value};
use crate::ast::{self, NameRef, TypeKind};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_traits::{Signed, ToPrimitive};
use std::collections::HashMap;
use std::sync::Arc;

/// Bits of the widest value. A bound is needed for a program to be able to run; no real header comes near it.
pub(super) const WIDEST: u32 = 1 << 17;
/// Elements of the longest stack.
const LONGEST_STACK: u32 = 1 << 14;

pub(super) type Bindings = HashMap<TypeVarId, Ty>;

/// The type with what its variables are bound to in their places.
pub(super) fn substitute(ty: &Ty, bindings: &Bindings) -> Ty {
    let all = |args: &TypeArgs| -> TypeArgs { args.iter().map(|arg| substitute(arg, bindings)).collect() };
    if bindings.is_empty() {
        return ty.clone();
    }
    match ty {
        Ty::Var(id) => bindings.get(id).cloned().unwrap_or_else(|| ty.clone()),
        Ty::Composite(id, args) => Ty::Composite(*id, all(args)),
        Ty::Extern(id, args) => Ty::Extern(*id, all(args)),
        Ty::Apply(id, args) => Ty::Apply(*id, all(args)),
        Ty::Tuple(args) => Ty::Tuple(all(args)),
        Ty::List(of) => Ty::List(Arc::new(substitute(of, bindings))),
        Ty::Stack(of, size) => Ty::Stack(Arc::new(substitute(of, bindings)), *size),
        other => other.clone(),
    }
}

/// Whether any variable occurs for which `is` holds.
pub(super) fn mentions(ty: &Ty, is: &dyn Fn(TypeVarId) -> bool) -> bool {
    match ty {
        Ty::Var(id) => is(*id),
        Ty::Composite(_, args) | Ty::Extern(_, args) | Ty::Apply(_, args) | Ty::Tuple(args) => {
            args.iter().any(|arg| mentions(arg, is))
        }
        Ty::List(of) | Ty::Stack(of, _) => mentions(of, is),
        _ => false,
    }
}

pub(super) fn bind(params: &[TypeVarId], args: &[Ty]) -> Bindings {
    params.iter().copied().zip(args.iter().cloned()).collect()
}

impl Checker<'_> {
    /// A type as written.
    pub(super) fn ty(&mut self, ty: &ast::Type) -> Ty {
        match &ty.kind {
            TypeKind::Void => Ty::Void,
            TypeKind::Bool => Ty::Bool,
            TypeKind::Error => Ty::Error,
            TypeKind::MatchKind => Ty::MatchKind,
            TypeKind::String => Ty::String,
            TypeKind::Integer => Ty::Integer,
            TypeKind::Bit(None) => Ty::Bit(1),
            TypeKind::Bit(Some(width)) => self.width(width).map_or(Ty::Unknown, Ty::Bit),
            TypeKind::Int(width) => self.width(width).map_or(Ty::Unknown, Ty::Int),
            TypeKind::Varbit(width) => self.width(width).map_or(Ty::Unknown, Ty::Varbit),
            TypeKind::Name(name) => self.named_type(*name, &[], ty.span),
            TypeKind::Specialized(name, args) => self.named_type(*name, args, ty.span),
            TypeKind::Stack(of, size) => self.stack_type(of, size, ty.span),
            TypeKind::Tuple(of) => {
                let of: Vec<Ty> = of.iter().map(|member| self.tuple_member(member)).collect();
                self.bounded(Ty::Tuple(of.into()), ty.span)
            }
            TypeKind::List(of) => {
                let member = self.type_arg(of);
                self.may_be_in_a_list(&member, of.span);
                Ty::List(Arc::new(member))
            }
            TypeKind::DontCare => {
                self.error_help(ty.span, "`_` is not a type", "it can stand for a type argument only");
                Ty::Unknown
            }
        }
    }

    fn tuple_member(&mut self, member: &ast::Type) -> Ty {
        let ty = self.type_arg(member);
        self.may_be_in_a_tuple(&ty, member.span);
        ty
    }

    /// A type argument: also `_`.
    pub(super) fn type_arg(&mut self, ty: &ast::Type) -> Ty {
        if !matches!(ty.kind, TypeKind::DontCare) {
            return self.ty(ty);
        }
        let name = self.intern("_");
        let id = self.new_type_var(name);
        self.wild.insert(id);
        Ty::Var(id)
    }

    pub(super) fn new_type_var(&mut self, name: crate::Name) -> TypeVarId {
        self.hir.type_vars.push(name);
        TypeVarId(self.hir.type_vars.len() as u32 - 1)
    }

    /// The width of `bit<N>`, `int<N>`, `varbit<N>` (7.1.6): not negative, known here.
    fn width(&mut self, width: &ast::Expr) -> Option<u32> {
        let bits = self.constant_int(width, "the width of a type")?;
        if bits.is_negative() {
            let message = format!("the width of a type cannot be negative, this is {bits}");
            self.error(width.span, message);
            return None;
        }
        let fits = bits.to_u32().filter(|bits| *bits <= WIDEST);
        if fits.is_none() {
            self.error(
                width.span,
                format!("a width of {} bits is more than the limit of {WIDEST}", value::brief(&bits)),
            );
        }
        fits
    }

    fn stack_type(&mut self, of: &ast::Type, size: &ast::Expr, span: Span) -> Ty {
        let element = self.ty(of);
        let Some(number) = self.constant_int(size, "the size of a stack") else { return Ty::Unknown };
        if number.is_negative() {
            self.error(size.span, format!("the size of a stack cannot be negative, this is {number}"));
            return Ty::Unknown;
        }
        let Some(elements) = number.to_u32().filter(|size| *size <= LONGEST_STACK) else {
            let message = format!(
                "a stack of {} elements is more than the limit of {LONGEST_STACK}",
                value::brief(&number)
            );
            self.error(size.span, message);
            return Ty::Unknown;
        };
        if !self.may_be_in_a_stack(&element, span) {
            return Ty::Unknown;
        }
        self.bounded(Ty::Stack(Arc::new(element), elements), span)
    }

    /// A named type with its type arguments.
    pub(super) fn named_type(&mut self, name: NameRef, args: &[ast::Type], span: Span) -> Ty {
        let Some(entity) = self.lookup(name) else {
            args.iter().for_each(|arg| drop(self.type_arg(arg)));
            return Ty::Unknown;
        };
        let args: Vec<Ty> = args.iter().map(|arg| self.type_arg(arg)).collect();
        let given = args.len();
        let Some(ty) = self.entity_type(&entity, args.into()) else {
            if !matches!(entity, Entity::Poison) {
                let message = format!("`{}` is {}, not a type", self.text(name.ident.name), entity.noun());
                self.error(name.ident.span, message);
            }
            return Ty::Unknown;
        };
        if !self.right_number_of_type_args(&ty, name, span) {
            return Ty::Unknown;
        }
        if given == 0 {
            return ty;
        }
        let ty = self.bounded(ty, span);
        self.fields_are_allowed(&ty, span);
        ty
    }

    /// The type that an entity is, with its arguments, unchecked; None where it is not a type.
    pub(super) fn entity_type(&self, entity: &Entity, args: TypeArgs) -> Option<Ty> {
        Some(match entity {
            Entity::Composite(id) => Ty::Composite(*id, args),
            Entity::Extern(id) => Ty::Extern(*id, args),
            Entity::Apply(id) => Ty::Apply(*id, args),
            Entity::Enum(id) => Ty::Enum(*id),
            Entity::NewType(id) => Ty::NewType(*id),
            Entity::Parser(id) => Ty::Parser(*id),
            Entity::Control(id) => Ty::Control(*id),
            Entity::TypeVar(id) => Ty::Var(*id),
            Entity::Alias(ty) => ty.clone(),
            _ => return None,
        })
    }

    pub(super) fn type_params(&self, ty: &Ty) -> &[TypeVarId] {
        match ty {
            Ty::Composite(id, _) => &self.hir.composites[id.index()].type_params,
            Ty::Extern(id, _) => &self.hir.externs[id.index()].type_params,
            Ty::Apply(id, _) => &self.hir.apply_types[id.index()].type_params,
            Ty::Parser(_) | Ty::Control(_) => self.type_params_of_block(ty),
            _ => &[],
        }
    }

    /// Of a parser or control that is declared with a body.
    pub(super) fn type_params_of_block(&self, ty: &Ty) -> &[TypeVarId] {
        match ty {
            Ty::Parser(id) => &self.hir.parsers[id.index()].type_params,
            Ty::Control(id) => &self.hir.controls[id.index()].type_params,
            _ => &[],
        }
    }

    fn right_number_of_type_args(&mut self, ty: &Ty, name: NameRef, span: Span) -> bool {
        let given = match ty {
            Ty::Composite(_, args) | Ty::Extern(_, args) | Ty::Apply(_, args) => args.len(),
            _ => return true,
        };
        let wanted = self.type_params(ty).len();
        // An alias has the arguments of what it stands for.
        if given == wanted || matches!(self.find(name).map(|found| &found.entity), Some(Entity::Alias(_))) {
            return true;
        }
        let message = format!(
            "`{}` takes {}, {} given",
            self.text(name.ident.name),
            count(wanted, "type argument"),
            if given == 1 { "1 is".to_owned() } else { format!("{given} are") }
        );
        let declared = self.find(name).map(|found| found.span);
        let mut diagnostic = Diagnostic::error(span, message);
        if let Some(declared) = declared {
            diagnostic = diagnostic.related(declared, "declared here");
        }
        self.report(diagnostic);
        false
    }

    /// The fields of a composite with its type arguments in their places.
    pub(super) fn fields(&self, id: CompositeId, args: &[Ty]) -> Vec<(crate::Name, Ty)> {
        let composite = &self.hir.composites[id.index()];
        let bindings = bind(&composite.type_params, args);
        composite.fields.iter().map(|field| (field.name, substitute(&field.ty, &bindings))).collect()
    }

    pub(super) fn kind_of(&self, ty: &Ty) -> Option<CompositeKind> {
        match ty {
            Ty::Composite(id, _) => Some(self.hir.composites[id.index()].kind),
            _ => None,
        }
    }

    pub(super) fn is_header(&self, ty: &Ty) -> bool {
        self.kind_of(ty) == Some(CompositeKind::Header)
    }

    pub(super) fn is_union(&self, ty: &Ty) -> bool {
        self.kind_of(ty) == Some(CompositeKind::Union)
    }

    /// The type behind a serializable enum.
    pub(super) fn underlying(&self, ty: &Ty) -> Option<Ty> {
        match ty {
            Ty::Enum(id) => self.hir.enums[id.index()].ty.clone(),
            _ => None,
        }
    }

    /// The type behind `type`, all the way down.
    pub(super) fn behind(&self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        while let Ty::NewType(id) = ty {
            ty = self.hir.new_types[id.index()].ty.clone();
        }
        ty
    }
}
