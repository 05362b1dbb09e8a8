//! Which types may be parts of which. P4-16 section 7.2.9.

use super::Checker;
use crate::hir::*;
use crate::source::Span;
use std::collections::HashSet;

impl Checker<'_> {
    fn refuse(&mut self, ty: &Ty, span: Span, place: &str, help: &str) -> bool {
        if !matches!(ty, Ty::Unknown) {
            let message = format!("{} is not allowed {place}", self.quote(ty));
            self.error_help(span, message, help);
        }
        false
    }

    pub(super) fn may_be_in_a_tuple(&mut self, ty: &Ty, span: Span) -> bool {
        if self.is_value_type(ty) {
            return true;
        }
        self.refuse(
            ty,
            span,
            "in a tuple",
            "members are fixed-width integers, bool, error, enums, headers, structs, tuples",
        )
    }

    pub(super) fn may_be_in_a_list(&mut self, ty: &Ty, span: Span) -> bool {
        if self.is_value_type(ty) || matches!(ty, Ty::Integer | Ty::String | Ty::MatchKind | Ty::List(_)) {
            return true;
        }
        self.refuse(
            ty,
            span,
            "in a list",
            "elements are values: no void, no extern, parser, control or package",
        )
    }

    pub(super) fn may_be_in_a_stack(&mut self, ty: &Ty, span: Span) -> bool {
        if self.is_header(ty) || self.is_union(ty) {
            return true;
        }
        let nested = matches!(ty, Ty::Stack(of, _) if self.is_header(of) || self.is_union(of));
        let fixed = self.is_value_type(ty) && !nested && !matches!(ty, Ty::Tuple(_) | Ty::Error);
        if fixed {
            return true;
        }
        self.refuse(
            ty,
            span,
            "as the element of a stack or an array",
            "elements are headers, header unions, or plain values",
        )
    }

    /// What a struct or a tuple may have as a member.
    pub(super) fn is_value_type(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Bool | Ty::Error | Ty::Bit(_) | Ty::Int(_) | Ty::Varbit(_) | Ty::Enum(_) | Ty::NewType(_) => {
                true
            }
            Ty::Composite(..) | Ty::Stack(..) | Ty::Tuple(_) | Ty::Var(_) | Ty::Unknown => true,
            Ty::Void | Ty::String | Ty::MatchKind | Ty::Integer | Ty::List(_) => false,
            Ty::Extern(..)
            | Ty::Parser(_)
            | Ty::Control(_)
            | Ty::Apply(..)
            | Ty::Table(_)
            | Ty::Action(_) => false,
        }
    }

    fn is_header_field(&self, ty: &Ty, depth: u32) -> bool {
        if depth > 64 {
            return false;
        }
        match ty {
            Ty::Bool | Ty::Bit(_) | Ty::Int(_) | Ty::NewType(_) | Ty::Var(_) | Ty::Unknown => true,
            Ty::Varbit(_) => depth == 0,
            Ty::Enum(_) => self.underlying(ty).is_some(),
            Ty::Composite(id, args) => {
                self.kind_of(ty) == Some(CompositeKind::Struct)
                    && self.fields(*id, args).iter().all(|(_, field)| self.is_header_field(field, depth + 1))
            }
            Ty::Stack(of, _) => self.is_header_field(of, depth + 1),
            _ => false,
        }
    }

    /// One field of a struct, header or union.
    pub(super) fn may_be_a_field(&mut self, kind: CompositeKind, ty: &Ty, span: Span) -> bool {
        match kind {
            CompositeKind::Struct if self.is_value_type(ty) => true,
            CompositeKind::Struct => {
                let help =
                    "fields are fixed-width integers, bool, error, enums, headers, structs, stacks, tuples";
                self.refuse(ty, span, "as a field of a struct", help)
            }
            CompositeKind::Header if self.is_header_field(ty, 0) => true,
            CompositeKind::Header => {
                let help = match ty {
                    Ty::Enum(_) => "give the enum an underlying type: `enum bit<8> E { A = 0 }`",
                    Ty::Composite(..) if self.is_header(ty) => "headers do not nest: put both into a struct",
                    _ => {
                        "fields are bit<N>, int<N>, varbit<N>, bool, serializable enums, and structs of these"
                    }
                };
                self.refuse(ty, span, "as a field of a header", help)
            }
            CompositeKind::Union if self.is_header(ty) || matches!(ty, Ty::Var(_)) => true,
            CompositeKind::Union => self.refuse(
                ty,
                span,
                "as a member of a header union",
                "members of a header union are headers",
            ),
        }
    }

    /// A generic type with these arguments: its fields must be allowed still, and what these consist of.
    pub(super) fn fields_are_allowed(&mut self, ty: &Ty, span: Span) {
        let mut looked_at = HashSet::new();
        self.parts_are_allowed(ty, span, &mut looked_at);
    }

    fn parts_are_allowed(&mut self, ty: &Ty, span: Span, looked_at: &mut HashSet<Ty>) -> bool {
        if !looked_at.insert(ty.clone()) {
            return true;
        }
        match ty {
            Ty::Composite(id, args) if !args.is_empty() => {
                let declared = &self.hir.composites[id.index()];
                let kind = declared.kind;
                let before: Vec<Ty> = declared.fields.iter().map(|field| field.ty.clone()).collect();
                before.into_iter().zip(self.fields(*id, args)).all(|(before, (_, after))| {
                    before == after
                        || self.may_be_a_field(kind, &after, span)
                            && self.parts_are_allowed(&after, span, looked_at)
                })
            }
            Ty::Tuple(members) => members.iter().all(|member| {
                self.may_be_in_a_tuple(member, span) && self.parts_are_allowed(member, span, looked_at)
            }),
            Ty::Stack(element, _) => {
                self.may_be_in_a_stack(element, span) && self.parts_are_allowed(element, span, looked_at)
            }
            _ => true,
        }
    }
}
