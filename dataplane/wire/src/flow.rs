//! A hash of a flow, for choosing among paths: addresses, protocol, and ports unless the packet is a fragment, so that all
//! fragments of a packet go one way.
//!
//! What is hashed is one setting of the process: the code of every worker asks for it, compiled code too.

use crate::ethernet::EtherType;
use std::sync::atomic::{AtomicU8, Ordering};

const ETHERNET: usize = 14;
const TAGGED: usize = 18;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
/// Where the flow label is in what is mixed: low enough that all bits of the hash depend on it, which few buckets look at.
const LABEL: u32 = 12;

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

/// What makes a flow, beside addresses and protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// Ports of TCP, UDP and their like.
    pub ports: bool,
    /// The flow label of IPv6 (RFC 6438).
    pub flow_label: bool,
    /// Of the packet in a tunnel (IP in IP, GRE, VXLAN), where there is one.
    pub inner: bool,
}

impl Fields {
    pub const USUAL: Fields = Fields { ports: true, flow_label: true, inner: false };

    /// 0 for the usual ones, so that asking is one comparison.
    fn pack(self) -> u8 {
        u8::from(!self.ports) | u8::from(!self.flow_label) << 1 | u8::from(self.inner) << 2
    }

    fn unpack(word: u8) -> Fields {
        Fields { ports: word & 1 == 0, flow_label: word & 2 == 0, inner: word & 4 != 0 }
    }
}

/// Relaxed: a packet that is hashed the old way a moment longer is no harm.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// What [`hash_frame`] hashes from now on, in the whole process.
pub fn choose(fields: Fields) {
    CHOSEN.store(fields.pack(), Ordering::Relaxed);
}

/// Of an Ethernet frame, with or without an 802.1Q tag; 0 for what is not IP.
#[inline]
pub fn hash_frame(frame: &[u8]) -> u32 {
    match CHOSEN.load(Ordering::Relaxed) {
        0 => hash_usual(frame),
        chosen => hash_fields(frame, Fields::unpack(chosen)),
    }
}

#[inline]
fn hash_usual(frame: &[u8]) -> u32 {
    match network(frame) {
        Some((true, packet)) => hash_v4(packet),
        Some((false, packet)) => hash_v6(packet),
        None => 0,
    }
}

/// Whether it is IPv4, and where it begins.
#[inline]
fn network(frame: &[u8]) -> Option<(bool, &[u8])> {
    let head = frame.first_chunk::<TAGGED>()?;
    let (ethertype, l3) = match be16(head, 12) {
        0x8100 => (be16(head, 16), TAGGED),
        untagged => (untagged, ETHERNET),
    };
    match ethertype {
        t if t == EtherType::IPV4.0 => Some((true, &frame[l3..])),
        t if t == EtherType::IPV6.0 => Some((false, &frame[l3..])),
        _ => None,
    }
}

/// Of an Ethernet frame, by these fields; 0 for what is not IP.
#[inline(never)]
pub fn hash_fields(frame: &[u8], fields: Fields) -> u32 {
    let Some((mut v4, mut packet)) = network(frame) else { return 0 };
    if fields.inner
        && let Some(inner) = inside(v4, packet)
    {
        (v4, packet) = inner;
    }
    let mask = if fields.ports { u64::MAX } else { !0xffff_ffff };
    if v4 {
        return v4_parts(packet).map_or(0, |(addresses, rest)| mix(addresses, rest & mask));
    }
    let Some((addresses, rest, label)) = v6_parts(packet) else { return 0 };
    mix(addresses, rest & mask ^ if fields.flow_label { label << LABEL } else { 0 })
}

const IPV4_IN_IP: u8 = 4;
const IPV6_IN_IP: u8 = 41;
const GRE: u8 = 47;
const UDP: u8 = 17;
const VXLAN: u16 = 4789;
/// UDP's and VXLAN's headers (RFC 7348 5).
const VXLAN_BYTES: usize = 16;

