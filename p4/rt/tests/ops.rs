//! Every operation and terminator, run by the device.

mod common;

use common::*;
use front::ir::*;
use num_bigint::BigUint;
use swerve_p4_rt::{CounterValue, Device, DropReason, Event, MeterRates, Options};

/// A device that parses one header of these fields and runs `ops` in ingress.
fn ingress(widths: &[u32], ops: impl FnOnce(&mut Build, HeaderId) -> Vec<Op>) -> Device {
    let mut build = Build::new();
    let header = build.header(widths, None);
    build.parse_and_emit(header);
    let ops = ops(&mut build, header);
    build.program.ingress = straight("ingress", ops);
    build.device()
}

fn frame(device: &mut Device, frame: &[u8]) -> Vec<u8> {
    let mut outputs = one(device, 1, frame);
    assert_eq!(outputs.len(), 1, "{:?}", device.events());
    outputs.remove(0).frame
}

#[test]
fn fields_of_odd_widths_are_read_and_written_and_the_payload_follows() {
    let mut device = ingress(&[3, 13, 7, 33, 8], |build, header| {
        let ones = build.constant(13, 0x1fff);
        vec![put(build.field(header, 1), ones), copy(build.field(header, 4), build.field(header, 2))]
    });
    let bytes = [0b1010_0000, 0, 0b1010_1011, 0x12, 0x34, 0x56, 0x78, 0xff, 0xaa, 0xbb];
    assert_eq!(
        frame(&mut device, &bytes),
        [0b1011_1111, 0xff, 0b1010_1011, 0x12, 0x34, 0x56, 0x78, 0x55, 0xaa, 0xbb]
    );
}

#[test]
fn values_are_computed_by_every_kind_of_rvalue() {
    let mut device = ingress(&[8; 14], |build, header| {
        let f = |at| Operand::Slot(build.field(header, at));
        let (a, b) = (f(0), f(1));
        let (wide, bit, six) = (build.local(16), build.local(1), build.local(6));
        let d = |at| build.field(header, at);
        let sets = vec![
            set(d(2), Rvalue::Not(a)),
            set(d(3), Rvalue::Neg(a)),
            set(d(4), Rvalue::Binary(BinOp::AddSat, a, b)),
            set(bit, Rvalue::Compare(CmpOp::LtSigned, b, a)),
            set(d(5), Rvalue::Resize { of: Operand::Slot(bit), signed: true }),
            set(wide, Rvalue::Concat(a, b)),
            set(d(6), Rvalue::Slice { of: Operand::Slot(wide), lo: 4 }),
            set(six, Rvalue::Slice { of: a, lo: 0 }),
            set(d(7), Rvalue::Insert { into: b, lo: 1, value: Operand::Slot(six) }),
            set(d(8), Rvalue::Resize { of: Operand::Slot(six), signed: false }),
            set(d(9), Rvalue::Select { cond: Operand::Slot(bit), then: a, other: b }),
            set(d(10), Rvalue::PacketLength),
            set(d(11), Rvalue::Binary(BinOp::Div, a, b)),
            set(d(12), Rvalue::Binary(BinOp::Sar, b, a)),
        ];
        sets
    });
    let mut bytes = [0; 14];
    (bytes[0], bytes[1], bytes[13]) = (0x12, 0xf3, 0x77);
    let expected = [0x12, 0xf3, 0xed, 0xee, 0xff, 0xff, 0x2f, 0xa5, 0x12, 0x12, 14, 0, 0xff, 0x77];
    assert_eq!(frame(&mut device, &bytes), expected);
}

