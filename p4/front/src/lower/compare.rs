//! Equality of values (P4-16 8.3 to 8.20) and conversion between types.

use super::emit::BIT;
use super::types::Scalar;
use super::value::{Value, bits_of};
use super::{Lowerer, Res};
use crate::hir::{CompositeKind, Ty};
use crate::ir::{BinOp, Operand, Rvalue};
use crate::source::Span;

impl Lowerer<'_> {
    /// One bit: whether two values of one type are equal.
    pub(super) fn equality(&mut self, left: &Value, right: &Value) -> Operand {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => self.bit(a == b),
            (Value::Str(a), Value::Str(b)) => self.bit(a == b),
            (Value::MatchKind(a), Value::MatchKind(b)) => self.bit(a == b),
            (Value::Scalar(a), Value::Int(number)) | (Value::Int(number), Value::Scalar(a)) => {
                let width = self.width(*a);
                let number = self.constant(width, bits_of(number, width));
                self.equals(*a, number)
            }
            (Value::Scalar(a), Value::Scalar(b)) => self.equals(*a, *b),
            (Value::Varbit { value: a, length: m }, Value::Varbit { value: b, length: n }) => {
                let lengths = self.equals(*m, *n);
                let values = self.equals(*a, *b);
                self.logic(BinOp::And, lengths, values)
            }
            (Value::Header { valid: v, fields: a }, Value::Header { valid: w, fields: b }) => {
                // Fields of an invalid header are zero, so that equal validity and equal fields are all there is to it; a
                // header and a list of values of its fields compare by the same rule.
                let valid = self.equals(*v, *w);
                let fields = self.all_equal(a, b);
                self.logic(BinOp::And, valid, fields)
            }
            (Value::Union(a), Value::Union(b)) | (Value::Struct(a), Value::Struct(b)) => self.all_equal(a, b),
            // The next index is not compared.
            (Value::Stack { elements: a, .. }, Value::Stack { elements: b, .. }) => self.all_equal(a, b),
            _ => self.bit(false),
        }
    }

    fn all_equal(&mut self, left: &[Value], right: &[Value]) -> Operand {
        let mut all = self.bit(left.len() == right.len());
        for (left, right) in left.iter().zip(right) {
            let equal = self.equality(left, right);
            all = self.logic(BinOp::And, all, equal);
        }
        all
    }

    /// A value of one type as one of another: P4-16 8.11, and what initialises composites (8.12 and others).
    pub(super) fn convert(&mut self, value: Value, from: &Ty, to: &Ty, span: Span) -> Res<Value> {
        let target = self.underlying(to);
        if let Some(scalar) = self.scalar_of(&target) {
            return self.convert_scalar(value, from, scalar, span).map(Value::Scalar);
        }
        match (&target, value) {
            (Ty::Integer, Value::Int(number)) => Ok(Value::Int(number)),
            (Ty::Integer, Value::Scalar(operand)) => self.integer_of(operand, from, span).map(Value::Int),
            (Ty::Composite(..) | Ty::Tuple(_) | Ty::Stack(..) | Ty::List(_), Value::Struct(members)) => {
                self.convert_members(members, from, &target, span)
            }
            (_, value) => Ok(value),
        }
    }

    fn convert_members(&mut self, members: Vec<Value>, from: &Ty, to: &Ty, span: Span) -> Res<Value> {
        let source = self.underlying(from);
        let from_types = match &source {
            Ty::List(element) => Some(vec![(**element).clone(); members.len()]),
            other => self.member_types(other),
        };
        let to_types = match to {
            Ty::List(element) => Some(vec![(**element).clone(); members.len()]),
            other => self.member_types(other),
        };
        let (Some(from_types), Some(to_types)) = (from_types, to_types) else {
            return Ok(Value::Struct(members));
        };
        if self.kind_of(to) == Some(CompositeKind::Union) || to_types.len() != members.len() {
            return self.fail(span, format!("a list of values is no {}", self.type_name(to)));
        }
        let converted = self.nested(span, |this| {
            let pairs = members.into_iter().zip(from_types.iter().zip(&to_types));
            pairs.map(|(value, (from, to))| this.convert(value, from, to, span)).collect::<Res<Vec<_>>>()
        })?;
        Ok(self.assembled(to, converted, true))
    }

    fn convert_scalar(&mut self, value: Value, from: &Ty, to: Scalar, span: Span) -> Res<Operand> {
        match value {
            Value::Int(number) => Ok(self.constant(to.width, bits_of(&number, to.width))),
            Value::Scalar(operand) if self.width(operand) == to.width => Ok(operand),
            Value::Scalar(operand) if self.width(operand) == 0 => Ok(self.number(to.width, 0)),
            Value::Scalar(operand) => {
                let signed = self.is_signed(from);
                Ok(self.compute(to, Rvalue::Resize { of: operand, signed }))
            }
            _ => self.fail(span, "this has no such cast"),
        }
    }

    /// `left < right` by the type's order.
    pub(super) fn less(&mut self, left: Operand, right: Operand, or_equal: bool, signed: bool) -> Operand {
        use crate::ir::CmpOp;
        if self.width(left) == 0 {
            return self.bit(or_equal);
        }
        let op = match (or_equal, signed) {
            (false, false) => CmpOp::Lt,
            (true, false) => CmpOp::Le,
            (false, true) => CmpOp::LtSigned,
            (true, true) => CmpOp::LeSigned,
        };
        self.compute(BIT, Rvalue::Compare(op, left, right))
    }
}
