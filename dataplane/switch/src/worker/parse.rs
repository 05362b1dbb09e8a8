//! The first stage: what a frame is, and what the later stages need of it.
//!
//! Pure functions over bytes. Every check of RFC 1812 5.2.2 and 5.3.7, RFC 8200 3 and RFC 4291 that a forwarder owes
//! is here; whatever is not plainly forwardable is handed to the local step with its reason.

use stats::DropReason;

/// The interface index that means "none".
pub const NO_INTERFACE: u16 = u16::MAX;
/// Ethernet header, without and with an 802.1Q tag.
pub const ETHERNET: usize = 14;
pub const TAGGED: usize = 18;

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const UDP: u8 = 17;
/// RFC 5881 4: destination port of single-hop BFD control packets.
const BFD_PORT: [u8; 2] = wire::bfd::PORT.to_be_bytes();

/// What a port's frames are checked against.
#[derive(Debug, Clone)]
pub struct PortView {
    /// The port's MAC in the low 48 bits, first octet lowest.
    pub mac: u64,
    /// Interface of untagged frames, or [`NO_INTERFACE`].
    pub untagged: u16,
    /// Interface of each VLAN; absent where the port has none.
    pub vlans: Option<Box<[u16; 4096]>>,
}

/// What parsing learned of a packet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meta {
    pub interface: u16,
    /// Offset of the network header.
    pub l3: u8,
}

/// Where a packet goes after parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// To be looked up by this destination (host order).
    V4(u32),
    V6(u128),
    /// UDP to the BFD port, not yet known to be ours.
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
    /// IPv4 options or an IPv6 hop-by-hop header.
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

/// The destination of an IPv4 packet that can plainly be forwarded: to our MAC, untagged, without options, sound, alive
/// and not BFD. `None` says nothing: [`parse`] finds out what it is.
///
/// All checks run, and one branch takes them together: most packets pass them all, and a branch for each costs a third
/// more.
#[inline(always)]
pub fn forwardable_v4(frame: &[u8], port: &PortView) -> Option<u32> {
    let h = frame.first_chunk::<{ ETHERNET + IPV4_HEADER + 4 }>()?;
    let le32 = |at: usize| u32::from_le_bytes([h[at], h[at + 1], h[at + 2], h[at + 3]]);
    let mac = u64::from(le32(0)) | u64::from(u16::from_le_bytes([h[4], h[5]])) << 32;
    // EtherType 0x0800, version 4, five words of header.
    let shape = le32(12) & 0xff_ffff == 0x45_0008;
    let total = usize::from(be16(h, 16));
    let word = |at: usize| u64::from(le32(at));
    let sum = word(14) + word(18) + word(22) + word(26) + word(30);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let martian = (MARTIAN[usize::from(h[26])] & 1) | (MARTIAN[usize::from(h[30])] & 6);
    let bfd = (h[23] == UDP) & (h[36..38] == BFD_PORT);
    let good = (mac == port.mac)
        & shape
        & (total >= IPV4_HEADER)
        & (total <= frame.len() - ETHERNET)
        & (sum == 0xffff)
        & (martian == 0)
        & (h[22] > 1)
        & !bfd;
    good.then(|| be32(h, 30))
}

#[inline(always)]
fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[inline(always)]
fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[inline(always)]
fn be128(bytes: &[u8], at: usize) -> u128 {
    let mut octets = [0u8; 16];
    octets.copy_from_slice(&bytes[at..at + 16]);
    u128::from_be_bytes(octets)
}

/// Parses one frame that came in at a port.
#[inline(always)]
pub fn parse(frame: &[u8], port: &PortView, meta: &mut Meta) -> Lane {
    let Some(head) = frame.first_chunk::<ETHERNET>() else { return Lane::Drop(DropReason::Truncated) };
    let ethertype = be16(head, 12);
    let unicast = head[0] & 1 == 0;
    let dst = u64::from(u32::from_le_bytes([head[0], head[1], head[2], head[3]]))
        | u64::from(u16::from_le_bytes([head[4], head[5]])) << 32;
    if unicast && dst != port.mac {
        return Lane::Drop(DropReason::NotForUs);
    }
    if ethertype == 0x8100 {
        return parse_tagged(frame, unicast, port, meta);
    }
    if port.untagged == NO_INTERFACE {
        return Lane::Drop(DropReason::UnknownVlan);
    }
    *meta = Meta { interface: port.untagged, l3: ETHERNET as u8 };
    network(ethertype, &frame[ETHERNET..], unicast)
}