/// The packet in a tunnel, and whether it is IPv4; one tunnel deep. Later fragments have nothing to see.
fn inside(v4: bool, packet: &[u8]) -> Option<(bool, &[u8])> {
    let (protocol, inner) = if v4 {
        let h = packet.first_chunk::<IPV4_HEADER>()?;
        if be16(h, 6) & 0x1fff != 0 {
            return None;
        }
        (h[9], packet.get(usize::from(h[0] & 15) * 4..)?)
    } else {
        (packet.first_chunk::<IPV6_HEADER>()?[6], &packet[IPV6_HEADER..])
    };
    let of = |v4: bool, packet| {
        let least = if v4 { IPV4_HEADER } else { IPV6_HEADER };
        <[u8]>::len(packet).ge(&least).then_some((v4, packet))
    };
    match protocol {
        IPV4_IN_IP => of(true, inner),
        IPV6_IN_IP => of(false, inner),
        GRE => {
            // RFC 2784 2.1, RFC 2890 2: checksum, key and sequence number take four octets each.
            let head = inner.first_chunk::<4>()?;
            let options = [0x80, 0x20, 0x10].iter().filter(|bit| head[0] & **bit != 0).count();
            let packet = inner.get(4 + 4 * options..)?;
            match be16(head, 2) {
                t if t == EtherType::IPV4.0 => of(true, packet),
                t if t == EtherType::IPV6.0 => of(false, packet),
                _ => None,
            }
        }
        UDP if inner.len() >= VXLAN_BYTES && be16(inner, 2) == VXLAN => {
            let (v4, packet) = network(&inner[VXLAN_BYTES..])?;
            of(v4, packet)
        }
        _ => None,
    }
}

/// Of an IPv4 packet.
#[inline]
pub fn hash_v4(packet: &[u8]) -> u32 {
    v4_parts(packet).map_or(0, |(addresses, rest)| mix(addresses, rest))
}

/// Addresses; protocol above the ports.
#[inline]
fn v4_parts(packet: &[u8]) -> Option<(u64, u64)> {
    let h = packet.first_chunk::<IPV4_HEADER>()?;
    let addresses = u64::from(be32(h, 12)) << 32 | u64::from(be32(h, 16));
    let whole = be16(h, 6) & 0x3fff == 0 && h[0] == 0x45;
    Some((addresses, ports(h[9], packet.get(IPV4_HEADER..).filter(|_| whole))))
}

/// Of an IPv6 packet; behind extension headers the ports are not looked for and the flow label stands in for them
/// (RFC 6438).
#[inline]
pub fn hash_v6(packet: &[u8]) -> u32 {
    v6_parts(packet).map_or(0, |(addresses, rest, label)| mix(addresses, rest ^ label << LABEL))
}

