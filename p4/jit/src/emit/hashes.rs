//! Hashes: what is hashed is put together on the stack, and a function of the run time goes over it.

use super::Gen;
use super::stream::{Group, Part, groups};
use crate::abi::Calls;
use crate::plan::Home;
use crate::values::Val;
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value, types};
use front::ir::{Datum, HashAlgorithm, Operand, SlotId};
use std::mem::offset_of;

/// Bytes of the stack that a hash may take; more is the host's.
const MOST_BYTES: u32 = 1024;

/// The function for an algorithm that needs nothing but the bytes.
fn function(algorithm: HashAlgorithm) -> Option<usize> {
    match algorithm {
        HashAlgorithm::Crc32 => Some(offset_of!(Calls, crc32)),
        HashAlgorithm::Crc16 => Some(offset_of!(Calls, crc16)),
        HashAlgorithm::Xor16 => Some(offset_of!(Calls, xor16)),
        HashAlgorithm::Identity => Some(offset_of!(Calls, identity)),
        HashAlgorithm::Csum16 => Some(offset_of!(Calls, csum16)),
        HashAlgorithm::Crc(_) | HashAlgorithm::Random => None,
    }
}

impl Gen<'_, '_> {
    /// Whether [`Gen::hash_of`] computes it: whatever may be absent must not move what follows within its byte.
    pub(super) fn hashes(&self, algorithm: HashAlgorithm, data: &[Datum]) -> bool {
        let groups = groups(self.plan, data);
        let whole = |group: &Group| group.width().unwrap_or(0).is_multiple_of(8);
        let before = groups.len().saturating_sub(1);
        function(algorithm).is_some()
            && groups[..before].iter().all(whole)
            && self.most_bits(&groups) <= u64::from(MOST_BYTES) * 8
    }

    fn most_bits(&self, groups: &[Group]) -> u64 {
        let bits = |part: &Part| match part {
            Part::Varbit { slot, .. } => self.plan.program.slot(*slot).width,
            part => part.width().unwrap_or(0),
        };
        groups.iter().flat_map(|group| &group.parts).map(|part| u64::from(bits(part))).sum()
    }

    pub(super) fn hash_of(&mut self, algorithm: HashAlgorithm, data: &[Datum]) -> Value {
        let groups = groups(self.plan, data);
        let stack = self.buffer();
        let begin = self.a.b.ins().stack_addr(types::I64, stack, 0);
        let mut end = begin;
        for group in &groups {
            end = self.pack(group, end);
        }
        let bytes = self.a.b.ins().isub(end, begin);
        let Some(function) = function(algorithm) else { unreachable!("asked for by `hashes`") };
        self.call(function, [begin, bytes, bytes, bytes])
    }

    /// One for all hashes of the function; a store of the last bytes may be wider than these.
    fn buffer(&mut self) -> StackSlot {
        if let Some(stack) = self.stack {
            return stack;
        }
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, MOST_BYTES + 8, 3);
        let stack = self.a.b.create_sized_stack_slot(data);
        self.stack = Some(stack);
        stack
    }

    /// Puts a group at `to`, and says where the next begins.
    fn pack(&mut self, group: &Group, to: Value) -> Value {
        if let Some(Part::Varbit { slot, length }) = group.parts.first().copied() {
            return self.pack_varbit(slot, length, to);
        }
        let mut bytes = 0;
        let mut open: Option<Val> = None;
        for part in &group.parts {
            let value = self.part(*part);
            let value = match open.take() {
                Some(high) => self.a.concat(&high, &value),
                None => value,
            };
            if value.width.is_multiple_of(8) {
                self.a.store_field(to, bytes * 8, &value);
                bytes += value.width / 8;
            } else {
                open = Some(value);
            }
        }
        if let Some(value) = open {
            let below = 8 - value.width % 8;
            let value = self.a.shl_const(&value, below, value.width + below);
            self.a.store_field(to, bytes * 8, &value);
            bytes += value.width / 8;
        }
        let bytes = self.a.word(u64::from(bytes));
        let bytes = match group.valid {
            Some(valid) => {
                let valid = self.read_slot(valid).limbs[0];
                let none = self.a.word(0);
                self.a.b.ins().select(valid, bytes, none)
            }
            None => bytes,
        };
        self.a.b.ins().iadd(to, bytes)
    }

    fn part(&mut self, part: Part) -> Val {
        match part {
            Part::Run { header, offset, width } => {
                let base = self.base(header);
                self.a.load_field(base, offset, width)
            }
            Part::Value { value, .. } => self.read(value),
            Part::Varbit { .. } => unreachable!("a group for itself"),
        }
    }

    fn pack_varbit(&mut self, slot: SlotId, length: SlotId, to: Value) -> Value {
        let length = self.read_slot(length).limbs[0];
        let bytes = self.a.b.ins().ushr_imm_u(length, 3);
        let (some, after) = (self.a.b.create_block(), self.a.b.create_block());
        self.a.b.ins().brif(length, some, &[], after, &[]);
        self.a.b.switch_to_block(some);
        if let Home::Varbit { header } = self.plan.homes[slot.index()] {
            let base = self.base(header);
            let (from, bit) = self.field_place(Home::Varbit { header }, base);
            let from = self.a.b.ins().iadd_imm_u(from, i64::from(bit / 8));
            self.call(offset_of!(Calls, copy), [to, from, bytes, bytes]);
        } else {
            self.spill_slot(slot);
            let from = self.frame_place(slot);
            let words = self.a.word(self.plan.program.slot(slot).width.div_ceil(64).into());
            self.call(offset_of!(Calls, store_varbit), [to, from, bytes, words]);
        }
        self.a.b.ins().jump(after, &[]);
        self.a.b.switch_to_block(after);
        self.a.b.ins().iadd(to, bytes)
    }

    /// `dst = base + hash mod max`; all of the hash where `max` has more than 64 bits, nothing of it where it is zero.
    pub(super) fn reduce(&mut self, dst: SlotId, hash: Value, base: Operand, max: Operand) {
        let constant = match max {
            Operand::Const(id) => u64::try_from(&self.plan.program.consts[id.index()].value).ok(),
            Operand::Slot(_) => None,
        };
        let part = match constant {
            Some(0) => self.a.word(0),
            Some(max) if max.is_power_of_two() => self.a.b.ins().band_imm_s(hash, (max - 1) as i64),
            _ => self.remainder(hash, max),
        };
        let width = self.plan.program.slot(dst).width;
        let base = self.read(base);
        let base = self.a.resize(&base, width, false);
        let part = self.a.resize(&Val { width: 64, limbs: vec![part] }, width, false);
        let sum = self.a.add(&base, &part);
        self.write_slot(dst, &sum);
    }

    fn remainder(&mut self, hash: Value, max: Operand) -> Value {
        let max = self.read(max);
        let word = |limb| Val { width: 64, limbs: vec![limb] };
        let rest = self.a.div(&word(hash), &word(max.limbs[0]), true).limbs[0];
        match max.limbs[1..].iter().copied().reduce(|a, b| self.a.b.ins().bor(a, b)) {
            Some(beyond) => self.a.b.ins().select(beyond, hash, rest),
            None => rest,
        }
    }
}
