//! Expressions as values (P4-16 section 8).

use super::emit::BIT;
use super::lvalue::Source;
use super::types::Scalar;
use super::value::{Value, bits_of};
use super::{Lowerer, Res};
use crate::ast::{BinaryOp, UnaryOp};
use crate::hir::{Expr, ExprKind, StackMember, Ty};
use crate::ir::{BinOp, ENUM_WIDTH, Operand, Rvalue, SlotKind};
use crate::source::Span;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

impl Lowerer<'_> {
    /// The value of an expression. Operands may be slots of variables: `snapshot` keeps them over later writes.
    pub(super) fn expr(&mut self, expr: &Expr) -> Res<Value> {
        self.nested(expr.span, |this| {
            let before = std::mem::replace(&mut this.code.span, expr.span);
            let value = this.value_of(expr);
            this.code.span = before;
            value
        })
    }

    fn value_of(&mut self, expr: &Expr) -> Res<Value> {
        match &expr.kind {
            ExprKind::Int(number) => self.integer_literal(number, expr),
            ExprKind::Bool(value) => Ok(Value::Scalar(self.bit(*value))),
            ExprKind::Str(text) => Ok(Value::Str(text.clone())),
            ExprKind::Error(index) => Ok(Value::Scalar(self.number(ENUM_WIDTH, (*index).into()))),
            ExprKind::EnumMember(index) => self.enum_member(*index, expr),
            ExprKind::MatchKind(index) => Ok(Value::MatchKind(*index)),
            ExprKind::Instance(id) => self.instance(*id, expr.span).map(Value::Object),
            ExprKind::This => match self.this {
                Some(object) => Ok(Value::Object(object)),
                None => self.fail(expr.span, "`this` is for the bodies of abstract methods"),
            },
            ExprKind::Local(_)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Stack(_, StackMember::Next | StackMember::Last) => match self.source(expr)? {
                Source::Stored(lvalue) => self.read(&lvalue),
                Source::Value(value) => Ok(value),
            },
            ExprKind::Stack(of, member) => self.stack_member(of, *member, expr.span),
            ExprKind::Slice { of, hi, lo } => {
                let of = self.sliced(of)?;
                Ok(Value::Scalar(self.slice(of, *lo, hi.saturating_sub(*lo) + 1)))
            }
            ExprKind::PlusSlice { of, lo, width } => {
                let [of, by] = self.pair(of, lo)?;
                let (of, by) = (self.scalar(of, expr)?, self.shift_distance(by, lo)?);
                Ok(Value::Scalar(self.plus_slice(of, by, *width)))
            }
            ExprKind::Unary(op, of) => self.unary(*op, of, expr),
            ExprKind::Binary(op, left, right) => self.binary_expr(*op, left, right, expr),
            ExprKind::Ternary(cond, then, other) => self.ternary(cond, then, other, expr),
            ExprKind::Cast(of) => {
                let value = self.expr(of)?;
                let (from, to) = (self.ty(&of.ty), self.ty(&expr.ty));
                self.convert(value, &from, &to, expr.span)
            }
            ExprKind::Aggregate(members) => {
                let order: Vec<u32> = (0..members.len() as u32).collect();
                self.aggregate(members, &order, expr)
            }
            ExprKind::Ordered(of, order) => match &of.kind {
                ExprKind::Aggregate(members) => self.aggregate(members, order, expr),
                _ => self.expr(of),
            },
            ExprKind::Invalid | ExprKind::Default | ExprKind::Wrong => {
                let ty = self.ty(&expr.ty);
                self.default_value(&ty, expr.span)
            }
            ExprKind::IsValid(of) => {
                let valid = match self.source(of)? {
                    Source::Stored(lvalue) => self.validity(&lvalue, expr.span)?,
                    Source::Value(value) => self.validity_of(&value, expr.span)?,
                };
                Ok(Value::Scalar(valid))
            }
            ExprKind::Call(call) => self.call(call, expr),
            ExprKind::ApplyHit { table, miss } => {
                let hit = self.apply_for_hit(*table, expr.span)?;
                Ok(Value::Scalar(if *miss { self.not(hit) } else { hit }))
            }
            ExprKind::SizeOf(ty, what) => {
                let ty = self.ty(ty);
                let size = self.size_of(&ty, *what, expr.span)?;
                self.integer_literal(&size, expr)
            }
        }
    }

    fn integer_literal(&mut self, number: &BigInt, expr: &Expr) -> Res<Value> {
        let ty = self.ty(&expr.ty);
        Ok(match self.scalar_of(&ty) {
            Some(scalar) => Value::Scalar(self.constant(scalar.width, bits_of(number, scalar.width))),
            None => Value::Int(number.clone()),
        })
    }

    fn enum_member(&mut self, index: u32, expr: &Expr) -> Res<Value> {
        let ty = self.ty(&expr.ty);
        let (Ty::Enum(id), Some(scalar)) = (&ty, self.scalar_of(&ty)) else {
            return self.fail(expr.span, "this is not a member of an enum");
        };
        let member = self.hir.enums.get(id.index()).and_then(|declared| declared.members.get(index as usize));
        let value = match member.and_then(|member| member.value.as_ref()) {
            Some(value) => bits_of(value, scalar.width),
            None => index.into(),
        };
        Ok(Value::Scalar(self.constant(scalar.width, value)))
    }

    fn stack_member(&mut self, of: &Expr, member: StackMember, span: Span) -> Res<Value> {
        if let (StackMember::Size, Ty::Stack(_, size)) = (member, self.ty(&of.ty)) {
            return Ok(Value::Scalar(self.number(32, size.into())));
        }
        let of = self.source(of)?;
        let (next, ..) = self.stack_state(&of, span)?;
        let one = self.number(32, 1);
        let wide = Scalar { width: 32, signed: false };
        Ok(Value::Scalar(self.compute(wide, Rvalue::Binary(BinOp::Sub, next, one))))
    }

    pub(super) fn scalar(&mut self, value: Value, expr: &Expr) -> Res<Operand> {
        match value {
            Value::Scalar(operand) => Ok(operand),
            Value::Int(number) => {
                let ty = self.ty(&expr.ty);
                match self.scalar_of(&ty) {
                    Some(scalar) => Ok(self.constant(scalar.width, bits_of(&number, scalar.width))),
                    None => self.fail(expr.span, "a width is needed here, such as 8w1"),
                }
            }
            _ => self.fail(expr.span, "a number is needed here"),
        }
    }

    /// An expression of a type that is one scalar.
    pub(super) fn operand(&mut self, expr: &Expr) -> Res<Operand> {
        let value = self.expr(expr)?;
        self.scalar(value, expr)
    }

    /// What is sliced: an `int` is as wide as it has to be.
    fn sliced(&mut self, of: &Expr) -> Res<Operand> {
        match self.expr(of)? {
            Value::Int(number) => {
                let width = u32::try_from(number.bits() + 1).unwrap_or(u32::MAX).min(super::MOST_BITS);
                Ok(self.constant(width, bits_of(&number, width)))
            }
            value => self.scalar(value, of),
        }
    }

    /// Two expressions from left to right: the first is kept when the second may change it.
    fn pair(&mut self, left: &Expr, right: &Expr) -> Res<[Value; 2]> {
        let mut first = self.expr(left)?;
        if right.has_effect() {
            first = self.snapshot(first);
        }
        let second = self.expr(right)?;
        Ok([first, second])
    }

    fn unary(&mut self, op: UnaryOp, of: &Expr, expr: &Expr) -> Res<Value> {
        let value = self.expr(of)?;
        if let Value::Int(number) = value {
            return Ok(self.integer_unary(op, number));
        }
        let operand = self.scalar(value, of)?;
        let scalar = Scalar { width: self.width(operand), signed: self.is_signed(&self.ty(&expr.ty)) };
        Ok(Value::Scalar(match op {
            UnaryOp::Not | UnaryOp::Complement => self.compute(scalar, Rvalue::Not(operand)),
            UnaryOp::Minus => self.compute(scalar, Rvalue::Neg(operand)),
            UnaryOp::Plus => operand,
        }))
    }

    fn binary_expr(&mut self, op: BinaryOp, left: &Expr, right: &Expr, expr: &Expr) -> Res<Value> {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            return self.short_circuit(op, left, right).map(Value::Scalar);
        }
        let [a, b] = self.pair(left, right)?;
        self.binary(op, (a, left), (b, right), &expr.ty, expr.span)
    }

    /// An operation on two values, each with the expression that it came from.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        (a, left): (Value, &Expr),
        (b, right): (Value, &Expr),
        ty: &Ty,
        span: Span,
    ) -> Res<Value> {
        if let (Value::Int(a), Value::Int(b)) = (&a, &b) {
            return self.integer_binary(op, a, b, span);
        }
        let signed = self.is_signed(&self.ty(&left.ty));
        let result = match op {
            BinaryOp::Eq => self.equality(&a, &b),
            BinaryOp::Ne => {
                let equal = self.equality(&a, &b);
                self.not_equal(equal)
            }
            BinaryOp::Shl | BinaryOp::Shr => {
                let ty = self.ty(ty);
                let a = match (a, self.scalar_of(&ty)) {
                    (Value::Int(number), Some(scalar)) => {
                        self.constant(scalar.width, bits_of(&number, scalar.width))
                    }
                    (a, _) => self.scalar(a, left)?,
                };
                let by = self.shift_distance(b, right)?;
                let scalar = Scalar { width: self.width(a), signed };
                let op = match (op, signed) {
                    (BinaryOp::Shl, _) => BinOp::Shl,
                    (_, true) => BinOp::Sar,
                    (_, false) => BinOp::Shr,
                };
                self.compute(scalar, Rvalue::Binary(op, a, by))
            }
            BinaryOp::Concat => {
                let (a, b) = (self.scalar(a, left)?, self.scalar(b, right)?);
                let width = self.bits(u64::from(self.width(a)) + u64::from(self.width(b)), span)?;
                self.compute(Scalar { width, signed }, Rvalue::Concat(a, b))
            }
            _ => {
                let (a, b) = self.same_width(a, left, b, right)?;
                self.arithmetic(op, a, b, signed, span)?
            }
        };
        Ok(Value::Scalar(result))
    }

    /// Both operands of an operation on one type; an `int` takes the width of the other.
    fn same_width(&mut self, a: Value, left: &Expr, b: Value, right: &Expr) -> Res<(Operand, Operand)> {
        Ok(match (a, b) {
            (Value::Int(number), b) => {
                let b = self.scalar(b, right)?;
                let width = self.width(b);
                (self.constant(width, bits_of(&number, width)), b)
            }
            (a, Value::Int(number)) => {
                let a = self.scalar(a, left)?;
                let width = self.width(a);
                (a, self.constant(width, bits_of(&number, width)))
            }
            (a, b) => (self.scalar(a, left)?, self.scalar(b, right)?),
        })
    }

    fn not_equal(&mut self, equal: Operand) -> Operand {
        self.compute(BIT, Rvalue::Not(equal))
    }

    /// The distance of a shift as an unsigned operand.
    fn shift_distance(&mut self, by: Value, expr: &Expr) -> Res<Operand> {
        match by {
            Value::Int(number) if number.is_negative() => {
                self.fail(expr.span, "a shift by a negative number")
            }
            Value::Int(number) => {
                let far = number.to_u32().unwrap_or(u32::MAX);
                Ok(self.number(32, far.into()))
            }
            other => self.scalar(other, expr),
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        op: BinaryOp,
        a: Operand,
        b: Operand,
        signed: bool,
        span: Span,
    ) -> Res<Operand> {
        let scalar = Scalar { width: self.width(a), signed };
        if self.width(b) != scalar.width {
            return self.fail(span, "the operands have different widths");
        }
        let op = match op {
            BinaryOp::Lt => return Ok(self.less(a, b, false, signed)),
            BinaryOp::Le => return Ok(self.less(a, b, true, signed)),
            BinaryOp::Gt => return Ok(self.less(b, a, false, signed)),
            BinaryOp::Ge => return Ok(self.less(b, a, true, signed)),
            BinaryOp::Mul => BinOp::Mul,
            BinaryOp::Div => BinOp::Div,
            BinaryOp::Mod => BinOp::Mod,
            BinaryOp::Add => BinOp::Add,
            BinaryOp::Sub => BinOp::Sub,
            BinaryOp::AddSat if signed => BinOp::AddSatSigned,
            BinaryOp::AddSat => BinOp::AddSat,
            BinaryOp::SubSat if signed => BinOp::SubSatSigned,
            BinaryOp::SubSat => BinOp::SubSat,
            BinaryOp::BitAnd => BinOp::And,
            BinaryOp::BitOr => BinOp::Or,
            BinaryOp::BitXor => BinOp::Xor,
            _ => return self.fail(span, "there is no such operation on numbers"),
        };
        Ok(self.compute(scalar, Rvalue::Binary(op, a, b)))
    }

    /// `&&` and `||`: the right side is not evaluated when the left decides (P4-16 8.5). Where it has no effect, that cannot
    /// be seen.
    fn short_circuit(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Res<Operand> {
        let a = self.operand(left)?;
        let is_and = op == BinaryOp::And;
        if let Some(known) = self.known_bit(a) {
            return if known == is_and { self.operand(right) } else { Ok(a) };
        }
        if !right.has_effect() {
            let b = self.operand(right)?;
            return Ok(self.logic(if is_and { BinOp::And } else { BinOp::Or }, a, b));
        }
        if is_and {
            self.either(a, |this| this.operand(right), |this| Ok(this.bit(false)))
        } else {
            self.either(a, |this| Ok(this.bit(true)), |this| this.operand(right))
        }
    }

    fn ternary(&mut self, cond: &Expr, then: &Expr, other: &Expr, expr: &Expr) -> Res<Value> {
        let cond = self.operand(cond)?;
        if let Some(known) = self.known_bit(cond) {
            return self.expr(if known { then } else { other });
        }
        let ty = self.ty(&expr.ty);
        if matches!(ty, Ty::Integer | Ty::String) {
            return self.fail(
                expr.span,
                format!("a value of type {} must be known at compile time", self.type_name(&ty)),
            );
        }
        if !then.has_effect() && !other.has_effect() {
            let a = self.expr(then)?;
            let b = self.expr(other)?;
            return Ok(self.select(cond, &a, &b));
        }
        let place = self.local(&ty, "$choice$", expr.span)?;
        let (yes, no, done) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(cond, yes, no);
        for (block, side) in [(yes, then), (no, other)] {
            self.switch_to(block);
            let value = self.expr(side)?;
            self.store(&place, &value, None);
            self.goto(done);
        }
        self.switch_to(done);
        Ok(self.load(&place))
    }

    fn aggregate(&mut self, members: &[Expr], order: &[u32], expr: &Expr) -> Res<Value> {
        let ty = self.ty(&expr.ty);
        let ty = self.underlying(&ty);
        let mut values = vec![];
        for (nth, at) in order.iter().enumerate() {
            let value = self.expr(&members[*at as usize])?;
            let kept = order[nth + 1..].iter().any(|later| members[*later as usize].has_effect());
            values.push((*at, if kept { self.snapshot(value) } else { value }));
        }
        values.sort_by_key(|(at, _)| *at);
        let mut values: Vec<Value> = values.into_iter().map(|(_, value)| value).collect();
        if let Some(types) = self.member_types(&ty) {
            for (value, ty) in values.iter_mut().zip(&types) {
                if let (Value::Int(number), Some(scalar)) = (&*value, self.scalar_of(ty)) {
                    *value = Value::Scalar(self.constant(scalar.width, bits_of(number, scalar.width)));
                }
            }
        }
        Ok(self.assembled(&ty, values, true))
    }

    /// Bits of a varbit that count, as an operand of one slot.
    pub(super) fn as_slot(&mut self, operand: Operand) -> crate::ir::SlotId {
        match operand {
            Operand::Slot(slot) => slot,
            constant => {
                let slot =
                    self.slot("$t$", Scalar { width: self.width(constant), signed: false }, SlotKind::Local);
                self.set(slot, constant);
                slot
            }
        }
    }
}
