//! Values: scalars as operands, composites as trees of them, and what exists at compile time only.

use super::objects::ObjectId;
use super::place::Place;
use super::types::Scalar;
use super::{Lowerer, Res};
use crate::hir::{CompositeKind, Ty};
use crate::ir::{BinOp, HeaderId, LENGTH_WIDTH, Op, Operand, Rvalue, SlotId};
use crate::ir_fold::cut;
use crate::source::Span;
use num_bigint::{BigInt, BigUint, Sign};
use std::collections::HashSet;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(super) enum Value {
    Scalar(Operand),
    Varbit {
        value: Operand,
        length: Operand,
    },
    /// Struct, tuple or list.
    Struct(Vec<Value>),
    Header {
        valid: Operand,
        fields: Vec<Value>,
    },
    Union(Vec<Value>),
    Stack {
        elements: Vec<Value>,
        next: Option<Operand>,
    },
    /// `int`
    Int(BigInt),
    Str(Arc<str>),
    /// Index of the match kinds.
    MatchKind(u32),
    Object(ObjectId),
    Void,
}

/// Two's complement in `width` bits.
pub(super) fn bits_of(value: &BigInt, width: u32) -> BigUint {
    let magnitude = cut(value.magnitude().clone(), width);
    match value.sign() {
        Sign::Minus => cut((BigUint::from(1u32) << width) - magnitude, width),
        _ => magnitude,
    }
}

/// One step of an assignment.
#[derive(Debug, Clone, Copy)]
enum Move {
    Set(SlotId, Operand),
    Valid(HeaderId),
    Invalid(HeaderId),
}

impl Value {
    fn children(&self) -> &[Value] {
        match self {
            Value::Struct(members) | Value::Union(members) => members,
            Value::Header { fields, .. } => fields,
            Value::Stack { elements, .. } => elements,
            _ => &[],
        }
    }

    pub(super) fn member(&self, index: usize) -> Option<&Value> {
        self.children().get(index)
    }

    /// With the bits of varbits alone.
    pub(super) fn without_lengths(self) -> Value {
        let all = |members: Vec<Value>| members.into_iter().map(Value::without_lengths).collect();
        match self {
            Value::Varbit { value, .. } => Value::Scalar(value),
            Value::Struct(members) => Value::Struct(all(members)),
            Value::Union(members) => Value::Union(all(members)),
            Value::Header { valid, fields } => Value::Header { valid, fields: all(fields) },
            Value::Stack { elements, next } => Value::Stack { elements: all(elements), next },
            other => other,
        }
    }

    /// The operands in it, in order.
    pub(super) fn operands(&self, into: &mut Vec<Operand>) {
        match self {
            Value::Scalar(operand) => into.push(*operand),
            Value::Varbit { value, length } => into.extend([*value, *length]),
            Value::Header { valid, .. } => into.push(*valid),
            Value::Stack { next, .. } => into.extend(*next),
            _ => {}
        }
        self.children().iter().for_each(|child| child.operands(into));
    }

    pub(super) fn map(self, with: &mut impl FnMut(Operand) -> Operand) -> Value {
        fn all(values: Vec<Value>, with: &mut impl FnMut(Operand) -> Operand) -> Vec<Value> {
            values.into_iter().map(|value| value.map(with)).collect()
        }
        match self {
            Value::Scalar(operand) => Value::Scalar(with(operand)),
            Value::Varbit { value, length } => Value::Varbit { value: with(value), length: with(length) },
            Value::Struct(members) => Value::Struct(all(members, with)),
            Value::Header { valid, fields } => {
                Value::Header { valid: with(valid), fields: all(fields, with) }
            }
            Value::Union(members) => Value::Union(all(members, with)),
            Value::Stack { elements, next } => {
                Value::Stack { elements: all(elements, with), next: next.map(&mut *with) }
            }
            other => other,
        }
    }
}

