//! Storage: which slots a variable has.

use super::types::Scalar;
use super::value::Value;
use super::{Lowerer, MOST_BITS, MOST_ELEMENTS, MOST_SLOTS, Res};
use crate::hir::{CompositeKind, Ty};
use crate::ir::{self, HeaderId, LENGTH_WIDTH, Operand, SlotId, SlotKind};
use crate::source::Span;
use std::collections::HashSet;
use std::rc::Rc;

#[derive(Debug, Clone)]
pub(super) enum Place {
    Scalar(SlotId),
    /// Of type `bit<0>`, which has one value.
    Empty,
    Varbit {
        value: SlotId,
        length: SlotId,
    },
    /// Struct or tuple.
    Struct(Rc<[Place]>),
    Header(HeaderId, Rc<[Place]>),
    Union(Rc<[Place]>),
    Stack {
        elements: Rc<[Place]>,
        /// The next index, of stacks of headers and unions.
        next: Option<SlotId>,
    },
}

/// What kinds the slots of a variable have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Headers,
    Metadata,
    Standard,
    Local,
}

impl Storage {
    fn field(self) -> SlotKind {
        match self {
            Storage::Headers => SlotKind::Field,
            other => other.plain(),
        }
    }

    fn state(self) -> SlotKind {
        match self {
            Storage::Headers => SlotKind::State,
            other => other.plain(),
        }
    }

    fn plain(self) -> SlotKind {
        match self {
            Storage::Headers | Storage::Metadata => SlotKind::Metadata,
            Storage::Standard => SlotKind::Standard,
            Storage::Local => SlotKind::Local,
        }
    }
}

