//! Neighbors: what control tells of the kernel's table becomes ready headers, and a route for each host.

use super::{Refusal, State, origin};
use crate::worker::view::{is_link_local, special};
use api::Mac;
use fib::{Causes, Entry, FibError, GroupContent, GroupId, GroupSpec, Neighbor, NeighborId, PathId, Prefix};
use ipnet::IpNet;
use rt::role::MACS;
use stats::Cause;
use std::net::IpAddr;

/// The word for the table of hosts on connected networks.
const HOSTS: &str = "hosts";

const UNRESOLVED: &str = "unresolved";

/// One address on one interface.
#[derive(Debug, Clone)]
pub struct NeighborState {
    pub mac: Option<Mac>,
    /// Gone in the kernel; the last address stays in use because BFD says that it works.
    pub kept: bool,
    id: Option<NeighborId>,
    host: Option<Host>,
}

/// The way to a host itself.
#[derive(Debug, Clone)]
struct Host {
    path: PathId,
    group: GroupId,
    /// VRFs in which its address leads there: its own, and those that its network leaks to.
    vrfs: Vec<u16>,
}

impl NeighborState {
    /// The path to the host itself.
    pub fn host_path(&self) -> Option<PathId> {
        self.host.as_ref().map(|host| host.path)
    }
}

impl State {
    /// What is known of a neighbor has changed.
    pub fn neighbor_set(
        &mut self,
        interface: &str,
        address: IpAddr,
        mac: Option<Mac>,
    ) -> Result<(), Refusal> {
        let interface = self.interface(interface)?;
        match mac {
            Some(mac) => self.resolved(interface, address, mac),
            None => self.unresolved(interface, address),
        }
    }

    /// The record that a path to this next hop uses now.
    pub(super) fn neighbor_of(&self, interface: u16, address: IpAddr) -> Option<NeighborId> {
        self.neighbors.get(&(interface, address)).and_then(|n| n.id)
    }

    pub(super) fn mac_of(&self, interface: u16, address: IpAddr) -> Option<Mac> {
        self.neighbors.get(&(interface, address)).filter(|n| n.id.is_some()).and_then(|n| n.mac)
    }

    fn resolved(&mut self, interface: u16, address: IpAddr, mac: Mac) -> Result<(), Refusal> {
        let key = (interface, address);
        if let Some(known) = self.neighbors.get_mut(&key)
            && known.mac == Some(mac)
            && known.id.is_some()
        {
            known.kept = false;
            return Ok(());
        }
        let record = self.header(interface, mac);
        let old = self.neighbors.get(&key).and_then(|n| n.id);
        let id = match old {
            Some(old) => self.writer.neighbor_replace(old, &record)?,
            None => self.writer.neighbor_add(&record)?,
        };
        let host = self.neighbors.get_mut(&key).and_then(|known| known.host.take());
        let before =
            self.mac_of(interface, address).map_or_else(|| UNRESOLVED.to_owned(), |mac| mac.to_string());
        self.neighbors.insert(key, NeighborState { mac: Some(mac), kept: false, id: Some(id), host });
        if let Some(suppressed) = self.may_say("neighbor", &address.to_string()) {
            let interface = &self.infos[usize::from(interface)].name;
            let reason = "control says so";
            tracing::info!(interface, %address, old = before, new = %mac, reason, suppressed, "neighbor");
        }
        for name in self.paths_to(interface, address) {
            let path = self.paths[&name].id;
            self.writer.set_neighbor(path, Some(id))?;
            self.settle(&name);
            self.announce_if_live(&name);
        }
        self.renew_frame(interface, address);
        self.host_add(interface, address, id)
    }

