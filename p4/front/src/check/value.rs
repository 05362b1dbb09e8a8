//! Values known at compile time. P4-16 section 18.1.
//!
//! Expressions are folded as they are built, so that a value which is known here is a literal in the checked tree.

use super::Checker;
use crate::ast;
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// Bits of the largest `int`: `1 << 1000000000` is a mistake, not a need.
pub(super) const MOST_INT_BITS: u64 = 1 << 17;

/// Values in all uses of constants together, each of up to [`BYTES_OF_ONE`]: a few lines can double one again and again.
const MOST_COPIED: usize = 4_000_000;
const BYTES_OF_ONE: usize = 64;

/// How much the copy of an expression is.
fn weight(expr: &Expr) -> usize {
    match &expr.kind {
        ExprKind::Int(value) => 1 + value.bits() as usize / (8 * BYTES_OF_ONE),
        ExprKind::Aggregate(members) => 1 + members.iter().map(weight).sum::<usize>(),
        ExprKind::Cast(of) => 1 + weight(of),
        _ => 1,
    }
}

/// A value cut to what a type of fixed width can hold.
pub(super) fn wrap(value: &BigInt, ty: &Ty) -> BigInt {
    match ty {
        Ty::Bit(width) => value.mod_floor(&(BigInt::one() << *width)),
        Ty::Int(0) => BigInt::zero(),
        Ty::Int(width) => {
            let size = BigInt::one() << *width;
            let low = value.mod_floor(&size);
            if low >= (BigInt::one() << (*width - 1)) { low - size } else { low }
        }
        _ => value.clone(),
    }
}

pub(super) fn fits(value: &BigInt, ty: &Ty) -> bool {
    wrap(value, ty) == *value
}

/// A number for a message: not a page of digits.
pub(super) fn brief(value: &BigInt) -> String {
    if value.bits() > 256 { format!("a number of {} bits", value.bits()) } else { value.to_string() }
}

pub(super) fn as_int(expr: &Expr) -> Option<&BigInt> {
    match &expr.kind {
        ExprKind::Int(value) => Some(value),
        _ => None,
    }
}

pub(super) fn as_bool(expr: &Expr) -> Option<bool> {
    match expr.kind {
        ExprKind::Bool(value) => Some(value),
        _ => None,
    }
}

/// A local compile-time known value: what was folded down to literals.
pub(super) fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::Error(_) => true,
        ExprKind::EnumMember(_) | ExprKind::MatchKind(_) | ExprKind::Invalid | ExprKind::Default => true,
        ExprKind::Wrong => true,
        ExprKind::Aggregate(members) => members.iter().all(is_literal),
        ExprKind::Cast(of) => is_literal(of),
        _ => false,
    }
}

