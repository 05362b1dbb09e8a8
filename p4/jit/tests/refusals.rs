//! Packets that are refused on the way to a table, beside those that are not.

use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::around::Around;
use rt::events::DropReason;
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events};
use rt::{Control, Options};
use std::sync::Arc;
use swerve_p4_jit::abi::VECTOR;
use swerve_p4_jit::{Lane, Machine, Verdict};

const PROGRAM: &str = r"
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> kind; bit<8> key; bit<16> sum; bit<4> high; bit<4> low; }
struct headers_t { h_t h; }
struct metadata_t {}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply { verify_checksum(hdr.h.isValid(), { hdr.h.kind, hdr.h.key }, hdr.h.sum, HashAlgorithm.csum16); }
}
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(256, CounterType.packets) refused;
    action send(bit<9> port) { std.egress_spec = port; }
    action refuse() {
        refused.count((bit<32>)hdr.h.kind);
        hdr.h.kind = 0xee;
        mark_to_drop(std);
    }
    table ways {
        key = { hdr.h.key : exact; }
        actions = { send; }
        const default_action = send(1);
        const entries = { 5 : send(2); 6 : send(3); }
    }
    apply {
        bit<1> good = (bit<1>)(hdr.h.isValid()) & (bit<1>)(hdr.h.kind - 1 < 9) & (bit<1>)(std.checksum_error == 0)
            & (bit<1>)(hdr.h.high != 3) & (bit<1>)(hdr.h.low <= 12);
        if (good == 1) {
            ways.apply();
        } else if (hdr.h.isValid()) {
            refuse();
        } else {
            mark_to_drop(std);
        }
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) { apply {} }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.h); } }

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
";

/// What the program says of a packet.
fn expected(bytes: &[u8]) -> Verdict {
    let dropped = Verdict::Dropped(DropReason::Ingress);
    let Some([kind, key, sum_high, sum_low, nibbles]) = bytes.first_chunk::<5>().copied() else {
        return dropped;
    };
    let sum_is_right = !u16::from_be_bytes([kind, key]) == u16::from_be_bytes([sum_high, sum_low]);
    if !(1..=9).contains(&kind) || !sum_is_right || nibbles >> 4 == 3 || nibbles & 15 > 12 {
        return dropped;
    }
    Verdict::Out {
        port: if key == 5 {
            2
        } else if key == 6 {
            3
        } else {
            1
        },
    }
}

/// Packets that fail one check or another, or none.
fn packet(seed: u64) -> Vec<u8> {
    let bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8;
    let byte = |at: u64| (bits >> (at * 8)) as u8;
    let (kind, key) = (byte(0) % 11, byte(1) % 9);
    let [sum_high, sum_low] = (!u16::from_be_bytes([kind, key]) ^ u16::from(byte(2) % 8 == 0)).to_be_bytes();
    let mut packet = vec![kind, key, sum_high, sum_low, byte(3), 0xab, 0xcd];
    packet.truncate(if byte(4) % 8 == 0 { usize::from(byte(5) % 8) } else { 7 });
    packet
}

#[test]
fn each_packet_is_refused_or_looked_up_as_the_program_says_and_touched_once() {
    let source = Source { file: "refusals.p4".into(), ..Source::default() };
    let program = on_large_stack(|| {
        let mut program = compile_text(&source, PROGRAM.to_owned(), Phase::Flat).ir.expect("accepted");
        front::optimise(&mut program);
        program
    });
    let (state, control) = Control::create(Arc::new(program), &Options::default()).expect("a state");
    let machine = Machine::new(&state).expect("machine code");
    let mut lane = Lane::new(&machine, &state);
    let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(10));
    let (mut verdicts, mut counted) = ([0; 2], vec![0; 256]);
    for vector in 0..40 {
        let before: Vec<Vec<u8>> = (0..VECTOR as u64).map(|at| packet(vector * 1000 + at)).collect();
        let mut frames = before.clone();
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        let mut env = Env { state: &state, now: 1, random, caches, events, around: Around::alone() };
        lane.run(&mut env, 0, frames.iter_mut().map(|frame| &mut frame[..]));
        for (at, bytes) in before.iter().enumerate() {
            let verdict = expected(bytes);
            assert_eq!(lane.verdict(at), verdict, "{bytes:02x?}");
            let refused = matches!(verdict, Verdict::Dropped(_));
            verdicts[usize::from(refused)] += 1;
            if refused && bytes.len() >= 5 {
                counted[usize::from(bytes[0])] += 1;
            } else {
                assert_eq!(frames[at], *bytes, "nobody changes what is not refused");
            }
        }
    }
    assert!(verdicts.iter().all(|packets| *packets > 1000), "both are tested: {verdicts:?}");
    let counter = control.names().counter("ingress.refused").expect("a counter");
    let counter = &state.counters[counter.index()];
    let seen: Vec<u64> = (0..256).map(|at| counter.get(at).0).collect();
    assert_eq!(seen, counted, "each refused packet is counted once");
}
