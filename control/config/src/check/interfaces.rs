//! `[[interface]]` and `[[neighbor]]`

use super::ports::{MAX_KERNEL_NAME, Ports, station};
use super::vrfs::Vrfs;
use super::{NOWHERE, Names, is_link_local, is_unicast, number};
use crate::error::Report;
use crate::mistake::Mistake;
use crate::model::*;
use crate::places::{START, Span};
use crate::raw::{self, BoolOr};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use toml::Spanned;

/// RFC 8200 section 5.
const MIN_MTU_IPV6: u16 = 1280;

/// Packets per second towards the kernel, by class. BGP's is what a full table of 1M prefixes sends in a few seconds;
/// the others leave a core most of its time.
const DEFAULT_POLICE: Police =
    Police { arp: 1000, icmp: 1000, bgp: 20_000, bfd: 10_000, igp: 10_000, rest: 10_000 };

#[derive(Debug)]
pub(super) struct Interfaces {
    pub(super) list: Vec<Interface>,
    pub(super) loopbacks: Vec<Loopback>,
    pub(super) names: Names,
    pub(super) namespaces: Vec<Span>,
}

pub(super) fn check(
    given: &[raw::Interface],
    loopbacks: &[raw::Loopback],
    ports: &Ports,
    vrfs: &Vrfs,
    report: &mut Report,
) -> Interfaces {
    let mut all = Interfaces {
        list: Vec::new(),
        loopbacks: Vec::new(),
        names: Names::new("interface"),
        namespaces: Vec::new(),
    };
    let mut connected = Connected::default();
    for interface in given {
        let name = all.names.add(&interface.name, |name| Mistake::InterfaceTwice { name }, report);
        let vrf = vrfs.find(interface.vrf.as_ref(), report);
        let addresses =
            interface.addresses.iter().map(|a| connected.add(a, (vrf, &name), report)).collect::<Vec<_>>();
        let port = ports.names.find(&interface.port, report);
        let checked = Interface {
            port,
            vrf,
            vlan: interface.vlan.as_ref().map(|v| vlan(v, report)),
            mtu: mtu(interface, &name, ports.list.get(port), &addresses, report),
            mirror: mirror(&interface.mirror, &interface.name, &name, report),
            urpf: interface.urpf,
            police: police(&interface.police, report),
            addresses,
            name,
        };
        all.namespaces.push(namespace_place(&interface.mirror));
        all.list.push(checked);
    }
    all.loopbacks = check_loopbacks(loopbacks, vrfs, &mut connected, report);
    all.namespaces.extend(loopbacks.iter().map(|loopback| namespace_place(&loopback.mirror)));
    check_tags(given, &all.list, ports, report);
    let of_interfaces = all.list.iter().zip(given);
    let of_interfaces =
        of_interfaces.map(|(i, g)| ("interface", &i.name, &i.mirror, mirror_place(&g.mirror, &g.name)));
    let of_loopbacks = all.loopbacks.iter().zip(loopbacks);
    let of_loopbacks =
        of_loopbacks.map(|(l, g)| ("loopback", &l.name, &l.mirror, mirror_place(&g.mirror, &g.name)));
    check_mirrors(of_interfaces.chain(of_loopbacks), ports, vrfs, report);
    all
}

fn check_loopbacks(
    given: &[raw::Loopback],
    vrfs: &Vrfs,
    connected: &mut Connected,
    report: &mut Report,
) -> Vec<Loopback> {
    let mut names = Names::new("loopback");
    let mut list = Vec::new();
    for loopback in given {
        let name = names.add(&loopback.name, |name| Mistake::LoopbackTwice { name }, report);
        let vrf = vrfs.find(loopback.vrf.as_ref(), report);
        let mut addresses = Vec::new();
        for given in &loopback.addresses {
            let address = connected.add(given, (vrf, &name), report);
            if address.prefix_len() != address.max_prefix_len() {
                report.add(given.span(), Mistake::LoopbackNetwork { address });
            }
            addresses.push(address);
        }
        let mirror = mirror(&loopback.mirror, &loopback.name, &name, report);
        list.push(Loopback { name, vrf, addresses, mirror });
    }
    list
}

fn vlan(given: &Spanned<raw::Int>, report: &mut Report) -> u16 {
    let vlan = given.get_ref().0;
    match u16::try_from(vlan) {
        Ok(vlan @ 1..=4094) => vlan,
        _ => {
            report.add(given.span(), Mistake::VlanRange { vlan });
            // No VLAN that another interface could clash with.
            0
        }
    }
}

fn mtu(
    given: &raw::Interface,
    name: &str,
    port: Option<&Port>,
    addresses: &[IpNet],
    report: &mut Report,
) -> u16 {
    let port_mtu = port.map_or(1500, |p| p.mtu);
    let mtu = number(given.mtu.as_ref(), "mtu", 68..=9600, port_mtu, report);
    let place = given.mtu.as_ref().map_or(given.name.span(), Spanned::span);
    if let Some(port) = port.filter(|p| mtu > p.mtu) {
        let (name, port, port_mtu) = (name.to_owned(), port.name.clone(), port.mtu);
        report.add(place.clone(), Mistake::MtuOverPort { name, mtu, port, port_mtu });
    }
    if mtu < MIN_MTU_IPV6 && addresses.iter().any(|a| a.addr().is_ipv6()) {
        report.add(place, Mistake::MtuUnderIpv6 { name: name.to_owned(), mtu });
    }
    mtu
}

