//! Fields where they stand in a header: big-endian, at any bit.

use crate::values::{Arith, Val, limbs_of};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};

/// Every access is to memory that the caller has found to be there.
pub fn flags() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// Of memory that nobody writes while a stage runs: such a load is made where it is needed, not where it stands.
pub fn steady() -> MemFlagsData {
    flags().with_readonly().with_can_move()
}

/// The parts of so many bytes (up to 8) in sizes that a load has, from the first byte on.
fn parts(bytes: u32) -> impl Iterator<Item = (u32, u32)> {
    let mut at = 0;
    [8, 4, 2, 1].into_iter().filter_map(move |size| {
        let fits = bytes - at >= size;
        let here = at;
        at += if fits { size } else { 0 };
        fits.then_some((here, size))
    })
}

fn ty(size: u32) -> Type {
    match size {
        8 => types::I64,
        4 => types::I32,
        2 => types::I16,
        _ => types::I8,
    }
}

impl Arith<'_, '_> {
    /// The `width` bits from bit `offset` after `base`.
    pub fn load_field(&mut self, base: Value, offset: u32, width: u32) -> Val {
        let limbs = (0..limbs_of(width) as u32).map(|limb| {
            let below = limb * 64;
            let bits = width.saturating_sub(below).min(64);
            self.load_bits(base, offset + width - below - bits, bits)
        });
        Val { width, limbs: limbs.collect() }
    }

    /// Likewise of a header of so many bytes, all of which may be read: MAC addresses take one load.
    pub fn load_field_in(&mut self, base: Value, offset: u32, width: u32, header: u32) -> Val {
        let (first, bytes) = (offset / 8, width / 8);
        let whole = offset.is_multiple_of(8) && width.is_multiple_of(8);
        if whole && (5..=7).contains(&bytes) && first + 8 <= header {
            let raw = self.b.ins().load(types::I64, flags(), base, first as i32);
            let all = self.b.ins().bswap(raw);
            let value = self.b.ins().ushr_imm_u(all, i64::from(64 - width));
            return Val { width, limbs: vec![value] };
        }
        self.load_field(base, offset, width)
    }

    /// Writes them; the bits around stay.
    pub fn store_field(&mut self, base: Value, offset: u32, value: &Val) {
        for limb in 0..limbs_of(value.width) as u32 {
            let below = limb * 64;
            let bits = value.width.saturating_sub(below).min(64);
            self.store_bits(base, offset + value.width - below - bits, bits, value.limbs[limb as usize]);
        }
    }

    /// Up to 64 bits.
    fn load_bits(&mut self, base: Value, offset: u32, bits: u32) -> Value {
        if bits == 0 {
            return self.word(0);
        }
        let (first, last) = (offset / 8, (offset + bits - 1) / 8);
        let below = 7 - (offset + bits - 1) % 8;
        let bytes = last - first + 1;
        if bytes > 8 {
            // Nine bytes: the last holds the low bits.
            let high = self.load_bytes(base, first, 8);
            let low = self.load_bytes(base, last, 1);
            let high = self.b.ins().ishl_imm_u(high, i64::from(8 - below));
            let low = self.b.ins().ushr_imm_u(low, i64::from(below));
            let all = self.b.ins().bor(high, low);
            return self.low_bits(all, bits);
        }
        let all = self.load_bytes(base, first, bytes);
        let shifted = if below == 0 { all } else { self.b.ins().ushr_imm_u(all, i64::from(below)) };
        if offset.is_multiple_of(8) { shifted } else { self.low_bits(shifted, bits) }
    }

    fn low_bits(&mut self, value: Value, bits: u32) -> Value {
        if bits == 64 { value } else { self.b.ins().band_imm_s(value, ((1u64 << bits) - 1) as i64) }
    }

