//! What an operation gives when its operands are constants, and which operations are no operations. Used where code is made
//! and where it is optimised, so that both mean the same.

use crate::ir::{BinOp, Bits, CmpOp, Operand, Program, Rvalue};
use num_bigint::BigUint;
use num_traits::{One, ToPrimitive, Zero};

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folded {
    /// It has to be done.
    Keep,
    Const(BigUint),
    /// It is this operand, of the same width.
    Same(Operand),
}

/// 2^width.
fn modulus(width: u32) -> BigUint {
    BigUint::one() << width
}

/// The low `width` bits.
pub fn cut(value: BigUint, width: u32) -> BigUint {
    if value.bits() <= u64::from(width) { value } else { value % modulus(width) }
}

pub fn all_ones(width: u32) -> BigUint {
    modulus(width) - 1u32
}

fn is_negative(value: &BigUint, width: u32) -> bool {
    width > 0 && value.bit(u64::from(width) - 1)
}

/// The value of `width` bits, extended by its sign to `to` bits.
fn extended(value: &BigUint, width: u32, to: u32) -> BigUint {
    if to > width && is_negative(value, width) {
        value + (modulus(to) - modulus(width))
    } else {
        cut(value.clone(), to)
    }
}

/// Order of two's complement numbers is the order of unsigned ones with the sign bit turned.
fn biased(value: &BigUint, width: u32) -> BigUint {
    if width == 0 { value.clone() } else { cut(value + (BigUint::one() << (width - 1)), width) }
}

pub fn compare(op: CmpOp, left: &BigUint, right: &BigUint, width: u32) -> bool {
    match op {
        CmpOp::Eq => left == right,
        CmpOp::Ne => left != right,
        CmpOp::Lt => left < right,
        CmpOp::Le => left <= right,
        CmpOp::LtSigned => biased(left, width) < biased(right, width),
        CmpOp::LeSigned => biased(left, width) <= biased(right, width),
    }
}

/// `width` is that of the left operand and of the result.
pub fn binary(op: BinOp, left: &BigUint, right: &BigUint, width: u32) -> BigUint {
    let result = match op {
        BinOp::Add => left + right,
        BinOp::Sub => left + modulus(width) - cut(right.clone(), width),
        BinOp::Mul => left * right,
        BinOp::Div if right.is_zero() => BigUint::zero(),
        BinOp::Div => left / right,
        BinOp::Mod if right.is_zero() => BigUint::zero(),
        BinOp::Mod => left % right,
        BinOp::AddSat => (left + right).min(all_ones(width)),
        BinOp::SubSat if left < right => BigUint::zero(),
        BinOp::SubSat => left - right,
        BinOp::AddSatSigned => saturated(biased(left, width) + biased(right, width), width),
        BinOp::SubSatSigned => saturated(biased(left, width) + modulus(width) - biased(right, width), width),
        BinOp::Shl => shift(right, width).map_or_else(BigUint::zero, |by| left << by),
        BinOp::Shr => shift(right, width).map_or_else(BigUint::zero, |by| left >> by),
        BinOp::Sar => arithmetic_shift(left, right, width),
        BinOp::And => left & right,
        BinOp::Or => left | right,
        BinOp::Xor => left ^ right,
    };
    cut(result, width)
}

/// The distance of a shift that leaves something.
fn shift(by: &BigUint, width: u32) -> Option<u32> {
    by.to_u32().filter(|by| *by < width)
}

fn arithmetic_shift(left: &BigUint, right: &BigUint, width: u32) -> BigUint {
    match (shift(right, width), is_negative(left, width)) {
        (Some(by), true) => (left >> by) + (modulus(width) - modulus(width - by)),
        (Some(by), false) => left >> by,
        (None, true) => all_ones(width),
        (None, false) => BigUint::zero(),
    }
}

/// A sum of two biased numbers is 2^width above the true sum, and a difference was made so: back to two's complement, held
/// within its range.
fn saturated(sum: BigUint, width: u32) -> BigUint {
    if width == 0 {
        return BigUint::zero();
    }
    let half = BigUint::one() << (width - 1);
    let lowest = modulus(width) - &half;
    let highest = modulus(width) + &half - 1u32;
    cut(sum.max(lowest).min(highest), width)
}

struct Folder<'a> {
    program: &'a Program,
    width: u32,
}