#[test]
fn wide_values_are_computed_by_every_kind_of_rvalue() {
    let mut device = ingress(&[128, 128, 128, 128, 128, 8], |build, header| {
        let (a, b) = (Operand::Slot(build.field(header, 0)), Operand::Slot(build.field(header, 1)));
        let (long, bit, part) = (build.local(256), build.local(1), build.local(72));
        let d = |at| build.field(header, at);
        vec![
            set(d(2), Rvalue::Binary(BinOp::Mul, a, b)),
            set(long, Rvalue::Concat(a, b)),
            set(d(3), Rvalue::Slice { of: Operand::Slot(long), lo: 64 }),
            set(part, Rvalue::Resize { of: b, signed: false }),
            set(d(4), Rvalue::Insert { into: a, lo: 56, value: Operand::Slot(part) }),
            set(bit, Rvalue::Compare(CmpOp::Lt, a, b)),
            set(d(5), Rvalue::Resize { of: Operand::Slot(bit), signed: false }),
            set(d(0), Rvalue::Select { cond: Operand::Slot(bit), then: b, other: a }),
            set(d(1), Rvalue::Not(Operand::Slot(d(0)))),
        ]
    });
    let a: u128 = 0x0123_4567_89ab_cdef_0011_2233_4455_6677;
    let b: u128 = 0xfedc_ba98_7654_3210_8899_aabb_ccdd_eeff;
    let mut bytes = Vec::new();
    bytes.extend(a.to_be_bytes());
    bytes.extend(b.to_be_bytes());
    bytes.extend([0; 49]);
    let mut expected = Vec::new();
    expected.extend(b.to_be_bytes());
    expected.extend((!b).to_be_bytes());
    expected.extend(a.wrapping_mul(b).to_be_bytes());
    expected.extend((a << 64 | b >> 64).to_be_bytes());
    expected.extend((b << 56 | a & ((1 << 56) - 1)).to_be_bytes());
    expected.push(1);
    assert_eq!(frame(&mut device, &bytes), expected);
}

#[test]
fn set_valid_gives_zero_fields_and_takes_the_validity_of_the_union_s_others() {
    let mut build = Build::new();
    let (first, second) = (build.header(&[16], None), build.header(&[8], None));
    build.program.headers[0].union_others = vec![second];
    build.program.headers[1].union_others = vec![first];
    build.program.parser = straight("parser", vec![Op::Extract { header: first, varbit: None }]);
    let seven = build.constant(8, 7);
    build.program.ingress =
        straight("ingress", vec![Op::SetValid(second), put(build.field(second, 0), seven)]);
    build.program.egress = straight("egress", vec![Op::SetInvalid(first), Op::SetValid(second)]);
    build.program.deparser = straight("deparser", vec![Op::Emit(first), Op::Emit(second)]);
    let mut device = build.device();
    assert_eq!(frame(&mut device, &[1, 2, 3]), [7, 3]);
}

#[test]
fn set_invalid_clears_the_fields() {
    let mut device = ingress(&[8, 8], |_, header| vec![Op::SetInvalid(header), Op::SetValid(header)]);
    assert_eq!(frame(&mut device, &[1, 2, 3]), [0, 0, 3]);
}

fn varbit_device() -> Device {
    let mut build = Build::new();
    let header = build.header(&[8, 24, 8], Some((1, 24)));
    let length = build.local(16);
    let lead = build.local(8);
    let eight = build.constant(8, 1);
    build.program.parser = straight(
        "parser",
        vec![
            Op::Lookahead { dst: lead },
            set(length, Rvalue::Binary(BinOp::Mul, Operand::Slot(lead), eight)),
            Op::Extract { header, varbit: Some(Operand::Slot(length)) },
        ],
    );
    let error = build.standard().parser_error;
    let mark = build.header(&[8], None);
    build.program.ingress = straight(
        "ingress",
        vec![
            Op::SetValid(mark),
            set(build.field(mark, 0), Rvalue::Resize { of: Operand::Slot(error), signed: false }),
        ],
    );
    build.program.deparser = straight("deparser", vec![Op::Emit(mark), Op::Emit(header)]);
    build.device()
}

#[test]
fn a_varbit_field_is_as_long_as_the_packet_says() {
    let mut device = varbit_device();
    assert_eq!(frame(&mut device, &[0, 9, 1]), [0, 0, 9, 1]);
    assert_eq!(frame(&mut device, &[16, 1, 2, 9, 1]), [0, 16, 1, 2, 9, 1]);
    assert_eq!(frame(&mut device, &[24, 1, 2, 3, 9]), [0, 24, 1, 2, 3, 9]);
}

#[test]
fn an_extract_that_fails_leaves_its_bytes_in_the_payload() {
    let mut device = varbit_device();
    // PacketTooShort, HeaderTooShort, ParserInvalidArgument.
    assert_eq!(frame(&mut device, &[16, 1, 2]), [1, 16, 1, 2]);
    assert_eq!(frame(&mut device, &[32, 1, 2, 3, 4, 5]), [4, 32, 1, 2, 3, 4, 5]);
    assert_eq!(frame(&mut device, &[12, 1, 2, 3]), [6, 12, 1, 2, 3]);
    assert_eq!(frame(&mut device, &[]), [1]);
}

