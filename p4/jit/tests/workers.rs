//! Several workers on one state.

use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::around::Around;
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Control, Options};
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
    apply {
        bit<64> many;
        @atomic {
            together.read(many, 1);
            together.write(1, many + 1);
        }
        seen.count(2);
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
    for now in 0..VECTORS {
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
    let (state, control) = Control::create(Arc::new(program), &Options::default()).expect("a state");
    let machine = Machine::new(&state).expect("machine code");
    std::thread::scope(|scope| {
        for seed in 0..WORKERS {
            let (machine, state) = (&machine, &state);
            scope.spawn(move || work(machine, state, seed));
        }
    });
    let packets = WORKERS * VECTORS * VECTOR as u64;
    let names = control.names();
    let counter = names.counter("ingress.seen").expect("a counter");
    assert_eq!(state.counters[counter.index()].get(2), (packets, packets * 60));
    let mut value = [0];
    state.registers[names.register("ingress.together").expect("a register").index()].read(1, &mut value);
    assert_eq!(value[0], packets);
}
