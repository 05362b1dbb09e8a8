//! A trace says what a packet does, and changes nothing.

mod common;

use common::*;
use front::ir::*;
use num_bigint::BigUint;
use swerve_p4_rt::around::Around;
use swerve_p4_rt::packet::Why;
use swerve_p4_rt::trace::{MOST_STEPS, Seen, Trace, trace};
use swerve_p4_rt::{CounterValue, Device, DropReason, MeterRates, NewEntry, Target};

const SECOND: u64 = 1_000_000_000;

fn register(name: &str) -> Register {
    Register {
        name: name.to_owned(),
        annotations: Vec::new(),
        size: 4,
        width: 8,
        fields: vec![(String::new(), scalar(8))],
        composite: None,
        index: None,
    }
}

/// A packet of one byte, which is the key of a table with a direct counter and meter; its action adds its argument to a register,
/// meters and counts.
struct Everything {
    device: Device,
    table: TableId,
}

fn everything() -> Everything {
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.parse_and_emit(header);
    let field = build.field(header, 0);
    build.program.registers = vec![register("ingress.r")];
    build.program.counters = vec![Counter {
        name: "ingress.c".into(),
        annotations: Vec::new(),
        kind: CounterKind::Both,
        size: 4,
        index: None,
    }];
    build.program.meters =
        vec![Meter { name: "ingress.m".into(), annotations: Vec::new(), bytes: false, size: 4, index: None }];
    let (miss, add) = (build.action("miss", &[]), build.action("add", &[8]));
    let table = build.table("ingress.t", &[(MatchKind::Exact, 8)], &[miss, add]);
    let direct = |name: &str| (name.to_owned(), Vec::new(), Some(table));
    let (name, annotations, of) = direct("ingress.dc");
    build.program.direct_counters =
        vec![DirectCounter { name, annotations, kind: CounterKind::Both, table: of }];
    let (name, annotations, of) = direct("ingress.dm");
    build.program.direct_meters = vec![DirectMeter { name, annotations, bytes: false, table: of }];
    build.program.tables[0].counter = Some(DirectCounterId(0));
    build.program.tables[0].meter = Some(DirectMeterId(0));
    build.program.tables[0].idle_timeout = true;
    let (old, colour, direct) = (build.local(8), build.meta(8), build.meta(8));
    let (one, port, drop) = (build.constant(32, 1), build.constant(9, 3), build.constant(9, 511));
    let (register, arg) = (RegisterId(0), Operand::Slot(build.param(table, 1, 0)));
    let read = Op::ReadRegister { register, index: one, dst: old };
    let write = Op::WriteRegister { register, index: one, value: Operand::Slot(old) };
    let spec = build.standard().egress_spec;
    build.program.ingress = code(
        "ingress",
        vec![
            block(
                vec![copy(build.key(table, 0), field)],
                Terminator::Apply { table, hit: None, actions: vec![BlockId(1), BlockId(2)] },
            ),
            block(vec![put(spec, drop)], Terminator::End),
            block(
                vec![
                    read.clone(),
                    set(old, Rvalue::Binary(BinOp::Add, Operand::Slot(old), arg)),
                    write,
                    read,
                    copy(field, old),
                    Op::Count { counter: CounterId(0), index: one },
                    Op::ExecuteMeter { meter: MeterId(0), index: one, dst: colour },
                    Op::ExecuteMeter { meter: MeterId(0), index: one, dst: colour },
                    Op::ReadDirectMeter { meter: DirectMeterId(0), dst: direct },
                    put(spec, port),
                ],
                Terminator::End,
            ),
        ],
    );
    let mut device = build.device();
    device.set_time(SECOND);
    let control = device.control();
    control.set_register(RegisterId(0), 1, &BigUint::from(40u8)).unwrap();
    control.set_meter(MeterId(0), 1, Some(MeterRates::per_second(0, 1, 0, 2))).unwrap();
    let call = ActionCall { action: 1, args: vec![bits(8, 2)] };
    let entry = NewEntry::new(vec![KeyMatch::Exact(bits(8, 7))], 0, Target::Action(call));
    let id = control.insert(table, &entry).unwrap();
    control.set_direct_meter(table, id, Some(MeterRates::per_second(0, 1, 0, 2))).unwrap();
    Everything { device, table }
}

fn seen(trace: &Trace) -> Vec<&Seen> {
    trace.steps.iter().map(|step| &step.seen).collect()
}

fn traced(everything: &Everything, frame: &[u8]) -> Trace {
    trace(everything.device.state(), Around::alone(), (5, frame), 2 * SECOND, 1)
}

