//! What workers share: counters, registers, meters, and the gate of `@atomic` blocks.

use super::Gen;
use crate::abi::{Context, VECTOR};
use crate::cells::Array;
use crate::values::Val;
use crate::wire::{flags, steady};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, Value, types};
use front::ir::{Op, Operand};
use rt::table::CounterCell;
use rt::table::segmented::PAGE;
use std::mem::offset_of;

impl Gen<'_, '_> {
    /// Whether [`Gen::shared`] does it.
    pub(super) fn shares(&self, op: &Op) -> bool {
        match op {
            Op::Count { .. } | Op::ExecuteMeter { .. } | Op::ReadDirectMeter { .. } => true,
            Op::ReadRegister { register, .. } | Op::WriteRegister { register, .. } => {
                self.plan.program.registers[register.index()].width <= 64
            }
            _ => false,
        }
    }

    pub(super) fn shared(&mut self, op: &Op) {
        let program = self.plan.program;
        match op {
            Op::Count { counter, index } => {
                let size = program.counters[counter.index()].size;
                self.at_cell(Array::Counter(counter.index()), size, *index, Self::count);
            }
            Op::ReadRegister { register, index, dst } => {
                // Beyond the end it is zero.
                let got = self.a.b.declare_var(types::I64);
                let zero = self.a.word(0);
                self.a.b.def_var(got, zero);
                let size = program.registers[register.index()].size;
                self.at_cell(Array::Register(register.index()), size, *index, |g, cell| {
                    let value = g.a.b.ins().load(types::I64, flags(), cell, 0);
                    g.a.b.def_var(got, value);
                });
                let value = self.a.b.use_var(got);
                let width = program.registers[register.index()].width;
                let value = Val { width, limbs: vec![value] };
                let value = self.a.resize(&value, program.slot(*dst).width, false);
                self.write_slot(*dst, &value);
            }
            Op::WriteRegister { register, index, value } => {
                let value = self.read(*value);
                let width = program.registers[register.index()].width;
                let value = self.a.resize(&value, width, false).limbs[0];
                let size = program.registers[register.index()].size;
                self.at_cell(Array::Register(register.index()), size, *index, |g, cell| {
                    g.a.b.ins().store(flags(), value, cell, 0);
                });
            }
            Op::ExecuteMeter { meter, index, dst } => {
                let index = self.read(*index);
                let index = self.index(&index);
                let held = self.enter_gate();
                let number = self.a.word(u64::from(meter.0));
                let regs = self.regs();
                let callee =
                    self.a.b.ins().load(types::I64, flags(), self.context, offset_of!(Context, meter) as i32);
                let arguments = [self.context, regs.index, number, index];
                let call = self.a.b.ins().call_indirect(self.call4, callee, &arguments);
                let colour = self.a.b.inst_results(call)[0];
                self.leave_gate(held);
                self.put_word(*dst, colour);
            }
            Op::ReadDirectMeter { meter, dst } => {
                let regs = self.regs();
                let colours = offset_of!(Context, colours) as i32;
                let colours = self.a.b.ins().load(types::I64, steady(), self.context, colours);
                let at = self.a.b.ins().iadd(colours, regs.index);
                let first = (meter.index() * VECTOR) as i32;
                let colour = self.a.b.ins().uload8(types::I64, flags(), at, first);
                self.put_word(*dst, colour);
            }
            _ => {}
        }
    }

    /// Packets and bytes, whatever the counter is asked for: the control plane reads what it wants of them. Nobody else writes
    /// the cell.
    fn count(&mut self, cell: Value) {
        for (at, by) in self.counted() {
            let before = self.a.b.ins().load(types::I64, flags(), cell, at);
            let after = self.a.b.ins().iadd(before, by);
            self.a.b.ins().store(flags(), after, cell, at);
        }
    }

    /// The same of a cell of all workers.
    pub(super) fn count_shared(&mut self, cell: Value) {
        for (at, by) in self.counted() {
            let place = self.a.b.ins().iadd_imm_u(cell, i64::from(at));
            self.a.b.ins().atomic_rmw(types::I64, flags(), AtomicRmwOp::Add, place, by);
        }
    }

    /// What is added, and where.
    fn counted(&mut self) -> [(i32, Value); 2] {
        let one = self.a.word(1);
        let bytes = self.bytes();
        [(offset_of!(CounterCell, packets) as i32, one), (offset_of!(CounterCell, bytes) as i32, bytes)]
    }

    /// Does something with a cell, unless there is none.
    fn at_cell(&mut self, array: Array, size: u64, index: Operand, access: impl FnOnce(&mut Self, Value)) {
        let value = self.read(index);
        let index = self.index(&value);
        let (inside, after) = (self.a.b.create_block(), self.a.b.create_block());
        let size = self.a.word(size);
        let there = self.a.b.ins().icmp(IntCC::UnsignedLessThan, index, size);
        self.a.b.ins().brif(there, inside, &[], after, &[]);
        self.a.b.switch_to_block(inside);
        let cell = self.cell(array, index);
        // Nobody can tell when a counter counted.
        let gated = matches!(array, Array::Register(_));
        let held = if gated { self.enter_gate() } else { None };
        self.perhaps(|g| access(g, cell));
        self.leave_gate(held);
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
    }

