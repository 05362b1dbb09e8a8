//! A lane that listens for BFD stops before the first frame that may be its, and goes on in the order of arrival.

use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Around, Device, Options};
use std::sync::Arc;
use swerve_p4_jit::{Lane, Machine, Verdict};
use wire::bfd::{MULTIHOP_PORT, PORT, PORT_BITS, may_be_control};

/// Numbers packets in the order in which it sees them; it knows nothing of IP, or asks for the type before and after it wrote one.
const NUMBERS: &str = r#"
#include <v1model.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
struct H { ethernet_t ethernet; ethernet_t second; }
struct M { bit<8> way; }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) { PARSER }
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    register<bit<48>>(1) seen;
    apply {
        bit<48> n;
        seen.read(n, 0);
        seen.write(0, n + 1);
        h.ethernet.dst = n;
        h.ethernet.src[7:0] = m.way;
        s.egress_spec = 1;
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
"#;

const PLAIN: &str = "state start { p.extract(h.ethernet); transition accept; }";
const BY_TYPE: &str = r#"
    state start {
        p.extract(h.ethernet);
        transition select(h.ethernet.type) { 0x0800: four; 0x86dd: six; default: accept; }
    }
    state four { m.way = 4; h.ethernet.type = 0x1234; transition again; }
    state six { m.way = 6; transition again; }
    state again {
        p.extract(h.second);
        transition select(h.ethernet.type) { 0x0800: wrong; 0x1234: accept; 0x86dd: right; default: wrong; }
    }
    state right { m.way = 66; transition accept; }
    state wrong { m.way = 99; transition accept; }
"#;

fn v4(port: u16) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 10, 0, 0, 0, 0, 1, 8, 0];
    frame.extend([0x45, 0, 0, 28, 0, 1, 0, 0, 255, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1, 0xc0, 0]);
    frame.extend(port.to_be_bytes());
    frame.extend([0, 8, 0, 0]);
    frame
}

fn v6(port: u16) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 10, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 17, 255];
    frame.extend([0xfd; 32]);
    frame.extend([0xc0, 0]);
    frame.extend(port.to_be_bytes());
    frame.extend([0, 8, 0, 0]);
    frame
}

fn tagged(mut frame: Vec<u8>) -> Vec<u8> {
    frame.splice(12..12, [0x81, 0, 0, 100]);
    frame
}

struct World {
    state: Arc<State>,
    lane: Lane,
}

impl World {
    fn new(parser: &str) -> World {
        let text = NUMBERS.replace("PARSER", parser);
        let source = Source { file: "numbers.p4".into(), ..Source::default() };
        let program = on_large_stack(|| {
            let mut program = compile_text(&source, text, Phase::Flat).ir.expect("accepted");
            front::optimise(&mut program);
            program
        });
        let device = Device::new(Arc::new(program), Options::default()).expect("a device");
        let state = Arc::clone(device.state());
        let machine = Machine::new(&state).expect("machine code");
        World { lane: Lane::new(&machine, &state), state }
    }

    fn with<R>(&mut self, work: impl FnOnce(&mut Lane, &mut Env<'_>) -> R) -> R {
        let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&self.state), Events::new(0));
        let (random, caches, events) = (&mut random, &mut caches, &mut events);
        let mut env = Env { state: &self.state, now: 0, random, caches, events, around: Around::alone() };
        work(&mut self.lane, &mut env)
    }

    /// Where it stops; then all frames but BFD's have been run, the numbers of which are what remains.
    fn run(&mut self, frames: &mut [Vec<u8>]) -> (Option<usize>, Vec<usize>) {
        let mut ours: Vec<usize> = (0..frames.len()).collect();
        let stopped = self.with(|lane, env| {
            let stopped = lane.listen(env, 1, frames.iter_mut().map(|frame| &mut frame[..]))?;
            ours.retain(|at| *at < stopped || !may_be_control(&frames[*at]));
            let left = frames.iter_mut().enumerate().filter(|(at, _)| ours.contains(at));
            lane.resume(env, 1, stopped, left.map(|(_, frame)| &mut frame[..]));
            Some(stopped)
        });
        (stopped, ours)
    }
}

#[test]
fn what_may_be_bfd_is_taken_out_and_the_rest_is_run_in_the_order_of_arrival() {
    let kinds: [&dyn Fn() -> Vec<u8>; 8] = [
        &|| v4(443),
        &|| v4(PORT),
        &|| v6(443),
        &|| v6(MULTIHOP_PORT),
        &|| v4(MULTIHOP_PORT),
        &|| tagged(v4(PORT)),
        &|| v6(PORT),
        &|| v4(53),
    ];
    for parser in [PLAIN, BY_TYPE] {
        for first in [0, 1, 100, 255, 256] {
            let mut world = World::new(parser);
            let frame = |at: usize| if at < first { v4(80) } else { kinds[(at - first + 1) % 8]() };
            let before: Vec<Vec<u8>> = (0..256).map(frame).collect();
            let mut frames = before.clone();
            let (stopped, ours) = world.run(&mut frames);
            assert_eq!(stopped, (first < 256).then_some(first));
            assert!(ours.iter().all(|at| !may_be_control(&before[*at])));
            for (number, at) in ours.iter().enumerate() {
                assert_eq!(frames[*at][..6], (number as u64).to_be_bytes()[2..], "packet {at}");
                let way = match (parser, before[*at][12]) {
                    (PLAIN, _) => 0,
                    (_, 8) => 4,
                    _ => 66,
                };
                assert_eq!(frames[*at][11], way, "packet {at}");
                assert_eq!(world.lane.verdict(number), Verdict::Out { port: 1 });
            }
            let gone = (0..256).filter(|at| !ours.contains(at));
            gone.for_each(|at| assert_eq!(frames[at], before[at], "nobody touches BFD's"));
        }
    }
}

#[test]
fn it_stops_before_whatever_may_be_bfd_and_before_hardly_anything_else() {
    let mut world = World::new(BY_TYPE);
    let (mut more, mut all) = (0, 0);
    let mut try_one = |frame: &[u8]| {
        let mut work = [frame.to_vec()];
        let stopped = world.run(&mut work).0.is_some();
        assert!(stopped || !may_be_control(frame), "{frame:02x?}");
        all += usize::from(stopped);
        more += usize::from(stopped && !may_be_control(frame));
    };
    for port in 0..=u16::MAX {
        try_one(&v4(port));
        try_one(&v6(port));
    }
    for frame in [v4(PORT), v6(PORT), tagged(v4(PORT)), tagged(v6(MULTIHOP_PORT))] {
        (0..frame.len()).for_each(|end| try_one(&frame[..end]));
    }
    for frame in [v4(443), v6(443)] {
        (0..frame.len()).for_each(|end| try_one(&frame[..end]));
    }
    let alike = 1 << PORT_BITS.count_zeros();
    assert!(all > 2 * alike, "{all}");
    assert_eq!(more, 2 * (alike - 2), "ports that only look like BFD's");
}
