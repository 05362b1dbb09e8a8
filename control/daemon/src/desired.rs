//! What the file wants the switch to do.

use api::Source;
use api::switch::{LocalId, Path, RouteUpdate};
use config::{Action, Config};
use ipnet::IpNet;
use rib::{Backup, Candidate, Group, GroupId, NextHop, PathId, Proof, Rib, Target};
use std::collections::HashMap;

/// A configuration and the groups that follow from it.
#[derive(Debug)]
pub(crate) struct Desired {
    pub(crate) config: Config,
    pub(crate) rib: Rib,
}

impl Desired {
    pub(crate) fn new(config: Config) -> Desired {
        let mut rib = Rib::new(rib_paths(&config));
        for route in &config.routes {
            let target = target(&route.action);
            rib.set(route.prefix, Candidate { source: Source::Static, id: 0, target });
        }
        Desired { config, rib }
    }

    pub(crate) fn has_path(&self, name: &str) -> bool {
        self.config.paths.iter().any(|path| path.name == name)
    }

    /// The path whose name is most like `name`, when one is.
    pub(crate) fn nearest_path(&self, name: &str) -> Option<&str> {
        let distance = |path: &&str| strsim::damerau_levenshtein(path, name);
        let nearest = self.config.paths.iter().map(|path| path.name.as_str()).min_by_key(distance)?;
        (distance(&nearest) <= nearest.len().max(name.len()) / 2).then_some(nearest)
    }

    /// The path of that number as the switch is told of it.
    pub(crate) fn path(&self, index: usize) -> Option<Path> {
        self.config.paths.get(index).map(|path| self.config.path_message(path))
    }

    /// The group of that number as the switch is told of it. Numbers of paths are those of [`Desired::path`].
    pub(crate) fn group(&self, id: GroupId) -> api::switch::Group {
        match self.rib.group(id) {
            Group::Blackhole => api::switch::Group::Blackhole,
            Group::Unreachable => api::switch::Group::Unreachable,
            Group::Paths { primaries, backups } => api::switch::Group::Paths {
                primaries: primaries.to_vec(),
                backups: backups.iter().map(|set| set.iter().map(|backup| backup.path).collect()).collect(),
            },
        }
    }

    /// The next routes after `after`, at most as many as a message holds.
    pub(crate) fn routes(&self, after: Option<IpNet>) -> Vec<RouteUpdate> {
        let update = |(prefix, group): (IpNet, LocalId)| RouteUpdate { prefix, group: Some(group) };
        self.rib.routes(after).take(api::switch::MAX_ROUTES).map(update).collect()
    }
}

fn target(action: &Action) -> Target {
    match action {
        Action::Blackhole => Target::Blackhole { preference: 0 },
        Action::Unreachable => Target::Unreachable { preference: 0 },
        Action::Paths { next_hops, backup } => {
            let next_hop = |hop: &config::NextHop| NextHop {
                path: hop.path as PathId,
                preference: hop.preference,
                metric: 0,
                weight: hop.weight,
                // The next hop of every path in the file is on a network of its interface.
                proof: Proof::Connected,
            };
            let listed = |path: &usize| Backup { path: *path as PathId, proof: Proof::Connected };
            Target::Paths {
                next_hops: next_hops.iter().map(next_hop).collect(),
                backup: backup.as_ref().map(|paths| paths.iter().map(listed).collect()),
            }
        }
    }
}

/// Numbers for names, in the order of their first use.
#[derive(Default)]
struct Names<'a>(HashMap<&'a str, u32>);

impl<'a> Names<'a> {
    fn number(&mut self, name: &'a str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(name).or_insert(next)
    }
}

/// Interfaces on one port fail together: the port is a risk group of its own.
fn rib_paths(config: &Config) -> Vec<rib::Path> {
    let (mut risks, mut regions, mut providers) = (Names::default(), Names::default(), Names::default());
    let ports = config.ports.len() as u32;
    let paths = config.paths.iter().map(|path| {
        let port = config.interfaces[path.interface].port as u32;
        let named = path.srlg.iter().map(|name| ports + risks.number(name));
        rib::Path {
            interface: path.interface as u32,
            next_hop: path.next_hop,
            risks: named.chain([port]).collect(),
            region: path.region.as_deref().map(|name| regions.number(name)),
            provider: path.provider.as_deref().map(|name| providers.number(name)),
        }
    });
    paths.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [[port]]
        name = "p1"
        kernel = "eth1"
        [[port]]
        name = "p2"
        kernel = "eth2"
        [[interface]]
        name = "a"
        port = "p1"
        vlan = 10
        addresses = ["192.0.2.1/24"]
        [[interface]]
        name = "b"
        port = "p1"
        vlan = 20
        addresses = ["198.51.100.1/24"]
        [[interface]]
        name = "c"
        port = "p2"
        addresses = ["203.0.113.1/24"]
        [[path]]
        name = "isp-a"
        interface = "a"
        next_hop = "192.0.2.2"
        [[path]]
        name = "isp-b"
        interface = "b"
        next_hop = "198.51.100.2"
        [[path]]
        name = "isp-c"
        interface = "c"
        next_hop = "203.0.113.2"
        [[route]]
        prefix = "0.0.0.0/0"
        next_hops = [
            { path = "isp-a", preference = 10 },
            { path = "isp-b", preference = 20 },
            { path = "isp-c", preference = 30 },
        ]
        [[route]]
        prefix = "10.0.0.0/8"
        blackhole = true
    "#;

    fn desired() -> Desired {
        Desired::new(Config::parse("test.toml", FILE).unwrap_or_else(|e| panic!("{}", e.plain())))
    }

    #[test]
    fn vlans_of_one_port_share_its_risk() {
        let desired = desired();
        let routes = desired.routes(None);
        assert_eq!(routes.len(), 2);
        let group = desired.group(routes[0].group.unwrap());
        let expected = api::switch::Group::Paths { primaries: vec![(0, 1)], backups: vec![vec![2], vec![1]] };
        assert_eq!(group, expected);
        assert_eq!(desired.group(routes[1].group.unwrap()), api::switch::Group::Blackhole);
        assert!(desired.routes(Some(routes[1].prefix)).is_empty());
    }

    #[test]
    fn a_misspelt_path_has_a_nearest_name_and_nonsense_has_none() {
        assert_eq!(desired().nearest_path("ips-a"), Some("isp-a"));
        assert_eq!(desired().nearest_path("zzzzzzzzzz"), None);
    }
}
