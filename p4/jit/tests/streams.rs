//! What is summed and hashed, in machine code and by the oracle: any fields, at any bit, of headers that are there or not.

#[allow(dead_code, reason = "each test uses some of it")]
mod common;

use common::{Builder, block, code};
use front::ir::*;
use num_bigint::BigUint;
use proptest::prelude::*;
use rt::interp::Interpreter;
use rt::{Device, Options};
use std::sync::Arc;
use swerve_p4_jit::JitEngine;

const ALGORITHMS: [HashAlgorithm; 5] = [
    HashAlgorithm::Csum16,
    HashAlgorithm::Crc32,
    HashAlgorithm::Crc16,
    HashAlgorithm::Xor16,
    HashAlgorithm::Identity,
];

/// A program of one header that is there, one that is there or not, and one with a varbit field between two others; it puts
/// its results before the packet.
struct Made {
    b: Builder,
    /// Values that may be summed; those of the second header with its validity.
    data: Vec<Datum>,
    results: HeaderId,
    ops: Vec<Op>,
    next: usize,
}

fn datum(value: Operand, valid: Option<SlotId>) -> Datum {
    Datum { value, valid, length: None }
}

impl Made {
    /// `copied`: the varbit field is one that the program copies, so that it cannot stay in the packet.
    fn new(widths: &[u32], there: bool, copied: bool) -> Made {
        let mut b = Builder::new();
        let results = b.header("results", &[64; 8]);
        let after = (8 - widths.iter().sum::<u32>() % 8) % 8;
        let widths: Vec<u32> = widths.iter().copied().chain((after > 0).then_some(after)).collect();
        let first = b.header("first", &widths);
        let second = b.header("second", &widths);
        let third = varying(&mut b, "third");
        let select = b.slot("second?", 1, SlotKind::Local);
        let length = b.slot("length", 32, SlotKind::Local);
        let eight = b.constant(32, 8u32);
        let bits = b.slot("bits", 32, SlotKind::Local);
        // The first byte says how long the varbit field is.
        let ahead = b.slot("ahead", 8, SlotKind::Local);
        let ops = vec![
            Op::Lookahead { dst: ahead },
            Op::Set { dst: length, value: Rvalue::Resize { of: Operand::Slot(ahead), signed: false } },
            Op::Set {
                dst: bits,
                value: Rvalue::Binary(BinOp::Mul, Operand::Slot(length), Operand::Const(eight)),
            },
            Op::Extract { header: third, varbit: Some(Operand::Slot(bits)) },
            Op::Extract { header: first, varbit: None },
            Op::Set { dst: select, value: Rvalue::Use(Operand::Const(b.constant(1, u32::from(there)))) },
        ];
        let branch = Terminator::Branch { cond: Operand::Slot(select), then: BlockId(1), other: BlockId(2) };
        let more = block(vec![Op::Extract { header: second, varbit: None }], Terminator::Goto(BlockId(2)));
        b.program.parser = code("parser", vec![block(ops, branch), more, block(vec![], Terminator::End)]);
        let valid = |header: HeaderId| Some(b.program.headers[header.index()].valid);
        let fields =
            |header: HeaderId| b.program.headers[header.index()].fields.iter().map(|field| field.slot);
        let of = |header: HeaderId| fields(header).map(move |slot| (slot, header));
        let mut data: Vec<Datum> = of(first)
            .map(|(slot, _)| datum(Operand::Slot(slot), None))
            .chain(of(second).map(|(slot, header)| datum(Operand::Slot(slot), valid(header))))
            .collect();
        for field in &b.program.headers[third.index()].fields {
            let value = Operand::Slot(field.slot);
            data.push(Datum { value, valid: valid(third), length: field.length });
        }
        let mut made = Made { b, data, results, ops: vec![], next: 0 };
        for (width, value) in [(13, 0x1234u32), (3, 5), (16, 0xffff), (8, 0)] {
            let constant = made.b.constant(width, value);
            made.data.push(datum(Operand::Const(constant), None));
        }
        let meta = made.b.slot("meta", 100, SlotKind::Metadata);
        let wide = made.b.constant(100, BigUint::from(0x1234_5678_9abc_def1u64) << 30u32);
        made.ops.push(Op::SetValid(results));
        made.ops.push(Op::Set { dst: meta, value: Rvalue::Use(Operand::Const(wide)) });
        made.data.push(datum(Operand::Slot(meta), None));
        if copied {
            let field = made.b.program.headers[third.index()].fields[1].clone();
            // To itself: nothing changes, but the value lives in a slot.
            made.ops.push(Op::Set { dst: field.slot, value: Rvalue::Use(Operand::Slot(field.slot)) });
        }
        made
    }

    fn result(&mut self) -> SlotId {
        self.next += 1;
        self.b.field(self.results, self.next - 1)
    }

