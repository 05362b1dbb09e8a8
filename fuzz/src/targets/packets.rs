//! The parsers of `wire`: no input panics, and what parses is emitted and parsed again as the same.

use std::net::{IpAddr, Ipv6Addr};

use wire::{arp, bfd, ethernet, icmpv4, icmpv6, ipv4, ipv6, udp};

const SRC: Ipv6Addr = Ipv6Addr::LOCALHOST;
const DST: Ipv6Addr = Ipv6Addr::UNSPECIFIED;

pub(super) fn ethernet(data: &[u8]) {
    let Ok(frame) = ethernet::Frame::new_checked(data) else { return };
    let repr = ethernet::Repr::parse(&frame).expect("the length was checked");
    assert_eq!(frame.payload().len() + frame.header_len(), data.len());
    let mut out = ethernet::Frame::new_unchecked(vec![0; repr.header_len()]);
    repr.emit(&mut out);
    assert_eq!(ethernet::Repr::parse(&out), Ok(repr));
}

pub(super) fn arp(data: &[u8]) {
    let Ok(repr) = arp::Repr::parse(&arp::Packet::new_unchecked(data)) else { return };
    let mut out = arp::Packet::new_unchecked(vec![0; repr.buffer_len()]);
    repr.emit(&mut out);
    assert_eq!(out.into_inner(), &data[..arp::PACKET_LEN]);
}

pub(super) fn ipv4(data: &[u8]) {
    let mut packet = ipv4::Packet::new_unchecked(data.to_vec());
    if packet.check_len().is_err() {
        return;
    }
    let _ = (packet.options(), packet.payload(), packet.is_fragment());
    // Mutations rarely guess a checksum.
    packet.fill_checksum();
    let Ok(repr) = ipv4::Repr::parse(&packet) else { return };
    let mut out = ipv4::Packet::new_unchecked(vec![0; repr.header_len() + usize::from(repr.payload_len)]);
    repr.emit(&mut out);
    assert_eq!(ipv4::Repr::parse(&out), Ok(repr));
}

pub(super) fn ipv6(data: &[u8]) {
    let Ok(packet) = ipv6::Packet::new_checked(data) else { return };
    if let Ok(upper) = packet.upper_layer() {
        assert!(upper.offset <= packet.payload().len());
    }
    let Ok(repr) = ipv6::Repr::parse(&packet) else { return };
    let mut out = ipv6::Packet::new_unchecked(vec![0; repr.header_len() + usize::from(repr.payload_len)]);
    repr.emit(&mut out);
    assert_eq!(ipv6::Repr::parse(&out), Ok(repr));
}

pub(super) fn udp(data: &[u8]) {
    let (src, dst) = (IpAddr::V6(SRC), IpAddr::V6(DST));
    let mut packet = udp::Packet::new_unchecked(data.to_vec());
    let _ = udp::Repr::parse(&packet, src, dst);
    if packet.check_len().is_ok() {
        packet.fill_checksum(src, dst);
        let repr = udp::Repr::parse(&packet, src, dst).expect("checksum and length are right");
        assert_eq!(packet.payload().len(), usize::from(repr.payload_len));
    }
}

pub(super) fn icmpv4(data: &[u8]) {
    let mut packet = icmpv4::Packet::new_unchecked(data.to_vec());
    if packet.check_len().is_err() {
        return;
    }
    packet.fill_checksum();
    let repr = icmpv4::Repr::parse(&packet).expect("checksum and length are right");
    let mut out = icmpv4::Packet::new_unchecked(vec![0; repr.buffer_len()]);
    repr.emit(&mut out);
    assert_eq!(icmpv4::Repr::parse(&out), Ok(repr));
}

