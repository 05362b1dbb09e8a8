//! Packets through a P4 program that takes the place of the switch's own stages.

use crate::client::Session;
use crate::lab::{Lab, wait_for};
use crate::wires::Wire;
use api::program::{CloneSession, Reply, Request, Source};
use api::switch;
use stats::DropReason;

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
file = \"cable.p4\"
";

/// What comes in on one port goes out of the other.
const CABLE: &str = include_str!("../../../../p4/programs/hello.p4");

/// The same, with two bytes in front; and what it does depends on the first byte.
const TAGGER: &str = "
#include <core.p4>
#include <v1model.p4>
header tag_t { bit<16> value; }
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
struct headers_t { tag_t tag; ethernet_t ethernet; }
struct metadata_t { }
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start { packet.extract(hdr.ethernet); transition accept; }
}
control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = std.ingress_port ^ 1;
        hdr.tag.setValid();
        hdr.tag.value = 0xbeef;
        if (hdr.ethernet.dst[47:40] == 0xdd) { mark_to_drop(std); }
        if (hdr.ethernet.dst[47:40] == 0xee) { std.egress_spec = 9; }
        if (hdr.ethernet.dst[47:40] == 0xcc) { clone(CloneType.I2E, 5); }
    }
}
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) { apply { } }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }
V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
";

const TAG: [u8; 2] = [0xbe, 0xef];
/// An EtherType for experiments (IEEE 802): nobody else's.
const MINE: [u8; 2] = [0x88, 0xb5];

/// A frame to an address that begins with `first`, with a number in it.
fn frame(first: u8, number: u32) -> Vec<u8> {
    let mut frame = vec![first, 1, 2, 3, 4, 5, 2, 9, 9, 9, 9, 9];
    frame.extend(MINE);
    frame.extend(number.to_be_bytes());
    frame.resize(60, 0);
    frame
}

fn is_mine(frame: &[u8]) -> bool {
    let frame = frame.strip_prefix(&TAG).unwrap_or(frame);
    frame.get(12..14) == Some(&MINE)
}

fn number(frame: &[u8]) -> u32 {
    let frame = frame.strip_prefix(&TAG).unwrap_or(frame);
    u32::from_be_bytes([frame[14], frame[15], frame[16], frame[17]])
}

struct Cabled {
    lab: Lab,
    left: Wire,
    right: Wire,
}

fn cabled() -> Cabled {
    let mut lab = Lab::new();
    let (left, right) = (Wire::new(&lab, "p-left"), Wire::new(&lab, "p-right"));
    for (name, text) in [("cable.p4", CABLE), ("tagger.p4", TAGGER)] {
        std::fs::write(lab.path(name), text).expect("a program");
    }
    lab.start(PORTS);
    Cabled { lab, left, right }
}

fn load(cabled: &Cabled) -> switch::Request {
    let file = cabled.lab.path("tagger.p4").display().to_string();
    switch::Request::Program(Request::Load(Source { file, text: None, included: vec![], include: vec![] }))
}

fn loaded(session: &mut Session, cabled: &Cabled) {
    let reply = session.ask(&load(cabled));
    assert!(matches!(reply, switch::Reply::Program(Reply::Loaded { .. })), "{reply:?}");
}

fn next(wire: &Wire) -> Vec<u8> {
    wire.receive("a frame of ours", |frame| is_mine(frame).then(|| frame.to_vec()))
}

#[test]
fn a_program_takes_the_place_of_the_stages() {
    let cabled = cabled();
    for count in 0..300 {
        let sent = frame(2, count);
        cabled.left.send(&sent);
        assert_eq!(next(&cabled.right), sent);
        cabled.right.send(&sent);
        assert_eq!(next(&cabled.left), sent);
    }
}

#[test]
fn headers_grow_and_packets_are_cloned_dropped_and_counted_as_the_program_says() {
    let cabled = cabled();
    let mut operator = cabled.lab.operator();
    loaded(&mut operator, &cabled);
    let tagged = |sent: &[u8]| [&TAG[..], sent].concat();
    wait_for("the new program", || {
        cabled.left.send(&frame(2, 0));
        next(&cabled.right).starts_with(&TAG).then_some(())
    });
    let sent = frame(0xcc, 1);
    cabled.left.send(&sent);
    assert_eq!(next(&cabled.right), tagged(&sent), "a clone session that is not there changes nothing else");
    let to = CloneSession { port: Some(0), multicast_group: None, replica: 0, truncate_bytes: Some(40) };
    let session = switch::Request::Program(Request::CloneSession { id: 5, to: Some(to) });
    let reply = operator.ask(&session);
    assert!(matches!(reply, switch::Reply::Program(Reply::Done { .. })), "{reply:?}");
    let sent = frame(0xcc, 2);
    cabled.left.send(&sent);
    assert_eq!(next(&cabled.right), tagged(&sent));
    assert_eq!(next(&cabled.left), sent[..40], "a copy as it came in, cut");
    let before = cabled.lab.dropped(DropReason::ProgramLimit);
    assert_eq!(before, 1, "the clone without a session");
    cabled.left.send(&frame(0xdd, 3));
    cabled.lab.expect_dropped(DropReason::Program, 1);
    cabled.left.send(&frame(0xee, 4));
    cabled.lab.expect_dropped(DropReason::ProgramPort, 1);
}

#[test]
fn another_program_is_swapped_in_between_two_packets_and_none_is_lost() {
    let cabled = cabled();
    let mut operator = cabled.lab.operator();
    let (mut sent, mut got) = (0, vec![]);
    operator.send(&load(&cabled));
    let mut tagged = 0;
    // On until it has been the new program's turn for a while.
    while tagged < 200 {
        for _ in 0..8 {
            cabled.left.send(&frame(2, sent));
            sent += 1;
        }
        let wanted = got.len() + 8;
        wait_for("what was sent", || {
            got.extend(cabled.right.drain(is_mine));
            (got.len() >= wanted).then_some(())
        });
        tagged = got.iter().filter(|frame| frame.starts_with(&TAG)).count();
        assert!(sent < 400_000, "the program never came");
    }
    let numbers: Vec<u32> = got.iter().map(|frame| number(frame)).collect();
    assert_eq!(numbers, (0..sent).collect::<Vec<_>>(), "in order, each once");
    let first = got.iter().position(|frame| frame.starts_with(&TAG)).expect("tagged frames");
    assert!(first > 0, "the old program ran until then");
    assert!(got[first..].iter().all(|frame| frame.starts_with(&TAG)), "and never again");
}
