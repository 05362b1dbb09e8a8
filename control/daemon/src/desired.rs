//! What file, operator and routing daemons want the switch to do.

use crate::state::Routes;
use api::Source;
use api::control::{Prefix, Route, Target as Wanted};
use api::switch::Path;
use config::{Action, Config, VrfId};
use ipnet::IpNet;
use rib::{Around, Backup, Candidate, Group, GroupId, Limits, NextHop, PathId, Proof, Rib, Target};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// A configuration and the groups that follow from it.
#[derive(Debug)]
pub(crate) struct Desired {
    pub(crate) config: Config,
    pub(crate) rib: Rib,
    /// Prefixes that the operator has given a route, usable or not.
    operators: BTreeSet<Prefix>,
}

impl Desired {
    pub(crate) fn new(config: Config, operator: &Routes) -> Desired {
        let rib = Rib::new(around(&config));
        let mut desired = Desired { config, rib, operators: BTreeSet::new() };
        desired.give();
        desired.take_over(operator);
        desired
    }

    fn give(&mut self) {
        for route in &self.config.routes {
            let Some(target) = target(&route.action) else { continue };
            self.rib.set((route.vrf, route.prefix), Candidate { source: Source::Static, id: 0, target });
        }
    }

    /// Another file. What was learned stays; the switch is to be told everything.
    pub(crate) fn adopt(&mut self, config: Config, operator: &Routes) {
        for route in &self.config.routes {
            self.rib.withdraw((route.vrf, route.prefix), Source::Static, 0);
        }
        // They speak of paths by number.
        self.take_over(&Routes::new());
        self.config = config;
        self.rib.configure(around(&self.config));
        self.give();
        self.take_over(operator);
    }

    /// The operator's route to a prefix, or that there is none. What it says of VRFs and paths that the file does not have
    /// waits for these.
    pub(crate) fn set_route(&mut self, prefix: &Prefix, route: Option<&Route>) {
        let vrf = self.vrf(prefix.vrf.as_deref()).ok();
        match route {
            Some(route) => {
                self.operators.insert(prefix.clone());
                let Some(vrf) = vrf else { return };
                let target = self.operators_target((vrf, prefix.net), route);
                let candidate = Candidate { source: Source::Operator, id: 0, target };
                self.rib.set((vrf, prefix.net), candidate);
            }
            None => {
                self.operators.remove(prefix);
                if let Some(vrf) = vrf {
                    self.rib.withdraw((vrf, prefix.net), Source::Operator, 0);
                }
            }
        }
    }

    /// Whether an operator's route in `vrf` may have members in the VRF of `path`.
    fn may_leave(&self, vrf: VrfId, route: &Route, path: &config::Path) -> bool {
        let of_path = self.config.interfaces[path.interface].vrf;
        let leak = || route.next_hop_vrf.as_deref().and_then(|name| self.config.vrf(name));
        of_path == vrf || leak() == Some(of_path)
    }

    fn operators_target(&self, (vrf, net): (VrfId, IpNet), route: &Route) -> Target {
        let preference = route.preference;
        let usable = |name: &str| {
            let index = self.config.paths.iter().position(|path| path.name == name)?;
            let path = &self.config.paths[index];
            let fits = path.next_hop.is_ipv4() == net.addr().is_ipv4() && self.may_leave(vrf, route, path);
            fits.then_some(index as PathId)
        };
        match &route.target {
            Wanted::Blackhole => Target::Blackhole { preference },
            Wanted::Unreachable => Target::Unreachable { preference },
            Wanted::Prohibit => Target::Prohibit { preference },
            Wanted::Paths { via, backup } => {
                let next_hop = |(name, weight): &(String, u16)| {
                    let (path, weight) = (usable(name)?, *weight);
                    Some(NextHop { path, preference, metric: 0, weight, proof: Proof::Connected })
                };
                let listed = |name: &String| Some(Backup { path: usable(name)?, proof: Proof::Connected });
                Target::Paths {
                    next_hops: via.iter().filter_map(next_hop).collect(),
                    backup: (!backup.is_empty()).then(|| backup.iter().filter_map(listed).collect()),
                }
            }
        }
    }

