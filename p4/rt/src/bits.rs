//! Arithmetic of any width on little-endian limbs. A value of `width` bits takes [`words`] limbs and is kept masked: the bits above
//! its width are zero. Operands shorter than the result are extended by zeros, or by the sign where the operation is signed.

use front::ir::{BinOp, CmpOp};
use num_bigint::BigUint;
use std::cmp::Ordering;

/// Limbs of a value; one for `bit<0>` as well, so that every value has a word to read.
pub const fn words(width: u32) -> usize {
    if width <= 64 { 1 } else { width.div_ceil(64) as usize }
}

/// The low `width` bits.
pub const fn mask64(width: u32) -> u64 {
    match width {
        0 => 0,
        64.. => u64::MAX,
        _ => (1 << width) - 1,
    }
}

/// A value of up to 64 bits as a signed number.
pub const fn signed64(value: u64, width: u32) -> i64 {
    if width == 0 || width >= 64 { value as i64 } else { ((value << (64 - width)) as i64) >> (64 - width) }
}

/// Clears what is above `width`.
pub fn mask(limbs: &mut [u64], width: u32) {
    for (at, limb) in limbs.iter_mut().enumerate() {
        *limb &= mask64(width.saturating_sub(at as u32 * 64));
    }
}

pub fn is_zero(limbs: &[u64]) -> bool {
    limbs.iter().all(|limb| *limb == 0)
}

pub fn bit(limbs: &[u64], at: u32) -> bool {
    limb(limbs, at as usize / 64) >> (at % 64) & 1 == 1
}

fn limb(limbs: &[u64], at: usize) -> u64 {
    limbs.get(at).copied().unwrap_or(0)
}

/// Limb `at` of a value extended by its sign.
fn signed_limb(limbs: &[u64], width: u32, at: usize) -> u64 {
    if width == 0 || !bit(limbs, width - 1) {
        return limb(limbs, at);
    }
    limb(limbs, at) | !mask64(width.saturating_sub(at as u32 * 64))
}

/// The value, cut to the limbs of `out`.
pub fn put_big(value: &BigUint, out: &mut [u64]) {
    out.fill(0);
    for (out, digit) in out.iter_mut().zip(value.iter_u64_digits()) {
        *out = digit;
    }
}

pub fn big(limbs: &[u64]) -> BigUint {
    let digits = limbs.iter().flat_map(|limb| [*limb as u32, (*limb >> 32) as u32]).collect();
    BigUint::new(digits)
}

pub fn copy(of: &[u64], out: &mut [u64], width: u32) {
    for (at, out) in out.iter_mut().enumerate() {
        *out = limb(of, at);
    }
    mask(out, width);
}

/// Cut, or extended by zeros or the sign.
pub fn resize(of: &[u64], from: u32, signed: bool, out: &mut [u64], width: u32) {
    for (at, out) in out.iter_mut().enumerate() {
        *out = if signed { signed_limb(of, from, at) } else { limb(of, at) };
    }
    mask(out, width);
}

pub fn not(of: &[u64], out: &mut [u64], width: u32) {
    for (at, out) in out.iter_mut().enumerate() {
        *out = !limb(of, at);
    }
    mask(out, width);
}

pub fn neg(of: &[u64], out: &mut [u64], width: u32) {
    sub(&[], of, out);
    mask(out, width);
}

fn add(a: &[u64], b: &[u64], out: &mut [u64]) {
    let mut carry = false;
    for (at, out) in out.iter_mut().enumerate() {
        let (sum, over) = limb(a, at).overflowing_add(limb(b, at));
        let (sum, again) = sum.overflowing_add(u64::from(carry));
        *out = sum;
        carry = over | again;
    }
}

fn sub(a: &[u64], b: &[u64], out: &mut [u64]) {
    let mut borrow = false;
    for (at, out) in out.iter_mut().enumerate() {
        let (difference, under) = limb(a, at).overflowing_sub(limb(b, at));
        let (difference, again) = difference.overflowing_sub(u64::from(borrow));
        *out = difference;
        borrow = under | again;
    }
}

fn mul(a: &[u64], b: &[u64], out: &mut [u64]) {
    out.fill(0);
    for (at, factor) in a.iter().enumerate() {
        let mut carry = 0u128;
        for (by, out) in out.iter_mut().skip(at).enumerate() {
            let sum = u128::from(*factor) * u128::from(limb(b, by)) + u128::from(*out) + carry;
            *out = sum as u64;
            carry = sum >> 64;
        }
    }
}

/// A shift count: what does not fit is as good as the largest.
pub fn count(of: &[u64]) -> u32 {
    let high = of.iter().skip(1).any(|limb| *limb != 0);
    if high { u32::MAX } else { u32::try_from(limb(of, 0)).unwrap_or(u32::MAX) }
}

