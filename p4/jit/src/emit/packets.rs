//! What compiled code and the host hand each other of a packet: its element of the arrays of [`Packets`].

use super::Gen;
use crate::abi::{Exit, Fixed, Left, List, Packets, Reason};
use crate::wire::{flags, steady};
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use std::mem::offset_of;

/// An array of [`Packets`], and what of its elements is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Of the first one, from the context on.
    pub at: usize,
    /// Bytes of an element, as a power of two.
    pub shift: i64,
    ty: Type,
}

const fn column(at: usize, shift: i64, ty: Type) -> Column {
    Column { at: offset_of!(Fixed, packets) + at, shift, ty }
}

pub(super) const DATA: Column = column(offset_of!(Packets, data), 3, types::I64);
pub(super) const LENGTH: Column = column(offset_of!(Packets, length), 2, types::I32);
pub(super) const FRAME: Column = column(offset_of!(Packets, frame), 3, types::I64);
pub(super) const EXTRA: Column = column(offset_of!(Packets, extra), 3, types::I64);
pub(super) const CURSOR: Column = column(offset_of!(Packets, cursor), 3, types::I64);
pub(super) const PIECES: Column = column(offset_of!(Packets, pieces), 1, types::I16);
pub(super) const FLAGS: Column = column(offset_of!(Packets, flags), 2, types::I32);
pub(super) const INSTANCE: Column = column(offset_of!(Packets, instance), 2, types::I32);
pub(super) const EXIT: Column = left(Left::EXIT, types::I16);
pub(super) const PATH: Column = left(Left::PATH, types::I16);
pub(super) const MOVED: Column = left(Left::MOVED, types::I16);
/// The port and, above it, the exit.
const PORT_AND_EXIT: Column = left(Left::PORT, types::I32);
const _: () = assert!(Left::EXIT == Left::PORT + 2 && Exit::Out as u16 == 0);
pub(super) const WHY: Column = column(offset_of!(Packets, why) + offset_of!(Reason, why), 2, types::I16);
pub(super) const ARGUMENT: Column =
    column(offset_of!(Packets, why) + offset_of!(Reason, argument), 2, types::I16);

const fn left(at: usize, ty: Type) -> Column {
    column(offset_of!(Packets, left) + at, 3, ty)
}

impl Gen<'_, '_> {
    /// Where the element of a packet is in an array, but for the array's distance from the context.
    pub(super) fn element(&mut self, index: Value, shift: i64) -> Value {
        let context = self.context;
        let at = self.a.b.ins().ishl_imm_u(index, shift);
        self.a.b.ins().iadd(context, at)
    }

    /// Of any packet; nobody writes it while a stage runs.
    pub(super) fn of_packet(&mut self, column: Column, index: Value) -> Value {
        let place = self.element(index, column.shift);
        self.a.b.ins().load(column.ty, steady(), place, column.at as i32)
    }

    /// How long the packet is.
    pub(super) fn bytes(&mut self) -> Value {
        let length = self.regs().length;
        self.a.b.ins().uextend(types::I64, length)
    }

    pub(super) fn load_packet(&mut self, column: Column) -> Value {
        let regs = self.regs();
        let place = self.element(regs.index, column.shift);
        let value = self.a.b.ins().load(column.ty, flags(), place, column.at as i32);
        if column.ty == types::I64 { value } else { self.a.b.ins().uextend(types::I64, value) }
    }

    pub(super) fn store_packet(&mut self, column: Column, value: Value) {
        let regs = self.regs();
        let place = self.element(regs.index, column.shift);
        let value = if column.ty == types::I64 { value } else { self.a.b.ins().ireduce(column.ty, value) };
        self.a.b.ins().store(flags(), value, place, column.at as i32);
    }

    /// Puts the packet's number on the [`List`] that is so far from the context; its place there.
    pub(super) fn append(&mut self, list: usize) -> Value {
        let count = (list + offset_of!(List, count)) as i32;
        let regs = self.regs();
        let before = self.a.b.ins().load(types::I64, flags(), self.context, count);
        let place = self.element(before, 1);
        self.a.b.ins().istore16(flags(), regs.index, place, (list + super::NUMBERS) as i32);
        let after = self.a.b.ins().iadd_imm_s(before, 1);
        self.a.b.ins().store(flags(), after, self.context, count);
        before
    }

    /// The list goes on for [`super::AHEAD`] numbers of packets behind its end.
    pub(super) fn prefetch_packet(&mut self, at: Value) {
        let b = &mut *self.a.b;
        let index = b.ins().uload16(types::I64, flags(), at, 2 * super::AHEAD as i32);
        let data = self.of_packet(DATA, index);
        crate::prefetch::emit(self.a.b, data);
        self.made.prefetches += 1;
    }

    /// The packet leaves by a port.
    pub(super) fn leave_by(&mut self, port: Value) {
        // With zeros above the port, which are `Exit::Out`.
        self.store_packet(PORT_AND_EXIT, port);
        self.next_packet();
    }
}
