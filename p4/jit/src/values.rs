//! Arithmetic on values of any width: limbs of 64 bits, the least significant first, always cut to their width.

use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{InstBuilder, InstructionData, Opcode, Value, types};
use cranelift_frontend::FunctionBuilder;
use num_bigint::BigUint;

/// Bits of a limb.
const LIMB: u32 = 64;

/// A value in registers.
#[derive(Debug, Clone)]
pub struct Val {
    pub width: u32,
    pub limbs: Vec<Value>,
}

/// Limbs of a width; a value without bits has one limb, which is zero.
pub fn limbs_of(width: u32) -> usize {
    width.div_ceil(LIMB).max(1) as usize
}

/// What is left of the highest limb; `None` where it is whole.
fn top_mask(width: u32) -> Option<i64> {
    match (width, width % LIMB) {
        (0, _) => Some(0),
        (_, 0) => None,
        (_, bits) => Some(((1u64 << bits) - 1) as i64),
    }
}

/// Emits operations into the current block.
pub struct Arith<'a, 'f> {
    pub b: &'a mut FunctionBuilder<'f>,
}

impl Arith<'_, '_> {
    pub fn zero(&mut self, width: u32) -> Val {
        let zero = self.word(0);
        Val { width, limbs: vec![zero; limbs_of(width)] }
    }

    pub fn word(&mut self, value: u64) -> Value {
        self.b.ins().iconst(types::I64, value as i64)
    }

    pub fn constant(&mut self, width: u32, value: &BigUint) -> Val {
        let digits = value.to_u64_digits();
        let limbs = (0..limbs_of(width)).map(|at| self.word(digits.get(at).copied().unwrap_or(0))).collect();
        Val { width, limbs }
    }

    pub fn bit(&mut self, value: Value) -> Val {
        let limb = self.b.ins().uextend(types::I64, value);
        Val { width: 1, limbs: vec![limb] }
    }

    /// Cuts what stands above the width.
    fn masked(&mut self, mut val: Val) -> Val {
        if let (Some(mask), Some(top)) = (top_mask(val.width), val.limbs.last_mut()) {
            *top = self.b.ins().band_imm_s(*top, mask);
        }
        val
    }

