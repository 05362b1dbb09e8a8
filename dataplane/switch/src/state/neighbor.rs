//! Neighbors: what control tells of the kernel's table becomes ready headers, and a route for each host.

use super::{Refusal, State, origin};
use api::Mac;
use fib::{Causes, GroupContent, GroupId, GroupSpec, Neighbor, NeighborId, PathId, Prefix};
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
    /// The way to the host itself, with its group.
    host: Option<(PathId, GroupId)>,
}

impl NeighborState {
    /// The path to the host itself.
    pub fn host_path(&self) -> Option<PathId> {
        self.host.map(|(path, _)| path)
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
        let host = self.neighbors.get(&key).and_then(|n| n.host);
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
        if host.is_none() {
            self.host_add(interface, address, id)?;
        }
        Ok(())
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
            self.host_remove(interface, address, host)?;
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

    /// A host on a connected network is a path of its own, and its address a prefix.
    fn host_add(&mut self, interface: u16, address: IpAddr, neighbor: NeighborId) -> Result<(), Refusal> {
        let view = &self.interfaces.interfaces[usize::from(interface)];
        let link_local = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if link_local || !view.addresses.iter().any(|net| net.contains(&address)) {
            return Ok(());
        }
        let prefix = Prefix { vrf: view.vrf, net: IpNet::from(address) };
        if self.local.contains_key(&prefix) || self.writer.route_get(prefix).is_some() {
            return Ok(());
        }
        if self.hosts >= self.capacity.hosts {
            self.count_full(HOSTS);
            if let Some(suppressed) = self.may_say("hosts", "") {
                let limit = self.capacity.hosts;
                tracing::warn!(%address, limit, suppressed, "no room for one more host on a connected network");
            }
            return Ok(());
        }
        let port = usize::from(view.port);
        let causes = if self.ports[port].up { Causes::NONE } else { Causes::LINK };
        let path = self.writer.path_add(u64::from(neighbor.0), Some(neighbor), causes)?;
        let content = GroupContent::Paths(GroupSpec::single(path, []));
        let group = self.writer.group_acquire(&content)?;
        self.writer.route_set(prefix, group, origin::NEIGHBOR)?;
        if let Some(known) = self.neighbors.get_mut(&(interface, address)) {
            known.host = Some((path, group));
            self.hosts += 1;
        }
        Ok(())
    }

    fn host_remove(
        &mut self,
        interface: u16,
        address: IpAddr,
        (path, group): (PathId, GroupId),
    ) -> Result<(), Refusal> {
        let prefix = Prefix { vrf: self.interfaces.vrf(interface), net: IpNet::from(address) };
        self.writer.route_del(prefix, origin::NEIGHBOR)?;
        self.fall_back(prefix)?;
        self.writer.group_release(group)?;
        self.writer.set_neighbor(path, None)?;
        self.doomed.push(path);
        self.hosts -= 1;
        Ok(())
    }
}