impl Lowerer<'_> {
    pub(super) fn slot(&mut self, name: &str, scalar: Scalar, kind: SlotKind) -> SlotId {
        let id = SlotId(self.out.slots.len() as u32);
        let slot = ir::Slot { name: name.to_owned(), width: scalar.width, signed: scalar.signed, kind };
        self.out.slots.push(slot);
        id
    }

    /// Storage for a variable of this type. Nothing is written.
    pub(super) fn allocate(&mut self, ty: &Ty, name: &str, storage: Storage, span: Span) -> Res<Place> {
        self.allocate_as(ty, name, storage, storage.plain(), span)
    }

    pub(super) fn local(&mut self, ty: &Ty, name: &str, span: Span) -> Res<Place> {
        let prefix = self.scopes.last().map_or("", |scope| scope.prefix.as_str());
        let name = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        self.allocate(ty, &name, Storage::Local, span)
    }

    fn allocate_as(
        &mut self,
        ty: &Ty,
        name: &str,
        storage: Storage,
        kind: SlotKind,
        span: Span,
    ) -> Res<Place> {
        if self.out.slots.len() >= MOST_SLOTS {
            return self.stop(span, format!("the program is too large: over {MOST_SLOTS} variables"));
        }
        if let Some(scalar) = self.scalar_of(ty) {
            if scalar.width > MOST_BITS {
                return self
                    .stop(span, format!("{} is too wide; the limit is {MOST_BITS}", self.type_name(ty)));
            }
            let empty = scalar.width == 0;
            return Ok(if empty { Place::Empty } else { Place::Scalar(self.slot(name, scalar, kind)) });
        }
        let underlying = self.underlying(ty);
        match &underlying {
            Ty::Varbit(width) => self.allocate_varbit(*width, name, kind, span),
            Ty::Tuple(_) => self.allocate_struct(&underlying, name, storage, kind, span),
            Ty::Composite(..) => match self.kind_of(&underlying) {
                Some(CompositeKind::Header) => self.allocate_header(&underlying, name, storage, span),
                Some(CompositeKind::Union) => self.allocate_union(&underlying, name, storage, span),
                _ => self.allocate_struct(&underlying, name, storage, kind, span),
            },
            Ty::Stack(element, size) => self.allocate_stack(element, *size, name, storage, kind, span),
            _ => self.limit(span, format!("a variable cannot have the type {}", self.type_name(ty))),
        }
    }

    fn allocate_varbit(&mut self, width: u32, name: &str, kind: SlotKind, span: Span) -> Res<Place> {
        if width > MOST_BITS {
            return self.stop(span, format!("varbit<{width}> is too wide; the limit is {MOST_BITS}"));
        }
        // A slot of no bits would be the only one: one bit that stays zero.
        let scalar = Scalar { width: width.max(1), signed: false };
        let value = self.slot(name, scalar, kind);
        let length =
            self.slot(&format!("{name}.$length$"), Scalar { width: LENGTH_WIDTH, signed: false }, kind);
        Ok(Place::Varbit { value, length })
    }

    fn members(
        &mut self,
        ty: &Ty,
        name: &str,
        storage: Storage,
        kind: SlotKind,
        span: Span,
    ) -> Res<Rc<[Place]>> {
        let types = self.member_types(ty).unwrap_or_default();
        let names = self.member_names(ty);
        self.nested(span, |this| {
            let member = |(ty, member): (&Ty, &String)| {
                this.allocate_as(ty, &format!("{name}.{member}"), storage, kind, span)
            };
            types.iter().zip(&names).map(member).collect()
        })
    }

    fn allocate_struct(
        &mut self,
        ty: &Ty,
        name: &str,
        storage: Storage,
        kind: SlotKind,
        span: Span,
    ) -> Res<Place> {
        Ok(Place::Struct(self.members(ty, name, storage, kind, span)?))
    }

    fn allocate_header(&mut self, ty: &Ty, name: &str, storage: Storage, span: Span) -> Res<Place> {
        let bit = Scalar { width: 1, signed: false };
        let valid = self.slot(&format!("{name}.$valid$"), bit, storage.state());
        let places = self.members(ty, name, storage, storage.field(), span)?;
        let leaves = self.leaves(ty, span)?;
        let mut fields = vec![];
        let (mut offset, mut fixed) = (0u64, 0u64);
        let mut slots = vec![];
        places.iter().for_each(|place| field_slots(place, &mut slots));
        let mut slots = slots.into_iter();
        for leaf in leaves {
            let width = match (self.scalar_of(&leaf.ty), self.underlying(&leaf.ty)) {
                (Some(scalar), _) => {
                    fixed += u64::from(scalar.width);
                    scalar.width
                }
                (None, Ty::Varbit(width)) => width,
                _ => 0,
            };
            if width > 0 {
                let Some((slot, length)) = slots.next() else { break };
                let at = self.bits(offset, span)?;
                fields.push(ir::HeaderField { name: leaf.name, slot, offset: at, width, length });
            } else if matches!(self.underlying(&leaf.ty), Ty::Varbit(_)) {
                slots.next();
            }
            offset += u64::from(width);
        }
        self.bits(offset, span)?;
        let fixed_bits = self.bits(fixed, span)?;
        let id = HeaderId(self.out.headers.len() as u32);
        self.out.headers.push(ir::Header {
            name: name.to_owned(),
            type_name: self.type_name(ty),
            valid,
            fields,
            fixed_bits,
            union_others: vec![],
        });
        Ok(Place::Header(id, places))
    }

    fn allocate_union(&mut self, ty: &Ty, name: &str, storage: Storage, span: Span) -> Res<Place> {
        let members = self.members(ty, name, storage, storage.plain(), span)?;
        let ids: Vec<HeaderId> = members.iter().flat_map(headers_of).collect();
        for id in &ids {
            let others = ids.iter().copied().filter(|other| other != id).collect();
            self.out.headers[id.index()].union_others = others;
        }
        Ok(Place::Union(members))
    }

    fn allocate_stack(
        &mut self,
        element: &Ty,
        size: u32,
        name: &str,
        storage: Storage,
        kind: SlotKind,
        span: Span,
    ) -> Res<Place> {
        if size > MOST_ELEMENTS {
            return self.stop(span, format!("{size} elements are too many; the limit is {MOST_ELEMENTS}"));
        }
        let elements = (0..size)
            .map(|at| self.allocate_as(element, &format!("{name}[{at}]"), storage, kind, span))
            .collect::<Res<Rc<[Place]>>>()?;
        if !matches!(self.kind_of(element), Some(CompositeKind::Header | CompositeKind::Union)) {
            return Ok(Place::Stack { elements, next: None });
        }
        let index = Scalar { width: 32, signed: false };
        let next = self.slot(&format!("{name}.$next$"), index, storage.state());
        let headers = elements.iter().flat_map(headers_of).collect();
        self.out.stacks.push(ir::Stack { name: name.to_owned(), elements: headers, size, next });
        Ok(Place::Stack { elements, next: Some(next) })
    }

    pub(super) fn valid_slot(&self, header: HeaderId) -> SlotId {
        self.out.headers[header.index()].valid
    }

    /// What is stored, by reference to the slots.
    pub(super) fn load(&mut self, place: &Place) -> Value {
        let all = |this: &mut Self, places: &[Place]| places.iter().map(|place| this.load(place)).collect();
        match place {
            Place::Scalar(slot) => Value::Scalar(Operand::Slot(*slot)),
            Place::Empty => Value::Scalar(self.number(0, 0)),
            Place::Varbit { value, length } => {
                Value::Varbit { value: Operand::Slot(*value), length: Operand::Slot(*length) }
            }
            Place::Struct(members) => Value::Struct(all(self, members)),
            Place::Header(id, fields) => {
                let valid = Operand::Slot(self.valid_slot(*id));
                Value::Header { valid, fields: all(self, fields) }
            }
            Place::Union(members) => Value::Union(all(self, members)),
            Place::Stack { elements, next } => {
                Value::Stack { elements: all(self, elements), next: next.map(Operand::Slot) }
            }
        }
    }

    /// Every slot of the variable; the other members of a union when `place` is one of them.
    pub(super) fn slots_of(&self, place: &Place, into: &mut HashSet<SlotId>) {
        match place {
            Place::Scalar(slot) => {
                into.insert(*slot);
            }
            Place::Empty => {}
            Place::Varbit { value, length } => into.extend([*value, *length]),
            Place::Struct(members) | Place::Union(members) => {
                members.iter().for_each(|member| self.slots_of(member, into));
            }
            Place::Header(id, _) => {
                self.header_slots(*id, into);
                for other in &self.out.headers[id.index()].union_others {
                    self.header_slots(*other, into);
                }
            }
            Place::Stack { elements, next } => {
                elements.iter().for_each(|element| self.slots_of(element, into));
                into.extend(*next);
            }
        }
    }

    pub(super) fn header_slots(&self, id: HeaderId, into: &mut HashSet<SlotId>) {
        let header = &self.out.headers[id.index()];
        into.insert(header.valid);
        for field in &header.fields {
            into.insert(field.slot);
            into.extend(field.length);
        }
    }
}

/// The headers of a variable, in order.
pub(super) fn headers_of(place: &Place) -> Vec<HeaderId> {
    match place {
        Place::Scalar(_) | Place::Empty | Place::Varbit { .. } => vec![],
        Place::Header(id, _) => vec![*id],
        Place::Struct(members) | Place::Union(members) => members.iter().flat_map(headers_of).collect(),
        Place::Stack { elements, .. } => elements.iter().flat_map(headers_of).collect(),
    }
}

/// Slots of the fields of a header, with the slot of the length of a varbit.
fn field_slots(place: &Place, into: &mut Vec<(SlotId, Option<SlotId>)>) {
    match place {
        Place::Scalar(slot) => into.push((*slot, None)),
        Place::Varbit { value, length } => into.push((*value, Some(*length))),
        Place::Struct(members) | Place::Stack { elements: members, .. } => {
            members.iter().for_each(|member| field_slots(member, into));
        }
        Place::Empty | Place::Header(..) | Place::Union(_) => {}
    }
}
