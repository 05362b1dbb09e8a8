//! The checks that were written down by hand, and what tells BFD from the rest.

use super::arrival::{ETHERNET, Meta, NO_INTERFACE, PortView, TAGGED, is_bfd};
use super::by_hand::{Lane, Why, parse};
use super::program_tests::frame;
use stats::DropReason;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use wire::flow::{hash_v4 as flow_hash_v4, hash_v6 as flow_hash_v6};
use wire::ipv4;

const IPV4_HEADER: usize = ipv4::HEADER_LEN;
const UNTAGGED: u16 = 3;
const TAGGED_100: u16 = 4;

fn port() -> PortView {
    let mut vlans = Box::new([NO_INTERFACE; 4096]);
    vlans[100] = TAGGED_100;
    PortView { mac: 0x0100_0000_0002, untagged: UNTAGGED, vlans: Some(vlans) }
}

fn v4(src: &str, dst: &str) -> Vec<u8> {
    frame(None, src, dst, 64, (1000, 2000))
}

/// The usual packet with its IPv4 header changed, and the checksum right again.
fn changed(change: impl FnOnce(&mut ipv4::Packet<&mut [u8]>)) -> Vec<u8> {
    let mut frame = v4("10.0.0.2", "198.51.100.7");
    let mut packet = ipv4::Packet::new_unchecked(&mut frame[ETHERNET..]);
    change(&mut packet);
    packet.fill_checksum();
    frame
}

fn lane(frame: &[u8]) -> Lane {
    parse(frame, &port(), &mut Meta::default())
}

fn number(text: &str) -> u32 {
    text.parse::<Ipv4Addr>().unwrap().to_bits()
}

fn number6(text: &str) -> u128 {
    text.parse::<Ipv6Addr>().unwrap().to_bits()
}

#[test]
fn good_packets_are_looked_up_by_their_destination_on_their_interface() {
    for (tag, interface, l3) in
        [(None, UNTAGGED, ETHERNET), (Some(100), TAGGED_100, TAGGED), (Some(0), UNTAGGED, TAGGED)]
    {
        let meta_of = |frame: &[u8]| {
            let mut meta = Meta::default();
            (parse(frame, &port(), &mut meta), meta)
        };
        let expected = Meta { interface, l3: l3 as u8 };
        let four = frame(tag, "10.0.0.2", "198.51.100.7", 2, (1, 2));
        assert_eq!(meta_of(&four), (Lane::V4(number("198.51.100.7")), expected));
        let six = frame(tag, "fd00::2", "2001:db8::7", 2, (1, 2));
        assert_eq!(meta_of(&six), (Lane::V6(number6("2001:db8::7")), expected));
    }
}

#[test]
fn frames_for_others_and_on_unknown_vlans_are_dropped() {
    let mut other = v4("10.0.0.2", "198.51.100.7");
    other[5] = 9;
    assert_eq!(lane(&other), Lane::Drop(DropReason::NotForUs));
    let unknown = frame(Some(101), "10.0.0.2", "198.51.100.7", 64, (1, 2));
    assert_eq!(lane(&unknown), Lane::Drop(DropReason::UnknownVlan));
    let bare = PortView { untagged: NO_INTERFACE, ..port() };
    let untagged = v4("10.0.0.2", "198.51.100.7");
    assert_eq!(parse(&untagged, &bare, &mut Meta::default()), Lane::Drop(DropReason::UnknownVlan));
    let priority = frame(Some(0), "10.0.0.2", "198.51.100.7", 64, (1, 2));
    assert_eq!(parse(&priority, &bare, &mut Meta::default()), Lane::Drop(DropReason::UnknownVlan));
    let plain = PortView { vlans: None, ..port() };
    let tagged = frame(Some(100), "10.0.0.2", "198.51.100.7", 64, (1, 2));
    assert_eq!(parse(&tagged, &plain, &mut Meta::default()), Lane::Drop(DropReason::UnknownVlan));
}

#[test]
fn a_frame_cut_short_anywhere_is_dropped_as_such_and_a_longer_one_is_padded() {
    for tag in [None, Some(100)] {
        for (src, dst) in [("10.0.0.2", "198.51.100.7"), ("fd00::2", "2001:db8::7")] {
            let whole = frame(tag, src, dst, 64, (1, 2));
            for len in 0..whole.len() {
                let cut = lane(&whole[..len]);
                assert_eq!(cut, Lane::Drop(DropReason::Truncated), "{len} of {}: {dst}", whole.len());
            }
            let mut padded = whole.clone();
            padded.extend([0; 18]);
            assert_eq!(lane(&padded), lane(&whole));
            assert!(matches!(lane(&whole), Lane::V4(_) | Lane::V6(_)));
        }
    }
}