#[test]
fn a_traced_packet_sees_its_own_writes_and_leaves_none_behind() {
    let mut all = everything();
    let table = all.table;
    for _ in 0..3 {
        let trace = traced(&all, &[7, 9]);
        assert_eq!(trace.outputs, [out(3, &[42, 9])]);
        let big = |value: u8| BigUint::from(value);
        let at = |value| (RegisterId(0), 1, big(value));
        let seen = seen(&trace);
        let registers: Vec<_> = seen
            .iter()
            .filter_map(|seen| match seen {
                Seen::Read { register, index, value } => Some(("read", (*register, *index, value.clone()))),
                Seen::Written { register, index, value } => {
                    Some(("written", (*register, *index, value.clone())))
                }
                _ => None,
            })
            .collect();
        assert_eq!(registers, [("read", at(40)), ("written", at(42)), ("read", at(42))]);
        let colours: Vec<u64> = seen
            .iter()
            .filter_map(|seen| match seen {
                Seen::Metered { colour, .. } | Seen::DirectMeter { colour, .. } => Some(*colour),
                _ => None,
            })
            .collect();
        assert_eq!(
            colours,
            [0, 1, 0],
            "the second packet of a burst of one is yellow, and the next trace begins anew"
        );
    }
    let control = all.device.control();
    assert_eq!(control.register(RegisterId(0), 1), Ok(BigUint::from(40u8)));
    assert_eq!(control.counter(CounterId(0), 1), Ok(CounterValue::default()));
    let entry = control.entries(table).unwrap().remove(0);
    assert_eq!((entry.counter, entry.last_hit), (Some(CounterValue::default()), Some(SECOND)));
    // The real packet finds every bucket full, and counts.
    assert_eq!(one(&mut all.device, 5, &[7, 9]), [out(3, &[42, 9])]);
    let control = all.device.control();
    assert_eq!(control.counter(CounterId(0), 1), Ok(CounterValue { packets: 1, bytes: 2 }));
    assert_eq!(control.register(RegisterId(0), 1), Ok(BigUint::from(42u8)));
}

#[test]
fn a_trace_has_the_steps_in_their_order_with_values_before_and_after() {
    let all = everything();
    let trace = traced(&all, &[7]);
    let steps = seen(&trace);
    let is = |at: usize, wanted: &dyn Fn(&Seen) -> bool| assert!(wanted(steps[at]), "{at}: {:?}", steps[at]);
    is(0, &|seen| matches!(seen, Seen::Code { name, port: None, .. } if name == "parser"));
    is(1, &|seen| matches!(seen, Seen::Extracted { bits: 8, values, .. } if *values == [7u8.into()]));
    is(2, &|seen| matches!(seen, Seen::Code { name, .. } if name == "ingress"));
    is(3, &|seen| {
        matches!(seen, Seen::Applied { keys, hit: true, action: 1, args, entry, .. }
            if *keys == [7u8.into()] && *args == [2u8.into()] && *entry != 0)
    });
    let field = |seen: &&Seen| matches!(seen, Seen::Set { before, after, .. } if *before == 7u8.into() && *after == 42u8.into());
    assert!(steps.iter().any(field), "{steps:?}");
    is(steps.len() - 1, &|seen| matches!(seen, Seen::Sent { port: 3, bytes: 1, chosen: true, .. }));
}

#[test]
fn a_miss_a_drop_and_a_short_packet_are_told() {
    let all = everything();
    let dropped = traced(&all, &[8]);
    assert!(
        seen(&dropped)
            .iter()
            .any(|seen| matches!(seen, Seen::Applied { hit: false, entry: 0, action: 0, .. }))
    );
    let last = dropped.steps.last().unwrap();
    assert_eq!(
        (&last.seen, last.span.is_some()),
        (&Seen::Dropped { reason: DropReason::Ingress, why: Why::default() }, true)
    );
    assert!(dropped.outputs.is_empty());
    assert!(seen(&traced(&all, &[])).contains(&&Seen::ParserError(1)));
}

#[test]
fn an_assignment_to_a_header_that_is_not_there_is_told_and_so_is_a_port_that_nobody_chose() {
    let mut build = Build::new();
    let (header, other) = (build.header(&[8], None), build.header(&[8], None));
    build.parse_and_emit(header);
    let (field, five) = (build.field(other, 0), build.constant(8, 5));
    let cond = Operand::Slot(build.valid(other));
    let guarded = Rvalue::Select { cond, then: five, other: Operand::Slot(field) };
    build.program.ingress = straight("ingress", vec![set(field, guarded)]);
    let device = build.device();
    let trace = trace(device.state(), Around::alone(), (0, &[1]), 0, 1);
    assert!(seen(&trace).contains(&&Seen::NotThere { slot: field }), "{trace:?}");
    assert!(matches!(trace.steps.last().unwrap().seen, Seen::Sent { port: 0, chosen: false, .. }));
}

#[test]
fn a_packet_that_goes_round_for_long_is_cut_and_says_so() {
    let mut build = Build::new();
    let header = build.header(&[8], None);
    build.parse_and_emit(header);
    let meta = build.meta(8);
    let one = build.constant(8, 1);
    let turn = vec![set(meta, Rvalue::Binary(BinOp::Add, Operand::Slot(meta), one)), Op::Step];
    build.program.ingress = code("ingress", vec![block(turn, Terminator::Goto(BlockId(0)))]);
    let device = build.device();
    let trace = trace(device.state(), Around::alone(), (0, &[1]), 0, 1);
    assert!(trace.cut && trace.steps.len() == MOST_STEPS);
}