impl Lowerer<'_> {
    /// A copy that later writes do not change.
    pub(super) fn snapshot(&mut self, value: Value) -> Value {
        value.map(&mut |operand| self.stable(operand))
    }

    pub(super) fn stable(&mut self, operand: Operand) -> Operand {
        match operand {
            Operand::Slot(slot) if !self.temporaries.contains(&slot) => {
                let (width, signed) = (self.out.slot(slot).width, self.out.slot(slot).signed);
                let copy = self.temporary(Scalar { width, signed });
                self.set(copy, operand);
                Operand::Slot(copy)
            }
            other => other,
        }
    }

    /// The default value of a type (P4-16 7.3), which is also what is never written: zero, false, the first member of an
    /// enum, NoError, invalid.
    pub(super) fn default_value(&mut self, ty: &Ty, span: Span) -> Res<Value> {
        if let Some(scalar) = self.scalar_of(ty) {
            return Ok(Value::Scalar(self.number(scalar.width, 0)));
        }
        let underlying = self.underlying(ty);
        match &underlying {
            Ty::Integer => return Ok(Value::Int(BigInt::from(0))),
            Ty::String => return Ok(Value::Str("".into())),
            Ty::Void => return Ok(Value::Void),
            Ty::Varbit(width) => {
                let value = self.number((*width).max(1), 0);
                return Ok(Value::Varbit { value, length: self.number(LENGTH_WIDTH, 0) });
            }
            _ => {}
        }
        let Some(types) = self.member_types(&underlying) else {
            return self.fail(span, format!("{} has no default value", self.type_name(ty)));
        };
        let members = self.nested(span, |this| {
            types.iter().map(|ty| this.default_value(ty, span)).collect::<Res<Vec<Value>>>()
        })?;
        Ok(self.assembled(&underlying, members, false))
    }

    /// A composite of its members.
    pub(super) fn assembled(&mut self, ty: &Ty, members: Vec<Value>, valid: bool) -> Value {
        match (self.kind_of(ty), ty) {
            (Some(CompositeKind::Header), _) => Value::Header { valid: self.bit(valid), fields: members },
            (Some(CompositeKind::Union), _) => Value::Union(members),
            (_, Ty::Stack(element, _)) => {
                let headers =
                    matches!(self.kind_of(element), Some(CompositeKind::Header | CompositeKind::Union));
                let next = headers.then(|| self.number(32, 0));
                Value::Stack { elements: members, next }
            }
            _ => Value::Struct(members),
        }
    }

    /// `cond ? then : other`, scalar by scalar.
    pub(super) fn select(&mut self, cond: Operand, then: &Value, other: &Value) -> Value {
        let all = |this: &mut Self, a: &[Value], b: &[Value]| -> Vec<Value> {
            a.iter().zip(b).map(|(a, b)| this.select(cond, a, b)).collect()
        };
        match (then, other) {
            (Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(self.select_operand(cond, *a, *b)),
            (Value::Varbit { value: a, length: m }, Value::Varbit { value: b, length: n }) => Value::Varbit {
                value: self.select_operand(cond, *a, *b),
                length: self.select_operand(cond, *m, *n),
            },
            (Value::Struct(a), Value::Struct(b)) => Value::Struct(all(self, a, b)),
            (Value::Union(a), Value::Union(b)) => Value::Union(all(self, a, b)),
            (Value::Header { valid: v, fields: a }, Value::Header { valid: w, fields: b }) => {
                let valid = self.select_operand(cond, *v, *w);
                Value::Header { valid, fields: all(self, a, b) }
            }
            (Value::Stack { elements: a, next: m }, Value::Stack { elements: b, next: n }) => {
                let next = m.zip(*n).map(|(m, n)| self.select_operand(cond, m, n));
                Value::Stack { elements: all(self, a, b), next }
            }
            // Compile-time values do not depend on run-time conditions.
            _ => then.clone(),
        }
    }

    fn select_operand(&mut self, cond: Operand, then: Operand, other: Operand) -> Operand {
        let scalar = Scalar { width: self.out.width(then), signed: false };
        self.compute(scalar, Rvalue::Select { cond, then, other })
    }

    /// Zero of the shape of a value.
    pub(super) fn zero_like(&mut self, value: &Value) -> Value {
        value.clone().map(&mut |operand| {
            let width = self.out.width(operand);
            self.number(width, 0)
        })
    }

    fn moves(&mut self, place: &Place, value: &Value, into: &mut Vec<Move>) {
        match (place, value) {
            (Place::Scalar(slot), Value::Scalar(operand)) => into.push(Move::Set(*slot, *operand)),
            (Place::Scalar(slot), Value::Int(number)) => {
                let width = self.out.slot(*slot).width;
                let operand = self.constant(width, bits_of(number, width));
                into.push(Move::Set(*slot, operand));
            }
            (Place::Varbit { value, length }, Value::Varbit { value: from, length: bits }) => {
                into.extend([Move::Set(*value, *from), Move::Set(*length, *bits)]);
            }
            (Place::Header(id, places), Value::Header { valid, fields }) => {
                match self.known_bit(*valid) {
                    Some(true) => into.push(Move::Valid(*id)),
                    // The fields of an invalid header are zero.
                    Some(false) => return into.push(Move::Invalid(*id)),
                    None => into.push(Move::Set(self.valid_slot(*id), *valid)),
                }
                places.iter().zip(fields).for_each(|(place, value)| self.moves(place, value, into));
            }
            (Place::Stack { elements, next }, Value::Stack { elements: values, next: index }) => {
                elements.iter().zip(values).for_each(|(place, value)| self.moves(place, value, into));
                if let (Some(next), Some(index)) = (next, index) {
                    into.push(Move::Set(*next, *index));
                }
            }
            // Header by header: a union has one valid member at most, and its copy has the same.
            (Place::Union(places), Value::Union(values)) => {
                self.union_moves(places, values, into);
            }
            (Place::Struct(places), _) => {
                places.iter().zip(value.children()).for_each(|(place, value)| self.moves(place, value, into));
            }
            _ => {}
        }
    }

    /// `Move::Valid` of one member would end the others, in whatever order: the bits are written instead.
    fn union_moves(&mut self, places: &[Place], values: &[Value], into: &mut Vec<Move>) {
        for (place, value) in places.iter().zip(values) {
            if let (Place::Header(id, places), Value::Header { valid, fields }) = (place, value) {
                if self.known_bit(*valid) == Some(false) {
                    into.push(Move::Invalid(*id));
                } else {
                    into.push(Move::Set(self.valid_slot(*id), *valid));
                    places.iter().zip(fields).for_each(|(place, value)| self.moves(place, value, into));
                }
            }
        }
    }

    fn slots_written(&self, step: Move, into: &mut HashSet<SlotId>) {
        match step {
            Move::Set(slot, _) => {
                into.insert(slot);
            }
            Move::Valid(id) => {
                into.insert(self.valid_slot(id));
            }
            Move::Invalid(id) => self.header_slots(id, into),
        }
    }

    /// The moves as if at once: what one of them overwrites before another reads it is saved.
    fn perform(&mut self, mut moves: Vec<Move>, guard: Option<Operand>) {
        let mut written = HashSet::new();
        for step in &mut moves {
            if let Move::Set(slot, Operand::Slot(from)) = *step
                && from != slot
                && written.contains(&from)
            {
                let saved = self.stable(Operand::Slot(from));
                *step = Move::Set(slot, saved);
            }
            self.slots_written(*step, &mut written);
        }
        for step in moves {
            match step {
                Move::Set(slot, operand) => self.set_if(guard, slot, operand),
                Move::Valid(id) => self.push(Op::SetValid(id)),
                Move::Invalid(id) => self.push(Op::SetInvalid(id)),
            }
        }
    }

    fn set_if(&mut self, guard: Option<Operand>, slot: SlotId, operand: Operand) {
        if operand == Operand::Slot(slot) {
            return;
        }
        match guard {
            None => self.set(slot, operand),
            Some(cond) => {
                let value = Rvalue::Select { cond, then: operand, other: Operand::Slot(slot) };
                self.set_to(slot, value);
            }
        }
    }

    /// Writes a variable. `guard`: only where this bit is set; never with headers in it.
    pub(super) fn store(&mut self, place: &Place, value: &Value, guard: Option<Operand>) {
        if let (Place::Header(id, fields), Value::Header { valid, .. }) = (place, value)
            && !self.out.headers[id.index()].union_others.is_empty()
        {
            return self.store_union_member(*id, fields, *valid, value);
        }
        let mut moves = vec![];
        self.moves(place, value, &mut moves);
        self.perform(moves, guard);
    }

    /// P4-16 8.20: a valid value makes the other members invalid, an invalid one makes this member invalid.
    fn store_union_member(&mut self, id: HeaderId, fields: &[Place], valid: Operand, value: &Value) {
        let mut union_slots = HashSet::new();
        self.slots_of(&Place::Header(id, fields.into()), &mut union_slots);
        let value = value.clone().map(&mut |operand| match operand {
            Operand::Slot(slot) if union_slots.contains(&slot) => self.stable(operand),
            other => other,
        });
        let valid = match valid {
            Operand::Slot(slot) if union_slots.contains(&slot) => match &value {
                Value::Header { valid, .. } => *valid,
                _ => valid,
            },
            other => other,
        };
        let (yes, no, done) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(valid, yes, no);
        self.switch_to(no);
        self.push(Op::SetInvalid(id));
        self.goto(done);
        self.switch_to(yes);
        self.push(Op::SetValid(id));
        let mut moves = vec![];
        for (place, field) in fields.iter().zip(value.children()) {
            self.moves(place, field, &mut moves);
        }
        self.perform(moves, None);
        self.goto(done);
        self.switch_to(done);
    }

    /// Makes a variable what it is before anything is written: zero, invalid.
    pub(super) fn clear(&mut self, place: &Place) {
        match place {
            Place::Scalar(slot) => {
                let zero = self.number(self.out.slot(*slot).width, 0);
                self.set(*slot, zero);
            }
            Place::Empty => {}
            Place::Varbit { value, length } => {
                for slot in [*value, *length] {
                    let zero = self.number(self.out.slot(slot).width, 0);
                    self.set(slot, zero);
                }
            }
            Place::Header(id, _) => self.push(Op::SetInvalid(*id)),
            Place::Struct(members) | Place::Union(members) => {
                members.iter().for_each(|member| self.clear(member));
            }
            Place::Stack { elements, next } => {
                elements.iter().for_each(|element| self.clear(element));
                if let Some(next) = next {
                    let zero = self.number(32, 0);
                    self.set(*next, zero);
                }
            }
        }
    }

    /// A one-bit operation.
    pub(super) fn logic(&mut self, op: BinOp, left: Operand, right: Operand) -> Operand {
        self.compute(Scalar { width: 1, signed: false }, Rvalue::Binary(op, left, right))
    }

    pub(super) fn not(&mut self, of: Operand) -> Operand {
        self.compute(Scalar { width: 1, signed: false }, Rvalue::Not(of))
    }
}