#[test]
fn advance_skips_bits_that_are_then_in_no_header() {
    let mut build = Build::new();
    let header = build.header(&[4, 8], None);
    let twelve = build.constant(8, 12);
    let over = build.constant(8, 200);
    build.program.parser = code(
        "parser",
        vec![block(
            vec![
                Op::Advance { bits: twelve },
                Op::Extract { header, varbit: None },
                Op::Advance { bits: over },
                Op::SetInvalid(header),
            ],
            Terminator::End,
        )],
    );
    build.program.deparser = straight("deparser", vec![Op::Emit(header)]);
    let mut device = build.device();
    assert_eq!(frame(&mut device, &[0xab, 0xcd, 0xef, 0x55]), [0xde, 0xf5, 0x50]);
}

#[test]
fn select_switches_and_branches_lead_to_their_blocks() {
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.parse_and_emit(header);
    let kind = build.field(header, 0);
    let (one, two, three) = (build.constant(8, 1), build.constant(8, 2), build.constant(8, 3));
    let id = |operand| match operand {
        Operand::Const(id) => id,
        Operand::Slot(_) => unreachable!("made as constants"),
    };
    let bit = build.local(1);
    let switch = Terminator::Switch {
        on: Operand::Slot(kind),
        cases: vec![(id(one), BlockId(1)), (id(two), BlockId(2))],
        default: BlockId(3),
    };
    build.program.ingress = code(
        "ingress",
        vec![
            block(vec![], switch),
            block(vec![put(kind, three)], Terminator::Goto(BlockId(4))),
            block(vec![put(kind, one)], Terminator::Goto(BlockId(4))),
            block(vec![], Terminator::End),
            block(
                vec![set(bit, Rvalue::Compare(CmpOp::Eq, Operand::Slot(kind), three))],
                Terminator::Branch { cond: Operand::Slot(bit), then: BlockId(5), other: BlockId(3) },
            ),
            block(vec![set(kind, Rvalue::Not(Operand::Slot(kind)))], Terminator::End),
        ],
    );
    let mut device = build.device();
    assert_eq!(frame(&mut device, &[1]), [0xfc]);
    assert_eq!(frame(&mut device, &[2]), [1]);
    assert_eq!(frame(&mut device, &[9]), [9]);
}

#[test]
fn reject_sets_the_parser_error_and_ingress_runs_all_the_same() {
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.parse_and_emit(header);
    let error = build.constant(ENUM_WIDTH, 2);
    build.program.parser.blocks[0].terminator = Terminator::Reject { error };
    let slot = build.standard().parser_error;
    build.program.ingress = straight(
        "ingress",
        vec![set(build.field(header, 0), Rvalue::Resize { of: Operand::Slot(slot), signed: false })],
    );
    let mut device = build.device();
    assert_eq!(frame(&mut device, &[9, 8]), [2, 8]);
}

#[test]
fn a_loop_without_end_ends_a_parser_with_an_error_and_drops_in_a_control() {
    let looping = || code("loop", vec![block(vec![Op::Step], Terminator::Goto(BlockId(0)))]);
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.program.parser = looping();
    let slot = build.standard().parser_error;
    build.program.ingress = straight(
        "ingress",
        vec![
            Op::SetValid(header),
            set(build.field(header, 0), Rvalue::Resize { of: Operand::Slot(slot), signed: false }),
        ],
    );
    build.program.deparser = straight("deparser", vec![Op::Emit(header)]);
    let program = build.program.clone();
    let mut device = build.device();
    assert_eq!(frame(&mut device, &[1]), [5, 1]);

    for stepless in [false, true] {
        let mut build = Build { program: program.clone() };
        build.program.parser = Code::default();
        build.program.egress = looping();
        if stepless {
            build.program.egress.blocks[0].ops.clear();
        }
        let mut device = build.device();
        assert!(one(&mut device, 1, &[1]).is_empty());
        assert_eq!(device.events(), [Event::Drop { reason: DropReason::StepLimit, ingress_port: 1 }]);
    }
}

