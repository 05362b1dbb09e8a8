//! What a worker knows of ports and interfaces: read-only tables that the main thread replaces whole.

use super::parse::PortView;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

pub use fib::special;

/// An interface as the packet path sees it.
#[derive(Debug, Clone)]
pub struct InterfaceView {
    pub port: u16,
    pub vlan: Option<u16>,
    pub mtu: u16,
    pub addresses: Vec<IpNet>,
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

    /// The address that answers come from: RFC 1812 4.3.2.4 wants one of the interface that the packet came in by.
    pub fn source_for(&self, v6: bool) -> Option<IpAddr> {
        let of_family = self.addresses.iter().map(IpNet::addr).filter(|a| a.is_ipv6() == v6);
        let global = of_family.clone().find(|a| !is_link_local(*a));
        global.or_else(|| of_family.clone().next())
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
    /// What programs see of it.
    pub program: rt::Ports,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(addresses: &[&str]) -> InterfaceView {
        InterfaceView {
            port: 0,
            vlan: None,
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
}
