//! What a worker knows of ports and interfaces: read-only tables that the main thread replaces whole.

use super::arrival::PortView;
use super::icmp::Kind;
use fib::Prefix;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

pub use fib::special;

/// An interface as the packet path sees it.
#[derive(Debug, Clone)]
pub struct InterfaceView {
    pub port: u16,
    /// Whose routes its packets take, and where its addresses are.
    pub vrf: u16,
    pub vlan: Option<u16>,
    /// Its mirror is not set down.
    pub up: bool,
    pub mtu: u16,
    pub addresses: Vec<IpNet>,
    /// Networks of it, or parts of them, whose hosts are reached from other VRFs too.
    pub leaks: Vec<Prefix>,
    /// The link-local address that its MAC gives (RFC 4291 appendix A), unless it was given another.
    pub link_local: Option<Ipv6Addr>,
    /// Whether it has a mirror in the kernel that takes its punts.
    pub mirrored: bool,
    /// Packets a second that may go up, by [`stats::PuntClass`].
    pub police: [u32; stats::PuntClass::COUNT],
}

impl InterfaceView {
    /// Whether `address` is our own on this interface. BFD single hop wants exactly this (RFC 5881 5); link-local
    /// addresses are told apart by the interface alone.
    pub fn owns(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.addr() == address)
            || self.link_local.is_some_and(|own| own == address)
    }

    /// Our end of a BFD session with `peer` (RFC 5881 4): the address on its network.
    pub fn address_towards(&self, peer: IpAddr) -> Option<IpAddr> {
        let on_network = self.addresses.iter().find(|net| net.contains(&peer)).map(IpNet::addr);
        let link_local = self.link_local.filter(|_| is_link_local(peer)).map(IpAddr::V6);
        on_network.or(link_local).or_else(|| self.source_for(peer.is_ipv6()))
    }

    /// An address of the interface that others than its neighbors can answer to, else any of that family.
    pub fn source_for(&self, v6: bool) -> Option<IpAddr> {
        let of_family = || self.addresses.iter().map(IpNet::addr).filter(move |a| a.is_ipv6() == v6);
        self.global(v6).or_else(|| of_family().next())
    }

    fn global(&self, v6: bool) -> Option<IpAddr> {
        let mut addresses = self.addresses.iter().map(IpNet::addr);
        addresses.find(|a| a.is_ipv6() == v6 && !is_link_local(*a))
    }

    fn link_local_address(&self) -> Option<IpAddr> {
        let given = self.addresses.iter().map(IpNet::addr).find(|a| is_link_local(*a));
        given.or(self.link_local.map(IpAddr::V6))
    }
}

pub fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

/// fe80::/64 and the modified EUI-64 of the MAC (RFC 4291 appendix A), as the kernel makes it for the mirror.
pub fn link_local(mac: [u8; 6]) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac;
    Ipv6Addr::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

/// Every port and interface, by number.
#[derive(Debug, Clone)]
pub struct Interfaces {
    pub ports: Vec<PortView>,
    pub interfaces: Vec<InterfaceView>,
    /// Addresses of the switch that are tied to no interface, with their VRFs.
    pub loopbacks: Vec<(u16, IpAddr)>,
    /// ICMP answers a second, by [`super::icmp::Kind`].
    pub answers: [u32; Kind::ALL.len()],
    /// What programs see of it.
    pub program: rt::Ports,
}

impl Interfaces {
    /// The VRF of an interface; the default one for what is none.
    pub fn vrf(&self, interface: u16) -> u16 {
        self.interfaces.get(usize::from(interface)).map_or(0, |interface| interface.vrf)
    }

