//! What follows from how large a value can be at most: masks that cut nothing, and numbers that are compared as they stand in the
//! packet. Cranelift folds constants, but does not know what a load of so many bytes leaves above them.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Function, Inst, InstBuilder, InstructionData, Opcode, Type, Value, types};
use std::collections::HashMap;

/// How far the making of a value is followed.
const DEPTH: usize = 32;

/// Rewrites a function.
pub fn narrow(function: &mut Function) {
    let mut bounds = Bounds::default();
    let blocks: Vec<_> = function.layout.blocks().collect();
    let mut insts: Vec<Inst> = vec![];
    for block in blocks {
        insts.clear();
        insts.extend(function.layout.block_insts(block));
        for inst in &insts {
            match function.dfg.insts[*inst] {
                InstructionData::Binary { opcode: Opcode::Band, args: [x, y] } => {
                    mask(function, &mut bounds, *inst, x, y);
                }
                InstructionData::IntCompare { opcode: Opcode::Icmp, args: [x, y], cond } => {
                    compare(function, &mut bounds, *inst, (x, y), cond);
                }
                InstructionData::Load { .. } => while displace(function, *inst) {},
                _ => {}
            }
        }
    }
    let blocks: Vec<_> = function.layout.blocks().collect();
    for block in blocks {
        insts.clear();
        insts.extend(function.layout.block_insts(block));
        for inst in &insts {
            if let InstructionData::Binary { opcode: Opcode::Isub, args: [x, y] } = function.dfg.insts[*inst]
            {
                add_instead(function, *inst, x, y);
            }
        }
    }
}

/// A load from another address and so many bytes: from that one. Cranelift takes loads for the same only if they have the same
/// address, not what comes to the same.
pub(crate) fn displace(function: &mut Function, inst: Inst) -> bool {
    let InstructionData::Load { opcode, arg, flags, offset } = function.dfg.insts[inst] else { return false };
    let Some(sum) = made(function, arg) else { return false };
    let InstructionData::Binary { opcode: Opcode::Iadd, args: [arg, by] } = function.dfg.insts[sum] else {
        return false;
    };
    let by = constant(function, by).and_then(|by| offset.try_add_i64(by as i64));
    if let Some(offset) = by {
        function.dfg.insts[inst] = InstructionData::Load { opcode, arg, flags, offset };
    }
    by.is_some()
}

/// Less a number is more by what that number lacks to zero: an addition leaves its result in another register.
fn add_instead(function: &mut Function, inst: Inst, x: Value, y: Value) {
    let ty = function.dfg.value_type(x);
    if ![types::I32, types::I64].contains(&ty) {
        return;
    }
    if let Some(number) = constant(function, y) {
        let mut cursor = FuncCursor::new(function).at_inst(inst);
        let number = number.wrapping_neg() & ones(ty);
        let less = cursor.ins().iconst(ty, number as i64);
        cursor.func.replace(inst).iadd(x, less);
    }
}

/// All bits that a number up to this one may have.
fn bits(most: u64) -> u64 {
    u64::MAX.checked_shr(most.leading_zeros()).unwrap_or(0)
}

fn ones(ty: Type) -> u64 {
    bits_of(ty.bits())
}

fn bits_of(width: u32) -> u64 {
    u64::MAX.checked_shr(64u32.saturating_sub(width)).unwrap_or(0)
}

/// Values that were looked at, and what they are at most.
#[derive(Default)]
pub(crate) struct Bounds {
    known: HashMap<Value, u64>,
}

fn made(function: &Function, value: Value) -> Option<Inst> {
    function.dfg.value_def(function.dfg.resolve_aliases(value)).inst()
}

pub(crate) fn constant(function: &Function, value: Value) -> Option<u64> {
    match function.dfg.insts[made(function, value)?] {
        InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => {
            Some(imm.bits() as u64 & ones(function.dfg.value_type(value)))
        }
        _ => None,
    }
}

