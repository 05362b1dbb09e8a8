//! What a reload changes.

use crate::model::{
    Action, CONTROLLER_PORT, ClonePort, CloneSession, Config, DefaultAction, Fpm, Interface, Multicast, Need,
    Neighbor, NextHop, Path, Port, Program, Route, Vrf,
};
use crate::places::START;
use ipnet::IpNet;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;

/// The difference between what runs and a new file.
#[derive(Clone, Debug)]
pub struct Diff {
    /// What can change while running, in an order in which it can be applied.
    pub changes: Vec<Change>,
    /// One sentence for each thing that cannot change while running and is left as it is.
    pub cannot: Vec<String>,
    /// What runs when `changes` are applied: the new file where it could be followed, the old one elsewhere. The
    /// next reload is compared with this.
    pub after: Config,
}

impl Diff {
    /// Why the running tables cannot hold what would run: their size is that of the last start.
    pub fn too_much(&self) -> Option<String> {
        let after = &self.after;
        let unmet =
            after.tables.needs(&after.paths, &after.routes).into_iter().find(|need| !need.is_met())?;
        let Need { key, what, have, need } = unmet;
        Some(format!(
            "the file has {need} {what} and the running table holds {have}: \
             a larger `{key}` in [tables] takes effect at the next start"
        ))
    }
}

/// One change. `Display` says it in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    AddressAdded {
        interface: String,
        address: IpNet,
    },
    AddressRemoved {
        interface: String,
        address: IpNet,
    },
    PoliceChanged {
        interface: String,
    },
    UrpfChanged {
        interface: String,
    },
    LoopbackChanged {
        loopback: String,
    },
    /// Rates of ICMP answers.
    IcmpChanged,
    /// What makes a flow.
    HashChanged,
    NeighborAdded {
        interface: String,
        address: IpAddr,
    },
    /// Another MAC.
    NeighborChanged {
        interface: String,
        address: IpAddr,
    },
    NeighborRemoved {
        interface: String,
        address: IpAddr,
    },
    PathAdded {
        path: String,
    },
    /// `what` names the keys that differ.
    PathChanged {
        path: String,
        what: Vec<&'static str>,
    },
    PathRemoved {
        path: String,
    },
    RouteAdded {
        route: Named,
    },
    RouteChanged {
        route: Named,
    },
    RouteRemoved {
        route: Named,
    },
    /// There was none, or another file, or other directories of what it includes.
    ProgramChanged {
        file: String,
    },
    ControllerPortChanged {
        port: u16,
    },
    /// An entry of the program, in its own words.
    EntryAdded {
        entry: String,
    },
    /// Another action or other arguments.
    EntryChanged {
        entry: String,
    },
    EntryRemoved {
        entry: String,
    },
    /// A group of the program's is there, or has other ports.
    MulticastChanged {
        group: u16,
    },
    MulticastRemoved {
        group: u16,
    },
    /// The file gives the table a default action, another one, or none any more.
    DefaultChanged {
        table: String,
    },
    /// The session is there, leads elsewhere, or is gone.
    CloneChanged {
        session: u32,
    },
    CloneRemoved {
        session: u32,
    },
    /// Other rules of what is learned from digests.
    LearnChanged,
    FpmChanged,
    BgpChanged,
    LfaChanged,
}

/// A route as people name it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Named {
    /// `None` for the default one.
    pub vrf: Option<String>,
    pub prefix: IpNet,
}

