//! Rows for `swervectl show`, of what the state knows.

use super::path::cause_words;
use super::{PathState, State};
use crate::worker::view::special;
use api::Source;
use api::show::{Group, Interface, Neighbor, Path, Route};
use fib::{Causes, GroupContent, GroupId, PathId};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

impl State {
    pub fn show_interfaces(&self) -> Vec<Interface> {
        let row = |(view, info): (&crate::worker::view::InterfaceView, &super::InterfaceInfo)| Interface {
            name: info.name.clone(),
            port: self.ports[usize::from(view.port)].name.clone(),
            vlan: view.vlan,
            vrf: usize::from(view.vrf).checked_sub(1).and_then(|at| self.vrfs.get(at)).cloned(),
            mtu: view.mtu,
            mac: info.mac,
            addresses: view.addresses.clone(),
            mirror: view.mirrored.then(|| info.mirror.clone()),
        };
        self.interfaces.interfaces.iter().zip(&self.infos).map(row).collect()
    }

    pub fn show_paths(&self) -> Vec<Path> {
        let mut rows: Vec<Path> = self.paths.values().map(|path| self.path_row(path)).collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        rows
    }

    fn path_row(&self, path: &PathState) -> Path {
        let now = self.clock.now_ns();
        let causes = self.shared.tables.liveness().causes(path.id);
        let session = path.session.and_then(|index| self.sessions[usize::from(index)].as_ref());
        let (packets, bytes) = self.shared.stats.path_totals(path.id.0);
        let seconds = |ns: u64| ns as f64 / 1e9;
        Path {
            name: path.spec.name.clone(),
            interface: path.spec.interface.clone(),
            next_hop: path.spec.next_hop,
            mac: self.mac_of(path.interface, path.spec.next_hop),
            live: causes.is_live(),
            causes: cause_words(causes),
            bfd: session.map(|session| format!("{:?}", session.state).to_lowercase()),
            bfd_held_s: self.held_for_ns(path).map(seconds),
            since_s: seconds(now.saturating_sub(path.since_ns)),
            restore_in_s: path.restore_at_ns.map(|at| seconds(at.saturating_sub(now))),
            packets,
            bytes,
        }
    }

    pub fn show_groups(&self) -> Vec<Group> {
        let ids: BTreeSet<GroupId> = self.writer.group_ids().collect();
        ids.into_iter().map(|id| self.group_row(id)).collect()
    }

    fn group_row(&self, id: GroupId) -> Group {
        let prefixes = u64::from(self.writer.group_prefixes(id).unwrap_or(0));
        let mut row = Group {
            id: id.0,
            kind: String::new(),
            primaries: Vec::new(),
            backups: Vec::new(),
            prefixes,
            active: Vec::new(),
        };
        match self.writer.group_content(id) {
            Some(GroupContent::Paths(spec)) => {
                row.kind = "paths".into();
                row.primaries =
                    spec.primaries.iter().map(|(path, weight)| (self.name_of(*path), *weight)).collect();
                let names = |set: &Vec<PathId>| set.iter().map(|path| self.name_of(*path)).collect();
                row.backups = spec.backups.iter().map(names).collect();
                row.active = self.active(spec).into_iter().map(|path| self.name_of(path)).collect();
            }
            Some(GroupContent::Special(code)) => row.kind = special_word(*code).into(),
            None => row.kind = "removed".into(),
        }
        row
    }

    /// Live primaries, else the live paths of the first backup set that has any, else what only waits to be restored.
    fn active(&self, spec: &fib::GroupSpec) -> Vec<PathId> {
        let primaries: Vec<PathId> = spec.primaries.iter().map(|(path, _)| *path).collect();
        let sets: Vec<&Vec<PathId>> = std::iter::once(&primaries).chain(&spec.backups).collect();
        let liveness = self.shared.tables.liveness();
        let with = |causes: Causes| {
            let found = sets.iter().map(|set| {
                set.iter().copied().filter(|path| liveness.causes(*path) == causes).collect::<Vec<_>>()
            });
            found.into_iter().find(|paths| !paths.is_empty())
        };
        with(Causes::NONE).or_else(|| with(Causes::WAIT_TO_RESTORE)).unwrap_or_default()
    }