impl Bounds {
    /// The most that an integer of up to 64 bits can be.
    pub(crate) fn most(&mut self, function: &Function, value: Value, depth: usize) -> u64 {
        let value = function.dfg.resolve_aliases(value);
        if let Some(known) = self.known.get(&value) {
            return *known;
        }
        let ty = function.dfg.value_type(value);
        let whole = if ty.is_int() && ty.bits() <= 64 { ones(ty) } else { u64::MAX };
        let Some(inst) = function.dfg.value_def(value).inst().filter(|_| depth < DEPTH) else { return whole };
        let most = self.computed(function, inst, depth + 1).map_or(whole, |most| most.min(whole));
        self.known.insert(value, most);
        most
    }

    fn computed(&mut self, function: &Function, inst: Inst, depth: usize) -> Option<u64> {
        let mut most = |value| self.most(function, value, depth);
        match function.dfg.insts[inst] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => {
                let ty = function.dfg.value_type(function.dfg.first_result(inst));
                Some(imm.bits() as u64 & ones(ty))
            }
            InstructionData::Load { opcode, .. } => match opcode {
                Opcode::Uload8 => Some(0xff),
                Opcode::Uload16 => Some(0xffff),
                Opcode::Uload32 => Some(0xffff_ffff),
                _ => None,
            },
            InstructionData::IntCompare { .. } => Some(1),
            InstructionData::Unary { opcode: Opcode::Uextend, arg } => Some(most(arg)),
            InstructionData::Unary { opcode: Opcode::Ireduce, arg } => {
                let ty = function.dfg.value_type(function.dfg.first_result(inst));
                Some(most(arg)).filter(|most| *most <= ones(ty))
            }
            InstructionData::Binary { opcode, args: [x, y] } => match opcode {
                Opcode::Band => Some(most(x).min(most(y))),
                Opcode::Bor | Opcode::Bxor => Some(bits(most(x).max(most(y)))),
                Opcode::Iadd => most(x).checked_add(most(y)),
                Opcode::Imul => most(x).checked_mul(most(y)),
                Opcode::Ushr => {
                    let by = constant(function, y)? % u64::from(function.dfg.value_type(x).bits());
                    Some(most(x) >> by)
                }
                Opcode::Ishl => {
                    let by = constant(function, y)? % u64::from(function.dfg.value_type(x).bits());
                    let most = most(x);
                    (u64::from(most.leading_zeros()) >= by).then(|| most << by)
                }
                _ => None,
            },
            InstructionData::Ternary { opcode: Opcode::Select, args: [_, x, y] } => {
                Some(most(x).max(most(y)))
            }
            _ => None,
        }
        // A sum that does not fit its type wraps.
        .filter(|most| {
            let ty = function.dfg.value_type(function.dfg.first_result(inst));
            !ty.is_int() || ty.bits() > 64 || *most <= ones(ty)
        })
    }
}

/// A mask that leaves all there is.
fn mask(function: &mut Function, bounds: &mut Bounds, inst: Inst, x: Value, y: Value) {
    if function.dfg.value_type(x).bits() > 64 {
        return;
    }
    for (value, by) in [(x, y), (y, x)] {
        let Some(mask) = constant(function, by) else { continue };
        if bits(bounds.most(function, value, 0)) & !mask == 0 {
            let result = function.dfg.first_result(inst);
            function.dfg.detach_inst_results(inst);
            function.dfg.change_to_alias(result, value);
            function.layout.remove_inst(inst);
            return;
        }
        if mask == 0xffff_ffff && function.dfg.value_type(value) == types::I64 {
            let mut cursor = FuncCursor::new(function).at_inst(inst);
            let low = cursor.ins().ireduce(types::I32, value);
            cursor.func.replace(inst).uextend(types::I64, low);
            return;
        }
    }
}

/// A number in network order: its bytes as they stand, and how many bits they have.
fn as_it_stands(function: &Function, value: Value) -> Option<(Value, Type)> {
    let InstructionData::Unary { opcode: Opcode::Uextend, arg } = function.dfg.insts[made(function, value)?]
    else {
        return None;
    };
    let InstructionData::Unary { opcode: Opcode::Bswap, arg } = function.dfg.insts[made(function, arg)?]
    else {
        return None;
    };
    Some((arg, function.dfg.value_type(arg)))
}

fn turned(constant: u64, ty: Type) -> u64 {
    constant.swap_bytes() >> (64 - ty.bits())
}

/// A side of a comparison whose bytes may stay where they are.
enum Side {
    Constant(u64),
    /// Bytes, and what they are xored with.
    Bytes(Value, Type, u64),
}

