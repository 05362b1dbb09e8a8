//! Packets that are looked at on their way through the program.

use crate::client::Session;
use crate::frames::{MAC_LEFT, MAC_RIGHT, Udp};
use crate::lab::{Lab, wait_until};
use crate::topology::{Network, SERVER};
use crate::wires::Wire;
use api::program::{Query, Reply, Request};
use api::switch;
use api::trace::{Ask, Ended, Packet, Said, Step, What};

const ROUTER: &str = include_str!("../../src/program/tests/router.p4");

const PORTS: &str = "
[workers]
cores = [1]
idle = \"sleep\"
[[port]]
name = \"left\"
kernel = \"p-left\"
[[port]]
name = \"right\"
kernel = \"p-right\"
";

const PROGRAM: &str = "
[program]
file = \"router.p4\"

[[program.entry]]
table = \"ipv4_lpm\"
keys = { dst_addr = \"198.51.100.0/24\" }
action = \"forward\"
args = { port = 1, mac = \"02:00:00:00:00:09\" }
";

struct Traced {
    lab: Lab,
    left: Wire,
    right: Wire,
}

fn start(program: &str) -> Traced {
    let mut lab = Lab::new();
    let (left, right) = (Wire::new(&lab, "p-left"), Wire::new(&lab, "p-right"));
    std::fs::write(lab.path("router.p4"), ROUTER).expect("a program");
    lab.start(&format!("{PORTS}{program}"));
    Traced { lab, left, right }
}

fn udp(dst: &str) -> Vec<u8> {
    Udp::new(MAC_LEFT, MAC_RIGHT, "192.0.2.7", dst).frame()
}

/// Those that this test sends, whoever else speaks.
fn ask(count: u32) -> Ask {
    Ask { count, port: None, src: Some("192.0.2.7/32".parse().unwrap()), dst: None, wait_ms: 20_000 }
}

fn request(ask: Ask) -> switch::Request {
    switch::Request::Program(Request::Trace(ask))
}

fn said(session: &mut Session) -> Said {
    match session.reply() {
        switch::Reply::Program(Reply::Trace(said)) => said,
        other => panic!("{other:?}"),
    }
}

fn arm(session: &mut Session, ask: Ask) {
    session.send(&request(ask));
    assert_eq!(said(session), Said::Armed);
}

fn packet(session: &mut Session) -> Packet {
    match said(session) {
        Said::Packet(packet) => *packet,
        other => panic!("{other:?}"),
    }
}

fn ended(session: &mut Session) -> Ended {
    match said(session) {
        Said::Ended(ended) => ended,
        other => panic!("{other:?}"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number of the line of the program that has this text.
fn line(text: &str) -> u32 {
    let at = ROUTER.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}"));
    at as u32 + 1
}

fn at(step: &Step) -> u32 {
    let place = step.place.as_ref().unwrap_or_else(|| panic!("{step:?} has no place"));
    assert!(place.file.ends_with("/router.p4"), "{place:?}");
    place.line
}

fn find<'a>(packet: &'a Packet, what: &str, wanted: impl Fn(&What) -> bool) -> &'a Step {
    let found = packet.steps.iter().find(|step| wanted(&step.what));
    found.unwrap_or_else(|| panic!("no {what}: {packet:#?}"))
}

/// Packets that the program has counted on port 0.
fn counted(session: &mut Session) -> u64 {
    let query = Query::Counter { name: "ports".into(), index: Some(0), from: 0, limit: 1 };
    match session.ask(&switch::Request::Program(Request::Show(query))) {
        switch::Reply::Program(Reply::Counter { rows, .. }) => rows[0].packets,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_packet_is_shown_from_the_parser_to_the_port_as_it_went() {
    let traced = start(PROGRAM);
    let mut operator = traced.lab.operator();
    arm(&mut operator, ask(1));
    let sent = udp("198.51.100.5");
    traced.left.send(&sent);
    let ours = |frame: &[u8]| frame.get(26..30) == Some(&[192, 0, 2, 7]);
    let got = traced.right.receive("the packet", |frame| ours(frame).then(|| frame.to_vec()));
    let packet = packet(&mut operator);
    assert_eq!(ended(&mut operator), Ended { packets: 1, missed: 0, timed_out: false });
    assert_eq!((packet.number, packet.port.number, packet.port.name.as_deref()), (1, 0, Some("left")));
    assert_eq!((packet.bytes as usize, &packet.frame), (sent.len(), &hexadecimal(&sent)));
    let states: Vec<&str> = packet
        .steps
        .iter()
        .filter_map(|step| if let What::State { name } = &step.what { Some(name.as_str()) } else { None })
        .collect();
    assert_eq!(states, ["start", "ipv4"]);
    let extract =
        find(&packet, "extract", |what| matches!(what, What::Extract { header, .. } if header == "hdr.ipv4"));
    assert_eq!(at(extract), line("packet.extract(hdr.ipv4)"));
    let What::Extract { fields, bits: 160, .. } = &extract.what else { panic!("{extract:?}") };
    assert!(fields.contains(&("dst_addr".into(), "198.51.100.5".into())), "{fields:?}");
    let table = find(&packet, "table", |what| matches!(what, What::Table { .. }));
    assert_eq!(at(table), line("ipv4_lpm.apply()"));
    let What::Table { keys, hit: true, entry: Some(entry), action, .. } = &table.what else {
        panic!("{table:?}")
    };
    assert_eq!(keys[0].1, "198.51.100.5");
    assert_eq!(entry.keys[0].1, "198.51.100.0/24");
    assert_eq!((action.action.as_str(), action.args[0].1.as_str()), ("ingress.forward", "1"));
    let set = find(&packet, "ttl", |what| matches!(what, What::Set { field, .. } if field == "hdr.ipv4.ttl"));
    assert_eq!(at(set), line("hdr.ipv4.ttl - 1"));
    assert!(matches!(&set.what, What::Set { before, after, .. } if before == "64" && after == "63"));
    let is_if = |what: &What| matches!(what, What::If { condition, holds: true } if condition == "hdr.ipv4.isValid()");
    find(&packet, "if", is_if);
    let What::Sent { port, frame, chosen: true, .. } = &packet.steps.last().unwrap().what else { panic!() };
    assert_eq!((port.number, port.name.as_deref()), (1, Some("right")));
    assert_eq!(*frame, hexadecimal(&got), "the trace makes what the worker made");
    assert_eq!(packet.notes, Vec::<String>::new());
}

#[test]
fn the_router_shows_the_route_and_the_rewrite_that_the_switch_chose() {
    let network = Network::new();
    let mut control = network.control(None);
    control.barrier();
    let mut operator = network.lab.operator();
    let to_server = Some(format!("{SERVER}/32").parse().unwrap());
    arm(&mut operator, Ask { src: None, dst: to_server, ..ask(1) });
    network.lab.ping("lan", SERVER);
    let packet = packet(&mut operator);
    let hits: Vec<&str> = packet
        .steps
        .iter()
        .filter_map(|step| match &step.what {
            What::Table { hit: true, entry: None, action, .. } => Some(action.action.as_str()),
            _ => None,
        })
        .collect();
    assert!(hits.iter().any(|action| action.ends_with("forward")), "{hits:?}");
    assert!(hits.iter().any(|action| action.ends_with("rewrite")), "{hits:?}");
    let is_ttl = |what: &What| matches!(what, What::Set { field, .. } if field.ends_with("ttl"));
    let ttl = find(&packet, "ttl", is_ttl);
    assert_eq!(ttl.place.as_ref().map(|place| place.file.as_str()), Some("<built in>/router.p4"));
    let What::Sent { port, .. } = &packet.steps.last().unwrap().what else { panic!("{packet:#?}") };
    assert_eq!(port.name.as_deref(), Some("isp1"));
    assert_eq!(ended(&mut operator).packets, 1);
    // One of the switch's own addresses: up to the kernel.
    let own = Some("10.0.0.1/32".parse().unwrap());
    arm(&mut operator, Ask { src: None, dst: own, port: Some("lan".into()), ..ask(1) });
    network.lab.ping("lan", "10.0.0.1");
    let packet = self::packet(&mut operator);
    let What::Sent { port, .. } = &packet.steps.last().unwrap().what else { panic!("{packet:#?}") };
    assert_eq!(port.name.as_deref(), Some("kernel"));
}

#[test]
fn a_drop_has_its_line_and_a_trace_counts_and_writes_nothing() {
    let traced = start(PROGRAM);
    let mut operator = traced.lab.operator();
    let mut other = traced.lab.operator();
    arm(&mut operator, ask(5));
    let before = counted(&mut other);
    for number in 0..5 {
        traced.left.send(&udp(&format!("203.0.113.{number}")));
        let packet = packet(&mut operator);
        assert_eq!(packet.number, number + 1);
        let table = find(&packet, "table", |what| matches!(what, What::Table { .. }));
        let What::Table { hit: false, entry: None, action, .. } = &table.what else { panic!("{table:?}") };
        assert_eq!(action.action, "ingress.drop");
        let last = packet.steps.last().unwrap();
        assert_eq!(last.what, What::Dropped { reason: "program".into(), by: "ingress-drop".into() });
        assert_eq!(at(last), line("mark_to_drop"));
        find(
            &packet,
            "count",
            |what| matches!(what, What::Count { counter, index: 0 } if counter == "ingress.ports"),
        );
        find(&packet, "write", |what| matches!(what, What::RegisterWrite { value, .. } if value == "2048"));
    }
    assert!(!ended(&mut operator).timed_out);
    // The kernel speaks too; twice what was sent would be there if a trace counted.
    let after = counted(&mut other);
    assert!((5..10).contains(&(after - before)), "{before} {after}");
}

#[test]
fn packets_that_do_not_match_pass_by_and_the_time_ends_a_trace() {
    let traced = start(PROGRAM);
    let mut operator = traced.lab.operator();
    let dst = |text: &str| Some(text.parse().unwrap());
    arm(&mut operator, Ask { dst: dst("198.51.100.6/32"), ..ask(2) });
    for last in [5, 6, 7, 6] {
        traced.left.send(&udp(&format!("198.51.100.{last}")));
    }
    for _ in 0..2 {
        let packet = packet(&mut operator);
        find(&packet, "key", |what| matches!(what, What::Table { keys, .. } if keys[0].1 == "198.51.100.6"));
    }
    assert_eq!(ended(&mut operator).packets, 2);
    arm(&mut operator, Ask { port: Some("right".into()), wait_ms: 200, ..ask(1) });
    traced.left.send(&udp("198.51.100.5"));
    assert_eq!(ended(&mut operator), Ended { packets: 0, missed: 0, timed_out: true });
    arm(&mut operator, Ask { port: Some("0".into()), ..ask(1) });
    traced.left.send(&udp("198.51.100.5"));
    packet(&mut operator);
    assert_eq!(ended(&mut operator).packets, 1);
}

#[test]
fn a_trace_that_cannot_be_says_why_and_one_whose_client_goes_makes_room() {
    let traced = start(PROGRAM);
    let mut operator = traced.lab.operator();
    let why = operator.refusal(&request(Ask { port: Some("wan".into()), ..ask(1) }));
    assert!(why.contains("'wan'") && why.contains("left (0), right (1)"), "{why}");
    for wrong in [ask(0), ask(1_000_000), Ask { wait_ms: 0, ..ask(1) }, Ask { wait_ms: u64::MAX, ..ask(1) }] {
        assert!(operator.refusal(&request(wrong)).contains("a trace shows"));
    }
    arm(&mut operator, ask(1));
    let mut other = traced.lab.operator();
    assert!(other.refusal(&request(ask(1))).contains("somebody else"));
    drop(operator);
    wait_until("the first trace has ended", || {
        other.send(&request(ask(1)));
        matches!(other.reply(), switch::Reply::Program(Reply::Trace(Said::Armed)))
    });
    traced.left.send(&udp("198.51.100.5"));
    packet(&mut other);
}
