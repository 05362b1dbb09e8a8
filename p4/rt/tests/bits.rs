//! Limb arithmetic against num-bigint.

use front::ir::{BinOp, CmpOp};
use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;
use swerve_p4_rt::bits::{self, Narrow, Wide};

const BINARY: [BinOp; 15] = [
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
const COMPARE: [CmpOp; 6] = [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::LtSigned, CmpOp::LeSigned];

fn power(width: u32) -> BigInt {
    BigInt::from(1) << width
}

fn unsigned(value: &[u64]) -> BigInt {
    BigInt::from(bits::big(value))
}

fn signed(value: &[u64], width: u32) -> BigInt {
    let value = unsigned(value);
    if width > 0 && value >= power(width - 1) { value - power(width) } else { value }
}

fn wrap(value: BigInt, width: u32) -> BigInt {
    let modulus = power(width);
    ((value % &modulus) + &modulus) % modulus
}

fn expected(op: BinOp, a: &[u64], b: &[u64], (wa, wb, width): (u32, u32, u32)) -> BigInt {
    let (x, y) = (unsigned(a), unsigned(b));
    let (sx, sy) = (signed(a, wa), signed(b, wb));
    let zero = BigInt::from(0);
    let top = power(width) - 1;
    let half = if width == 0 { zero.clone() } else { power(width - 1) };
    let by = u32::try_from(&y).unwrap_or(u32::MAX);
    let value = match op {
        BinOp::Add => x + y,
        BinOp::Sub => x - y,
        BinOp::Mul => x * y,
        BinOp::Div => x.checked_div(&y).unwrap_or(zero),
        BinOp::Mod => {
            if y == zero {
                zero
            } else {
                x % y
            }
        }
        BinOp::AddSat => (x + y).min(top),
        BinOp::SubSat => (x - y).clamp(zero, top),
        BinOp::AddSatSigned => (sx + sy).clamp(-half.clone(), half - 1),
        BinOp::SubSatSigned => (sx - sy).clamp(-half.clone(), half - 1),
        BinOp::Shl => {
            if by >= width {
                zero
            } else {
                x << by
            }
        }
        BinOp::Shr => {
            if by >= wa {
                zero
            } else {
                x >> by
            }
        }
        // The shift of a BigInt rounds down, as an arithmetic shift does.
        BinOp::Sar => sx >> by.min(wa),
        BinOp::And => x & y,
        BinOp::Or => x | y,
        BinOp::Xor => x ^ y,
    };
    wrap(value, width)
}

/// Limbs of a width, with the edges more often than chance has them.
fn value(width: u32) -> impl Strategy<Value = Vec<u64>> {
    let words = bits::words(width);
    prop_oneof![
        4 => proptest::collection::vec(any::<u64>(), words),
        1 => Just(vec![0; words]),
        1 => Just(vec![u64::MAX; words]),
        1 => (0..=width).prop_map(move |at| {
            let mut limbs = vec![0; words];
            bits::put_big(&(BigUint::from(1u8) << at), &mut limbs);
            limbs
        }),
        2 => (0u64..200).prop_map(move |small| { let mut limbs = vec![0; words]; limbs[0] = small; limbs }),
    ]
    .prop_map(move |mut limbs| {
        bits::mask(&mut limbs, width);
        limbs
    })
}

fn same_width() -> impl Strategy<Value = (u32, Vec<u64>, Vec<u64>)> {
    prop_oneof![1u32..=64, 65u32..=300, Just(64), Just(128), Just(1), Just(1024)]
        .prop_flat_map(|width| (Just(width), value(width), value(width)))
}

fn any_widths() -> impl Strategy<Value = (u32, Vec<u64>, u32, Vec<u64>, u32)> {
    (1u32..200, 1u32..200, 1u32..200)
        .prop_flat_map(|(a, b, out)| (Just(a), value(a), Just(b), value(b), Just(out)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn operations_on_one_width_agree((width, a, b) in same_width()) {
        for op in BINARY {
            let mut out = vec![u64::MAX; bits::words(width)];
            bits::binary(op, Wide { limbs: &a, width }, Wide { limbs: &b, width }, &mut out, width);
            prop_assert_eq!(unsigned(&out), expected(op, &a, &b, (width, width, width)), "{:?}", op);
            if width <= 64 {
                let narrow = bits::binary64(op, Narrow { value: a[0], width }, Narrow { value: b[0], width }, width);
                prop_assert_eq!(narrow, out[0], "{:?}", op);
            }
        }
    }

    #[test]
    fn operations_on_mixed_widths_agree((wa, a, wb, b, width) in any_widths()) {
        for op in BINARY {
            let mut out = vec![u64::MAX; bits::words(width)];
            bits::binary(op, Wide { limbs: &a, width: wa }, Wide { limbs: &b, width: wb }, &mut out, width);
            prop_assert_eq!(unsigned(&out), expected(op, &a, &b, (wa, wb, width)), "{:?}", op);
            if wa <= 64 && wb <= 64 && width <= 64 {
                let narrow = bits::binary64(op, Narrow { value: a[0], width: wa }, Narrow { value: b[0], width: wb }, width);
                prop_assert_eq!(narrow, out[0], "{:?}", op);
            }
        }
    }

    #[test]
    fn comparisons_agree((wa, a, wb, b, _) in any_widths()) {
        for op in COMPARE {
            let want = match op {
                CmpOp::Eq => unsigned(&a) == unsigned(&b),
                CmpOp::Ne => unsigned(&a) != unsigned(&b),
                CmpOp::Lt => unsigned(&a) < unsigned(&b),
                CmpOp::Le => unsigned(&a) <= unsigned(&b),
                CmpOp::LtSigned => signed(&a, wa) < signed(&b, wb),
                CmpOp::LeSigned => signed(&a, wa) <= signed(&b, wb),
            };
            prop_assert_eq!(bits::holds(op, Wide { limbs: &a, width: wa }, Wide { limbs: &b, width: wb }), want, "{:?}", op);
            if wa <= 64 && wb <= 64 {
                prop_assert_eq!(bits::holds64(op, Narrow { value: a[0], width: wa }, Narrow { value: b[0], width: wb }), want);
            }
        }
    }

    #[test]
    fn unary_operations_and_resizing_agree((wa, a, _, _, width) in any_widths()) {
        let mut out = vec![0; bits::words(width)];
        bits::not(&a, &mut out, width);
        prop_assert_eq!(unsigned(&out), wrap(-unsigned(&a) - 1, width));
        bits::neg(&a, &mut out, width);
        prop_assert_eq!(unsigned(&out), wrap(-unsigned(&a), width));
        bits::resize(&a, wa, false, &mut out, width);
        prop_assert_eq!(unsigned(&out), wrap(unsigned(&a), width));
        bits::resize(&a, wa, true, &mut out, width);
        prop_assert_eq!(unsigned(&out), wrap(signed(&a, wa), width));
    }

    #[test]
    fn concatenation_slices_and_insertion_agree((wa, a, wb, b, lo) in any_widths()) {
        let width = wa + wb;
        let mut out = vec![0; bits::words(width)];
        bits::concat(&a, &b, wb, &mut out, width);
        prop_assert_eq!(unsigned(&out), (unsigned(&a) << wb) + unsigned(&b));

        let lo = lo % wa;
        let mut part = vec![0; bits::words(wa - lo)];
        bits::slice(&a, lo, &mut part, wa - lo);
        prop_assert_eq!(unsigned(&part), unsigned(&a) >> lo);

        let mut whole = vec![0; bits::words(width)];
        let at = lo.min(width - wb);
        bits::insert(&out, at, &b, wb, &mut whole, width);
        let hole = (power(wb) - 1) << at;
        let kept = unsigned(&out) - (unsigned(&out) & hole);
        prop_assert_eq!(unsigned(&whole), kept + (unsigned(&b) << at));
    }
}