    /// Takes over the operator's routes as they are now, whatever they were when this was made.
    pub(crate) fn take_over(&mut self, routes: &Routes) {
        let before = self.operators.clone();
        before
            .iter()
            .filter(|prefix| !routes.contains_key(prefix))
            .for_each(|prefix| self.set_route(prefix, None));
        routes.iter().for_each(|(prefix, route)| self.set_route(prefix, Some(route)));
    }

    /// Why the operator cannot have this route.
    pub(crate) fn check_route(&self, prefix: &Prefix, route: &Route) -> Result<(), String> {
        let vrf = self.vrf(prefix.vrf.as_deref())?;
        let net = prefix.net;
        if net != net.trunc() {
            return Err(format!("{net} has bits beyond its length; the prefix is {}", net.trunc()));
        }
        let interfaces = self.config.interfaces.iter().filter(|interface| interface.vrf == vrf);
        let own = interfaces.flat_map(|interface| &interface.addresses);
        if net.prefix_len() == net.max_prefix_len() && own.clone().any(|own| own.addr() == net.addr()) {
            return Err(format!("{net} is one of the switch's own addresses"));
        }
        if let Some(to) = &route.next_hop_vrf
            && self.vrf(Some(to))? == vrf
        {
            return Err(format!("{to} is the VRF of the route itself; leave out --next-hop-vrf"));
        }
        match &route.target {
            Wanted::Paths { via, backup } => self.check_members((vrf, net), route, via, backup)?,
            _ if route.next_hop_vrf.is_some() => {
                return Err("--next-hop-vrf is for a route via paths".to_owned());
            }
            _ => {}
        }
        self.check_room((vrf, net))
    }

    fn check_members(
        &self,
        (vrf, net): (VrfId, IpNet),
        route: &Route,
        via: &[(String, u16)],
        backup: &[String],
    ) -> Result<(), String> {
        let names: Vec<&String> = via.iter().map(|(name, _)| name).chain(backup).collect();
        if via.is_empty() || names.len() > config::MAX_MEMBERS {
            let most = config::MAX_MEMBERS;
            return Err(format!("a route has 1 to {most} paths, and this one has {}", names.len()));
        }
        if let Some((name, _)) = via.iter().find(|(_, weight)| *weight == 0) {
            return Err(format!("the weight of {name} is 0; write 1 to 65535"));
        }
        for (at, name) in names.iter().enumerate() {
            let path = self.config.paths.iter().find(|path| path.name == **name);
            let path = path.ok_or_else(|| self.no_path(name))?;
            if path.next_hop.is_ipv4() != net.addr().is_ipv4() {
                return Err(format!(
                    "{net} and the next hop {} of {name} are of different families",
                    path.next_hop
                ));
            }
            if !self.may_leave(vrf, route, path) {
                let word = |vrf| self.config.vrf_name(vrf).unwrap_or(config::DEFAULT_VRF);
                let (of_path, own) = (word(self.config.interfaces[path.interface].vrf), word(vrf));
                return Err(format!(
                    "{name} is in VRF {of_path} and the route in {own}; say --vrf {of_path}, or --next-hop-vrf \
                     {of_path} to let packets of {own} out there"
                ));
            }
            if names[..at].contains(name) {
                return Err(format!("{name} is named twice; a path cannot back itself up"));
            }
        }
        Ok(())
    }

    fn check_room(&self, prefix: (VrfId, IpNet)) -> Result<(), String> {
        let known = self.rib.knows(prefix);
        let ((v4, v6), tables) = (self.rib.counts(), &self.config.tables);
        let (what, key, count, limit) = match prefix.1 {
            IpNet::V4(_) => ("IPv4 routes", "routes_v4", v4, tables.routes_v4),
            IpNet::V6(_) => ("IPv6 routes", "routes_v6", v6, tables.routes_v6),
        };
        if known || count < limit as usize {
            return Ok(());
        }
        Err(format!("the table of {what} is full: `{key}` = {limit} in [tables]"))
    }

    pub(crate) fn no_path(&self, name: &str) -> String {
        let hint = self.nearest_path(name).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
        format!("there is no path {name}{hint}")
    }