    /// Up to 8 whole bytes as one number. Of an odd number of bytes one load is made where there are enough before them: what
    /// stands before a field of a header is of the header, too.
    fn load_bytes(&mut self, base: Value, first: u32, bytes: u32) -> Value {
        if let (3, 1..) | (5..=7, 2..) = (bytes, first) {
            let size = if bytes == 3 { 4 } else { 8 };
            if first + bytes >= size {
                let at = (first + bytes - size) as i32;
                let whole = self.load_part(base, at, size);
                return self.low_bits(whole, bytes * 8);
            }
        }
        let mut all: Option<Value> = None;
        for (at, size) in parts(bytes) {
            let part = self.load_part(base, (first + at) as i32, size);
            all = Some(match all {
                None => part,
                Some(high) => {
                    let high = self.b.ins().ishl_imm_u(high, i64::from(size * 8));
                    self.b.ins().bor(high, part)
                }
            });
        }
        all.unwrap_or_else(|| self.word(0))
    }

    /// A number of as many bytes as a load has, by a load that extends: then all who want these bytes share it.
    fn load_part(&mut self, base: Value, at: i32, size: u32) -> Value {
        let raw = match size {
            8 => {
                let raw = self.b.ins().load(types::I64, flags(), base, at);
                return self.b.ins().bswap(raw);
            }
            4 => self.b.ins().uload32(flags(), base, at),
            2 => self.b.ins().uload16(types::I64, flags(), base, at),
            _ => return self.b.ins().uload8(types::I64, flags(), base, at),
        };
        let short = self.b.ins().ireduce(ty(size), raw);
        let turned = self.b.ins().bswap(short);
        self.b.ins().uextend(types::I64, turned)
    }

    fn store_bytes(&mut self, base: Value, first: u32, bytes: u32, value: Value) {
        for (at, size) in parts(bytes) {
            let below = (bytes - at - size) * 8;
            let part = if below == 0 { value } else { self.b.ins().ushr_imm_u(value, i64::from(below)) };
            let part = if size == 8 { part } else { self.b.ins().ireduce(ty(size), part) };
            let part = if size == 1 { part } else { self.b.ins().bswap(part) };
            self.b.ins().store(flags(), part, base, (first + at) as i32);
        }
    }

    fn store_bits(&mut self, base: Value, offset: u32, bits: u32, value: Value) {
        if bits == 0 {
            return;
        }
        let (first, last) = (offset / 8, (offset + bits - 1) / 8);
        let below = 7 - (offset + bits - 1) % 8;
        let bytes = last - first + 1;
        if offset.is_multiple_of(8) && below == 0 {
            self.store_bytes(base, first, bytes, value);
        } else if bytes > 8 {
            // The part in the last byte, then the rest, which is at most 63 bits.
            let in_last = 8 - below;
            let high = self.b.ins().ushr_imm_u(value, i64::from(in_last));
            let high = self.low_bits(high, bits - in_last);
            self.store_bits(base, offset, bits - in_last, high);
            let low = self.low_bits(value, in_last);
            self.store_bits(base, last * 8, in_last, low);
        } else {
            let old = self.load_bytes(base, first, bytes);
            let hole = if bits == 64 { u64::MAX } else { (1u64 << bits) - 1 } << below;
            let kept = self.b.ins().band_imm_s(old, !hole as i64);
            let new = self.b.ins().ishl_imm_u(value, i64::from(below));
            let all = self.b.ins().bor(kept, new);
            self.store_bytes(base, first, bytes, all);
        }
    }
}

/// A function of one place in memory, for tests of what is done to code.
#[cfg(test)]
pub(crate) fn of_place(
    build: impl FnOnce(&mut cranelift_frontend::FunctionBuilder<'_>, Value) -> Value,
) -> (cranelift_codegen::ir::Function, cranelift_codegen::isa::OwnedTargetIsa) {
    use cranelift_codegen::ir::{AbiParam, Function, Signature, UserFuncName};
    use cranelift_codegen::{isa::CallConv, settings};
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.push(AbiParam::new(types::I64));
    signature.returns.push(AbiParam::new(types::I64));
    let mut function = Function::with_name_signature(UserFuncName::default(), signature);
    let mut context = cranelift_frontend::FunctionBuilderContext::new();
    let mut builder = cranelift_frontend::FunctionBuilder::new(&mut function, &mut context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let place = builder.block_params(block)[0];
    let result = build(&mut builder, place);
    builder.ins().return_(&[result]);
    builder.seal_all_blocks();
    let isa = cranelift_native::builder().unwrap().finish(settings::Flags::new(settings::builder())).unwrap();
    builder.finalize(isa.frontend_config());
    (function, isa)
}
