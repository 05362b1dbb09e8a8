//! A hash of a flow, for choosing among paths: addresses, protocol, and ports unless the packet is a fragment, so that all
//! fragments of a packet go one way.

use crate::ethernet::EtherType;

const ETHERNET: usize = 14;
const TAGGED: usize = 18;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn be128(bytes: &[u8], at: usize) -> u128 {
    let mut octets = [0u8; 16];
    octets.copy_from_slice(&bytes[at..at + 16]);
    u128::from_be_bytes(octets)
}

/// Of an Ethernet frame, with or without an 802.1Q tag; 0 for what is not IP.
#[inline]
pub fn hash_frame(frame: &[u8]) -> u32 {
    let Some(head) = frame.first_chunk::<TAGGED>() else { return 0 };
    let (ethertype, l3) = match be16(head, 12) {
        0x8100 => (be16(head, 16), TAGGED),
        untagged => (untagged, ETHERNET),
    };
    match ethertype {
        t if t == EtherType::IPV4.0 => hash_v4(&frame[l3..]),
        t if t == EtherType::IPV6.0 => hash_v6(&frame[l3..]),
        _ => 0,
    }
}

/// Of an IPv4 packet.
#[inline]
pub fn hash_v4(packet: &[u8]) -> u32 {
    let Some(h) = packet.first_chunk::<IPV4_HEADER>() else { return 0 };
    let addresses = u64::from(be32(h, 12)) << 32 | u64::from(be32(h, 16));
    let whole = be16(h, 6) & 0x3fff == 0 && h[0] == 0x45;
    mix(addresses, ports(h[9], packet.get(IPV4_HEADER..).filter(|_| whole)))
}

/// Of an IPv6 packet; behind extension headers the ports are not looked for and the flow label stands in for them
/// (RFC 6438).
#[inline]
pub fn hash_v6(packet: &[u8]) -> u32 {
    let Some(h) = packet.first_chunk::<IPV6_HEADER>() else { return 0 };
    let (src, dst) = (be128(h, 8), be128(h, 24));
    let addresses = (src as u64) ^ (src >> 64) as u64 ^ ((dst as u64) ^ (dst >> 64) as u64).rotate_left(32);
    let label = u64::from(be32(h, 0) & 0xf_ffff);
    mix(addresses, ports(h[6], packet.get(IPV6_HEADER..)) ^ label << 40)
}

#[inline]
fn ports(protocol: u8, transport: Option<&[u8]>) -> u64 {
    let has_ports = matches!(protocol, 6 | 17 | 33 | 132 | 136);
    let ports = transport.filter(|_| has_ports).and_then(|t| t.first_chunk::<4>());
    u64::from(protocol) << 32 | ports.map_or(0, |p| u64::from(be32(p, 0)))
}

/// Two rounds of multiply and fold; the constants are odd and have about as many ones as zeros.
#[inline]
fn mix(a: u64, b: u64) -> u32 {
    let x = (a ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let x = (x ^ x >> 32 ^ b).wrapping_mul(0xa076_1d64_78bd_642f);
    (x ^ x >> 29) as u32
}
