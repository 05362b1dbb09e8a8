//! Ways out: the paths of the file, and those made on the fly for next hops that no path of the file has.

use crate::{Around, On, Path, PathId, Prefix, Unusable};
use smallvec::SmallVec;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

#[derive(Debug)]
struct Made {
    /// It was found unused the last time.
    idle: bool,
    used: bool,
}

/// Every path there is, by number and by where it leads.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    around: Around,
    /// The file's first.
    paths: Vec<Path>,
    /// Of those that are made, by their number less the count of the file's.
    made: Vec<Made>,
    free: BTreeSet<PathId>,
    by_way: HashMap<(u32, IpAddr), PathId>,
    /// Interfaces by the index that a routing daemon calls them; several when namespaces give the same one.
    links: HashMap<u32, SmallVec<[u32; 1]>>,
}

impl Ways {
    /// Another file: paths that were made are forgotten, links stay.
    pub(crate) fn configure(&mut self, around: Around) {
        self.paths.clone_from(&around.paths);
        self.made.clear();
        self.free.clear();
        self.by_way.clear();
        for (id, path) in self.paths.iter().enumerate() {
            self.by_way.entry((path.interface, path.next_hop)).or_insert(id as PathId);
        }
        self.around = around;
    }

    pub(crate) fn around(&self) -> &Around {
        &self.around
    }

    pub(crate) fn paths(&self) -> &[Path] {
        &self.paths
    }

    fn named(&self) -> usize {
        self.around.paths.len()
    }

    /// Numbers of the file's paths and of those made that are in use.
    pub(crate) fn ids(&self) -> impl Iterator<Item = PathId> {
        (0..self.paths.len() as PathId).filter(|id| !self.free.contains(id))
    }

    pub(crate) fn is_known(&self, path: PathId) -> bool {
        (path as usize) < self.paths.len() && !self.free.contains(&path)
    }

    pub(crate) fn is_named(&self, path: PathId) -> bool {
        (path as usize) < self.named()
    }

    /// True when that changed something. What is no more in the kernel keeps its number: that it went says nothing about
    /// where the routes over it lead, and a namespace does not give a number out again.
    pub(crate) fn set_link(&mut self, index: u32, interface: u32) -> bool {
        if self.links.get(&index).is_some_and(|known| known.contains(&interface)) {
            return false;
        }
        self.links.entry(index).or_default().push(interface);
        true
    }

    /// The path over a daemon's interface to a gateway on it.
    pub(crate) fn over_link(&mut self, index: u32, gateway: IpAddr) -> Result<PathId, Unusable> {
        let interfaces = self.links.get(&index).ok_or(Unusable::UnknownLink(index))?.clone();
        let mut result = Err(Unusable::NotConnected);
        for interface in interfaces {
            result = self.over(interface, gateway);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// The path to a router next door.
    pub(crate) fn at(&mut self, on: On, gateway: IpAddr) -> Result<PathId, Unusable> {
        match on {
            On::Link(index) => self.over_link(index, gateway),
            On::Interface(interface) => self.over(interface, gateway),
            On::Network(vrf) => {
                let (interface, _) = self.connected(vrf, gateway).ok_or(Unusable::NotConnected)?;
                self.over(interface, gateway)
            }
        }
    }

    /// The path over an interface to a next hop, made if there is none.
    pub(crate) fn over(&mut self, interface: u32, next_hop: IpAddr) -> Result<PathId, Unusable> {
        if let Some(path) = self.by_way.get(&(interface, next_hop)) {
            return Ok(*path);
        }
        let Some(there) = self.around.interfaces.get(interface as usize) else {
            return Err(Unusable::NotConnected);
        };
        if self.is_own(there.vrf, next_hop) {
            return Err(Unusable::OwnAddress);
        }
        let link_local = matches!(next_hop, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if !link_local && !there.addresses.iter().any(|net| net.contains(&next_hop)) {
            return Err(Unusable::NotConnected);
        }
        let risks = there.risks.clone();
        self.make(Path { interface, next_hop, risks, region: None, provider: None })
    }

    fn make(&mut self, path: Path) -> Result<PathId, Unusable> {
        let id = match self.free.pop_first() {
            Some(id) => id,
            None if self.paths.len() >= self.around.limits.paths => return Err(Unusable::PathsFull),
            None => self.paths.len() as PathId,
        };
        self.by_way.insert((path.interface, path.next_hop), id);
        let at = id as usize;
        if at == self.paths.len() {
            self.paths.push(path);
            self.made.push(Made { idle: false, used: true });
        } else {
            self.paths[at] = path;
            self.made[at - self.around.paths.len()] = Made { idle: false, used: true };
        }
        Ok(id)
    }

    fn is_own(&self, vrf: u8, address: IpAddr) -> bool {
        let interfaces = self.around.interfaces.iter().filter(|interface| interface.vrf == vrf);
        let own = interfaces.flat_map(|interface| &interface.addresses);
        own.into_iter().any(|own| own.addr() == address)
    }

    pub(crate) fn is_own_prefix(&self, prefix: Prefix) -> bool {
        let Prefix { vrf, net } = prefix;
        net.prefix_len() == net.max_prefix_len() && self.is_own(vrf, net.addr())
    }

    /// The interface of a VRF on whose network an address is, and that network's length.
    pub(crate) fn connected(&self, vrf: u8, address: IpAddr) -> Option<(u32, u8)> {
        let interfaces = self.around.interfaces.iter().enumerate();
        let networks = interfaces.filter(|(_, interface)| interface.vrf == vrf);
        let networks = networks.flat_map(|(at, i)| i.addresses.iter().map(move |net| (at as u32, net)));
        let on = networks.filter(|(_, net)| net.contains(&address));
        on.max_by_key(|(_, net)| net.prefix_len()).map(|(at, net)| (at, net.prefix_len()))
    }

    /// Frees the numbers of paths that were made and that nobody uses, now and the last time this was asked.
    pub(crate) fn collect(&mut self, used: impl Fn(PathId) -> bool) -> Vec<PathId> {
        let named = self.named();
        let mut gone = Vec::new();
        for (at, made) in self.made.iter_mut().enumerate().filter(|(_, made)| made.used) {
            let id = (named + at) as PathId;
            if used(id) {
                made.idle = false;
            } else if std::mem::replace(&mut made.idle, true) {
                made.used = false;
                let path = &self.paths[id as usize];
                self.by_way.remove(&(path.interface, path.next_hop));
                self.free.insert(id);
                gone.push(id);
            }
        }
        gone
    }
}
