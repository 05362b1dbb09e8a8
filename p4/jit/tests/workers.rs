//! Several workers on one state.

use front::ir::{ActionCall, Bits, KeyMatch};
use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::around::Around;
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Control, CounterValue, MeterRates, NewEntry, Options, Target};
use std::sync::Arc;
use swerve_p4_jit::abi::VECTOR;
use swerve_p4_jit::{Lane, Machine};

const WORKERS: u64 = 2;
const VECTORS: u64 = 500;

const PROGRAM: &str = r"
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; }
struct headers_t { h_t h; }
struct metadata_t {}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    register<bit<64>>(4) together;
    counter(4, CounterType.packets_and_bytes) seen;
    direct_counter(CounterType.packets_and_bytes) of_a;
    direct_counter(CounterType.packets) of_prefix;
    direct_meter<bit<2>>(MeterType.bytes) rate_of_a;
    bit<2> colour = 3;
    action a_hit() { rate_of_a.read(colour); }
    table by_a {
        key = { hdr.h.a: exact; }
        actions = { a_hit; }
        counters = of_a;
        meters = rate_of_a;
        support_timeout = true;
        const default_action = a_hit();
    }
    table by_prefix {
        key = { hdr.h.a: lpm; }
        actions = { NoAction; }
        counters = of_prefix;
        const default_action = NoAction();
    }
    apply {
        bit<64> many;
        @atomic {
            together.read(many, 1);
            together.write(1, many + 1);
        }
        by_a.apply();
        by_prefix.apply();
        seen.count((bit<32>)colour);
        std.egress_spec = 1;
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) { apply {} }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
";

fn work(machine: &Machine, state: &State, seed: u64) {
    let mut lane = Lane::new(machine, state);
    let (mut random, mut caches, mut events) = (Random::new(seed), Caches::new(state), Events::new(10));
    let mut frames = vec![[7u8; 60]; VECTOR];
    for now in 1..=VECTORS {
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        let mut env = Env { state, now, random, caches, events, around: Around::alone() };
        lane.run(&mut env, 0, frames.iter_mut().map(|frame| &mut frame[..]));
    }
}

#[test]
fn what_is_atomic_and_what_is_counted_is_lost_by_no_worker() {
    let source = Source { file: "workers.p4".into(), ..Source::default() };
    let program = on_large_stack(|| {
        let mut program = compile_text(&source, PROGRAM.to_owned(), Phase::Flat).ir.expect("accepted");
        front::optimise(&mut program);
        program
    });
    let (state, mut control) = Control::create(Arc::new(program), &Options::default()).expect("a state");
    let machine = Machine::new(&state).expect("machine code");
    let [by_a, by_prefix] = ["by_a", "by_prefix"].map(|name| control.names().table(name).expect("a table"));
    let call = || Target::Action(ActionCall { action: 0, args: vec![] });
    let value = |value: u32| Bits { width: 8, value: value.into() };
    let entry =
        control.insert(by_a, &NewEntry::new(vec![KeyMatch::Exact(value(7))], 0, call())).expect("an entry");
    let prefix = KeyMatch::Lpm { value: value(0), length: 4 };
    let prefix = control.insert(by_prefix, &NewEntry::new(vec![prefix], 0, call())).expect("an entry");
    // Half of all bytes is green, a quarter yellow.
    let bytes = WORKERS * VECTORS * VECTOR as u64 * 60;
    let rates = MeterRates::per_second(0, bytes / 2, 0, bytes / 4 * 3);
    control.set_direct_meter(by_a, entry, Some(rates)).expect("a meter");
    std::thread::scope(|scope| {
        for seed in 0..WORKERS {
            let (machine, state) = (&machine, &state);
            scope.spawn(move || work(machine, state, seed));
        }
    });
    let packets = WORKERS * VECTORS * VECTOR as u64;
    let counter = control.names().counter("ingress.seen").expect("a counter");
    let register = control.names().register("ingress.together").expect("a register");
    let coloured = [0, 1, 2, 3].map(|colour| state.counters[counter.index()].get(colour).0);
    assert_eq!(coloured, [packets / 2, packets / 4, packets / 4, 0]);
    let counted = CounterValue { packets, bytes: packets * 60 };
    assert_eq!(control.direct_counter(by_a, entry), Ok(counted));
    assert_eq!(control.direct_counter(by_prefix, prefix), Ok(counted));
    assert_eq!(control.default_counter(by_a), Ok(CounterValue::default()));
    let last = control.entry(by_a, entry).expect("an entry").last_hit;
    assert_eq!(last, Some(VECTORS));
    // What workers that are gone have counted can be set all the same.
    control.set_direct_counter(by_a, entry, CounterValue { packets: 1, bytes: 2 }).expect("a counter");
    assert_eq!(control.direct_counter(by_a, entry), Ok(CounterValue { packets: 1, bytes: 2 }));
    let mut value = [0];
    state.registers[register.index()].read(1, &mut value);
    assert_eq!(value[0], packets);
}
