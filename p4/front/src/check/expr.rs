//! Expressions. P4-16 section 8.

use super::scope::Entity;
use super::value::{fits, is_literal, width_of, wrap};
use super::{Checker, Place};
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

impl Checker<'_> {
    /// An expression converted to a type.
    pub(super) fn expr_as(&mut self, expr: &ast::Expr, ty: &Ty) -> Expr {
        let value = self.expr(expr, Some(ty));
        self.coerce(value, ty)
    }

    /// An expression. What is expected is a hint for those that have no type of their own.
    pub(super) fn expr(&mut self, expr: &ast::Expr, expected: Option<&Ty>) -> Expr {
        use ast::ExprKind as E;
        let span = expr.span;
        match &expr.kind {
            E::Int { value, width } => self.int_literal(value, *width, span),
            E::Bool(value) => self.boolean(*value, span),
            E::Str(text) => Expr { ty: Ty::String, span, kind: ExprKind::Str(text.as_str().into()) },
            E::Name(name) => self.name(*name, span),
            E::This => self.this(span),
            E::Dots => self.dots(expected, span),
            E::ErrorMember(name) => self.error_member(*name, span),
            E::Member(of, name) => self.member(of, *name, span),
            E::TypeMember(ty, name) => {
                let ty = self.ty(ty);
                self.type_member(&ty, *name, span)
            }
            E::Index(of, at) => self.index(of, at, span),
            E::Slice(of, hi, lo) => self.slice(of, hi, lo, span),
            E::PlusSlice(of, lo, width) => self.plus_slice(of, lo, width, span),
            E::List(items) => self.list(items, expected, span),
            E::Record { fields, dots } => self.record(fields, *dots, expected, span),
            E::Invalid => self.invalid(expected, span),
            E::Unary(op, of) => self.unary(*op, of, span),
            E::Binary(op, left, right) => self.binary(*op, left, right, span),
            E::Ternary(condition, then, other) => self.ternary(condition, then, other, expected, span),
            E::Call { callee, type_args, args } => self.call(callee, type_args, args, span),
            E::Cast(ty, of) => {
                let to = self.ty(ty);
                let value = self.expr(of, Some(&to));
                self.cast(value, &to, span)
            }
        }
    }

    fn int_literal(&mut self, value: &BigInt, width: Option<(bool, u32)>, span: Span) -> Expr {
        let Some((signed, width)) = width else { return self.literal(value.clone(), Ty::Integer, span) };
        if width > super::types::WIDEST {
            self.error(
                span,
                format!("a width of {width} bits is more than the limit of {}", super::types::WIDEST),
            );
            return self.unknown(span);
        }
        let ty = if signed { Ty::Int(width) } else { Ty::Bit(width) };
        if !fits(value, &ty) && width > 0 {
            return self.sized(value, &ty, span);
        }
        self.literal(wrap(value, &ty), ty, span)
    }

    fn this(&mut self, span: Span) -> Expr {
        match self.cx.this.clone() {
            Some((id, args)) => Expr { ty: Ty::Extern(id, args), span, kind: ExprKind::This },
            None => {
                self.error_help(
                    span,
                    "`this` outside of an abstract method",
                    "it is the instance whose method is written",
                );
                self.unknown(span)
            }
        }
    }

    fn error_member(&mut self, name: ast::Ident, span: Span) -> Expr {
        match self.hir.errors.iter().position(|error| *error == name.name) {
            Some(at) => Expr { ty: Ty::Error, span, kind: ExprKind::Error(at as u32) },
            None => {
                let message = format!("there is no error `{}`", self.text(name.name));
                self.error_help(name.span, message, "errors are declared by `error { ... }`");
                Expr { ty: Ty::Error, ..self.unknown(span) }
            }
        }
    }

    fn name(&mut self, name: ast::NameRef, span: Span) -> Expr {
        let Some(entity) = self.lookup(name) else { return self.unknown(span) };
        match entity {
            Entity::Local(id) => {
                let local = &self.locals[id.index()];
                Expr { ty: local.ty.clone(), span, kind: ExprKind::Local(id) }
            }
            Entity::Const(value) => self.use_of(&value, span),
            Entity::Instance(id) => {
                let ty = self.hir.instances[id.index()].ty.clone();
                Expr { ty, span, kind: ExprKind::Instance(id) }
            }
            Entity::MatchKind(at) => Expr { ty: Ty::MatchKind, span, kind: ExprKind::MatchKind(at) },
            Entity::Poison => self.unknown(span),
            other => {
                let message = format!("`{}` is {}, not a value", self.text(name.ident.name), other.noun());
                let help = match other {
                    Entity::Functions(_) | Entity::Action(_) => "call it: `name(...)`",
                    Entity::Table(_) => "apply it: `name.apply()`",
                    Entity::Parser(_) | Entity::Control(_) => "make an instance of it: `name()`",
                    Entity::ValueSet(_) => "value sets are keys of `select`",
                    _ => "a value is needed here",
                };
                self.error_help(span, message, help);
                self.unknown(span)
            }
        }
    }

    fn index(&mut self, of: &ast::Expr, at: &ast::Expr, span: Span) -> Expr {
        let of = self.expr(of, None);
        let at = self.expr(at, None);
        let at = self.numeric_operand(at);
        if matches!(of.ty, Ty::Unknown) || matches!(at.ty, Ty::Unknown) {
            return self.unknown(span);
        }
        if !matches!(at.ty, Ty::Integer | Ty::Bit(_) | Ty::Int(_)) {
            let message = format!("an index must be an integer, this is {}", self.quote(&at.ty));
            self.error(at.span, message);
            return self.unknown(span);
        }
        let number = self.int_of(&at);
        match of.ty.clone() {
            Ty::Stack(element, size) => {
                if let Some(number) = &number
                    && (number.is_negative() || *number >= BigInt::from(size))
                {
                    if !self.cx.unevaluated {
                        let number = super::value::brief(number);
                        let message = format!("index {number} is outside of {}", self.quote(&of.ty));
                        let help = format!("its elements are 0 to {}", size.saturating_sub(1));
                        self.error_help(at.span, message, help);
                    }
                    return Expr { ty: (*element).clone(), ..self.unknown(span) };
                }
                self.element(of, at, (*element).clone(), number, span)
            }
            Ty::Tuple(members) => self.tuple_element(of, at, &members, number, span),
            Ty::List(element) => self.element(of, at, (*element).clone(), number, span),
            ty => {
                let message = format!("{} cannot be indexed", self.quote(&ty));
                let help = match ty {
                    Ty::Bit(_) | Ty::Int(_) => "bits are taken by a slice: `e[hi:lo]`",
                    _ => "stacks, arrays and tuples can",
                };
                self.error_help(of.span, message, help);
                self.unknown(span)
            }
        }
    }

    fn element(&mut self, of: Expr, at: Expr, ty: Ty, number: Option<BigInt>, span: Span) -> Expr {
        match (&of.kind, &number) {
            (ExprKind::Aggregate(members), Some(number)) if is_literal(&of) => {
                if let Some(member) = number.to_usize().and_then(|at| members.get(at)) {
                    return Expr { span, ..member.clone() };
                }
            }
            (ExprKind::Default, Some(_)) => return self.default_node(&ty, span),
            _ => {}
        }
        // `int` has no width at run time; 32 bits hold every index.
        let at = if at.ty == Ty::Integer && is_literal(&at) { self.coerce(at, &Ty::Bit(32)) } else { at };
        Expr { ty, span, kind: ExprKind::Index(Box::new(of), Box::new(at)) }
    }

    fn tuple_element(
        &mut self,
        of: Expr,
        at: Expr,
        members: &[Ty],
        number: Option<BigInt>,
        span: Span,
    ) -> Expr {
        let Some(number) = number else {
            self.error(
                at.span,
                "the index of a tuple must be known at compile time: it says what the type is",
            );
            return self.unknown(span);
        };
        let Some(ty) = number.to_usize().and_then(|at| members.get(at)) else {
            let message = format!("{} has no member {}", self.quote(&of.ty), super::value::brief(&number));
            self.error(at.span, message);
            return self.unknown(span);
        };
        let ty = ty.clone();
        self.element(of, at, ty, Some(number), span)
    }

    /// Something that bits can be taken from.
    fn sliceable(&mut self, of: &ast::Expr) -> Option<Expr> {
        let of = self.expr(of, None);
        let of = self.numeric_operand(of);
        match of.ty {
            Ty::Bit(_) | Ty::Int(_) | Ty::Integer => Some(of),
            Ty::Unknown => None,
            _ => {
                let message = format!("no slice can be taken of {}", self.quote(&of.ty));
                self.error_help(of.span, message, "slices are of `bit<N>`, `int<N>` and `int`");
                None
            }
        }
    }

    fn slice(&mut self, of: &ast::Expr, hi: &ast::Expr, lo: &ast::Expr, span: Span) -> Expr {
        let of = self.sliceable(of);
        let high = self.constant_int(hi, "the end of a slice");
        let low = self.constant_int(lo, "the end of a slice");
        let (Some(of), Some(high), Some(low)) = (of, high, low) else { return self.unknown(span) };
        if low.is_negative() || high.is_negative() {
            self.error(span, "the ends of a slice cannot be negative");
            return self.unknown(span);
        }
        if high < low {
            let message = format!("a slice from bit {} down to bit {} is empty", high, low);
            self.error_help(span, message, "the first number is the most significant bit: `e[hi:lo]`");
            return self.unknown(span);
        }
        let width = width_of(&of.ty);
        let limit = if of.ty == Ty::Integer { super::types::WIDEST } else { width };
        let (Some(hi), Some(lo)) = (high.to_u32().filter(|hi| *hi < limit), low.to_u32()) else {
            let message = format!("bit {} is outside of {}", super::value::brief(&high), self.quote(&of.ty));
            self.error_help(hi.span, message, format!("its bits are 0 to {}", limit.saturating_sub(1)));
            return self.unknown(span);
        };
        self.slice_node(of, hi, lo, span)
    }

    fn slice_node(&mut self, of: Expr, hi: u32, lo: u32, span: Span) -> Expr {
        let ty = Ty::Bit(hi - lo + 1);
        if let Some(value) = super::value::as_int(&of) {
            let value = wrap(&(value >> lo), &ty);
            return self.literal(value, ty, span);
        }
        Expr { ty, span, kind: ExprKind::Slice { of: Box::new(of), hi, lo } }
    }

    /// `e[lo +: width]`
    fn plus_slice(&mut self, of: &ast::Expr, lo: &ast::Expr, width: &ast::Expr, span: Span) -> Expr {
        let of = self.sliceable(of);
        let bits = self.constant_int(width, "the width of a slice");
        let low = self.expr(lo, None);
        let low = self.numeric_operand(low);
        let (Some(of), Some(bits)) = (of, bits) else { return self.unknown(span) };
        let limit = if of.ty == Ty::Integer { super::types::WIDEST } else { width_of(&of.ty) };
        let Some(bits) = bits.to_u32().filter(|bits| *bits <= limit) else {
            let message = format!("a slice of {} bits of {}", super::value::brief(&bits), self.quote(&of.ty));
            self.error_help(width.span, message, format!("the width is 0 to {limit}"));
            return self.unknown(span);
        };
        if let Some(number) = self.int_of(&low) {
            let start =
                number.to_u32().filter(|start| start.checked_add(bits).is_some_and(|end| end <= limit));
            let Some(start) = start else {
                let message = match bits {
                    0 => format!("bit {number} is outside of {}", self.quote(&of.ty)),
                    _ => format!(
                        "bits {number} to {} are outside of {}",
                        number.clone() + bits - 1,
                        self.quote(&of.ty)
                    ),
                };
                self.error(lo.span, message);
                return self.unknown(span);
            };
            if bits == 0 {
                return self.empty_slice(of, start, lo.span, span);
            }
            return self.slice_node(of, start + bits - 1, start, span);
        }
        if !matches!(low.ty, Ty::Bit(_) | Ty::Unknown) {
            let message = format!(
                "the lowest bit of a slice must be of type `bit<N>`, this is {}",
                self.quote(&low.ty)
            );
            self.error(lo.span, message);
            return self.unknown(span);
        }
        let kind = ExprKind::PlusSlice { of: Box::new(of), lo: Box::new(low), width: bits };
        Expr { ty: Ty::Bit(bits), span, kind }
    }

    /// 8.7: the width of `[L+:W]` is not negative; `[H:L]` has at least one bit.
    fn empty_slice(&mut self, of: Expr, start: u32, lo: Span, span: Span) -> Expr {
        if super::value::as_int(&of).is_some() {
            return self.literal(0.into(), Ty::Bit(0), span);
        }
        let lo = self.literal(start.into(), Ty::Bit(32), lo);
        let kind = ExprKind::PlusSlice { of: Box::new(of), lo: Box::new(lo), width: 0 };
        Expr { ty: Ty::Bit(0), span, kind }
    }

    /// `{a = 1}.a`, `(S){...}.a` and the like: the member itself.
    pub(super) fn field_node(&mut self, of: Expr, at: u32, ty: Ty, span: Span) -> Expr {
        match &of.kind {
            ExprKind::Aggregate(members) if is_literal(&of) => match members.get(at as usize) {
                Some(member) => Expr { span, ..member.clone() },
                None => self.unknown(span),
            },
            ExprKind::Default => self.default_node(&ty, span),
            ExprKind::Wrong => Expr { ty, ..self.unknown(span) },
            _ => Expr { ty, span, kind: ExprKind::Field(Box::new(of), at) },
        }
    }

    /// `stack.next` and its relatives (8.18).
    pub(super) fn stack_member(&mut self, of: Expr, name: ast::Ident, span: Span) -> Expr {
        let Ty::Stack(element, size) = of.ty.clone() else { return self.unknown(span) };
        let headers = self.is_header(&element) || self.is_union(&element);
        let (member, ty) = match self.session.names.text(name.name) {
            "size" => return self.literal(size.into(), Ty::Bit(32), span),
            "next" if headers => (StackMember::Next, (*element).clone()),
            "last" if headers => (StackMember::Last, (*element).clone()),
            "lastIndex" if headers => (StackMember::LastIndex, Ty::Bit(32)),
            _ => {
                let message = format!("{} has no member `{}`", self.quote(&of.ty), self.text(name.name));
                let of_element = match element.as_ref() {
                    Ty::Composite(id, args) => {
                        self.fields(*id, args).iter().any(|(field, _)| *field == name.name)
                    }
                    _ => false,
                };
                let help = match of_element {
                    true => "take it of an element: `stack[0].field`",
                    false => "stacks have `next`, `last`, `lastIndex` and `size`",
                };
                self.error_help(name.span, message, help);
                return self.unknown(span);
            }
        };
        if !matches!(self.cx.place, Place::State | Place::ParserTop) {
            let message = format!("`{}` of a stack can be used in a parser only", self.text(name.name));
            self.report(Diagnostic::error(span, message).help("elsewhere, use an index: `stack[0]`"));
            return Expr { ty, ..self.unknown(span) };
        }
        Expr { ty, span, kind: ExprKind::Stack(Box::new(of), member) }
    }
}
