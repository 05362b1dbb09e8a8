//! From a configuration to what workers and the kernel see of interfaces, at the start and at every reload.

use crate::kernel::follow::Seen;
use crate::kernel::mirror::MirrorSpec;
use crate::program::Loaded;
use crate::state::{InterfaceInfo, Refusal};
use crate::worker::arrival::{NO_INTERFACE, PortView};
use crate::worker::icmp::Kind;
use crate::worker::view::{InterfaceView, Interfaces, is_link_local, link_local};
use api::Mac;
use config::{Config, Hash, HashFields, Icmp, Police, Urpf};
use ipnet::IpNet;
use rt::ReversePath;
use stats::PuntClass;
use std::net::IpAddr;
use wire::flow::Fields;

/// Nothing leaves by it.
const LOOPBACK_MTU: u16 = 1500;

/// What a reload would do.
pub struct Plan {
    pub changes: Vec<String>,
    pub left: Vec<String>,
}

/// A reload that was validated and waits for its commit.
pub struct Prepared {
    pub config: Config,
    /// The program that the file names, if it is not the one that runs.
    pub program: Option<Box<Loaded>>,
}

/// Validates a new file against the running one. Nothing changes.
pub fn prepare(running: &Config, text: &str) -> Result<(Config, Plan), Refusal> {
    let new = Config::parse("configuration", text).map_err(|e| Refusal::Config(e.plain()))?;
    let diff = running.diff(&new);
    if let Some(why) = diff.too_much() {
        return Err(Refusal::Config(why));
    }
    let changes = diff.changes.iter().map(ToString::to_string).collect();
    Ok((diff.after, Plan { changes, left: diff.cannot }))
}

/// What the kernel says of mirrors, in the order of interfaces and loopbacks; where it says nothing, the file counts.
#[derive(Clone, Copy, Default)]
pub struct Given<'a> {
    pub interfaces: &'a [Option<Seen>],
    pub loopbacks: &'a [Option<Seen>],
}

impl Given<'_> {
    fn interface(&self, index: usize) -> Option<&Seen> {
        self.interfaces.get(index)?.as_ref()
    }
}

fn view(config: &Config, macs: &[Mac], index: usize, seen: Option<&Seen>) -> InterfaceView {
    let interface = &config.interfaces[index];
    let up = seen.is_none_or(|seen| seen.up);
    let addresses = match seen {
        // One that is set down has no networks; what it is called when it comes up again, the kernel knows.
        Some(seen) if !seen.up => Vec::new(),
        Some(seen) => in_order(&interface.addresses, &seen.addresses),
        None => interface.addresses.clone(),
    };
    let port_mtu = config.ports[interface.port].mtu;
    let mtu = seen.and_then(|seen| u16::try_from(seen.mtu).ok()).map(|mtu| mtu.min(port_mtu));
    InterfaceView {
        port: interface.port as u16,
        vrf: interface.vrf.into(),
        vlan: interface.vlan,
        up,
        mtu: mtu.unwrap_or(interface.mtu),
        link_local: (!addresses.iter().any(|net| is_link_local(net.addr())))
            .then(|| link_local(macs[interface.port].0)),
        addresses,
        leaks: leaks(config, index),
        mirrored: interface.mirror.is_some(),
        police: police(&interface.police),
    }
}

/// Networks of an interface that routes of other VRFs lead to.
fn leaks(config: &Config, interface: usize) -> Vec<fib::Prefix> {
    let here = config.routes.iter().filter(|route| route.action == config::Action::Connected(interface));
    here.map(|route| fib::Prefix { vrf: route.vrf.into(), net: route.prefix }).collect()
}

/// Those of the file first, as they stand there: the first is what answers come from.
fn in_order(file: &[IpNet], kernel: &[IpNet]) -> Vec<IpNet> {
    let of_file = file.iter().filter(|address| kernel.contains(address));
    of_file.chain(kernel.iter().filter(|address| !file.contains(address))).copied().collect()
}

fn loopbacks(config: &Config, seen: &[Option<Seen>]) -> Vec<(u16, IpAddr)> {
    let addresses = |(index, loopback): (usize, &config::Loopback)| match seen.get(index) {
        Some(Some(seen)) if !seen.up => Vec::new(),
        Some(Some(seen)) => in_order(&loopback.addresses, &seen.addresses),
        _ => loopback.addresses.clone(),
    };
    let of = |(index, loopback): (usize, &config::Loopback)| {
        let vrf = loopback.vrf.into();
        addresses((index, loopback)).into_iter().map(move |net| (vrf, net.addr()))
    };
    config.loopbacks.iter().enumerate().flat_map(of).collect()
}

