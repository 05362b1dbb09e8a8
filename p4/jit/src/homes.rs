//! Which headers stay in the packet, and where their fields are there.

use crate::effects::of_op;
use crate::plan::{Home, Plan, Unit};
use front::ir::{Header, HeaderField, HeaderId, Op, Program, SlotId, SlotKind};

/// The varbit field of a header, where it begins at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Varbit {
    pub slot: SlotId,
    pub length: SlotId,
    /// Bytes before it.
    pub at: u32,
    /// Bits that it may have.
    pub most: u32,
}

/// The shape of a header, where it is one that bytes are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Fixed,
    Varying(Varbit),
    /// Not of whole bytes, or with a varbit field within a byte: the host's.
    Other,
}

pub fn shape(header: &Header) -> Shape {
    if !header.fixed_bits.is_multiple_of(8) {
        return Shape::Other;
    }
    let mut varying = header.fields.iter().filter_map(|field| Some((field, field.length?)));
    match (varying.next(), varying.next()) {
        (None, _) => Shape::Fixed,
        (Some((field, length)), None) if field.offset.is_multiple_of(8) => {
            let (slot, at) = (field.slot, field.offset / 8);
            Shape::Varying(Varbit { slot, length, at, most: field.width })
        }
        _ => Shape::Other,
    }
}

/// Bytes that a header may have.
pub fn most_bytes(header: &Header) -> u32 {
    header.fields.iter().map(|field| field.width).sum::<u32>().div_ceil(8)
}

/// A field's place: behind the varbit field, as if that were empty.
pub fn home_of(id: HeaderId, shape: Shape, field: &HeaderField) -> Home {
    match shape {
        Shape::Varying(varbit) if varbit.slot == field.slot => Home::Varbit { header: id },
        Shape::Varying(varbit) if varbit.at * 8 < field.offset => {
            Home::Behind { header: id, offset: field.offset - varbit.most }
        }
        _ => Home::Wire { header: id, offset: field.offset },
    }
}

impl Plan<'_> {
    /// Headers of whole bytes stay where they are in the packet. One with a varbit field does if only the parser gives it
    /// its length: another length would move what stands behind it.
    pub(crate) fn give_homes(&mut self) {
        for (index, header) in self.program.headers.iter().enumerate() {
            let id = HeaderId(index as u32);
            let local = self.program.slot(header.valid).kind != SlotKind::State;
            let shape = shape(header);
            let stays = match shape {
                Shape::Fixed => header.fixed_bits != 0,
                Shape::Varying(varbit) => !is_assigned(self.program, id, varbit),
                Shape::Other => false,
            };
            if local || !stays {
                continue;
            }
            self.shapes[index] = shape;
            self.validities.insert(header.valid, id);
            self.areas[index] = Some(self.take_area(header));
            for field in &header.fields {
                self.homes[field.slot.index()] = home_of(id, shape, field);
            }
        }
    }

    /// Where headers that live in slots are put together when they are emitted: each once, for two would need two places.
    pub(crate) fn give_copies(&mut self) {
        for index in 0..self.program.headers.len() {
            let header = &self.program.headers[index];
            let emitted = |op: &&Op| matches!(op, Op::Emit(id) if id.index() == index);
            let ops = self.program.deparser.blocks.iter().flat_map(|block| &block.ops);
            let shape = shape(header);
            if ops.filter(emitted).count() == 1 && self.areas[index].is_none() && shape != Shape::Other {
                self.shapes[index] = shape;
                self.copies[index] = Some(self.take_area(header));
            }
        }
    }

    /// Eight bytes at a time keep areas apart and aligned.
    fn take_area(&mut self, header: &Header) -> u32 {
        let area = self.area_bytes;
        self.area_bytes += most_bytes(header).next_multiple_of(8);
        area
    }

    pub fn shape(&self, header: HeaderId) -> Shape {
        self.shapes[header.index()]
    }

    /// The header that a slot is a field of, in bytes.
    pub fn header_of(&self, slot: SlotId) -> Option<HeaderId> {
        match self.homes[slot.index()] {
            Home::Wire { header, .. } | Home::Varbit { header } | Home::Behind { header, .. } => Some(header),
            Home::Frame => None,
        }
    }

    /// What else has to be known in order to find a field: the length of the varbit field before it.
    pub(crate) fn length_of(&self, slot: SlotId) -> Option<Unit> {
        match (self.homes[slot.index()], self.header_of(slot).map(|header| self.shape(header))) {
            (Home::Varbit { .. } | Home::Behind { .. }, Some(Shape::Varying(varbit))) => {
                Some(varbit.length.index())
            }
            _ => None,
        }
    }
}

/// Whether anything but the parser writes the varbit field, its length, or the validity of its header.
fn is_assigned(program: &Program, id: HeaderId, varbit: Varbit) -> bool {
    let slots = [varbit.slot, varbit.length, program.headers[id.index()].valid];
    let ops = program.codes().into_iter().flat_map(|code| &code.blocks).flat_map(|block| &block.ops);
    let assigns = |op: &Op| match op {
        // Without a length it is the host's.
        Op::Extract { header, varbit } => *header == id && varbit.is_none(),
        Op::SetValid(_) | Op::SetInvalid(_) => false,
        op => of_op(program, op).writes.iter().any(|slot| slots.contains(slot)),
    };
    ops.into_iter().any(assigns)
}