    fn finish(mut self) -> Program {
        let port = self.b.constant(9, 1u32);
        let set =
            Op::Set { dst: self.b.program.standard.egress_spec, value: Rvalue::Use(Operand::Const(port)) };
        self.ops.push(set);
        self.b.program.ingress = code("ingress", vec![block(self.ops, Terminator::End)]);
        let emits =
            (0..self.b.program.headers.len() as u32).map(|header| Op::Emit(HeaderId(header))).collect();
        self.b.program.deparser = code("deparser", vec![block(emits, Terminator::End)]);
        self.b.program
    }
}

/// Eight bits, a varbit field, then fields that move with it.
fn varying(b: &mut Builder, name: &str) -> HeaderId {
    let id = b.header(name, &[8, 320, 12, 4]);
    let length = b.slot(&format!("{name}.length"), LENGTH_WIDTH, SlotKind::Field);
    let header = &mut b.program.headers[id.index()];
    header.fields[1].length = Some(length);
    header.fixed_bits -= 320;
    id
}

/// What leaves, by the oracle and by machine code.
fn both(program: Program, frames: &[Vec<u8>]) -> [Vec<(u16, Vec<u8>)>; 2] {
    let program = Arc::new(program);
    let options = || Options { vector: 256, ..Options::default() };
    let run = |mut device: Device| -> Vec<(u16, Vec<u8>)> {
        frames.iter().for_each(|frame| device.inject(0, frame));
        device.run().into_iter().map(|output| (output.port, output.frame)).collect()
    };
    let oracle = Device::with_engine(Arc::clone(&program), options(), |_| Box::new(Interpreter::new(())))
        .expect("a device");
    let code = Device::with_engine(program, options(), |state| {
        Box::new(JitEngine::new(state).expect("machine code"))
    });
    [run(oracle), run(code.expect("a device"))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn sums_and_hashes_are_those_of_the_oracle(
        widths in proptest::collection::vec(1u32..70, 1..6),
        chosen in proptest::collection::vec(proptest::collection::vec(any::<usize>(), 0..12), 6),
        there in any::<bool>(),
        copied in any::<bool>(),
        payload in any::<bool>(),
        algorithm in 0usize..ALGORITHMS.len(),
        max in prop_oneof![Just(0u64), Just(1), Just(1 << 20), Just(1000), any::<u64>()],
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 60..140), 1..6),
    ) {
        let mut made = Made::new(&widths, there, copied);
        let algorithm = ALGORITHMS[algorithm];
        let pick = |made: &Made, chosen: &[usize]| -> Vec<Datum> {
            chosen.iter().map(|at| made.data[at % made.data.len()].clone()).collect()
        };
        let truth = Operand::Const(made.b.constant(1, 1u32));
        let base = Operand::Const(made.b.constant(64, 7u32));
        let max = Operand::Const(made.b.constant(64, max));
        let data: Vec<Vec<Datum>> = chosen.iter().map(|chosen| pick(&made, chosen)).collect();
        let dst: Vec<SlotId> = (0..5).map(|_| made.result()).collect();
        made.ops.extend([
            Op::Checksum16 { dst: dst[0], data: data[0].clone() },
            Op::UpdateChecksum { cond: truth, data: data[1].clone(), dst: dst[1], algorithm: HashAlgorithm::Csum16, payload },
            Op::UpdateChecksum { cond: truth, data: data[2].clone(), dst: dst[2], algorithm, payload },
            Op::Hash { dst: dst[3], algorithm, base, data: data[3].clone(), max },
            // Right or wrong: the sum that was just computed, or one more.
            Op::VerifyChecksum { cond: truth, data: data[4].clone(), sum: Operand::Slot(dst[0]), algorithm: HashAlgorithm::Csum16, payload },
        ]);
        let bit = made.b.program.standard.checksum_error;
        made.ops.push(Op::Set { dst: dst[4], value: Rvalue::Resize { of: Operand::Slot(bit), signed: false } });
        // What the first byte says is the length of a varbit field.
        let frames: Vec<Vec<u8>> = frames
            .into_iter()
            .map(|mut frame| {
                frame[0] %= 44;
                frame
            })
            .collect();
        let [oracle, code] = both(made.finish(), &frames);
        prop_assert_eq!(oracle.len(), frames.len());
        prop_assert_eq!(oracle, code);
    }
}

#[test]
fn a_condition_that_does_not_hold_changes_nothing() {
    for holds in [0u32, 1] {
        let mut made = Made::new(&[16, 16], false, false);
        let cond = Operand::Const(made.b.constant(1, holds));
        let second = made.b.program.headers[2].clone();
        let data = vec![made.data[0].clone()];
        let (algorithm, dst) = (HashAlgorithm::Csum16, second.fields[0].slot);
        // A field of a header that is not there, and then the header.
        made.ops.push(Op::UpdateChecksum { cond, data, dst, algorithm, payload: false });
        made.ops.push(Op::SetValid(HeaderId(2)));
        let frame: Vec<u8> = std::iter::once(0).chain(1..60).collect();
        let [oracle, code] = both(made.finish(), &[frame]);
        assert_eq!(oracle, code, "holds: {holds}");
    }
}