    /// The other outcome of a comparison, where a bit is that of one.
    fn opposite(&mut self, bit: Value) -> Option<Value> {
        let of = |b: &FunctionBuilder<'_>, value: Value| {
            let inst = b.func.dfg.value_def(b.func.dfg.resolve_aliases(value)).inst()?;
            Some(b.func.dfg.insts[inst])
        };
        let InstructionData::Unary { opcode: Opcode::Uextend, arg } = of(self.b, bit)? else { return None };
        let InstructionData::IntCompare { opcode: Opcode::Icmp, args: [x, y], cond } = of(self.b, arg)?
        else {
            return None;
        };
        let other = self.b.ins().icmp(cond.complement(), x, y);
        Some(self.b.ins().uextend(types::I64, other))
    }

    pub fn not(&mut self, a: &Val) -> Val {
        if a.width == 1
            && let Some(bit) = self.opposite(a.limbs[0])
        {
            return Val { width: 1, limbs: vec![bit] };
        }
        let limbs = a.limbs.iter().map(|limb| self.b.ins().bnot(*limb)).collect();
        self.masked(Val { width: a.width, limbs })
    }

    pub fn neg(&mut self, a: &Val) -> Val {
        let zero = self.zero(a.width);
        self.sub(&zero, a)
    }

    pub fn and(&mut self, a: &Val, b: &Val) -> Val {
        self.limbwise(a, b, |b, x, y| b.ins().band(x, y))
    }

    pub fn or(&mut self, a: &Val, b: &Val) -> Val {
        self.limbwise(a, b, |b, x, y| b.ins().bor(x, y))
    }

    pub fn xor(&mut self, a: &Val, b: &Val) -> Val {
        self.limbwise(a, b, |b, x, y| b.ins().bxor(x, y))
    }

    fn limbwise(
        &mut self,
        a: &Val,
        b: &Val,
        mut op: impl FnMut(&mut FunctionBuilder<'_>, Value, Value) -> Value,
    ) -> Val {
        let limbs = a.limbs.iter().zip(&b.limbs).map(|(x, y)| op(self.b, *x, *y)).collect();
        Val { width: a.width, limbs }
    }

    /// The sum, and the carry out of the highest limb (not of the width).
    fn add_carry(&mut self, a: &Val, b: &Val) -> (Val, Option<Value>) {
        let mut carry: Option<Value> = None;
        let mut limbs = Vec::with_capacity(a.limbs.len());
        for (x, y) in a.limbs.iter().zip(&b.limbs) {
            let sum = self.b.ins().iadd(*x, *y);
            let out = self.b.ins().icmp(IntCC::UnsignedLessThan, sum, *x);
            let out = self.b.ins().uextend(types::I64, out);
            (limbs, carry) = match carry {
                None => (push(limbs, sum), Some(out)),
                Some(carry) => {
                    let whole = self.b.ins().iadd(sum, carry);
                    let more = self.b.ins().icmp(IntCC::UnsignedLessThan, whole, sum);
                    let more = self.b.ins().uextend(types::I64, more);
                    let out = self.b.ins().bor(out, more);
                    (push(limbs, whole), Some(out))
                }
            };
        }
        (Val { width: a.width, limbs }, carry)
    }

    pub fn add(&mut self, a: &Val, b: &Val) -> Val {
        if let ([x], [y]) = (&a.limbs[..], &b.limbs[..]) {
            let sum = self.b.ins().iadd(*x, *y);
            return self.masked(Val { width: a.width, limbs: vec![sum] });
        }
        let (sum, _) = self.add_carry(a, b);
        self.masked(sum)
    }

    pub fn sub(&mut self, a: &Val, b: &Val) -> Val {
        if let ([x], [y]) = (&a.limbs[..], &b.limbs[..]) {
            let difference = self.b.ins().isub(*x, *y);
            return self.masked(Val { width: a.width, limbs: vec![difference] });
        }
        let mut borrow: Option<Value> = None;
        let mut limbs = Vec::with_capacity(a.limbs.len());
        for (x, y) in a.limbs.iter().zip(&b.limbs) {
            let difference = self.b.ins().isub(*x, *y);
            let out = self.b.ins().icmp(IntCC::UnsignedLessThan, *x, *y);
            let out = self.b.ins().uextend(types::I64, out);
            (limbs, borrow) = match borrow {
                None => (push(limbs, difference), Some(out)),
                Some(borrow) => {
                    let whole = self.b.ins().isub(difference, borrow);
                    let more = self.b.ins().icmp(IntCC::UnsignedLessThan, difference, borrow);
                    let more = self.b.ins().uextend(types::I64, more);
                    let out = self.b.ins().bor(out, more);
                    (push(limbs, whole), Some(out))
                }
            };
        }
        self.masked(Val { width: a.width, limbs })
    }

    /// Of one limb only.
    pub fn mul(&mut self, a: &Val, b: &Val) -> Val {
        let product = self.b.ins().imul(a.limbs[0], b.limbs[0]);
        self.masked(Val { width: a.width, limbs: vec![product] })
    }

    /// Of one limb only; zero for a divisor of zero.
    pub fn div(&mut self, a: &Val, b: &Val, modulo: bool) -> Val {
        let (x, y) = (a.limbs[0], b.limbs[0]);
        let none = self.b.ins().icmp_imm_u(IntCC::Equal, y, 0);
        let one = self.word(1);
        let divisor = self.b.ins().select(none, one, y);
        let result = if modulo { self.b.ins().urem(x, divisor) } else { self.b.ins().udiv(x, divisor) };
        let zero = self.word(0);
        let result = self.b.ins().select(none, zero, result);
        Val { width: a.width, limbs: vec![result] }
    }

    pub fn saturating(&mut self, a: &Val, b: &Val, subtract: bool, signed: bool) -> Val {
        let result = if subtract { self.sub(a, b) } else { self.add(a, b) };
        if signed {
            return self.saturate_signed(a, b, &result, subtract);
        }
        // A sum that wrapped is smaller than what was added; a difference is wrong where more was taken than there was.
        let (over, limit) = if subtract {
            (self.less(a, b), self.zero(a.width))
        } else {
            let zero = self.zero(a.width);
            (self.less(&result, a), self.not(&zero))
        };
        self.select(&over, &limit, &result)
    }

    fn saturate_signed(&mut self, a: &Val, b: &Val, result: &Val, subtract: bool) -> Val {
        let (a_sign, b_sign, sign) = (self.sign(a), self.sign(b), self.sign(result));
        let operands_differ = self.b.ins().bxor(a_sign, b_sign);
        let result_differs = self.b.ins().bxor(a_sign, sign);
        let operands = if subtract { operands_differ } else { self.b.ins().bxor_imm_u(operands_differ, 1) };
        let over = self.b.ins().band(operands, result_differs);
        let one = BigUint::from(1u8);
        let lowest = if a.width == 0 { BigUint::ZERO } else { &one << (a.width - 1) };
        let lowest = self.constant(a.width, &lowest);
        let highest = self.not(&lowest);
        let limit = self.select(&Val { width: 1, limbs: vec![a_sign] }, &lowest, &highest);
        self.select(&Val { width: 1, limbs: vec![over] }, &limit, result)
    }

    /// The highest bit of the width.
    fn sign(&mut self, a: &Val) -> Value {
        if a.width == 0 {
            return self.word(0);
        }
        let top = a.width - 1;
        let limb = a.limbs[(top / LIMB) as usize];
        let shifted = self.b.ins().ushr_imm_u(limb, i64::from(top % LIMB));
        self.b.ins().band_imm_u(shifted, 1)
    }

    pub fn equal(&mut self, a: &Val, b: &Val) -> Val {
        let same = self.same(a, b);
        self.bit(same)
    }

    fn same(&mut self, a: &Val, b: &Val) -> Value {
        if let ([x], [y]) = (&a.limbs[..], &b.limbs[..]) {
            return self.b.ins().icmp(IntCC::Equal, *x, *y);
        }
        let differences = self.xor(a, b).limbs;
        let any = differences.into_iter().reduce(|x, y| self.b.ins().bor(x, y));
        let any = any.unwrap_or_else(|| self.word(0));
        self.b.ins().icmp_imm_u(IntCC::Equal, any, 0)
    }

    /// Unsigned.
    pub fn less(&mut self, a: &Val, b: &Val) -> Val {
        let mut result: Option<Value> = None;
        for (x, y) in a.limbs.iter().zip(&b.limbs) {
            let here = self.b.ins().icmp(IntCC::UnsignedLessThan, *x, *y);
            result = Some(match result {
                None => here,
                Some(below) => {
                    let same = self.b.ins().icmp(IntCC::Equal, *x, *y);
                    self.b.ins().select(same, below, here)
                }
            });
        }
        match result {
            Some(result) => self.bit(result),
            None => self.zero(1),
        }
    }

    /// With the sign bits turned over, signed order is unsigned order.
    pub fn less_signed(&mut self, a: &Val, b: &Val) -> Val {
        let (a, b) = (self.flip_sign(a), self.flip_sign(b));
        self.less(&a, &b)
    }

    fn flip_sign(&mut self, a: &Val) -> Val {
        let mut a = a.clone();
        if let Some(top) = a.width.checked_sub(1) {
            let limb = &mut a.limbs[(top / LIMB) as usize];
            *limb = self.b.ins().bxor_imm_s(*limb, (1u64 << (top % LIMB)) as i64);
        }
        a
    }

    pub fn select(&mut self, cond: &Val, then: &Val, other: &Val) -> Val {
        let cond = cond.limbs[0];
        self.limbwise(then, other, |b, x, y| b.ins().select(cond, x, y))
    }

    pub fn concat(&mut self, high: &Val, low: &Val) -> Val {
        let width = high.width + low.width;
        let shifted = self.shl_const(high, low.width, width);
        let low = self.resize(low, width, false);
        self.or(&shifted, &low)
    }

    pub fn slice(&mut self, of: &Val, lo: u32, width: u32) -> Val {
        let mut shifted = self.shr_const(of, lo);
        if lo + width == of.width {
            // Nothing stands above.
            shifted.limbs.truncate(limbs_of(width));
            return Val { width, limbs: shifted.limbs };
        }
        self.resize(&shifted, width, false)
    }

    pub fn insert(&mut self, into: &Val, lo: u32, value: &Val) -> Val {
        let ones = (BigUint::from(1u8) << value.width) - 1u8;
        let hole = self.constant(into.width, &(ones << lo));
        let kept = self.not(&hole);
        let kept = self.and(into, &kept);
        let shifted = self.shl_const(value, lo, into.width);
        self.or(&kept, &shifted)
    }

    pub fn resize(&mut self, a: &Val, width: u32, signed: bool) -> Val {
        let mut limbs = a.limbs.clone();
        let wanted = limbs_of(width);
        if width <= a.width {
            limbs.truncate(wanted);
            return if width == a.width { a.clone() } else { self.masked(Val { width, limbs }) };
        }
        if !signed {
            let zero = self.word(0);
            limbs.resize(wanted, zero);
            return Val { width, limbs };
        }
        let sign = self.sign(a);
        let ones = self.b.ins().ineg(sign);
        // The highest limb of `a` takes the sign in the bits above its width.
        if let (Some(mask), Some(top)) = (top_mask(a.width), limbs.last_mut()) {
            let above = self.b.ins().band_imm_s(ones, !mask);
            *top = self.b.ins().bor(*top, above);
        }
        limbs.resize(wanted, ones);
        self.masked(Val { width, limbs })
    }

    /// Shifted left by a constant, into another width.
    pub fn shl_const(&mut self, a: &Val, by: u32, width: u32) -> Val {
        let (whole, bits) = ((by / LIMB) as usize, i64::from(by % LIMB));
        let mut limbs = Vec::with_capacity(limbs_of(width));
        for at in 0..limbs_of(width) {
            let low = at.checked_sub(whole).and_then(|from| a.limbs.get(from)).copied();
            let below = at.checked_sub(whole + 1).and_then(|from| a.limbs.get(from)).copied();
            let low = low.map(|limb| if bits == 0 { limb } else { self.b.ins().ishl_imm_u(limb, bits) });
            let below = below.filter(|_| bits != 0);
            let below = below.map(|limb| self.b.ins().ushr_imm_u(limb, i64::from(LIMB) - bits));
            limbs.push(self.either(low, below));
        }
        self.masked(Val { width, limbs })
    }

    /// Shifted right by a constant; zeros come in.
    pub fn shr_const(&mut self, a: &Val, by: u32) -> Val {
        let (whole, bits) = ((by / LIMB) as usize, i64::from(by % LIMB));
        let mut limbs = Vec::with_capacity(a.limbs.len());
        for at in 0..a.limbs.len() {
            let low = a.limbs.get(at + whole).copied();
            let above = a.limbs.get(at + whole + 1).copied();
            let low = low.map(|limb| if bits == 0 { limb } else { self.b.ins().ushr_imm_u(limb, bits) });
            let above = above.filter(|_| bits != 0);
            let above = above.map(|limb| self.b.ins().ishl_imm_u(limb, i64::from(LIMB) - bits));
            limbs.push(self.either(low, above));
        }
        Val { width: a.width, limbs }
    }

    fn either(&mut self, a: Option<Value>, b: Option<Value>) -> Value {
        match (a, b) {
            (Some(a), Some(b)) => self.b.ins().bor(a, b),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.word(0),
        }
    }

    /// Arithmetic shift right by a constant.
    pub fn sar_const(&mut self, a: &Val, by: u32) -> Val {
        let by = by.min(a.width);
        let long = self.resize(a, a.width + by, true);
        let shifted = self.shr_const(&long, by);
        self.resize(&shifted, a.width, false)
    }

    /// Shifts of one limb by a value of any width. By the width or more gives zero, or the sign.
    pub fn shift(&mut self, a: &Val, by: &Val, kind: Shift) -> Val {
        let whole = by.limbs[0];
        let mut over = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, whole, i64::from(a.width));
        for limb in &by.limbs[1..] {
            let more = self.b.ins().icmp_imm_u(IntCC::NotEqual, *limb, 0);
            over = self.b.ins().bor(over, more);
        }
        let x = a.limbs[0];
        let (shifted, beyond) = match kind {
            Shift::Left => (self.b.ins().ishl(x, whole), self.word(0)),
            Shift::Right => (self.b.ins().ushr(x, whole), self.word(0)),
            Shift::Arithmetic => {
                let long = self.resize(a, LIMB, true).limbs[0];
                let sign = self.b.ins().sshr_imm_u(long, 63);
                (self.b.ins().sshr(long, whole), sign)
            }
        };
        let result = self.b.ins().select(over, beyond, shifted);
        self.masked(Val { width: a.width, limbs: vec![result] })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    Left,
    Right,
    Arithmetic,
}

fn push(mut limbs: Vec<Value>, limb: Value) -> Vec<Value> {
    limbs.push(limb);
    limbs
}