#[test]
fn a_loop_within_the_bound_runs_to_its_end() {
    let mut build = Build::new();
    let header = build.header(&[32], None);
    build.parse_and_emit(header);
    let (field, bit) = (build.field(header, 0), build.local(1));
    let (one_, end) = (build.constant(32, 1), build.constant(32, 1000));
    build.program.ingress = code(
        "ingress",
        vec![
            block(
                vec![Op::Step, set(bit, Rvalue::Compare(CmpOp::Lt, Operand::Slot(field), end))],
                Terminator::Branch { cond: Operand::Slot(bit), then: BlockId(1), other: BlockId(2) },
            ),
            block(
                vec![set(field, Rvalue::Binary(BinOp::Add, Operand::Slot(field), one_))],
                Terminator::Goto(BlockId(0)),
            ),
            block(vec![], Terminator::End),
        ],
    );
    let mut device = build.device_with(Options { step_limit: 1001, ..Options::default() });
    assert_eq!(frame(&mut device, &[0, 0, 0, 0]), [0, 0, 3, 0xe8]);
}

#[test]
fn counters_count_packets_and_bytes_and_nothing_out_of_range() {
    let mut device = ingress(&[8], |build, header| {
        build.program.counters.push(Counter {
            name: "ingress.c".into(),
            annotations: vec![],
            kind: CounterKind::Both,
            size: 4,
            index: None,
        });
        vec![Op::Count { counter: CounterId(0), index: Operand::Slot(build.field(header, 0)) }]
    });
    for index in [3, 3, 4, 0] {
        frame(&mut device, &[index, 0, 0]);
    }
    let control = device.control();
    let counter = control.names().counter("c").unwrap();
    assert_eq!(control.counter(counter, 3), Ok(CounterValue { packets: 2, bytes: 6 }));
    assert_eq!(control.counter(counter, 0), Ok(CounterValue { packets: 1, bytes: 3 }));
    assert_eq!(
        control.counter(counter, 4).unwrap_err().to_string(),
        "counter 'ingress.c' has no index 4: its size is 4"
    );
    control.set_counter(counter, 1, CounterValue { packets: 9, bytes: 1 }).unwrap();
    assert_eq!(control.counter(counter, 1), Ok(CounterValue { packets: 9, bytes: 1 }));
}

#[test]
fn meters_colour_packets() {
    let mut device = ingress(&[8, 8], |build, header| {
        build.program.meters.push(Meter {
            name: "ingress.m".into(),
            annotations: vec![],
            bytes: true,
            size: 2,
            index: None,
        });
        let (index, dst) = (Operand::Slot(build.field(header, 0)), build.field(header, 1));
        vec![Op::ExecuteMeter { meter: MeterId(0), index, dst }]
    });
    let meter = device.control().names().meter("m").unwrap();
    device.control().set_meter(meter, 1, Some(MeterRates::per_second(1, 2, 1, 4))).unwrap();
    let colours: Vec<u8> = (0..3).map(|_| frame(&mut device, &[1, 9])[1]).collect();
    assert_eq!(colours, [0, 1, 2]);
    assert_eq!(frame(&mut device, &[0, 9])[1], 0);
    assert_eq!(frame(&mut device, &[7, 9])[1], 0);
    device.set_time(2_000_000_000);
    assert_eq!(frame(&mut device, &[1, 9])[1], 0);
    let wrong = device.control().set_meter(meter, 0, Some(MeterRates::per_second(2, 2, 1, 4)));
    assert!(wrong.unwrap_err().to_string().contains("below the committed rate"));
    device.control().set_meters(meter, None).unwrap();
    assert_eq!(device.control().meter(meter, 1), Ok(None));
}

fn register(name: &str, width: u32) -> Register {
    Register {
        name: name.into(),
        annotations: vec![],
        size: 3,
        width,
        fields: vec![(String::new(), scalar(width))],
        composite: None,
        index: None,
    }
}

