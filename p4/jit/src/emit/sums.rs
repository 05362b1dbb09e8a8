//! The Internet checksum (RFC 1071) in registers.
//!
//! A one's complement sum of 16-bit words is a sum modulo 65535 that is zero only if all is zero. There 2^16 is 1: a number of any
//! width counts as the sum of its words, and moving it by a bit is turning its sum by a bit. So each stretch of the stream is
//! summed as it stands, in the machine's own byte order and 32 bits at a time, and turned to where it belongs at the end.

use super::Gen;
use super::stream::{Part, groups};
use crate::abi::Calls;
use crate::plan::Home;
use crate::values::Val;
use crate::wire::flags;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use front::ir::{Datum, HashAlgorithm, HeaderId, Op, Operand, SlotId};
use std::mem::offset_of;

/// Sums of numbers below 2^33: no program has so many that 64 bits overflow.
#[derive(Default)]
struct Sum {
    /// Of words in the machine's byte order.
    swapped: Option<Value>,
    /// Of words in network order, and of those in the machine's that begin within a word.
    straight: Option<Value>,
}

/// A sum that is not folded yet.
#[derive(Clone, Copy)]
enum Total {
    /// Of words in the machine's byte order.
    Swapped(Value),
    Straight(Value),
}

impl Gen<'_, '_> {
    /// Whether [`Gen::checksum`] computes it.
    pub(super) fn sums(&self, op: &Op) -> bool {
        match op {
            Op::VerifyChecksum { data, algorithm, payload, .. }
            | Op::UpdateChecksum { data, algorithm, payload, .. } => match algorithm {
                HashAlgorithm::Csum16 => !payload || self.plan.aligned,
                algorithm => !payload && self.hashes(*algorithm, data),
            },
            Op::Checksum16 { .. } => true,
            _ => false,
        }
    }

    /// With other algorithms a checksum is a hash.
    pub(super) fn sums_in_registers(&self, op: &Op) -> bool {
        match op {
            Op::VerifyChecksum { algorithm, .. } | Op::UpdateChecksum { algorithm, .. } => {
                *algorithm == HashAlgorithm::Csum16
            }
            _ => true,
        }
    }

    pub(super) fn checksum(&mut self, op: &Op) {
        match op {
            Op::VerifyChecksum { cond, data, sum, algorithm, payload } => self.only_if(*cond, |g| {
                let differs = g.differs(*sum, *algorithm, data, *payload);
                g.verify(differs);
            }),
            Op::UpdateChecksum { cond, data, dst, algorithm, payload } => self.only_if(*cond, |g| {
                let computed = g.summed(*algorithm, data, *payload);
                g.put_word(*dst, computed);
            }),
            Op::Checksum16 { dst, data } => {
                let computed = self.summed(HashAlgorithm::Csum16, data, false);
                self.put_word(*dst, computed);
            }
            _ => {}
        }
    }

    /// What is done where a condition holds leaves headers as they are where it does not.
    fn only_if(&mut self, cond: Operand, work: impl FnOnce(&mut Self)) {
        match self.known(cond) {
            Some(0) => return,
            Some(_) => return work(self),
            None => {}
        }
        let value = self.read(cond).limbs[0];
        let (there, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.ins().brif(value, there, &[], after, &[]);
        self.a.b.switch_to_block(there);
        let placed = self.placed.clone();
        if let Operand::Slot(slot) = cond
            && let Some(header) = self.plan.validity_of(slot)
        {
            self.placed.insert(header.index());
        }
        self.perhaps(work);
        self.placed = placed;
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
    }

    /// Whether a checksum is another one than that of some data.
    fn differs(&mut self, sum: Operand, algorithm: HashAlgorithm, data: &[Datum], payload: bool) -> Value {
        let mut computed = None;
        if algorithm == HashAlgorithm::Csum16 {
            let total = self.total(data, payload);
            if let (Total::Swapped(total), Some((header, at))) = (total, self.behind_others(sum)) {
                return self.differs_in_place(header, at, total);
            }
            let folded = self.folded(total);
            computed = Some(self.a.b.ins().bxor_imm_u(folded, 0xffff));
        }
        let computed = computed.unwrap_or_else(|| self.hash_of(algorithm, data));
        let sum = self.read(sum);
        let computed = self.a.resize(&Val { width: 64, limbs: vec![computed] }, sum.width.min(64), false);
        let sum = self.index(&sum);
        self.a.b.ins().icmp(IntCC::NotEqual, sum, computed.limbs[0])
    }

    /// Where a checksum of 16 bits stands in its header, if there are two bytes before it.
    fn behind_others(&self, sum: Operand) -> Option<(HeaderId, u32)> {
        let Operand::Slot(slot) = sum else { return None };
        let Home::Wire { header, offset } = self.plan.homes[slot.index()] else { return None };
        let whole = self.plan.program.slot(slot).width == 16 && offset.is_multiple_of(8);
        (whole && offset >= 16).then_some((header, offset / 8))
    }

    /// The same with a checksum that is read with the two bytes before it: in the upper half of what is read it has to be
    /// what the sum lacks to all ones.
    fn differs_in_place(&mut self, header: HeaderId, at: u32, total: Value) -> Value {
        let high = self.fold_high(total);
        let base = self.base(header);
        let read = self.a.b.ins().load(types::I32, flags(), base, at as i32 - 2);
        let both = self.a.b.ins().bxor(high, read);
        self.a.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, both, 0xffff_0000)
    }

