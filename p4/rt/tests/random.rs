//! Programs made of random operations: nothing panics or runs for ever, and every slot stays masked to its width.

mod common;

use common::*;
use front::ir::*;
use proptest::prelude::*;
use std::sync::Arc;
use swerve_p4_rt::engine::Engine;
use swerve_p4_rt::externs::random::Random;
use swerve_p4_rt::interp::Interpreter;
use swerve_p4_rt::packet::Packet;
use swerve_p4_rt::state::{Caches, Env, Events, State};
use swerve_p4_rt::{CloneSession, Device, MulticastNode, Options, bits};

const WIDTHS: [u32; 12] = [1, 1, 7, 8, 16, 32, 48, 63, 64, 65, 128, 200];

/// Numbers that operations are made from.
type Seed = Vec<u32>;

struct Maker<'a> {
    build: &'a mut Build,
    seed: std::vec::IntoIter<u32>,
    slots: Vec<SlotId>,
    header: HeaderId,
    varbit: HeaderId,
    table: TableId,
}

impl Maker<'_> {
    fn number(&mut self) -> u32 {
        self.seed.next().unwrap_or(0)
    }

    fn below(&mut self, many: usize) -> usize {
        self.number() as usize % many
    }

    fn slot(&mut self) -> SlotId {
        let at = self.below(self.slots.len());
        self.slots[at]
    }

    fn operand(&mut self) -> Operand {
        if self.number().is_multiple_of(3) {
            let width = WIDTHS[self.below(WIDTHS.len())];
            let value = u64::from(self.number()) & bits::mask64(width);
            return self.build.constant(width, value);
        }
        Operand::Slot(self.slot())
    }

    fn rvalue(&mut self) -> Rvalue {
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
        const COMPARE: [CmpOp; 6] =
            [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::LtSigned, CmpOp::LeSigned];
        match self.below(10) {
            0 => Rvalue::Use(self.operand()),
            1 => Rvalue::Not(self.operand()),
            2 => Rvalue::Neg(self.operand()),
            3 => Rvalue::Compare(COMPARE[self.below(6)], self.operand(), self.operand()),
            4 => Rvalue::Concat(self.operand(), self.operand()),
            5 => Rvalue::Slice { of: self.operand(), lo: self.number() % 260 },
            6 => Rvalue::Insert { into: self.operand(), lo: self.number() % 260, value: self.operand() },
            7 => Rvalue::Resize { of: self.operand(), signed: self.number().is_multiple_of(2) },
            8 => Rvalue::Select { cond: self.operand(), then: self.operand(), other: self.operand() },
            _ => Rvalue::Binary(BINARY[self.below(15)], self.operand(), self.operand()),
        }
    }

    fn data(&mut self) -> Vec<Datum> {
        let datum = |maker: &mut Self| Datum {
            value: maker.operand(),
            valid: maker.number().is_multiple_of(2).then(|| maker.slot()),
            length: maker.number().is_multiple_of(4).then(|| maker.slot()),
        };
        (0..self.below(4)).map(|_| datum(self)).collect()
    }

    fn algorithm(&mut self) -> HashAlgorithm {
        const ALL: [HashAlgorithm; 6] = [
            HashAlgorithm::Crc32,
            HashAlgorithm::Crc16,
            HashAlgorithm::Random,
            HashAlgorithm::Identity,
            HashAlgorithm::Csum16,
            HashAlgorithm::Xor16,
        ];
        ALL[self.below(6)]
    }

    fn op(&mut self) -> Op {
        let keep = FieldListId(self.number() % 2);
        match self.below(26) {
            0 => Op::SetValid(self.header),
            1 => Op::SetInvalid(self.varbit),
            2 => Op::Extract { header: self.header, varbit: None },
            3 => Op::Extract { header: self.varbit, varbit: Some(self.operand()) },
            4 => Op::Lookahead { dst: self.slot() },
            5 => Op::Advance { bits: self.operand() },
            6 => Op::Step,
            7 => Op::Emit(self.header),
            8 => Op::Emit(self.varbit),
            9 => Op::Count { counter: CounterId(0), index: self.operand() },
            10 => Op::ExecuteMeter { meter: MeterId(0), index: self.operand(), dst: self.slot() },
            11 => Op::ReadRegister { register: RegisterId(0), index: self.operand(), dst: self.slot() },
            12 => Op::WriteRegister { register: RegisterId(0), index: self.operand(), value: self.operand() },
            13 => Op::Random { dst: self.slot(), lo: self.operand(), hi: self.operand() },
            14 => {
                let (dst, algorithm) = (self.slot(), self.algorithm());
                Op::Hash { dst, algorithm, base: self.operand(), data: self.data(), max: self.operand() }
            }
            15 => {
                let (cond, algorithm) = (self.operand(), self.algorithm());
                Op::VerifyChecksum { cond, data: self.data(), sum: self.operand(), algorithm, payload: true }
            }
            16 => {
                let (cond, algorithm) = (self.operand(), self.algorithm());
                Op::UpdateChecksum { cond, data: self.data(), dst: self.slot(), algorithm, payload: false }
            }
            17 => Op::Clone { egress: keep.0 == 0, session: self.operand(), keep },
            18 => Op::Resubmit { keep },
            19 => Op::Recirculate { keep },
            20 => Op::Truncate { bytes: self.operand() },
            21 => Op::Log { format: "{} {}".into(), args: vec![self.operand()] },
            22 => Op::AtomicBegin,
            23 => Op::AtomicEnd,
            _ => Op::Set { dst: self.slot(), value: self.rvalue() },
        }
    }

    fn terminator(&mut self, blocks: usize) -> Terminator {
        let block = |maker: &mut Self| BlockId(maker.below(blocks) as u32);
        match self.below(6) {
            0 => Terminator::Goto(block(self)),
            1 => Terminator::Branch { cond: self.operand(), then: block(self), other: block(self) },
            2 => Terminator::Switch {
                on: self.operand(),
                cases: vec![(ConstId(0), block(self))],
                default: block(self),
            },
            3 => Terminator::Apply {
                table: self.table,
                hit: Some(self.slot()),
                actions: vec![block(self), block(self)],
            },
            4 => Terminator::Reject { error: self.operand() },
            _ => Terminator::End,
        }
    }

    fn code(&mut self, name: &str) -> Code {
        let many = 1 + self.below(4);
        let blocks = (0..many).map(|_| {
            let ops = (0..self.below(8)).map(|_| self.op()).collect();
            block(ops, self.terminator(many))
        });
        Code { name: name.into(), blocks: blocks.collect() }
    }
}