impl Named {
    fn of(route: &Route, config: &Config) -> Named {
        Named { vrf: config.vrf_name(route.vrf).map(ToOwned::to_owned), prefix: route.prefix }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.prefix)?;
        self.vrf.as_ref().map_or(Ok(()), |vrf| write!(f, " in VRF {vrf}"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::AddressAdded { interface, address } => write!(f, "interface {interface}: + {address}"),
            Change::AddressRemoved { interface, address } => write!(f, "interface {interface}: - {address}"),
            Change::PoliceChanged { interface } => write!(f, "interface {interface}: police changed"),
            Change::UrpfChanged { interface } => write!(f, "interface {interface}: urpf changed"),
            Change::LoopbackChanged { loopback } => write!(f, "loopback {loopback}: addresses changed"),
            Change::IcmpChanged => f.write_str("icmp: rates changed"),
            Change::HashChanged => f.write_str("hash: changed"),
            Change::NeighborAdded { interface, address } => {
                write!(f, "neighbor {address} on {interface}: added")
            }
            Change::NeighborChanged { interface, address } => {
                write!(f, "neighbor {address} on {interface}: MAC changed")
            }
            Change::NeighborRemoved { interface, address } => {
                write!(f, "neighbor {address} on {interface}: removed")
            }
            Change::PathAdded { path } => write!(f, "path {path}: added"),
            Change::PathChanged { path, what } => write!(f, "path {path}: {} changed", what.join(", ")),
            Change::PathRemoved { path } => write!(f, "path {path}: removed"),
            Change::RouteAdded { route } => write!(f, "route {route}: added"),
            Change::RouteChanged { route } => write!(f, "route {route}: changed"),
            Change::RouteRemoved { route } => write!(f, "route {route}: removed"),
            Change::ProgramChanged { file } => write!(f, "program {file}: loaded"),
            Change::ControllerPortChanged { port } => write!(f, "program.controller_port: {port}"),
            Change::EntryAdded { entry } => write!(f, "{entry}: added"),
            Change::EntryChanged { entry } => write!(f, "{entry}: changed"),
            Change::EntryRemoved { entry } => write!(f, "{entry}: removed"),
            Change::MulticastChanged { group } => write!(f, "multicast group {group}: changed"),
            Change::MulticastRemoved { group } => write!(f, "multicast group {group}: removed"),
            Change::FpmChanged => f.write_str("fpm: changed"),
            Change::BgpChanged => f.write_str("bgp: changed"),
            Change::LfaChanged => f.write_str("lfa: changed"),
            Change::DefaultChanged { table } => write!(f, "table {table}: default action changed"),
            Change::CloneChanged { session } => write!(f, "clone session {session}: changed"),
            Change::CloneRemoved { session } => write!(f, "clone session {session}: removed"),
            Change::LearnChanged => f.write_str("program.learn: changed"),
        }
    }
}

impl Config {
    /// What a reload from this to `new` changes, and what it has to leave.
    pub fn diff(&self, new: &Config) -> Diff {
        let mut cannot = Vec::new();
        fixed_sections(self, new, &mut cannot);
        fixed_ports(&self.ports, &new.ports, &mut cannot);
        fixed_vrfs(&self.vrfs, &new.vrfs, &mut cannot);
        fixed_interfaces(self, new, &mut cannot);
        fixed_loopbacks(self, new, &mut cannot);
        let after = merge(self, new, &mut cannot);
        // What is referred to comes before what refers to it, and goes after it.
        let (mut coming, mut going) = (Vec::new(), Vec::new());
        if self.icmp != after.icmp {
            coming.push(Change::IcmpChanged);
        }
        if self.hash != after.hash {
            coming.push(Change::HashChanged);
        }
        for (old, new) in self.loopbacks.iter().zip(&after.loopbacks) {
            if old.addresses != new.addresses {
                coming.push(Change::LoopbackChanged { loopback: new.name.clone() });
            }
        }
        for (old, new) in self.interfaces.iter().zip(&after.interfaces) {
            interface_changes(old, new, &mut coming, &mut going);
        }
        let mut neighbors_gone = Vec::new();
        neighbor_changes(self, &after, &mut coming, &mut neighbors_gone);
        let mut paths_gone = Vec::new();
        path_changes(self, &after, &mut coming, &mut paths_gone);
        route_changes(self, &after, &mut coming);
        if self.fpm != after.fpm {
            coming.push(Change::FpmChanged);
        }
        if self.bgp != after.bgp {
            coming.push(Change::BgpChanged);
        }
        if self.lfa != after.lfa {
            coming.push(Change::LfaChanged);
        }
        program_changes(self.program.as_ref(), after.program.as_ref(), &mut coming);
        let changes = coming.into_iter().chain(paths_gone).chain(neighbors_gone).chain(going).collect();
        Diff { changes, cannot, after }
    }
}