#[inline(never)]
fn parse_tagged(frame: &[u8], unicast: bool, port: &PortView, meta: &mut Meta) -> Lane {
    let Some(head) = frame.first_chunk::<TAGGED>() else { return Lane::Drop(DropReason::Truncated) };
    let vlan = be16(head, 14) & 0xfff;
    // VLAN 0 is a priority tag: the frame belongs to the untagged interface (802.1Q 6.9).
    let interface = match &port.vlans {
        _ if vlan == 0 => port.untagged,
        Some(vlans) => vlans[usize::from(vlan)],
        None => NO_INTERFACE,
    };
    if interface == NO_INTERFACE {
        return Lane::Drop(DropReason::UnknownVlan);
    }
    *meta = Meta { interface, l3: TAGGED as u8 };
    network(be16(head, 16), &frame[TAGGED..], unicast)
}

#[inline(always)]
fn network(ethertype: u16, packet: &[u8], unicast: bool) -> Lane {
    match ethertype {
        0x0800 => parse_v4(packet, unicast),
        0x86dd => parse_v6(packet, unicast),
        _ => Lane::Local(Why::NotIp),
    }
}

#[inline(always)]
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
    if h[9] == UDP && be16(h, 6) & 0x3fff == 0 && packet.get(22..24) == Some(&BFD_PORT) {
        return Lane::Bfd;
    }
    if h[8] <= 1 {
        return Lane::Local(Why::Expired);
    }
    Lane::V4(dst)
}

/// Version, length or options are not the usual ones.
#[inline(never)]
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
#[inline(never)]
fn martian_v4(h: &[u8; IPV4_HEADER], martian: u8) -> Lane {
    let limited_broadcast = be32(h, 16) == u32::MAX;
    if limited_broadcast && (martian & 1 == 0 || be32(h, 12) == 0) {
        return Lane::Local(Why::Multicast);
    }
    Lane::Drop(if martian & 1 != 0 { DropReason::MartianSource } else { DropReason::MartianDestination })
}

#[inline(always)]
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
    let dst = be128(h, 24);
    if dst <= 1 {
        return Lane::Drop(DropReason::MartianDestination);
    }
    if h[6] == UDP && packet.get(42..44) == Some(&BFD_PORT) {
        return Lane::Bfd;
    }
    // RFC 4861: neighbor discovery counts only with hop limit 255 and is for us; it must not be forwarded as
    // link-local anyway. RFC 4291 2.5.6: link-local addresses are not forwarded.
    let link_local = |at: usize| h[at] == 0xfe && h[at + 1] & 0xc0 == 0x80;
    if link_local(8) || link_local(24) || h[6] == 0 {
        return Lane::Local(Why::Options);
    }
    if h[7] <= 1 {
        return Lane::Local(Why::Expired);
    }
    Lane::V6(dst)
}

/// A hash of a flow for choosing among paths: addresses, protocol, and ports unless the packet is a fragment, so
/// that all fragments of a packet go one way.
#[inline]
pub fn flow_hash_v4(packet: &[u8]) -> u32 {
    let Some(h) = packet.first_chunk::<IPV4_HEADER>() else { return 0 };
    let addresses = u64::from(be32(h, 12)) << 32 | u64::from(be32(h, 16));
    let whole = be16(h, 6) & 0x3fff == 0 && h[0] == 0x45;
    mix(addresses, ports(h[9], packet.get(IPV4_HEADER..).filter(|_| whole)))
}

/// As [`flow_hash_v4`]; behind extension headers the ports are not looked for and the flow label stands in for them
/// (RFC 6438).
#[inline]
pub fn flow_hash_v6(packet: &[u8]) -> u32 {
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
