//! Why packets are punted and dropped, vector after vector, and which checksums are right.

use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::around::Around;
use rt::externs::random::Random;
use rt::packet::Why;
use rt::state::{Caches, Env, Events, State};
use rt::{Device, Options};
use std::sync::Arc;
use swerve_p4_jit::{Lane, Machine, Verdict};

/// Drops what is of kind 0 and gives no reason, what is of kind 1 with one; the rest leaves by port 1 if its checksum is right, and by
/// port 2 if it is not.
const PROGRAM: &str = r#"
#include <swerve.p4>
header h_t { bit<8> kind; bit<8> pad; bit<16> a; bit<16> b; bit<16> sum; }
struct H { h_t h; }
struct M { }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) {
    state start { p.extract(h.h); transition accept; }
}
control V(inout H h, inout M m) {
    apply { verify_checksum(h.h.isValid(), { h.h.a, h.h.b }, h.h.sum, HashAlgorithm.csum16); }
}
control C(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    apply {
        if (h.h.kind == 0) {
            mark_to_drop(s);
        } else if (h.h.kind == 1) {
            swerve_drop(s, swerve_drop_t.BLACKHOLE);
        } else if (s.checksum_error == 0) {
            s.egress_spec = 1;
        } else {
            s.egress_spec = 2;
        }
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h.h); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
"#;

struct Ran {
    state: Arc<State>,
    lane: Lane,
    random: Random,
    caches: Caches,
    events: Events,
}

impl Ran {
    fn new() -> Ran {
        let source = Source { file: "reasons.p4".into(), ..Source::default() };
        let program = on_large_stack(|| {
            let mut program = compile_text(&source, PROGRAM.to_owned(), Phase::Flat).ir.expect("accepted");
            front::optimise(&mut program);
            program
        });
        let device = Device::new(Arc::new(program), Options::default()).expect("a device");
        let state = Arc::clone(device.state());
        Ran {
            lane: Lane::new(&Machine::new(&state).expect("machine code"), &state),
            random: Random::new(1),
            caches: Caches::new(&state),
            events: Events::new(0),
            state,
        }
    }

    /// Where a vector goes: through the lane at once, or in two stretches.
    fn vector(&mut self, frames: &mut [Vec<u8>], listens: bool) -> Option<usize> {
        let (random, caches, events) = (&mut self.random, &mut self.caches, &mut self.events);
        let around = Around::alone();
        let mut env = Env { state: &self.state, now: 0, random, caches, events, around };
        if !listens {
            self.lane.run(&mut env, 0, frames.iter_mut().map(|frame| &mut frame[..]));
            return None;
        }
        let stopped = self.lane.listen(&mut env, 0, frames.iter_mut().map(|frame| &mut frame[..]));
        if let Some(at) = stopped {
            self.lane.resume(&mut env, 0, at, frames.iter_mut().map(|frame| &mut frame[..]));
        }
        stopped
    }
}

fn frame(kind: u8, words: [u16; 3]) -> Vec<u8> {
    let mut frame = vec![kind, 0];
    frame.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    frame.resize(60, 0);
    frame
}

#[test]
fn a_packet_has_no_reason_of_one_before_it() {
    let mut ran = Ran::new();
    let blackhole = Why { drop: true, code: 8, argument: 0 };
    // Every frame may be BFD's here: a vector that listens stops before its first.
    for (kinds, listens) in
        [([1, 1, 1], false), ([0, 1, 0], false), ([0, 0, 0], false), ([1, 0, 1], true), ([0, 0, 0], true)]
    {
        let mut frames = kinds.map(|kind| frame(kind, [0; 3]));
        let stopped = ran.vector(&mut frames, listens);
        assert_eq!(stopped, listens.then_some(0));
        for (at, kind) in kinds.into_iter().enumerate() {
            let why = if kind == 1 { blackhole } else { Why::default() };
            assert_eq!(ran.lane.why(at), why, "packet {at} of {kinds:?}");
        }
    }
}

#[test]
fn of_the_two_zeros_of_a_checksum_the_right_one_is_right() {
    let mut ran = Ran::new();
    let mut checked = 0;
    for [a, b] in
        [[0, 0], [0, 0xffff], [0xffff, 0xffff], [0xffff, 1], [0x1234, 0xedcb], [0x8000, 0x8000], [1, 2]]
    {
        let all = u32::from(a) + u32::from(b);
        let right = !((all & 0xffff) + (all >> 16)) as u16;
        for sum in [0, 1, 0xfffe, 0xffff, right, right.wrapping_add(1), right.swap_bytes()] {
            let mut frames = [frame(2, [a, b, sum])];
            ran.vector(&mut frames, false);
            let port = if sum == right { 1 } else { 2 };
            assert_eq!(ran.lane.verdict(0), Verdict::Out { port }, "{a:x} {b:x} {sum:x}");
            checked += usize::from(port == 1);
        }
    }
    assert!(checked >= 7);
}
