//! What surrounds the packets of a BFD session.

use super::State;
use crate::worker::messages::BfdFrame;
use bfd::Endpoint;
use std::net::IpAddr;
use wire::{EtherType, MacAddr, Protocol, ethernet, ipv4, ipv6, udp};

/// RFC 5881 5: TTL 255, so that a receiver knows the packet has crossed no router, or how many (RFC 5883 5).
const TTL: u8 = 255;
/// Class selector 6, as routing protocols use: RFC 2474 4.2.2.
const TRAFFIC_CLASS: u8 = 0xc0;

impl State {
    /// A session's packet but for BFD itself; empty while the neighbor is unknown.
    pub(super) fn frame(&self, endpoint: &Endpoint) -> BfdFrame {
        let Endpoint { interface, local, peer } = *endpoint;
        let mut frame = BfdFrame { v6: peer.is_ipv6(), ..BfdFrame::EMPTY };
        if let Some(vrf) = endpoint.vrf() {
            frame.routed = Some(vrf);
            datagram(&mut frame, 0, endpoint, wire::bfd::MULTIHOP_PORT);
            return frame;
        }
        let view = &self.interfaces.interfaces[usize::from(interface)];
        frame.port = view.port;
        let Some(mac) = self.mac_of(interface, peer) else { return frame };
        let tag = view.vlan.map(|vlan| ethernet::Tag { vlan, priority: 7, drop_eligible: false });
        let ethertype = if frame.v6 { EtherType::IPV6 } else { EtherType::IPV4 };
        let src = MacAddr(self.infos[usize::from(interface)].mac.0);
        let repr = ethernet::Repr { src, dst: MacAddr(mac.0), tag, ethertype };
        repr.emit(&mut ethernet::Frame::new_unchecked(&mut frame.bytes));
        debug_assert_eq!(local.is_ipv4(), peer.is_ipv4());
        datagram(&mut frame, repr.header_len(), endpoint, wire::bfd::PORT);
        frame
    }
}

/// Writes network and transport headers from `l3` on.
fn datagram(frame: &mut BfdFrame, l3: usize, endpoint: &Endpoint, port: u16) {
    let length = (udp::HEADER_LEN + bfd::PACKET_LEN) as u16;
    let bytes = &mut frame.bytes[l3..];
    let header = match (endpoint.local, endpoint.peer) {
        (IpAddr::V4(local), IpAddr::V4(peer)) => {
            let mut header = ipv4::Repr::new(local, peer, Protocol::UDP, TTL, length);
            header.traffic_class = TRAFFIC_CLASS;
            header.emit(&mut ipv4::Packet::new_unchecked(&mut *bytes));
            header.header_len()
        }
        (IpAddr::V6(local), IpAddr::V6(peer)) => {
            let mut header = ipv6::Repr::new(local, peer, Protocol::UDP, TTL, length);
            header.traffic_class = TRAFFIC_CLASS;
            header.emit(&mut ipv6::Packet::new_unchecked(&mut *bytes));
            ipv6::HEADER_LEN
        }
        _ => unreachable!("a session has one family; its configuration was checked"),
    };
    let mut view = udp::Packet::new_unchecked(&mut bytes[header..]);
    // RFC 5881 4: a source port of 49152 or above, the same for all packets of the session.
    view.set_src_port(wire::bfd::SOURCE_PORTS.start() + (endpoint.interface & 0x3fff));
    view.set_dst_port(port);
    view.set_length(length);
    frame.l3 = l3 as u8;
    frame.len = (l3 + header + udp::HEADER_LEN) as u8;
}
