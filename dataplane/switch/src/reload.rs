//! From a configuration to what workers and the kernel see of interfaces, at the start and at every reload.

use crate::kernel::mirror::MirrorSpec;
use crate::program::Loaded;
use crate::state::{InterfaceInfo, Refusal};
use crate::worker::parse::{NO_INTERFACE, PortView};
use crate::worker::view::{InterfaceView, Interfaces, is_link_local, link_local};
use api::Mac;
use config::{Config, Police};
use stats::PuntClass;

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

/// Ports and interfaces for the packet path. `macs` are the ports' own.
pub fn interfaces(config: &Config, macs: &[Mac]) -> Interfaces {
    let views = config.interfaces.iter().map(|interface| InterfaceView {
        port: interface.port as u16,
        vlan: interface.vlan,
        mtu: interface.mtu,
        addresses: interface.addresses.clone(),
        link_local: (!interface.addresses.iter().any(|net| is_link_local(net.addr())))
            .then(|| link_local(macs[interface.port].0)),
        mirrored: interface.mirror.is_some(),
        police: police(&interface.police),
    });
    let ports = macs.iter().enumerate().map(|(port, mac)| {
        let mut view = PortView { mac: number(*mac), untagged: NO_INTERFACE, vlans: None };
        for (index, interface) in config.interfaces.iter().enumerate().filter(|(_, i)| i.port == port) {
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
    Interfaces { program: rt::Ports::new(seen), interfaces: views.collect(), ports }
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
            mac: info.mac,
            mtu: interface.mtu,
            addresses: interface.addresses.clone(),
        })
    };
    config.interfaces.iter().zip(infos).map(spec).collect()
}

fn police(rates: &Police) -> [u32; PuntClass::COUNT] {
    PuntClass::ALL.map(|class| match class {
        PuntClass::Arp | PuntClass::Nd => rates.arp,
        PuntClass::Icmp => rates.icmp,
        PuntClass::Bgp => rates.bgp,
        PuntClass::BfdOther | PuntClass::Local | PuntClass::Multicast | PuntClass::Rest => rates.rest,
    })
}

fn number(mac: Mac) -> u64 {
    let m = mac.0;
    u64::from_le_bytes([m[0], m[1], m[2], m[3], m[4], m[5], 0, 0])
}