    fn cell(&mut self, array: Array, index: Value) -> Value {
        let number = array.number(self.plan.program.counters.len());
        let context = self.context;
        let load = |g: &mut Self, from: Value, at: i32| g.a.b.ins().load(types::I64, flags(), from, at);
        let tables = load(self, context, offset_of!(Context, cells) as i32);
        let table = load(self, tables, number as i32 * 8);
        let page = self.a.b.ins().ushr_imm_u(index, i64::from(PAGE.trailing_zeros()));
        let place = self.a.b.ins().ishl_imm_u(page, 3);
        let place = self.a.b.ins().iadd(table, place);
        let first = load(self, place, 0);
        let (new, ready) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(new);
        self.a.b.append_block_param(ready, types::I64);
        self.a.b.ins().brif(first, ready, &[first.into()], new, &[]);
        self.a.b.switch_to_block(new);
        let number = self.a.word(number as u64);
        let made = self.call_rarely(offset_of!(Context, page), [number, page]);
        self.a.b.ins().jump(ready, &[made.into()]);
        self.a.b.switch_to_block(ready);
        let first = self.a.b.block_params(ready)[0];
        let at = self.a.b.ins().band_imm_u(index, (PAGE - 1) as i64);
        let at = self.a.b.ins().imul_imm_u(at, array.cell_bytes() as i64);
        self.a.b.ins().iadd(first, at)
    }

    // The gate: each access of a program with `@atomic` blocks passes it alone, a block once.

    fn gate(&mut self) -> Value {
        let context = self.context;
        self.a.b.ins().load(types::I64, flags(), context, offset_of!(Context, gate) as i32)
    }

    fn held(&mut self) -> Value {
        let context = self.context;
        self.a.b.ins().load(types::I64, flags(), context, offset_of!(Context, held) as i32)
    }

    fn set_held(&mut self, held: Value) {
        let context = self.context;
        self.a.b.ins().store(flags(), held, context, offset_of!(Context, held) as i32);
    }

    /// Runs `work` where `value` is zero.
    fn unless(&mut self, value: Value, work: impl FnOnce(&mut Self)) {
        let (there, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.ins().brif(value, after, &[], there, &[]);
        self.a.b.switch_to_block(there);
        self.perhaps(work);
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
    }

    fn acquire(&mut self) {
        let gate = self.gate();
        let free = self.a.b.ins().iconst(types::I8, 0);
        let taken = self.a.b.ins().iconst(types::I8, 1);
        let before = self.a.b.ins().atomic_cas(flags(), gate, free, taken);
        let none = self.a.b.ins().icmp_imm_u(IntCC::Equal, before, 0);
        self.unless(none, |g| {
            // Somebody else is in: the host waits.
            g.call_rarely(offset_of!(Context, enter), [gate, gate]);
        });
    }

    /// Stores do not pass each other on this machine: what was written before is seen before.
    fn release(&mut self) {
        let gate = self.gate();
        let free = self.a.b.ins().iconst(types::I8, 0);
        self.a.b.ins().store(flags(), free, gate, 0);
    }

    fn enter_gate(&mut self) -> Option<Value> {
        self.plan.atomic.then(|| {
            let held = self.held();
            self.unless(held, Self::acquire);
            held
        })
    }

    fn leave_gate(&mut self, held: Option<Value>) {
        if let Some(held) = held {
            self.unless(held, Self::release);
        }
    }

    pub(super) fn begin_atomic(&mut self) {
        let held = self.held();
        self.unless(held, Self::acquire);
        let held = self.a.b.ins().iadd_imm_s(held, 1);
        self.set_held(held);
    }

    pub(super) fn end_atomic(&mut self) {
        let held = self.held();
        let others = self.a.b.ins().icmp_imm_u(IntCC::NotEqual, held, 1);
        self.unless(others, Self::release);
        let none = self.a.b.ins().icmp_imm_u(IntCC::Equal, held, 0);
        let zero = self.a.word(0);
        let less = self.a.b.ins().iadd_imm_s(held, -1);
        let held = self.a.b.ins().select(none, zero, less);
        self.set_held(held);
    }

    /// A code ends, perhaps within a block.
    pub(super) fn end_gate(&mut self) {
        let held = self.held();
        let none = self.a.b.ins().icmp_imm_u(IntCC::Equal, held, 0);
        self.unless(none, |g| {
            let zero = g.a.word(0);
            g.set_held(zero);
            g.release();
        });
    }
}