impl Checker<'_> {
    /// The value of a constant where it is used.
    pub(super) fn use_of(&mut self, value: &Expr, span: Span) -> Expr {
        match self.copied(weight(value), span) {
            true => Expr { span, ..value.clone() },
            false => Expr { ty: value.ty.clone(), ..self.unknown(span) },
        }
    }

    /// Whether the bytes of a string may be copied once more.
    pub(super) fn copied_text(&mut self, bytes: usize, span: Span) -> bool {
        self.copied(1 + bytes / BYTES_OF_ONE, span)
    }

    fn copied(&mut self, weight: usize, span: Span) -> bool {
        let before = self.copied;
        self.copied = before.saturating_add(weight);
        if before <= MOST_COPIED && self.copied > MOST_COPIED {
            let message =
                format!("the constants of the program are too large: more than {MOST_COPIED} values");
            self.error_help(span, message, "all uses of constants count, each with all of its members");
        }
        self.copied <= MOST_COPIED
    }

    pub(super) fn literal(&self, value: BigInt, ty: Ty, span: Span) -> Expr {
        Expr { ty, span, kind: ExprKind::Int(value) }
    }

    pub(super) fn boolean(&self, value: bool, span: Span) -> Expr {
        Expr { ty: Ty::Bool, span, kind: ExprKind::Bool(value) }
    }

    /// A literal integer brought to a type of fixed width; warns where bits are lost (8.11.1).
    pub(super) fn sized(&mut self, value: &BigInt, ty: &Ty, span: Span) -> Expr {
        let wrapped = wrap(value, ty);
        if wrapped != *value && !matches!(ty, Ty::Bit(0)) {
            let negative = value.is_negative() && matches!(ty, Ty::Bit(_));
            let what = if negative { "is negative" } else { "does not fit" };
            let message =
                format!("{} {what} as {}: it becomes {}", brief(value), self.quote(ty), brief(&wrapped));
            // `-1` for all ones is an idiom.
            let idiom = negative && value.bits() <= u64::from(width_of(ty));
            if !idiom {
                self.warn("overflow", Diagnostic::warning(span, message));
            }
        }
        self.literal(wrapped, ty.clone(), span)
    }

    /// The integer value of a literal, also of a member of a serializable enum.
    pub(super) fn int_of(&self, expr: &Expr) -> Option<BigInt> {
        match (&expr.kind, &expr.ty) {
            (ExprKind::Int(value), _) => Some(value.clone()),
            (ExprKind::EnumMember(member), Ty::Enum(id)) => {
                self.hir.enums[id.index()].members.get(*member as usize)?.value.clone()
            }
            (ExprKind::Cast(of), Ty::Enum(_) | Ty::NewType(_)) => self.int_of(of),
            _ => None,
        }
    }

    /// A compile-time known value (18.1): literals, constructor parameters, and what is computed from them.
    pub(super) fn is_known(&self, expr: &Expr) -> bool {
        self.is_known_with(expr, false)
    }

    /// Whether it were known at compile time if the arguments of actions were.
    pub(super) fn is_known_with_action_data(&self, expr: &Expr) -> bool {
        self.is_known_with(expr, true)
    }

    fn is_known_with(&self, expr: &Expr, action_data: bool) -> bool {
        let known = |expr: &Expr| self.is_known_with(expr, action_data);
        match &expr.kind {
            ExprKind::Local(id) => match &self.locals[id.index()].kind {
                LocalKind::ConstructorParam => true,
                LocalKind::Param(direction) => *direction == ast::Direction::None,
                LocalKind::ActionData => action_data,
                LocalKind::Var => false,
            },
            ExprKind::Instance(_) | ExprKind::This | ExprKind::SizeOf(..) => true,
            ExprKind::Stack(_, StackMember::Size) => true,
            ExprKind::Field(of, _)
            | ExprKind::Slice { of, .. }
            | ExprKind::Cast(of)
            | ExprKind::Unary(_, of) => known(of),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => known(a) && known(b),
            ExprKind::PlusSlice { of, lo, .. } => known(of) && known(lo),
            ExprKind::Ternary(a, b, c) => known(a) && known(b) && known(c),
            ExprKind::Aggregate(members) => members.iter().all(known),
            ExprKind::Call(_) | ExprKind::ApplyHit { .. } | ExprKind::IsValid(_) | ExprKind::Stack(..) => {
                false
            }
            _ => true,
        }
    }

    /// An expression that must be an integer known here, as for a width.
    pub(super) fn constant_int(&mut self, expr: &ast::Expr, what: &str) -> Option<BigInt> {
        let value = self.expr(expr, None);
        self.known_int(&value, what)
    }

    pub(super) fn known_int(&mut self, value: &Expr, what: &str) -> Option<BigInt> {
        let number = self.int_of(value);
        let numeric = matches!(value.ty, Ty::Integer | Ty::Bit(_) | Ty::Int(_) | Ty::Unknown)
            || self.underlying(&value.ty).is_some();
        if !numeric {
            let message = format!("{what} must be an integer, this is of type {}", self.quote(&value.ty));
            self.error(value.span, message);
            return None;
        }
        if number.is_none() && value.ty != Ty::Unknown {
            let message = format!("{what} must be a value known at compile time");
            self.error_help(value.span, message, "use literals and constants only");
        }
        number
    }
}

pub(super) fn width_of(ty: &Ty) -> u32 {
    match ty {
        Ty::Bit(width) | Ty::Int(width) | Ty::Varbit(width) => *width,
        _ => 0,
    }
}