/// Ports and interfaces for the packet path. `macs` are the ports' own.
pub fn interfaces(config: &Config, macs: &[Mac], given: Given<'_>) -> Interfaces {
    let all = 0..config.interfaces.len();
    let views: Vec<InterfaceView> =
        all.map(|index| view(config, macs, index, given.interface(index))).collect();
    let ports = macs.iter().enumerate().map(|(port, mac)| {
        let mut view = PortView { mac: number(*mac), untagged: NO_INTERFACE, vlans: None };
        let here = |(index, i): &(usize, &config::Interface)| i.port == port && views[*index].up;
        for (index, interface) in config.interfaces.iter().enumerate().filter(here) {
            match interface.vlan {
                None => view.untagged = index as u16,
                Some(vlan) => {
                    let vlans = view.vlans.get_or_insert_with(|| Box::new([NO_INTERFACE; 4096]));
                    vlans[usize::from(vlan)] = index as u16;
                }
            }
        }
        view
    });
    let ports: Vec<PortView> = ports.collect();
    let seen = ports.iter().zip(macs).enumerate().map(|(port, (view, mac))| rt::PortInfo {
        port: port as u16,
        mac: mac.0,
        untagged: view.untagged,
        vlans: view.vlans.as_deref(),
    });
    Interfaces {
        program: rt::Ports::new(seen)
            .with_vrfs(config.interfaces.iter().map(|interface| interface.vrf.into()))
            .with_reverse_paths(reverse_paths(config)),
        interfaces: views,
        loopbacks: loopbacks(config, given.loopbacks),
        answers: answers(&config.icmp),
        ports,
    }
}

/// Names and MACs, in the order of the interfaces.
pub fn infos(config: &Config, macs: &[Mac]) -> Vec<InterfaceInfo> {
    let info = |interface: &config::Interface| InterfaceInfo {
        name: interface.name.clone(),
        mac: macs[interface.port],
        mirror: interface.mirror.as_ref().map_or_else(String::new, |mirror| mirror.name.clone()),
        mirror_index: None,
    };
    config.interfaces.iter().map(info).collect()
}

/// The kernel's side, in the order of the interfaces.
pub fn mirrors(config: &Config, infos: &[InterfaceInfo]) -> Vec<Option<MirrorSpec>> {
    let spec = |(interface, info): (&config::Interface, &InterfaceInfo)| {
        let mirror = interface.mirror.as_ref()?;
        Some(MirrorSpec {
            name: mirror.name.clone(),
            netns: mirror.netns.clone(),
            vrf: config.vrf_name(interface.vrf).map(ToOwned::to_owned),
            mac: info.mac,
            mtu: interface.mtu,
            addresses: interface.addresses.clone(),
        })
    };
    config.interfaces.iter().zip(infos).map(spec).collect()
}

/// The kernel's side of loopbacks, in their order. Nothing is ever sent to their MACs, which only have to be some.
pub fn loopback_mirrors(config: &Config, macs: &[Mac]) -> Vec<Option<MirrorSpec>> {
    let first = macs.first().map_or([2, 0, 0, 0, 0, 0], |mac| mac.0);
    let spec = |(index, loopback): (usize, &config::Loopback)| {
        let mirror = loopback.mirror.as_ref()?;
        let [a, b, c, d, e, f] = first;
        Some(MirrorSpec {
            name: mirror.name.clone(),
            netns: mirror.netns.clone(),
            vrf: config.vrf_name(loopback.vrf).map(ToOwned::to_owned),
            mac: Mac([a & 0xfe | 2, b, c, d, e, f.wrapping_add(0x80 + index as u8)]),
            mtu: LOOPBACK_MTU,
            addresses: loopback.addresses.clone(),
        })
    };
    config.loopbacks.iter().enumerate().map(spec).collect()
}

/// What tells flows apart where a route spreads them.
pub fn flow_fields(hash: &Hash) -> Fields {
    Fields { ports: hash.fields == HashFields::FiveTuple, flow_label: hash.flow_label, inner: hash.inner }
}

fn reverse_paths(config: &Config) -> Vec<Option<ReversePath>> {
    let mode = |urpf: Urpf| match urpf {
        Urpf::Strict => ReversePath::Strict,
        Urpf::Feasible => ReversePath::Feasible,
        Urpf::Loose => ReversePath::Loose,
    };
    config.interfaces.iter().map(|interface| interface.urpf.map(mode)).collect()
}

fn answers(rates: &Icmp) -> [u32; Kind::ALL.len()] {
    Kind::ALL.map(|kind| match kind {
        Kind::Unreachable => rates.unreachable,
        Kind::TimeExceeded => rates.time_exceeded,
        Kind::TooBig => rates.too_big,
        Kind::ParameterProblem => rates.parameter_problem,
    })
}

fn police(rates: &Police) -> [u32; PuntClass::COUNT] {
    PuntClass::ALL.map(|class| match class {
        PuntClass::Arp | PuntClass::Nd => rates.arp,
        PuntClass::Icmp => rates.icmp,
        PuntClass::Bgp => rates.bgp,
        PuntClass::BfdOther => rates.bfd,
        PuntClass::Ospf | PuntClass::IsIs => rates.igp,
        PuntClass::Local | PuntClass::Multicast | PuntClass::Rest => rates.rest,
    })
}

fn number(mac: Mac) -> u64 {
    let m = mac.0;
    u64::from_le_bytes([m[0], m[1], m[2], m[3], m[4], m[5], 0, 0])
}
