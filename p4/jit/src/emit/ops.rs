//! Operations: in registers where that is possible, by the host where not.

use super::Gen;
use super::packets::CURSOR;
use crate::abi::Context;
use crate::effects::{header_slots, of_op};
use crate::plan::PARSER;
use crate::values::{Shift, Val};
use cranelift_codegen::ir::InstBuilder;
use front::ir::{BinOp, BlockId, CmpOp, Op, Operand, Rvalue, SlotId, SwitchValue};
use std::mem::offset_of;

impl Gen<'_, '_> {
    pub(super) fn op(&mut self, code: usize, block: BlockId, at: usize, op: &Op) {
        match op {
            Op::Set { dst, value: Rvalue::Switch { .. } } if self.plan.is_selector_of_role(*dst) => {}
            Op::Set { dst, value: Rvalue::Switch { what, args } } if self.knows(*what) => {
                self.switch_value(*dst, *what, args);
            }
            Op::Set { dst, value: Rvalue::Switch { what: SwitchValue::FlowHash, .. } }
                if self.plan.is_pristine(code, block, at) =>
            {
                self.made.direct.push((code, block, at));
                self.flow_hash(*dst);
            }
            Op::Verdict { drop, why, argument } => self.verdict(*drop, *why, *argument),
            Op::Set { dst, value } if self.is_native(*dst, value) => self.set(*dst, value),
            Op::SetValid(header) if self.is_wire_header(*header) => self.set_valid(*header),
            Op::SetValid(header) => self.set_plain_valid(*header),
            Op::SetInvalid(header) => self.set_invalid(*header),
            Op::Extract { header, varbit } if self.extracts(*header, *varbit) => {
                self.extract(*header, *varbit)
            }
            Op::Lookahead { dst } if self.plan.aligned => self.lookahead(*dst),
            Op::Advance { bits } if self.plan.aligned => self.advance(*bits),
            Op::Step => self.step(code),
            Op::Emit(header) if self.plan.wire_deparser => self.emit(*header),
            Op::Hash { dst, algorithm, base, data, max } if self.hashes(*algorithm, data) => {
                self.made.direct.push((code, block, at));
                let hash = self.hash_of(*algorithm, data);
                self.reduce(*dst, hash, *base, *max);
            }
            Op::Assert { cond, .. } => self.assert(code, block, at, (op, *cond)),
            Op::AtomicBegin => self.begin_atomic(),
            Op::AtomicEnd => self.end_atomic(),
            op if self.shares(op) => {
                if matches!(op, Op::ExecuteMeter { .. }) {
                    self.made.direct.push((code, block, at));
                }
                self.shared(op);
            }
            op if self.sums(op) => {
                if !self.sums_in_registers(op) {
                    self.made.direct.push((code, block, at));
                }
                self.checksum(op);
            }
            _ => self.host_op(code, block, at, op),
        }
    }

    /// Whether a value is computed here; the rest is left to the host.
    fn is_native(&self, dst: SlotId, value: &Rvalue) -> bool {
        let narrow = self.plan.program.slot(dst).width <= 64;
        match value {
            Rvalue::Binary(BinOp::Mul | BinOp::Div | BinOp::Mod, ..) => narrow,
            Rvalue::Binary(BinOp::Shl | BinOp::Shr | BinOp::Sar, _, by) => {
                narrow || matches!(by, Operand::Const(_))
            }
            Rvalue::ValueSet { .. } | Rvalue::Switch { .. } => false,
            _ => true,
        }
    }

    fn set(&mut self, dst: SlotId, value: &Rvalue) {
        if self.plan.validity_of(dst).is_none()
            && let Some(word) = self.outcome(dst, value)
        {
            return self.write_word(dst, word);
        }
        if let Some(Operand::Slot(from)) = self.copied(value)
            && self.copy_address(dst, from)
        {
            return;
        }
        let width = self.plan.program.slot(dst).width;
        let value = match value {
            Rvalue::Use(a) => self.read(*a),
            Rvalue::Not(a) => {
                let a = self.read(*a);
                self.a.not(&a)
            }
            Rvalue::Neg(a) => {
                let a = self.read(*a);
                self.a.neg(&a)
            }
            Rvalue::Binary(op, a, b) => self.binary(*op, *a, *b),
            Rvalue::Compare(op, a, b) => self.compare(*op, *a, *b),
            Rvalue::Concat(a, b) => {
                let (a, b) = (self.read(*a), self.read(*b));
                self.a.concat(&a, &b)
            }
            Rvalue::Slice { of: Operand::Slot(slot), lo } if self.plan.is_wire(*slot) => {
                self.read_part(*slot, *lo, width)
            }
            Rvalue::Slice { of, lo } => {
                let of = self.read(*of);
                self.a.slice(&of, *lo, width)
            }
            Rvalue::Insert { into, lo, value } => {
                let (into, value) = (self.read(*into), self.read(*value));
                self.a.insert(&into, *lo, &value)
            }
            Rvalue::Resize { of, signed } => {
                let of = self.read(*of);
                self.a.resize(&of, width, *signed)
            }
            Rvalue::Select { cond, then, other } if self.known(*cond).is_some() => {
                self.read(if self.known(*cond) == Some(0) { *other } else { *then })
            }
            Rvalue::Select { cond, then, other } => {
                let (cond, then, other) = (self.read(*cond), self.read(*then), self.read(*other));
                self.a.select(&cond, &then, &other)
            }
            Rvalue::PacketLength => self.packet_length(width),
            Rvalue::ValueSet { .. } | Rvalue::Switch { .. } => {
                unreachable!("these are the host's: is_native")
            }
        };
        match self.plan.validity_of(dst) {
            Some(header) => self.set_validity(header, &value),
            None => self.write_slot(dst, &value),
        }
    }