    fn name_of(&self, path: PathId) -> String {
        if let Some(name) = self.path_names.get(&path) {
            return name.clone();
        }
        let host = self.neighbors.iter().find(|(_, n)| n.host_path() == Some(path));
        host.map_or_else(|| format!("#{}", path.0), |((_, address), _)| address.to_string())
    }

    /// The route of a VRF that forwards to an address.
    pub fn show_lookup(&self, vrf: u16, address: IpAddr) -> Option<Route> {
        self.writer.route_lookup(vrf, address).map(|(prefix, entry)| self.route_row(prefix, entry))
    }

    /// Routes of a VRF after `after`, at most `limit`, and whether there are more.
    pub fn show_routes(
        &self,
        vrf: u16,
        within: Option<IpNet>,
        after: Option<IpNet>,
        limit: usize,
    ) -> (Vec<Route>, bool) {
        let from = match after {
            Some(prefix) => match fib::Writer::after(prefix) {
                Some(next) => Some(next),
                None => return (Vec::new(), false),
            },
            None => within.filter(|_| after.is_none()).map(|net| net.trunc()),
        };
        let inside = |prefix: &IpNet| within.is_none_or(|net| net.contains(prefix));
        let mut rows = Vec::new();
        if let (Some(net), None) = (within, after) {
            rows.extend(self.covering(vrf, net));
        }
        let mut all = self.writer.routes(vrf, from);
        for (prefix, entry) in all.by_ref() {
            if !inside(&prefix) {
                break;
            }
            if rows.len() >= limit {
                return (rows, true);
            }
            rows.push(self.route_row(prefix, entry));
        }
        (rows, false)
    }

    fn covering(&self, vrf: u16, net: IpNet) -> Vec<Route> {
        let shorter = (0..net.prefix_len()).filter_map(|len| IpNet::new(net.addr(), len).ok());
        let found = shorter
            .filter_map(|prefix| Some((prefix.trunc(), self.writer.route_get((vrf, prefix.trunc()))?)));
        found.map(|(prefix, entry)| self.route_row(prefix, entry)).collect()
    }

    fn route_row(&self, prefix: IpNet, entry: fib::Entry) -> Route {
        let source = match Source::from_index(entry.source) {
            Some(source) => source.to_string(),
            None if entry.source == super::origin::LOCAL => "local".into(),
            None if entry.source == super::origin::CONNECTED => "connected".into(),
            None => "neighbor".into(),
        };
        Route { prefix, source, group: self.group_row(entry.group) }
    }

    pub fn show_neighbors(&self) -> Vec<Neighbor> {
        let mut rows: Vec<Neighbor> = self
            .neighbors
            .iter()
            .map(|((interface, address), known)| {
                let path =
                    self.paths.values().find(|p| p.interface == *interface && p.spec.next_hop == *address);
                let state = match (&known.mac, known.kept) {
                    (None, _) => "unresolved",
                    (Some(_), true) => "kept",
                    (Some(_), false) => "reachable",
                };
                Neighbor {
                    interface: self.infos[usize::from(*interface)].name.clone(),
                    address: *address,
                    mac: known.mac,
                    state: state.into(),
                    path: path.map(|p| p.spec.name.clone()),
                }
            })
            .collect();
        let listed: BTreeSet<_> = rows.iter().map(|row| (row.interface.clone(), row.address)).collect();
        let missing =
            self.paths.values().filter(|p| !listed.contains(&(p.spec.interface.clone(), p.spec.next_hop)));
        rows.extend(
            missing
                .map(|path| Neighbor {
                    interface: path.spec.interface.clone(),
                    address: path.spec.next_hop,
                    mac: None,
                    state: "unresolved".into(),
                    path: Some(path.spec.name.clone()),
                })
                .collect::<Vec<_>>(),
        );
        rows.sort_by(|a, b| (&a.interface, a.address).cmp(&(&b.interface, b.address)));
        rows
    }
}

fn special_word(code: u32) -> &'static str {
    match code {
        special::LOCAL => "local",
        special::BLACKHOLE => "blackhole",
        special::UNREACHABLE => "unreachable",
        special::PROHIBIT => "prohibit",
        special::BROADCAST => "broadcast",
        _ => "connected",
    }
}
