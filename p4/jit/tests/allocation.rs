//! Packets that leave the straight way need no new memory either, once there is some from those before them.

use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::around::Around;
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events};
use rt::{CloneSession, Control, MulticastNode, Options, Pipe};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use swerve_p4_jit::{JitEngine, Lane, Machine, Verdict};

struct Counting;

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator, asked as we are asked.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = MADE.try_with(|made| made.set(made.get() + 1));
        // SAFETY: as of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as of this function.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = MADE.try_with(|made| made.set(made.get() + 1));
        // SAFETY: as of this function.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What the first byte asks for; every packet asks for a digest.
const PROGRAM: &str = r"
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> what; bit<48> address; bit<128> wide; }
struct headers_t { h_t h; }
struct metadata_t {}
struct seen_t { bit<8> what; bit<48> address; bit<128> wide; bit<32> pass; }

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        digest<seen_t>(1, { hdr.h.what, hdr.h.address, hdr.h.wide, std.instance_type });
        if (hdr.h.what == 1) { clone(CloneType.I2E, 5); }
        if (hdr.h.what == 2) { std.mcast_grp = 3; }
        if (hdr.h.what == 4 && std.instance_type == 0) { resubmit_preserving_field_list(0); }
        if (hdr.h.what == 6) { clone(CloneType.I2E, 99); }
        if (hdr.h.what == 7) { clone(CloneType.I2E, 6); }
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        if (hdr.h.what == 3 && std.instance_type == 0) { recirculate_preserving_field_list(0); }
        if (hdr.h.what == 5 && std.instance_type == 0) { clone(CloneType.E2E, 5); }
    }
}
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply {} }
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
";

const KINDS: usize = 8;

#[test]
fn clones_copies_and_digests_of_a_worker_allocate_nothing() {
    let source = Source { file: "t.p4".into(), ..Source::default() };
    let mut program = on_large_stack(|| {
        compile_text(&source, PROGRAM.to_owned(), Phase::Flat).ir.expect("the program is right")
    });
    front::optimise(&mut program);
    let (state, mut control) = Control::create(Arc::new(program), &Options::default()).expect("a state");
    let session = CloneSession { port: Some(2), ..CloneSession::default() };
    control.set_session(5, session).expect("a session");
    control.set_session(6, CloneSession { group: Some(3), ..session }).expect("a session");
    let node = |rid, ports: &[u16]| MulticastNode { rid, ports: ports.to_vec() };
    control.set_group(3, &[node(1, &[1, 2]), node(2, &[3])]).expect("a group");

    let machine = Machine::new(&state).expect("machine code");
    let mut lane = Lane::new(&machine, &state);
    let options = Options { digests_apart: true, ..Options::default() };
    let mut pipe = Pipe::new(Arc::clone(&state), options, Box::new(JitEngine::of(&machine)));
    let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(10));
    let mut frames = vec![[7u8; 60]; 64];
    let (mut outputs, mut digests, mut made) = (0, 0, 0);
    for round in 0..20 {
        if round == 10 {
            (outputs, digests, made) = (0, 0, MADE.get());
        }
        frames.iter_mut().enumerate().for_each(|(at, frame)| frame[0] = (at % KINDS) as u8);
        for first in (0..frames.len()).step_by(lane.batch()) {
            let batch = &mut frames[first..first + lane.batch().min(64 - first)];
            let (random, caches, events) = (&mut random, &mut caches, &mut events);
            let mut env = Env { state: &state, now: round, random, caches, events, around: Around::alone() };
            lane.run(&mut env, 0, batch.iter_mut().map(|frame| &mut frame[..]));
            for (at, frame) in batch.iter().enumerate() {
                if lane.verdict(at) != Verdict::Left {
                    digests += lane.digests(at).map_or(0, |of| of.iter().count());
                    outputs += 1;
                    continue;
                }
                let packet = lane.take(&state, at, frame, pipe.blank());
                pipe.resume(Around::alone(), packet);
                let out = pipe.run(Around::alone());
                outputs += out.len();
                pipe.give_back(out);
                pipe.take_digests(|_, _, words| digests += usize::from(words.len() == 5));
                while pipe.next_event().is_some() {}
            }
        }
    }
    let rounds = 10 * 64 / KINDS;
    // One each, and what is copied: a clone, three of a group, a clone at egress, a clone to a port and a group.
    assert_eq!(outputs, rounds * (1 + 2 + 3 + 1 + 1 + 2 + 1 + 5));
    // A second pass through ingress of what is recirculated and resubmitted asks for another.
    assert_eq!(digests, rounds * (KINDS + 2));
    assert_eq!(MADE.get() - made, 0, "allocations");
}
