//! Frames written and read byte for byte: the switch's ports are TAPs, and this test is what they are connected to.

use crate::client::{path, through};
use crate::frames::{self, MAC_LEFT, MAC_RIGHT, Udp};
use crate::lab::{Lab, wait_for, wait_until};
use crate::netns::ip;
use api::switch::Group;
use stats::DropReason;
use tun_rs::{DeviceBuilder, Layer, SyncDevice};
use wire::{MacAddr, ethernet, icmpv4, icmpv6, ipv4, ipv6};

/// The far end of a port.
pub struct Wire {
    device: SyncDevice,
    /// The port's own.
    pub mac: MacAddr,
}

impl Wire {
    pub fn new(lab: &Lab, name: &str) -> Wire {
        let device =
            lab.within("sw", || DeviceBuilder::new().name(name).layer(Layer::L2).build_sync().unwrap());
        device.set_nonblocking(true).unwrap();
        ip(&lab.ns("sw"), &format!("link set {name} up\n"));
        let mac = lab.within("sw", || device.mac_address().unwrap());
        Wire { device, mac: MacAddr(mac) }
    }

    pub fn send(&self, frame: &[u8]) {
        assert_eq!(self.device.send(frame).unwrap(), frame.len());
    }

    /// The next frame that is `wanted`; the kernel's own chatter on the mirrors passes by.
    pub fn receive<T>(&self, what: &str, mut wanted: impl FnMut(&[u8]) -> Option<T>) -> T {
        let mut frame = [0; 4096];
        wait_for(what, || {
            while let Ok(len) = self.device.recv(&mut frame) {
                if let Some(value) = wanted(&frame[..len]) {
                    return Some(value);
                }
            }
            None
        })
    }

    /// What is there now and `wanted`.
    pub fn drain(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        let mut frame = [0; 4096];
        let mut found = vec![];
        while let Ok(len) = self.device.recv(&mut frame) {
            if wanted(&frame[..len]) {
                found.push(frame[..len].to_vec());
            }
        }
        found
    }

    /// The next frame of ours.
    pub fn datagram(&self) -> Vec<u8> {
        self.receive("a datagram", |frame| frames::is_ours(frame).then(|| frame.to_vec()))
    }

    /// The error that comes back, as ICMP type, code, what follows them, and its sender.
    pub fn error(&self, v6: bool) -> (u8, u8, u32, String) {
        self.receive("an ICMP error", |frame| if v6 { error_v6(frame) } else { error_v4(frame) })
    }

    /// Those that are there now.
    pub fn errors(&self, v6: bool) -> Vec<(u8, u8, u32, String)> {
        let error = if v6 { error_v6 } else { error_v4 };
        self.drain(|frame| error(frame).is_some()).iter().filter_map(|frame| error(frame)).collect()
    }
}

fn error_v4(frame: &[u8]) -> Option<(u8, u8, u32, String)> {
    let frame = ethernet::Frame::new_checked(frame).ok()?;
    let packet = ipv4::Packet::new_checked(frame.payload()).ok().filter(|p| p.version() == 4)?;
    let icmp = icmpv4::Packet::new_checked(packet.payload()).ok()?;
    if packet.protocol() != wire::Protocol::ICMP || !matches!(icmp.kind(), 3 | 11 | 12) {
        return None;
    }
    assert!(packet.verify_checksum() && icmp.verify_checksum());
    let rest = icmp.rest();
    Some((icmp.kind(), icmp.code(), u32::from_be_bytes(rest), packet.src().to_string()))
}

fn error_v6(frame: &[u8]) -> Option<(u8, u8, u32, String)> {
    let frame = ethernet::Frame::new_checked(frame).ok()?;
    let packet = ipv6::Packet::new_checked(frame.payload()).ok().filter(|p| p.version() == 6)?;
    let icmp = packet.payload();
    if packet.next_header() != wire::Protocol::ICMPV6 || *icmp.first()? > 4 {
        return None;
    }
    let view = icmpv6::Packet::new_checked(icmp).ok()?;
    icmpv6::Repr::parse(&view, packet.src(), packet.dst()).expect("a right checksum");
    let rest = u32::from_be_bytes([icmp[4], icmp[5], icmp[6], icmp[7]]);
    Some((icmp[0], icmp[1], rest, packet.src().to_string()))
}

