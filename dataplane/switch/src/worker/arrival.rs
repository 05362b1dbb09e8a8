//! Where a frame came in, and whether it is BFD's: what a worker has to know of it before the program runs.

use wire::{EtherType, Protocol, ethernet, ipv4, ipv6};

/// The interface index that means "none".
pub const NO_INTERFACE: u16 = u16::MAX;
/// Ethernet header, without and with an 802.1Q tag.
pub const ETHERNET: usize = ethernet::HEADER_LEN;
pub const TAGGED: usize = ETHERNET + ethernet::TAG_LEN;

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

/// Where a packet came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meta {
    pub interface: u16,
    /// Offset of the network header.
    pub l3: u8,
}

impl PortView {
    /// Where a frame belongs that came in by this port. One without a whole header is taken for an untagged one.
    fn meta(&self, frame: &[u8]) -> Meta {
        let tag = ethernet::Frame::new_checked(frame).ok().and_then(|frame| frame.tag());
        let Some(tag) = tag else { return Meta { interface: self.untagged, l3: ETHERNET as u8 } };
        // VLAN 0 is a priority tag: the frame belongs to the untagged interface (802.1Q 6.9).
        let interface = match &self.vlans {
            _ if tag.vlan == 0 => self.untagged,
            Some(vlans) => vlans[usize::from(tag.vlan & 0xfff)],
            None => NO_INTERFACE,
        };
        Meta { interface, l3: TAGGED as u8 }
    }

    fn owns(&self, mac: ethernet::MacAddr) -> bool {
        let [a, b, c, d, e, f] = mac.0;
        u64::from_le_bytes([a, b, c, d, e, f, 0, 0]) == self.mac
    }
}

/// Notes where a frame belongs, and tells whether it is a whole UDP packet from one host to another, for a port of BFD. Whether
/// its receiver is the switch is for somebody else to say.
pub fn is_bfd(frame: &[u8], port: &PortView, meta: &mut Meta) -> bool {
    *meta = port.meta(frame);
    let Ok(frame) = ethernet::Frame::new_checked(frame) else { return false };
    if !port.owns(frame.dst()) || meta.interface == NO_INTERFACE {
        return false;
    }
    match frame.ethertype() {
        EtherType::IPV4 => is_bfd_v4(frame.payload()),
        EtherType::IPV6 => is_bfd_v6(frame.payload()),
        _ => false,
    }
}

/// RFC 1812 5.2.2 and 5.3.7, without options and no fragment.
fn is_bfd_v4(octets: &[u8]) -> bool {
    let Ok(packet) = ipv4::Packet::new_checked(octets) else { return false };
    packet.version() == 4
        && packet.header_len() == ipv4::HEADER_LEN
        && packet.protocol() == Protocol::UDP
        && !packet.is_fragment()
        && to_bfd(octets, ipv4::HEADER_LEN)
        && [packet.src(), packet.dst()].iter().all(|host| !matches!(host.octets()[0], 0 | 127 | 224..))
        && packet.verify_checksum()
}

/// RFC 8200 3 and RFC 4291 2.5 and 2.7, without extension headers.
fn is_bfd_v6(octets: &[u8]) -> bool {
    let Ok(packet) = ipv6::Packet::new_checked(octets) else { return false };
    packet.version() == 6
        && packet.next_header() == Protocol::UDP
        && to_bfd(octets, ipv6::HEADER_LEN)
        && [packet.src(), packet.dst()].iter().all(|host| !host.is_multicast() && host.to_bits() > 1)
}

/// Whether the UDP header that begins there has a port of RFC 5881 4 or RFC 5883 5 as its destination.
fn to_bfd(octets: &[u8], udp: usize) -> bool {
    let port = octets.get(udp + 2..).and_then(|rest| rest.first_chunk());
    port.is_some_and(|port| [wire::bfd::PORT, wire::bfd::MULTIHOP_PORT].contains(&u16::from_be_bytes(*port)))
}
