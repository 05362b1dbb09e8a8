//! What a program asks about the port that a vector came in by, and about another one.

use host::compile::{Phase, Source, compile_text, on_large_stack};
use rt::around::{Around, PortInfo, Ports};
use rt::externs::random::Random;
use rt::state::{Caches, Env, Events, State};
use rt::{Device, Options};
use std::sync::Arc;
use swerve_p4_jit::{Lane, Machine, Verdict};

/// Asks before a table that cuts the vector and behind it, and sends what is not for the port's own address to port 2.
const ASKS: &str = r#"
#include <swerve.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
struct H { ethernet_t ethernet; }
struct M { }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) {
    state start { p.extract(h.ethernet); transition accept; }
}
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    action other() { s.ingress_port = 7; }
    table ports { key = { h.ethernet.type: exact; } actions = { other; NoAction; } const default_action = NoAction();
        const entries = { 0x0007: other(); } }
    apply {
        s.egress_spec = 1;
        if (h.ethernet.dst != swerve_mac(s.ingress_port)) { s.egress_spec = 2; }
        if (h.ethernet.src[7:0] == 9) { s.ingress_port = 9; }
        ports.apply();
        h.ethernet.src = swerve_mac(s.ingress_port);
        h.ethernet.type = swerve_interface(s.ingress_port, 0);
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
"#;

fn mac(port: u16) -> [u8; 6] {
    [2, 0x11, 0x22, 0x33, 0x44, port as u8]
}

fn frame(dst: [u8; 6], last: u8, kind: u8) -> Vec<u8> {
    let mut frame = dst.to_vec();
    frame.extend([10, 0, 0, 0, 0, last, 0, kind]);
    frame.resize(60, 0);
    frame
}

#[test]
fn a_program_that_names_another_port_is_told_of_that_one_on_both_sides_of_a_lookup() {
    let source = Source { file: "asks.p4".into(), ..Source::default() };
    let program = on_large_stack(|| {
        let mut program = compile_text(&source, ASKS.to_owned(), Phase::Flat).ir.expect("accepted");
        front::optimise(&mut program);
        program
    });
    let device = Device::new(Arc::new(program), Options::default()).expect("a device");
    let state: Arc<State> = Arc::clone(device.state());
    let mut lane = Lane::new(&Machine::new(&state).expect("machine code"), &state);
    let ports = Ports::new([3, 7, 9].map(|port| PortInfo {
        port,
        mac: mac(port),
        untagged: 100 + port,
        vlans: None,
    }));
    let (mut random, mut caches, mut events) = (Random::new(1), Caches::new(&state), Events::new(0));
    let around = Around { ports: &ports, fib: None, repaired: None };
    let mut env =
        Env { state: &state, now: 0, random: &mut random, caches: &mut caches, events: &mut events, around };
    for port in [3, 7, 300] {
        let mut others = mac(port);
        others[0] ^= 1;
        let mut frames =
            [frame(mac(port), 1, 1), frame(others, 1, 1), frame(mac(port), 9, 1), frame(mac(port), 1, 7)];
        lane.run(&mut env, port, frames.iter_mut().map(|frame| &mut frame[..]));
        let known = |port: u16| if port < 10 { (mac(port), 100 + port) } else { ([0; 6], u16::MAX) };
        let out = |ours: bool| u16::from(!ours || port == 300) + 1;
        for (at, (named, ours)) in [(port, true), (port, false), (9, true), (7, true)].into_iter().enumerate()
        {
            let (mac, interface) = known(named);
            assert_eq!(frames[at][6..12], mac, "frame {at} by port {port}");
            assert_eq!(frames[at][12..14], interface.to_be_bytes(), "frame {at} by port {port}");
            assert_eq!(lane.verdict(at), Verdict::Out { port: out(ours) }, "frame {at} by port {port}");
        }
    }
}
