//! What a router owes senders, and does not owe them, byte for byte: RFC 1812 4.3 and 5.3, RFC 4443 2.4 and 3, RFC 8200 4.

use crate::client::through;
use crate::frames::{self, MAC_LEFT, MAC_RIGHT, Udp};
use crate::lab::wait_until;
use crate::wires::{BODY, Wires, aged, paths, to, wires, wires_of};
use api::switch::Group;
use stats::DropReason;
use wire::{MacAddr, ipv4};

/// With a loopback, an interface that has no address, and no answers about time.
fn edges() -> Wires {
    let more = "
[icmp]
time_exceeded = 0
[[interface]]
name = \"bare\"
port = \"left\"
vlan = 300
[[loopback]]
name = \"router\"
addresses = [\"192.0.2.254/32\", \"2001:db8:ff::1/128\"]
";
    wires_of(&format!("{BODY}{more}"))
}

#[test]
fn what_an_administrator_prohibits_is_answered_as_such_and_dead_ways_as_the_rfcs_say() {
    let mut wires = wires();
    let routes = [
        ("198.51.100.0/24", through(0, &[])),
        ("198.51.100.9/32", through(0, &[])),
        ("2001:db8:5::/64", through(1, &[])),
        ("203.0.113.0/24", Group::Prohibit),
        ("2001:db8:c::/48", Group::Prohibit),
    ];
    wires.control.sync(&paths(), &routes);
    wires.control.drain("right", true);
    wires.control.drain("right-v6", true);
    for (dst, kind, code) in [
        ("203.0.113.77", 3, 13),
        ("2001:db8:c::1", 1, 1),
        // The whole network is behind the dead path.
        ("198.51.100.7", 3, 0),
        ("2001:db8:5::7", 1, 3),
    ] {
        wires.left.send(&to(&wires, dst).frame());
        let (found, its_code, ..) = wires.left.error(dst.contains(':'));
        assert_eq!((found, its_code), (kind, code), "{dst}");
    }
    wires.lab.expect_dropped(DropReason::Prohibited, 2);
    wires.lab.expect_dropped(DropReason::NoLivePath, 2);
    // One host of it, while the others can be reached.
    wires
        .control
        .sync(&paths(), &[("198.51.100.9/32", through(0, &[])), ("198.51.100.0/24", Group::Blackhole)]);
    wires.left.send(&to(&wires, "198.51.100.9").frame());
    assert_eq!(wires.left.error(false).1, 1, "host unreachable");
}

#[test]
fn a_host_that_does_not_answer_is_unreachable_after_three_seconds_and_not_before() {
    let wires = wires();
    let mut count = 0;
    for (dst, kind, code) in [("10.2.0.99", 3, 1), ("fd00:2::99", 1, 3)] {
        let sent = to(&wires, dst);
        let v6 = sent.dst.is_ipv6();
        wires.left.send(&sent.frame());
        count += 1;
        wires.lab.expect_dropped(DropReason::UnresolvedNeighbor, count);
        assert_eq!(wires.left.errors(v6), [], "the neighbor has not been asked for yet");
        let mut said = vec![];
        wait_until("the sender is told", || {
            wires.left.send(&sent.frame());
            count += 1;
            said = wires.left.errors(v6);
            !said.is_empty()
        });
        wires.lab.expect_dropped(DropReason::UnresolvedNeighbor, count);
        assert_eq!((said[0].0, said[0].1), (kind, code), "{dst}");
    }
}

#[test]
fn answers_come_from_a_loopback_where_the_interface_has_no_address_and_each_type_has_a_rate() {
    let wires = edges();
    let tagged =
        |src: &str, dst: &str| Udp { tag: Some(300), ..Udp::new(MAC_LEFT, wires.left.mac, src, dst) };
    for (src, dst, from) in
        [("10.1.0.2", "8.8.8.8", "192.0.2.254"), ("fd00:1::2", "2001:db8:dead::1", "2001:db8:ff::1")]
    {
        wires.left.send(&tagged(src, dst).frame());
        assert_eq!(wires.left.error(src.contains(':')).3, from);
    }
    // The rate of time exceeded is none at all, and costs the others nothing.
    wires.left.send(&Udp { ttl: 1, ..to(&wires, "198.51.100.7") }.frame());
    wires.lab.expect_dropped(DropReason::TtlExpired, 1);
    wires.left.send(&to(&wires, "8.8.8.8").frame());
    assert_eq!(wires.left.error(false), (3, 0, 0, "10.1.0.1".to_owned()));
    let limited: u64 = wires.lab.stats().workers().iter().map(|worker| worker.icmp_limited).sum();
    assert_eq!(limited, 1);
}

#[test]
fn a_loopback_is_an_address_of_the_switch_and_of_its_kernel() {
    let wires = edges();
    let (ok, text) = wires.lab.exec("sw", &["ip", "-br", "addr", "show", "dev", "router"]);
    assert!(ok && text.contains("192.0.2.254/32") && text.contains("2001:db8:ff::1/128"), "{text}");
    // To the switch itself: it goes up, and is not sent on.
    let punts = || {
        let rows = wires.lab.stats().workers();
        rows.iter().flat_map(|row| row.punts.clone()).map(|(_, count)| count).sum::<u64>()
    };
    for dst in ["192.0.2.254", "2001:db8:ff::1"] {
        let before = punts();
        wires.left.send(&to(&wires, dst).frame());
        wait_until("it goes up", || punts() > before);
    }
}

#[test]
fn a_link_local_sender_is_told_that_the_world_is_beyond_its_link() {
    let wires = wires();
    let sent = Udp::new(MAC_LEFT, wires.left.mac, "fe80::2", "2001:db8:5::7");
    wires.left.send(&sent.frame());
    let (kind, code, _, from) = wires.left.error(true);
    assert_eq!((kind, code), (1, 2));
    assert!(from.starts_with("fe80::"), "{from}");
    wires.lab.expect_dropped(DropReason::BeyondScope, 1);
}

#[test]
fn nothing_is_sent_to_the_broadcast_address_of_a_network_and_nobody_is_told() {
    let wires = wires();
    for (n, dst) in ["10.2.0.255", "10.2.0.0", "10.2.200.255", "10.1.0.255"].into_iter().enumerate() {
        wires.left.send(&to(&wires, dst).frame());
        wires.lab.expect_dropped(DropReason::DirectedBroadcast, n as u64 + 1);
    }
    // What came to a group on the link is not answered either, whatever is wrong with it.
    for dst_mac in [MacAddr([0xff; 6]), MacAddr([1, 0, 0x5e, 0, 0, 1])] {
        wires.left.send(&Udp { dst_mac, ttl: 1, ..to(&wires, "8.8.8.8") }.frame());
    }
    let last = Udp { ttl: 1, ..to(&wires, "198.51.100.7") };
    wires.left.send(&last.frame());
    assert_eq!(wires.left.error(false).0, 11, "the first that is said");
}

#[test]
fn a_packet_that_may_be_cut_is_cut_to_the_mtu_of_its_way_out() {
    let wires = wires();
    let sent = Udp { payload: 1452, dont_fragment: false, ident: 77, ..to(&wires, "10.2.200.2") };
    wires.left.send(&sent.frame());
    let mut whole = vec![0; 1460];
    let mut shape = vec![];
    while shape.len() < 2 {
        let frame = wires.right.receive("a part", |frame| {
            (frame[12..14] == [0x81, 0] && frame[16..18] == [8, 0]).then(|| frame.to_vec())
        });
        assert_eq!(frame[14..16], [0, 200], "the tag of the way out");
        let part = ipv4::Packet::new_checked(&frame[18..]).unwrap();
        assert!(part.verify_checksum() && part.ident() == 77 && part.ttl() == 63);
        let at = usize::from(part.fragment_offset());
        whole[at..at + part.payload().len()].copy_from_slice(part.payload());
        shape.push((part.total_len(), part.fragment_offset(), part.more_fragments()));
    }
    assert_eq!(shape, [(1396, 0, true), (104, 1376, false)]);
    assert_eq!(whole, sent.frame()[34..]);
    assert_eq!(wires.lab.dropped(DropReason::MtuExceeded), 0);
}

#[test]
fn options_pass_but_those_that_ask_a_router_for_something() {
    let wires = wires();
    let usual = to(&wires, "198.51.100.7");
    let expected = aged(&wires, &usual);
    for options in [&frames::ROUTER_ALERT[..], &[1, 1, 1, 0], &[134, 6, 0, 0, 0, 1, 99, 2]] {
        wires.left.send(&frames::with_options(&usual, options));
        assert_eq!(wires.right.datagram(), frames::with_options(&expected, options), "{options:?}");
    }
    for (n, options) in [[131, 3, 4, 0], [1, 137, 3, 4], [7, 3, 4, 0], [68, 4, 5, 0]].iter().enumerate() {
        wires.left.send(&frames::with_options(&usual, options));
        wires.lab.expect_dropped(DropReason::IpOptions, n as u64 + 1);
    }
    // One that ends beyond the header: its place is said.
    wires.left.send(&frames::with_options(&usual, &[1, 148, 9, 0]));
    assert_eq!(wires.left.error(false), (12, 0, 22 << 24, "10.1.0.1".to_owned()));
    // And its hops and the other checks count.
    wires.left.send(&frames::with_options(&Udp { ttl: 1, ..usual.clone() }, &[1, 1, 1, 0]));
    assert_eq!(wires.left.error(false).0, 11);
    wires.left.send(&frames::with_options(&to(&wires, "8.8.8.8"), &[1, 1, 1, 0]));
    assert_eq!(wires.left.error(false).0, 3);
    let mut damaged = frames::with_options(&usual, &[1, 1, 1, 0]);
    damaged[14 + 10] ^= 1;
    wires.left.send(&damaged);
    wires.lab.expect_dropped(DropReason::BadChecksum, 1);
}

#[test]
fn extension_headers_pass_hop_by_hop_options_included() {
    let wires = wires();
    let sent = to(&wires, "2001:db8:5::7");
    // Hop-by-hop options with a router alert (RFC 2711), then destination options with padding.
    let extended = |udp: &Udp| {
        let mut frame = udp.frame();
        frame.splice(54..54, [60, 0, 5, 2, 0, 0, 1, 0, 17, 0, 1, 4, 0, 0, 0, 0]);
        frame[20] = 0;
        let len = u16::from_be_bytes([frame[18], frame[19]]) + 16;
        frame[18..20].copy_from_slice(&len.to_be_bytes());
        frame
    };
    wires.left.send(&extended(&sent));
    let expected = extended(&aged(&wires, &sent));
    let out = wires.right.receive("it", |frame| (frame.len() == expected.len()).then(|| frame.to_vec()));
    assert_eq!(out, expected);
    assert_eq!(expected[..6], MAC_RIGHT.0);
}