    /// The number of a VRF; `None` names the default one.
    pub(crate) fn vrf(&self, name: Option<&str>) -> Result<VrfId, String> {
        let Some(name) = name else { return Ok(0) };
        self.config.vrf(name).ok_or_else(|| {
            let known = self.config.vrfs.iter().map(|vrf| vrf.name.as_str());
            let known: Vec<&str> = std::iter::once(config::DEFAULT_VRF).chain(known).collect();
            format!("there is no VRF {name}; there is {}", known.join(", "))
        })
    }

    /// A path of the file or one that was made.
    pub(crate) fn has_path(&self, name: &str) -> bool {
        self.config.paths.iter().any(|path| path.name == name)
            || self.made().any(|path| self.path_name(path) == name)
    }

    /// Paths that are not in the file.
    pub(crate) fn made(&self) -> impl Iterator<Item = PathId> {
        self.rib.path_ids().filter(|path| !self.rib.is_named(*path))
    }

    /// Whether paths may be made.
    pub(crate) fn learns(&self) -> bool {
        self.config.fpm.is_some() || self.config.bgp.is_some()
    }

    /// For whom the switch is told of paths that were made.
    pub(crate) fn maker(&self) -> Source {
        if self.config.fpm.is_some() { Source::Fpm } else { Source::Bgp }
    }

    /// Its name, whether it stands in the file or was made.
    pub(crate) fn path_name(&self, path: PathId) -> String {
        if let Some(path) = self.config.paths.get(path as usize) {
            return path.name.clone();
        }
        let path = &self.rib.paths()[path as usize];
        let mut name = format!("{}-{}", self.config.interfaces[path.interface as usize].name, path.next_hop);
        while self.config.paths.iter().any(|named| named.name == name) {
            name.push_str("-learned");
        }
        name
    }

    /// The path whose name is most like `name`, when one is.
    pub(crate) fn nearest_path(&self, name: &str) -> Option<&str> {
        nearest(self.config.paths.iter().map(|path| path.name.as_str()), name)
    }

    /// The path of that number as the switch is told of it.
    pub(crate) fn path(&self, path: PathId) -> Path {
        if let Some(path) = self.config.paths.get(path as usize) {
            return self.config.path_message(path);
        }
        let made = &self.rib.paths()[path as usize];
        let nanos = |wait: Duration| wait.as_nanos() as u64;
        Path {
            name: self.path_name(path),
            interface: self.config.interfaces[made.interface as usize].name.clone(),
            next_hop: made.next_hop,
            bfd: None,
            wait_to_restore_ns: (nanos(config::WAIT_TO_RESTORE.0), nanos(config::WAIT_TO_RESTORE.1)),
        }
    }

    /// The group of that number as the switch is told of it. Numbers of paths are those of [`Desired::path`].
    pub(crate) fn group(&self, id: GroupId) -> api::switch::Group {
        match self.rib.group(id) {
            Group::Blackhole => api::switch::Group::Blackhole,
            Group::Unreachable => api::switch::Group::Unreachable,
            Group::Prohibit => api::switch::Group::Prohibit,
            Group::Paths { primaries, backups } => api::switch::Group::Paths {
                primaries: primaries.to_vec(),
                backups: backups.iter().map(|set| set.iter().map(|backup| backup.path).collect()).collect(),
            },
        }
    }

    /// The first prefix after `after` that the operator has given a route.
    pub(crate) fn next_operators(&self, after: Option<&Prefix>) -> Option<Prefix> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.operators.range((after.map_or(Unbounded, Excluded), Unbounded)).next().cloned()
    }
}

/// The name most like `name`, when one is.
pub(crate) fn nearest<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let distance = |other: &&str| strsim::damerau_levenshtein(other, name);
    let nearest = names.min_by_key(distance)?;
    (distance(&nearest) <= nearest.len().max(name.len()) / 2).then_some(nearest)
}