#[test]
fn every_single_bit_error_in_an_ipv4_header_is_noticed() {
    let whole = v4("10.0.0.2", "198.51.100.7");
    for bit in 0..IPV4_HEADER * 8 {
        let mut damaged = whole.clone();
        damaged[ETHERNET + bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(lane(&damaged), Lane::Drop(_)), "bit {bit}");
    }
}

#[test]
fn no_octet_anywhere_makes_parsing_fail() {
    for tag in [None, Some(100)] {
        for (src, dst) in [("10.0.0.2", "198.51.100.7"), ("fd00::2", "2001:db8::7")] {
            let whole = frame(tag, src, dst, 64, (1, 3784));
            for at in 0..whole.len() {
                for value in 0..=255 {
                    let mut damaged = whole.clone();
                    damaged[at] = value;
                    // Whatever it says, it says it without reading beyond the frame.
                    for len in [whole.len(), at + 1] {
                        let _ =
                            (lane(&damaged[..len]), flow_hash_v4(&damaged[..len]), flow_hash_v6(&damaged));
                    }
                }
            }
        }
    }
}

#[test]
fn headers_that_say_what_cannot_be_are_dropped() {
    let bad_header = Lane::Drop(DropReason::BadHeader);
    assert_eq!(lane(&changed(|p| p.set_total_len(19))), bad_header);
    let mut five = v4("10.0.0.2", "198.51.100.7");
    five[ETHERNET] = 0x55;
    assert_eq!(lane(&five), bad_header);
    five[ETHERNET] = 0x44;
    assert_eq!(lane(&five), bad_header);
    let mut six = frame(None, "fd00::2", "2001:db8::7", 64, (1, 2));
    six[ETHERNET] = 0x40;
    assert_eq!(lane(&six), bad_header);
}

#[test]
fn martians_are_dropped_and_a_host_without_an_address_is_heard() {
    let (source, destination) = (DropReason::MartianSource, DropReason::MartianDestination);
    let good = "198.51.100.7";
    for (src, dst, expected) in [
        ("0.0.0.1", good, Lane::Drop(source)),
        ("127.0.0.1", good, Lane::Drop(source)),
        ("224.0.0.1", good, Lane::Drop(source)),
        ("239.255.255.255", good, Lane::Drop(source)),
        ("240.0.0.1", good, Lane::Drop(source)),
        ("255.255.255.255", good, Lane::Drop(source)),
        ("10.0.0.2", "0.0.0.0", Lane::Drop(destination)),
        ("10.0.0.2", "127.1.2.3", Lane::Drop(destination)),
        ("10.0.0.2", "240.0.0.1", Lane::Drop(destination)),
        ("127.0.0.1", "127.0.0.1", Lane::Drop(source)),
        ("10.0.0.2", "255.255.255.255", Lane::Local(Why::Multicast)),
        ("0.0.0.0", "255.255.255.255", Lane::Local(Why::Multicast)),
        ("127.0.0.1", "255.255.255.255", Lane::Drop(source)),
        ("10.0.0.2", "224.0.0.5", Lane::Local(Why::Multicast)),
        ("10.0.0.2", "223.255.255.255", Lane::V4(number("223.255.255.255"))),
        ("128.0.0.1", "126.0.0.1", Lane::V4(number("126.0.0.1"))),
        ("169.254.0.1", "10.9.0.1", Lane::Local(Why::Options)),
        ("10.0.0.2", "169.254.255.255", Lane::Local(Why::Options)),
        ("169.253.0.1", "169.255.0.1", Lane::V4(number("169.255.0.1"))),
        ("10.169.254.1", "10.169.254.2", Lane::V4(number("10.169.254.2"))),
    ] {
        assert_eq!(lane(&v4(src, dst)), expected, "{src} to {dst}");
    }
    let good = "2001:db8::7";
    for (src, dst, expected) in [
        ("::1", good, Lane::Drop(source)),
        ("::", good, Lane::Drop(source)),
        ("ff02::1", good, Lane::Drop(source)),
        ("fd00::2", "::1", Lane::Drop(destination)),
        ("fd00::2", "::", Lane::Drop(destination)),
        ("fd00::2", "ff02::5", Lane::Local(Why::Multicast)),
        ("::", "ff02::1", Lane::Local(Why::Multicast)),
        ("fe80::1", good, Lane::Local(Why::Options)),
        ("fd00::2", "fe80::1", Lane::Local(Why::Options)),
        ("fec0::1", good, Lane::V6(number6(good))),
    ] {
        assert_eq!(lane(&frame(None, src, dst, 64, (1, 2))), expected, "{src} to {dst}");
    }
}