    /// Where an answer to `peer` comes from, whose packet came in by `interface`: RFC 1812 4.3.2.4 and RFC 4443 2.2 want an address
    /// that belongs to us and says where the packet was; without one there, a loopback's, which is reachable as long as we are,
    /// else any that we have: each of the VRF that the packet came in by, for in others it means somebody else.
    pub fn source_of_answers(&self, interface: u16, peer: IpAddr) -> Option<IpAddr> {
        let v6 = peer.is_ipv6();
        let arrived = self.interfaces.get(usize::from(interface));
        if is_link_local(peer) {
            return arrived.and_then(InterfaceView::link_local_address);
        }
        let vrf = self.vrf(interface);
        let loopbacks = || self.loopbacks.iter().filter(|(of, _)| *of == vrf).map(|(_, address)| *address);
        let loopback = || loopbacks().find(|address| address.is_ipv6() == v6);
        let beside = || self.interfaces.iter().filter(|other| other.vrf == vrf);
        let any = || beside().find_map(|other| other.global(v6));
        arrived.and_then(|arrived| arrived.global(v6)).or_else(loopback).or_else(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(addresses: &[&str]) -> InterfaceView {
        InterfaceView {
            port: 0,
            vrf: 0,
            leaks: Vec::new(),
            vlan: None,
            up: true,
            mtu: 1500,
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
            link_local: Some(link_local([2, 0, 0, 0, 0, 7])),
            mirrored: true,
            police: [0; stats::PuntClass::COUNT],
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_peer_is_spoken_to_from_its_network_and_a_link_local_one_from_a_link_local_address() {
        let own = ip("fe80::ff:fe00:7");
        let plain = view(&["10.0.0.1/24", "fd00::1/64"]);
        assert_eq!(plain.address_towards(ip("10.0.0.9")), Some(ip("10.0.0.1")));
        assert_eq!(plain.address_towards(ip("fd00::9")), Some(ip("fd00::1")));
        assert_eq!(plain.address_towards(ip("fe80::9")), Some(own));
        assert_eq!(view(&["10.0.0.1/24"]).address_towards(ip("fe80::9")), Some(own));
        assert_eq!(view(&["fe80::1/64"]).address_towards(ip("fe80::9")), Some(ip("fe80::1")));
        assert_eq!(view(&[]).address_towards(ip("10.0.0.9")), None);
        assert!(plain.owns(own) && !plain.owns(ip("fe80::9")));
        // Nobody beyond the link could answer it.
        assert_eq!(view(&["10.0.0.1/24"]).source_for(true), None);
    }

    #[test]
    fn answers_come_from_where_the_packet_came_in_else_from_a_loopback_else_from_anywhere() {
        let all = |interfaces: &[&[&str]], loopbacks: &[&str]| Interfaces {
            ports: vec![],
            interfaces: interfaces.iter().map(|addresses| view(addresses)).collect(),
            loopbacks: loopbacks.iter().map(|address| (0, ip(address))).collect(),
            answers: [0; Kind::ALL.len()],
            program: rt::Ports::new([]),
        };
        let of = |all: &Interfaces, interface, peer| all.source_of_answers(interface, ip(peer));
        let two = all(&[&["10.0.0.1/24", "fd00::1/64"], &["fe80::1/64"]], &["192.0.2.1", "2001:db8::1"]);
        assert_eq!(of(&two, 0, "8.8.8.8"), Some(ip("10.0.0.1")));
        assert_eq!(of(&two, 0, "2001:db8:9::9"), Some(ip("fd00::1")));
        assert_eq!(of(&two, 1, "8.8.8.8"), Some(ip("192.0.2.1")));
        assert_eq!(of(&two, 1, "2001:db8:9::9"), Some(ip("2001:db8::1")));
        assert_eq!(of(&two, 1, "fe80::9"), Some(ip("fe80::1")));
        assert_eq!(of(&two, 0, "fe80::9"), Some(ip("fe80::ff:fe00:7")));
        let bare = all(&[&["10.0.0.1/24", "fd00::1/64"], &[]], &[]);
        assert_eq!(of(&bare, 1, "8.8.8.8"), Some(ip("10.0.0.1")));
        assert_eq!(of(&bare, 1, "2001:db8:9::9"), Some(ip("fd00::1")));
        assert_eq!(of(&all(&[&[]], &[]), 0, "8.8.8.8"), None);
        // What another VRF has does not help.
        let mut apart = all(&[&["10.0.0.1/24"], &[]], &["192.0.2.1"]);
        apart.interfaces[1].vrf = 1;
        assert_eq!(of(&apart, 1, "8.8.8.8"), None);
        apart.loopbacks.push((1, ip("192.0.2.9")));
        assert_eq!(of(&apart, 1, "8.8.8.8"), Some(ip("192.0.2.9")));
    }
}