    fn verify(&mut self, differs: Value) {
        let slot = self.plan.program.standard.checksum_error;
        let before = self.read_slot(slot);
        let differs = self.a.bit(differs);
        let both = self.a.or(&before, &differs);
        self.write_slot(slot, &both);
    }

    /// Into a slot of any width.
    pub(super) fn put_word(&mut self, dst: SlotId, value: Value) {
        let width = self.plan.program.slot(dst).width;
        let value = self.a.resize(&Val { width: 64, limbs: vec![value] }, width, false);
        self.write_slot(dst, &value);
    }

    fn summed(&mut self, algorithm: HashAlgorithm, data: &[Datum], payload: bool) -> Value {
        if algorithm != HashAlgorithm::Csum16 {
            return self.hash_of(algorithm, data);
        }
        let total = self.total(data, payload);
        let sum = self.folded(total);
        self.a.b.ins().bxor_imm_u(sum, 0xffff)
    }

    /// Where a header that is not there, or a varbit field, moves what follows by other than whole words, that is turned in the end.
    fn total(&mut self, data: &[Datum], payload: bool) -> Total {
        let groups = groups(self.plan, data);
        let mut all = Sum::default();
        let mut here = Sum::default();
        let mut at = 0;
        let mut turn: Option<Value> = None;
        for (number, group) in groups.iter().enumerate() {
            let last = number + 1 == groups.len() && !payload;
            let moved = match (group.width(), group.valid) {
                (Some(width), valid) => {
                    for part in &group.parts {
                        self.add_part(*part, at, &mut here);
                        at += part.width().unwrap_or(0);
                    }
                    valid.filter(|_| !width.is_multiple_of(16)).map(|valid| {
                        let valid = self.read_slot(valid).limbs[0];
                        let (none, whole) = (self.a.word(0), self.a.word(u64::from(width % 16)));
                        self.a.b.ins().select(valid, none, whole)
                    })
                }
                (None, _) => self.add_varbits(&group.parts, at, &mut here),
            };
            if let (Some(moved), false) = (moved, last) {
                self.close(std::mem::take(&mut here), turn, &mut all);
                turn = Some(match turn {
                    Some(turn) => self.a.b.ins().iadd(turn, moved),
                    None => moved,
                });
            }
        }
        if payload {
            let (cursor, bytes) = (self.cursor(), self.left());
            let sum = self.call(offset_of!(Calls, sum), [cursor, bytes, bytes, bytes]);
            self.add_turned(sum, at, &mut here);
        }
        // One stretch of whole words is folded as it is turned round.
        if let (Sum { swapped: Some(swapped), straight: None }, None, None) = (&here, turn, all.straight) {
            return Total::Swapped(*swapped);
        }
        self.close(here, turn, &mut all);
        Total::Straight(all.straight.unwrap_or_else(|| self.a.word(0)))
    }

    /// To 16 bits in network order.
    fn folded(&mut self, total: Total) -> Value {
        match total {
            Total::Swapped(total) => self.fold_swapped(total),
            Total::Straight(total) => self.fold(total),
        }
    }

    /// A sum in the machine's byte order to 16 bits in network order.
    fn fold_swapped(&mut self, sum: Value) -> Value {
        let folded = self.fold(sum);
        let half = self.a.b.ins().ireduce(types::I16, folded);
        let half = self.a.b.ins().bswap(half);
        self.a.b.ins().uextend(types::I64, half)
    }

    /// A stretch, turned left by so many bits.
    fn close(&mut self, sum: Sum, turn: Option<Value>, all: &mut Sum) {
        let swapped = sum.swapped.map(|swapped| self.fold_swapped(swapped));
        let whole = match (sum.straight, swapped) {
            (Some(straight), Some(swapped)) => self.a.b.ins().iadd(straight, swapped),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return,
        };
        let whole = match turn {
            Some(turn) => {
                let folded = self.fold(whole);
                self.turn(folded, turn)
            }
            None => whole,
        };
        self.add(whole, &mut all.straight);
    }

    fn add(&mut self, value: Value, sum: &mut Option<Value>) {
        *sum = Some(match *sum {
            Some(before) => self.a.b.ins().iadd(before, value),
            None => value,
        });
    }

    /// 64 bits to 16: a number plus itself turned by half has in its upper half the sum of its halves, carry and all.
    fn fold(&mut self, sum: Value) -> Value {
        let both = self.fold_high(sum);
        let high = self.a.b.ins().ushr_imm_u(both, 16);
        self.a.b.ins().uextend(types::I64, high)
    }