fn program(seed: Seed) -> Program {
    let mut build = Build::new();
    build.constant(8, 5);
    let header = build.header(&[8, 16, 3, 5, 100], None);
    let varbit = build.header(&[8, 130, 8], Some((1, 130)));
    build.action("a", &[]);
    build.action("b", &[16, 100]);
    let keys =
        [(MatchKind::Ternary, 16), (MatchKind::Lpm, 100), (MatchKind::Range, 7), (MatchKind::Selector, 9)];
    let table = build.table("t", &keys, &[ActionId(0), ActionId(1)]);
    let meta: Vec<SlotId> = WIDTHS.iter().map(|width| build.meta(*width)).collect();
    build.program.field_lists.push(meta.clone());
    let counter = |name: &str| (name.to_owned(), vec![], 100u64);
    let (name, annotations, size) = counter("c");
    build.program.counters.push(Counter { name, annotations, kind: CounterKind::Both, size, index: None });
    let (name, annotations, size) = counter("m");
    build.program.meters.push(Meter { name, annotations, bytes: true, size, index: None });
    let (name, annotations, size) = counter("r");
    build.program.registers.push(Register {
        name,
        annotations,
        size,
        width: 70,
        fields: vec![],
        composite: None,
        index: None,
    });
    // Any slot but those of headers, which lowering guards.
    let kinds = [SlotKind::Field, SlotKind::State];
    let slots = (0..build.program.slots.len()).filter(|at| !kinds.contains(&build.program.slots[*at].kind));
    let slots = slots.map(|at| SlotId(at as u32)).collect();
    let mut maker = Maker { build: &mut build, seed: seed.into_iter(), slots, header, varbit, table };
    let parts = ["parser", "verify", "ingress", "egress", "compute", "deparser"].map(|name| maker.code(name));
    let [parser, verify, ingress, egress, compute, deparser] = parts;
    Program { parser, verify, ingress, egress, compute, deparser, ..build.program }
}

fn masked(state: &State, packet: &Packet) -> bool {
    (0..state.program.slots.len()).all(|at| {
        let place = state.layout.slot(SlotId(at as u32));
        let limbs = &packet.frame[place.range()];
        let mut cut = limbs.to_vec();
        bits::mask(&mut cut, place.width);
        cut == limbs
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_programs_end_and_keep_their_slots_masked(
        seed in proptest::collection::vec(any::<u32>(), 0..400),
        frame in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let program = Arc::new(program(seed));
        let options = Options { step_limit: 50, pass_limit: 3, ..Options::default() };
        let state = State::new(Arc::clone(&program), &options).unwrap();
        let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(10));
        let mut env = Env { state: &state, now: 7, random: &mut random, caches: &mut caches, events: &mut events, around: swerve_p4_rt::Around::alone() };
        let mut packets = [Packet::new(&state.layout, 0)];
        packets[0].reset(1, &frame);
        let mut engine = Interpreter::new(());
        for part in [Interpreter::enter, Interpreter::egress, Interpreter::deparse] {
            part(&mut engine, &mut env, &mut packets);
            prop_assert!(masked(&state, &packets[0]));
        }

        let mut device = Device::new(program, options).unwrap();
        let control = device.control();
        control.set_group(5, &[MulticastNode { rid: 1, ports: vec![1, 2] }]).unwrap();
        for session in 0..100 {
            control.set_session(session, CloneSession { port: Some(1), ..CloneSession::default() }).unwrap();
        }
        device.inject(1, &frame);
        device.run();
    }
}
