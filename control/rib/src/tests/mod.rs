mod alternates;
mod held;
mod learned;
mod left;
mod random;
mod rules;
mod seen;
mod vrfs;

use crate::*;

const A: PathId = 0;
const B: PathId = 1;
const C: PathId = 2;
const D: PathId = 3;

/// As rtnetlink numbers them.
const OSPF: u8 = 188;
const BGP: u8 = 186;

fn path(interface: u32, host: u8, risks: &[u32]) -> Path {
    let next_hop = IpAddr::from([192, 0, 2, host]);
    Path { interface, next_hop, risks: risks.to_vec(), region: None, provider: None }
}

fn around(paths: Vec<Path>) -> Around {
    Around { paths, ..Around::default() }
}

fn hop(path: PathId, preference: u32) -> NextHop {
    NextHop { path, preference, metric: 0, weight: 1, proof: Proof::Connected }
}

fn candidate(hops: &[NextHop]) -> Candidate {
    Candidate {
        source: Source::Static,
        id: 0,
        target: Target::Paths { next_hops: hops.into(), backup: None },
    }
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn primaries_and_backups(group: &Group) -> (Vec<PathId>, Vec<Vec<PathId>>) {
    let Group::Paths { primaries, backups } = group else { panic!("{group:?} has no paths") };
    let backups = backups.iter().map(|set| set.iter().map(|b| b.path).collect()).collect();
    (primaries.iter().map(|(path, _)| *path).collect(), backups)
}

fn group_of(rib: &Rib, prefix: &str) -> Group {
    rib.group(rib.group_of(net(prefix)).unwrap_or_else(|| panic!("{prefix} has no group"))).clone()
}

/// Three interfaces: `192.0.2.0/24`, `198.51.100.0/24` and `203.0.113.0/24`, this side being `.254`, whose twins have
/// the numbers 10 to 12 where the routing daemon lives.
fn three_links() -> Rib {
    let interface = |network: &str| Interface { vrf: 0, addresses: vec![net(network)], risks: Vec::new() };
    let interfaces = ["192.0.2.254/24", "198.51.100.254/24", "203.0.113.254/24"].map(interface).into();
    let mut rib = Rib::new(Around { interfaces, ..Around::default() });
    for interface in 0..3 {
        rib.set_link(10 + interface, interface);
    }
    rib
}

fn fpm(protocol: u8, hops: &[(u32, &str)]) -> Fpm {
    let hops =
        hops.iter().map(|(link, gateway)| FpmHop { link: *link, gateway: address(gateway), weight: 1 });
    Fpm {
        protocol,
        is_bgp: protocol == BGP,
        preference: 20,
        metric: 20,
        proof: Proof::Unproven,
        target: FpmTarget::Hops(hops.collect()),
    }
}

fn bgp(peer: u32, next_hop: &str, local_pref: u32) -> BgpPath {
    let host: IpAddr = address(next_hop);
    BgpPath { peer, next_hop: host, local_pref, ..crate::bgp::tests::path(1) }
}

/// Where a path leads, for those that were made.
fn way(rib: &Rib, path: PathId) -> String {
    let path = &rib.paths()[path as usize];
    format!("{}:{}", path.interface, path.next_hop)
}

/// Primaries, then the backups set by set, as interface and next hop.
fn ways(rib: &Rib, prefix: &str) -> Vec<String> {
    let group = group_of(rib, prefix);
    group.tiers().map(|tier| tier.iter().map(|path| way(rib, *path)).collect::<Vec<_>>().join("+")).collect()
}

/// Everything that is to be told, in slices of that many.
fn told(rib: &mut Rib, most: usize) -> Vec<Change> {
    let mut told = Vec::new();
    while rib.has_news() {
        let slice = rib.next_changes(most, None);
        assert!(slice.len() <= most);
        told.extend(slice);
    }
    told
}
