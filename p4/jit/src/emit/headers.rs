//! Headers: taken out of the packet, made valid and invalid, put together again.

use super::Gen;
use super::facts::Spot;
use crate::abi::{Calls, Piece};
use crate::effects::header_slots;
use crate::homes::{Shape, Varbit, home_of, most_bytes};
use crate::plan::Home;
use crate::values::Val;
use crate::wire::flags;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use front::ir::{Header, HeaderId, Operand, SlotId};
use std::mem::offset_of;

impl<'a> Gen<'a, '_> {
    pub(super) fn is_wire_header(&self, header: HeaderId) -> bool {
        self.plan.areas[header.index()].is_some()
    }

    fn header(&self, header: HeaderId) -> &'a Header {
        &self.plan.program.headers[header.index()]
    }

    /// Without the varbit field.
    fn fixed_bytes(&self, header: HeaderId) -> u32 {
        self.header(header).fixed_bits / 8
    }

    /// Bytes of the varbit field; none where the header has no such field.
    fn varying_bytes(&mut self, shape: Shape) -> Option<Value> {
        let Shape::Varying(varbit) = shape else { return None };
        let bits = self.read_slot(varbit.length).limbs[0];
        Some(self.a.b.ins().ushr_imm_u(bits, 3))
    }

    /// Where a field is: an address and the bit from there. Of a varbit field the first byte.
    pub(super) fn field_place(&mut self, home: Home, base: Value) -> (Value, u32) {
        match home {
            Home::Behind { header, offset } => {
                let bytes = self.varying_bytes(self.plan.shape(header));
                let bytes = bytes.unwrap_or_else(|| self.a.word(0));
                (self.a.b.ins().iadd(base, bytes), offset)
            }
            Home::Varbit { header } => match self.plan.shape(header) {
                Shape::Varying(varbit) => (base, varbit.at * 8),
                Shape::Fixed | Shape::Other => (base, 0),
            },
            Home::Wire { offset, .. } => (base, offset),
            Home::Frame => (base, 0),
        }
    }

    /// The value of a varbit field goes to its place in the frame.
    pub(super) fn spill_varbit(&mut self, header: HeaderId) {
        let Shape::Varying(varbit) = self.plan.shape(header) else { return };
        let base = self.base(header);
        let from = self.a.b.ins().iadd_imm_u(base, i64::from(varbit.at));
        self.load_varbit(varbit, from);
    }

    fn load_varbit(&mut self, varbit: Varbit, from: Value) {
        let to = self.frame_place(varbit.slot);
        let bytes = self.varying_bytes(Shape::Varying(varbit)).unwrap_or(from);
        let words = self.a.word(varbit.most.div_ceil(64).into());
        self.call(offset_of!(Calls, load_varbit), [to, from, bytes, words]);
    }

    pub(super) fn invalidate_others(&mut self, header: HeaderId) {
        for other in &self.header(header).union_others {
            self.set_invalid(*other);
        }
    }

    /// A header that was not there begins as zeros in its own area; one that was stays where it is.
    pub(super) fn set_valid(&mut self, header: HeaderId) {
        self.invalidate_others(header);
        self.make_valid(header);
    }

    /// Fields may have been written before: then the header has a place already.
    fn make_valid(&mut self, header: HeaderId) {
        self.ensure_placed(header);
        self.write_word(self.header(header).valid, 1);
    }

    /// The header is in its own area from now on, all zeros.
    pub(super) fn clear_area(&mut self, header: HeaderId) {
        let at = self.plan.areas[header.index()].unwrap_or(0);
        let area = self.extra_place(at);
        self.clear(area, self.fixed_bytes(header));
        self.set_base_spot(header, Spot::Extra(at));
    }

    fn clear(&mut self, area: Value, bytes: u32) {
        let zero = self.a.word(0);
        for at in (0..bytes.next_multiple_of(8)).step_by(8) {
            self.a.b.ins().store(flags(), zero, area, at as i32);
        }
    }

    fn extra_place(&mut self, at: u32) -> Value {
        let extra = self.regs().extra;
        self.a.b.ins().iadd_imm_u(extra, i64::from(at))
    }

    /// A copy of a header is valid or not as its original is; the fields follow.
    pub(super) fn set_validity(&mut self, header: HeaderId, valid: &Val) {
        let slot = self.header(header).valid;
        let before = self.facts.clone();
        let (there, gone, after) =
            (self.a.b.create_block(), self.a.b.create_block(), self.a.b.create_block());
        self.a.b.ins().brif(valid.limbs[0], there, &[], gone, &[]);
        self.a.b.switch_to_block(there);
        self.make_valid(header);
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(gone);
        self.facts = before;
        let zeros = self.zeros();
        self.set_base(header, zeros);
        self.write_word(slot, 0);
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
        self.forget_base(header);
        self.forget_value(slot);
        self.placed.remove(header.index());
    }

    /// Fields of an invalid header are zero already.
    pub(super) fn set_plain_valid(&mut self, header: HeaderId) {
        self.invalidate_others(header);
        self.write_word(self.header(header).valid, 1);
    }

    pub(super) fn set_invalid(&mut self, header: HeaderId) {
        self.write_word(self.header(header).valid, 0);
        if self.is_wire_header(header) {
            self.set_base_spot(header, Spot::Nowhere);
            if let Shape::Varying(varbit) = self.plan.shape(header) {
                self.write_word(varbit.length, 0);
            }
            return;
        }
        for slot in header_slots(self.plan.program, header).collect::<Vec<_>>() {
            let zero = self.a.zero(self.plan.program.slot(slot).width);
            self.write_slot(slot, &zero);
        }
    }

    // The parser.

    /// Whether [`Gen::extract`] can do it.
    pub(super) fn extracts(&self, header: HeaderId, varbit: Option<Operand>) -> bool {
        self.plan.aligned
            && match crate::homes::shape(self.header(header)) {
                Shape::Fixed => varbit.is_none(),
                Shape::Varying(_) => varbit.is_some(),
                Shape::Other => false,
            }
    }

    /// Where the cursor will be `bytes` on; the parser fails where the packet ends before.
    fn ahead(&mut self, bytes: u32) -> Value {
        let cursor = self.cursor();
        let next = self.a.b.ins().iadd_imm_u(cursor, i64::from(bytes));
        if self.reaches(self.cursor_spot(), bytes) {
            return next;
        }
        let short = match self.cursor_spot() {
            Some(Spot::Packet(at)) => {
                let length = self.regs().length;
                self.a.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, length, i64::from(at + bytes))
            }
            _ => {
                let end = self.end();
                self.a.b.ins().icmp(IntCC::UnsignedGreaterThan, next, end)
            }
        };
        self.fail_if(short, "PacketTooShort");
        next
    }

    /// Where the packet ends.
    fn end(&mut self) -> Value {
        let (data, bytes) = (self.regs().data, self.bytes());
        self.a.b.ins().iadd(data, bytes)
    }

    /// Bytes from the cursor to the packet's end.
    pub(super) fn left(&mut self) -> Value {
        let (cursor, end) = (self.cursor(), self.end());
        self.a.b.ins().isub(end, cursor)
    }

    /// P4-16 section 13.8.2: the length of a varbit field in bits, after all that can be wrong with it.
    fn extracted_length(&mut self, header: HeaderId, varbit: Varbit, length: Operand) -> Value {
        let length = self.read(length);
        let bits = self.index(&length);
        let odd = self.a.b.ins().band_imm_u(bits, 7);
        let odd = self.a.b.ins().icmp_imm_u(IntCC::NotEqual, odd, 0);
        self.fail_if(odd, "ParserInvalidArgument");
        let left = self.left();
        let left = self.a.b.ins().ishl_imm_u(left, 3);
        let fixed = i64::from(self.header(header).fixed_bits);
        let none = self.a.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, left, fixed);
        let left = self.a.b.ins().iadd_imm_s(left, -fixed);
        let short = self.a.b.ins().icmp(IntCC::UnsignedGreaterThan, bits, left);
        let short = self.a.b.ins().bor(none, short);
        self.fail_if(short, "PacketTooShort");
        let long = self.a.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, bits, i64::from(varbit.most));
        self.fail_if(long, "HeaderTooShort");
        bits
    }

    pub(super) fn extract(&mut self, header: HeaderId, length: Option<Operand>) {
        let shape = crate::homes::shape(self.header(header));
        let (cursor, at) = (self.cursor(), self.cursor_spot());
        let next = match (shape, length) {
            (Shape::Varying(varbit), Some(length)) => {
                let bits = self.extracted_length(header, varbit, length);
                let width = self.plan.program.slot(varbit.length).width;
                let kept = self.a.resize(&Val { width: 64, limbs: vec![bits] }, width, false);
                self.write_slot(varbit.length, &kept);
                let bytes = self.a.b.ins().ushr_imm_u(bits, 3);
                let fixed = i64::from(self.fixed_bytes(header));
                let bytes = self.a.b.ins().iadd_imm_u(bytes, fixed);
                self.a.b.ins().iadd(cursor, bytes)
            }
            _ => self.ahead(self.fixed_bytes(header)),
        };
        if self.is_wire_header(header) {
            match at {
                Some(spot) => self.set_base_spot(header, spot),
                None => self.set_base(header, cursor),
            }
        } else {
            self.load_fields(header, shape, cursor);
        }
        self.write_word(self.header(header).valid, 1);
        match (at, shape) {
            (Some(Spot::Packet(at)), Shape::Fixed) => {
                self.set_cursor_spot(Spot::Packet(at + self.fixed_bytes(header)));
            }
            _ => self.set_cursor(next),
        }
        self.invalidate_others(header);
    }

    /// Into slots.
    fn load_fields(&mut self, header: HeaderId, shape: Shape, from: Value) {
        for field in &self.header(header).fields {
            match home_of(header, shape, field) {
                Home::Varbit { .. } => {
                    let Shape::Varying(varbit) = shape else { continue };
                    let from = self.a.b.ins().iadd_imm_u(from, i64::from(varbit.at));
                    self.load_varbit(varbit, from);
                    self.reload_slot(field.slot);
                }
                home => {
                    let (from, offset) = self.place_in_shape(home, shape, from);
                    let value = self.a.load_field(from, offset, field.width);
                    self.write_slot(field.slot, &value);
                }
            }
        }
    }

    /// As [`Gen::field_place`], for a header that is at home in slots.
    fn place_in_shape(&mut self, home: Home, shape: Shape, base: Value) -> (Value, u32) {
        match home {
            Home::Behind { offset, .. } => {
                let bytes = self.varying_bytes(shape).unwrap_or_else(|| self.a.word(0));
                (self.a.b.ins().iadd(base, bytes), offset)
            }
            Home::Wire { offset, .. } => (base, offset),
            Home::Varbit { .. } | Home::Frame => (base, 0),
        }
    }

    pub(super) fn lookahead(&mut self, dst: SlotId) {
        let width = self.plan.program.slot(dst).width;
        self.ahead(width.div_ceil(8));
        let cursor = self.cursor();
        let value = self.a.load_field(cursor, 0, width);
        self.write_slot(dst, &value);
    }

    pub(super) fn advance(&mut self, bits: Operand) {
        let bits = self.read(bits);
        let bits = self.index(&bits);
        let bytes = self.a.b.ins().ushr_imm_u(bits, 3);
        let (cursor, left) = (self.cursor(), self.left());
        let short = self.a.b.ins().icmp(IntCC::UnsignedGreaterThan, bytes, left);
        self.fail_if(short, "PacketTooShort");
        let next = self.a.b.ins().iadd(cursor, bytes);
        self.set_cursor(next);
    }

    // The deparser.

    /// Finds out whether the header stands where it would have to; notes it as a piece on the second way.
    pub(super) fn emit(&mut self, header: HeaderId) {
        let slot = self.header(header).valid;
        match self.known(Operand::Slot(slot)) {
            Some(0) => return,
            Some(_) => return self.emit_valid(header),
            None => {}
        }
        let valid = self.read_slot(slot).limbs[0];
        let (there, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.ins().brif(valid, there, &[], after, &[]);
        self.a.b.switch_to_block(there);
        self.perhaps(|g| g.emit_valid(header));
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
    }

    fn emit_valid(&mut self, header: HeaderId) {
        let shape = self.plan.shape(header);
        let varying = self.varying_bytes(shape);
        let fixed = self.a.word(u64::from(self.fixed_bytes(header)));
        let bytes = varying.map_or(fixed, |bytes| self.a.b.ins().iadd(bytes, fixed));
        let noted = self.gathers || !self.plan.pure_deparser;
        let (base, spot) = match self.plan.copies[header.index()] {
            Some(copy) => {
                let place = self.extra_place(copy);
                if noted {
                    self.put_together(header, shape, place);
                }
                (place, Some(Spot::Extra(copy)))
            }
            None => (self.base(header), self.base_spot(header)),
        };
        if noted {
            self.note_piece(base, bytes);
        }
        // What surely moved needs no more looking at: each value that is kept is in the way of others.
        if self.moved_fact() != Some(true) {
            let expected = self.a.b.use_var(self.expected);
            let elsewhere = self.a.b.ins().bxor(base, expected);
            let moved = self.a.b.use_var(self.moved);
            let moved = self.a.b.ins().bor(moved, elsewhere);
            self.a.b.def_var(self.moved, moved);
            let expected = self.a.b.ins().iadd(expected, bytes);
            self.a.b.def_var(self.expected, expected);
        }
        self.emitted(spot, varying.is_none().then(|| self.fixed_bytes(header)));
    }

    /// From slots into bytes.
    fn put_together(&mut self, header: HeaderId, shape: Shape, copy: Value) {
        // Fields within a byte are put between what is there.
        self.clear(copy, most_bytes(self.header(header)));
        for field in &self.header(header).fields {
            match home_of(header, shape, field) {
                Home::Varbit { .. } => {
                    let Shape::Varying(varbit) = shape else { continue };
                    self.spill_slot(field.slot);
                    let to = self.a.b.ins().iadd_imm_u(copy, i64::from(varbit.at));
                    let from = self.frame_place(field.slot);
                    let bytes = self.varying_bytes(shape).unwrap_or(from);
                    let words = self.a.word(varbit.most.div_ceil(64).into());
                    self.call(offset_of!(Calls, store_varbit), [to, from, bytes, words]);
                }
                home => {
                    let (to, offset) = self.place_in_shape(home, shape, copy);
                    let value = self.read_slot(field.slot);
                    self.a.store_field(to, offset, &value);
                }
            }
        }
    }

    fn note_piece(&mut self, base: Value, bytes: Value) {
        let pieces = self.a.b.use_var(self.pieces);
        let at = self.a.b.ins().imul_imm_u(pieces, size_of::<Piece>() as i64);
        let extra = self.regs().extra;
        let at = self.a.b.ins().iadd(extra, at);
        let first = self.plan.pieces_offset() as i32;
        self.a.b.ins().store(flags(), base, at, first + offset_of!(Piece, from) as i32);
        self.a.b.ins().store(flags(), bytes, at, first + offset_of!(Piece, bytes) as i32);
        let pieces = self.a.b.ins().iadd_imm_s(pieces, 1);
        self.a.b.def_var(self.pieces, pieces);
    }
}
