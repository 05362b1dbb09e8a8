//! Datagrams as frames, whole and with right checksums.

use std::net::IpAddr;
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};

pub const MAC_LEFT: MacAddr = MacAddr([2, 0, 0, 0, 1, 2]);
pub const MAC_RIGHT: MacAddr = MacAddr([2, 0, 0, 0, 2, 2]);
/// Discard, which nothing here listens on.
const PORT: u16 = 9;

/// A UDP datagram in its frame.
#[derive(Debug, Clone)]
pub struct Udp {
    pub src_mac: MacAddr,
    pub dst_mac: MacAddr,
    pub tag: Option<u16>,
    pub src: IpAddr,
    pub dst: IpAddr,
    pub src_port: u16,
    pub ttl: u8,
    pub ident: u16,
    pub dont_fragment: bool,
    /// Bytes behind the UDP header.
    pub payload: u16,
}

impl Udp {
    pub fn new(src_mac: MacAddr, dst_mac: MacAddr, src: &str, dst: &str) -> Udp {
        Udp {
            src_mac,
            dst_mac,
            tag: None,
            src: src.parse().expect(src),
            dst: dst.parse().expect(dst),
            src_port: 40_000,
            ttl: 64,
            ident: 0,
            dont_fragment: true,
            payload: 64,
        }
    }

    pub fn frame(&self) -> Vec<u8> {
        let tag = self.tag.map(|vlan| ethernet::Tag { vlan, priority: 0, drop_eligible: false });
        let ethertype = if self.dst.is_ipv6() { EtherType::IPV6 } else { EtherType::IPV4 };
        let ethernet = ethernet::Repr { src: self.src_mac, dst: self.dst_mac, tag, ethertype };
        let l3 = ethernet.header_len();
        let l4 = l3 + if self.dst.is_ipv6() { ipv6::HEADER_LEN } else { ipv4::HEADER_LEN };
        let len = udp::HEADER_LEN as u16 + self.payload;
        let mut frame = vec![0; l4 + usize::from(len)];
        for (n, byte) in frame[l4..].iter_mut().enumerate() {
            *byte = n as u8;
        }
        ethernet.emit(&mut ethernet::Frame::new_unchecked(&mut frame));
        match (self.src, self.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                let mut header = ipv4::Repr::new(src, dst, Protocol::UDP, self.ttl, len);
                (header.ident, header.dont_fragment) = (self.ident, self.dont_fragment);
                header.emit(&mut ipv4::Packet::new_unchecked(&mut frame[l3..]));
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let header = ipv6::Repr::new(src, dst, Protocol::UDP, self.ttl, len);
                header.emit(&mut ipv6::Packet::new_unchecked(&mut frame[l3..]));
            }
            _ => panic!("{} and {} are of different families", self.src, self.dst),
        }
        let mut datagram = udp::Packet::new_unchecked(&mut frame[l4..]);
        datagram.set_src_port(self.src_port);
        datagram.set_dst_port(PORT);
        datagram.set_length(len);
        datagram.fill_checksum(self.src, self.dst);
        frame
    }
}

/// Whether a frame carries one of these datagrams, and not something about it.
pub fn is_ours(frame: &[u8]) -> bool {
    let Ok(frame) = ethernet::Frame::new_checked(frame) else { return false };
    let at = match frame.payload().first() {
        Some(byte) if byte >> 4 == 4 && frame.payload().get(9) == Some(&17) => usize::from(byte & 15) * 4,
        Some(byte) if byte >> 4 == 6 && frame.payload().get(6) == Some(&17) => ipv6::HEADER_LEN,
        _ => return false,
    };
    frame.payload().get(at + 2..at + 4) == Some(&PORT.to_be_bytes())
}

/// RFC 2113.
pub const ROUTER_ALERT: [u8; 4] = [0x94, 4, 0, 0];

/// The same packet with these options in its header, a multiple of four octets of them.
pub fn with_options(udp: &Udp, options: &[u8]) -> Vec<u8> {
    let mut frame = udp.frame();
    let l3 = frame.len() - usize::from(udp.payload) - udp::HEADER_LEN - ipv4::HEADER_LEN;
    frame.splice(l3 + ipv4::HEADER_LEN..l3 + ipv4::HEADER_LEN, options.iter().copied());
    let mut packet = ipv4::Packet::new_unchecked(&mut frame[l3..]);
    packet.set_version_and_header_len(ipv4::HEADER_LEN + options.len());
    let total = packet.total_len();
    packet.set_total_len(total + options.len() as u16);
    packet.fill_checksum();
    frame
}
