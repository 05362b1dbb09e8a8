//! Routes choose by the flow that a packet came in with, whatever the program has made of the packet before it asks.

use fib::{Causes, GroupContent, GroupSpec, Neighbor, PathId, Prefix, Selection, WorkerEpoch};
use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::externs::random::Random;
use rt::interp::Interpreter;
use rt::state::{Caches, Env, Events};
use rt::{Around, Device, Options, Pipe};
use std::sync::Arc;
use swerve_p4_jit::{JitEngine, Lane, Machine, Verdict};

const PROGRAM: &str = r#"
#include <swerve.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
header ipv4_t { bit<72> begin; bit<8> protocol; bit<16> checksum; bit<32> src; bit<32> dst; }
header udp_t { bit<16> src; bit<16> dst; bit<32> rest; }
struct H { ethernet_t ethernet; ipv4_t ipv4; udp_t udp; }
struct M { }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) {
    state start { p.extract(h.ethernet); p.extract(h.ipv4); p.extract(h.udp); transition accept; }
}
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    protection_group(16) groups;
    action forward(bit<16> path) { s.egress_spec = (bit<9>) path; }
    action no_route() { mark_to_drop(s); }
    @swerve_role("ipv4_fib")
    table routes {
        key = { h.ipv4.dst: lpm; swerve_flow_hash(): selector @name("flow"); }
        actions = { forward; no_route; }
        const default_action = no_route();
        implementation = groups;
    }
    apply { HERE }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
"#;

/// Four paths to one prefix.
fn routes() -> (fib::Writer, WorkerEpoch) {
    let (mut writer, tables) = fib::tables(fib::Limits::default()).expect("tables");
    let header = [0; Neighbor::HEADER_MAX];
    let neighbor = Neighbor { port: 1, interface: 1, mtu: 1500, header_len: 12, header };
    let neighbor = writer.neighbor_add(&neighbor).expect("room");
    let paths =
        [1, 2, 3, 4].map(|key| (writer.path_add(key, Some(neighbor), Causes::NONE).expect("room"), 1));
    let group = GroupContent::Paths(GroupSpec { primaries: paths.to_vec(), backups: vec![] });
    let group = writer.group_acquire(&group).expect("room");
    let prefix = Prefix { vrf: 0, net: "198.51.100.0/24".parse().expect("a prefix") };
    writer.route_set(prefix, group, 1).expect("room");
    let epoch = tables.register_worker().expect("room");
    (writer, epoch)
}

fn frames() -> Vec<Vec<u8>> {
    let frame = |flow: u8| {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 10, 0, 0, 0, 0, 1, 8, 0];
        frame.extend([0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, flow, 198, 51, 100, 7]);
        frame.extend([0x10, flow, 1, 187, 0, 8, 0, 0]);
        frame
    };
    (0..100).map(frame).collect()
}

fn options() -> Options {
    Options { roles: true, ..Options::default() }
}

/// The path of each frame, on the interpreter, as machine code under a device, and by the lane of a worker.
fn chosen(statements: &str) -> [Vec<u16>; 3] {
    chosen_of(&PROGRAM.replace("HERE", statements))
}

fn chosen_of(text: &str) -> [Vec<u16>; 3] {
    let source = Source { file: "flows.p4".into(), ..Source::default() };
    let program = on_large_stack(|| {
        let mut program = compile_text(&source, text.to_owned(), Phase::Flat).ir.expect("accepted");
        front::optimise(&mut program);
        Arc::new(program)
    });
    let (_writer, epoch) = routes();
    let around = Around { fib: Some(&epoch), ..Around::alone() };
    let device = Device::new(program, options()).expect("a device");
    let state = Arc::clone(device.state());
    let machine = Machine::new(&state).expect("machine code");
    let by = |engine: Box<dyn rt::engine::Engine>| {
        let mut pipe = Pipe::new(Arc::clone(&state), options(), engine);
        frames().iter().for_each(|frame| pipe.inject(1, frame));
        pipe.run(around).iter().map(|output| output.port).collect()
    };
    let mut lane = Lane::new(&machine, &state);
    let mut frames = frames();
    let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(0));
    let (random, caches, events) = (&mut random, &mut caches, &mut events);
    let mut env = Env { state: &state, now: 0, random, caches, events, around };
    lane.run(&mut env, 1, frames.iter_mut().map(|frame| &mut frame[..]));
    let port = |at| match lane.verdict(at) {
        Verdict::Out { port } | Verdict::Moved { port, .. } => port,
        Verdict::Dropped(_) | Verdict::Left => u16::MAX,
    };
    let by_lane = (0..frames.len()).map(port).collect();
    [by(Box::new(Interpreter::new(()))), by(Box::new(JitEngine::new(&state).expect("machine code"))), by_lane]
}

#[test]
fn routes_choose_by_the_flow_that_came_in() {
    let (_writer, epoch) = routes();
    let group = epoch.lookup4(u32::from_be_bytes([198, 51, 100, 7]));
    let path = |frame: &Vec<u8>| match epoch.select(group, wire::flow::hash_frame(frame)) {
        Selection::Path(PathId(path)) => path,
        other => panic!("{other:?}"),
    };
    let expected: Vec<u16> = frames().iter().map(path).collect();
    let used = |of: u16| expected.iter().filter(|path| **path == of).count();
    assert!((0..4).all(|path| used(path) > 5), "the flows do not spread: {expected:?}");
    let ways = [
        ("untouched", "routes.apply();"),
        ("a rewritten source", "h.ipv4.src = 7; h.udp.src = 9; routes.apply();"),
        (
            "a rewritten source of some",
            "if (h.udp.src[0:0] == 1) { h.ipv4.src = 7; h.udp.src = 9; } routes.apply();",
        ),
        ("a lookup in a loop", "for (bit<8> i in 1..2) { h.ipv4.src = 7; routes.apply(); }"),
        ("a header taken away", "h.udp.setInvalid(); routes.apply(); h.udp.setValid();"),
    ];
    for (way, statements) in ways {
        for (engine, chosen) in ["interpreter", "machine code", "lane"].iter().zip(chosen(statements)) {
            assert_eq!(chosen, expected, "{way}, {engine}");
        }
    }
}

#[test]
fn a_default_action_that_routes_may_choose_keeps_its_own_argument() {
    let text = PROGRAM
        .replace("const default_action = no_route()", "default_action = forward(9)")
        .replace("HERE", "if (h.udp.src[0:0] == 1) { h.ipv4.dst = 0x01020304; } routes.apply();");
    let [routed, ..] = chosen("routes.apply();");
    for (engine, chosen) in ["interpreter", "machine code", "lane"].iter().zip(chosen_of(&text)) {
        for (flow, (chosen, routed)) in chosen.iter().zip(&routed).enumerate() {
            let path = if flow % 2 == 1 { 9 } else { *routed };
            assert_eq!(*chosen, path, "{engine}, flow {flow}");
        }
    }
}
