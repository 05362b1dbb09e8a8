//! What a frame is, written down by hand: every check of RFC 1812 5.2.2 and 5.3.7, RFC 8200 3 and RFC 4291 that a forwarder owes.
//! The router's program is held against it, by tests and by a fuzz target.

use super::arrival::{ETHERNET, Meta, NO_INTERFACE, PortView, TAGGED};
use stats::DropReason;

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const UDP: u8 = 17;
/// 169.254/16.
const LINK_LOCAL_V4: [u8; 2] = [169, 254];
/// RFC 5881 4 and RFC 5883 5: destination ports of BFD control packets over one hop and over several.
const BFD_PORTS: [[u8; 2]; 2] = [wire::bfd::PORT.to_be_bytes(), wire::bfd::MULTIHOP_PORT.to_be_bytes()];

/// What a frame is to a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// To be looked up by this destination (host order).
    V4(u32),
    V6(u128),
    /// UDP to a BFD port, whoever it is for.
    Bfd,
    Local(Why),
    Drop(DropReason),
}

/// Why a packet is for the local step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Not IP: ARP, LACP, LLDP, IS-IS.
    NotIp,
    /// Link-layer or network-layer multicast or broadcast.
    Multicast,
    /// IPv4 options, or a link-local address.
    Options,
    /// TTL or hop limit would become zero, unless the packet is for us.
    Expired,
}

/// First octets of IPv4 addresses that may not be a source (bit 0) or a destination (bit 1) of a forwarded packet:
/// RFC 1812 5.3.7 and RFC 6890. Multicast destinations (bit 2) are not martians, but nothing is forwarded to them.
static MARTIAN: [u8; 256] = {
    let mut table = [0u8; 256];
    table[0] = 3;
    table[127] = 3;
    let mut octet = 224;
    while octet < 256 {
        table[octet] = if octet < 240 { 5 } else { 3 };
        octet += 1;
    }
    table
};

fn to_bfd(port: Option<&[u8]>) -> bool {
    port.is_some_and(|port| BFD_PORTS.iter().any(|bfd| port == bfd))
}

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

/// One frame that came in at a port. What its interface is and where its network header begins is found for frames that are
/// dropped as well.
pub fn parse(frame: &[u8], port: &PortView, meta: &mut Meta) -> Lane {
    *meta = Meta { interface: port.untagged, l3: ETHERNET as u8 };
    let Some(head) = frame.first_chunk::<ETHERNET>() else { return Lane::Drop(DropReason::Truncated) };
    let mut ethertype = be16(head, 12);
    let tagged = ethertype == 0x8100;
    if tagged {
        let Some(head) = frame.first_chunk::<TAGGED>() else { return Lane::Drop(DropReason::Truncated) };
        ethertype = be16(head, 16);
        let vlan = be16(head, 14) & 0xfff;
        // VLAN 0 is a priority tag: the frame belongs to the untagged interface (802.1Q 6.9).
        meta.interface = match &port.vlans {
            _ if vlan == 0 => port.untagged,
            Some(vlans) => vlans[usize::from(vlan)],
            None => NO_INTERFACE,
        };
        meta.l3 = TAGGED as u8;
    }
    let unicast = head[0] & 1 == 0;
    let dst = u64::from(u32::from_le_bytes([head[0], head[1], head[2], head[3]]))
        | u64::from(u16::from_le_bytes([head[4], head[5]])) << 32;
    if unicast && dst != port.mac {
        return Lane::Drop(DropReason::NotForUs);
    }
    if meta.interface == NO_INTERFACE {
        return Lane::Drop(DropReason::UnknownVlan);
    }
    network(ethertype, &frame[usize::from(meta.l3)..], unicast)
}

fn network(ethertype: u16, packet: &[u8], unicast: bool) -> Lane {
    match ethertype {
        0x0800 => parse_v4(packet, unicast),
        0x86dd => parse_v6(packet, unicast),
        _ => Lane::Local(Why::NotIp),
    }
}

