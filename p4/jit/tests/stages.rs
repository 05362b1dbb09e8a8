//! Compiled stages against what the operations mean.

mod common;

use common::host::{WORDS, run};
use common::{Builder, block, code};
use front::ir::*;
use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;
use std::collections::BTreeMap;
use swerve_p4_jit::abi::Exit;

#[test]
fn a_packet_whose_layout_stays_is_changed_where_it_is() {
    let mut b = Builder::new();
    let ethernet = b.header("ethernet", &[48, 48, 16]);
    let port = b.constant(9, 3u32);
    let spec = b.program.standard.egress_spec;
    let other = b.slot("tmp", 48, SlotKind::Local);
    let (dst, src) = (b.field(ethernet, 0), b.field(ethernet, 1));
    let set = |dst, from| Op::Set { dst, value: Rvalue::Use(from) };
    let extract = Op::Extract { header: ethernet, varbit: None };
    b.program.parser = code("parser", vec![block(vec![extract], Terminator::End)]);
    let ops = vec![
        set(spec, Operand::Const(port)),
        set(other, Operand::Slot(dst)),
        set(dst, Operand::Slot(src)),
        set(src, Operand::Slot(other)),
    ];
    b.program.ingress = code("ingress", vec![block(ops, Terminator::End)]);
    b.program.deparser = code("deparser", vec![block(vec![Op::Emit(ethernet)], Terminator::End)]);
    let frame: Vec<u8> = (0..64).collect();
    let ran = run(&b, &frame, &BTreeMap::new());
    assert_eq!((ran.exit, ran.port, ran.moved), (Exit::Out as u32, 3, 0));
    assert_eq!(ran.data[..14], [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13]);
    assert_eq!(ran.data[14..], frame[14..]);
}

#[test]
fn a_packet_that_is_too_short_goes_on_to_ingress_with_its_error() {
    let mut b = Builder::new();
    let header = b.header("h", &[64]);
    let port = b.constant(9, 7u32);
    let (spec, error) = (b.program.standard.egress_spec, b.program.standard.parser_error);
    let extract = Op::Extract { header, varbit: None };
    b.program.parser = code("parser", vec![block(vec![extract], Terminator::End)]);
    let wanted = b.constant(ENUM_WIDTH, 1u32);
    let bit = b.slot("short", 1, SlotKind::Local);
    let compare = Rvalue::Compare(CmpOp::Eq, Operand::Slot(error), Operand::Const(wanted));
    let first = block(
        vec![Op::Set { dst: bit, value: compare }],
        Terminator::Branch { cond: Operand::Slot(bit), then: BlockId(1), other: BlockId(2) },
    );
    let set = Op::Set { dst: spec, value: Rvalue::Use(Operand::Const(port)) };
    b.program.ingress =
        code("ingress", vec![first, block(vec![set], Terminator::End), block(vec![], Terminator::End)]);
    assert_eq!(run(&b, &[0; 7], &BTreeMap::new()).port, 7);
    assert_eq!(run(&b, &[0; 8], &BTreeMap::new()).port, 0);
}

fn cut(value: BigUint, width: u32) -> BigUint {
    value & ((BigUint::from(1u8) << width) - 1u8)
}

fn signed(value: &BigUint, width: u32) -> BigInt {
    let value = BigInt::from(value.clone());
    if width > 0 && value.bit(u64::from(width) - 1) { value - (BigInt::from(1) << width) } else { value }
}

fn unsigned(value: BigInt, width: u32) -> BigUint {
    let modulus = BigInt::from(1) << width;
    let value = ((value % &modulus) + &modulus) % &modulus;
    value.to_biguint().expect("not negative")
}

/// What a binary operation means, by big integers.
fn binary(op: BinOp, a: &BigUint, b: &BigUint, width: u32) -> BigUint {
    let ones = (BigUint::from(1u8) << width) - 1u8;
    let clamp = |value: BigInt| {
        if width == 0 {
            return BigUint::ZERO;
        }
        let (low, high) = (-(BigInt::from(1) << (width - 1)), (BigInt::from(1) << (width - 1)) - 1);
        unsigned(value.clamp(low, high), width)
    };
    let amount = u32::try_from(b).unwrap_or(u32::MAX).min(width);
    match op {
        BinOp::Add => cut(a + b, width),
        BinOp::Sub => unsigned(BigInt::from(a.clone()) - BigInt::from(b.clone()), width),
        BinOp::Mul => cut(a * b, width),
        BinOp::Div => {
            if *b == BigUint::ZERO {
                BigUint::ZERO
            } else {
                a / b
            }
        }
        BinOp::Mod => {
            if *b == BigUint::ZERO {
                BigUint::ZERO
            } else {
                a % b
            }
        }
        BinOp::AddSat => (a + b).min(ones),
        BinOp::SubSat => {
            if a > b {
                a - b
            } else {
                BigUint::ZERO
            }
        }
        BinOp::AddSatSigned => clamp(signed(a, width) + signed(b, width)),
        BinOp::SubSatSigned => clamp(signed(a, width) - signed(b, width)),
        BinOp::Shl => cut(a << amount, width),
        BinOp::Shr => a >> amount,
        BinOp::Sar => unsigned(signed(a, width) >> amount, width),
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
    }
}