#[test]
fn registers_of_any_width_remember_and_ignore_what_is_out_of_range() {
    let mut device = ingress(&[8, 100, 4], |build, header| {
        build.program.registers = vec![register("ingress.r", 100), register("ingress.n", 7)];
        let (index, value) = (Operand::Slot(build.field(header, 0)), build.field(header, 1));
        let (old, seven) = (build.local(100), build.local(7));
        let (r, n) = (RegisterId(0), RegisterId(1));
        vec![
            Op::ReadRegister { register: r, index, dst: old },
            Op::WriteRegister { register: r, index, value: Operand::Slot(value) },
            copy(value, old),
            set(seven, Rvalue::Resize { of: Operand::Slot(value), signed: false }),
            Op::WriteRegister { register: n, index, value: Operand::Slot(seven) },
        ]
    });
    let packet = |index: u8, fill: u8| {
        let mut bytes = vec![fill; 14];
        bytes[0] = index;
        bytes[13] &= 0xf0;
        bytes
    };
    assert_eq!(frame(&mut device, &packet(2, 0xff)), packet(2, 0));
    assert_eq!(frame(&mut device, &packet(2, 0)), packet(2, 0xff));
    assert_eq!(frame(&mut device, &packet(3, 0xff)), packet(3, 0));
    assert_eq!(frame(&mut device, &packet(3, 0xff)), packet(3, 0));
    let control = device.control();
    let (r, n) = (control.names().register("r").unwrap(), control.names().register("n").unwrap());
    assert_eq!(control.register(r, 2), Ok(BigUint::from(0u8)));
    assert_eq!(control.register(n, 2), Ok(BigUint::from(127u8)));
    control.reset_register(n).unwrap();
    assert_eq!(control.register(n, 2), Ok(BigUint::from(0u8)));
    control.set_register(n, 0, &BigUint::from(100u8)).unwrap();
    assert_eq!(
        control.set_register(n, 0, &BigUint::from(128u8)).unwrap_err().to_string(),
        "register 'ingress.n': 0x80 does not fit into 7 bits"
    );
    assert!(control.set_register(n, 3, &BigUint::from(1u8)).is_err());
}

#[test]
fn random_stays_in_its_range_and_follows_the_seed() {
    let make = |seed| {
        let mut build = Build::new();
        let header = build.header(&[8, 8], None);
        build.parse_and_emit(header);
        let (lo, hi) = (build.constant(8, 20), Operand::Slot(build.field(header, 1)));
        build.program.ingress = straight("ingress", vec![Op::Random { dst: build.field(header, 0), lo, hi }]);
        build.device_with(Options { seed, ..Options::default() })
    };
    let draw = |device: &mut Device| -> Vec<u8> { (0..50).map(|_| frame(device, &[0, 25])[0]).collect() };
    let first = draw(&mut make(3));
    assert!(first.iter().all(|value| (20..=25).contains(value)));
    assert_eq!(first, draw(&mut make(3)));
    assert_ne!(first, draw(&mut make(4)));
    assert_eq!(frame(&mut make(3), &[0, 5])[0], 20);
}