fn shl(of: &[u64], by: u32, out: &mut [u64]) {
    let (whole, part) = (by as usize / 64, by % 64);
    for (at, out) in out.iter_mut().enumerate() {
        let low = if part > 0 && at > whole { limb(of, at - whole - 1) >> (64 - part) } else { 0 };
        *out = if at >= whole { limb(of, at - whole) << part | low } else { 0 };
    }
}

fn shr_with(limb_at: impl Fn(usize) -> u64, by: u32, out: &mut [u64]) {
    let (whole, part) = (by as usize / 64, by % 64);
    for (at, out) in out.iter_mut().enumerate() {
        let high = if part > 0 { limb_at(at + whole + 1) << (64 - part) } else { 0 };
        *out = limb_at(at + whole) >> part | high;
    }
}

/// `hi ++ lo` where `lo` has `lo_width` bits.
pub fn concat(hi: &[u64], lo: &[u64], lo_width: u32, out: &mut [u64], width: u32) {
    shl(hi, lo_width, out);
    for (at, out) in out.iter_mut().enumerate() {
        *out |= limb(lo, at);
    }
    mask(out, width);
}

/// Bits `lo ..`, as many as `width` says.
pub fn slice(of: &[u64], lo: u32, out: &mut [u64], width: u32) {
    shr_with(|at| limb(of, at), lo, out);
    mask(out, width);
}

/// `into` with `value` at bits `lo .. lo + value_width`. `out` has the limbs of the result.
pub fn insert(into: &[u64], lo: u32, value: &[u64], value_width: u32, out: &mut [u64], width: u32) {
    let mut hole = vec![0; out.len()];
    not(&[], &mut hole, value_width);
    let mut moved = vec![0; out.len()];
    shl(&hole, lo, &mut moved);
    shl(value, lo, &mut hole);
    for (at, out) in out.iter_mut().enumerate() {
        *out = limb(into, at) & !moved[at] | hole[at] & moved[at];
    }
    mask(out, width);
}

/// A value with its width.
#[derive(Debug, Clone, Copy)]
pub struct Wide<'a> {
    pub limbs: &'a [u64],
    pub width: u32,
}

pub fn binary(op: BinOp, a: Wide<'_>, b: Wide<'_>, out: &mut [u64], width: u32) {
    match op {
        BinOp::Add => add(a.limbs, b.limbs, out),
        BinOp::Sub => sub(a.limbs, b.limbs, out),
        BinOp::Mul => mul(a.limbs, b.limbs, out),
        BinOp::Div | BinOp::Mod => divide(op, a.limbs, b.limbs, out),
        BinOp::AddSat | BinOp::SubSat => saturate(op, a, b, out, width),
        BinOp::AddSatSigned | BinOp::SubSatSigned => saturate_signed(op, a, b, out, width),
        BinOp::Shl | BinOp::Shr | BinOp::Sar => shift(op, a, count(b.limbs), out, width),
        BinOp::And => {
            out.iter_mut().enumerate().for_each(|(at, out)| *out = limb(a.limbs, at) & limb(b.limbs, at))
        }
        BinOp::Or => {
            out.iter_mut().enumerate().for_each(|(at, out)| *out = limb(a.limbs, at) | limb(b.limbs, at))
        }
        BinOp::Xor => {
            out.iter_mut().enumerate().for_each(|(at, out)| *out = limb(a.limbs, at) ^ limb(b.limbs, at))
        }
    }
    mask(out, width);
}

fn shift(op: BinOp, a: Wide<'_>, by: u32, out: &mut [u64], width: u32) {
    match op {
        BinOp::Shl if by < width => shl(a.limbs, by, out),
        BinOp::Shr if by < a.width => shr_with(|at| limb(a.limbs, at), by, out),
        BinOp::Sar => {
            let by = by.min(a.width.saturating_sub(1));
            shr_with(|at| signed_limb(a.limbs, a.width, at), by, out);
        }
        _ => out.fill(0),
    }
}

fn divide(op: BinOp, a: &[u64], b: &[u64], out: &mut [u64]) {
    if is_zero(b) {
        return out.fill(0);
    }
    let (a, b) = (big(a), big(b));
    put_big(&if op == BinOp::Div { a / b } else { a % b }, out);
}

fn saturate(op: BinOp, a: Wide<'_>, b: Wide<'_>, out: &mut [u64], width: u32) {
    if op == BinOp::SubSat && compare(a.limbs, b.limbs) == Ordering::Less {
        return out.fill(0);
    }
    let mut full = vec![0; words(a.width.max(b.width).max(width).saturating_add(1))];
    match op {
        BinOp::AddSat => add(a.limbs, b.limbs, &mut full),
        _ => sub(a.limbs, b.limbs, &mut full),
    }
    copy(&full, out, width);
    if compare(&full, out) != Ordering::Equal {
        out.fill(u64::MAX);
    }
}