#[test]
fn what_is_not_plainly_forwardable_is_for_the_local_step() {
    let mut arp = v4("10.0.0.2", "198.51.100.7");
    arp[12..14].copy_from_slice(&[0x08, 0x06]);
    assert_eq!(lane(&arp), Lane::Local(Why::NotIp));
    let mut broadcast = v4("10.0.0.2", "10.0.0.255");
    broadcast[..6].copy_from_slice(&[0xff; 6]);
    assert_eq!(lane(&broadcast), Lane::Local(Why::Multicast));
    for ttl in [0, 1] {
        assert_eq!(lane(&changed(|p| p.set_ttl(ttl))), Lane::Local(Why::Expired));
        let six = frame(None, "fd00::2", "2001:db8::7", ttl, (1, 2));
        assert_eq!(lane(&six), Lane::Local(Why::Expired));
    }
    let mut hop_by_hop = frame(None, "fd00::2", "2001:db8::7", 64, (1, 2));
    hop_by_hop[ETHERNET + 6] = 0;
    assert_eq!(lane(&hop_by_hop), Lane::V6(number6("2001:db8::7")), "nobody asked us to look at it");
}

#[test]
fn options_go_to_the_local_step_once_their_header_is_whole_and_right() {
    let mut with_options = v4("10.0.0.2", "198.51.100.7");
    with_options.splice(ETHERNET + IPV4_HEADER..ETHERNET + IPV4_HEADER, [0x94, 4, 0, 0]);
    let mut packet = ipv4::Packet::new_unchecked(&mut with_options[ETHERNET..]);
    packet.set_version_and_header_len(IPV4_HEADER + 4);
    let total = packet.total_len() + 4;
    packet.set_total_len(total);
    packet.fill_checksum();
    assert_eq!(lane(&with_options), Lane::Local(Why::Options));
    for len in ETHERNET + IPV4_HEADER..with_options.len() {
        assert_eq!(lane(&with_options[..len]), Lane::Drop(DropReason::Truncated), "{len}");
    }
    with_options[ETHERNET + IPV4_HEADER + 3] ^= 1;
    assert_eq!(lane(&with_options), Lane::Drop(DropReason::BadChecksum));
}

#[test]
fn bfd_is_told_by_protocol_and_port_and_never_a_fragment() {
    for tag in [None, Some(100)] {
        assert_eq!(lane(&frame(tag, "10.0.0.2", "10.0.0.1", 255, (50_000, 3784))), Lane::Bfd);
        assert_eq!(lane(&frame(tag, "fd00::2", "fd00::1", 255, (50_000, 3784))), Lane::Bfd);
        // RFC 5881 5: a session may run on link-local addresses.
        assert_eq!(lane(&frame(tag, "fe80::2", "fe80::1", 255, (50_000, 3784))), Lane::Bfd);
    }
    // With any TTL: a wrong one is counted by the session, not here.
    assert_eq!(lane(&frame(None, "10.0.0.2", "10.0.0.1", 1, (50_000, 3784))), Lane::Bfd);
    assert_eq!(lane(&frame(None, "10.0.0.2", "10.0.0.1", 255, (3784, 3785))), Lane::V4(number("10.0.0.1")));
    let mut fragment = frame(None, "10.0.0.2", "10.0.0.1", 255, (50_000, 3784));
    let mut packet = ipv4::Packet::new_unchecked(&mut fragment[ETHERNET..]);
    packet.set_fragment(false, true, 0);
    packet.fill_checksum();
    assert_eq!(lane(&fragment), Lane::V4(number("10.0.0.1")));
}

#[test]
fn all_fragments_of_a_packet_go_one_way() {
    let hash = |frame: &[u8]| flow_hash_v4(&frame[ETHERNET..]);
    let first = changed(|p| p.set_fragment(false, true, 0));
    let mut later = changed(|p| p.set_fragment(false, true, 1480));
    // What stands where the ports were is data now.
    later[ETHERNET + IPV4_HEADER..ETHERNET + IPV4_HEADER + 4].copy_from_slice(&[9, 8, 7, 6]);
    let last = changed(|p| p.set_fragment(false, false, 2960));
    assert_eq!(hash(&first), hash(&later));
    assert_eq!(hash(&first), hash(&last));
    let whole = changed(|_| {});
    let dont = changed(|p| p.set_fragment(true, false, 0));
    assert_eq!(hash(&whole), hash(&dont), "the DF bit moves a flow");
    assert_ne!(hash(&whole), hash(&first));
}