pub(super) fn icmpv6(data: &[u8]) {
    let mut packet = icmpv6::Packet::new_unchecked(data.to_vec());
    if packet.check_len().is_err() {
        return;
    }
    packet.fill_checksum(SRC, DST);
    let Ok(repr) = icmpv6::Repr::parse(&packet, SRC, DST) else { return };
    let mut out = icmpv6::Packet::new_unchecked(vec![0; repr.buffer_len()]);
    repr.emit(&mut out, SRC, DST);
    assert_eq!(icmpv6::Repr::parse(&out, SRC, DST), Ok(repr));
}

pub(super) fn bfd(data: &[u8]) {
    let packet = bfd::Packet::new_unchecked(data);
    if packet.check_len().is_ok() {
        let _ = packet.auth();
    }
    let Ok(repr) = bfd::Repr::parse(&packet) else { return };
    let mut out = bfd::Packet::new_unchecked([0; bfd::PACKET_LEN]);
    repr.emit(&mut out);
    assert_eq!(bfd::Repr::parse(&out), Ok(repr));
}

pub(super) fn ethernet_seeds() -> Vec<Vec<u8>> {
    let mut tagged = [2; 20];
    tagged[12..18].copy_from_slice(&[0x81, 0, 0, 100, 8, 0]);
    vec![[2; 14].to_vec(), tagged.to_vec()]
}

pub(super) fn arp_seeds() -> Vec<Vec<u8>> {
    let mut request = [1; 28];
    request[..8].copy_from_slice(&[0, 1, 8, 0, 6, 4, 0, 1]);
    vec![request.to_vec()]
}

pub(super) fn ipv4_seeds() -> Vec<Vec<u8>> {
    let mut plain = [1; 28];
    plain[..8].copy_from_slice(&[0x45, 0, 0, 28, 0, 0, 0x40, 0]);
    let mut options = [1; 40];
    options[..8].copy_from_slice(&[0x48, 0, 0, 40, 0, 0, 0x20, 1]);
    vec![plain.to_vec(), options.to_vec()]
}

pub(super) fn ipv6_seeds() -> Vec<Vec<u8>> {
    let packet = |next: u8, payload: &[u8]| {
        let mut header = [1; 40];
        header[..8].copy_from_slice(&[0x60, 0, 0, 0, 0, payload.len() as u8, next, 255]);
        [&header[..], payload].concat()
    };
    let chain =
        [43, 0, 0, 0, 0, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 51, 0, 0, 1, 0, 0, 0, 0, 17, 1, 0, 0, 0, 0, 0, 0];
    vec![packet(17, &[0; 8]), packet(0, &chain)]
}

pub(super) fn udp_seeds() -> Vec<Vec<u8>> {
    vec![vec![0xc0, 0, 0x0e, 0xc8, 0, 12, 0, 0, 1, 2, 3, 4]]
}

pub(super) fn icmpv4_seeds() -> Vec<Vec<u8>> {
    [0, 3, 8, 11].iter().map(|&kind| [&[kind, 0, 0, 0, 0, 1, 0, 2], &[0x45; 28][..]].concat()).collect()
}

pub(super) fn icmpv6_seeds() -> Vec<Vec<u8>> {
    let neighbor = |kind: u8, option: u8| {
        [&[kind, 0, 0, 0, 0x60, 0, 0, 0], &[0xfe; 16][..], &[option, 1, 2, 0, 0, 0, 0, 1]].concat()
    };
    let error = |kind: u8| [&[kind, 0, 0, 0, 0, 0, 5, 0], &[0x60; 40][..]].concat();
    vec![neighbor(135, 1), neighbor(136, 2), error(1), error(2), error(3), error(128)]
}

pub(super) fn bfd_seeds() -> Vec<Vec<u8>> {
    let plain =
        vec![0x20, 0xc8, 3, 24, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10, 0, 0, 0, 0];
    let mut authenticated = plain.clone();
    authenticated.extend([1, 7, 9, b'p', b'a', b's', b's']);
    (authenticated[1], authenticated[3]) = (0xcc, 31);
    vec![plain, authenticated]
}
