//! Arithmetic on integers, and its results where both operands are known. P4-16 sections 8.6 to 8.9.

use super::Checker;
use super::value::{MOST_INT_BITS, as_int, brief, width_of, wrap};
use crate::ast::{BinaryOp, UnaryOp};
use crate::diag::Diagnostic;
use crate::hir::*;
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

impl Checker<'_> {
    pub(super) fn arithmetic(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        let (left, right) = (self.numeric_operand(left), self.numeric_operand(right));
        for operand in [&left, &right] {
            if !matches!(operand.ty, Ty::Bit(_) | Ty::Int(_) | Ty::Integer) {
                return self.not_defined(op, &operand.ty.clone(), span);
            }
        }
        let Some((left, right)) = self.same_type(left, right, true) else { return self.unknown(span) };
        let compares = matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge);
        match (op, &left.ty) {
            (BinaryOp::AddSat | BinaryOp::SubSat, Ty::Integer) => {
                return self.not_defined(op, &Ty::Integer, span);
            }
            (BinaryOp::Div | BinaryOp::Mod, Ty::Int(_)) => {
                return self.signed_division(op, &left.ty.clone(), span);
            }
            (BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor, Ty::Integer) => {
                let message =
                    format!("`{}` is not defined on `int`: the value depends on no width", op.text());
                self.warn("int_bits", Diagnostic::warning(span, message).help("give one operand a width"));
            }
            _ => {}
        }
        if matches!(op, BinaryOp::Div | BinaryOp::Mod) && !self.divides(op, &left, &right, span) {
            return self.unknown(span);
        }
        let ty = if compares { Ty::Bool } else { left.ty.clone() };
        match (as_int(&left), as_int(&right)) {
            (Some(a), Some(b)) => {
                let (a, b) = (a.clone(), b.clone());
                self.fold_binary(op, &a, &b, &left.ty, span)
            }
            _ => Expr { ty, span, kind: ExprKind::Binary(op, Box::new(left), Box::new(right)) },
        }
    }

    fn signed_division(&mut self, op: BinaryOp, ty: &Ty, span: Span) -> Expr {
        let message = format!("`{}` is not defined on signed values: this is {}", op.text(), self.quote(ty));
        self.error_help(span, message, format!("cast both operands: `(bit<{}>) e`", width_of(ty)));
        self.unknown(span)
    }

    /// Whether the operands of a division are such that it can be done.
    fn divides(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> bool {
        if as_int(right).is_some_and(Zero::is_zero) {
            let what = if op == BinaryOp::Div { "division" } else { "remainder of a division" };
            self.error(right.span, format!("{what} by zero"));
            return false;
        }
        let negative =
            [left, right].into_iter().find(|operand| as_int(operand).is_some_and(Signed::is_negative));
        if negative.is_some() {
            let message = format!("`{}` is not defined on negative numbers", op.text());
            self.error(span, message);
            return false;
        }
        true
    }

    fn fold_binary(&mut self, op: BinaryOp, a: &BigInt, b: &BigInt, ty: &Ty, span: Span) -> Expr {
        let truth = match op {
            BinaryOp::Lt => Some(a < b),
            BinaryOp::Le => Some(a <= b),
            BinaryOp::Gt => Some(a > b),
            BinaryOp::Ge => Some(a >= b),
            _ => None,
        };
        if let Some(truth) = truth {
            return self.boolean(truth, span);
        }
        if op == BinaryOp::Mul && a.bits() + b.bits() > 2 * MOST_INT_BITS {
            return self.too_large(span);
        }
        let value = match op {
            BinaryOp::Mul => a * b,
            BinaryOp::Div => a / b,
            BinaryOp::Mod => a % b,
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::AddSat => saturate(a + b, ty),
            BinaryOp::SubSat => saturate(a - b, ty),
            BinaryOp::BitAnd => a & b,
            BinaryOp::BitXor => a ^ b,
            _ => a | b,
        };
        if value.bits() > MOST_INT_BITS && *ty == Ty::Integer {
            return self.too_large(span);
        }
        self.literal(wrap(&value, ty), ty.clone(), span)
    }

    fn too_large(&mut self, span: Span) -> Expr {
        self.error(span, format!("this number is larger than the limit of {MOST_INT_BITS} bits"));
        self.unknown(span)
    }

    pub(super) fn fold_unary(&mut self, op: UnaryOp, operand: Expr, span: Span) -> Expr {
        let Some(value) = as_int(&operand) else {
            return match op {
                UnaryOp::Plus => Expr { span, ..operand },
                _ => self.unary_node(op, operand, span),
            };
        };
        let value = match op {
            UnaryOp::Minus => -value,
            UnaryOp::Complement => -value - 1,
            _ => value.clone(),
        };
        self.literal(wrap(&value, &operand.ty), operand.ty.clone(), span)
    }

    /// `a << b`, `a >> b` (8.9.2).
    pub(super) fn shift(&mut self, op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
        if matches!(left.ty, Ty::Unknown) || matches!(right.ty, Ty::Unknown) {
            return self.unknown(span);
        }
        let (left, right) = (self.numeric_operand(left), self.numeric_operand(right));
        if !matches!(left.ty, Ty::Bit(_) | Ty::Int(_) | Ty::Integer) {
            return self.not_defined(op, &left.ty.clone(), span);
        }
        if !self.is_shift_count(&right) {
            return self.unknown(span);
        }
        if left.ty == Ty::Integer && !self.is_known(&right) {
            let message = format!("`{}` of an `int` by a value that is not known at compile time", op.text());
            self.error_help(span, message, "give the left operand a width, such as `32w1`");
            return self.unknown(span);
        }
        let count = as_int(&right).cloned();
        if let (Some(count), Ty::Bit(width) | Ty::Int(width)) = (&count, &left.ty)
            && *count >= BigInt::from(*width)
            && *width > 0
        {
            let message = format!("a shift of {} by {}: nothing is left", self.quote(&left.ty), brief(count));
            self.warn("overflow", Diagnostic::warning(span, message));
        }
        match (as_int(&left), count) {
            (Some(value), Some(count)) => {
                let value = value.clone();
                self.fold_shift(op, &value, &count, &left.ty, span)
            }
            _ => {
                let ty = left.ty.clone();
                Expr { ty, span, kind: ExprKind::Binary(op, Box::new(left), Box::new(right)) }
            }
        }
    }

    fn is_shift_count(&mut self, right: &Expr) -> bool {
        if as_int(right).is_some_and(Signed::is_negative) {
            self.error(right.span, "the count of a shift cannot be negative");
            return false;
        }
        match (&right.ty, as_int(right)) {
            (Ty::Bit(_), _) | (Ty::Integer | Ty::Int(_), Some(_)) => true,
            (Ty::Integer, None) if self.is_known(right) => true,
            (Ty::Int(width), None) => {
                let message =
                    format!("the count of a shift must be unsigned, this is {}", self.quote(&right.ty));
                self.error_help(right.span, message, format!("cast it: `(bit<{width}>) e`"));
                false
            }
            _ => {
                let message =
                    format!("the count of a shift must be a bit-string, this is {}", self.quote(&right.ty));
                self.error(right.span, message);
                false
            }
        }
    }

    fn fold_shift(&mut self, op: BinaryOp, value: &BigInt, count: &BigInt, ty: &Ty, span: Span) -> Expr {
        let width = if *ty == Ty::Integer { MOST_INT_BITS } else { u64::from(width_of(ty)) };
        let count = count.to_u64().unwrap_or(u64::MAX);
        let shifted = match op {
            BinaryOp::Shr if count > value.bits() => {
                if value.is_negative() {
                    -BigInt::one()
                } else {
                    BigInt::zero()
                }
            }
            BinaryOp::Shr => value >> count,
            _ if value.is_zero() => BigInt::zero(),
            _ if *ty == Ty::Integer && count.saturating_add(value.bits()) > width => {
                return self.too_large(span);
            }
            _ if count >= width => BigInt::zero(),
            _ => value << count,
        };
        self.literal(wrap(&shifted, ty), ty.clone(), span)
    }

    pub(super) fn fold_concat(&mut self, left: Expr, right: Expr, ty: Ty, span: Span) -> Expr {
        match (as_int(&left), as_int(&right)) {
            (Some(high), Some(low)) => {
                let width = width_of(&right.ty);
                let low = wrap(low, &Ty::Bit(width));
                let value = wrap(&((high << width) + low), &ty);
                self.literal(value, ty, span)
            }
            _ => Expr { ty, span, kind: ExprKind::Binary(BinaryOp::Concat, Box::new(left), Box::new(right)) },
        }
    }
}

/// To the nearest value that the type can hold (8.6).
fn saturate(value: BigInt, ty: &Ty) -> BigInt {
    let (low, high) = match ty {
        Ty::Bit(width) => (BigInt::zero(), (BigInt::one() << *width) - 1),
        Ty::Int(0) => (BigInt::zero(), BigInt::zero()),
        Ty::Int(width) => (-(BigInt::one() << (*width - 1)), (BigInt::one() << (*width - 1)) - 1),
        _ => return value,
    };
    value.clamp(low, high)
}