fn police(given: &raw::Police, report: &mut Report) -> Police {
    let mut class = |given: &Option<Spanned<raw::Int>>, key, default| {
        number(given.as_ref(), key, 0..=100_000_000, default, report)
    };
    Police {
        arp: class(&given.arp, "arp", DEFAULT_POLICE.arp),
        icmp: class(&given.icmp, "icmp", DEFAULT_POLICE.icmp),
        bgp: class(&given.bgp, "bgp", DEFAULT_POLICE.bgp),
        bfd: class(&given.bfd, "bfd", DEFAULT_POLICE.bfd),
        igp: class(&given.igp, "igp", DEFAULT_POLICE.igp),
        rest: class(&given.rest, "rest", DEFAULT_POLICE.rest),
    }
}

/// Every connected network so far, to find those that clash.
#[derive(Default)]
struct Connected(Vec<(VrfId, IpNet, String, Span)>);

impl Connected {
    fn add(
        &mut self,
        given: &Spanned<raw::Text<IpNet>>,
        (vrf, name): (VrfId, &str),
        report: &mut Report,
    ) -> IpNet {
        let address = given.get_ref().0;
        if let Some(why) = why_no_host(address) {
            report.add(given.span(), Mistake::NotAHost { address, why });
            return address;
        }
        // Every interface has fe80::/64; only elsewhere is a network one interface's own.
        let scoped = is_link_local(address.addr());
        let beside = self.0.iter().filter(|(other, ..)| *other == vrf);
        let clash = beside.into_iter().find(|(_, other, other_name, _)| {
            let overlap = other.contains(&address.trunc()) || address.contains(&other.trunc());
            let same = other.addr() == address.addr();
            if scoped || other_name == name { same && other_name == name } else { overlap }
        });
        if let Some((_, other_address, other, place)) = clash {
            let (name, other, other_address) = (name.to_owned(), other.clone(), *other_address);
            let mistake = if other_address.addr() == address.addr() {
                Mistake::AddressTwice { name, other, address: address.addr() }
            } else {
                Mistake::NetworksOverlap { name, address, other, other_address }
            };
            report.add_pair(given.span(), place.clone(), mistake);
        }
        self.0.push((vrf, address, name.to_owned(), given.span()));
        address
    }
}

/// Why no interface can have this address. RFC 3021 and RFC 6164: a /31 and a /127 have two hosts.
fn why_no_host(net: IpNet) -> Option<&'static str> {
    let between_two = net.prefix_len() + 1 >= net.max_prefix_len();
    if !is_unicast(net.addr()) {
        Some("no unicast address")
    } else if !between_two && net.addr() == net.network() {
        Some("the address of the network itself")
    } else if !between_two && net.addr().is_ipv4() && net.addr() == net.broadcast() {
        Some("the broadcast address of the network")
    } else {
        None
    }
}

/// One untagged interface a port, and each VLAN once.
fn check_tags(given: &[raw::Interface], list: &[Interface], ports: &Ports, report: &mut Report) {
    let mut seen: HashMap<(usize, Option<u16>), usize> = HashMap::new();
    for (index, interface) in list.iter().enumerate() {
        let Some(port) = ports.list.get(interface.port).filter(|_| interface.vlan != Some(0)) else {
            continue;
        };
        let Some(&first) = seen.get(&(interface.port, interface.vlan)) else {
            seen.insert((interface.port, interface.vlan), index);
            continue;
        };
        let (name, other, port) = (interface.name.clone(), list[first].name.clone(), port.name.clone());
        let mistake = match interface.vlan {
            Some(vlan) => Mistake::VlanTwice { name, other, port, vlan },
            None => Mistake::UntaggedTwice { name, other, port },
        };
        report.add_pair(tag_place(&given[index]), tag_place(&given[first]), mistake);
    }
}

fn tag_place(given: &raw::Interface) -> Span {
    given.vlan.as_ref().map_or(given.port.span(), Spanned::span)
}

fn mirror(
    given: &Option<BoolOr<raw::Mirror>>,
    of: &Spanned<String>,
    interface: &str,
    report: &mut Report,
) -> Option<Mirror> {
    let table = match given {
        Some(BoolOr::Bool(false)) => return None,
        Some(BoolOr::Table(table)) => Some(table),
        Some(BoolOr::Bool(true)) | None => None,
    };
    let name = table.and_then(|t| t.name.as_ref()).map_or(interface, |n| n.get_ref()).to_owned();
    if let Some(explicit) = table.and_then(|t| t.name.as_ref()) {
        super::name("mirror", explicit, report);
    }
    if name.len() > MAX_KERNEL_NAME {
        report
            .add(mirror_place(given, of), Mistake::MirrorNameTooLong { len: name.len(), name: name.clone() });
    }
    let netns = table.and_then(|t| t.netns.as_ref());
    let netns = netns.map(|n| super::name("network namespace", n, report));
    Some(Mirror { name, netns })
}