    fn unresolved(&mut self, interface: u16, address: IpAddr) -> Result<(), Refusal> {
        let key = (interface, address);
        let Some(known) = self.neighbors.get(&key) else { return Ok(()) };
        let Some(id) = known.id else { return Ok(()) };
        let names = self.paths_to(interface, address);
        let before = known.mac.map_or_else(|| UNRESOLVED.to_owned(), |mac| mac.to_string());
        if self.bfd_is_up(interface, address) {
            let newly =
                self.neighbors.get_mut(&key).is_some_and(|known| !std::mem::replace(&mut known.kept, true));
            if newly && let Some(suppressed) = self.may_say("neighbor", &address.to_string()) {
                let interface = &self.infos[usize::from(interface)].name;
                let reason = "gone in the kernel's table, and BFD says that it works";
                tracing::info!(interface, %address, old = before, new = "kept", reason, suppressed, "neighbor");
            }
            return Ok(());
        }
        if let Some(suppressed) = self.may_say("neighbor", &address.to_string()) {
            let interface = &self.infos[usize::from(interface)].name;
            let reason = "gone in the kernel's table";
            tracing::warn!(interface, %address, old = before, new = UNRESOLVED, reason, suppressed, "neighbor");
        }
        for name in names {
            let path = self.paths[&name].id;
            // The cause first: the repair must not see a path without its header.
            self.fail(&name, Causes::UNRESOLVED, Cause::Unresolved);
            self.writer.set_neighbor(path, None)?;
            self.settle(&name);
        }
        let host = self.neighbors.get_mut(&key).and_then(|known| {
            known.id = None;
            known.mac = None;
            known.host.take()
        });
        if let Some(host) = host {
            self.host_remove(address, &host)?;
        }
        self.writer.neighbor_remove(id)?;
        Ok(())
    }

    pub(super) fn paths_to(&self, interface: u16, address: IpAddr) -> Vec<String> {
        let to = self.paths.values().filter(|p| p.interface == interface && p.spec.next_hop == address);
        to.map(|path| path.spec.name.clone()).collect()
    }

    fn announce_if_live(&mut self, name: &str) {
        let path = &self.paths[name];
        if self.is_live(path.id) {
            let event = api::switch::Event::PathState { path: name.to_owned(), causes: Vec::new() };
            self.tell(event);
        }
    }

    /// Everything of the frame before the EtherType.
    fn header(&self, interface: u16, mac: Mac) -> Neighbor {
        let view = &self.interfaces.interfaces[usize::from(interface)];
        let mut header = [0; Neighbor::HEADER_MAX];
        header[..6].copy_from_slice(&mac.0);
        header[6..MACS].copy_from_slice(&self.infos[usize::from(interface)].mac.0);
        let mut header_len = MACS;
        if let Some(vlan) = view.vlan {
            header[MACS..MACS + 2].copy_from_slice(&0x8100u16.to_be_bytes());
            header[MACS + 2..MACS + 4].copy_from_slice(&vlan.to_be_bytes());
            header_len += 4;
        }
        Neighbor { port: view.port, interface, mtu: view.mtu, header_len: header_len as u8, header }
    }

    /// MTUs have changed: every header says them.
    pub fn renew_headers(&mut self) -> Result<(), Refusal> {
        let known: Vec<_> =
            self.neighbors.iter().filter_map(|(key, n)| Some((*key, n.mac?, n.id?))).collect();
        for ((interface, address), mac, id) in known {
            let record = self.header(interface, mac);
            let new = self.writer.neighbor_replace(id, &record)?;
            if let Some(neighbor) = self.neighbors.get_mut(&(interface, address)) {
                neighbor.id = Some(new);
            }
        }
        Ok(())
    }

    /// A host on a connected network is a path of its own, and its address a prefix of each VRF that reaches the network.
    fn host_add(&mut self, interface: u16, address: IpAddr, neighbor: NeighborId) -> Result<(), Refusal> {
        let wanted = self.reached_from(interface, address);
        let vrfs: Vec<u16> =
            wanted.into_iter().filter(|vrf| self.is_free(*vrf, interface, address)).collect();
        if vrfs.is_empty() {
            return Ok(());
        }
        let key = (interface, address);
        let mut host = match self.neighbors.get_mut(&key).and_then(|known| known.host.take()) {
            Some(host) => host,
            None if self.host_has_room(address) => self.host_path_add(interface, neighbor)?,
            None => return Ok(()),
        };
        for vrf in vrfs {
            self.host_lend(address, &mut host, vrf)?;
        }
        if let Some(known) = self.neighbors.get_mut(&key) {
            known.host = Some(host);
        }
        Ok(())
    }

    fn host_path_add(&mut self, interface: u16, neighbor: NeighborId) -> Result<Host, Refusal> {
        let port = usize::from(self.interfaces.interfaces[usize::from(interface)].port);
        let causes = if self.ports[port].up { Causes::NONE } else { Causes::LINK };
        let path = self.writer.path_add(u64::from(neighbor.0), Some(neighbor), causes)?;
        let group = self.writer.group_acquire(&GroupContent::Paths(GroupSpec::single(path, [])))?;
        Ok(Host { path, group, vrfs: Vec::new() })
    }

