//! What a worker knows of ports and interfaces: read-only tables that the main thread replaces whole.

use super::parse::PortView;
use ipnet::IpNet;
use std::net::IpAddr;

/// Codes of special groups, as [`fib::GroupContent::Special`] carries them.
pub mod special {
    /// One of our own addresses.
    pub const LOCAL: u32 = 1;
    /// Dropped without an answer.
    pub const BLACKHOLE: u32 = 2;
    /// Dropped with ICMP destination unreachable.
    pub const UNREACHABLE: u32 = 3;
    /// A connected network: the low 16 bits are the interface whose neighbor is to be resolved.
    pub const CONNECTED: u32 = 1 << 16;
    /// The interface in the code of a connected network.
    pub const INTERFACE_MASK: u32 = 0xffff;
}

/// An interface as the packet path sees it.
#[derive(Debug, Clone)]
pub struct InterfaceView {
    pub port: u16,
    pub vlan: Option<u16>,
    pub mtu: u16,
    pub addresses: Vec<IpNet>,
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
    }

    /// The address that answers come from: RFC 1812 4.3.2.4 wants one of the interface that the packet came in by.
    pub fn source_for(&self, v6: bool) -> Option<IpAddr> {
        let of_family = self.addresses.iter().map(IpNet::addr).filter(|a| a.is_ipv6() == v6);
        let global = of_family.clone().find(|a| !matches!(a, IpAddr::V6(v6) if v6.is_unicast_link_local()));
        global.or_else(|| of_family.clone().next())
    }
}

/// Every port and interface, by number.
#[derive(Debug, Clone, Default)]
pub struct Interfaces {
    pub ports: Vec<PortView>,
    pub interfaces: Vec<InterfaceView>,
}
