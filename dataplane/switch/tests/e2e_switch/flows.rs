//! What makes a flow, where a route spreads its packets over several ways.

use crate::client::path;
use crate::frames::{MAC_RIGHT, Udp};
use crate::wires::{BODY, Wires, to, wires};
use api::switch::Group;
use std::collections::BTreeSet;
use wire::ipv4;

/// Over two ways on the right, which the tag tells apart.
fn spread(wires: &mut Wires) {
    let paths = [
        path("right", "10.2.0.2", None),
        path("right200", "10.2.200.2", None),
        path("right-v6", "fd00:2::2", None),
        path("right200-v6", "fd00:2:200::2", None),
    ];
    let over = |one, other| Group::Paths { primaries: vec![(one, 1), (other, 1)], backups: vec![] };
    wires.control.sync(&paths, &[("198.51.100.0/24", over(0, 1)), ("2001:db8:5::/64", over(2, 3))]);
}

/// How many ways these frames take. Of 64 flows none takes the other way once in 10^19 times.
fn ways(wires: &Wires, frame: impl Fn(u16) -> Vec<u8>) -> usize {
    let mut ways = BTreeSet::new();
    for n in 0..64 {
        wires.left.send(&frame(n));
        ways.insert(wires.right.receive("it", |frame| {
            let tagged = frame[12..14] == [0x81, 0];
            let l3 = if tagged { 18 } else { 14 };
            // The kernel's own chatter has other lengths.
            (frame[..6] == MAC_RIGHT.0 && frame.len() > l3 + 90).then_some(tagged)
        }));
    }
    ways.len()
}

fn ports(wires: &Wires, dst: &str) -> usize {
    ways(wires, |n| Udp { src_port: 1000 + n, ..to(wires, dst) }.frame())
}

fn labels(wires: &Wires) -> usize {
    ways(wires, |n| {
        let mut frame = to(wires, "2001:db8:5::7").frame();
        frame[16..18].copy_from_slice(&n.to_be_bytes());
        frame
    })
}

/// IP in IP between the same two ends, with different flows inside.
fn tunnels(wires: &Wires) -> usize {
    ways(wires, |n| {
        let inner = Udp { src_port: 1000 + n, ..to(wires, "10.99.0.1") }.frame();
        let mut frame = to(wires, "198.51.100.7").frame();
        frame.truncate(14 + ipv4::HEADER_LEN);
        frame.extend_from_slice(&inner[14..]);
        let total = (frame.len() - 14) as u16;
        let mut outer = ipv4::Packet::new_unchecked(&mut frame[14..]);
        outer.set_protocol(wire::Protocol(4));
        outer.set_total_len(total);
        outer.fill_checksum();
        frame
    })
}

fn all(wires: &Wires) -> [usize; 4] {
    [ports(wires, "198.51.100.7"), ports(wires, "2001:db8:5::7"), labels(wires), tunnels(wires)]
}

#[test]
fn ports_flow_labels_and_what_is_in_a_tunnel_make_flows_as_configured_and_a_reload_changes_it() {
    let mut wires = wires();
    spread(&mut wires);
    assert_eq!(all(&wires), [2, 2, 2, 1], "the default");
    for (hash, expected) in [
        ("fields = \"3-tuple\"", [1, 1, 2, 1]),
        ("flow_label = false", [2, 2, 1, 1]),
        ("inner = true", [2, 2, 2, 2]),
        ("fields = \"3-tuple\"\nflow_label = false\ninner = true", [1, 1, 1, 1]),
        ("fields = \"5-tuple\"", [2, 2, 2, 1]),
    ] {
        let text = wires.lab.config(&format!("[hash]\n{hash}\n{BODY}"));
        wires.control.reload(text);
        assert_eq!(all(&wires), expected, "{hash}");
    }
}