fn side(function: &Function, value: Value) -> Option<Side> {
    if let Some(constant) = constant(function, value) {
        return Some(Side::Constant(constant));
    }
    if let Some((bytes, ty)) = as_it_stands(function, value) {
        return Some(Side::Bytes(bytes, ty, 0));
    }
    let InstructionData::Binary { opcode: Opcode::Bxor, args: [x, y] } =
        function.dfg.insts[made(function, value)?]
    else {
        return None;
    };
    let (bytes, ty) = as_it_stands(function, x)?;
    Some(Side::Bytes(bytes, ty, turned(constant(function, y)?, ty)))
        .filter(|_| constant(function, y).is_some_and(|by| by <= ones(ty)))
}

fn compare(function: &mut Function, bounds: &mut Bounds, inst: Inst, (x, y): (Value, Value), cond: IntCC) {
    if function.dfg.value_type(x) != types::I64 {
        return;
    }
    match cond {
        IntCC::Equal | IntCC::NotEqual => same(function, bounds, inst, (x, y), cond),
        IntCC::UnsignedLessThan | IntCC::UnsignedGreaterThanOrEqual => {
            in_range(function, bounds, inst, (x, y), cond);
        }
        _ => {}
    }
}

/// Equal numbers have equal bytes.
fn same(function: &mut Function, bounds: &mut Bounds, inst: Inst, (x, y): (Value, Value), cond: IntCC) {
    if let Some((bytes, by, other)) = behind_others(function, x, y).or_else(|| behind_others(function, y, x))
    {
        let mut cursor = FuncCursor::new(function).at_inst(inst);
        let moved = cursor.ins().ishl_imm_u(bytes, by as i64);
        let other = match other {
            Whole::Constant(number) => cursor.ins().iconst(types::I64, number as i64),
            Whole::Bytes(bytes) => bytes,
        };
        cursor.func.replace(inst).icmp(cond, moved, other);
        return;
    }
    let (Some(left), Some(right)) = (side(function, x), side(function, y)) else { return };
    let mut cursor = FuncCursor::new(function).at_inst(inst);
    let (left, right) = match (left, right) {
        (Side::Bytes(bytes, ty, by), Side::Constant(number))
        | (Side::Constant(number), Side::Bytes(bytes, ty, by))
            if number <= ones(ty) =>
        {
            let bytes = long(&mut cursor, bounds, bytes);
            (bytes, cursor.ins().iconst(types::I64, (turned(number, ty) ^ by) as i64))
        }
        (Side::Bytes(a, ty, by), Side::Bytes(b, other, also)) if ty == other => {
            let (a, b) = (long(&mut cursor, bounds, a), long(&mut cursor, bounds, b));
            match by ^ also {
                0 => (a, b),
                // With all its bits turned over a number is what it lacks to all ones.
                by if by == ones(ty) => {
                    let sum = cursor.ins().iadd(a, b);
                    (sum, cursor.ins().iconst(types::I64, by as i64))
                }
                by => {
                    let by = cursor.ins().iconst(types::I64, by as i64);
                    (cursor.ins().bxor(a, by), b)
                }
            }
        }
        _ => return,
    };
    cursor.func.replace(inst).icmp(cond, left, right);
}

/// A number made longer: where a longer one was cut to it, and lost nothing, that one.
fn long(cursor: &mut FuncCursor<'_>, bounds: &mut Bounds, number: Value) -> Value {
    let function = &*cursor.func;
    if let Some(made) = made(function, number)
        && let InstructionData::Unary { opcode: Opcode::Ireduce, arg } = function.dfg.insts[made]
        && function.dfg.value_type(arg) == types::I64
        && bounds.most(function, arg, 0) <= ones(function.dfg.value_type(number))
    {
        return arg;
    }
    cursor.ins().uextend(types::I64, number)
}

/// Eight bytes as they stand.
enum Whole {
    Constant(u64),
    Bytes(Value),
}

