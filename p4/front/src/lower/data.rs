//! Lists of fields: what is hashed, summed, sent as a digest, kept over a clone; values as one number.

use super::lvalue::{LValue, Source};
use super::place::Place;
use super::types::Scalar;
use super::value::Value;
use super::{Lowerer, Res};
use crate::hir::{CompositeKind, Expr, ExprKind, Ty};
use crate::ir::{self, Datum, DigestId, FieldListId, HashAlgorithm, Operand, Rvalue, SlotId, SlotKind};
use crate::source::Span;
use std::collections::HashSet;

impl Lowerer<'_> {
    /// The scalars of an expression in order, each with the validity of the header that it is in.
    pub(super) fn data(&mut self, expr: &Expr) -> Res<Vec<Datum>> {
        let mut data = vec![];
        self.nested(expr.span, |this| this.add_data(expr, &mut data))?;
        Ok(data)
    }

    fn add_data(&mut self, expr: &Expr, into: &mut Vec<Datum>) -> Res<()> {
        match &expr.kind {
            ExprKind::Aggregate(members) => {
                for (at, member) in members.iter().enumerate() {
                    let from = into.len();
                    self.nested(member.span, |this| this.add_data(member, into))?;
                    if members[at + 1..].iter().any(Expr::has_effect) {
                        for datum in &mut into[from..] {
                            datum.value = self.stable(datum.value);
                        }
                    }
                }
                Ok(())
            }
            ExprKind::Cast(of) if self.is_list(&of.ty) => {
                self.nested(of.span, |this| this.add_data(of, into))
            }
            _ => match self.source(expr)? {
                Source::Stored(lvalue) => {
                    let value = self.read(&lvalue)?;
                    let guard = self.guard_of(&lvalue)?;
                    self.add_value(&value, guard, expr.span, into)
                }
                Source::Value(value) => self.add_value(&value, None, expr.span, into),
            },
        }
    }

    /// A type that a cast takes member by member.
    fn is_list(&self, ty: &Ty) -> bool {
        let ty = self.ty(ty);
        matches!(ty, Ty::Tuple(_) | Ty::List(_)) || self.kind_of(&ty) == Some(CompositeKind::Struct)
    }

    /// The validity of the header that a path leads into.
    fn guard_of(&mut self, lvalue: &LValue) -> Res<Option<Operand>> {
        match lvalue {
            LValue::Place { guard, .. } => Ok(guard.map(Operand::Slot)),
            LValue::Choice { index, choices, .. } => {
                let mut guards = vec![];
                for choice in choices {
                    match self.guard_of(choice)? {
                        Some(guard) => guards.push(Value::Scalar(guard)),
                        None => return Ok(None),
                    }
                }
                match self.chosen(*index, guards)? {
                    Value::Scalar(guard) => Ok(Some(guard)),
                    _ => Ok(None),
                }
            }
            LValue::Slice { of, .. } | LValue::PlusSlice { of, .. } => self.guard_of(of),
            LValue::Ignored => Ok(None),
        }
    }

    fn add_value(
        &mut self,
        value: &Value,
        guard: Option<Operand>,
        span: Span,
        into: &mut Vec<Datum>,
    ) -> Res<()> {
        let members: &[Value] = match value {
            Value::Scalar(operand) => return self.add_datum(*operand, guard, None, into),
            Value::Varbit { value, length } => {
                let length = self.as_slot(*length);
                return self.add_datum(*value, guard, Some(length), into);
            }
            Value::Header { valid, fields } => {
                return fields.iter().try_for_each(|field| self.add_value(field, Some(*valid), span, into));
            }
            Value::Struct(members) | Value::Union(members) => members,
            Value::Stack { elements, .. } => elements,
            Value::Int(_) => return self.fail(span, "a number in a list of data needs a width, such as 8w1"),
            Value::Str(_) | Value::MatchKind(_) | Value::Object(_) | Value::Void => {
                return self.fail(span, "this has no bits");
            }
        };
        members.iter().try_for_each(|member| self.add_value(member, guard, span, into))
    }

    fn add_datum(
        &mut self,
        value: Operand,
        guard: Option<Operand>,
        length: Option<SlotId>,
        into: &mut Vec<Datum>,
    ) -> Res<()> {
        let known = guard.and_then(|guard| self.known_bit(guard));
        if self.width(value) == 0 || known == Some(false) {
            return Ok(());
        }
        let valid = match guard {
            Some(Operand::Slot(slot)) => Some(slot),
            _ => None,
        };
        into.push(Datum { value, valid, length });
        Ok(())
    }

    /// The scalars of a value in order, without the validity of headers.
    pub(super) fn scalars(&mut self, value: &Value, span: Span) -> Res<Vec<Operand>> {
        let mut scalars = vec![];
        self.add_scalars(value, span, &mut scalars)?;
        Ok(scalars)
    }

    fn add_scalars(&mut self, value: &Value, span: Span, into: &mut Vec<Operand>) -> Res<()> {
        let members = match value {
            Value::Scalar(operand) => {
                into.push(*operand);
                return Ok(());
            }
            Value::Struct(members) | Value::Union(members) => members,
            Value::Header { fields, .. } => fields,
            Value::Stack { elements, .. } => elements,
            Value::Int(_) => return self.fail(span, "a number needs a width here, such as 8w1"),
            Value::Varbit { .. } => return self.limit(span, "a varbit has no fixed width"),
            Value::Void | Value::Str(_) | Value::MatchKind(_) | Value::Object(_) => {
                return self.fail(span, "this has no bits");
            }
        };
        members.iter().try_for_each(|member| self.add_scalars(member, span, into))
    }

    /// The value as one number, the first field most significant.
    pub(super) fn pack(&mut self, value: &Value, span: Span) -> Res<Operand> {
        let mut packed = self.number(0, 0);
        for operand in self.scalars(value, span)? {
            let width = self.bits(u64::from(self.width(packed)) + u64::from(self.width(operand)), span)?;
            packed = self.compute(Scalar { width, signed: false }, Rvalue::Concat(packed, operand));
        }
        Ok(packed)
    }

    /// A value of this type from one number; headers in it are valid.
    pub(super) fn unpack(&mut self, of: Operand, ty: &Ty, span: Span) -> Res<Value> {
        let mut left = self.width(of);
        self.unpack_next(of, ty, span, &mut left)
    }

    fn unpack_next(&mut self, of: Operand, ty: &Ty, span: Span, left: &mut u32) -> Res<Value> {
        let underlying = self.underlying(ty);
        if let Some(scalar) = self.scalar_of(&underlying) {
            *left = left.saturating_sub(scalar.width);
            return Ok(Value::Scalar(self.compute(scalar, Rvalue::Slice { of, lo: *left })));
        }
        let Some(types) = self.member_types(&underlying) else {
            return self.fail(span, format!("{} has no fixed width", self.type_name(ty)));
        };
        let members = self.nested(span, |this| {
            types.iter().map(|ty| this.unpack_next(of, ty, span, left)).collect::<Res<Vec<Value>>>()
        })?;
        Ok(self.assembled(&underlying, members, true))
    }

    pub(super) fn hash_algorithm(&mut self, value: &Value, ty: &Ty, span: Span) -> Res<HashAlgorithm> {
        Ok(match self.enum_name(value, ty, span)?.as_str() {
            "crc32" => HashAlgorithm::Crc32,
            "crc32_custom" => self.crcs.custom32(),
            "crc16" => HashAlgorithm::Crc16,
            "crc16_custom" => self.crcs.custom16(),
            "random" => HashAlgorithm::Random,
            "identity" => HashAlgorithm::Identity,
            "csum16" => HashAlgorithm::Csum16,
            "xor16" => HashAlgorithm::Xor16,
            other => return self.fail(span, format!("v1model has no hash algorithm {other}")),
        })
    }

    /// The digest of this type, with the names of its fields.
    pub(super) fn digest(&mut self, ty: &Ty, span: Span) -> Res<DigestId> {
        let name = match ty {
            Ty::Composite(..) => self.type_name(ty),
            _ => "digest".to_owned(),
        };
        let mut fields = vec![];
        for leaf in self.leaves(ty, span)? {
            // A varbit is told in all the bits that it may have.
            let of = match leaf.ty {
                Ty::Varbit(width) => Ty::Bit(width),
                of => of,
            };
            fields.push((leaf.name, self.describe(&of, span)?));
        }
        let mut key = name.clone();
        for (name, ty) in &fields {
            key.push_str(&format!(" {name}:{}", ty.width));
        }
        if let Some(known) = self.digests.get(&key) {
            return Ok(*known);
        }
        // Two lists without a struct, or a generic struct twice: the name of the second has a number.
        let taken = |name: &str| self.out.digests.iter().any(|digest| digest.name == name);
        let numbered = (1..).map(|number| format!("{name}_{number}"));
        let name = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name);
        let id = DigestId(self.out.digests.len() as u32);
        self.out.digests.push(ir::Digest { name, fields });
        self.digests.insert(key, id);
        Ok(id)
    }

    pub(super) fn field_list(&mut self, slots: HashSet<SlotId>) -> FieldListId {
        let mut slots: Vec<SlotId> = slots.into_iter().collect();
        slots.sort();
        if let Some(known) = self.field_lists.get(&slots) {
            return *known;
        }
        let id = FieldListId(self.out.field_lists.len() as u32);
        self.out.field_lists.push(slots.clone());
        self.field_lists.insert(slots, id);
        id
    }

    /// Fields of M with `@field_list` of this number.
    pub(super) fn annotated_field_list(&mut self, number: u64) -> FieldListId {
        let mut slots = HashSet::new();
        if let Some((place, ty)) = self.metadata.clone() {
            self.annotated_slots(&place, &ty, number, &mut slots);
        }
        self.field_list(slots)
    }

    fn annotated_slots(&self, place: &Place, ty: &Ty, number: u64, into: &mut HashSet<SlotId>) {
        let (Place::Struct(members), Ty::Composite(id, args)) = (place, ty) else { return };
        let Some(composite) = self.composite(*id) else { return };
        let types = self.field_types(*id, args);
        for ((member, field), ty) in members.iter().zip(&composite.fields).zip(&types) {
            if super::names::annotated_numbers(&field.annotations, "field_list").contains(&number) {
                self.slots_of(member, into);
            } else {
                self.annotated_slots(member, ty, number, into);
            }
        }
    }

    /// The metadata that an expression names, for the deprecated forms of clone, resubmit and recirculate.
    pub(super) fn named_field_list(&mut self, expr: &Expr) -> Res<FieldListId> {
        let mut slots = HashSet::new();
        self.named_slots(expr, &mut slots)?;
        slots.retain(|slot| matches!(self.out.slot(*slot).kind, SlotKind::Metadata | SlotKind::Standard));
        Ok(self.field_list(slots))
    }

    fn named_slots(&mut self, expr: &Expr, into: &mut HashSet<SlotId>) -> Res<()> {
        match &expr.kind {
            ExprKind::Aggregate(members) => {
                for member in members {
                    self.nested(member.span, |this| this.named_slots(member, into))?;
                }
                Ok(())
            }
            ExprKind::Cast(of) => self.nested(of.span, |this| this.named_slots(of, into)),
            _ => {
                if let Source::Stored(LValue::Place { place, .. }) = self.source(expr)? {
                    self.slots_of(&place, into);
                }
                Ok(())
            }
        }
    }
}