    /// What a value is another name of here: writes to fields are guarded by the header's validity.
    pub(super) fn copied(&self, value: &Rvalue) -> Option<Operand> {
        match value {
            Rvalue::Use(of) => Some(*of),
            Rvalue::Select { cond, then, other } => match self.known(*cond)? {
                0 => Some(*other),
                _ => Some(*then),
            },
            _ => None,
        }
    }

    fn packet_length(&mut self, width: u32) -> Val {
        let bytes = self.bytes();
        self.a.resize(&Val { width: 64, limbs: vec![bytes] }, width, false)
    }

    fn binary(&mut self, op: BinOp, a: Operand, b: Operand) -> Val {
        let constant = match b {
            Operand::Const(id) => Some(self.plan.program.consts[id.index()].value.clone()),
            Operand::Slot(_) => None,
        };
        let (a, b) = (self.read(a), self.read(b));
        match (op, constant) {
            (BinOp::Shl | BinOp::Shr | BinOp::Sar, Some(by)) => {
                let by = u32::try_from(&by).unwrap_or(u32::MAX).min(a.width);
                match op {
                    BinOp::Shl => self.a.shl_const(&a, by, a.width),
                    BinOp::Shr => self.a.shr_const(&a, by),
                    _ => self.a.sar_const(&a, by),
                }
            }
            (BinOp::Shl, None) => self.a.shift(&a, &b, Shift::Left),
            (BinOp::Shr, None) => self.a.shift(&a, &b, Shift::Right),
            (BinOp::Sar, None) => self.a.shift(&a, &b, Shift::Arithmetic),
            (BinOp::Add, _) => self.a.add(&a, &b),
            (BinOp::Sub, _) => self.a.sub(&a, &b),
            (BinOp::Mul, _) => self.a.mul(&a, &b),
            (BinOp::Div, _) => self.a.div(&a, &b, false),
            (BinOp::Mod, _) => self.a.div(&a, &b, true),
            (BinOp::AddSat, _) => self.a.saturating(&a, &b, false, false),
            (BinOp::SubSat, _) => self.a.saturating(&a, &b, true, false),
            (BinOp::AddSatSigned, _) => self.a.saturating(&a, &b, false, true),
            (BinOp::SubSatSigned, _) => self.a.saturating(&a, &b, true, true),
            (BinOp::And, _) => self.a.and(&a, &b),
            (BinOp::Or, _) => self.a.or(&a, &b),
            (BinOp::Xor, _) => self.a.xor(&a, &b),
        }
    }

    fn compare(&mut self, op: CmpOp, a: Operand, b: Operand) -> Val {
        let (a, b) = (self.read(a), self.read(b));
        match op {
            CmpOp::Eq => self.a.equal(&a, &b),
            CmpOp::Ne => {
                let same = self.a.equal(&a, &b);
                self.a.not(&same)
            }
            CmpOp::Lt => self.a.less(&a, &b),
            CmpOp::Le => {
                let more = self.a.less(&b, &a);
                self.a.not(&more)
            }
            CmpOp::LtSigned => self.a.less_signed(&a, &b),
            CmpOp::LeSigned => {
                let more = self.a.less_signed(&b, &a);
                self.a.not(&more)
            }
        }
    }

    // The host.

    /// Only what fails is told.
    fn assert(&mut self, code: usize, block: BlockId, at: usize, (op, cond): (&Op, Operand)) {
        let holds = self.read(cond).limbs[0];
        let (fails, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(fails);
        self.a.b.ins().brif(holds, after, &[], fails, &[]);
        self.a.b.switch_to_block(fails);
        self.perhaps(|g| g.host_op(code, block, at, op));
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
    }

    /// Everything that the operation reads goes into the frame, and what it writes comes back.
    fn host_op(&mut self, code: usize, block: BlockId, at: usize, op: &Op) {
        let effects = of_op(self.plan.program, op);
        for slot in dedup(&effects.reads) {
            self.spill_slot(slot);
        }
        let cursor = self.cursor();
        self.store_packet(CURSOR, cursor);
        let number = self.a.word(self.host_ops.len() as u64);
        self.host_ops.push((code, block, at));
        let result = self.call_host(offset_of!(Context, run_op), number);
        let cursor = self.load_packet(CURSOR);
        self.set_cursor(cursor);
        if code == PARSER && crate::plan::may_fail(op) {
            self.parser_failed(result);
        }
        match op {
            Op::Extract { header, .. } => {
                let slots: Vec<SlotId> = header_slots(self.plan.program, *header).collect();
                slots.into_iter().for_each(|slot| self.reload_slot(slot));
                self.invalidate_others(*header);
            }
            _ => dedup(&effects.writes).into_iter().for_each(|slot| self.reload_slot(slot)),
        }
    }

    /// The host has written the error; the header is as it was.
    fn parser_failed(&mut self, result: cranelift_codegen::ir::Value) {
        let (failed, good) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.set_cold_block(failed);
        self.a.b.ins().brif(result, failed, &[], good, &[]);
        self.a.b.switch_to_block(failed);
        self.aside(|g| {
            g.reload_slot(g.plan.program.standard.parser_error);
            g.go(g.plan.done(PARSER));
        });
        self.a.b.switch_to_block(good);
    }
}

fn dedup(slots: &[SlotId]) -> Vec<SlotId> {
    let mut slots = slots.to_vec();
    slots.sort_unstable();
    slots.dedup();
    slots
}