fn saturate_signed(op: BinOp, a: Wide<'_>, b: Wide<'_>, out: &mut [u64], width: u32) {
    let room = a.width.max(b.width).max(width).saturating_add(2);
    let extend = |of: Wide<'_>| -> Vec<u64> {
        (0..words(room)).map(|at| signed_limb(of.limbs, of.width, at)).collect()
    };
    let (a, b, mut full) = (extend(a), extend(b), vec![0; words(room)]);
    match op {
        BinOp::AddSatSigned => add(&a, &b, &mut full),
        _ => sub(&a, &b, &mut full),
    }
    let negative = full.last().is_some_and(|top| (*top as i64) < 0);
    copy(&full, out, width);
    let fits = (0..full.len()).all(|at| signed_limb(out, width, at) == full[at]);
    if fits || width == 0 {
        return;
    }
    out.fill(if negative { 0 } else { u64::MAX });
    if let Some(top) = out.get_mut((width - 1) as usize / 64) {
        *top ^= 1 << ((width - 1) % 64);
    }
}

/// Unsigned, of any lengths.
pub fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let most = a.len().max(b.len());
    (0..most)
        .rev()
        .map(|at| limb(a, at).cmp(&limb(b, at)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

pub fn compare_signed(a: Wide<'_>, b: Wide<'_>) -> Ordering {
    let sign = |of: Wide<'_>| of.width > 0 && bit(of.limbs, of.width - 1);
    match (sign(a), sign(b)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => {
            let most = a.limbs.len().max(b.limbs.len());
            let limbs = |of: Wide<'_>, at| signed_limb(of.limbs, of.width, at);
            (0..most)
                .rev()
                .map(|at| limbs(a, at).cmp(&limbs(b, at)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        }
    }
}

pub fn holds(op: CmpOp, a: Wide<'_>, b: Wide<'_>) -> bool {
    match op {
        CmpOp::Eq => compare(a.limbs, b.limbs).is_eq(),
        CmpOp::Ne => compare(a.limbs, b.limbs).is_ne(),
        CmpOp::Lt => compare(a.limbs, b.limbs).is_lt(),
        CmpOp::Le => compare(a.limbs, b.limbs).is_le(),
        CmpOp::LtSigned => compare_signed(a, b).is_lt(),
        CmpOp::LeSigned => compare_signed(a, b).is_le(),
    }
}

/// A value of up to 64 bits with its width.
#[derive(Debug, Clone, Copy)]
pub struct Narrow {
    pub value: u64,
    pub width: u32,
}

/// [`binary`] where operands and result have at most 64 bits.
pub fn binary64(op: BinOp, a: Narrow, b: Narrow, width: u32) -> u64 {
    let (x, y) = (a.value, b.value);
    let by = u32::try_from(y).unwrap_or(u32::MAX);
    let out = match op {
        BinOp::Add => x.wrapping_add(y),
        BinOp::Sub => x.wrapping_sub(y),
        BinOp::Mul => x.wrapping_mul(y),
        BinOp::Div => x.checked_div(y).unwrap_or(0),
        BinOp::Mod => x.checked_rem(y).unwrap_or(0),
        BinOp::AddSat => (u128::from(x) + u128::from(y)).min(u128::from(mask64(width))) as u64,
        BinOp::SubSat => x.saturating_sub(y).min(mask64(width)),
        BinOp::AddSatSigned => clamp(wide_signed(a) + wide_signed(b), width),
        BinOp::SubSatSigned => clamp(wide_signed(a) - wide_signed(b), width),
        BinOp::Shl if by < width => x << by,
        BinOp::Shr if by < a.width => x >> by,
        BinOp::Shl | BinOp::Shr => 0,
        BinOp::Sar => (signed64(x, a.width) >> by.min(63)) as u64,
        BinOp::And => x & y,
        BinOp::Or => x | y,
        BinOp::Xor => x ^ y,
    };
    out & mask64(width)
}

fn wide_signed(of: Narrow) -> i128 {
    i128::from(signed64(of.value, of.width))
}

fn clamp(value: i128, width: u32) -> u64 {
    let half = 1i128 << width.saturating_sub(1).min(63);
    value.clamp(-half, half - 1) as u64
}

pub fn holds64(op: CmpOp, a: Narrow, b: Narrow) -> bool {
    let signed = || (signed64(a.value, a.width), signed64(b.value, b.width));
    match op {
        CmpOp::Eq => a.value == b.value,
        CmpOp::Ne => a.value != b.value,
        CmpOp::Lt => a.value < b.value,
        CmpOp::Le => a.value <= b.value,
        CmpOp::LtSigned => signed().0 < signed().1,
        CmpOp::LeSigned => signed().0 <= signed().1,
    }
}