impl Folder<'_> {
    fn known(&self, operand: Operand) -> Option<&Bits> {
        match operand {
            Operand::Const(id) => self.program.consts.get(id.index()),
            Operand::Slot(_) => None,
        }
    }

    fn is_zero(&self, operand: Operand) -> bool {
        self.known(operand).is_some_and(|bits| bits.value.is_zero())
    }

    fn is_ones(&self, operand: Operand) -> bool {
        self.known(operand).is_some_and(|bits| bits.value == all_ones(bits.width))
    }

    fn binary(&self, op: BinOp, left: Operand, right: Operand) -> Folded {
        if let (Some(a), Some(b)) = (self.known(left), self.known(right)) {
            return Folded::Const(binary(op, &a.value, &b.value, self.width));
        }
        let (no_left, no_right) = (self.is_zero(left), self.is_zero(right));
        match op {
            BinOp::Add | BinOp::Or | BinOp::Xor | BinOp::AddSat | BinOp::AddSatSigned if no_left => {
                Folded::Same(right)
            }
            BinOp::Add | BinOp::Or | BinOp::Xor | BinOp::AddSat | BinOp::AddSatSigned if no_right => {
                Folded::Same(left)
            }
            BinOp::Sub | BinOp::SubSat | BinOp::SubSatSigned if no_right => Folded::Same(left),
            BinOp::Shl | BinOp::Shr | BinOp::Sar if no_right => Folded::Same(left),
            BinOp::Shl | BinOp::Shr | BinOp::Div | BinOp::Mod if no_left => Folded::Const(BigUint::zero()),
            BinOp::And | BinOp::Mul if no_left || no_right => Folded::Const(BigUint::zero()),
            BinOp::And if self.is_ones(left) || left == right => Folded::Same(right),
            BinOp::And if self.is_ones(right) => Folded::Same(left),
            BinOp::Or if left == right => Folded::Same(left),
            BinOp::Or if self.is_ones(left) => Folded::Same(left),
            BinOp::Or if self.is_ones(right) => Folded::Same(right),
            BinOp::Xor | BinOp::Sub if left == right => Folded::Const(BigUint::zero()),
            _ => Folded::Keep,
        }
    }

    fn compare(&self, op: CmpOp, left: Operand, right: Operand) -> Folded {
        if let (Some(a), Some(b)) = (self.known(left), self.known(right)) {
            return Folded::Const(compare(op, &a.value, &b.value, a.width).into());
        }
        if left == right {
            return Folded::Const(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::LeSigned).into());
        }
        // A bit compared with a constant is the bit, when it is not its complement.
        if self.program.width(left) == 1 {
            match op {
                CmpOp::Eq if self.is_ones(right) => return Folded::Same(left),
                CmpOp::Eq if self.is_ones(left) => return Folded::Same(right),
                CmpOp::Ne if self.is_zero(right) => return Folded::Same(left),
                CmpOp::Ne if self.is_zero(left) => return Folded::Same(right),
                _ => {}
            }
        }
        match op {
            CmpOp::Lt if self.is_zero(right) => Folded::Const(BigUint::zero()),
            CmpOp::Le if self.is_zero(left) => Folded::Const(BigUint::one()),
            _ => Folded::Keep,
        }
    }

    fn insert(&self, into: Operand, lo: u32, value: Operand) -> Folded {
        let inner = self.program.width(value);
        if inner == self.width {
            return Folded::Same(value);
        }
        let (Some(a), Some(b)) = (self.known(into), self.known(value)) else {
            return Folded::Keep;
        };
        let hole = all_ones(inner) << lo;
        let kept = &a.value - (&a.value & hole);
        Folded::Const(kept | (&b.value << lo))
    }

    fn select(&self, cond: Operand, then: Operand, other: Operand) -> Folded {
        if self.is_ones(cond) || then == other {
            return Folded::Same(then);
        }
        if self.is_zero(cond) {
            return Folded::Same(other);
        }
        if self.width == 1 && self.is_ones(then) && self.is_zero(other) {
            return Folded::Same(cond);
        }
        Folded::Keep
    }

    fn concat(&self, high: Operand, low: Operand) -> Folded {
        let (high_width, low_width) = (self.program.width(high), self.program.width(low));
        if high_width == 0 {
            return Folded::Same(low);
        }
        if low_width == 0 {
            return Folded::Same(high);
        }
        match (self.known(high), self.known(low)) {
            (Some(a), Some(b)) => Folded::Const((&a.value << low_width) | &b.value),
            _ => Folded::Keep,
        }
    }
}

/// What `value` is, computed into `width` bits.
pub fn fold(program: &Program, value: &Rvalue, width: u32) -> Folded {
    let folder = Folder { program, width };
    match value {
        Rvalue::Use(of) => Folded::Same(*of),
        Rvalue::Not(of) => {
            folder.known(*of).map_or(Folded::Keep, |bits| Folded::Const(all_ones(width) - &bits.value))
        }
        Rvalue::Neg(of) => folder
            .known(*of)
            .map_or(Folded::Keep, |bits| Folded::Const(cut(modulus(width) - &bits.value, width))),
        Rvalue::Binary(op, left, right) => folder.binary(*op, *left, *right),
        Rvalue::Compare(op, left, right) => folder.compare(*op, *left, *right),
        Rvalue::Concat(high, low) => folder.concat(*high, *low),
        Rvalue::Slice { of, lo } => match folder.known(*of) {
            Some(bits) => Folded::Const(cut(&bits.value >> *lo, width)),
            None if program.width(*of) == width => Folded::Same(*of),
            None => Folded::Keep,
        },
        Rvalue::Insert { into, lo, value } => folder.insert(*into, *lo, *value),
        Rvalue::Resize { of, signed } => match folder.known(*of) {
            Some(bits) if *signed => Folded::Const(extended(&bits.value, bits.width, width)),
            Some(bits) => Folded::Const(cut(bits.value.clone(), width)),
            None if program.width(*of) == width => Folded::Same(*of),
            None => Folded::Keep,
        },
        Rvalue::Select { cond, then, other } => folder.select(*cond, *then, *other),
        Rvalue::PacketLength | Rvalue::Switch { .. } | Rvalue::ValueSet { .. } => Folded::Keep,
    }
}
