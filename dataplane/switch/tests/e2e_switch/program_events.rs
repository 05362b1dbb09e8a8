//! What a program tells: digests, idle entries and packets to the controller, and packets from there.

use crate::client::Session;
use crate::lab::{Lab, wait_for, wait_until};
use crate::wires::Wire;
use api::events::{Digest, Event, Follow, Idle, Lesson, Packet, PacketOut};
use api::program::{Action, Change, CloneSession, Entry, Named, Query, Reply, Request, Target};
use api::switch;
use stats::DropReason;
use std::io::{BufRead, BufReader, Write};

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
[program]
file = \"teller.p4\"
controller_port = 255
[[program.multicast]]
group = 1
ports = [\"left\", \"right\"]
";

/// What it does with a frame depends on the first byte of its destination; what comes from the controller goes where that says.
const TELLER: &str = "
#include <core.p4>
#include <v1model.p4>
const bit<9> CONTROLLER = 255;
@controller_header(\"packet_in\")
header packet_in_t { bit<9> ingress_port; bit<7> reason; }
@controller_header(\"packet_out\")
header packet_out_t { bit<9> egress_port; bit<7> pad; }
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
struct headers_t { packet_in_t to; packet_out_t from; ethernet_t ethernet; }
struct metadata_t { @field_list(1) bit<9> seen_on; }
struct seen_t { bit<48> station; bit<9> port; }
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        transition select(std.ingress_port) { CONTROLLER: from_controller; default: ethernet; }
    }
    state from_controller { packet.extract(hdr.from); transition ethernet; }
    state ethernet { packet.extract(hdr.ethernet); transition accept; }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action known(bit<9> port) { }
    table stations {
        key = { hdr.ethernet.src: exact @name(\"station\"); }
        actions = { known; NoAction; }
        default_action = NoAction();
        support_timeout = true;
        size = 64;
    }
    apply {
        if (hdr.from.isValid()) {
            std.egress_spec = hdr.from.egress_port;
            if (hdr.from.egress_port == 0x1ff) { std.egress_spec = 0; std.mcast_grp = 1; }
            hdr.from.setInvalid();
        } else {
            stations.apply();
            meta.seen_on = std.ingress_port;
            std.egress_spec = std.ingress_port ^ 1;
            if (hdr.ethernet.dst[47:40] == 0xd0) { digest<seen_t>(1, { hdr.ethernet.src, std.ingress_port }); }
            if (hdr.ethernet.dst[47:40] == 0xd2) {
                digest<seen_t>(1, { hdr.ethernet.src, std.ingress_port });
                std.mcast_grp = 1;
            }
            if (hdr.ethernet.dst[47:40] == 0xc0) { std.egress_spec = CONTROLLER; }
            if (hdr.ethernet.dst[47:40] == 0xc2) { clone_preserving_field_list(CloneType.I2E, 5, 1); }
        }
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        if (std.egress_port == CONTROLLER) {
            hdr.to.setValid();
            hdr.to.ingress_port = meta.seen_on;
            hdr.to.reason = 5;
        }
    }
}
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }
V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
";

/// An EtherType for experiments (IEEE 802): nobody else's.
const MINE: [u8; 2] = [0x88, 0xb5];

/// A frame to an address that begins with `first`, from a station of that number.
fn frame(first: u8, station: u16) -> Vec<u8> {
    let [high, low] = station.to_be_bytes();
    let mut frame = vec![first, 1, 2, 3, 4, 5, 2, 0, 0, 0, high, low];
    frame.extend(MINE);
    frame.resize(60, first);
    frame
}

fn mac(station: u16) -> String {
    let [high, low] = station.to_be_bytes();
    format!("02:00:00:00:{high:02x}:{low:02x}")
}

fn is_mine(frame: &[u8]) -> bool {
    frame.get(12..14) == Some(&MINE)
}

fn next(wire: &Wire) -> Vec<u8> {
    wire.receive("a frame of ours", |frame| is_mine(frame).then(|| frame.to_vec()))
}

struct Told {
    lab: Lab,
    left: Wire,
    right: Wire,
}

fn teller() -> Told {
    let mut lab = Lab::new();
    let (left, right) = (Wire::new(&lab, "p-left"), Wire::new(&lab, "p-right"));
    std::fs::write(lab.path("teller.p4"), TELLER).expect("a program");
    lab.start(PORTS);
    Told { lab, left, right }
}

fn named(list: &[(&str, &str)]) -> Vec<Named> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn ask(session: &mut Session, request: Request) -> Reply {
    match session.ask(&switch::Request::Program(request)) {
        switch::Reply::Program(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn follow(session: &mut Session, follow: Follow) {
    assert_eq!(ask(session, Request::Follow(follow)), Reply::Done { ids: vec![] });
}

const ALL: Follow = Follow { digests: true, idle: true, packets: true, lines: false, numbers: false };

/// Of our stations only: the kernel may have something to say by the ports too.
fn told(session: &mut Session) -> Event {
    loop {
        let event = session.told();
        let ours = match &event {
            Event::Digest(digest) => digest.fields[0].1.starts_with("02:00:00:00"),
            Event::Packet(packet) => is_mine(&packet.frame),
            Event::Idle(_) | Event::Line(_) | Event::Lost { .. } => true,
        };
        if ours {
            return event;
        }
    }
}

fn digest(station: u16, port: &str) -> Event {
    let fields = named(&[("station", &mac(station)), ("port", port)]);
    Event::Digest(Digest { name: "seen_t".into(), receiver: 1, fields, worker: 0 })
}

fn packet(frame: Vec<u8>, port: &str) -> Event {
    let fields = named(&[("ingress_port", port), ("reason", "5")]);
    Event::Packet(Packet { fields, frame, worker: 0 })
}

#[test]
fn digests_and_packets_to_the_controller_are_told_in_their_order_to_everyone_who_follows() {
    let told_by = teller();
    let (mut one, mut other) = (told_by.lab.operator(), told_by.lab.operator());
    follow(&mut one, ALL);
    follow(&mut other, Follow { digests: true, ..Follow::default() });
    let to = CloneSession { port: Some(255), multicast_group: None, replica: 0, truncate_bytes: Some(32) };
    ask(&mut one, Request::CloneSession { id: 5, to: Some(to) });
    for station in 0..200 {
        told_by.left.send(&frame(0xd0, station));
        assert_eq!(next(&told_by.right), frame(0xd0, station), "the frame goes its way all the same");
        told_by.right.send(&frame(0xc0, station));
        told_by.left.send(&frame(0xd2, station));
        told_by.left.send(&frame(0xc2, station));
        assert_eq!(told(&mut one), digest(station, "0"));
        let mut rest = vec![told(&mut one), told(&mut one), told(&mut one)];
        // Of two ports the order is nobody's; within one it is kept.
        let from_right = rest.iter().position(|event| *event == packet(frame(0xc0, station), "1"));
        rest.remove(from_right.expect("the packet from the right"));
        let copy = frame(0xc2, station)[..30].to_vec();
        assert_eq!(rest, [digest(station, "0"), packet(copy, "0")]);
        assert_eq!([told(&mut other), told(&mut other)], [digest(station, "0"), digest(station, "0")]);
        assert_eq!(next(&told_by.left), frame(0xd2, station));
        assert_eq!(
            [next(&told_by.right), next(&told_by.right)],
            [frame(0xd2, station), frame(0xc2, station)]
        );
    }
    follow(&mut one, Follow { packets: true, ..Follow::default() });
    told_by.left.send(&frame(0xd0, 1));
    told_by.left.send(&frame(0xc0, 1));
    assert_eq!(told(&mut one), packet(frame(0xc0, 1), "0"), "digests are not wanted any more");
    assert_eq!(told(&mut other), digest(1, "0"));
    assert_eq!(told_by.lab.dropped(DropReason::ControllerFull), 0);
}

#[test]
fn a_packet_from_the_controller_goes_where_its_header_says() {
    let told_by = teller();
    let mut operator = told_by.lab.operator();
    let mut send = |port: &str, frame: &[u8]| {
        let packet = PacketOut { fields: named(&[("egress_port", port)]), frame: frame.to_vec() };
        session_reply(operator.ask(&switch::Request::Program(Request::PacketOut(packet))))
    };
    for number in 0..50 {
        assert_eq!(send("1", &frame(2, number)), Ok(()));
        assert_eq!(send("0", &frame(3, number)), Ok(()));
        assert_eq!(next(&told_by.right), frame(2, number));
        assert_eq!(next(&told_by.left), frame(3, number));
    }
    assert_eq!(send("0x1ff", &frame(4, 0)), Ok(()));
    assert_eq!(
        (next(&told_by.left), next(&told_by.right)),
        (frame(4, 0), frame(4, 0)),
        "to the group of the file"
    );
    assert_eq!(send("7", &frame(2, 0)), Ok(()));
    told_by.lab.expect_dropped(DropReason::ProgramPort, 1);
    assert!(send("600", &frame(2, 0)).unwrap_err().contains("9 bits"));
    assert!(send("1", &[0; 4000]).unwrap_err().contains("the limit is"));
}

fn session_reply(reply: switch::Reply) -> Result<(), String> {
    match reply {
        switch::Reply::Program(Reply::Done { .. }) => Ok(()),
        switch::Reply::Refused { why, .. } => Err(why),
        other => panic!("{other:?}"),
    }
}

fn station(number: u16, idle_timeout_ms: u64) -> Entry {
    let action = Action { name: "known".into(), args: named(&[("port", "1")]) };
    let keys = named(&[("station", &mac(number))]);
    Entry { keys, priority: 0, target: Target::Action(action), idle_timeout_ms }
}

#[test]
fn an_entry_that_nothing_hits_is_told_once_and_again_to_who_comes_later() {
    let told_by = teller();
    let mut operator = told_by.lab.operator();
    follow(&mut operator, Follow { idle: true, ..Follow::default() });
    let table = || "stations".to_owned();
    let add = Change::Add { table: table(), entry: station(1, 400) };
    ask(&mut operator, Request::Batch(vec![add]));
    let learned = [2, 3].map(|number| Lesson::Set { table: table(), entry: station(number, 400) });
    ask(&mut operator, Request::Learn(learned.to_vec()));
    // One of them speaks, until the others are silent for long enough.
    let mut silent = vec![];
    wait_until("two silent stations", || {
        told_by.left.send(&frame(2, 2));
        next(&told_by.right);
        let query = Query::Entries { table: table(), after: None, limit: 10 };
        // Its answer comes behind what was told before.
        let Reply::Entries(entries) = ask(&mut operator, Request::Show(query)) else { panic!("entries") };
        assert!(entries.rows.iter().all(|row| row.idle_timeout_ms == Some(400)), "{entries:?}");
        silent.extend(operator.told_so_far());
        silent.len() >= 2
    });
    let mut silent: Vec<_> = silent.into_iter().map(as_idle).collect();
    silent.sort_by_key(|idle| idle.keys.clone());
    let said: Vec<_> = silent.iter().map(|idle| (idle.keys[0].1.clone(), idle.source.as_str())).collect();
    assert_eq!(said, [(mac(1), "operator"), (mac(3), "learned")]);
    assert!(silent.iter().all(|idle| idle.table == "ingress.stations" && idle.idle_ms >= 400), "{silent:?}");
    let mut late = told_by.lab.operator();
    follow(&mut late, Follow { idle: true, ..Follow::default() });
    let mut again = [as_idle(late.told()), as_idle(late.told())].map(|idle| idle.keys[0].1.clone());
    again.sort();
    assert_eq!(again, [mac(1), mac(3)]);
}

fn as_idle(event: Event) -> Idle {
    let Event::Idle(idle) = event else { panic!("{event:?}") };
    idle
}

#[test]
fn who_does_not_read_loses_events_and_is_told_how_many_while_others_miss_none() {
    let told_by = teller();
    let (mut deaf, mut reader) = (told_by.lab.operator(), told_by.lab.operator());
    follow(&mut deaf, Follow { packets: true, ..Follow::default() });
    follow(&mut reader, Follow { packets: true, ..Follow::default() });
    let (mut sent, mut got) = (0u64, 0u64);
    // More than the kernel and the switch keep for the one that does not read.
    while sent < 24_000 {
        for number in 0..32 {
            told_by.left.send(&frame(0xc0, number));
        }
        sent += 32;
        while got < sent {
            match told(&mut reader) {
                Event::Packet(_) => got += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    let (mut heard, mut lost) = (0, 0);
    while heard + lost < sent {
        match told(&mut deaf) {
            Event::Packet(_) => heard += 1,
            Event::Lost { packets, .. } => lost += packets,
            other => panic!("{other:?}"),
        }
    }
    assert!(lost > 0 && heard > 0, "heard {heard}, lost {lost}");
}

#[test]
fn who_speaks_json_follows_in_json() {
    let told_by = teller();
    let stream = Session::silent(&told_by.lab.path("switch.sock")).stream;
    let mut lines = BufReader::new(stream.try_clone().expect("another handle")).lines();
    let say = |text: String| (&stream).write_all((text + "\n").as_bytes()).expect("the switch reads");
    let mut line = || lines.next().expect("a line").expect("text");
    say(format!("{{\"Hello\":{{\"version\":{},\"client\":\"Operator\"}}}}", api::VERSION));
    assert!(line().starts_with("{\"Welcome\":"));
    say("{\"Program\":{\"Follow\":{\"digests\":true}}}".into());
    assert_eq!(line(), "{\"Program\":{\"Done\":{\"ids\":[]}}}");
    wait_for("a digest of ours", || {
        told_by.left.send(&frame(0xd0, 9));
        let told = line();
        let fields = format!("\"fields\":[[\"station\",\"{}\"],[\"port\",\"0\"]]", mac(9));
        told.contains(&fields)
            .then(|| assert!(told.starts_with("{\"Told\":{\"digest\":{\"name\":\"seen_t\""), "{told}"))
    });
    say("{\"Program\":".into());
    assert!(
        wait_for("the last word", || Some(line()).filter(|line| !line.starts_with("{\"Told\"")))
            .starts_with("{\"Refused\"")
    );
}