fn fixed_sections(old: &Config, new: &Config, cannot: &mut Vec<String>) {
    let (s, c) = (&old.switch, &old.control);
    let differ = [
        ("[switch] socket", s.socket != new.switch.socket),
        ("[switch] socket_group", s.socket_group != new.switch.socket_group),
        ("[switch] stats", s.stats != new.switch.stats),
        ("[switch.dpdk]", s.dpdk != new.switch.dpdk),
        ("[control] socket", c.socket != new.control.socket),
        ("[control] state", c.state != new.control.state),
        ("[log]", old.log != new.log),
        ("[workers]", old.workers != new.workers),
        ("[bfd] bfdd", old.bfdd != new.bfdd),
        ("[tables]", old.tables != new.tables),
        ("[fpm] preference", old.fpm.is_some() && new.fpm.is_some() && preference(old) != preference(new)),
    ];
    let changed = differ.into_iter().filter(|(_, differs)| *differs);
    cannot.extend(changed.map(|(what, _)| format!("{what} takes effect at the next start")));
}

/// Kept with every route that was learned.
fn preference(config: &Config) -> Option<u32> {
    config.fpm.as_ref().map(|fpm| fpm.preference)
}

fn fixed_ports(old: &[Port], new: &[Port], cannot: &mut Vec<String>) {
    for port in old {
        let name = &port.name;
        match new.iter().find(|p| p.name == *name) {
            None => cannot.push(format!("port {name} stays until the switch starts again")),
            Some(new) if new != port => {
                cannot.push(format!("port {name} changes when the switch starts again"));
            }
            Some(_) => {}
        }
    }
    let added = new.iter().filter(|p| !old.iter().any(|o| o.name == p.name));
    cannot.extend(added.map(|p| format!("port {} comes when the switch starts again", p.name)));
}

fn fixed_vrfs(old: &[Vrf], new: &[Vrf], cannot: &mut Vec<String>) {
    for vrf in old {
        let name = &vrf.name;
        match new.iter().find(|v| v.name == *name) {
            None => cannot.push(format!("VRF {name} stays until the switch starts again")),
            Some(other) if other.table != vrf.table => {
                cannot.push(format!("VRF {name}: table changes when the switch starts again"));
            }
            Some(_) => {}
        }
    }
    let added = new.iter().filter(|v| !old.iter().any(|o| o.name == v.name));
    cannot.extend(added.map(|v| format!("VRF {} comes when the switch starts again", v.name)));
}

fn fixed_interfaces(old: &Config, new: &Config, cannot: &mut Vec<String>) {
    for interface in &old.interfaces {
        let name = &interface.name;
        let Some(other) = new.interfaces.iter().find(|i| i.name == *name) else {
            cannot.push(format!("interface {name} stays, without addresses, until the switch starts again"));
            continue;
        };
        let moves = old.vrf_name(interface.vrf) != new.vrf_name(other.vrf);
        let differ = [
            ("port", old.ports[interface.port].name != new.ports[other.port].name),
            ("vrf", moves),
            ("vlan", interface.vlan != other.vlan),
            ("mtu", interface.mtu != other.mtu),
            ("mirror", interface.mirror != other.mirror),
        ];
        let keys: Vec<&str> = differ.iter().filter(|(_, differs)| *differs).map(|(key, _)| *key).collect();
        if !keys.is_empty() {
            let keys = keys.join(", ");
            let until = if moves { "; until then it has no addresses" } else { "" };
            cannot.push(format!("interface {name}: {keys} changes when the switch starts again{until}"));
        }
    }
    let added = new.interfaces.iter().filter(|i| !old.interfaces.iter().any(|o| o.name == i.name));
    cannot.extend(added.map(|i| format!("interface {} comes when the switch starts again", i.name)));
}