    /// The VRFs that have a host on the interface's networks: those in which the nearest network around it is one of the interface, or
    /// in its own VRF of any interface there.
    fn reached_from(&self, interface: u16, address: IpAddr) -> Vec<u16> {
        let view = &self.interfaces.interfaces[usize::from(interface)];
        if is_link_local(address) || !view.addresses.iter().any(|net| net.contains(&address)) {
            return Vec::new();
        }
        let leads_here = |vrf: u16| {
            let nearest = self.nearest_network(vrf, address);
            nearest.is_some_and(|at| at == interface || vrf == view.vrf && self.interfaces.vrf(at) == vrf)
        };
        let others = if view.leaks.is_empty() { 0..0 } else { 0..self.vrfs.len() as u16 + 1 };
        let others = others.filter(|vrf| *vrf != view.vrf);
        std::iter::once(view.vrf).chain(others).filter(|vrf| leads_here(*vrf)).collect()
    }

    /// The interface on which an address of a VRF is asked for.
    fn nearest_network(&self, vrf: u16, address: IpAddr) -> Option<u16> {
        let around = |len: u8| IpNet::new(address, len).map(|net| Prefix { vrf, net: net.trunc() });
        let lengths = (0..=IpNet::from(address).max_prefix_len()).rev();
        let mut groups = lengths.filter_map(|len| self.connected.get(&around(len).ok()?));
        groups.next().and_then(|group| self.asked_on(*group))
    }

    fn asked_on(&self, group: GroupId) -> Option<u16> {
        match self.writer.group_content(group)? {
            GroupContent::Special(code) if code & special::CONNECTED != 0 => Some(*code as u16),
            _ => None,
        }
    }

    /// Whether nothing but a leak of this one address is there.
    fn is_free(&self, vrf: u16, interface: u16, address: IpAddr) -> bool {
        let prefix = Prefix { vrf, net: IpNet::from(address) };
        let is_leak = |entry: Entry| self.asked_on(entry.group) == Some(interface);
        !self.local.contains_key(&prefix) && self.writer.route_get(prefix).is_none_or(is_leak)
    }

    fn host_has_room(&mut self, address: IpAddr) -> bool {
        if self.hosts < self.capacity.hosts {
            return true;
        }
        self.count_full(HOSTS);
        if let Some(suppressed) = self.may_say("hosts", "") {
            let limit = self.capacity.hosts;
            tracing::warn!(%address, limit, suppressed, "no room for one more host on a connected network");
        }
        false
    }

    fn host_lend(&mut self, address: IpAddr, host: &mut Host, vrf: u16) -> Result<(), Refusal> {
        let is_new = !host.vrfs.contains(&vrf);
        if is_new && !self.host_has_room(address) {
            return Ok(());
        }
        self.writer.route_set(Prefix { vrf, net: IpNet::from(address) }, host.group, origin::NEIGHBOR)?;
        if is_new {
            host.vrfs.push(vrf);
            self.hosts += 1;
        }
        Ok(())
    }

    fn host_unlend(&mut self, address: IpAddr, vrf: u16) -> Result<(), Refusal> {
        let prefix = Prefix { vrf, net: IpNet::from(address) };
        self.hosts -= 1;
        match self.writer.route_del(prefix, origin::NEIGHBOR) {
            Ok(_) => self.fall_back(prefix),
            // A source has said something of it since.
            Err(FibError::OtherSource { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The interfaces' networks have changed, or where they leak to: hosts that are known follow.
    pub(super) fn hosts_again(&mut self) -> Result<(), Refusal> {
        let known: Vec<_> = self.neighbors.iter().filter_map(|(key, n)| Some((*key, n.id?))).collect();
        // Those that go make way for others.
        for (key, _) in &known {
            let Some(host) = self.neighbors.get(key).and_then(|n| n.host.as_ref()) else { continue };
            let wanted = self.reached_from(key.0, key.1);
            let (stay, go): (Vec<u16>, Vec<u16>) = host.vrfs.iter().partition(|vrf| wanted.contains(vrf));
            for vrf in go {
                self.host_unlend(key.1, vrf)?;
            }
            if let Some(host) = self.neighbors.get_mut(key).and_then(|n| n.host.as_mut()) {
                host.vrfs = stay;
            }
        }
        for ((interface, address), id) in known {
            self.host_add(interface, address, id)?;
        }
        Ok(())
    }

    fn host_remove(&mut self, address: IpAddr, host: &Host) -> Result<(), Refusal> {
        for vrf in &host.vrfs {
            self.host_unlend(address, *vrf)?;
        }
        self.writer.group_release(host.group)?;
        self.writer.set_neighbor(host.path, None)?;
        self.doomed.push(host.path);
        Ok(())
    }
}