/// Why the tables do not hold what file and operator say.
pub(crate) fn too_much(config: &Config, operator: &Routes) -> Option<String> {
    let given = config.routes.iter().map(|route| (route.vrf, route.prefix));
    let vrf = |prefix: &Prefix| prefix.vrf.as_deref().map_or(Some(0), |name| config.vrf(name));
    let theirs = operator.keys().filter_map(|prefix| Some((vrf(prefix)?, prefix.net)));
    let prefixes: BTreeSet<(VrfId, IpNet)> = given.chain(theirs).collect();
    let v4 = prefixes.iter().filter(|(_, prefix)| prefix.addr().is_ipv4()).count();
    let over = |count: usize, limit: u32, what: &str| {
        (count > limit as usize).then(|| {
            format!("file and operator together have {count} {what} and the running table holds {limit}")
        })
    };
    let tables = &config.tables;
    over(v4, tables.routes_v4, "IPv4 routes")
        .or_else(|| over(prefixes.len() - v4, tables.routes_v6, "IPv6 routes"))
}

/// `None` for what is the switch's, which reads the file itself.
fn target(action: &Action) -> Option<Target> {
    Some(match action {
        Action::Connected(_) => return None,
        Action::Blackhole => Target::Blackhole { preference: 0 },
        Action::Unreachable => Target::Unreachable { preference: 0 },
        Action::Prohibit => Target::Prohibit { preference: 0 },
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
    })
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

fn around(config: &Config) -> Around {
    let interfaces = config.interfaces.iter();
    let interface = |interface: &config::Interface| rib::Interface {
        vrf: interface.vrf,
        addresses: interface.addresses.clone(),
        risks: vec![interface.port as u32],
    };
    let tables = &config.tables;
    Around {
        interfaces: interfaces.map(interface).collect(),
        paths: rib_paths(config),
        bgp_leads: config.fpm.is_none(),
        limits: Limits {
            prefixes_v4: tables.routes_v4 as usize,
            prefixes_v6: tables.routes_v6 as usize,
            paths: tables.paths as usize,
        },
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
        Desired::new(
            Config::parse("test.toml", FILE).unwrap_or_else(|e| panic!("{}", e.plain())),
            &Routes::new(),
        )
    }

    #[test]
    fn vlans_of_one_port_share_its_risk() {
        let desired = desired();
        let routes: Vec<(IpNet, GroupId)> = desired.rib.routes(0, None).collect();
        assert_eq!(routes.len(), 2);
        let group = desired.group(routes[0].1);
        let expected = api::switch::Group::Paths { primaries: vec![(0, 1)], backups: vec![vec![2], vec![1]] };
        assert_eq!(group, expected);
        assert_eq!(desired.group(routes[1].1), api::switch::Group::Blackhole);
    }

    fn via(paths: &[&str], preference: u32) -> Route {
        let via = paths.iter().map(|name| ((*name).to_owned(), 1)).collect();
        Route { target: Wanted::Paths { via, backup: Vec::new() }, preference, next_hop_vrf: None }
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    #[test]
    fn an_operators_route_comes_before_the_files_which_backs_it_up_and_comes_back() {
        let mut desired = desired();
        let all = net("0.0.0.0/0");
        let before = desired.group(desired.rib.group_of(all).unwrap());
        desired.set_route(&all.into(), Some(&via(&["isp-c"], 0)));
        let now = desired.group(desired.rib.group_of(all).unwrap());
        let expected = api::switch::Group::Paths { primaries: vec![(2, 1)], backups: vec![vec![0], vec![1]] };
        assert_eq!(now, expected);
        // Worse than the file's, it backs these up.
        desired.set_route(&all.into(), Some(&via(&["isp-c"], 15)));
        let api::switch::Group::Paths { primaries, .. } = desired.group(desired.rib.group_of(all).unwrap())
        else {
            panic!("paths");
        };
        assert_eq!(primaries, [(0, 1)]);
        desired.set_route(&all.into(), None);
        assert_eq!(desired.group(desired.rib.group_of(all).unwrap()), before);
        // A blackhole of the file has the best preference that there is, and an operator's word still comes first.
        desired.set_route(&net("10.0.0.0/8").into(), Some(&via(&["isp-a"], 0)));
        let change = desired.rib.next_changes(8, None).pop();
        assert_eq!(change, None, "nobody listens");
        desired.rib.tell_all();
        let changes = desired.rib.next_changes(8, None);
        let change = changes.iter().find(|change| change.prefix.net == net("10.0.0.0/8")).unwrap();
        assert_eq!(change.source, Source::Operator);
        assert!(matches!(desired.group(change.group.unwrap()), api::switch::Group::Paths { .. }));
    }

    #[test]
    fn another_file_keeps_what_was_learned_and_numbers_paths_anew() {
        let mut desired = desired();
        desired.rib.set_link(7, 1);
        let hop = rib::FpmHop { link: 7, gateway: "198.51.100.9".parse().unwrap(), weight: 1 };
        let fpm = rib::Fpm {
            protocol: 188,
            is_bgp: false,
            preference: 20,
            metric: 0,
            proof: Proof::Unproven,
            target: rib::FpmTarget::Hops([hop].into_iter().collect()),
        };
        desired.rib.set_fpm(net("198.18.0.0/15"), fpm).unwrap();
        let name = |desired: &Desired| {
            let group = desired.rib.group_of(net("198.18.0.0/15")).unwrap();
            let Group::Paths { primaries, .. } = desired.rib.group(group) else { panic!("paths") };
            (primaries[0].0, desired.path_name(primaries[0].0))
        };
        assert_eq!(name(&desired), (3, "b-198.51.100.9".to_owned()));
        assert!(desired.has_path("b-198.51.100.9"));
        let more = "[[path]]\nname = \"b-198.51.100.9\"\ninterface = \"a\"\nnext_hop = \"192.0.2.9\"\n";
        let config =
            Config::parse("test.toml", &format!("{FILE}{more}")).unwrap_or_else(|e| panic!("{}", e.plain()));
        desired.adopt(config, &Routes::new());
        assert_eq!(name(&desired), (4, "b-198.51.100.9-learned".to_owned()));
        assert_eq!(desired.rib.len(), 3);
    }

    #[test]
    fn a_route_over_a_path_that_went_waits_for_it_and_is_taken_away_all_the_same() {
        let prefix = net("192.0.2.0/24");
        let routes = Routes::from([(prefix.into(), via(&["gone"], 0))]);
        let mut desired = Desired::new(desired().config, &routes);
        assert_eq!(desired.rib.group_of(prefix), None);
        assert_eq!(desired.next_operators(None), Some(prefix.into()));
        assert_eq!(desired.next_operators(Some(&prefix.into())), None);
        desired.take_over(&Routes::new());
        assert!(desired.rib.candidates(prefix).is_empty());
    }

    #[test]
    fn a_route_that_cannot_be_is_refused_with_the_reason() {
        let mut desired = desired();
        let check =
            |desired: &Desired, prefix: &str, route: Route| desired.check_route(&net(prefix).into(), &route);
        let cases = [
            ("10.1.0.0/16", via(&["isp-d"], 0), "did you mean isp-"),
            ("10.1.0.0/16", via(&[], 0), "1 to 64"),
            ("10.1.0.0/16", via(&["isp-a", "isp-a"], 0), "twice"),
            ("2001:db8::/32", via(&["isp-a"], 0), "families"),
            ("192.0.2.1/32", via(&["isp-a"], 0), "own addresses"),
            ("10.1.1.1/16", via(&["isp-a"], 0), "10.1.0.0/16"),
        ];
        for (prefix, route, word) in cases {
            let why = check(&desired, prefix, route).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
        assert_eq!(check(&desired, "10.1.0.0/16", via(&["isp-a", "isp-b"], 0)), Ok(()));
        desired.config.tables.routes_v4 = 2;
        let why = check(&desired, "10.1.0.0/16", via(&["isp-a"], 0)).unwrap_err();
        assert!(why.contains("routes_v4") && why.contains('2'), "{why}");
        assert_eq!(check(&desired, "10.0.0.0/8", via(&["isp-a"], 0)), Ok(()), "the file has it already");
    }

    #[test]
    fn a_misspelt_path_has_a_nearest_name_and_nonsense_has_none() {
        assert_eq!(desired().nearest_path("ips-a"), Some("isp-a"));
        assert_eq!(desired().nearest_path("zzzzzzzzzz"), None);
    }
}