/// A number that is the first of eight bytes, against one of eight bytes: those as they stand, by how many bits they are to be moved
/// so that the others are gone, and what they are to be then.
fn behind_others(function: &Function, x: Value, y: Value) -> Option<(Value, u64, Whole)> {
    let InstructionData::Binary { opcode: Opcode::Ushr, args: [whole, by] } =
        function.dfg.insts[made(function, x)?]
    else {
        return None;
    };
    let by = constant(function, by).filter(|by| by % 8 == 0 && *by < 64)?;
    let bytes = swapped(function, whole)?;
    let other = match constant(function, y) {
        Some(number) => Whole::Constant(number.swap_bytes()),
        None => Whole::Bytes(swapped(function, y)?),
    };
    Some((bytes, by, other))
}

/// The eight bytes of which a number is the other way round.
fn swapped(function: &Function, value: Value) -> Option<Value> {
    match function.dfg.insts[made(function, value)?] {
        InstructionData::Unary { opcode: Opcode::Bswap, arg }
            if function.dfg.value_type(arg) == types::I64 =>
        {
            Some(arg)
        }
        _ => None,
    }
}

/// `x - low < span` of numbers that are cut to their width: what lies below `low` comes out above all that is in the range, cut or not.
fn in_range(function: &mut Function, bounds: &mut Bounds, inst: Inst, (x, y): (Value, Value), cond: IntCC) {
    let Some(span) = constant(function, y) else { return };
    let Some(cut) = made(function, x) else { return };
    let InstructionData::Binary { opcode: Opcode::Band, args: [difference, by] } = function.dfg.insts[cut]
    else {
        return;
    };
    let (Some(mask), Some(subtraction)) = (constant(function, by), made(function, difference)) else {
        return;
    };
    let InstructionData::Binary { opcode: Opcode::Isub, args: [number, low] } =
        function.dfg.insts[subtraction]
    else {
        return;
    };
    let Some(low) = constant(function, low) else { return };
    let whole = mask.wrapping_add(1).is_power_of_two() && bounds.most(function, number, 0) <= mask;
    if whole && low <= mask && span <= mask + 1 - low {
        function.replace(inst).icmp(cond, difference, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::of_place;
    use cranelift_frontend::FunctionBuilder;

    /// The code that is left of what `build` makes of 16 bits in memory.
    fn left_of(build: impl FnOnce(&mut FunctionBuilder<'_>, Value) -> Value) -> String {
        let (mut function, _) = of_place(|builder, place| {
            let bytes = builder.ins().load(types::I16, crate::wire::flags(), place, 0);
            let result = build(builder, bytes);
            if builder.func.dfg.value_type(result) == types::I64 {
                result
            } else {
                builder.ins().uextend(types::I64, result)
            }
        });
        narrow(&mut function);
        crate::dead::remove(&mut function);
        function.display().to_string()
    }

    #[test]
    fn a_mask_that_cuts_nothing_goes_and_one_that_cuts_stays() {
        let masked = |mask: i64| {
            left_of(|b, bytes| {
                let wide = b.ins().uextend(types::I64, bytes);
                b.ins().band_imm_s(wide, mask)
            })
        };
        assert!(!masked(0xffff).contains("band"));
        assert!(!masked(0x1ffff).contains("band"));
        assert!(masked(0x7fff).contains("band"));
        assert!(masked(0xfffe).contains("band"));
    }

    #[test]
    fn a_sum_is_cut_where_it_can_grow_over_the_mask() {
        let summed = |mask: i64| {
            left_of(|b, bytes| {
                let wide = b.ins().uextend(types::I64, bytes);
                let sum = b.ins().iadd_imm_s(wide, 1);
                b.ins().band_imm_s(sum, mask)
            })
        };
        assert!(summed(0xffff).contains("band"));
        assert!(!summed(0x1ffff).contains("band"));
        let difference = left_of(|b, bytes| {
            let wide = b.ins().uextend(types::I64, bytes);
            let one = b.ins().iconst(types::I64, 1);
            let less = b.ins().isub(wide, one);
            b.ins().band_imm_s(less, 0xffff)
        });
        assert!(difference.contains("band"), "zero less one is all ones");
    }

    #[test]
    fn numbers_in_network_order_are_compared_as_they_stand() {
        let compared = |number: i64| {
            left_of(|b, bytes| {
                let turned = b.ins().bswap(bytes);
                let wide = b.ins().uextend(types::I64, turned);
                b.ins().icmp_imm_u(IntCC::Equal, wide, number)
            })
        };
        let code = compared(0x0800);
        assert!(!code.contains("bswap") && code.contains("iconst.i64 8"), "{code}");
        assert!(compared(0x1_0000).contains("bswap"), "no 16 bits are that");
    }

    #[test]
    fn a_range_is_tested_without_a_cut_unless_what_wraps_would_fall_into_it() {
        let ranged = |low: i64, span: i64| {
            left_of(|b, bytes| {
                let wide = b.ins().uextend(types::I64, bytes);
                let low = b.ins().iconst(types::I64, low);
                let from = b.ins().isub(wide, low);
                let cut = b.ins().band_imm_s(from, 0xffff);
                b.ins().icmp_imm_u(IntCC::UnsignedLessThan, cut, span)
            })
        };
        assert!(!ranged(1, 223).contains("band"));
        assert!(!ranged(1, 0xffff).contains("band"));
        assert!(ranged(2, 0xffff).contains("band"), "zero less two is in it");
    }

    #[test]
    fn a_number_less_a_constant_is_a_sum_and_less_another_number_is_not() {
        let less = |constant: Option<i64>| {
            left_of(|b, bytes| {
                let wide = b.ins().uextend(types::I64, bytes);
                let by = match constant {
                    Some(by) => b.ins().iconst(types::I64, by),
                    None => place(b),
                };
                b.ins().isub(wide, by)
            })
        };
        let code = less(Some(20));
        assert!(code.contains("iconst.i64 -20") && code.contains("iadd") && !code.contains("isub"), "{code}");
        assert!(less(None).contains("isub"));
    }

    fn place(b: &FunctionBuilder<'_>) -> Value {
        b.func.dfg.block_params(b.func.layout.entry_block().unwrap())[0]
    }

    #[test]
    fn a_sum_that_is_turned_over_is_compared_as_it_was_added_up() {
        let code = |most: i64| {
            left_of(|b, bytes| {
                let wide = b.ins().uextend(types::I64, bytes);
                let sum = b.ins().band_imm_s(wide, most);
                let half = b.ins().ireduce(types::I16, sum);
                let half = b.ins().bswap(half);
                let computed = b.ins().uextend(types::I64, half);
                let computed = b.ins().bxor_imm_s(computed, 0xffff);
                let at = place(b);
                let other = b.ins().load(types::I16, crate::wire::flags(), at, 8);
                let other = b.ins().bswap(other);
                let other = b.ins().uextend(types::I64, other);
                b.ins().icmp(IntCC::NotEqual, other, computed)
            })
        };
        for code in [code(0xffff), code(0xfff)] {
            assert!(code.contains("iadd") && !code.contains("bswap") && !code.contains("bxor"), "{code}");
            assert!(!code.contains("ireduce"), "{code}");
        }
    }

    #[test]
    fn the_first_of_eight_bytes_are_compared_as_they_stand() {
        let code = |shift: i64, constant: Option<i64>| {
            left_of(|b, _| {
                let at = place(b);
                let bytes = b.ins().load(types::I64, crate::wire::flags(), at, 0);
                let all = b.ins().bswap(bytes);
                let number = b.ins().ushr_imm_u(all, shift);
                let other = match constant {
                    Some(constant) => b.ins().iconst(types::I64, constant),
                    None => {
                        let bytes = b.ins().load(types::I64, crate::wire::flags(), at, 8);
                        b.ins().bswap(bytes)
                    }
                };
                b.ins().icmp(IntCC::Equal, number, other)
            })
        };
        assert!(!code(16, None).contains("bswap"));
        let of_constant = code(16, Some(0x0200_0000_0001));
        assert!(!of_constant.contains("bswap"), "{of_constant}");
        assert!(of_constant.contains("0x0100_0000_0002_0000"), "{of_constant}");
        assert!(code(4, None).contains("bswap"), "half of a byte");
    }

    #[test]
    fn loads_of_the_same_bytes_have_the_same_address() {
        let code = left_of(|b, _| {
            let at = place(b);
            let header = b.ins().iadd_imm_u(at, 14);
            let field = b.ins().iadd_imm_u(header, 2);
            b.ins().uload16(types::I64, crate::wire::flags(), field, 4)
        });
        assert!(code.contains("v0+20") && !code.contains("iadd"), "{code}");
    }
}