#[test]
fn hash_is_base_plus_the_hash_modulo_max() {
    let mut device = ingress(&[8, 8, 16, 32, 8], |build, header| {
        let data =
            vec![datum(Operand::Slot(build.field(header, 0))), datum(Operand::Slot(build.field(header, 1)))];
        let (base, max, none) = (build.constant(16, 1000), build.constant(16, 7), build.constant(16, 0));
        let (zero, wide) = (build.constant(32, 0), build.big(72, BigUint::from(1u8) << 70u32));
        let d = |at| build.field(header, at);
        let hash = |dst, algorithm, base, max| Op::Hash { dst, algorithm, base, data: data.clone(), max };
        vec![
            hash(d(2), HashAlgorithm::Identity, base, max),
            hash(d(3), HashAlgorithm::Crc32, zero, wide),
            hash(d(4), HashAlgorithm::Crc16, base, none),
        ]
    });
    let bytes = frame(&mut device, &[b'1', b'2', 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(&bytes[2..4], (1000 + 0x3132u16 % 7).to_be_bytes());
    // crc32("12")
    assert_eq!(&bytes[4..8], 0x4f53_44cd_u32.to_be_bytes());
    assert_eq!(bytes[8], 1000u16 as u8);
}

fn ipv4_like(build: &mut Build) -> (HeaderId, Vec<Datum>) {
    let header = build.header(&[16, 16, 16], None);
    let valid = Some(build.valid(header));
    let field = |at| Datum { value: Operand::Slot(build.field(header, at)), valid, length: None };
    (header, vec![field(0), field(1)])
}

#[test]
fn checksums_are_verified_and_updated_over_valid_headers() {
    let mut build = Build::new();
    let (header, data) = ipv4_like(&mut build);
    build.parse_and_emit(header);
    let (sum, yes, no) = (build.field(header, 2), build.constant(1, 1), build.constant(1, 0));
    let error = build.standard().checksum_error;
    let algorithm = HashAlgorithm::Csum16;
    let verify = |cond| Op::VerifyChecksum {
        cond,
        data: data.clone(),
        sum: Operand::Slot(sum),
        algorithm,
        payload: false,
    };
    build.program.verify = straight("verify", vec![verify(no), verify(yes)]);
    build.program.ingress = straight(
        "ingress",
        vec![set(build.field(header, 1), Rvalue::Resize { of: Operand::Slot(error), signed: false })],
    );
    let update = |cond| Op::UpdateChecksum { cond, data: data.clone(), dst: sum, algorithm, payload: true };
    build.program.compute = straight("compute", vec![update(no), update(yes)]);
    let mut device = build.device();
    // 0x1234 + 0x0001 -> 0x1235, the payload adds 0x0500.
    let right = (!0x1235u16).to_be_bytes();
    let updated = (!(0x1234u16 + 0x0500)).to_be_bytes();
    assert_eq!(
        frame(&mut device, &[0x12, 0x34, 0, 1, right[0], right[1], 5]),
        [0x12, 0x34, 0, 0, updated[0], updated[1], 5]
    );
    let updated = (!(0x1235u16 + 0x0500)).to_be_bytes();
    assert_eq!(
        frame(&mut device, &[0x12, 0x34, 0, 1, 0, 0, 5]),
        [0x12, 0x34, 0, 1, updated[0], updated[1], 5]
    );
}

#[test]
fn data_of_invalid_headers_is_left_out_and_a_varbit_counts_as_far_as_it_goes() {
    let mut build = Build::new();
    let header = build.header(&[8, 32], Some((1, 32)));
    let absent = build.header(&[16], None);
    let out = build.header(&[16], None);
    let sixteen = build.constant(8, 16);
    build.program.parser = straight("parser", vec![Op::Extract { header, varbit: Some(sixteen) }]);
    let length = build.program.headers[header.index()].fields[1].length;
    let data = vec![
        datum(Operand::Slot(build.field(header, 0))),
        Datum {
            value: Operand::Slot(build.field(absent, 0)),
            valid: Some(build.valid(absent)),
            length: None,
        },
        Datum { value: Operand::Slot(build.field(header, 1)), valid: Some(build.valid(header)), length },
    ];
    build.program.ingress =
        straight("ingress", vec![Op::SetValid(out), Op::Checksum16 { dst: build.field(out, 0), data }]);
    build.program.deparser = straight("deparser", vec![Op::Emit(out), Op::Emit(header)]);
    let mut device = build.device();
    let sum = (!(0x1122u16 + 0x3300)).to_be_bytes();
    assert_eq!(frame(&mut device, &[0x11, 0x22, 0x33, 0x44]), [sum[0], sum[1], 0x11, 0x22, 0x33, 0x44]);
}

#[test]
fn a_digest_keeps_the_values_of_its_call_and_messages_their_arguments() {
    let mut device = ingress(&[8], |build, header| {
        let field = build.field(header, 0);
        build.program.slots[field.index()].signed = true;
        build.program.digests.push(Digest { name: "d".into(), fields: vec![("f".into(), scalar(8))] });
        let (receiver, zero) = (build.constant(32, 5), build.constant(8, 0));
        let (no, yes) = (build.constant(1, 0), build.constant(1, 1));
        let assert = |cond, assume| Op::Assert { cond, assume, text: "x > 0".into() };
        vec![
            Op::Digest { digest: DigestId(0), receiver, values: vec![Operand::Slot(field)] },
            Op::Log { format: "f is {} of {} {}".into(), args: vec![Operand::Slot(field), receiver] },
            put(field, zero),
            assert(yes, false),
            assert(no, true),
        ]
    });
    assert_eq!(frame(&mut device, &[0xfe]), [0]);
    assert_eq!(
        device.events(),
        [
            Event::Log { text: "f is -2 of 5 {}".into() },
            Event::Assertion { assume: true, text: "x > 0".into() },
            Event::Digest { digest: DigestId(0), receiver: 5, values: vec![BigUint::from(0xfeu8)] },
        ]
    );
}

#[test]
fn events_beyond_the_limit_are_counted_only() {
    let mut build = Build::new();
    build.program.ingress = straight("ingress", vec![Op::Log { format: "here".into(), args: vec![] }]);
    let mut device = build.device_with(Options { event_limit: 2, ..Options::default() });
    (0..5).for_each(|_| device.inject(0, &[1]));
    assert_eq!(device.run().len(), 5);
    assert_eq!((device.events().len(), device.lost_events()), (2, 3));
}

#[test]
fn atomic_blocks_nest_and_are_left_when_a_control_exits_within() {
    let mut device = ingress(&[8], |build, header| {
        build.program.registers = vec![register("r", 8)];
        let index = build.constant(8, 0);
        let field = build.field(header, 0);
        let (register, value) = (RegisterId(0), Operand::Slot(field));
        vec![
            Op::AtomicBegin,
            Op::AtomicBegin,
            Op::WriteRegister { register, index, value },
            Op::AtomicEnd,
            Op::ReadRegister { register, index, dst: field },
        ]
    });
    // Were the gate still held, the second packet would wait for ever.
    assert_eq!(frame(&mut device, &[3]), [3]);
    assert_eq!(frame(&mut device, &[4]), [4]);
}

#[test]
fn value_sets_match_what_the_controller_adds() {
    let mut build = Build::new();
    let header = build.header(&[8, 8, 8], None);
    build.parse_and_emit(header);
    let key = |name: &str, kind| ValueSetKey { name: name.into(), kind, ty: scalar(8), annotations: vec![] };
    build.program.value_sets.push(ValueSet {
        name: "parser.pvs".into(),
        annotations: vec![],
        size: 2,
        keys: vec![key("a", MatchKind::Exact), key("b", MatchKind::Ternary)],
    });
    let keys = vec![Operand::Slot(build.field(header, 0)), Operand::Slot(build.field(header, 1))];
    let value = Rvalue::ValueSet { set: ValueSetId(0), keys };
    build.program.ingress = straight("ingress", vec![set(build.field(header, 2), value)]);
    let mut device = build.device();
    assert_eq!(frame(&mut device, &[1, 0x5f, 9])[2], 0);
    let control = device.control();
    let pvs = control.names().value_set("pvs").unwrap();
    let keys = [KeyMatch::Exact(bits(8, 1)), KeyMatch::Ternary { value: bits(8, 0x50), mask: bits(8, 0xf0) }];
    let id = control.insert_value(pvs, &keys).unwrap();
    assert_eq!(control.values(pvs), Ok(vec![(id, keys.to_vec())]));
    assert!(control.insert_value(pvs, &keys).is_err());
    assert_eq!(frame(&mut device, &[1, 0x5f, 9])[2], 1);
    assert_eq!(frame(&mut device, &[1, 0x6f, 9])[2], 0);
    assert_eq!(frame(&mut device, &[2, 0x5f, 9])[2], 0);
    let control = device.control();
    control.insert_value(pvs, &[KeyMatch::Exact(bits(8, 2)), KeyMatch::Any]).unwrap();
    let full = control.insert_value(pvs, &[KeyMatch::Exact(bits(8, 3)), KeyMatch::Any]).unwrap_err();
    assert_eq!(full.to_string(), "table 'parser.pvs' is full: its limit is 2 entries");
    control.delete_value(pvs, id).unwrap();
    assert_eq!(frame(&mut device, &[1, 0x5f, 9])[2], 0);
}

#[test]
fn a_program_that_refers_to_what_it_has_not_is_refused() {
    let mut build = Build::new();
    build.program.ingress = straight("ingress", vec![Op::Emit(HeaderId(3))]);
    let error = Device::new(std::sync::Arc::new(build.program), Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "the program is inconsistent: ingress refers to header 3 of 0");
}

#[test]
fn an_object_too_large_for_the_device_is_refused_by_name() {
    let mut build = Build::new();
    build.program.registers = vec![Register { size: 1 << 40, ..register("ingress.big", 8) }];
    let error = Device::new(std::sync::Arc::new(build.program), Options::default()).unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "register 'ingress.big' has 1099511627776 cells, there is room for 8589934592");
}

#[test]
fn objects_that_are_too_large_together_are_refused() {
    let mut build = Build::new();
    build.program.registers =
        ["a", "b"].map(|name| Register { size: 60, ..register(&format!("ingress.{name}"), 8) }).into();
    let options = Options { cell_limit: 100, ..Options::default() };
    let error = Device::new(std::sync::Arc::new(build.program), options).unwrap_err();
    assert_eq!(error.to_string(), "register 'ingress.b' has 60 cells, there is room for 40");
}