fn parse_v4(packet: &[u8], unicast: bool) -> Lane {
    let Some(h) = packet.first_chunk::<IPV4_HEADER>() else { return Lane::Drop(DropReason::Truncated) };
    if h[0] != 0x45 {
        return parse_v4_unusual(packet, unicast);
    }
    if usize::from(be16(h, 2)) < IPV4_HEADER {
        return Lane::Drop(DropReason::BadHeader);
    }
    if usize::from(be16(h, 2)) > packet.len() {
        return Lane::Drop(DropReason::Truncated);
    }
    // The sum of a good header is 0xffff (RFC 1071); addition commutes with byte order.
    let word = |at: usize| u64::from(u32::from_le_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]]));
    let sum = word(0) + word(4) + word(8) + word(12) + word(16);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    if sum != 0xffff {
        return Lane::Drop(DropReason::BadChecksum);
    }
    let martian = (MARTIAN[usize::from(h[12])] & 1) | (MARTIAN[usize::from(h[16])] & 2);
    if martian != 0 {
        return martian_v4(h, martian);
    }
    let dst = be32(h, 16);
    if !unicast || dst >> 28 == 0xe {
        return Lane::Local(Why::Multicast);
    }
    // Fragments have no ports to look at beyond the first, and a BFD packet is never one.
    if h[9] == UDP && be16(h, 6) & 0x3fff == 0 && to_bfd(packet.get(22..24)) {
        return Lane::Bfd;
    }
    // RFC 3927 2.7: neither from nor to a link-local address is anything forwarded.
    if h[12..14] == LINK_LOCAL_V4 || h[16..18] == LINK_LOCAL_V4 {
        return Lane::Local(Why::Options);
    }
    if h[8] <= 1 {
        return Lane::Local(Why::Expired);
    }
    Lane::V4(dst)
}

/// Version, length or options are not the usual ones.
fn parse_v4_unusual(packet: &[u8], unicast: bool) -> Lane {
    use wire::ipv4::Packet;
    if packet[0] >> 4 != 4 || packet[0] & 15 < 5 {
        return Lane::Drop(DropReason::BadHeader);
    }
    let Ok(packet) = Packet::new_checked(packet) else { return Lane::Drop(DropReason::Truncated) };
    if !packet.verify_checksum() {
        return Lane::Drop(DropReason::BadChecksum);
    }
    let (src, dst) = (packet.src().octets()[0], packet.dst().octets()[0]);
    let martian = (MARTIAN[usize::from(src)] & 1) | (MARTIAN[usize::from(dst)] & 2);
    if martian & 1 != 0 {
        return Lane::Drop(DropReason::MartianSource);
    }
    if !unicast {
        return Lane::Local(Why::Multicast);
    }
    if martian != 0 { Lane::Drop(DropReason::MartianDestination) } else { Lane::Local(Why::Options) }
}

/// 0.0.0.0 as a source and 255.255.255.255 as a destination are how a host without an address asks for one.
fn martian_v4(h: &[u8; IPV4_HEADER], martian: u8) -> Lane {
    let limited_broadcast = be32(h, 16) == u32::MAX;
    if limited_broadcast && (martian & 1 == 0 || be32(h, 12) == 0) {
        return Lane::Local(Why::Multicast);
    }
    Lane::Drop(if martian & 1 != 0 { DropReason::MartianSource } else { DropReason::MartianDestination })
}

fn parse_v6(packet: &[u8], unicast: bool) -> Lane {
    let Some(h) = packet.first_chunk::<IPV6_HEADER>() else { return Lane::Drop(DropReason::Truncated) };
    if h[0] >> 4 != 6 {
        return Lane::Drop(DropReason::BadHeader);
    }
    if usize::from(be16(h, 4)) + IPV6_HEADER > packet.len() {
        return Lane::Drop(DropReason::Truncated);
    }
    // A multicast source is never valid (RFC 4291 2.7); loopback never leaves a host (2.5.3).
    if h[8] == 0xff || be128(h, 8) == 1 {
        return Lane::Drop(DropReason::MartianSource);
    }
    if h[24] == 0xff || !unicast {
        return Lane::Local(Why::Multicast);
    }
    // RFC 4291 2.5.2: nothing without a source is forwarded.
    if be128(h, 8) == 0 {
        return Lane::Drop(DropReason::MartianSource);
    }
    let dst = be128(h, 24);
    if dst <= 1 {
        return Lane::Drop(DropReason::MartianDestination);
    }
    if h[6] == UDP && to_bfd(packet.get(42..44)) {
        return Lane::Bfd;
    }
    // RFC 4861: neighbor discovery counts only with hop limit 255 and is for us; it must not be forwarded as
    // link-local anyway. RFC 4291 2.5.6: link-local addresses are not forwarded.
    let link_local = |at: usize| h[at] == 0xfe && h[at + 1] & 0xc0 == 0x80;
    if link_local(8) || link_local(24) {
        return Lane::Local(Why::Options);
    }
    if h[7] <= 1 {
        return Lane::Local(Why::Expired);
    }
    Lane::V6(dst)
}
