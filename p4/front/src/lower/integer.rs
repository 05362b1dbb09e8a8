//! `int`: numbers of any size, at compile time only (P4-16 8.7).

use super::value::Value;
use super::{Lowerer, Res};
use crate::ast::{BinaryOp, UnaryOp};
use crate::hir::Ty;
use crate::ir::Operand;
use crate::source::Span;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

/// Shifts of an `int` to the left beyond this are refused: nothing that wide could be used.
const MOST_SHIFT: u32 = 1 << 16;

impl Lowerer<'_> {
    /// The number that a constant of a type with a width is.
    pub(super) fn integer_of(&mut self, operand: Operand, ty: &Ty, span: Span) -> Res<BigInt> {
        let signed = self.is_signed(ty);
        let Some(bits) = self.known(operand) else {
            return self.fail(span, "this must be known at compile time");
        };
        let value = BigInt::from(bits.value.clone());
        let negative = signed && bits.width > 0 && bits.value.bit(u64::from(bits.width) - 1);
        Ok(if negative { value - (BigInt::from(1) << bits.width) } else { value })
    }

    pub(super) fn integer_unary(&mut self, op: UnaryOp, of: BigInt) -> Value {
        match op {
            UnaryOp::Minus => Value::Int(-of),
            UnaryOp::Plus => Value::Int(of),
            UnaryOp::Complement => Value::Int(!of),
            UnaryOp::Not => Value::Scalar(self.bit(of.is_zero())),
        }
    }

    pub(super) fn integer_binary(
        &mut self,
        op: BinaryOp,
        left: &BigInt,
        right: &BigInt,
        span: Span,
    ) -> Res<Value> {
        let compared = match op {
            BinaryOp::Eq => Some(left == right),
            BinaryOp::Ne => Some(left != right),
            BinaryOp::Lt => Some(left < right),
            BinaryOp::Le => Some(left <= right),
            BinaryOp::Gt => Some(left > right),
            BinaryOp::Ge => Some(left >= right),
            _ => None,
        };
        if let Some(compared) = compared {
            return Ok(Value::Scalar(self.bit(compared)));
        }
        let result = match op {
            BinaryOp::Add | BinaryOp::AddSat => left + right,
            BinaryOp::Sub | BinaryOp::SubSat => left - right,
            BinaryOp::Mul => left * right,
            BinaryOp::Div | BinaryOp::Mod if right.is_zero() => return self.fail(span, "division by zero"),
            BinaryOp::Div => left.div_floor(right),
            BinaryOp::Mod => left.mod_floor(right),
            BinaryOp::BitAnd => left & right,
            BinaryOp::BitOr => left | right,
            BinaryOp::BitXor => left ^ right,
            BinaryOp::Shl | BinaryOp::Shr => return self.integer_shift(op, left, right, span),
            _ => return self.fail(span, "there is no such operation on int"),
        };
        if result.bits() > u64::from(MOST_SHIFT) * 4 {
            return self.stop(span, "the number is too large");
        }
        Ok(Value::Int(result))
    }

    fn integer_shift(&mut self, op: BinaryOp, left: &BigInt, right: &BigInt, span: Span) -> Res<Value> {
        if right.is_negative() {
            return self.fail(span, "a shift by a negative number");
        }
        let by = right.to_u32();
        Ok(Value::Int(match (op, by) {
            (BinaryOp::Shr, Some(by)) => left >> by,
            (BinaryOp::Shr, None) if left.is_negative() => BigInt::from(-1),
            (BinaryOp::Shr, None) => BigInt::zero(),
            (_, Some(by)) if by <= MOST_SHIFT => left << by,
            _ => return self.fail(span, format!("a shift by {right} bits is too far")),
        }))
    }
}