    /// The same, as the upper half of 32 bits.
    fn fold_high(&mut self, sum: Value) -> Value {
        let turned = self.a.b.ins().rotl_imm_u(sum, 32);
        let both = self.a.b.ins().iadd(sum, turned);
        let high = self.a.b.ins().ushr_imm_u(both, 32);
        let word = self.a.b.ins().ireduce(types::I32, high);
        let turned = self.a.b.ins().rotl_imm_u(word, 16);
        self.a.b.ins().iadd(word, turned)
    }

    /// 16 bits turned left; of the count its low four bits count.
    fn turn(&mut self, sum: Value, by: Value) -> Value {
        let half = self.a.b.ins().ireduce(types::I16, sum);
        let by = self.a.b.ins().ireduce(types::I16, by);
        let half = self.a.b.ins().rotl(half, by);
        self.a.b.ins().uextend(types::I64, half)
    }

    /// What is summed as if it began a word, where it begins at bit `at`.
    fn add_turned(&mut self, sum: Value, at: u32, to: &mut Sum) {
        let sum = match at % 16 {
            0 => sum,
            at => {
                let by = self.a.word(u64::from(16 - at));
                self.turn(sum, by)
            }
        };
        self.add(sum, &mut to.straight);
    }

    fn add_part(&mut self, part: Part, at: u32, sum: &mut Sum) {
        match part {
            Part::Run { header, offset, width } => {
                let base = self.base(header);
                let whole = if offset.is_multiple_of(8) && at.is_multiple_of(8) { width / 8 } else { 0 };
                let odd = !at.is_multiple_of(16);
                self.add_bytes(
                    base,
                    offset / 8,
                    whole,
                    if odd { &mut sum.straight } else { &mut sum.swapped },
                );
                if width > whole * 8 {
                    let rest = self.a.load_field(base, offset + whole * 8, width - whole * 8);
                    self.add_value(&rest, at + whole * 8, sum);
                }
            }
            Part::Value { value, .. } => {
                let value = self.read(value);
                self.add_value(&value, at, sum);
            }
            Part::Varbit { .. } => {}
        }
    }

    /// Bytes as they stand, four at a time.
    fn add_bytes(&mut self, base: Value, from: u32, bytes: u32, sum: &mut Option<Value>) {
        let mut at = 0;
        while at < bytes {
            let place = (from + at) as i32;
            let (word, size) = match bytes - at {
                1 => (self.a.b.ins().uload8(types::I64, flags(), base, place), 1),
                2 | 3 => (self.a.b.ins().uload16(types::I64, flags(), base, place), 2),
                _ => (self.a.b.ins().uload32(flags(), base, place), 4),
            };
            self.add(word, sum);
            at += size;
        }
    }

    /// A number, moved to where whole words end.
    fn add_value(&mut self, value: &Val, at: u32, sum: &mut Sum) {
        let below = (16 - (at + value.width) % 16) % 16;
        let moved = self.a.shl_const(value, below, value.width + below);
        let mut left = moved.width;
        for limb in moved.limbs {
            if left > 32 {
                let high = self.a.b.ins().ushr_imm_u(limb, 32);
                let low = self.a.b.ins().band_imm_u(limb, 0xffff_ffff);
                self.add(high, &mut sum.straight);
                self.add(low, &mut sum.straight);
            } else {
                self.add(limb, &mut sum.straight);
            }
            left = left.saturating_sub(64);
        }
    }

    /// A varbit field; by how much less than nothing it moves what follows, in bits.
    fn add_varbits(&mut self, parts: &[Part], at: u32, sum: &mut Sum) -> Option<Value> {
        let Some(Part::Varbit { slot, length }) = parts.first().copied() else { return None };
        let length = self.read_slot(length).limbs[0];
        match self.plan.homes[slot.index()] {
            Home::Varbit { header } => {
                let bytes = self.sum_varbit(header, length);
                self.add_turned(bytes, at, sum);
            }
            _ => {
                // A number of as many bits: it ends where they end.
                let value = self.read_slot(slot);
                let mut number = Sum::default();
                self.add_value(&value, 16 - value.width % 16, &mut number);
                let number = number.straight.unwrap_or(length);
                let number = self.fold(number);
                let end = self.a.b.ins().iadd_imm_u(length, i64::from(at % 16));
                let back = self.a.b.ins().ineg(end);
                let number = self.turn(number, back);
                self.add(number, &mut sum.straight);
            }
        }
        Some(self.a.b.ins().ineg(length))
    }

    /// Most packets have none: no call for these.
    fn sum_varbit(&mut self, header: HeaderId, length: Value) -> Value {
        let (some, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.append_block_param(after, types::I64);
        let zero = self.a.word(0);
        self.a.b.ins().brif(length, some, &[], after, &[zero.into()]);
        self.a.b.switch_to_block(some);
        let base = self.base(header);
        let (from, bit) = self.field_place(Home::Varbit { header }, base);
        let from = self.a.b.ins().iadd_imm_u(from, i64::from(bit / 8));
        let bytes = self.a.b.ins().ushr_imm_u(length, 3);
        let sum = self.call(offset_of!(Calls, sum), [from, bytes, bytes, bytes]);
        self.a.b.ins().jump(after, &[sum.into()]);
        self.a.b.switch_to_block(after);
        self.a.b.block_params(after)[0]
    }
}