const OPS: [BinOp; 15] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mul,
    BinOp::Div,
    BinOp::Mod,
    BinOp::AddSat,
    BinOp::SubSat,
    BinOp::AddSatSigned,
    BinOp::SubSatSigned,
    BinOp::Shl,
    BinOp::Shr,
    BinOp::Sar,
    BinOp::And,
    BinOp::Or,
    BinOp::Xor,
];

fn compared(op: CmpOp, a: &BigUint, b: &BigUint, width: u32) -> bool {
    match op {
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::LtSigned => signed(a, width) < signed(b, width),
        CmpOp::LeSigned => signed(a, width) <= signed(b, width),
    }
}

/// Words of a value, the least significant first.
fn words(value: &BigUint) -> Vec<u64> {
    value.to_u64_digits()
}

fn value_of(frame: &[u64], slot: SlotId, width: u32) -> BigUint {
    let words = &frame[slot.index() * WORDS..][..(width.div_ceil(64) as usize).min(WORDS)];
    words.iter().rev().fold(BigUint::ZERO, |all, word| (all << 64) + word)
}

/// Edges more often than not.
fn number(width: u32, kind: u8, random: &[u64]) -> BigUint {
    let ones = (BigUint::from(1u8) << width) - 1u8;
    let value = match kind % 6 {
        0 => BigUint::ZERO,
        1 => BigUint::from(1u8),
        2 => ones.clone(),
        3 => BigUint::from(1u8) << width.saturating_sub(1),
        4 => ones.clone() >> 1,
        _ => random.iter().fold(BigUint::ZERO, |all, word| (all << 64) + word),
    };
    value & ones
}

const WIDTHS: [u32; 16] = [1, 2, 7, 8, 13, 16, 31, 32, 33, 48, 63, 64, 65, 100, 128, 200];