fn mirror_place(given: &Option<BoolOr<raw::Mirror>>, of: &Spanned<String>) -> Span {
    match given {
        Some(BoolOr::Table(raw::Mirror { name: Some(name), .. })) => name.span(),
        _ => of.span(),
    }
}

fn namespace_place(given: &Option<BoolOr<raw::Mirror>>) -> Span {
    match given {
        Some(BoolOr::Table(raw::Mirror { netns: Some(netns), .. })) => netns.span(),
        _ => START,
    }
}

/// Mirrors have names of their own among themselves and among the kernel interfaces that ports take over. `all` has for each
/// interface and loopback which it is, its name, its mirror and where that is said.
fn check_mirrors<'a>(
    all: impl Iterator<Item = (&'static str, &'a String, &'a Option<Mirror>, Span)>,
    ports: &Ports,
    vrfs: &Vrfs,
    report: &mut Report,
) {
    let mut seen: HashMap<(&Option<String>, &str), (&str, &String, Span)> = HashMap::new();
    for (kind, interface, mirror, place) in all {
        let Some(mirror) = mirror else { continue };
        let name = mirror.name.clone();
        if let Some((of, other, first)) = seen.get(&(&mirror.netns, mirror.name.as_str())) {
            // Two interfaces of one name were reported as such.
            if (*of, *other) != (kind, interface) {
                let (interface, other) = (interface.clone(), (*other).clone());
                report.add_pair(place, first.clone(), Mistake::MirrorTwice { interface, other, name });
            }
            continue;
        }
        seen.insert((&mirror.netns, mirror.name.as_str()), (kind, interface, place.clone()));
        if vrfs.list.iter().any(|vrf| vrf.name == name) {
            report.add(place.clone(), Mistake::MirrorIsVrf { name: name.clone() });
        }
        let taken = |p: &Port| matches!(&p.device, Device::Kernel { name, .. } if *name == mirror.name);
        if let Some(at) = ports.list.iter().position(taken).filter(|_| mirror.netns.is_none()) {
            let mistake = Mistake::MirrorIsPort { name, port: ports.list[at].name.clone() };
            report.add_pair(place, ports.devices[at].clone(), mistake);
        }
    }
}

impl Interfaces {
    /// The interface in the VRF of `beside` that has this address itself.
    pub(super) fn owner(&self, address: IpAddr, beside: usize) -> Option<&Interface> {
        let vrf = self.list.get(beside).map(|interface| interface.vrf)?;
        self.list.iter().find(|i| i.vrf == vrf && i.addresses.iter().any(|a| a.addr() == address))
    }

    /// What to say about an address that is on no network of `interface`.
    pub(super) fn networks(&self, address: IpAddr, interface: &Interface) -> String {
        let has = |i: &Interface| i.addresses.iter().any(|a| a.contains(&address));
        let elsewhere = self.list.iter().find(|i| has(i)).map(|i| format!("; `{}` has it", i.name));
        let nets: Vec<String> = interface.addresses.iter().map(|a| a.trunc().to_string()).collect();
        let own = match nets.len() {
            0 => "it has no address; add `addresses = [...]`".to_owned(),
            _ => format!("its networks are {}", nets.join(", ")),
        };
        own + &elsewhere.unwrap_or_default()
    }
}

/// Whether packets for `address` can leave by `interface` directly. Link-local addresses can, on every interface
/// (RFC 4291 section 2.5.6).
pub(super) fn is_connected(interface: &Interface, address: IpAddr) -> bool {
    is_link_local(address) || interface.addresses.iter().any(|a| a.contains(&address))
}

pub(super) fn check_neighbors(
    given: &[raw::Neighbor],
    interfaces: &Interfaces,
    report: &mut Report,
) -> Vec<Neighbor> {
    let mut seen: HashMap<(usize, IpAddr), Span> = HashMap::new();
    let mut list = Vec::new();
    for neighbor in given {
        let interface = interfaces.names.find(&neighbor.interface, report);
        let address = neighbor.address.get_ref().0;
        let place = neighbor.address.span();
        if interfaces.owner(address, interface).is_some() {
            report.add(place.clone(), Mistake::NeighborIsOwn { address });
        } else if let Some(on) = interfaces.list.get(interface).filter(|i| !is_connected(i, address)) {
            let networks = interfaces.networks(address, on);
            let mistake = Mistake::NeighborNotConnected { address, interface: on.name.clone(), networks };
            report.add(place.clone(), mistake);
        }
        let first = seen.insert((interface, address), place.clone()).filter(|_| interface != NOWHERE);
        if let Some(first) = first {
            let interface = neighbor.interface.get_ref().clone();
            report.add_pair(place, first, Mistake::NeighborTwice { interface, address });
        }
        list.push(Neighbor { interface, address, mac: station(&neighbor.mac, report) });
    }
    list
}