fn fixed_loopbacks(old_config: &Config, new_config: &Config, cannot: &mut Vec<String>) {
    let (old, new) = (&old_config.loopbacks, &new_config.loopbacks);
    for loopback in old {
        let name = &loopback.name;
        match new.iter().find(|l| l.name == *name) {
            None => cannot
                .push(format!("loopback {name} stays, without addresses, until the switch starts again")),
            Some(other) if new_config.vrf_name(other.vrf) != old_config.vrf_name(loopback.vrf) => {
                cannot.push(format!("loopback {name}: vrf changes when the switch starts again; until then it has no addresses"));
            }
            Some(other) if other.mirror != loopback.mirror => {
                cannot.push(format!("loopback {name}: mirror changes when the switch starts again"));
            }
            Some(_) => {}
        }
    }
    let added = new.iter().filter(|l| !old.iter().any(|o| o.name == l.name));
    cannot.extend(added.map(|l| format!("loopback {} comes when the switch starts again", l.name)));
}

/// What `new` says, on the ports and interfaces of `old`.
fn merge(old: &Config, new: &Config, cannot: &mut Vec<String>) -> Config {
    let mut after = old.clone();
    after.bfd = new.bfd;
    after.icmp = new.icmp;
    after.hash = new.hash;
    // Addresses of another VRF may be somebody's in the one that runs.
    for loopback in &mut after.loopbacks {
        let other = new.loopbacks.iter().find(|l| l.name == loopback.name);
        let other = other.filter(|o| new.vrf_name(o.vrf) == old.vrf_name(loopback.vrf));
        loopback.addresses = other.map_or(Vec::new(), |o| o.addresses.clone());
    }
    after.bgp.clone_from(&new.bgp);
    after.lfa.clone_from(&new.lfa);
    after.fpm =
        new.fpm.clone().map(|fpm| Fpm { preference: preference(old).unwrap_or(fpm.preference), ..fpm });
    for interface in &mut after.interfaces {
        let other = new.interfaces.iter().find(|i| i.name == interface.name);
        let beside = other.filter(|o| new.vrf_name(o.vrf) == old.vrf_name(interface.vrf));
        interface.addresses = beside.map_or(Vec::new(), |o| o.addresses.clone());
        interface.police = other.map_or(interface.police, |o| o.police);
        interface.urpf = other.map_or(interface.urpf, |o| o.urpf);
    }
    // In another VRF it is another interface: its paths must not be lent to the routes of that one.
    let running = |index: usize| {
        let Interface { name, vrf, .. } = &new.interfaces[index];
        let same = |i: &Interface| i.name == *name && old.vrf_name(i.vrf) == new.vrf_name(*vrf);
        old.interfaces.iter().position(same).ok_or(name)
    };
    after.neighbors.clear();
    for neighbor in &new.neighbors {
        match running(neighbor.interface) {
            Ok(interface) => after.neighbors.push(Neighbor { interface, ..neighbor.clone() }),
            Err(name) => cannot.push(format!(
                "neighbor {} waits for interface {name}, which is not running",
                neighbor.address
            )),
        }
    }
    after.paths.clear();
    let mut path_index = HashMap::new();
    for (index, path) in new.paths.iter().enumerate() {
        match running(path.interface) {
            Ok(interface) => {
                path_index.insert(index, after.paths.len());
                after.paths.push(Path { interface, ..path.clone() });
            }
            Err(name) => {
                cannot.push(format!("path {} waits for interface {name}, which is not running", path.name));
            }
        }
    }
    match (&old.program, &new.program) {
        (Some(program), None) => {
            let file = program.file.display();
            cannot.push(format!("program {file} stays until the switch starts again"));
        }
        _ => {
            after.program.clone_from(&new.program);
            // Under the name that the running process knows the file by.
            after.places.source.text.clone_from(&new.places.source.text);
            after.places.program.clone_from(&new.places.program);
            after.places.entries.clone_from(&new.places.entries);
            after.places.defaults.clone_from(&new.places.defaults);
            after.places.clones.clone_from(&new.places.clones);
            after.places.multicast.clone_from(&new.places.multicast);
            after.places.learn.clone_from(&new.places.learn);
            after_multicast(&mut after, old, new, cannot);
            after_clones(&mut after, old, new, cannot);
        }
    }
    let index = (&running as &Running<'_>, &path_index);
    after.routes = new.routes.iter().filter_map(|r| merge_route(r, old, new, index, cannot)).collect();
    let place =
        |p: &Path| old.paths.iter().position(|o| o.name == p.name).map(|n| old.places.intervals[n].clone());
    after.places.intervals = after.paths.iter().map(|p| place(p).unwrap_or(START)).collect();
    after
}

/// Multicast groups of a new file, on the ports of the old one.
fn after_multicast(after: &mut Config, old: &Config, new: &Config, cannot: &mut Vec<String>) {
    let Some(program) = &mut after.program else { return };
    for multicast in &mut program.multicast {
        let mut running = |port: &usize| {
            let name = &new.ports[*port].name;
            let index = old.ports.iter().position(|port| port.name == *name);
            if index.is_none() {
                cannot
                    .push(format!("multicast group {} does without port {name} until then", multicast.group));
            }
            index
        };
        multicast.ports = multicast.ports.iter().filter_map(&mut running).collect();
    }
}

/// Likewise clone sessions: those that would lead nowhere are left out, with their places.
fn after_clones(after: &mut Config, old: &Config, new: &Config, cannot: &mut Vec<String>) {
    let Some(program) = &mut after.program else { return };
    let mut places = std::mem::take(&mut after.places.clones).into_iter();
    let mut kept = Vec::new();
    program.clones.retain_mut(|clone| {
        let place = places.next();
        if let Some(ClonePort::Port(port)) = clone.port {
            let name = &new.ports[port].name;
            let index = old.ports.iter().position(|port| port.name == *name);
            if index.is_none() {
                cannot.push(format!("clone session {} does without port {name} until then", clone.session));
            }
            clone.port = index.map(ClonePort::Port);
        }
        let leads = clone.port.is_some() || clone.multicast.is_some();
        if leads {
            kept.extend(place);
        }
        leads
    });
    after.places.clones = kept;
}

/// Where an interface of the new file runs, or the name of one that does not.
type Running<'a> = dyn Fn(usize) -> Result<usize, &'a String> + 'a;

/// The route with the paths that can run, or `None` when none of its next hops can.
fn merge_route<'a>(
    route: &Route,
    old: &Config,
    new: &Config,
    (interfaces, path_index): (&Running<'a>, &HashMap<usize, usize>),
    cannot: &mut Vec<String>,
) -> Option<Route> {
    let named = Named::of(route, new);
    let Some(vrf) = named.vrf.as_deref().map_or(Some(0), |name| old.vrf(name)) else {
        let name = named.vrf.unwrap_or_default();
        cannot.push(format!("route {} waits for VRF {name}, which is not running", route.prefix));
        return None;
    };
    let (next_hops, backup) = match &route.action {
        Action::Paths { next_hops, backup } => (next_hops, backup),
        Action::Connected(interface) => match interfaces(*interface) {
            Ok(interface) => {
                return Some(Route { vrf, action: Action::Connected(interface), ..route.clone() });
            }
            Err(name) => {
                cannot.push(format!("route {named} waits for interface {name}, which is not running"));
                return None;
            }
        },
        Action::Blackhole | Action::Unreachable | Action::Prohibit => {
            return Some(Route { vrf, ..route.clone() });
        }
    };
    let mut running = |path: usize| {
        let index = path_index.get(&path).copied();
        if index.is_none() {
            let name = &new.paths[path].name;
            cannot.push(format!("route {named} does without path {name} until then"));
        }
        index
    };
    let next_hops: Vec<NextHop> =
        next_hops.iter().filter_map(|n| Some(NextHop { path: running(n.path)?, ..*n })).collect();
    let backup = backup.as_ref().map(|list| list.iter().filter_map(|&b| running(b)).collect());
    if next_hops.is_empty() {
        return None;
    }
    Some(Route { vrf, prefix: route.prefix, action: Action::Paths { next_hops, backup } })
}

fn interface_changes(old: &Interface, new: &Interface, coming: &mut Vec<Change>, going: &mut Vec<Change>) {
    let name = || new.name.clone();
    let added = new.addresses.iter().filter(|a| !old.addresses.contains(a));
    coming.extend(added.map(|&address| Change::AddressAdded { interface: name(), address }));
    let removed = old.addresses.iter().filter(|a| !new.addresses.contains(a));
    going.extend(removed.map(|&address| Change::AddressRemoved { interface: name(), address }));
    if old.urpf != new.urpf {
        coming.push(Change::UrpfChanged { interface: name() });
    }
    if old.police != new.police {
        coming.push(Change::PoliceChanged { interface: name() });
    }
}

fn neighbor_changes(old: &Config, new: &Config, coming: &mut Vec<Change>, going: &mut Vec<Change>) {
    let name = |n: &Neighbor| old.interfaces[n.interface].name.clone();
    let same = |a: &Neighbor, b: &Neighbor| a.interface == b.interface && a.address == b.address;
    for neighbor in &new.neighbors {
        let (interface, address) = (name(neighbor), neighbor.address);
        match old.neighbors.iter().find(|o| same(o, neighbor)) {
            None => coming.push(Change::NeighborAdded { interface, address }),
            Some(o) if o.mac != neighbor.mac => coming.push(Change::NeighborChanged { interface, address }),
            Some(_) => {}
        }
    }
    let removed = old.neighbors.iter().filter(|o| !new.neighbors.iter().any(|n| same(o, n)));
    going.extend(removed.map(|n| Change::NeighborRemoved { interface: name(n), address: n.address }));
}

fn path_changes(old: &Config, new: &Config, coming: &mut Vec<Change>, going: &mut Vec<Change>) {
    let before: HashMap<&str, &Path> = old.paths.iter().map(|p| (p.name.as_str(), p)).collect();
    let after: HashMap<&str, &Path> = new.paths.iter().map(|p| (p.name.as_str(), p)).collect();
    for path in &new.paths {
        let name = path.name.clone();
        let Some(old) = before.get(path.name.as_str()) else {
            coming.push(Change::PathAdded { path: name });
            continue;
        };
        let what = path_differences(old, path);
        if !what.is_empty() {
            coming.push(Change::PathChanged { path: name, what });
        }
    }
    let removed = old.paths.iter().filter(|p| !after.contains_key(p.name.as_str()));
    going.extend(removed.map(|p| Change::PathRemoved { path: p.name.clone() }));
}

fn path_differences(old: &Path, new: &Path) -> Vec<&'static str> {
    // Without `..`: a field that is added here must be compared here.
    let Path {
        name: _,
        interface,
        next_hop,
        bfd,
        wait_to_restore,
        wait_to_restore_max,
        srlg,
        region,
        provider,
    } = old;
    let differ = [
        ("interface", *interface != new.interface),
        ("next_hop", *next_hop != new.next_hop),
        ("bfd", *bfd != new.bfd),
        ("wait_to_restore", *wait_to_restore != new.wait_to_restore),
        ("wait_to_restore_max", *wait_to_restore_max != new.wait_to_restore_max),
        ("srlg", *srlg != new.srlg),
        ("region", *region != new.region),
        ("provider", *provider != new.provider),
    ];
    differ.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}