fn reads(b: &mut Builder, name: &str, width: u32) -> SlotId {
    b.slot(name, width, SlotKind::Metadata)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_operation_means_what_big_integers_say(
        width in 0usize..WIDTHS.len(),
        kinds in any::<[u8; 2]>(),
        random in any::<[[u64; 4]; 2]>(),
        by in 0u32..260,
        lo in 0u32..200,
        part in 1u32..200,
    ) {
        let width = WIDTHS[width];
        let (x, y) = (number(width, kinds[0], &random[0]), number(width, kinds[1], &random[1]));
        let mut b = Builder::new();
        let (xs, ys) = (reads(&mut b, "x", width), reads(&mut b, "y", width));
        let (xo, yo) = (Operand::Slot(xs), Operand::Slot(ys));
        let mut expected: Vec<(String, SlotId, u32, BigUint)> = vec![];
        let mut ops = vec![];
        let mut want = |b: &mut Builder, name: String, width: u32, value: Rvalue, result: BigUint| {
            let dst = b.slot(&name, width, SlotKind::Metadata);
            ops.push(Op::Set { dst, value });
            expected.push((name, dst, width, result));
        };
        for op in OPS {
            let wide = width > 64;
            let shift = matches!(op, BinOp::Shl | BinOp::Shr | BinOp::Sar);
            // What is left to the host is the run time's to test.
            if wide && (shift || matches!(op, BinOp::Mul | BinOp::Div | BinOp::Mod)) {
                continue;
            }
            want(&mut b, format!("{op:?}"), width, Rvalue::Binary(op, xo, yo), binary(op, &x, &y, width));
        }
        let amount = b.constant(32, by);
        for op in [BinOp::Shl, BinOp::Shr, BinOp::Sar] {
            let result = binary(op, &x, &BigUint::from(by), width);
            want(&mut b, format!("{op:?} by {by}"), width, Rvalue::Binary(op, xo, Operand::Const(amount)), result);
        }
        for op in [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::LtSigned, CmpOp::LeSigned] {
            let result = BigUint::from(compared(op, &x, &y, width));
            want(&mut b, format!("{op:?}"), 1, Rvalue::Compare(op, xo, yo), result);
        }
        want(&mut b, "not".into(), width, Rvalue::Not(xo), &x ^ ((BigUint::from(1u8) << width) - 1u8));
        want(&mut b, "neg".into(), width, Rvalue::Neg(xo), unsigned(-BigInt::from(x.clone()), width));
        let both = width * 2;
        if both <= 320 {
            want(&mut b, "concat".into(), both, Rvalue::Concat(xo, yo), (&x << width) + &y);
        }
        let lo = lo % width;
        let part = part.min(width - lo).max(1);
        want(&mut b, "slice".into(), part, Rvalue::Slice { of: xo, lo }, cut(&x >> lo, part));
        let piece = b.constant(part, y.clone());
        let hole = ((BigUint::from(1u8) << part) - 1u8) << lo;
        let kept = &x - (&x & &hole);
        let inserted = kept + (cut(y.clone(), part) << lo);
        want(&mut b, "insert".into(), width, Rvalue::Insert { into: xo, lo, value: Operand::Const(piece) }, inserted);
        for to in [1, 9, 64, 70, 256] {
            want(&mut b, format!("zero to {to}"), to, Rvalue::Resize { of: xo, signed: false }, cut(x.clone(), to));
            let extended = unsigned(signed(&x, width), to);
            want(&mut b, format!("sign to {to}"), to, Rvalue::Resize { of: xo, signed: true }, extended);
        }
        let condition = b.constant(1, kinds[0] & 1);
        let chosen = if kinds[0] & 1 == 1 { x.clone() } else { y.clone() };
        want(&mut b, "select".into(), width, Rvalue::Select { cond: Operand::Const(condition), then: xo, other: yo }, chosen);
        // Leaving after ingress puts everything into the frame.
        let group = b.constant(16, 1u32);
        ops.push(Op::Set { dst: b.program.standard.mcast_grp, value: Rvalue::Use(Operand::Const(group)) });
        b.program.ingress = code("ingress", vec![block(ops, Terminator::End)]);
        let given = BTreeMap::from([(xs, words(&x)), (ys, words(&y))]);
        let ran = run(&b, &[], &given);
        prop_assert_eq!(ran.exit, Exit::AfterIngress as u32);
        for (name, slot, width, result) in expected {
            prop_assert_eq!(value_of(&ran.frame, slot, width), result, "{} of {:x} and {:x}", name, x, y);
        }
    }

    #[test]
    fn a_field_of_any_width_at_any_bit_is_read_and_written_alone(
        before in 0u32..40,
        width in 1u32..200,
        bytes in proptest::collection::vec(any::<u8>(), 40),
        random in any::<[u64; 4]>(),
    ) {
        let mut b = Builder::new();
        let after = (before + width).next_multiple_of(8) - before - width;
        let h = b.header("h", &[before, width, after]);
        let field = b.field(h, 1);
        let got = b.slot("got", width, SlotKind::Metadata);
        let given = b.slot("given", width, SlotKind::Metadata);
        let extract = Op::Extract { header: h, varbit: None };
        b.program.parser = code("parser", vec![block(vec![extract], Terminator::End)]);
        let group = b.constant(16, 1u32);
        let set = |dst, from| Op::Set { dst, value: Rvalue::Use(from) };
        let ops = vec![
            set(got, Operand::Slot(field)),
            set(field, Operand::Slot(given)),
            set(b.program.standard.mcast_grp, Operand::Const(group)),
        ];
        b.program.ingress = code("ingress", vec![block(ops, Terminator::End)]);
        let new = number(width, 5, &random);
        let ran = run(&b, &bytes, &BTreeMap::from([(given, words(&new))]));
        let all = BigUint::from_bytes_be(&bytes);
        let below = 320 - before - width;
        prop_assert_eq!(value_of(&ran.frame, got, width), cut(&all >> below, width));
        prop_assert_eq!(value_of(&ran.frame, field, width), new.clone());
        let hole = ((BigUint::from(1u8) << width) - 1u8) << below;
        let expected = (&all - (&all & &hole)) + (new << below);
        prop_assert_eq!(BigUint::from_bytes_be(&ran.data), expected);
    }
}