#[test]
fn the_hash_of_a_flow_depends_on_nothing_but_the_flow() {
    let four = v4("10.0.0.2", "198.51.100.7");
    let mut changed = four.clone();
    let mut packet = ipv4::Packet::new_unchecked(&mut changed[ETHERNET..]);
    packet.set_ttl(3);
    packet.set_ident(77);
    packet.set_traffic_class(8);
    packet.fill_checksum();
    changed[ETHERNET + IPV4_HEADER + 10] ^= 0xff;
    assert_eq!(flow_hash_v4(&four[ETHERNET..]), flow_hash_v4(&changed[ETHERNET..]));
    let six = frame(None, "fd00::2", "2001:db8::7", 64, (1, 2));
    let mut changed = six.clone();
    changed[ETHERNET + 7] = 3;
    // The traffic class stands beside the flow label.
    changed[ETHERNET] |= 0xb;
    assert_eq!(flow_hash_v6(&six[ETHERNET..]), flow_hash_v6(&changed[ETHERNET..]));
}

#[test]
fn flows_that_differ_in_one_number_only_spread_evenly() {
    const FLOWS: u16 = 16_384;
    const BUCKETS: u32 = 64;
    let port = |n: u16| frame(None, "10.0.0.2", "198.51.100.7", 64, (20_000 + n, 443));
    let host = |n: u16| v4(&format!("10.1.{}.{}", n >> 8, n & 255), "198.51.100.7");
    let server = |n: u16| v4("10.0.0.2", &format!("198.18.{}.{}", n >> 8, n & 255));
    let host6 = |n: u16| frame(None, &format!("fd00::{n:x}"), "2001:db8::7", 64, (1, 2));
    let net6 = |n: u16| frame(None, "fd00::2", &format!("2001:db8:{n:x}::7"), 64, (1, 2));
    let port6 = |n: u16| frame(None, "fd00::2", "2001:db8::7", 64, (20_000 + n, 443));
    type Make<'a> = &'a dyn Fn(u16) -> Vec<u8>;
    let kinds: [(&str, Make<'_>); 6] = [
        ("port", &port),
        ("host", &host),
        ("server", &server),
        ("IPv6 host", &host6),
        ("IPv6 network", &net6),
        ("IPv6 port", &port6),
    ];
    for (name, flow) in kinds {
        for shift in [0, 16, 26] {
            let mut counts = BTreeMap::<u32, u32>::new();
            for n in 0..FLOWS {
                let frame = flow(n);
                let packet = &frame[ETHERNET..];
                let hash = if packet[0] >> 4 == 4 { flow_hash_v4(packet) } else { flow_hash_v6(packet) };
                *counts.entry((hash >> shift) % BUCKETS).or_default() += 1;
            }
            // 256 expected, 16 is the standard deviation; six of those either way.
            assert_eq!(counts.len(), BUCKETS as usize, "{name} by bits from {shift}");
            assert!(counts.values().all(|n| (160..=352).contains(n)), "{name} from {shift}: {counts:?}");
        }
    }
}

#[test]
fn nothing_that_is_bfd_and_nothing_with_a_tag_goes_by_unseen() {
    let mut heard = 0;
    let mut try_one = |bytes: &[u8]| {
        let mut meta = Meta::default();
        let lane = parse(bytes, &port(), &mut meta);
        let mut found = Meta::default();
        assert_eq!(is_bfd(bytes, &port(), &mut found), lane == Lane::Bfd, "{bytes:02x?}");
        assert_eq!(found, meta, "{bytes:02x?}");
        heard += u32::from(lane == Lane::Bfd);
        if !wire::bfd::may_be_control(bytes) {
            assert_ne!(lane, Lane::Bfd, "{bytes:02x?}");
            assert_eq!(meta, Meta { interface: UNTAGGED, l3: ETHERNET as u8 }, "{bytes:02x?}");
        }
    };
    for tag in [None, Some(100)] {
        for (src, dst) in [("10.0.0.2", "10.0.0.1"), ("fd00::2", "fd00::1")] {
            let good = frame(tag, src, dst, 255, (49152, wire::bfd::PORT));
            for end in 0..=good.len() {
                try_one(&good[..end]);
            }
            for at in 0..good.len() {
                for value in 0..=255 {
                    let mut bytes = good.clone();
                    bytes[at] = value;
                    try_one(&bytes);
                    // With a sum that is right, the other checks have to find it.
                    let l3 = if tag.is_some() { TAGGED } else { ETHERNET };
                    if bytes[l3] == 0x45 {
                        ipv4::Packet::new_unchecked(&mut bytes[l3..]).fill_checksum();
                        try_one(&bytes);
                    }
                }
            }
        }
    }
    assert!(heard > 10_000, "only {heard} variants are BFD: the test has lost its subject");
    assert!(!wire::bfd::may_be_control(&v4("10.0.0.2", "198.51.100.7")), "plain packets are not looked at");
    assert!(!wire::bfd::may_be_control(&frame(None, "fd00::2", "2001:db8::7", 64, (1, 2))));
}