fn route_changes(old: &Config, new: &Config, coming: &mut Vec<Change>) {
    // Both have the VRFs that run.
    let key = |route: &Route| (route.vrf, route.prefix);
    let before: HashMap<_, &Route> = old.routes.iter().map(|r| (key(r), r)).collect();
    let after: HashSet<_> = new.routes.iter().map(key).collect();
    for route in &new.routes {
        match before.get(&key(route)) {
            None => coming.push(Change::RouteAdded { route: Named::of(route, new) }),
            Some(o) if !same_action(&o.action, &old.paths, &route.action, &new.paths) => {
                coming.push(Change::RouteChanged { route: Named::of(route, new) });
            }
            Some(_) => {}
        }
    }
    let removed = old.routes.iter().filter(|r| !after.contains(&key(r)));
    coming.extend(removed.map(|r| Change::RouteRemoved { route: Named::of(r, old) }));
}

fn program_changes(old: Option<&Program>, new: Option<&Program>, coming: &mut Vec<Change>) {
    let Some(new) = new else { return };
    if old.is_none_or(|old| (&old.file, &old.include) != (&new.file, &new.include)) {
        coming.push(Change::ProgramChanged { file: new.file.display().to_string() });
    }
    let before = old.map_or(CONTROLLER_PORT, |old| old.controller_port);
    if before != new.controller_port {
        coming.push(Change::ControllerPortChanged { port: new.controller_port });
    }
    let entries = old.map_or(&[][..], |old| &old.entries);
    let before: HashMap<_, _> = entries.iter().map(|e| ((&e.table, &e.keys, e.priority), e)).collect();
    let after: HashSet<_> = new.entries.iter().map(|e| (&e.table, &e.keys, e.priority)).collect();
    for entry in &new.entries {
        match before.get(&(&entry.table, &entry.keys, entry.priority)) {
            None => coming.push(Change::EntryAdded { entry: entry.to_string() }),
            Some(old) if *old != entry => coming.push(Change::EntryChanged { entry: entry.to_string() }),
            Some(_) => {}
        }
    }
    let gone = entries.iter().filter(|e| !after.contains(&(&e.table, &e.keys, e.priority)));
    coming.extend(gone.map(|e| Change::EntryRemoved { entry: e.to_string() }));
    multicast_changes(old.map_or(&[][..], |old| &old.multicast), &new.multicast, coming);
    default_changes(old.map_or(&[][..], |old| &old.defaults), &new.defaults, coming);
    clone_changes(old.map_or(&[][..], |old| &old.clones), &new.clones, coming);
    if old.map_or(&[][..], |old| &old.learn) != new.learn {
        coming.push(Change::LearnChanged);
    }
}