pub const BODY: &str = "
[workers]
cores = [1]
idle = \"sleep\"
[[port]]
name = \"left\"
kernel = \"p-left\"
[[port]]
name = \"right\"
kernel = \"p-right\"
[[interface]]
name = \"left\"
port = \"left\"
addresses = [\"10.1.0.1/24\", \"fd00:1::1/64\"]
[[interface]]
name = \"left100\"
port = \"left\"
vlan = 100
addresses = [\"10.1.100.1/24\", \"fd00:1:100::1/64\"]
[[interface]]
name = \"right\"
port = \"right\"
addresses = [\"10.2.0.1/24\", \"fd00:2::1/64\"]
[[interface]]
name = \"right200\"
port = \"right\"
vlan = 200
mtu = 1400
addresses = [\"10.2.200.1/24\", \"fd00:2:200::1/64\"]
";

pub struct Wires {
    pub lab: Lab,
    pub left: Wire,
    pub right: Wire,
    pub control: crate::client::Session,
}

/// Hosts with the number 2 on every network, told as neighbors.
pub fn wires() -> Wires {
    wires_of(BODY)
}

/// The same with a configuration that has more.
pub fn wires_of(body: &str) -> Wires {
    let mut lab = Lab::new();
    let (left, right) = (Wire::new(&lab, "p-left"), Wire::new(&lab, "p-right"));
    lab.start(body);
    let mut control = lab.control();
    for (interface, mac, addresses) in [
        ("left", MAC_LEFT, ["10.1.0.2", "fd00:1::2"]),
        ("left100", MAC_LEFT, ["10.1.100.2", "fd00:1:100::2"]),
        ("right", MAC_RIGHT, ["10.2.0.2", "fd00:2::2"]),
        ("right200", MAC_RIGHT, ["10.2.200.2", "fd00:2:200::2"]),
    ] {
        for address in addresses {
            control.neighbor(interface, address, Some(api::Mac(mac.0)));
        }
    }
    let routes = [
        ("198.51.100.0/24", through(0, &[])),
        ("169.254.0.0/16", through(0, &[])),
        ("2001:db8:5::/64", through(1, &[])),
        ("192.0.2.0/24", Group::Blackhole),
        ("203.0.113.0/24", Group::Unreachable),
        ("2001:db8:b::/48", Group::Blackhole),
        ("2001:db8:c::/48", Group::Unreachable),
    ];
    control.sync(&paths(), &routes);
    Wires { lab, left, right, control }
}

/// To the right, one for each family.
pub fn paths() -> [api::switch::Path; 2] {
    [path("right", "10.2.0.2", None), path("right-v6", "fd00:2::2", None)]
}

/// From the left host, untagged, to this address.
pub fn to(wires: &Wires, dst: &str) -> Udp {
    let src = if dst.contains(':') { "fd00:1::2" } else { "10.1.0.2" };
    Udp::new(MAC_LEFT, wires.left.mac, src, dst)
}

/// How it leaves on the right, one hop older.
pub fn aged(wires: &Wires, sent: &Udp) -> Udp {
    Udp { src_mac: wires.right.mac, dst_mac: MAC_RIGHT, ttl: sent.ttl - 1, ..sent.clone() }
}

#[test]
fn a_forwarded_packet_has_new_macs_one_hop_less_and_a_right_checksum_and_is_otherwise_the_same() {
    let wires = wires();
    for dst in ["198.51.100.7", "2001:db8:5::7", "10.2.0.2", "fd00:2::2"] {
        for ttl in [2, 64, 128, 255] {
            let sent = Udp { ttl, ..to(&wires, dst) };
            wires.left.send(&sent.frame());
            assert_eq!(wires.right.datagram(), aged(&wires, &sent).frame(), "{dst} with {ttl}");
        }
    }
    // Every value that the checksum's carry can meet.
    for ident in 0..600 {
        let sent = Udp { ident: ident * 109, ..to(&wires, "198.51.100.7") };
        wires.left.send(&sent.frame());
        assert_eq!(wires.right.datagram(), aged(&wires, &sent).frame(), "identification {}", sent.ident);
    }
}

#[test]
fn tags_come_and_go_between_interfaces() {
    let wires = wires();
    let tags = [None, Some(100)];
    for tag_in in tags {
        for tag_out in [None, Some(200)] {
            for v6 in [false, true] {
                let (src, dst) = match (v6, tag_in, tag_out) {
                    (false, None, None) => ("10.1.0.2", "10.2.0.2"),
                    (false, None, Some(_)) => ("10.1.0.2", "10.2.200.2"),
                    (false, Some(_), None) => ("10.1.100.2", "10.2.0.2"),
                    (false, Some(_), Some(_)) => ("10.1.100.2", "10.2.200.2"),
                    (true, None, None) => ("fd00:1::2", "fd00:2::2"),
                    (true, None, Some(_)) => ("fd00:1::2", "fd00:2:200::2"),
                    (true, Some(_), None) => ("fd00:1:100::2", "fd00:2::2"),
                    (true, Some(_), Some(_)) => ("fd00:1:100::2", "fd00:2:200::2"),
                };
                let sent = Udp { tag: tag_in, ..Udp::new(MAC_LEFT, wires.left.mac, src, dst) };
                wires.left.send(&sent.frame());
                let expected = Udp { tag: tag_out, ..aged(&wires, &sent) };
                assert_eq!(wires.right.datagram(), expected.frame(), "{tag_in:?} to {tag_out:?}, IPv6 {v6}");
                // And back.
                let sent = Udp { tag: tag_out, ..Udp::new(MAC_RIGHT, wires.right.mac, dst, src) };
                wires.right.send(&sent.frame());
                let expected =
                    Udp { tag: tag_in, ttl: 63, src_mac: wires.left.mac, dst_mac: MAC_LEFT, ..sent };
                assert_eq!(wires.left.datagram(), expected.frame(), "back, {tag_out:?} to {tag_in:?}");
            }
        }
    }
    // VLAN 0 is a priority and no VLAN.
    let sent = Udp { tag: Some(0), ..to(&wires, "10.2.0.2") };
    wires.left.send(&sent.frame());
    assert_eq!(wires.right.datagram(), Udp { tag: None, ..aged(&wires, &sent) }.frame());
}

#[test]
fn every_drop_is_counted_under_its_reason() {
    let wires = wires();
    let usual = to(&wires, "198.51.100.7");
    let damaged = |at: usize, value: u8| {
        let mut frame = usual.frame();
        frame[at] = value;
        frame
    };
    let cut = |len: usize| usual.frame()[..len].to_vec();
    let from = |src: &str| Udp { src: src.parse().unwrap(), ..usual.clone() }.frame();
    let six = |src: &str, dst: &str| Udp::new(MAC_LEFT, wires.left.mac, src, dst).frame();
    let cases = [
        (DropReason::NoRoute, to(&wires, "8.8.8.8").frame()),
        (DropReason::NoRoute, to(&wires, "2001:db8:dead::1").frame()),
        (DropReason::Blackhole, to(&wires, "192.0.2.1").frame()),
        (DropReason::Blackhole, to(&wires, "2001:db8:b::1").frame()),
        (DropReason::Unreachable, to(&wires, "203.0.113.77").frame()),
        (DropReason::Unreachable, to(&wires, "2001:db8:c::1").frame()),
        (DropReason::TtlExpired, Udp { ttl: 1, ..usual.clone() }.frame()),
        (DropReason::TtlExpired, Udp { ttl: 0, ..usual.clone() }.frame()),
        (DropReason::TtlExpired, Udp { ttl: 1, ..to(&wires, "2001:db8:5::7") }.frame()),
        (DropReason::BadChecksum, damaged(14 + 10, 0x12)),
        (DropReason::BadHeader, damaged(14, 0x65)),
        (DropReason::BadHeader, damaged(14, 0x44)),
        (DropReason::Truncated, cut(14 + 19)),
        (DropReason::Truncated, cut(14 + 25)),
        (DropReason::MartianSource, from("127.0.0.1")),
        (DropReason::MartianSource, from("224.0.0.1")),
        (DropReason::MartianSource, from("240.0.0.1")),
        (DropReason::MartianSource, from("0.1.2.3")),
        (DropReason::MartianSource, six("::1", "2001:db8:5::7")),
        (DropReason::MartianSource, six("::", "2001:db8:5::7")),
        (DropReason::MartianSource, six("ff02::1", "2001:db8:5::7")),
        (DropReason::MartianDestination, to(&wires, "127.0.0.1").frame()),
        (DropReason::MartianDestination, to(&wires, "0.0.0.0").frame()),
        (DropReason::MartianDestination, to(&wires, "250.0.0.1").frame()),
        (DropReason::MartianDestination, six("fd00:1::2", "::1")),
        (DropReason::BeyondScope, from("169.254.7.7")),
        (DropReason::BeyondScope, to(&wires, "169.254.7.7").frame()),
        (DropReason::BeyondScope, Udp { ttl: 1, ..to(&wires, "169.254.7.7") }.frame()),
        (DropReason::BeyondScope, frames::with_options(&to(&wires, "169.254.7.7"), &[148, 4, 0, 0])),
        (DropReason::BeyondScope, six("fe80::2", "2001:db8:5::7")),
        (DropReason::IpOptions, frames::with_options(&usual, &[7, 3, 4, 0])),
        (DropReason::NotForUs, Udp { dst_mac: MacAddr([2, 0, 0, 0, 0, 0x77]), ..usual.clone() }.frame()),
        (DropReason::UnknownVlan, Udp { tag: Some(77), ..usual.clone() }.frame()),
        (DropReason::MtuExceeded, Udp { payload: 1380, ..to(&wires, "10.2.200.2") }.frame()),
        (DropReason::MtuExceeded, Udp { payload: 1380, ..to(&wires, "fd00:2:200::2") }.frame()),
        (DropReason::UnresolvedNeighbor, to(&wires, "10.2.0.99").frame()),
        (DropReason::UnresolvedNeighbor, to(&wires, "fd00:2::99").frame()),
    ];
    let mut expected: std::collections::BTreeMap<DropReason, u64> =
        cases.iter().map(|(reason, _)| (*reason, wires.lab.dropped(*reason))).collect();
    for (reason, frame) in &cases {
        let count = expected.get_mut(reason).unwrap();
        *count += 1;
        wires.left.send(frame);
        wires.lab.expect_dropped(*reason, *count);
    }
    // All was counted once, under one reason, and forwarding goes on.
    for (reason, count) in expected {
        assert_eq!(wires.lab.dropped(reason), count, "{}", reason.as_str());
    }
    wires.left.send(&usual.frame());
    assert_eq!(wires.right.datagram(), aged(&wires, &usual).frame());
}

#[test]
fn the_sender_is_told_why_from_the_address_of_the_interface_it_came_in_by() {
    let wires = wires();
    let us = "10.1.0.1".to_owned();
    let us6 = "fd00:1::1".to_owned();
    let big = |dst: &str| Udp { payload: 1380, ..to(&wires, dst) };
    let cases = [
        (Udp { ttl: 1, ..to(&wires, "198.51.100.7") }, (11, 0, 0, &us)),
        (to(&wires, "8.8.8.8"), (3, 0, 0, &us)),
        (to(&wires, "203.0.113.77"), (3, 1, 0, &us)),
        (big("10.2.200.2"), (3, 4, 1400, &us)),
        (Udp { ttl: 1, ..to(&wires, "2001:db8:5::7") }, (3, 0, 0, &us6)),
        (to(&wires, "2001:db8:dead::1"), (1, 0, 0, &us6)),
        (to(&wires, "2001:db8:c::1"), (1, 3, 0, &us6)),
        (big("fd00:2:200::2"), (2, 0, 1400, &us6)),
    ];
    for (sent, (kind, code, rest, source)) in cases {
        wires.left.send(&sent.frame());
        let v6 = sent.dst.is_ipv6();
        assert_eq!(wires.left.error(v6), (kind, code, rest, source.clone()), "{sent:?}");
    }
    // By the VLAN: its own address, and the answer is tagged.
    let tagged =
        Udp { ttl: 1, tag: Some(100), src: "10.1.100.2".parse().unwrap(), ..to(&wires, "198.51.100.7") };
    wires.left.send(&tagged.frame());
    let frame = wires.left.receive("an answer", |f| error_v4(f).is_some().then(|| f.to_vec()));
    assert_eq!(ethernet::Frame::new_checked(&frame[..]).unwrap().tag().map(|t| t.vlan), Some(100));
    assert_eq!(error_v4(&frame).unwrap(), (11, 0, 0, "10.1.100.1".to_owned()));
}

#[test]
fn an_address_of_our_own_may_be_a_link_local_one_and_is_reached_from_the_link_only() {
    let wires = wires_of(&BODY.replacen("\"10.1.0.1/24\"", "\"10.1.0.1/24\", \"169.254.1.1/30\"", 1));
    let punted = || -> u64 {
        wires
            .lab
            .stats()
            .workers()
            .iter()
            .flat_map(|worker| worker.punts.clone())
            .map(|(_, count)| count)
            .sum()
    };
    let before = punted();
    let on_link = Udp { src: "169.254.1.2".parse().unwrap(), ..to(&wires, "169.254.1.1") };
    wires.left.send(&on_link.frame());
    wait_until("the kernel gets it", || punted() > before);
    // The next host over is on the same network, and that is as far as the packet may go.
    wires.left.send(&to(&wires, "169.254.1.2").frame());
    wires.lab.expect_dropped(DropReason::BeyondScope, 1);
}

#[test]
fn a_flood_of_expired_packets_is_answered_at_a_bounded_rate() {
    /// Fits the port's ring, and is twice what may be answered at once.
    const PART: u64 = 200;
    let wires = wires();
    let frame = Udp { ttl: 1, ..to(&wires, "198.51.100.7") }.frame();
    for part in 1..=10 {
        for _ in 0..PART {
            wires.left.send(&frame);
        }
        wires.lab.expect_dropped(DropReason::TtlExpired, part * PART);
    }
    let sum = |of: fn(&stats::WorkerRow) -> u64| wires.lab.stats().workers().iter().map(of).sum::<u64>();
    assert_eq!(sum(|w| w.icmp_sent) + sum(|w| w.icmp_limited), 10 * PART);
    assert!(sum(|w| w.icmp_sent) > 0 && sum(|w| w.icmp_limited) > 0);
    let usual = to(&wires, "198.51.100.7");
    wires.left.send(&usual.frame());
    assert_eq!(wires.right.datagram(), aged(&wires, &usual).frame());
}

#[test]
fn a_neighbor_that_nobody_knows_is_asked_for_and_then_reached() {
    let mut wires = wires();
    let mut listener = wires.lab.operator();
    listener.subscribe();
    let sent = to(&wires, "10.2.0.99");
    wires.left.send(&sent.frame());
    let wanted = api::switch::Event::Unresolved { interface: "right".into(), address: sent.dst };
    listener.event("the neighbor is asked for", |e| *e == wanted);
    wires.control.neighbor("right", "10.2.0.99", Some(api::Mac(MAC_RIGHT.0)));
    wires.left.send(&sent.frame());
    assert_eq!(wires.right.datagram(), aged(&wires, &sent).frame());
}