/// Addresses; protocol above the ports; flow label.
#[inline]
fn v6_parts(packet: &[u8]) -> Option<(u64, u64, u64)> {
    let h = packet.first_chunk::<IPV6_HEADER>()?;
    let (src, dst) = (be128(h, 8), be128(h, 24));
    let addresses = (src as u64) ^ (src >> 64) as u64 ^ ((dst as u64) ^ (dst >> 64) as u64).rotate_left(32);
    Some((addresses, ports(h[6], packet.get(IPV6_HEADER..)), u64::from(be32(h, 0) & 0xf_ffff)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Fields; 8] = {
        let mut all = [Fields::USUAL; 8];
        let mut n = 0;
        while n < 8 {
            all[n] = Fields { ports: n & 1 != 0, flow_label: n & 2 != 0, inner: n & 4 != 0 };
            n += 1;
        }
        all
    };

    fn v4(src: u8, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, src, 10, 0, 1, 1];
        packet.extend_from_slice(payload);
        packet
    }

    fn v6(src: u8, protocol: u8, label: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; IPV6_HEADER];
        (packet[0], packet[3], packet[6], packet[23], packet[39]) = (0x60, label, protocol, src, 1);
        packet.extend_from_slice(payload);
        packet
    }

    fn frame(packet: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend(if packet[0] >> 4 == 4 { [0x08, 0] } else { [0x86, 0xdd] });
        frame.extend_from_slice(packet);
        frame
    }

    fn udp(port: u8) -> [u8; 12] {
        [0x13, port, 0x01, 0xbb, 0, 12, 0, 0, 1, 2, 3, 4]
    }

    fn differ(fields: Fields, one: &[u8], other: &[u8]) -> bool {
        hash_fields(&frame(one), fields) != hash_fields(&frame(other), fields)
    }

    #[test]
    fn what_is_chosen_tells_flows_apart_and_nothing_else_does() {
        for fields in ALL {
            assert_eq!(Fields::unpack(fields.pack()), fields);
            assert_eq!(differ(fields, &v4(1, UDP, &udp(1)), &v4(1, UDP, &udp(2))), fields.ports);
            assert_eq!(differ(fields, &v6(1, UDP, 0, &udp(1)), &v6(1, UDP, 0, &udp(2))), fields.ports);
            assert_eq!(differ(fields, &v6(1, UDP, 3, &udp(1)), &v6(1, UDP, 4, &udp(1))), fields.flow_label);
            // Addresses and protocol always do.
            assert!(differ(fields, &v4(1, UDP, &udp(1)), &v4(2, UDP, &udp(1))));
            assert!(differ(fields, &v4(1, 50, &udp(1)), &v4(1, 51, &udp(1))));
        }
        assert_eq!(Fields::USUAL.pack(), 0);
    }

    #[test]
    fn flows_spread_over_the_low_bits_which_are_all_that_a_group_looks_at() {
        let spread = |packets: &mut dyn Iterator<Item = Vec<u8>>| {
            let low: std::collections::BTreeSet<u32> =
                packets.map(|p| hash_usual(&frame(&p)) & 127).collect();
            low.len()
        };
        // Of 100 random numbers under 128, about 70 differ.
        assert!(spread(&mut (0..100).map(|n| v4(1, UDP, &udp(n)))) > 40);
        assert!(spread(&mut (0..100).map(|n| v4(n, UDP, &udp(1)))) > 40);
        assert!(spread(&mut (0..100).map(|n| v6(1, UDP, n, &udp(1)))) > 40, "flow labels");
        assert!(spread(&mut (0..100).map(|n| v6(1, UDP, 0, &udp(n)))) > 40);
        assert!(spread(&mut (0..100).map(|n| v6(n, UDP, 0, &udp(1)))) > 40);
    }

    #[test]
    fn the_packet_in_a_tunnel_counts_where_that_is_chosen() {
        let gre = |ethertype: u16, options: u8, inner: &[u8]| {
            let mut all = vec![options, 0, (ethertype >> 8) as u8, ethertype as u8];
            all.resize(4 + 4 * options.count_ones() as usize, 0);
            all.extend_from_slice(inner);
            all
        };
        let vxlan = |inner: &[u8]| {
            let mut all = vec![0xc0, 1, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 7, 0];
            all.extend(frame(inner));
            all
        };
        let tunnels: [&dyn Fn(u8) -> Vec<u8>; 7] = [
            &|n| v4(1, IPV4_IN_IP, &v4(n, UDP, &udp(1))),
            &|n| v4(1, IPV6_IN_IP, &v6(n, UDP, 0, &udp(1))),
            &|n| v6(1, IPV4_IN_IP, 0, &v4(n, UDP, &udp(1))),
            &|n| v4(1, GRE, &gre(0x0800, 0, &v4(n, UDP, &udp(1)))),
            &|n| v4(1, GRE, &gre(0x86dd, 0xb0, &v6(n, UDP, 0, &udp(1)))),
            &|n| v6(1, GRE, 0, &gre(0x0800, 0x20, &v4(n, UDP, &udp(1)))),
            &|n| v4(1, UDP, &vxlan(&v4(n, UDP, &udp(1)))),
        ];
        for (number, tunnel) in tunnels.iter().enumerate() {
            for fields in ALL {
                assert_eq!(differ(fields, &tunnel(1), &tunnel(2)), fields.inner, "{number} {fields:?}");
            }
        }
        // Of a fragment only the outside is known.
        let fields = Fields { inner: true, ..Fields::USUAL };
        let fragment = |n| {
            let mut packet = v4(1, IPV4_IN_IP, &v4(n, UDP, &udp(1)));
            packet[7] = 1;
            packet
        };
        assert!(!differ(fields, &fragment(1), &fragment(2)));
    }

    #[test]
    fn the_usual_fields_are_what_is_hashed_unless_others_are_chosen() {
        for packet in [v4(1, UDP, &udp(1)), v6(1, UDP, 5, &udp(2)), v6(1, 0, 5, &[17, 0, 0, 0, 0, 0, 0, 0])] {
            assert_eq!(hash_fields(&frame(&packet), Fields::USUAL), hash_usual(&frame(&packet)));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_octets_never_panic(
            data in proptest::collection::vec(any::<u8>(), 0..120),
            ethertype in proptest::sample::select(vec![0x0800u16, 0x86dd, 0x8100]),
            protocol in proptest::sample::select(vec![IPV4_IN_IP, IPV6_IN_IP, GRE, UDP]),
            which in 0usize..8,
        ) {
            let mut data = data;
            if let Some(place) = data.get_mut(12..14) {
                place.copy_from_slice(&ethertype.to_be_bytes());
            }
            for at in [14 + 6, 14 + 9] {
                if let Some(place) = data.get_mut(at) {
                    *place = protocol;
                }
            }
            hash_fields(&data, ALL[which]);
        }
    }
}