fn default_changes(old: &[DefaultAction], new: &[DefaultAction], coming: &mut Vec<Change>) {
    let of = |list: &[DefaultAction], table: &str| list.iter().find(|d| d.table == table).cloned();
    let changed = new.iter().filter(|d| of(old, &d.table).as_ref() != Some(*d));
    let gone = old.iter().filter(|d| of(new, &d.table).is_none());
    coming.extend(changed.chain(gone).map(|d| Change::DefaultChanged { table: d.table.clone() }));
}

fn clone_changes(old: &[CloneSession], new: &[CloneSession], coming: &mut Vec<Change>) {
    let of = |list: &[CloneSession], session: u32| list.iter().find(|c| c.session == session).cloned();
    let changed = new.iter().filter(|c| of(old, c.session).as_ref() != Some(*c));
    coming.extend(changed.map(|c| Change::CloneChanged { session: c.session }));
    let gone = old.iter().filter(|c| of(new, c.session).is_none());
    coming.extend(gone.map(|c| Change::CloneRemoved { session: c.session }));
}

fn multicast_changes(old: &[Multicast], new: &[Multicast], coming: &mut Vec<Change>) {
    let of = |list: &[Multicast], group: u16| list.iter().find(|m| m.group == group).map(|m| m.ports.clone());
    for Multicast { group, ports } in new {
        if of(old, *group).as_ref() != Some(ports) {
            coming.push(Change::MulticastChanged { group: *group });
        }
    }
    let gone = old.iter().filter(|m| of(new, m.group).is_none());
    coming.extend(gone.map(|m| Change::MulticastRemoved { group: m.group }));
}

/// Whether both do the same with the same paths, which may have moved within their lists.
fn same_action(a: &Action, a_paths: &[Path], b: &Action, b_paths: &[Path]) -> bool {
    let (Action::Paths { next_hops, backup }, Action::Paths { next_hops: others, backup: other_backup }) =
        (a, b)
    else {
        return a == b;
    };
    fn hops<'a>(list: &[NextHop], paths: &'a [Path]) -> Vec<(&'a str, u32, u16)> {
        list.iter().map(|n| (paths[n.path].name.as_str(), n.preference, n.weight)).collect()
    }
    fn names<'a>(list: &Option<Vec<usize>>, paths: &'a [Path]) -> Option<Vec<&'a str>> {
        list.as_ref().map(|list| list.iter().map(|&p| paths[p].name.as_str()).collect())
    }
    hops(next_hops, a_paths) == hops(others, b_paths)
        && names(backup, a_paths) == names(other_backup, b_paths)
}
